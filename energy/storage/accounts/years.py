"""A store's years (1 May to 30 April): efficiency, losses, imbalance and trend over years; a battery's cycles.

A store that is filled in summer and autumn and emptied in winter is emptiest in spring, so a year from May holds one
whole cycle. Efficiency = out / charged; corrected for what the store holds more or less at the year's end where its
temperature tells that: (out + change) / charged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from energy.calendar import normal_time
from energy.model import Band, Floats
from energy.storage.accounts.balance import Content
from energy.storage.accounts.metered import Metered
from energy.storage.assumed import assumed
from energy.swedish import sv

__all__ = ["StoreYear", "Trend", "store_years", "trend"]

FIRST_MONTH = 5


@dataclass(frozen=True)
class StoreYear:
    """One store year; energies [kWh], NaN with a reason where they are unknown."""

    first: date
    end: date
    days: int
    whole: bool
    charge_kwh: float
    out_kwh: Band
    change_kwh: float
    loss_kwh: float
    efficiency_pct: Band
    corrected_pct: Band
    mean_c: float
    seasonal_performance: float  # delivered / electricity
    cycles: float  # out / capacity
    reason: str | None


@dataclass(frozen=True)
class Trend:
    """The change of a figure per year over whole store years; the band holds every pair of years."""

    per_year: Band
    years: int


def store_years(found: Metered, held: Content) -> list[StoreYear]:
    """Return the store years there are hours of, in order."""
    if not len(found.start_utc):
        return []
    month = normal_time(found.start_utc).astype("datetime64[M]").astype(np.int64)
    year = 1970 + (month - (FIRST_MONTH - 1)) // 12
    return [_year(found, held, int(one), year == one) for one in np.unique(year)]


def _year(found: Metered, held: Content, year: int, here: Floats) -> StoreYear:
    days = int(here.sum()) // 24
    whole = days >= assumed("least_days").central
    charge, reason = _total(found.charge_kwh, here, found.reasons.get("charge"))
    outs = [_total(None if found.out_kwh is None else found.out_kwh[:, k], here, found.reasons.get("out_kwh"))
            for k in range(3)]  # fmt: skip
    reason = reason or outs[0][1]
    out = np.array([one for one, _ in outs])
    change = _change(held.by_temperature, here)
    error = float("nan") if held.band_kwh is None else float(np.nanmean(held.band_kwh[here]))
    if not whole:
        reason = reason or f"kan inte bedömas: bara {days} dygn av lagerårets 365"
    known = reason is None and charge > 0
    if reason is None and not charge > 0:
        reason = "kan inte bedömas: inget laddades under året"
    shares = 100 * out / charge if known else np.full(3, np.nan)
    # the band of a change of content: two ends of the year, the same sensor, so only the sensor's error counts
    corrected = 100 * (out + change) / charge if known else np.full(3, np.nan)
    spread = 100 * 0.5 * error / charge if known and np.isfinite(error) else 0.0
    delivered, _ = _total(found.delivered_kwh, here, None)
    electricity, _ = _total(found.electricity_kwh, here, None)
    return StoreYear(
        date(year, FIRST_MONTH, 1), date(year + 1, FIRST_MONTH, 1), days, whole, charge, _band(out, 0.0, reason),
        change, charge - out[0] - change, _band(shares, 0.0, reason), _band(corrected, spread, reason),
        _mean(found.store_c, here), delivered / electricity if electricity > 0 else float("nan"),
        float(out[0] / held.capacity_kwh), reason,
    )  # fmt: skip


def _total(values: Floats | None, here: Floats, reason: str | None) -> tuple[float, str | None]:
    if values is None:
        return float("nan"), reason or "okänt"
    known = np.isfinite(values[here])
    if known.mean() < assumed("month_least_share").central:
        return float("nan"), f"kan inte bedömas: {sv(100 * (1 - known.mean()))} % av årets timmar saknas"
    return float(values[here][known].sum()), None


def _change(held: Floats | None, here: Floats) -> float:
    """Return the change of the content over the year, means of its first and last day; NaN where unknown."""
    if held is None:
        return float("nan")
    inside = held[here]
    ends = inside[:24], inside[-24:]
    return float(np.nanmean(ends[1]) - np.nanmean(ends[0])) if all(np.isfinite(e).any() for e in ends) else float("nan")


def _mean(values: Floats | None, here: Floats) -> float:
    if values is None or not np.isfinite(values[here]).any():
        return float("nan")
    return float(np.nanmean(values[here]))


def _band(values: Floats, spread: float, reason: str | None) -> Band:
    if not np.isfinite(values).all():
        return Band(float("nan"), float("nan"), float("nan"), reason=reason or "okänt: lagrets temperatur är inte känd")
    return Band(float(values[0]), float(values.min() - spread), float(values.max() + spread))


def trend(values: Floats) -> Trend:
    """Return the mean change per year of whole years in order (y,), NaN with a reason for fewer than three.

    The figure is the median of the changes between all pairs of years and the band their extremes: Sen, P. K. (1968),
    JASA 63, 1379-1389.
    """
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < 3:
        nan = float("nan")
        return Trend(
            Band(nan, nan, nan, reason=f"okänt: en trend kräver tre hela lagerår, det finns {len(known)}"), len(known)
        )
    first, later = np.triu_indices(len(known), 1)
    slopes = (values[known][later] - values[known][first]) / (known[later] - known[first])
    return Trend(Band(float(np.median(slopes)), float(slopes.min()), float(slopes.max())), len(known))
