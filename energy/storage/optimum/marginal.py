"""What one kWh more costs in each hour, and what billed power costs: read off the real price lists by billing.

Energy, flow, return temperature, spot and tax: the month is billed with one unit more in one hour, for every hour at
once (one draw an hour), so that whatever the lists say is in it. Power: the lists' own prices of power as a function of
the kilowatts, split where a band ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from energy.calendar import next_month
from energy.errors import InsufficientData
from energy.model import BillingContext, Contract, Floats, Load, PriceList
from energy.storage.accounts.displaced import Curve, with_energy
from energy.storage.optimum.repeated import rows_of
from energy.tariffs.bill import bill
from energy.tariffs.determinants import DETERMINANTS

__all__ = ["marginal_price"]

_AT_THE_MARGIN = ("billed_energy_kwh", "billed_flow_m3", "return_temperature_mwh_c")
_WITH_ENERGY = ("volume_m3", "supply_m3c", "return_m3c")
_UNIT_KWH = 1.0


def marginal_price(
    load: Load,
    contracts: Sequence[Contract],
    lists: Sequence[PriceList],
    months: Sequence[date],
    context: BillingContext,
    curve: Curve | None = None,
) -> Floats:
    """Return what one kWh more would cost in each hour of the months (h,) [SEK/kWh excl. VAT]; NaN where unknown.

    The volume of a heat meter follows its energy as everywhere (`displaced.with_energy`). Powers are left out. Raises
    InsufficientData where a month's price is unknown (spot prices lacking, no price list) or an hour of the load is,
    TariffError from the bill.
    """
    if not np.isfinite(load.energy_kwh).all():
        raise InsufficientData(f"kan inte bedömas: mätaren {load.metering_point} har timmar utan värde")
    at_margin = [replace(one, components=tuple(c for c in one.components if _moves(c))) for one in lists]
    mine = [one for one in contracts if one.metering_point == load.metering_point]
    families = {one.family for one in mine}
    kept = [one for one in at_margin if one.family in families]
    return np.concatenate([_month(load, mine, kept, month, context, curve) for month in months])


def _moves(component: object) -> bool:
    assert isinstance(component, dict)
    determinant = DETERMINANTS.get(component["determinant"].get("method"))
    return determinant is not None and determinant.billed in _AT_THE_MARGIN


def _month(
    load: Load, contracts: Sequence[Contract], lists: Sequence[PriceList], month: date, context: BillingContext,
    curve: Curve | None,
) -> Floats:  # fmt: skip
    rows = rows_of(load.start_utc, month, next_month(month))
    count = rows.stop - rows.start
    part_of: dict[str, Floats | None] = {
        name: None if getattr(load, name) is None else getattr(load, name)[rows] for name in _WITH_ENERGY
    }
    month_load = Load(load.metering_point, load.start_utc[rows], load.energy_kwh[rows], **part_of)
    more = np.concatenate((np.zeros((count, 1)), _UNIT_KWH * np.eye(count)), axis=1)
    changed = with_energy(month_load, month_load.energy_kwh + more, curve)
    spot, quarters = context.spot_sek_per_kwh, context.spot_quarters_sek_per_kwh
    part = replace(
        context,
        spot_sek_per_kwh=None if spot is None else spot[rows],
        spot_quarters_sek_per_kwh=None if quarters is None else quarters[rows],
    )
    billed = bill(changed, contracts, lists, [month], part)
    total = np.zeros(count + 1)
    for one in billed:
        if np.isnan(one.amount_sek).any():
            raise InsufficientData(
                f"kan inte bedömas: {one.label.lower()} {month:%Y-%m} kan inte prissättas timme för timme "
                f"({one.reason or 'okänt pris'})"
            )
        total = total + one.amount_sek
    found: Floats = (total[1:] - total[0]) / _UNIT_KWH
    return found
