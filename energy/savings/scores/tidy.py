"""Anybody's readings and weather -> unbroken hours, or days or billing periods where a meter tells no hours.

What cannot be used is left out and counted, never guessed. Rows may be hours, parts of hours (which are summed), days
or months, in any order, of any numeric type, told twice, or not a number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from energy.calendar import Instants, hours_between, normal_time
from energy.model import Floats
from energy.savings.baselines.coarse import LONGEST_DAYS, Family, Periods, family_of, gathered
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.sufficiency import NOT_ASSESSED
from energy.swedish import sv

PLACES = ("site", "station")  # a column of either name ties meters to their weather
_HOUR = np.timedelta64(3600, "s")
_MARGIN = timedelta(days=450)  # weather before the periods, for what follows temperature slowly
_LONGEST_STEP_S = 5400.0  # readings further apart than an hour and a half are no hourly values


@dataclass(frozen=True)
class Meter:
    """One meter: hours with a value, ascending, and their energy [kWh]; `problem` says why it cannot be used at all.

    `left_out` counts rows that were null, NaN, infinite, flagged, or told twice with different values. A meter of days
    or longer has no hours but `periods`, and its `family` says which model they allow.
    """

    meter_id: str
    carrier: str | None
    place: str | None
    start_utc: Instants
    kwh: Floats
    left_out: int
    problem: str | None = None
    family: Family = "hourly"
    periods: Periods | None = None
    infinite: int = 0  # of those left out, the infinite

    def on(self, hours: Instants) -> Floats:
        """Return the meter at each of some contiguous hours [kWh], (n,), NaN where it has no value."""
        found = np.full(len(hours), np.nan)
        if len(hours) and len(self.start_utc):
            at = (self.start_utc - hours[0]) // _HOUR
            inside = (at >= 0) & (at < len(hours))
            found[at[inside]] = self.kwh[inside]
        return found


def period_hours(days: tuple[date, date]) -> Instants:
    """Return the UTC hours of the days of Swedish normal time from the first to the last, both included."""
    first, last = (np.datetime64(d, "s") - _HOUR for d in (days[0], days[1] + timedelta(days=1)))
    return hours_between(first, last)


def utc(column: str) -> pl.Expr:
    """Return the instants of a column as naive UTC microseconds; a time without a zone is taken as UTC."""
    return pl.col(column).map_batches(_utc, return_dtype=pl.Datetime("us"))


def _utc(stamps: pl.Series) -> pl.Series:
    if getattr(stamps.dtype, "time_zone", None):
        stamps = stamps.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return stamps.cast(pl.Datetime("us"))


# --- meters ------------------------------------------------------------------------------------------------------


def meters(readings: pl.DataFrame) -> Iterator[Meter]:
    """Yield the meters of `readings` (meter_id, start_utc, kwh), in order of meter_id.

    Optional columns: `flag` (1 = missing), `carrier`, and `site` or `station`. Rows without a meter_id belong to
    nobody and are left out. A part of an hour counts only in an hour whose parts are all there.
    """
    rows = _rows(readings)
    facts = rows.group_by("meter_id").agg(
        pl.col("carrier").drop_nulls().first(),
        pl.col("place").drop_nulls().first(),
        pl.col("place").drop_nulls().n_unique().alias("places"),
        pl.col("kwh").is_null().sum().alias("left_out"),
        pl.col("infinite").sum(),
    )
    known = _told_once(rows)
    hours = _hours(known).partition_by("meter_id", as_dict=True)
    rare = {
        key: told
        for key, told in known.partition_by("meter_id", as_dict=True).items()
        if _step_s(told, 0.1) > _LONGEST_STEP_S  # hours with gaps are hours
    }
    for fact in facts.sort("meter_id").iter_rows(named=True):
        key = (fact["meter_id"],)
        mine = hours.get(key)
        found = _meter(fact, mine if mine is not None else _NOTHING)
        yield _in_periods(found, rare[key]) if key in rare and not found.problem else found


def _step_s(told: pl.DataFrame, share: float = 0.5) -> float:
    """Return the distance that a share of a meter's readings keep at most [s], 0 with less than two readings."""
    step = told["at"].diff().dt.total_seconds(fractional=True).quantile(share, "lower")
    return 0.0 if step is None else float(step)


def _in_periods(meter: Meter, told: pl.DataFrame) -> Meter:
    """Return the meter with its readings [start, next start) as days or billing periods instead of hours.

    A reading that is followed by a gap lasts its own calendar month where it begins one, else as long as readings
    usually do. Two values for the same start are none: that period is unknown.
    """
    first: Instants = told["at"].to_numpy().astype("datetime64[s]")
    if _step_s(told) > 20 * 3600:  # days of civil time have 23 or 25 hours twice a year: midnight is midnight
        first = _midnight(first)
    usual = np.timedelta64(round(_step_s(told)), "s")
    noon: Instants = first + np.timedelta64(12, "h")  # a stamp near midnight belongs to the day that begins
    month: Instants = (normal_time(noon).astype("datetime64[M]") + np.timedelta64(1, "M")).astype("datetime64[s]")
    whole_month = month - _HOUR - first  # midnight of normal time is an hour earlier in UTC
    monthly = (usual > np.timedelta64(27, "D")) & (whole_month > np.timedelta64(26, "D"))
    lasts = np.where(monthly & (whole_month < np.timedelta64(32, "D")), whole_month, usual)
    following = np.append(np.diff(first), lasts[-1:])
    lasts = np.where(following <= 1.5 * usual, following, lasts)
    family, problem = family_of(lasts / _HOUR)
    if family is None or family == "hourly":
        return replace(meter, problem=problem)
    kwh = told["kwh"].fill_null(np.nan).to_numpy().astype(np.float64)
    end = _midnight(first + lasts) if usual > np.timedelta64(20, "h") else first + lasts
    periods = gathered(first, end, kwh, family)
    return replace(meter, family=family, periods=periods, start_utc=meter.start_utc[:0], kwh=meter.kwh[:0])


def _midnight(at: Instants) -> Instants:
    """Return the nearest midnights of normal time."""
    noon: Instants = at + np.timedelta64(13, "h")
    day: Instants = noon.astype("datetime64[D]").astype("datetime64[s]")
    found: Instants = day - _HOUR
    return found


_NOTHING = pl.DataFrame(
    schema={"meter_id": pl.String, "hour": pl.Datetime("us"), "kwh": pl.Float64, "step": pl.Float64, "bad": pl.UInt32}
)


def _rows(readings: pl.DataFrame) -> pl.DataFrame:
    """Return meter_id, at, kwh, carrier, place of every row with a meter; kwh is null where it cannot be used."""
    place = next((c for c in PLACES if c in readings.columns), None)
    value = pl.col("kwh").cast(pl.Float64, strict=False)
    infinite = value.is_infinite().fill_null(value=False)
    value = pl.when(value.is_finite()).then(value)
    if "flag" in readings.columns:
        value = pl.when(pl.col("flag").cast(pl.Float64, strict=False).fill_null(0) != 1).then(value)
    none = pl.lit(None, dtype=pl.String)
    return readings.select(
        pl.col("meter_id").cast(pl.String),
        utc("start_utc").alias("at"),
        pl.when(pl.col("start_utc").is_not_null()).then(value).alias("kwh"),
        (pl.col("carrier").cast(pl.String) if "carrier" in readings.columns else none).alias("carrier"),
        (pl.col(place).cast(pl.String) if place else none).alias("place"),
        infinite.alias("infinite"),
    ).drop_nulls("meter_id")


def _told_once(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row an instant; the same value twice is one, two different values are none and marked `bad`."""
    once = rows.drop_nulls(["kwh", "at"]).group_by("meter_id", "at").agg(
        pl.col("kwh").first(), (pl.col("kwh").min() != pl.col("kwh").max()).alias("bad"), pl.len().alias("count")
    )  # fmt: skip
    return once.with_columns(pl.when(~pl.col("bad")).then("kwh").alias("kwh")).sort("meter_id", "at")


def _hours(known: pl.DataFrame) -> pl.DataFrame:
    """Return the hours of every meter: sum of the parts, null where a part is missing, and the usual step [s].

    A reading lasts until the next, or as long as the one before it did, whichever is shorter, at most an hour.
    """
    gap = pl.col("at").diff().over("meter_id").dt.total_seconds(fractional=True)
    timed = known.with_columns(gap.alias("before")).with_columns(
        pl.col("before").shift(-1).over("meter_id").alias("after"),
        pl.col("before").median().over("meter_id").fill_null(3600.0).alias("step"),
    )
    near = pl.min_horizontal("before", "after").fill_null(pl.col("step"))
    lasts = pl.when(near > _LONGEST_STEP_S).then("step").otherwise(near).clip(upper_bound=3600.0)
    hourly = timed.with_columns(lasts.alias("lasts"), pl.col("at").dt.truncate("1h").alias("hour"))
    summed = hourly.group_by("meter_id", "hour").agg(
        pl.col("kwh").sum(),
        pl.col("kwh").is_null().any().alias("gone"),
        pl.col("lasts").sum(),
        pl.col("step").first(),
        pl.col("count").filter("bad").sum().alias("bad"),
    )
    whole = (pl.col("lasts") >= 3599.0) & ~pl.col("gone")
    return summed.with_columns(pl.when(whole).then("kwh").alias("kwh")).sort("meter_id", "hour")


def _meter(fact: dict[str, object], hours: pl.DataFrame) -> Meter:
    whole = hours.drop_nulls("kwh")
    kwh = whole["kwh"].to_numpy().astype(np.float64)
    return Meter(
        meter_id=str(fact["meter_id"]),
        carrier=None if fact["carrier"] is None else str(fact["carrier"]),
        place=None if fact["place"] is None else str(fact["place"]),
        start_utc=whole["hour"].to_numpy().astype("datetime64[s]"),
        kwh=kwh,
        left_out=int(str(fact["left_out"])) + int(hours["bad"].sum()),
        problem=_problem(int(str(fact["places"])), hours, kwh),
        infinite=int(str(fact["infinite"])),
    )


def _problem(places: int, hours: pl.DataFrame, kwh: Floats) -> str | None:
    """Return the Swedish reason why a meter cannot be used at all, or None."""
    if places > 1:
        return f"{NOT_ASSESSED}mätaren står på {places} platser; den kan bara ha en"
    if hours.is_empty():
        return f"{NOT_ASSESSED}mätaren har inga användbara värden"
    step = float(hours["step"][0])
    if step > 86400.0 * LONGEST_DAYS:
        return f"{NOT_ASSESSED}mätvärdena ligger {sv(step / 86400)} dygn isär, det är för glest"
    if len(kwh) > 28 * 24 and kwh[0] < kwh[-1] and bool((np.diff(kwh) >= 0).all()):
        return f"{NOT_ASSESSED}värdena minskar aldrig: det ser ut som mätarställningar, inte energi per timme"
    return None


# --- weather -----------------------------------------------------------------------------------------------------


def places(weather: pl.DataFrame, periods: Sequence[tuple[date, date]] = ()) -> dict[str | None, Drivers]:
    """Return the drivers of every `site` or `station` of the weather, or of the one there is under None.

    `weather` has start_utc, air_temperature_c [°C] and any further columns of numbers or booleans as drivers; a driver
    without a single value is left out. Only hours that can matter to the periods are kept. Raises ValueError without
    rows or air temperatures.
    """
    place = next((c for c in PLACES if c in weather.columns), None)
    if place is None:
        return {None: weather_drivers(_near(weather, periods))}
    parts = weather.with_columns(pl.col(place).cast(pl.String)).partition_by(place, as_dict=True)
    found = {}
    for (name,), rows in parts.items():
        near = _near(rows.drop(place), periods)
        if near.height and near["air_temperature_c"].cast(pl.Float64, strict=False).is_finite().any():
            found[None if name is None else str(name)] = weather_drivers(near)
    if not found:
        raise ValueError("weather: needs rows, start_utc and air_temperature_c")
    return found


def _near(weather: pl.DataFrame, periods: Sequence[tuple[date, date]]) -> pl.DataFrame:
    if not periods or weather.is_empty():
        return weather
    at = utc("start_utc")
    first, last = min(p[0] for p in periods) - _MARGIN, max(p[1] for p in periods) + timedelta(days=1)
    return weather.filter(at.is_between(pl.lit(first).cast(pl.Datetime("us")), pl.lit(last).cast(pl.Datetime("us"))))


def weather_drivers(weather: pl.DataFrame) -> Drivers:
    """Return drivers from `start_utc`, `air_temperature_c` and any further columns of numbers or booleans.

    A column of nothing but 0 and 1 (or false and true), known wherever the temperature is, is an operations indicator,
    any other a measured driver, which may have gaps. Hours that are missing, or double, become one row; missing ones
    are NaN. Raises ValueError for an empty frame.
    """
    kinds = weather.schema.items()
    names = [c for c, kind in kinds if c not in ("start_utc", *PLACES) and (kind.is_numeric() or kind == pl.Boolean)]
    if weather.is_empty() or "air_temperature_c" not in names:
        raise ValueError("weather: needs rows, start_utc and air_temperature_c")
    at, columns = _on_hours(weather, names)
    air = columns.pop("air_temperature_c")
    known = {name: values for name, values in columns.items() if np.isfinite(values).any()}
    needed = np.isfinite(air)
    calendar = {name: v for name, v in known.items() if bool(np.isin(v[needed], (0.0, 1.0)).all())}
    return Drivers(at, air, calendar, {name: v for name, v in known.items() if name not in calendar})


def _on_hours(frame: pl.DataFrame, names: list[str]) -> tuple[Instants, dict[str, Floats]]:
    """Return every hour of the frame's span and its columns, the mean where an hour occurs twice."""
    values = [pl.col(n).cast(pl.Float64) for n in names]
    finite = [pl.when(v.is_finite()).then(v).mean().alias(n) for v, n in zip(values, names, strict=True)]
    timed = frame.with_columns(utc("start_utc").alias("start_utc")).drop_nulls("start_utc")
    hourly = timed.group_by(pl.col("start_utc").dt.truncate("1h")).agg(finite).sort("start_utc")
    if hourly.is_empty():
        raise ValueError("weather: needs rows, start_utc and air_temperature_c")
    at = hourly["start_utc"].to_numpy().astype("datetime64[s]")
    hours = hours_between(at[0], at[-1] + _HOUR)
    rows = (at - hours[0]) // _HOUR
    columns = {}
    for name in names:
        found = np.full(len(hours), np.nan)
        found[rows] = hourly[name].fill_null(np.nan).to_numpy()
        columns[name] = found
    return hours, columns
