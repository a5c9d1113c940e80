"""Which price class the load falls in without and with the project, and what the change of class costs.

A store or heat pump that takes base load leaves the peaks: the utilisation time falls, and the customer may meet a
dearer category (vattenfall.se from 2024: Standard and Spetsig; seom.se 2022: a surcharge below 2 300 h); a lower power
may fall in another band. The bills hold all of this already; here it is taken out and shown: the power that remains, at
the prices of its own class less at those of the class it would have had. The rest of the difference is the load's own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt

from energy.calendar import MONTH, normal_time
from energy.model import Band, BilledComponent, Floats, Load, PriceList
from energy.savings.bands.uncertainty import band
from energy.savings.saved.cells import Case
from energy.swedish import sv_short
from energy.tariffs.bands import band_of, band_texts
from energy.tariffs.pricelist import PricedComponent, priced_components
from energy.tariffs.prices import PRICE_UNITS, Price, banded

_CATEGORY, _SHORTFALL = "power_in_category", "utilisation_shortfall"
Labels = npt.NDArray[np.str_]


@dataclass(frozen=True)
class ClassChange:
    """One priced part of a metering point over some months: classes of the last month, and what their change costs.

    `change_sek` [SEK excl. VAT], positive where the class of the project is the dearer one for the power that remains;
    `share_changed` of the draws whose class differs in the last month; powers [kW] and utilisation times [h] are those
    of the last month and its twelve months.
    """

    metering_point: str
    carrier: str
    label: str
    class_without: str
    class_with: str
    share_changed: float
    change_sek: Band
    power_without_kw: Band
    power_with_kw: float
    utilisation_without_h: Band
    utilisation_with_h: float


@dataclass
class _Part:
    """What is gathered of one priced part, month by month; `last` is (class without (k,), class with, kW, kW (k,))."""

    change: list[Floats] = field(default_factory=list)
    last: tuple[Labels, str, float, Floats] | None = None


def class_changes(
    case: Case,
    with_project: Sequence[BilledComponent],
    without: Sequence[BilledComponent],
    lists: Sequence[PriceList],
    months: Sequence[date],
) -> list[ClassChange]:
    """Return one row per banded power price, category of power and surcharge of low utilisation; often none.

    The two bills are those of `bills_of(case, …)` for `months`; a metering point that the project brought has no class
    without it and gives no row. Months where either class is unknown make the amount NaN with its reason.
    """
    if not case.contracts_without_project or case.loads.reason:
        return []
    priced = {one.id: priced_components(one) for one in lists}
    drawn: dict[tuple[date, str], list[BilledComponent]] = {}
    for line in without:
        drawn.setdefault((line.month, line.price_list), []).append(line)
    parts: dict[str, _Part] = {}
    for line in with_project:
        found = _of(priced.get(line.price_list, ()), line)
        if found is None or line.month not in months:
            continue
        others = drawn.get((line.month, line.price_list), [])
        for label, change, last in _changes(line, found, others, priced[line.price_list]):
            part = parts.setdefault(label, _Part())
            part.change.append(change)
            part.last = last
    return [_row(case, label, part, months) for label, part in parts.items() if part.last is not None]


def _of(priced: Sequence[PricedComponent], line: BilledComponent) -> PricedComponent | None:
    return next((one for one in priced if (one.component, one.label) == (line.component, line.label)), None)


Change = tuple[str, Floats, tuple[Labels, str, float, Floats]]


def _changes(
    line: BilledComponent, priced: PricedComponent, others: Sequence[BilledComponent], all_: Sequence[PricedComponent]
) -> Iterator[Change]:
    """Yield (label, what the class costs (k,) [SEK], classes and powers) of one line of the bill with the project."""
    if priced.determinant.name == _CATEGORY:
        yield from _category(line, priced, others, all_)
        return
    own = next((one for one in others if _of([priced], one) is not None), None)
    if own is None:
        return
    if priced.determinant.name == _SHORTFALL:
        reference = float(priced.settings.model_dump()["reference_h"])
        classes = np.where(own.quantity > 0, f"under {sv_short(reference)} h", f"minst {sv_short(reference)} h")
        now = f"under {sv_short(reference)} h" if line.quantity[0] > 0 else f"minst {sv_short(reference)} h"
        yield line.label, line.amount_sek - own.amount_sek, (classes, now, np.nan, np.full(1, np.nan))
    elif priced.price.bands is not None and priced.determinant.unit == "kW":
        yield line.label, *_banded(line, priced.price, own)


def _banded(
    line: BilledComponent, price: Price, own: BilledComponent
) -> tuple[Floats, tuple[Labels, str, float, Floats]]:
    """Return what the band costs: the power with the project by its own band less by the band without it."""
    bands, edge = price.bands or [], price.edge or "lower"
    texts = np.array([f"{one} kW" for one in band_texts(bands, price.above)])
    now, then = band_of(bands, edge, line.quantity)[0], band_of(bands, edge, own.quantity)
    own_class = banded(price, line.quantity)[0]
    fixed, rate = (np.array([getattr(one, name) for one in bands])[then] for name in ("fixed", "price"))
    scale = line.amount_sek[0] / own_class if own_class else 0.0
    change = np.where(np.isnan(own.quantity), np.nan, scale * (own_class - (fixed + rate * line.quantity[0])))
    return change, (texts[then], str(texts[now]), float(line.quantity[0]), own.quantity)


def _category(
    line: BilledComponent, priced: PricedComponent, others: Sequence[BilledComponent], all_: Sequence[PricedComponent]
) -> Iterator[Change]:
    """Yield what the category costs: the power with the project at its own prices less at the other category's."""
    if not line.quantity[0] > 0:
        return
    alternatives = [one for one in all_ if one.determinant.name == _CATEGORY and one.price.unit == priced.price.unit]
    draws = max([len(one.quantity) for one in others], default=1)
    power, classes, change = np.zeros(draws), np.full(draws, "", dtype="<U80"), np.full(draws, np.nan)
    own_class = _amount(priced.price, line.quantity, line.month.month)
    scale = line.amount_sek[0] / own_class if own_class else 0.0
    for one in alternatives:
        drawn = next((other for other in others if _of([one], other) is not None), None)
        if drawn is None:
            continue
        charged = np.broadcast_to(drawn.quantity > 0, (draws,))
        power = np.where(charged, drawn.quantity, power)
        classes = np.where(charged, one.label, classes)
        extra = scale * (own_class - _amount(one.price, line.quantity, line.month.month))
        change = np.where(charged, extra, change)
    power = np.where(power > 0, power, np.nan)
    yield "Effektkategori", change, (classes, priced.label, float(line.quantity[0]), power)


def _amount(price: Price, power_kw: Floats, month: int) -> float:
    """Return the amount of one power in SEK per the price's own time; NaN for a price that the contract holds."""
    if price.bands is not None:
        return float(banded(price, power_kw)[0])
    flat = price.flat(month)
    return float("nan") if flat is None else flat * float(power_kw[0]) * PRICE_UNITS[price.unit].factor


def _row(case: Case, label: str, part: _Part, months: Sequence[date]) -> ClassChange:
    assert part.last is not None
    classes, now, with_kw, without_kw = part.last
    total: Floats = sum(part.change, start=np.zeros(1))
    known = [str(one) for one in classes if one]
    reason = None if known and not np.isnan(total).any() else "kan inte bedömas: klassen utan projektet är okänd"
    used = [_twelve_months(load, months[-1]) for load in (case.loads.actual, case.loads.load)]
    return ClassChange(
        metering_point=case.loads.actual.metering_point,
        carrier=case.carrier,
        label=label,
        class_without=Counter(known).most_common(1)[0][0] if known else "",
        class_with=now,
        share_changed=float(np.mean([one != now for one in known])) if known else float("nan"),
        change_sek=band(total, reason=reason),
        power_without_kw=_known_band(without_kw),
        power_with_kw=with_kw,
        utilisation_without_h=_known_band(used[1] / without_kw),
        utilisation_with_h=float(used[0][0] / with_kw),
    )


def _known_band(values: Floats) -> Band:
    return band(values, reason=None if not np.isnan(values).any() else "ingen uppgift")


def _twelve_months(load: Load, last: date) -> Floats:
    """Return the energy of the twelve months that end with `last` (k,) [kWh]; NaN where an hour is unknown."""
    local = normal_time(load.start_utc).astype("datetime64[M]")
    end = np.datetime64(last, "M")
    total: Floats = load.energy_kwh[(local > end - 12 * MONTH) & (local <= end)].sum(axis=0)
    return total
