"""Placebo project dates: the baseline tried on its own history, where there was no project to find.

With two years or more before the project, fictitious projects are dated through them: the baseline is fitted on the
year before the date and predicts the time after it, year-to-year drift and all. With less, stretches of four weeks
within the baseline are left out in turn and predicted from the rest: that tries the model, and not the change from one
year to the next, so that the drift is left out of those bands.

References
----------
Placebo tests in time: Abadie, Diamond & Hainmueller 2015, American Journal of Political Science 59(2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from energy.calendar import Instants
from energy.model import Band, Floats
from energy.savings.bands.randoms import Seeds
from energy.savings.bands.uncertainty import BLOCK_H, band, draws
from energy.savings.baselines.baseline import Settings, fit, settled
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.frozen import Baseline
from energy.savings.baselines.sufficiency import Limits

YEARS, WEEKS = "years", "weeks"
MOST = 6  # dates that are tried; their stretches overlap, so that more tell little
_YEAR_H = 365 * 24
_SHORTEST_H = 182 * 24  # to predict after a date
_KNOWN = 0.9  # of a stretch must be metered
# a baseline with four weeks taken out of it cannot have every month
_GAPPED = Limits(span_days=300.0, full_days=280, month_share=0.0)


@dataclass(frozen=True)
class Placebo:
    """One fictitious project: what was metered from `first` to before `end` (UTC), and the band of what should be.

    `kind` is "years" or "weeks"; energies [kWh] over the hours that were metered.
    """

    kind: str
    first: np.datetime64
    end: np.datetime64
    metered_kwh: float
    predicted_kwh: Band

    @property
    def held(self) -> bool:
        """Return whether the band holds what was metered."""
        return self.predicted_kwh.low <= self.metered_kwh <= self.predicted_kwh.high

    @property
    def error_pct(self) -> float:
        """Return predicted less metered, of the metered [%]; NaN where nothing was metered."""
        return 100 * (self.predicted_kwh.value / self.metered_kwh - 1) if self.metered_kwh else float("nan")


def placebos(
    baseline: Baseline,
    start_utc: Instants,
    energy_kwh: Floats,
    drivers: Drivers,
    settings: Settings,
    *,
    count: int = 200,
) -> list[Placebo]:
    """Return at most MOST placebos of a meter before its project, in order of time; none for a disqualified baseline.

    `start_utc` (n,) contiguous hours up to the end of the baseline period, `energy_kwh` (n,) NaN where unknown or
    excluded. Refits keep the choices of `baseline`, so that only its coefficients are made anew. A date whose year
    before it does not pass the gates, or whose stretch has less than nine tenths of its hours, is left out.
    """
    if baseline.disqualified or not len(start_utc):
        return []
    hours = start_utc.astype("datetime64[s]")
    quick = chosen(settings, baseline)
    tried = _by_years(hours, energy_kwh, drivers, quick, count)
    return tried or _by_weeks(baseline, hours, energy_kwh, drivers, quick, count)


def chosen(settings: Settings, baseline: Baseline) -> Settings:
    """Return the settings with what the baseline chose in them instead of the candidates."""
    return replace(settled(baseline, settings), drift=baseline.drift)


def _by_years(hours: Instants, energy: Floats, drivers: Drivers, settings: Settings, count: int) -> list[Placebo]:
    latest = len(hours) - _SHORTEST_H
    if latest < _YEAR_H:
        return []
    dates = np.unique(np.linspace(_YEAR_H, latest, MOST).astype(int) // 24 * 24)
    found: list[Placebo] = []
    for at in dates:
        train, test = slice(at - _YEAR_H, at), slice(at, min(at + _YEAR_H, len(hours)))
        model = fit(hours[train], {"energy_kwh": energy[train]}, drivers, settings)
        found += _tried(YEARS, model, hours[test], energy[test], drivers, count)
    return found


def _by_weeks(
    baseline: Baseline, hours: Instants, energy: Floats, drivers: Drivers, settings: Settings, count: int
) -> list[Placebo]:
    inside = (hours >= baseline.train_start) & (hours < baseline.train_end)
    hours, energy = hours[inside], energy[inside]
    blocks = len(hours) // BLOCK_H
    gapped = replace(settings, limits=_GAPPED)
    found: list[Placebo] = []
    for block in np.unique(np.linspace(0, blocks - 1, MOST).round().astype(int)) if blocks else ():
        part = slice(block * BLOCK_H, (block + 1) * BLOCK_H)
        left = energy.copy()
        left[part] = np.nan
        model = fit(hours, {"energy_kwh": left}, drivers, gapped)
        found += _tried(WEEKS, model, hours[part], energy[part], drivers, count)
    return found


def _tried(
    kind: str, model: Baseline, hours: Instants, energy: Floats, drivers: Drivers, count: int
) -> Sequence[Placebo]:
    """Return the placebo of one stretch, or none where it cannot be told."""
    if model.disqualified:
        return ()
    drawn = draws(model, drivers, count, Seeds.alone(1), start_utc=hours, drift=kind == YEARS)["energy_kwh"]
    known = np.isfinite(energy) & np.isfinite(drawn[:, 0])
    if known.mean() < _KNOWN:
        return ()
    end = hours[-1] + np.timedelta64(3600, "s")
    return (Placebo(kind, hours[0], end, float(energy[known].sum()), band(drawn[known].sum(axis=0))),)
