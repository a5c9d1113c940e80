"""Normal-year savings: the year before and the year after the project, both as of the same normal year.

Avoided energy answers what was saved in the weather that was; normal-year savings what the project saves in a usual
year. The two are never added or compared as if they were one. The normal year is the mean over the station's own
latest years: each year's weather drives both models hour by hour, since a model is not linear in the mean temperature.
IPMVP Core Concepts 2022, normalised savings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from energy.calendar import Instants
from energy.model import Band, Floats
from energy.savings.bands.randoms import Seeds
from energy.savings.bands.uncertainty import band, draws
from energy.savings.baselines.baseline import predict
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.frozen import Baseline
from energy.savings.baselines.sufficiency import NOT_ASSESSED, extrapolation

LEAD_H = 28 * 24  # weather before the year, for the thermal lag
FEWEST_YEARS = 5
_WEEK_H = 168
_YEAR_H = 8766
_HOUR = np.timedelta64(3600, "s")
_KNOWN = 0.99  # of a weather year's hours


@dataclass(frozen=True)
class NormalYear:
    """Energy of a normal year [kWh] before and with the project, and the difference, with their bands.

    `probability` of the draws with a saving above zero; `years` of weather behind the normal year.
    """

    base_kwh: Band
    reporting_kwh: Band
    saving_kwh: Band
    probability: float
    years: int


def weather_years(hours: Instants, start_utc: Instants, air_temperature_c: Floats, years: int = 30) -> list[Floats]:
    """Return the weather [°C] of up to `years` years at `hours` (n,), each (LEAD_H + n,): the lead comes first.

    `start_utc` every hour of one span, with its temperatures. A year is taken a whole number of weeks before, nearest
    to whole years; one with more than one hour in a hundred unknown is left out, the holes of the others are drawn as
    straight lines.
    """
    found: list[Floats] = []
    wanted = np.arange(-LEAD_H, len(hours)) + int((hours[0] - start_utc[0]) // _HOUR)
    for back in range(years + 1):
        rows = wanted - round(back * _YEAR_H / _WEEK_H) * _WEEK_H
        if rows[0] < 0 or len(found) == years:
            break
        air = air_temperature_c[np.minimum(rows, len(air_temperature_c) - 1)]
        known = ~np.isnan(air)
        if rows[-1] < len(air_temperature_c) and known.mean() >= _KNOWN:
            at = np.arange(len(air))
            found.append(np.where(known, air, np.interp(at, at[known], air[known])))
    return found


def normal_year(
    before: Baseline | None, after: Baseline, drivers: Drivers, hours: Instants, weather: Sequence[Floats],
    count: int = 200, seed: int | Seeds = 1,
) -> NormalYear:  # fmt: skip
    """Return the normal-year energy of one meter before and with the project.

    `before` is the baseline, None for a meter that the project brought; `after` a model of the reporting year.
    `drivers` hold the operations of the normal year at `hours` (n,) and the lead before them; `weather` is that of
    `weather_years`. The band holds both models' coefficients and, for the year before, the drift since; it is drawn in
    the year nearest to the mean and scaled to it. NaN with a reason where a gate fails.
    """
    reason = _reason(before, after, drivers, weather)
    if reason:
        nan = Band(float("nan"), float("nan"), float("nan"), reason=reason)
        return NormalYear(nan, nan, nan, float("nan"), len(weather))
    now = _drawn(after, drivers, hours, weather, count, Seeds.alone(seed).moved(1), drift=False)
    then = np.zeros(1) if before is None else _drawn(before, drivers, hours, weather, count, seed, drift=True)
    saved = then - now
    return NormalYear(band(then), band(now), band(saved), float((saved > 0).mean()), len(weather))


def _reason(
    before: Baseline | None, after: Baseline, drivers: Drivers, weather: Sequence[Floats]
) -> str | None:  # fmt: skip
    """Return the first reason why there is no figure: weather, gates, weather far outside what a model saw."""
    if len(weather) < FEWEST_YEARS:
        return f"{NOT_ASSESSED}normalåret behöver minst {FEWEST_YEARS} år av väder, det finns {len(weather)}"
    for model, word in ((before, "basåret"), (after, "året med projektet")):
        if model is None:
            continue
        if model.disqualified:
            return f"{NOT_ASSESSED}modellen av {word}: {model.disqualified.removeprefix(NOT_ASSESSED)}"
        if model.spec.measured:
            return (
                f"{NOT_ASSESSED}modellen av {word} bygger på {', '.join(model.spec.measured)}, som inget normalår har"
            )
        n = len(weather[0]) - LEAD_H
        span = drivers.start_utc[0] + np.arange(n * len(weather)) * _HOUR
        pooled = Drivers(span, np.concatenate([air[LEAD_H:] for air in weather]))
        found = extrapolation(model.temperature_range_c, {}, pooled, model.limits).reason
        if found:
            return f"{found}, i modellen av {word}"
    return None


def _drawn(
    model: Baseline,
    drivers: Drivers,
    hours: Instants,
    weather: Sequence[Floats],
    count: int,
    seed: int | Seeds,
    *,
    drift: bool,
) -> Floats:
    """Return draws of the normal year's energy (count,) [kWh]; their mean is the mean over the weather years."""
    years = [_in(drivers, hours, air) for air in weather]
    target = model.targets[0]
    totals = np.array([predict(model, year, hours)[target].sum() for year in years])
    nearest = years[int(np.abs(totals - totals.mean()).argmin())]
    drawn = draws(model, nearest, count, seed, start_utc=hours, residuals=False, drift=drift)[target].sum(axis=0)
    scaled: Floats = drawn + (totals.mean() - drawn.mean())
    return scaled


def _in(drivers: Drivers, hours: Instants, air: Floats) -> Drivers:
    """Return the drivers of the normal year's operations in another year's weather."""
    span = hours[0] + np.arange(-LEAD_H, len(hours)) * _HOUR
    rows = drivers.rows(span)
    return Drivers(span, air, {name: values[rows] for name, values in drivers.calendar.items()})
