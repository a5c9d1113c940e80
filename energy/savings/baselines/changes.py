"""Changes in a meter's level that neither weather nor calendar explains: steps, slopes, times that pass. Proposals.

Nothing here changes a figure: a person decides, with a row in the event ledger. The search is in `change_search`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from energy.calendar import Instants, normal_time
from energy.model import Floats
from energy.savings.baselines.change_search import (
    SLOPE,
    STEP,
    TEMPORARY,
    YEAR_W,
    Found,
    Looking,
    Shape,
    noise,
    search,
    together,
    whitener,
)
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.metrics import daily_sums
from energy.savings.baselines.sufficiency import MONTHS_SV, NOT_ASSESSED, Bools, Gate
from energy.swedish import sv

_FULL_WEEK = 5  # days known, of seven
_FEWEST_WEEKS = 20
_BAND_90 = 1.6449
ONE_LEVEL = "one_level"  # the name of the gate of `step_gate`
_GATE_WEEKS = 8  # a step of the baseline year must have so many weeks on each side to stop a figure
_GATE_PCT = 15.0  # smaller ones widen the band: the level then follows the meter (level.py)
_LAG_H = 48.0
_EVENT_WEEKS, _OTHER_WEEKS = 2.0, 8  # fewest weeks of an event, and outside all events, to estimate its effect
_NEAR = 10  # days around the Monday of a change in which its day is looked for
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Change:
    """One proposed change: the days [start, end) of normal time, `end` None where it lasts to the end of the data.

    `size_kwh_per_day` and `size_pct` of the expected use, positive when more is used than before, of a slope per year;
    `band_pct` the half-width of its 90 % band. `evidence` the likelihood ratio, `confidence` hög, medel or låg.
    """

    kind: str
    start: date
    end: date | None
    size_kwh_per_day: float
    size_pct: float
    band_pct: float
    evidence: float
    confidence: str


@dataclass(frozen=True)
class Weeks:
    """The weeks that are known: their number from `first`, a Monday (m,), expected kWh/day and relative residual (m,).

    `scale` (m,) [kWh/day] is what a relative residual of 1 is worth: between the expected use of the week and its mean,
    as the residuals follow it.
    """

    first: np.datetime64
    week: npt.NDArray[np.int64]
    expected: Floats
    relative: Floats
    scale: Floats


Days = tuple[npt.NDArray[np.datetime64], Floats, Floats]  # days of normal time, metered, expected [kWh], NaN if thin


def _days(start_utc: Instants, metered: Floats, expected: Floats) -> Days:
    found, wanted = daily_sums(start_utc, metered, expected)
    first = normal_time(start_utc[:1]).astype("datetime64[D]")[0]
    return first + np.arange(len(found)) * _DAY, found, wanted


def _weekly(days: Days) -> Weeks | None:
    """Return the weeks with at least five known days, None where they are fewer than 20 or nothing is expected."""
    day, found, wanted = days
    known = ~np.isnan(found)
    monday = day[0] - (int(day[0].astype(np.int64)) + 3) % 7 * _DAY  # 1970-01-01 was a Thursday
    number = ((day - monday) // _DAY // 7).astype(np.int64)
    count = np.bincount(number[known], minlength=1)
    full = np.flatnonzero(count >= _FULL_WEEK)
    if len(full) < _FEWEST_WEEKS:
        return None
    metered, expected = (np.bincount(number[known], v[known])[full] / count[full] for v in (found, wanted))
    if not expected.mean() > 0:
        return None
    scale = _scale(metered - expected, expected)
    return Weeks(monday + full[0] * 7 * _DAY, full - full[0], expected, (metered - expected) / scale, scale)


def _scale(gap: Floats, expected: Floats) -> Floats:
    """Return (m,) [kWh/day] between the mean expected use and that of the week, as the residuals' size follows it."""
    level, move, around = float(expected.mean()), np.abs(np.diff(gap)), (expected[1:] + expected[:-1]) / 2
    rise = float(np.polyfit(around / level, move, 1)[0]) if np.ptp(around) > 0 else 0.0
    share = float(np.clip(rise / max(float(move.mean()), 1e-12), 0.0, 0.8))
    return np.maximum((1 - share) * level + share * expected, 0.2 * level)


def detect(
    start_utc: Instants,
    metered: Floats,
    expected: Floats,
    *,
    project_start: np.datetime64 | None = None,
    fitted: Floats | None = None,
    looking: Looking | None = None,
) -> tuple[Change, ...]:
    """Return the changes of a meter in order of time, none where fewer than 20 weeks are known.

    `start_utc` (n,) ascending hours, `metered` and `expected` (n,) [kWh], NaN where unknown; `expected` out of fold in
    the baseline period and predicted after it. From `project_start` on, the project's own level and season are taken as
    given: what it saves is no change. `fitted` (n, q) the drivers of the fit in the hours it was trained on, 0 after
    them: a fit leans on its drivers to hide a step, so a step is only what they cannot take.
    """
    looking = looking or Looking()
    if not len(start_utc):
        return ()
    days = _days(start_utc, metered, expected)
    weeks = _weekly(days)
    if weeks is None:
        return ()
    nuisance = _nuisance(weeks, project_start)
    if fitted is not None:
        nuisance = np.column_stack([nuisance, _per_week(weeks, start_utc, fitted) / weeks.scale[:, None]])
    found = _searched(weeks, nuisance, looking)
    spans = [_span(weeks, shape, days) for shape in found.shapes]
    size, error = measured(weeks, nuisance, [_column(weeks, *part) for part in zip(found.shapes, spans, strict=True)])
    parts = zip(found.shapes, spans, size.tolist(), error.tolist(), found.ratio.tolist(), strict=True)
    changes = (_change(weeks, *part, looking) for part in parts)
    return tuple(c for c in changes if c is not None)


def _per_week(weeks: Weeks, start_utc: Instants, columns: Floats) -> Floats:
    """Return the means (m, q) over the weeks of hourly columns (n, q), those that vary, of like size."""
    day = normal_time(start_utc).astype("datetime64[D]")
    number = ((day - weeks.first) // _DAY // 7).astype(np.int64)
    row = np.searchsorted(weeks.week, number)
    known = (row < len(weeks.week)) & (weeks.week[np.minimum(row, len(weeks.week) - 1)] == number)
    known &= np.isfinite(columns).all(axis=1)
    sums = [np.bincount(row[known], c[known], len(weeks.week)) for c in columns.T]
    found = np.column_stack(sums) / np.maximum(np.bincount(row[known], minlength=len(weeks.week)), 1)[:, None]
    spread = found.std(axis=0)
    varied: Floats = found[:, spread > 1e-9] / spread[spread > 1e-9] * weeks.scale.mean()
    return varied


def _searched(weeks: Weeks, nuisance: Floats, looking: Looking) -> Found:
    """Return what stands out; the noise is measured again with the changes taken out, until they stay the same."""
    root = _root(weeks, nuisance, looking)
    any_one = replace(
        looking, step=0.0, slope=4.0, temporary=4.0, most=1
    )  # else it would swell the noise that hides it
    found = search(root, weeks.week, weeks.relative, nuisance, any_one)
    for _ in range(4):
        before = found.shapes
        root = _root(weeks, np.column_stack([nuisance, *(s.column(weeks.week) for s in before)]), looking)
        found = search(root, weeks.week, weeks.relative, nuisance, looking)
        if found.shapes == before:
            break
    return found


def _root(weeks: Weeks, columns: Floats, looking: Looking) -> Floats:
    """Return what whitens the relative residuals, by the noise they have beside `columns` (m, p)."""
    cleaned = weeks.relative - columns @ np.linalg.lstsq(columns, weeks.relative, rcond=None)[0]
    return whitener(weeks.week, noise(weeks.week, cleaned, looking), looking)


def measured(
    weeks: Weeks, nuisance: Floats, columns: Sequence[Floats], looking: Looking | None = None
) -> tuple[Floats, Floats]:
    """Return the sizes (q,) of `columns`, each (m,), beside the nuisances (m, p), and their standard errors (q,)."""
    if not columns:
        return np.zeros(0), np.zeros(0)
    x = np.column_stack(columns)
    root = _root(weeks, np.column_stack([nuisance, x]), looking or Looking())
    base = np.linalg.qr(root @ nuisance)[0]
    y, x = root @ weeks.relative, root @ x
    return together(y - base @ (base.T @ y), x - base @ (base.T @ x))


Span = tuple[np.datetime64, np.datetime64 | None]


def _span(weeks: Weeks, shape: Shape, days: Days) -> Span:
    """Return the first day of a change and the first day after it, None where it lasts."""
    first, stop = (
        weeks.first + int(weeks.week[min(row, len(weeks.week) - 1)]) * 7 * _DAY for row in (shape.first, shape.stop)
    )
    start = first if shape.kind == SLOPE else _day_near(first, days)
    return start, None if shape.stop == len(weeks.week) else _day_near(stop, days)


def inside(weeks: Weeks, start: np.datetime64, end: np.datetime64 | None) -> Floats:
    """Return the share of each week (m,) that lies in the days [start, end)."""
    monday = weeks.first + weeks.week * 7 * _DAY
    after = np.clip((monday + 7 * _DAY - start) / _DAY, 0, 7) / 7
    gone = 0.0 if end is None else np.clip((monday + 7 * _DAY - end) / _DAY, 0, 7) / 7
    found: Floats = after - gone
    return found


def _column(weeks: Weeks, shape: Shape, span: Span) -> Floats:
    return shape.column(weeks.week) if shape.kind == SLOPE else inside(weeks, *span)


def _nuisance(weeks: Weeks, project_start: np.datetime64 | None) -> Floats:
    """Return the columns that are no change (m, p): the level, and what a project saves in each month of the year.

    Months, not waves: a heat pump that rests without ice goes on and off with a calendar's edges.
    """
    level = np.ones((len(weeks.week), 1))
    if project_start is None:
        return level
    day = weeks.first + (weeks.week[:, None] * 7 + np.arange(7)) * _DAY
    begins = normal_time(np.array([project_start])).astype("datetime64[D]")[0]
    month = np.where(day >= begins, day.astype("datetime64[M]").astype(np.int64) % 12, -1)
    months = np.stack([(month == number).mean(axis=1) for number in range(12)], axis=1)
    months = months[:, months.sum(axis=0) > 0]
    return months if bool((month >= 0).all()) else np.column_stack([level, months])


def _season(weeks: Weeks) -> Floats:
    """Return level and season of a project (m, 7), smooth, so that a single year can tell an event from them."""
    angle = 2 * np.pi * weeks.week / YEAR_W
    return np.column_stack([np.ones(len(angle)), *(wave(k * angle) for k in (1, 2, 3) for wave in (np.cos, np.sin))])


def _change(
    weeks: Weeks, shape: Shape, span: Span, size: float, error: float, ratio: float, looking: Looking
) -> Change | None:
    """Return the change, None for a single odd week and for what is small beside the year."""
    (start, end), m = span, len(weeks.week)
    window = slice(shape.first, min(shape.stop, shape.first + 52))
    worth, level = float(weeks.scale[window].mean()), float(weeks.expected.mean())
    brief = shape.kind == TEMPORARY and (shape.stop - shape.first < 2 or end is None or (end - start) / _DAY < 7)
    if brief or abs(size * worth) < looking.smallest * level:
        return None
    here = max(float(weeks.expected[window].mean()), 0.25 * level)  # of next to nothing a share says nothing
    strength = ratio / {STEP: looking.step, SLOPE: looking.slope, TEMPORARY: looking.temporary}[shape.kind]
    sure = "hög" if strength >= 2 and m - shape.first >= 8 else "medel" if strength >= 1.4 else "låg"
    pct, band = 100 * size * worth / here, 100 * _BAND_90 * error * worth / here
    return Change(shape.kind, _date(start), None if end is None else _date(end), size * worth, pct, band, ratio, sure)


def _date(day: np.datetime64) -> date:
    return date.fromisoformat(str(day.astype("datetime64[D]")))


def sentence(change: Change) -> str:
    """Return what was found, in Swedish, for the person who is to decide."""
    way = "mer" if change.size_pct > 0 else "mindre"
    size = f"{_sv(abs(change.size_kwh_per_day))} kWh per dygn {way}"
    share = f"{_sv(change.size_pct, sign=True)} ± {_sv(change.band_pct)} procent"
    if change.kind == SLOPE:
        turn = "ökar" if change.size_pct > 0 else "minskar"
        return (
            f"Från ungefär {_day_sv(change.start)} {turn} användningen stadigt, med omkring {share} om året, utan att "
            "väder eller kalender förklarar det."
        )
    if change.end is None:
        return f"Från {_day_sv(change.start)} används {size} ({share}) än vad väder och kalender förklarar."
    last = change.end - timedelta(days=1)
    return (
        f"Från {_day_sv(change.start)} till och med {_day_sv(last)} användes {size} ({share}) än vad väder och "
        "kalender förklarar; sedan var det som förut."
    )


def _sv(number: float, *, sign: bool = False) -> str:
    """Return a number to two or three figures with Swedish separators."""
    digits = 0 if abs(number) >= 10 else 1
    text = sv(abs(number), digits)
    return (("−" if number < 0 else "+") if sign else "") + text


def _day_sv(day: date) -> str:
    return f"{day.day} {MONTHS_SV[day.month - 1]} {day.year}"


@dataclass(frozen=True)
class Effect:
    """What an event did to the use, as a share of what would else have been used, and its standard deviation."""

    share: float
    sd: float


def effects_of(
    start_utc: Instants, metered: Floats, expected: Floats, windows: Mapping[str, Bools]
) -> dict[str, Effect]:
    """Return name -> effect of events in a reporting period, estimated together from its other weeks.

    `windows` name -> (n,) hours of the event. The project's level and season are nuisances. A name is left out where
    fewer than two weeks are inside, or fewer than eight outside every event, or nothing would have been used.
    """
    weeks = _weekly(_days(start_utc, metered, expected)) if len(start_utc) else None
    if weeks is None:
        return {}
    parts = {n: _share_of_weeks(weeks, start_utc, w) for n, w in windows.items()}
    parts = {n: column for n, column in parts.items() if column.sum() >= _EVENT_WEEKS}
    if not parts or (np.max(list(parts.values()), axis=0) == 0).sum() < _OTHER_WEEKS:
        return {}
    nuisance = _season(weeks)
    size, error = measured(weeks, nuisance, list(parts.values()))
    found = {}
    for (name, column), one, sd in zip(parts.items(), size.tolist(), error.tolist(), strict=True):
        worth = float((column * weeks.scale).sum())
        used = float((column * (weeks.expected + weeks.relative * weeks.scale)).sum())
        without = used - one * worth
        if without > 0:
            found[name] = Effect(
                one * worth / without, sd * worth * used / without**2 if used > 0 else sd * worth / without
            )
    return found


def _share_of_weeks(weeks: Weeks, start_utc: Instants, window: Bools) -> Floats:
    """Return the share of each week (m,) that lies in the hours `window` (n,)."""
    found = np.zeros(len(weeks.week))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], window.astype(np.int64), [0]])))
    for first, stop in edges.reshape(-1, 2):
        start, end = normal_time(start_utc[[first, stop - 1]]).astype("datetime64[D]")
        found += inside(weeks, start, end + _DAY)
    return found


def step_gate(start_utc: Instants, metered: Floats, expected: Floats, drivers: Drivers) -> Gate:
    """Return the gate that the meter had one level throughout the baseline period, from out-of-fold `expected` [kWh].

    The baseline describes the mean of what was before and after a step, so it is wrong today by the step's size times
    the share of the period before it: `found` [%]. A step that the fit hides behind its drivers is found as a slope
    from about its day, and counts by what it has become at the end less its mean. A certain change (twice the
    threshold, eight weeks on each side) that makes 15 % stops the figure; for any other the caller makes the band wider
    by `found`.
    """
    wrong = _wrong(start_utc, metered, expected, drivers_of_fit(start_utc, drivers))
    impact, worst = max(((w, c) for w, c in wrong if c.confidence == "hög"), key=lambda w: w[0], default=(0.0, None))
    if worst is None or impact < _GATE_PCT:
        return Gate(ONE_LEVEL, max((w for w, _ in wrong), default=0.0), _GATE_PCT, True)
    when = f"{'från omkring ' * (worst.kind == SLOPE)}{_day_sv(worst.start)}"
    size = worst.size_pct * (_years(worst.start, start_utc) if worst.kind == SLOPE else 1.0)
    reason = (
        f"mitt i basperioden, {when}, ändrades användningen med {_sv(size, sign=True)} "
        "procent av vad modellen väntar, utan att väder eller kalender förklarar det. Välj en basperiod på ena sidan, "
        "eller för in händelsen i händelseliggaren"
    )
    return Gate(ONE_LEVEL, impact, _GATE_PCT, False, NOT_ASSESSED + reason)


def drivers_of_fit(start_utc: Instants, drivers: Drivers) -> Floats:
    """Return what a fit can lean on (n, q): the temperature of two days in three straight pieces, and the calendar."""
    rows = drivers.rows(start_utc)
    air = drivers.felt_c(_LAG_H)[rows]
    if not np.isfinite(air).any():
        return np.zeros((len(rows), 0))
    cold, warm = np.nanquantile(air, (0.3, 0.6))
    columns = [air, np.maximum(0.0, cold - air), np.maximum(0.0, air - warm)]
    return np.column_stack(columns + [drivers.calendar[name][rows] for name in sorted(drivers.calendar)])


def _wrong(start_utc: Instants, metered: Floats, expected: Floats, fitted: Floats | None) -> list[tuple[float, Change]]:
    """Return (how wrong the mean of the period is today [%], change) of steps and slopes eight weeks from both ends.

    Of a step its size times the share of days before it; of a slope that lasts the share L of a period of T years, its
    size a year times L T (1 - L / 2). A slope counts where it is certain: a season that fits badly looks like one.
    """
    changes = detect(start_utc, metered, expected, fitted=fitted)
    found = [c for c in changes if c.kind == STEP or (c.kind == SLOPE and c.confidence == "hög")]
    if not found:
        return []
    day, known, _ = _days(start_utc, metered, expected)
    day = day[~np.isnan(known)]
    shares = [(float((day < np.datetime64(c.start)).mean()), c) for c in found]
    edge = 7 * _GATE_WEEKS / len(day)
    inside = [(share, c) for share, c in shares if edge <= share <= 1 - edge]
    rise = {c: _years(c.start, start_utc) * (1 + share) / 2 for share, c in inside if c.kind == SLOPE}
    return [(abs(c.size_pct) * rise.get(c, share), c) for share, c in inside]


def _years(first: date, start_utc: Instants) -> float:
    """Return the years from a day to the end of the hours."""
    return float((normal_time(start_utc[-1:])[0] - np.datetime64(first, "s")) / _DAY) / 365.25


def _day_near(monday: np.datetime64, days: Days) -> np.datetime64:
    """Return the day near the Monday of a change that parts the daily residuals best: least squares of two means."""
    day, metered, expected = days
    near = (np.abs((day - monday) / _DAY) <= 2 * _NEAR) & ~np.isnan(metered)
    gap, at = (metered - expected)[near], day[near]
    if len(gap) < 2 * _NEAR:
        return monday
    count = np.arange(1, len(gap))
    total = np.cumsum(gap)[:-1]
    parted = total**2 / count + (gap.sum() - total) ** 2 / (len(gap) - count)
    parted[np.abs((at[1:] - monday) / _DAY) > _NEAR] = -np.inf
    best: np.datetime64 = at[1:][int(np.argmax(parted))] if np.isfinite(parted).any() else monday
    return best
