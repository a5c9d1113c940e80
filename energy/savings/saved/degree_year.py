"""A year's energy as of a normal year, by degree days or Energi-Index: the simple correction, beside the models.

E_norm = E_base + (E - E_base)·DD_normal/DD_actual: hot water and processes do not follow the weather, and in a pool or
a rink they are half of the use or more; correcting everything is the classic error. E_base is the mean day of June to
August over the whole year. Both years and the normal one are counted by one definition of degree days: SMHI's seasonal
limits where all days lie before 2015, else 17 °C straight (see `tariffs.degree_days`); the two are never mixed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from energy.model import Floats
from energy.tariffs.degree_days import DEFINITIONS, Definition, corrected, heating_degree_days_kd, normal_of_days_kd

_SUMMER = (6, 7, 8)
_LEAST_DAYS = 0.97  # of a year's days with energy and degree days
_LEAST_YEARS = 5
Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class DegreeYear:
    """One year corrected: energy as metered and as of a normal year [kWh], its base part, degree days [kd]."""

    energy_kwh: float
    normalized_kwh: float
    base_kwh: float
    actual_kd: float
    normal_kd: float
    reason: str | None = None


def definition_of(last: date) -> Definition:
    """Return the definition for a comparison whose last day is `last`: the old one only where all of it is before 2015.

    Degree days are counted from daily temperatures, so that an older base year is recounted by the later definition.
    """
    return "seasonal_limits" if last < DEFINITIONS["seasonal_limits"].used_until else "plain"


def normal_months_kd(days: Days, outdoor_c: Floats, definition: Definition, years: int = 30) -> tuple[list[float], int]:
    """Return the mean degree days of January to December [kd] of the latest whole years, and how many.

    `days` (d,) ascending with their mean temperatures [°C]. A year counts where at most one day in fifty is unknown;
    its unknown days count as the mean of its month. Empty where there are fewer than five such years.
    """
    kd = heating_degree_days_kd(days, outdoor_c, definition)
    month = days.astype("datetime64[M]").astype(int)
    known = ~np.isnan(kd)
    first = int(month.min()) if len(month) else 0
    count = np.bincount(month - first, known) if len(month) else np.zeros(0)
    sums = np.bincount(month - first, np.where(known, kd, 0.0)) if len(month) else np.zeros(0)
    starts = np.arange(first, first + len(count) + 1).astype("datetime64[M]").astype("datetime64[D]")
    whole = np.diff(starts).astype(int)
    filled = np.where(count > 0, sums / np.maximum(count, 1) * whole, np.nan)
    found = []
    for year in range(-(-first // 12), (first + len(count)) // 12):
        rows = slice(year * 12 - first, year * 12 - first + 12)
        if count[rows].sum() >= 0.98 * whole[rows].sum() and not np.isnan(filled[rows]).any():
            found.append(filled[rows])
    chosen = found[-years:]
    if len(chosen) < _LEAST_YEARS:
        return [], len(chosen)
    return [float(v) for v in np.mean(chosen, axis=0)], len(chosen)


def by_degree_days(
    days: Days, energy_kwh: Floats, outdoor_c: Floats, normal_kd: Sequence[float], definition: Definition
) -> DegreeYear:
    """Return a year of daily energy (d,) [kWh] corrected to a normal year; unknown days are left out of both sides.

    `normal_kd` twelve months by the same `definition`. The sums are scaled to the whole year. A reason and NaN where
    more than three days in a hundred are unknown, summer is unknown, or there are no degree days.
    """
    kd = heating_degree_days_kd(days, outdoor_c, definition)
    known = ~(np.isnan(kd) | np.isnan(energy_kwh))
    return _corrected(days, energy_kwh, known, float(kd[known].sum()), normal_of_days_kd(days[known], normal_kd))


def by_index(days: Days, energy_kwh: Floats, index: Mapping[date, tuple[float, float]]) -> DegreeYear | None:
    """Return a year corrected by Energi-Index, month -> (actual, normal) [kd]; None where a month has none."""
    months = [m.item() for m in np.unique(days.astype("datetime64[M]")).astype("datetime64[D]")]
    if any(m not in index for m in months):
        return None
    known = ~np.isnan(energy_kwh)
    actual, normal = (float(sum(index[m][i] for m in months)) for i in (0, 1))
    return _corrected(days, energy_kwh, known, actual, normal)


def _corrected(
    days: Days, energy_kwh: Floats, known: npt.NDArray[np.bool_], actual_kd: float, normal_kd: float
) -> DegreeYear:
    nan = float("nan")
    summer = known & np.isin(days.astype("datetime64[M]").astype(int) % 12 + 1, _SUMMER)
    reason = None
    if known.sum() < _LEAST_DAYS * len(days):
        reason = f"kan inte bedömas: {int(known.sum())} av {len(days)} dygn har mätvärden och väder"
    elif summer.sum() < 30:
        reason = "kan inte bedömas: sommarens dygn saknas, och utan dem är grundlasten okänd"
    elif not actual_kd > 0:
        reason = "kan inte bedömas: året har inga graddagar"
    if reason:
        return DegreeYear(nan, nan, nan, actual_kd, normal_kd, reason)
    total = energy_kwh[known].sum() * len(days) / known.sum()
    base = min(float(energy_kwh[summer].mean()) * len(days), float(total))
    share = 1 - base / total if total > 0 else 0.0
    normalized = float(corrected(np.array([total]), actual_kd, normal_kd, share)[0])
    return DegreeYear(float(total), normalized, base, actual_kd, normal_kd)
