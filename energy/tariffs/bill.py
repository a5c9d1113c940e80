"""The bill: a load, its contracts and dated price lists -> components in SEK, for every draw at once.

Money is recomputed from billing determinants; a component that cannot be assessed is NaN with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import pairwise

import numpy as np
import polars as pl
from pydantic import ValidationError

from energy.calendar import next_month
from energy.errors import TariffError
from energy.model import BilledComponent, BillingContext, Contract, Floats, Load, PriceList
from energy.tariffs.determinants import CONTRACT_MAY_SET
from energy.tariffs.metered import MeteredDays, Same
from energy.tariffs.period import Determined, Period, any_unknown
from energy.tariffs.pricelist import PricedComponent, check_overlaps, priced_components, select
from energy.tariffs.prices import amount_sek, rounded
from energy.tariffs.strict import Strict, as_tariff_error
from energy.tariffs.tax import tax_periods

BILL_COLUMNS: Mapping[str, type[pl.DataType]] = {
    "metering_point": pl.String, "month": pl.Date, "component": pl.String, "label": pl.String,
    "price_list": pl.String, "determinant": pl.String, "quantity": pl.Float64, "unit": pl.String,
    "amount_sek": pl.Float64, "reason": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Segment:
    """Days [first, end) of one month under one contract and one price list, and what is priced in them."""

    first: date
    end: date
    contract: Contract
    price_list: PriceList
    components: tuple[PricedComponent, ...]


@lru_cache(maxsize=256)
def _priced_once(same: Same) -> tuple[PricedComponent, ...]:
    """Return the components of a list, validated once although every bill of every alternative asks for them."""
    assert isinstance(same.held, PriceList)
    return priced_components(same.held)


def bill(
    load: Load,
    contracts: Sequence[Contract],
    lists: Sequence[PriceList],
    months: Sequence[date],
    context: BillingContext,
) -> list[BilledComponent]:
    """Return every component of the bills of one metering point, by month, contract and order of the price list.

    `quantity` and `amount_sek` are (k,), SEK excl. VAT. Only contracts of the load's metering point count; days
    without a contract are not billed. A month is split where a contract or price list begins or ends, also mid-month:
    energy, flow and temperature then count the days of each part, powers the whole month, fixed prices the part's
    days. Raises TariffError for a contract day without a price list, for lists or contracts of one family that
    overlap, and for contract options that are missing or wrong.
    """
    return bill_of_days(MeteredDays.of(load), contracts, lists, months, context)


def bill_of_days(
    metered: MeteredDays,
    contracts: Sequence[Contract],
    lists: Sequence[PriceList],
    months: Sequence[date],
    context: BillingContext,
) -> list[BilledComponent]:
    """Return `bill` of a load laid out by days: one that is billed in several ways is laid out, and summed, once."""
    load = metered.load
    mine = sorted(
        (one for one in contracts if one.metering_point == load.metering_point),
        key=lambda one: (one.family, one.valid_from),
    )
    _check_contracts(mine)
    families = {one.family for one in mine}
    check_overlaps([one for one in lists if one.family in families])
    spot = context.spot_sek_per_kwh
    if spot is not None and spot.shape != load.start_utc.shape:
        raise TariffError(f"spotpriset har {spot.size} värden, lasten {len(load.start_utc)} timmar.")
    quarters = context.spot_quarters_sek_per_kwh
    if quarters is not None and quarters.shape != (len(load.start_utc), 4):
        raise TariffError(f"spotpriset per kvart har formen {quarters.shape}, lasten {len(load.start_utc)} timmar.")
    ready: dict[tuple[str, str, date], tuple[PricedComponent, ...]] = {}
    billed: list[BilledComponent] = []
    for month in sorted({one.replace(day=1) for one in months}):
        for contract in mine:
            for first, end, price_list in _parts(month, contract, lists):
                key = (price_list.id, contract.family, contract.valid_from)
                if key not in ready:
                    ready[key] = _settled(_priced_once(Same(price_list)), contract)
                segment = Segment(first, end, contract, price_list, ready[key])
                billed += _bill_segment(metered, segment, context)
    return billed


def total(components: Iterable[BilledComponent]) -> Floats:
    """Return the sum of the components, (k,) [SEK]; NaN where one is unknown. Raises TariffError for none at all."""
    amounts = [one.amount_sek for one in components]
    if not amounts:
        raise TariffError("det finns inga komponenter att summera: inget avtal gäller de valda månaderna.")
    summed: Floats = np.sum(amounts, axis=0)
    return summed


def by_month(components: Iterable[BilledComponent]) -> dict[date, Floats]:
    """Return month -> sum of its components (k,) [SEK], months in order."""
    grouped: dict[date, list[BilledComponent]] = {}
    for one in components:
        grouped.setdefault(one.month, []).append(one)
    return {month: total(grouped[month]) for month in sorted(grouped)}


def to_frame(components: Sequence[BilledComponent], draw: int = 0) -> pl.DataFrame:
    """Return one row per component with the quantity and amount of one draw; unknown amounts are null, not NaN."""
    rows = [
        (c.metering_point, c.month, c.component, c.label, c.price_list, c.determinant,
         float(c.quantity[draw]), c.unit, float(c.amount_sek[draw]), c.reason)
        for c in components
    ]  # fmt: skip
    found = pl.DataFrame(rows, schema=dict(BILL_COLUMNS), orient="row")
    return found.with_columns(pl.col("quantity", "amount_sek").fill_nan(None))


def _check_contracts(contracts: Sequence[Contract]) -> None:
    for one, other in pairwise(contracts):
        if one.family == other.family and other.valid_from < one.valid_to:
            raise TariffError(
                f"mätpunkt {one.metering_point}: två avtal i familj «{one.family}» gäller båda {other.valid_from}. "
                "Ändra valid_from eller valid_to så att bara ett gäller."
            )


def _parts(month: date, contract: Contract, lists: Sequence[PriceList]) -> list[tuple[date, date, PriceList]]:
    """Return the parts of a month under a contract, cut where its price list changes."""
    start, end = max(month, contract.valid_from), min(next_month(month), contract.valid_to)
    parts = []
    while start < end:
        price_list = select(lists, contract.family, start)
        stop = min(end, price_list.valid_to)
        parts.append((start, stop, price_list))
        start = stop
    return parts


def _bill_segment(metered: MeteredDays, segment: Segment, context: BillingContext) -> list[BilledComponent]:
    month = segment.first.replace(day=1)
    whole = Period(metered, month, segment.first, segment.end, context, segment.contract.options)
    billed = []
    for component in segment.components:
        if month.month not in component.months:
            continue
        for period, rate in _priced_parts(component, segment, whole):
            found = _bill_component(period, component, rate, segment)
            billed += [found] if found is not None else []
    return billed


def _priced_parts(component: PricedComponent, segment: Segment, whole: Period) -> Iterable[tuple[Period, float | None]]:
    """Return the periods of one price each, with that price in its own unit; None for a banded one."""
    price = component.price
    if price.tax is None or price.carried_by is None:
        return [(whole, _rate(component, segment))]
    taxed = tax_periods(segment.first, segment.end, price.carried_by)
    return [(replace(whole, first=one.first, end=one.end), one.ore_per_kwh) for one in taxed]


def _rate(component: PricedComponent, segment: Segment) -> float | None:
    """Return the flat price in its own unit, from the contract's option where the price list says so."""
    price = component.price
    if price.option is None or (price.option not in segment.contract.options and price.value is not None):
        return price.flat(segment.first.month)
    value = segment.contract.options.get(price.option)
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        found = "inget" if value is None else repr(value)
        raise TariffError(
            f"avtalet «{segment.contract.family}» för mätpunkt {segment.contract.metering_point}: nyckel "
            f"«options.{price.option}»: fann {found}. Tillåtet: ett pris i {price.unit} (komponent {component.label})."
        )
    return float(value)


def _bill_component(
    period: Period, component: PricedComponent, rate: float | None, segment: Segment
) -> BilledComponent | None:
    """Return the component's line, or None where the determinant has nothing to bill in the period."""
    found = component.determinant.find(period, component.settings)
    if found is None:
        return None
    quantity = rounded(component.price, found.quantity)
    basis = quantity if found.basis is None else found.basis
    amount = amount_sek(component.price, rate, basis, period.first, period.end)
    if found.applies is not None:
        amount = np.where(found.applies, amount, 0.0)
    return BilledComponent(
        metering_point=period.metered.load.metering_point,
        month=period.month,
        component=component.component,
        label=component.label,
        price_list=segment.price_list.id,
        determinant=component.determinant.billed,
        quantity=quantity,
        unit=component.determinant.unit,
        amount_sek=amount,
        reason=_reason(found, amount, component),
        evidence=found.evidence,
    )


def _reason(found: Determined, amount: Floats, component: PricedComponent) -> str | None:
    if not any_unknown(amount):
        return None
    return found.reason or component.price.outside()


def _settled(components: Sequence[PricedComponent], contract: Contract) -> tuple[PricedComponent, ...]:
    """Return the components with what the contract may decide about gaps and short history in their settings."""
    return tuple(replace(one, settings=_settings(one, contract)) for one in components)


def _settings(component: PricedComponent, contract: Contract) -> Strict:
    """Return the determinant's settings with the contract's own. Raises TariffError where these are wrong."""
    fields = component.determinant.settings.model_fields
    chosen = {key: contract.options[key] for key in CONTRACT_MAY_SET if key in fields and key in contract.options}
    if not chosen:
        return component.settings
    try:
        return component.determinant.settings.model_validate(component.settings.model_dump() | chosen)
    except ValidationError as error:
        raise as_tariff_error(f"avtalet «{contract.family}»", error, ("options",)) from error
