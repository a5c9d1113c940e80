"""The facility around a store: the bills it touches, and a year of them without holes, filled by a stated rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from energy.calendar import Instants, normal_time
from energy.errors import InsufficientData
from energy.model import BillingContext, Carrier, Contract, Floats, Load, PriceList, Store, Trend
from energy.savings.saved.boundary import paying
from energy.storage.assumed import assumed
from energy.swedish import sv

__all__ = ["Around", "billed_points", "filled"]

_WEEK = 7 * 24
_WEEKS = (-1, 1, -2, 2)
_FOLLOWING = ("volume_m3", "supply_m3c", "return_m3c", "reactive_kvarh")


@dataclass(frozen=True)
class Around:
    """The facility around a store, on one grid of hours (n,): its loads (k = 1), points, contracts and price lists."""

    start_utc: Instants
    loads: Mapping[str, Load]
    trends: Mapping[str, Trend]
    carriers: Mapping[str, Carrier]
    parents: Mapping[str, str | None]
    contracts: Sequence[Contract]
    price_lists: Sequence[PriceList]
    billing: Mapping[str, BillingContext]
    outdoor_c: Floats | None = None  # (n,) None where it is not known

    def main_of(self, point: str) -> str | None:
        """Return the priced metering point that contains a point, itself included; None where none is priced."""
        at = paying(point, self.parents, {one.metering_point for one in self.contracts})
        return at if at in self.loads else None

    def largest(self, carrier: Carrier) -> str | None:
        """Return the priced metering point of a carrier with the most energy, None without any."""
        priced = {one.metering_point for one in self.contracts}
        mine = sorted(p for p, found in self.carriers.items() if found == carrier and p in priced and p in self.loads)
        return max(mine, key=lambda p: float(np.nansum(self.loads[p].energy_kwh)), default=None)


def billed_points(store: Store, around: Around) -> tuple[str | None, str | None]:
    """Return the billed meters of heat (None for a battery) and electricity that a store touches.

    Raises InsufficientData where one that is needed has no contract.
    """
    power = next((main for p in store.electricity if (main := around.main_of(p)) is not None), None)
    if store.kind == "battery":
        told = around.main_of(store.displaces) if store.displaces else None
        own = next((main for p in (*store.discharge, *store.charge) if (main := around.main_of(p)) is not None), None)
        found = told or own or power or around.largest("electricity")
        if found is None:
            raise InsufficientData("kan inte bedömas: ingen elmätare med avtal")
        return None, found
    power = power or around.largest("electricity")
    heat = around.main_of(store.displaces) if store.displaces else around.largest("district_heating")
    if heat is None:
        raise InsufficientData("kan inte bedömas: ingen fjärrvärmemätare med avtal som lagrets värme ersätter")
    if power is None and store.electricity:
        raise InsufficientData("kan inte bedömas: elen till lagret kan inte prissättas (ingen elmätare med avtal)")
    return heat, power


def filled(load: Load, rows: slice, name: str) -> tuple[Load, str | None]:
    """Return a billed meter's year `rows` without holes, and what was filled in Swedish; None where nothing was.

    An unknown hour is the mean of the same hour one and two weeks before and after, those that are known; what follows
    the energy (volume, its temperatures, reactive energy) is then its month's own share of a kilowatt-hour. Each way of
    operating is billed on the same filled hours, so that they cancel in the difference but for the store's own part.
    Raises InsufficientData where more than the assumed share is unknown, or an unknown hour has no such neighbour.
    """
    energy = load.energy_kwh[:, 0]
    start = load.start_utc[rows]
    known = np.isfinite(energy[rows])
    _enough(known, f"mätaren {name}")
    whole = np.where(known, energy[rows], _neighbours(energy, rows))
    if not np.isfinite(whole).all():
        lost = int((~np.isfinite(whole)).sum())
        raise InsufficientData(
            f"kan inte bedömas: mätaren {name} saknar {sv(lost)} timmar som inte heller är kända en eller två veckor "
            "före eller efter"
        )
    parts: dict[str, Any] = {}
    for quantity in _FOLLOWING:
        values = getattr(load, quantity)
        parts[quantity] = None if values is None else _following(values[rows, 0], whole, start, name)[:, None]
    note = None
    if not known.all():
        note = (
            f"mätaren {name} saknar värde i {sv((~known).sum())} av årets timmar: de räknas i alla drifter som medlet "
            f"av samma timme en och två veckor före och efter, {sv(float(whole[~known].sum()))} kWh"
        )
    return replace(load, start_utc=start, energy_kwh=whole[:, None], energy_quarters_kwh=None, **parts), note


def _enough(known: npt.NDArray[np.bool_], what: str) -> None:
    least = assumed("least_billed_coverage").central
    if known.mean() < least:
        raise InsufficientData(
            f"kan inte bedömas: bara {sv(100 * known.mean(), 1)} % av timmarna har värde i {what} som räkningen "
            f"gäller, minst {sv(100 * least)} % krävs"
        )


def _neighbours(values: Floats, rows: slice) -> Floats:
    """Return for each hour of the rows the mean of the known hours one and two weeks before and after; else NaN."""
    at = np.arange(rows.start, rows.stop)[:, None] + _WEEK * np.array(_WEEKS)[None, :]
    inside = (at >= 0) & (at < len(values))
    near = np.where(inside, values[np.clip(at, 0, len(values) - 1)], np.nan)
    count = np.isfinite(near).sum(axis=1)
    mean: Floats = np.divide(np.nansum(near, axis=1), count, out=np.full(len(near), np.nan), where=count > 0)
    return mean


def _following(values: Floats, energy: Floats, start_utc: Instants, name: str) -> Floats:
    """Return a quantity (n,) with its unknown hours at the share of a kilowatt-hour that its month shows."""
    known = np.isfinite(values)
    _enough(known, f"flöde, temperaturer eller reaktiv effekt i {name}")
    if known.all():
        return values
    month = normal_time(start_utc).astype("datetime64[M]").astype(np.int64)
    month = month - month[0]
    count = int(month[-1]) + 1
    total, over = (np.bincount(month[known], v[known], count) for v in (values, energy))
    share = np.divide(total, over, out=np.full(count, float(total.sum() / max(over.sum(), 1e-9))), where=over > 0)
    return np.where(known, values, share[month] * energy)
