"""Hours, levels and places that several rules of operation look at. Which of them is waste is each rule's matter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from energy.calendar import civil_time, normal_time
from energy.measures.assumptions import assumption
from energy.measures.base import EvidenceRow, MeasureContext, Picture, Series
from energy.measures.shared.bands import week_weights
from energy.measures.shared.days import Days, Flags, sv
from energy.model import Floats, Trend

__all__ = [
    "Place", "around", "by_month", "clock_hours", "closed_nights", "cloud", "covered", "days_and_weights", "ice_hours",
    "power_of", "profile", "rolling_median", "trends_in", "valued_hours", "weekly",
]  # fmt: skip

Place = Literal["ice", "pool", "room"]
ICE_USES = frozenset({"ice_plant", "brine_pump", "resurfacing", "stand_heating"})
ICE_WORDS = ("ishall", "isbana", "ispist", "rink", "läktare")
POOL_WORDS = ("bassäng", "simhall", "badhus", "pool", "badanläggning")
RUNNING = 0.3  # of the upper quartile of days: an ice plant that draws less keeps no ice
POINTS = 240  # the most points of a cloud


def valued_hours(context: MeasureContext) -> Flags:
    """Return (n,) True in the hours of the months valued, normal time."""
    day = normal_time(context.start_utc).astype("datetime64[D]")
    return (day >= np.datetime64(context.first_valued())) & (day < np.datetime64(context.end_valued()))


def clock_hours(context: MeasureContext) -> npt.NDArray[np.int64]:
    """Return (n,) the hour of the day, 0-23, by the clock on the wall."""
    clock = civil_time(context.start_utc)
    hour: npt.NDArray[np.int64] = (clock - clock.astype("datetime64[D]")).astype("timedelta64[h]").astype(np.int64)
    return hour


def power_of(context: MeasureContext, point: str) -> Floats:
    """Return (n,) the mean power of each hour of a metering point [kW]; NaN where unknown."""
    return context.loads[point].energy_kwh[:, 0]


def covered(context: MeasureContext, what: str, *series: Floats, among: Flags | None = None) -> str | None:
    """Return why too few hours of the months valued (`among` those) have every series, in Swedish; None if enough."""
    wanted: Flags = valued_hours(context) if among is None else valued_hours(context) & among
    known: Flags = np.asarray(np.isfinite(np.stack(series)).all(axis=0))
    share = float(known[wanted].mean()) if wanted.any() else 0.0
    if share >= assumption("common", "minimum_coverage").central:
        return None
    return f"saknar data: bara {sv(100 * share)} % av årets timmar har {what}."


def closed_nights(context: MeasureContext) -> Flags | None:
    """Return (n,) True where the facility is closed; None where opening hours are not told."""
    closed, opened = np.asarray(context.open_hours == 0), np.asarray(context.open_hours == 1)
    return closed if closed.any() and opened.any() else None


def around(flags: Flags, before: int, after: int) -> Flags:
    """Return (n,) flags with `before` hours in front of and `after` hours behind each True hour also True."""
    wide = flags.copy()
    for hours in range(1, before + 1):
        wide[:-hours] |= flags[hours:]
    for hours in range(1, after + 1):
        wide[hours:] |= flags[:-hours]
    return wide


def ice_hours(context: MeasureContext) -> Flags | None:
    """Return (n,) True where there is ice: as told, else on days when the ice plant works; None where neither tells."""
    if context.ice_season is not None:
        return np.asarray(context.ice_season == 1)
    plants = [p for p in context.used_for("ice_plant") if np.isfinite(power_of(context, p)).any()]
    if not plants:
        return None
    days = Days.of(context.start_utc)
    daily = days.mean(np.nansum([power_of(context, p) for p in plants], axis=0))
    drawn = daily[daily > 0]
    works = daily > (RUNNING * float(np.quantile(drawn, 0.75)) if drawn.size else 0.0)
    return np.asarray(days.to_hours(works[:, None].astype(np.float64), 0.0)[:, 0] > 0)


def place_of(context: MeasureContext, trend: Trend) -> Place:
    """Return whether a point stands by ice, by a pool or in a room: by its meter's use, its words, or what there is."""
    use = context.uses.get(trend.metering_point or "")
    words = f"{trend.space or ''} {trend.name}".casefold()
    if use in ICE_USES or any(word in words for word in ICE_WORDS):
        return "ice"
    if use == "pool" or any(word in words for word in POOL_WORDS):
        return "pool"
    return "room"


def trends_in(context: MeasureContext, kind: str, *places: Place) -> list[Trend]:
    """Return the points of a kind that stand in one of the places (anywhere where none is given), in order of id."""
    found = [context.trends[name] for name in sorted(context.trends) if context.trends[name].kind == kind]
    return [trend for trend in found if not places or place_of(context, trend) in places]


def days_and_weights(context: MeasureContext, rng: np.random.Generator) -> tuple[Days, Floats]:
    """Return (whole days of the span, (d, 1 + draws) how often each counts, weeks drawn again)."""
    days = Days.of(context.start_utc)
    return days, week_weights(days.day, context.draws, rng)


def rolling_median(daily: Floats, width: int) -> Floats:
    """Return (d,) the median over the known values of the `width` days around each day; NaN where fewer than half."""
    half = width // 2
    padded = np.concatenate((np.full(half, np.nan), daily, np.full(width - 1 - half, np.nan)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, width)
    count = np.isfinite(windows).sum(axis=1)
    filled = np.sort(windows, axis=1)  # NaN last
    at = np.maximum(count - 1, 0)
    rows = np.arange(len(daily))
    middle = (filled[rows, at // 2] + filled[rows, (at + 1) // 2]) / 2
    return np.where(count >= max(1, width // 2), middle, np.nan)


# --- evidence and pictures ---------------------------------------------------------------------------------------


def by_month(
    context: MeasureContext, label: str, hourly: Floats, unit: str, note: Callable[[Flags], str] | None = None
) -> tuple[EvidenceRow, ...]:
    """Return the sum of (n,) each month valued, where it is not nothing; `note` tells of the month's hours."""
    month_of = normal_time(context.start_utc).astype("datetime64[M]")
    rows = []
    for month in context.months:
        here = month_of == np.datetime64(month, "M")
        total = float(np.nansum(hourly[here]))
        if abs(total) > 0:
            rows.append(EvidenceRow(label, f"{month:%Y-%m}", total, unit, note(here) if note else ""))
    return tuple(rows)


def profile(context: MeasureContext, y_title: str, hourly: Floats, groups: Mapping[str, Flags]) -> Picture:
    """Return the mean over the months valued for each hour of the clock, one line a group of hours."""
    hour, inside = clock_hours(context), valued_hours(context) & np.isfinite(hourly)
    series = []
    for name, flags in groups.items():
        use = inside & flags
        count = np.bincount(hour[use], minlength=24)
        total = np.bincount(hour[use], weights=hourly[use], minlength=24)
        mean = np.divide(total, count, out=np.full(24, np.nan), where=count > 0)
        series.append(Series(name, [float(h) for h in range(24)], [round(float(v), 2) for v in mean]))
    return Picture("line", "timme på dygnet", y_title, tuple(series))


def weekly(context: MeasureContext, y_title: str, named: Mapping[str, Floats], kind: Literal["bar", "line"]) -> Picture:
    """Return the mean of each series over the weeks of the months valued, by the week's first day."""
    inside = valued_hours(context)
    day = normal_time(context.start_utc).astype("datetime64[D]")
    weeks, index = np.unique((day[inside].astype(np.int64) + 3) // 7, return_inverse=True)
    first = (weeks * 7 - 3).astype("datetime64[D]")
    series = []
    for name, hourly in named.items():
        values = hourly[inside]
        known = np.isfinite(values)
        count = np.bincount(index[known], minlength=len(weeks))
        total = np.bincount(index[known], weights=values[known], minlength=len(weeks))
        mean = np.divide(total, count, out=np.full(len(weeks), np.nan), where=count > 0)
        series.append(Series(name, [str(d) for d in first], [round(float(v), 3) for v in mean]))
    return Picture(kind, "vecka", y_title, tuple(series))


def cloud(x_title: str, y_title: str, groups: Mapping[str, tuple[Floats, Floats]]) -> Picture:
    """Return a cloud of points per group, thinned evenly to what can be seen."""
    series = []
    for name, (x, y) in groups.items():
        known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        at = known[:: max(1, -(-len(known) // POINTS))]
        series.append(Series(name, [round(float(v), 2) for v in x[at]], [round(float(v), 2) for v in y[at]]))
    return Picture("scatter", x_title, y_title, tuple(series))
