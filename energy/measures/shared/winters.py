"""A load of the present operation in the weather of other winters, day by day through its energy signature.

What outdoor temperature does not explain is taken from days near in the year, a week at a time: a season without ice,
or with a heat pump off, is a level and a slope of its own. References: energy signature, see `signature`; Carlstein, E.
(1986), "The use of subseries values for estimating the variance of a general statistic from a stationary sequence",
Annals of Statistics 14(3), 1171-1179 (blocks keep what follows day by day together).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from energy.forecast.weather import seasons
from energy.measures.assumptions import assumption
from energy.measures.base import MeasureContext
from energy.measures.shared.bands import generator, triangle, week_weights
from energy.measures.shared.days import Days, sv
from energy.measures.shared.signature import Signature, fit_signature, local_slope
from energy.model import Floats, Load
from energy.savings.saved.loads import map_load

__all__ = ["Winters", "simulated_winters"]

WEEK, YEAR = 7, 364  # days; 52 weeks keep the weekday


@dataclass(frozen=True)
class _Source:
    """How the load answered one year's weather, on the m days valued; by draw, column 0 the central case."""

    temperature_c: Floats  # (m,)
    fitted: Signature
    rest_kw: Floats  # (m, 1 + draws) what each day lay above the signature
    slope_kw_per_k: Floats  # (m, 1 + draws) what the days near in the year add to the signature's slope


@dataclass(frozen=True)
class Winters:
    """What simulates the months valued in other years' weather."""

    days: Days
    power_kw: Floats  # (d,)
    rows: npt.NDArray[np.intp]  # (m,) the days valued whose power and temperature are known
    years: Sequence[Floats]  # (d,) the days' outdoor temperature in each other year [°C]
    sources: Sequence[_Source]  # the year valued first, then those before it that are known
    near: npt.NDArray[np.int64]  # (1 + draws,) how many days away in the year a day's rest may be taken from

    @property
    def draws(self) -> int:
        """Return how many draws there are beside the central case."""
        return len(self.near) - 1

    def load(self, load: Load, draw: int, years: Sequence[int], rng: np.random.Generator) -> Load:
        """Return the load (n, w) in the weather of `years` (w,), as a draw tells how it answers; 0 the central case.

        The draws take each known year in turn for how the load answers, so that what differs between years shows.
        """
        source, near = self.sources[draw % len(self.sources)], self.near[draw]
        count, measured = len(self.rows), self.power_kw[self.rows]
        day = self.days.day[self.rows].astype(np.int64)
        week = (day - day[0]) // WEEK
        ratio = np.ones((len(self.power_kw), len(years)))
        for column, year in enumerate(years):
            at = np.arange(count) + rng.integers(-near, near + 1, size=int(week[-1]) + 1)[week]
            at = np.abs(np.where(at >= count, 2 * (count - 1) - at, at))  # the ends are reflected
            weather = self.years[year][self.rows]
            colder = source.slope_kw_per_k[at, draw] * (weather - source.temperature_c[at])
            simulated = np.maximum(0.0, source.fitted.expected(weather)[:, draw] + source.rest_kw[at, draw] + colder)
            ratio[self.rows, column] = np.divide(simulated, measured, out=np.ones(count), where=measured > 0)
        factor = self.days.to_hours(ratio, 1.0)
        scaled = map_load(load, lambda _, values: values * factor)
        return replace(scaled, energy_quarters_kwh=load.energy_quarters_kwh)


def simulated_winters(context: MeasureContext, load: Load, rule: str, needed: int, draws: int) -> Winters | str:
    """Return what simulates the load in other winters, else the Swedish reason why nothing can.

    `needed` years of weather must be known.
    """
    days = Days.of(context.start_utc)
    power, temperature = days.mean(load.energy_kwh)[:, 0], days.mean(context.air_temperature_c)
    valued = days.between(context.first_valued(), context.end_valued())
    known = np.isfinite(power) & np.isfinite(temperature)
    least = assumption("common", "minimum_coverage").central
    if not valued.any() or known[valued].mean() < least:
        return f"saknar data: mindre än {sv(100 * least)} % av dygnen har både effekt och utetemperatur."
    years = _years(context, days, valued)
    if len(years) < needed:
        return f"saknar data: väder för {len(years)} år före, minst {needed} behövs för att pröva en abonnerad effekt."
    rng = generator(context.seed, rule, context.facility, load.metering_point)
    rows, near = (
        np.flatnonzero(valued & known),
        np.rint(triangle(assumption("winters", "near_days"), draws, rng)).astype(np.int64),
    )
    window = round(assumption("winters", "slope_days").central)
    sources = [_source(days, power, temperature, rows, rows, window, draws, rng)]
    for back in range(1, int(rows[0]) // YEAR + 1):
        earlier = rows - YEAR * back
        if known[earlier].mean() >= least:
            sources.append(_source(days, power, temperature, earlier, rows, window, draws, rng))
    return Winters(days, power, rows, years, sources, near)


def _source(
    days: Days, power: Floats, temperature: Floats, own: npt.NDArray[np.intp], valued: npt.NDArray[np.intp],
    window: int, draws: int, rng: np.random.Generator,
) -> _Source:  # fmt: skip
    """Return how the load answered on the days `own` (m,); days unknown there are those `valued`."""
    own = np.where(np.isfinite(power[own]) & np.isfinite(temperature[own]), own, valued)
    weights = week_weights(days.day[own], draws, rng)
    fitted = fit_signature(power[own], temperature[own], weights)
    rest = power[own][:, None] - fitted.expected(temperature[own])
    limit = assumption("winters", "odd_spreads").central * fitted.spread_kw  # one day's odd level is no slope
    return _Source(
        temperature[own], fitted, rest, local_slope(temperature[own], np.clip(rest, -limit, limit), weights, window)
    )


def _years(context: MeasureContext, days: Days, valued: npt.NDArray[np.bool_]) -> list[Floats]:
    """Return the daily temperatures (d,) of the days valued as other years had them, NaN on other days [°C]."""
    if context.station_start_utc is None or context.station_temperature_c is None:
        return []
    hours = np.zeros(days.hours, np.bool_)
    hours[days.first : days.first + 24 * len(days.day)] = np.repeat(valued, 24)
    found = []
    most = round(assumption("winters", "years").central)
    for season in seasons(context.station_start_utc, context.station_temperature_c, context.start_utc[hours], most):
        daily = np.full(len(days.day), np.nan)
        daily[valued] = season.air_temperature_c.reshape(-1, 24).mean(axis=1)
        found.append(daily)
    return found
