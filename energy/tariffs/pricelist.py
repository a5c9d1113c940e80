"""A dated price list: TOML text -> PriceList, with every error naming file and key; choosing the list of a day."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any, Literal

import polars as pl
from pydantic import Field, ValidationError, field_validator, model_validator

from energy.errors import TariffError
from energy.model import Carrier, Component, PriceList
from energy.tariffs.bands import Edge, Rounding, band_texts
from energy.tariffs.determinants import CONTRACT_MAY_SET, DETERMINANTS
from energy.tariffs.period import Determinant
from energy.tariffs.powers import STATED
from energy.tariffs.prices import PRICE_UNITS, Price, check_months
from energy.tariffs.strict import Strict, allowed_text, as_tariff_error, tariff_error, wrong


class ComponentTable(Strict):
    """One [[component]] of a price list."""

    component: Component
    label: str = Field(min_length=1)
    determinant: dict[str, Any]
    price: Price
    months: list[int] | None = None  # months the component is billed in; all unless said
    vat_rate: float | None = Field(None, ge=0, lt=1)  # where it is not the general rate

    @field_validator("months")
    @classmethod
    def _months(cls, months: list[int] | None) -> list[int] | None:
        return check_months(months)


class ListTable(Strict):
    """A whole price list file."""

    id: str = Field(min_length=1)
    family: str = Field(min_length=1)
    name: str = Field(min_length=1)
    carrier: Carrier
    valid_from: date
    valid_to: date  # first day no longer valid
    vat: Literal["excluded", "included"]
    vat_rate: float | None = Field(None, gt=0, lt=1)
    clock: Literal["normal_time"]
    source: str = Field(min_length=1)
    synthetic: bool
    notes: str
    edge: Edge | None = None  # of every banded price that does not say itself
    round_kw: Rounding | None = None  # of every price per kW that does not say itself
    component: list[ComponentTable] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> ListTable:
        if self.valid_to <= self.valid_from:
            raise wrong("en dag efter valid_from", "valid_to", self.valid_to)
        if (self.vat == "included") != (self.vat_rate is not None):
            raise wrong("momssatsen, till exempel 0.25, när och endast när vat är included", "vat_rate", self.vat_rate)
        return self


@dataclass(frozen=True)
class PricedComponent:
    """A component of a price list, ready to bill: determinant with its settings, and price excl. VAT."""

    component: Component
    label: str
    months: frozenset[int]
    determinant: Determinant
    settings: Strict
    price: Price


def read_price_list(text: str, name: str) -> PriceList:
    """Return the price list in a TOML text, prices excl. VAT; `name` is the file named in errors.

    Raises TariffError naming file, key, what was found and what is allowed.
    """
    try:
        raw = tomllib.loads(text)
        table = ListTable.model_validate(raw)
        table = ListTable.model_validate(_said_once(raw, table))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise TariffError(f"{name}: filen är inte giltig TOML: {error}") from error
    except ValidationError as error:
        raise as_tariff_error(name, error) from error
    tables = [_without_vat(one, table.vat_rate) for one in table.component]
    found = PriceList(
        id=table.id,
        family=table.family,
        name=table.name,
        carrier=table.carrier,
        valid_from=table.valid_from,
        valid_to=table.valid_to,
        source=table.source,
        notes=table.notes,
        synthetic=table.synthetic,
        components=tuple(one.model_dump(exclude_none=True, by_alias=True) for one in tables),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )
    priced_components(found, name)
    return found


def _said_once(raw: Mapping[str, Any], table: ListTable) -> dict[str, Any]:
    """Return the list with what it says for all its prices, `edge` and `round_kw`, written into each of them."""
    out = []
    for one, checked in zip(raw["component"], table.component, strict=True):
        said = {}
        if checked.price.bands is not None and raw.get("edge"):
            said["edge"] = raw["edge"]
        if PRICE_UNITS[checked.price.unit].priced_per == "kW" and raw.get("round_kw"):
            said["round_kw"] = raw["round_kw"]
        out.append({**one, "price": said | one["price"]})
    return {**raw, "component": out}


def _without_vat(component: ComponentTable, rate: float | None) -> ComponentTable:
    if rate is None:
        return component
    own = rate if component.vat_rate is None else component.vat_rate
    return component.model_copy(update={"price": component.price.excluding_vat(own), "vat_rate": own})


def priced_components(price_list: PriceList, name: str | None = None) -> tuple[PricedComponent, ...]:
    """Return the components of a list, validated. Raises TariffError naming `name` (else the list's id) and key."""
    file = name or price_list.id
    return tuple(_priced(one, i, file) for i, one in enumerate(price_list.components))


def _priced(component: Mapping[str, Any], at: int, file: str) -> PricedComponent:
    key = f"component[{at + 1}]"
    try:
        table = ComponentTable.model_validate(dict(component))
    except ValidationError as error:
        raise as_tariff_error(file, error, ("component", at)) from error
    settings = dict(table.determinant)
    method = settings.pop("method", None)
    if method not in DETERMINANTS:
        found = "inget" if method is None else repr(method)
        raise tariff_error(file, f"{key}.determinant.method", found, allowed_text(method, DETERMINANTS))
    determinant = DETERMINANTS[method]
    per, needed = PRICE_UNITS[table.price.unit].priced_per, determinant.priced_per or determinant.unit
    if per != needed:
        units = [unit for unit, one in PRICE_UNITS.items() if one.priced_per == needed]
        raise tariff_error(file, f"{key}.price.unit", repr(table.price.unit), f"för {method}: {', '.join(units)}")
    try:
        checked = determinant.settings.model_validate(settings)
    except ValidationError as error:
        raise as_tariff_error(file, error, ("component", at, "determinant")) from error
    months = frozenset(table.months or range(1, 13))
    return PricedComponent(table.component, table.label, months, determinant, checked, table.price)


def known_options(price_list: PriceList) -> frozenset[str]:
    """Return the contract options that mean something with this list."""
    names = {STATED}
    for one in priced_components(price_list):
        names |= {one.price.option} if one.price.option else set()
        for table in _tables(one.settings.model_dump()):
            names |= {key for key in CONTRACT_MAY_SET if key in table}
            names |= {table["option"]} if table.get("option") else set()
    return frozenset(names)


def _tables(settings: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the settings and every table inside them: a determinant may hold another one."""
    yield settings
    for value in settings.values():
        if isinstance(value, Mapping):
            yield from _tables(value)


def select(lists: Sequence[PriceList], family: str, day: date) -> PriceList:
    """Return the list of a family that is valid on a day.

    Raises TariffError naming family, day and the lists there are when none, or more than one, is valid.
    """
    mine = [one for one in lists if one.family == family]
    valid = [one for one in mine if one.valid_from <= day < one.valid_to]
    if len(valid) == 1:
        return valid[0]
    families = {one.family for one in lists}
    what = "flera prislistor gäller" if valid else "prislista saknas"
    there = "; ".join(f"{one.id} ({one.valid_from} till {one.valid_to})" for one in valid or mine)
    raise TariffError(
        f"familj «{family}», dag {day}: {what}. Finns: "
        f"{there or 'inga listor i familjen; familjer: ' + (allowed_text(family, sorted(families)) or 'inga')}."
    )


def check_overlaps(lists: Sequence[PriceList]) -> None:
    """Raise TariffError when two lists of one family are valid the same day."""
    ordered = sorted(lists, key=lambda one: (one.family, one.valid_from, one.valid_to))
    for one, other in pairwise(ordered):
        if one.family == other.family and other.valid_from < one.valid_to:
            raise TariffError(
                f"familj «{one.family}»: prislistorna {one.id} och {other.id} gäller båda {other.valid_from}. "
                "Ändra valid_from eller valid_to så att bara en gäller."
            )


@dataclass(frozen=True)
class Gap:
    """Days [first, end) between two lists of a family on which no list is valid."""

    family: str
    first: date
    end: date


def check_gaps(lists: Sequence[PriceList]) -> list[Gap]:
    """Return the gaps between the lists of each family, in order of family and day."""
    gaps: list[Gap] = []
    until: dict[str, date] = {}
    for one in sorted(lists, key=lambda one: (one.family, one.valid_from, one.valid_to)):
        before = until.get(one.family, one.valid_from)
        if before < one.valid_from:
            gaps.append(Gap(one.family, before, one.valid_from))
        until[one.family] = max(before, one.valid_to)
    return gaps


def as_if_valid(price_list: PriceList, valid_from: date, valid_to: date) -> PriceList:
    """Return the list as if it had been valid other days, to price a load of another time; its id says so."""
    return replace(price_list, id=f"{price_list.id} som om {valid_from}", valid_from=valid_from, valid_to=valid_to)


def to_frame(price_list: PriceList) -> pl.DataFrame:
    """Return the list as a readable table, one row per price.

    Columns: component, label, determinant, months, band, fixed, price, unit, spread. Prices excl. VAT.
    """
    rows = [row for one in priced_components(price_list) for row in _rows(one)]
    kinds = dict.fromkeys(("component", "label", "determinant", "months", "band"), pl.String)
    schema = {**kinds, "fixed": pl.Float64, "price": pl.Float64, "unit": pl.String, "spread": pl.String}
    return pl.DataFrame(rows, schema=schema)


def _rows(one: PricedComponent) -> list[dict[str, Any]]:
    price = one.price
    common = {
        "component": one.component, "label": one.label, "determinant": one.determinant.name,
        "months": _months_text(one.months), "band": "", "fixed": None, "unit": price.unit, "spread": price.spread or "",
    }  # fmt: skip
    if price.bands is not None:
        return [
            common | {"band": band, "fixed": row.fixed, "price": row.price}
            for band, row in zip(band_texts(price.bands, price.above), price.bands, strict=True)
        ]
    if price.seasons is not None:
        return [common | {"months": _months_text(frozenset(s.months) & one.months), "price": s.price}
                for s in price.seasons if one.months & set(s.months)]  # fmt: skip
    if price.by_month is not None:
        return [common | {"months": str(month), "price": price.by_month[month - 1]} for month in sorted(one.months)]
    held = price.option or price.tax
    return [common | {"price": price.value, "band": f"enligt {held}" if held else ""}]


def _months_text(months: frozenset[int]) -> str:
    return "alla" if len(months) == 12 else ", ".join(str(month) for month in sorted(months))
