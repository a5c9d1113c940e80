"""What is odd about price lists, as findings: days without a list or with two, steps at band edges, odd prices.

A finding is told and nothing is changed: published lists do have steps at their edges, and gaps between their years.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import cache
from itertools import combinations
from typing import Literal

from pydantic import Field, ValidationError

from energy.errors import TariffError
from energy.model import COMPONENTS, Carrier, Component, Finding, PriceList
from energy.swedish import sv_short
from energy.tariffs.period import number
from energy.tariffs.pricelist import PricedComponent, check_gaps, priced_components
from energy.tariffs.prices import PRICE_UNITS, Price, PriceUnit, band_steps
from energy.tariffs.published import package_text
from energy.tariffs.strict import Strict, as_tariff_error

Level = Literal["info", "warning", "error"]
LEVELS: tuple[Level, ...] = ("error", "warning", "info")
NEVER_NEGATIVE: tuple[Component, ...] = ("fixed", "energy", "demand", "overrun", "tax")  # others may be a bonus
MONTHS_SV = ("jan", "feb", "mars", "apr", "maj", "juni", "juli", "aug", "sep", "okt", "nov", "dec")


class Range(Strict):
    """Between what the prices of a carrier in a unit usually lie; of some components or of all."""

    carrier: Carrier
    components: list[Component] = Field(list(COMPONENTS), min_length=1)
    unit: str
    low: float = Field(gt=0)
    high: float = Field(gt=0)


class RangeTable(Strict):
    """The rows of plausible.toml; the first that fits a price holds."""

    source: str = Field(min_length=1)
    range: list[Range] = Field(min_length=1)


def read_ranges(text: str, name: str) -> RangeTable:
    """Return the ranges in a TOML text. Raises TariffError naming file, key, what was found and what is allowed."""
    try:
        return RangeTable.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise TariffError(f"{name}: filen är inte giltig TOML: {error}") from error
    except ValidationError as error:
        raise as_tariff_error(name, error) from error


@cache
def ranges() -> RangeTable:
    """Return the ranges that ship with the program."""
    return read_ranges(package_text("plausible.toml"), "plausible.toml")


def check(lists: Sequence[PriceList]) -> list[Finding]:
    """Return everything worth telling about the lists, errors first, then by family and list.

    Rules: price_list_overlap and price_list_twice (errors: such lists cannot be used together), component_twice (an
    error where both are charged on the same, else a warning), price_list_gap, energy_month_missing, negative_price,
    price_out_of_range, bands_end, source_missing (warnings), band_step, synthetic (for information).
    """
    ordered = sorted(lists, key=lambda one: (one.family, one.valid_from, one.valid_to, one.id))
    found = [*_twice(ordered), *_overlaps(ordered), *_gaps(ordered)]
    for one in ordered:
        components = priced_components(one)
        found += _source(one)
        found += _energy_months(one, components)
        found += _components_twice(one, components)
        for component in components:
            found += _steps(one, component)
            found += _end_of_bands(one, component)
            found += _negative(one, component)
            found += _out_of_range(one, component)
    return sorted(found, key=lambda one: LEVELS.index(one.level))


def _told(rule: str, level: Level, where: str, message: str) -> Finding:
    return Finding(rule, level, f"{where}: {message}")


def _twice(lists: Sequence[PriceList]) -> Iterator[Finding]:
    for name in sorted({one.id for one in lists}):
        count = sum(one.id == name for one in lists)
        if count > 1:
            yield _told(
                "price_list_twice", "error", name, f"{count} prislistor har detta id; behåll en, eller ändra id."
            )


def _overlaps(lists: Sequence[PriceList]) -> Iterator[Finding]:
    for one, other in combinations(lists, 2):
        if one.family == other.family and one.id != other.id and other.valid_from < one.valid_to:
            last = min(one.valid_to, other.valid_to) - timedelta(days=1)
            message = (
                f"{one.id} och {other.id} gäller båda {other.valid_from} till {last}; ändra valid_from eller valid_to."
            )
            yield _told("price_list_overlap", "error", f"familj {one.family}", message)


def _gaps(lists: Sequence[PriceList]) -> Iterator[Finding]:
    for gap in check_gaps(lists):
        last = gap.end - timedelta(days=1)
        message = f"ingen prislista gäller {gap.first} till {last}; de dagarna kan inte prissättas."
        yield _told("price_list_gap", "warning", f"familj {gap.family}", message)


def _source(one: PriceList) -> Iterator[Finding]:
    if one.synthetic:
        yield _told("synthetic", "info", one.id, "är syntetisk: ingens verkliga priser.")
    if len(one.source.strip()) < 8:
        message = f"källan «{one.source}» säger inte varifrån priserna kommer; skriv bolag, sida och år i source."
        yield _told("source_missing", "warning", one.id, message)


def _energy_months(one: PriceList, components: Sequence[PricedComponent]) -> Iterator[Finding]:
    """Tell the months in which some energy is charged elsewhere in the year but not then."""
    energy = [component.months for component in components if component.component == "energy"]
    bare = set(range(1, 13)) - set().union(*energy) if energy else set()
    if bare:
        message = f"inget energipris i {_months(bare)}, men i andra månader; kontrollera months."
        yield _told("energy_month_missing", "warning", one.id, message)


def _components_twice(one: PriceList, components: Sequence[PricedComponent]) -> Iterator[Finding]:
    """Tell components of the same kind and label that are charged in the same months: they are added."""
    for first, again in combinations(components, 2):
        both = first.months & again.months
        if (first.component, first.label) != (again.component, again.label) or not both:
            continue
        same = (first.determinant, first.settings) == (again.determinant, again.settings)
        when = "alla månader" if len(both) == 12 else _months(both)
        todo = "ta bort den ena" if same else "ta bort den ena, eller ge dem olika label"
        message = f"komponenten «{first.label}» finns två gånger ({when}) och båda tas ut; {todo}."
        yield _told("component_twice", "error" if same else "warning", one.id, message)


def _end_of_bands(one: PriceList, component: PricedComponent) -> Iterator[Finding]:
    """Tell a last band that ends: above it the list has no price and the bill no amount."""
    last = component.price.bands[-1].up_to if component.price.bands else None
    if last is not None:
        limit = f"{_plain(last)} {PRICE_UNITS[component.price.unit].priced_per}"
        message = (
            f"«{component.label}»: listan har inget pris över {limit}; det som ligger över kan inte prissättas. "
            "Ta bort up_to på det sista bandet om det gäller uppåt."
        )
        yield _told("bands_end", "warning", one.id, message)


def _negative(one: PriceList, component: PricedComponent) -> Iterator[Finding]:
    """Tell prices below zero where nobody is paid for what is bought."""
    below = [value for value in _values(component.price) if value < 0]
    if below and component.component in NEVER_NEGATIVE:
        told = ", ".join(_plain(value) for value in below[:4])
        message = f"«{component.label}»: negativt pris, {told} {component.price.unit}. Är tecknet rätt?"
        yield _told("negative_price", "warning", one.id, message)


def _months(months: Iterable[int]) -> str:
    return ", ".join(MONTHS_SV[month - 1] for month in sorted(months))


def _steps(one: PriceList, component: PricedComponent) -> Iterator[Finding]:
    """Tell the edges where the cost makes a step, most of all where a little more power is cheaper."""
    unit = PRICE_UNITS[component.price.unit]
    span = {"year": " per år", "month": " per månad"}.get(unit.time, "")
    for edge, below, over in band_steps(component.price):
        size = abs(over - below) * unit.factor
        amounts = (
            f"{number(below * unit.factor, 0)} kr{span} enligt bandet under, {number(over * unit.factor, 0)} enligt"
        )
        what = f"«{component.label}» vid {_plain(edge)} {unit.priced_per}: {amounts} bandet över"
        if over < below:
            message = f"{what}: lite mer är {number(size, 0)} kr{span} billigare."
            yield _told("band_step", "info", one.id, message + _break_even(component.price, edge, below))
        elif over > below:
            yield _told("band_step", "info", one.id, f"{what}: ett steg upp på {number(size, 0)} kr{span}.")


def _plain(value: float) -> str:
    """Return a number as short as it is, with decimal comma."""
    return sv_short(value)


def _break_even(price: Price, edge: float, below: float) -> str:
    """Return until which power the upper band is cheaper than the edge itself: the user's room."""
    upper = next(band for at, band in enumerate(price.bands or []) if at and (price.bands or [])[at - 1].up_to == edge)
    if upper.price <= 0:
        return ""
    until = (below - upper.fixed) / upper.price
    until = until if upper.up_to is None else min(until, upper.up_to)
    return f" Upp till {number(until, 1)} kW kostar mindre än {_plain(edge)} kW." if until - edge >= 0.05 else ""


def _out_of_range(one: PriceList, component: PricedComponent) -> Iterator[Finding]:
    """Tell prices that look written in another unit; a price of zero is a price."""
    found = _range(one, component)
    if found is None:
        return
    row, scale = found
    odd = [value for value in _values(component.price) if value and not row.low <= abs(value) * scale <= row.high]
    if odd:
        told = ", ".join(_plain(value) for value in odd[:4])
        message = (
            f"«{component.label}»: {told} {component.price.unit} är ovanligt: priser brukar ligga mellan "
            f"{_plain(row.low / scale)} och {_plain(row.high / scale)}. Är enheten rätt (kr eller öre, månad eller år)?"
        )
        yield _told("price_out_of_range", "warning", one.id, message)


def _range(one: PriceList, component: PricedComponent) -> tuple[Range, float] | None:
    """Return the range of a price and the factor to its unit; kr/kWh, kr/MWh and öre/kWh are compared as one."""
    unit = PRICE_UNITS[component.price.unit]
    for row in ranges().range:
        if row.carrier != one.carrier or component.component not in row.components:
            continue
        other: PriceUnit | None = PRICE_UNITS.get(row.unit)
        if other and (other.priced_per, other.time) == (unit.priced_per, unit.time):
            return row, unit.factor / other.factor
    return None


def _values(price: Price) -> list[float]:
    """Return every price of a price, fixed parts of bands aside."""
    bands = [band.price for band in price.bands or []]
    seasons = [season.price for season in price.seasons or []]
    return [*([price.value] if price.value is not None else []), *(price.by_month or []), *seasons, *bands]
