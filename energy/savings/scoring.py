"""Score baselines on anybody's hourly data: fit on one period, predict another, compare with the meter.

With no project between the periods, predicted minus metered is a placebo saving, and the band should hold zero.

References
----------
CV(RMSE) and NMBE: ASHRAE Guideline 14-2014, Annex B, with p = 0, out of sample (see `metrics`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from energy.calendar import Instants, hours_between
from energy.model import Floats
from energy.savings.baseline import Settings, fit, predict
from energy.savings.features import Drivers
from energy.savings.metrics import cvrmse_pct, daily_sums, nmbe_pct
from energy.savings.uncertainty import band, draws

COLUMNS = {
    "meter_id": pl.String, "n_train": pl.Int64, "n_test": pl.Int64, "cvrmse_hourly_pct": pl.Float64,
    "cvrmse_daily_pct": pl.Float64, "nmbe_pct": pl.Float64, "predicted_kwh": pl.Float64, "actual_kwh": pl.Float64,
    "difference_kwh": pl.Float64, "band_low_kwh": pl.Float64, "band_high_kwh": pl.Float64, "model_sd_pct": pl.Float64,
    "covers_zero": pl.Boolean, "lag_h": pl.Float64, "disqualified": pl.String,
}  # fmt: skip
_HOUR = np.timedelta64(3600, "s")
_FEWEST_HOURS = 28 * 24  # a shorter comparison says more about its weeks than about the model
_TOO_FEW = "kan inte bedömas: mindre än fyra veckors mätvärden i jämförelseperioden"


@dataclass(frozen=True)
class Scored:
    """What one meter gave; see `evaluate` for the meaning of the fields."""

    n_train: int
    n_test: int
    cvrmse_hourly_pct: float | None = None
    cvrmse_daily_pct: float | None = None
    nmbe_pct: float | None = None
    predicted_kwh: float | None = None
    actual_kwh: float | None = None
    difference_kwh: float | None = None
    band_low_kwh: float | None = None
    band_high_kwh: float | None = None
    model_sd_pct: float | None = None
    covers_zero: bool | None = None
    lag_h: float | None = None
    disqualified: str | None = None


def period_hours(days: tuple[date, date]) -> Instants:
    """Return the UTC hours of the days of Swedish normal time from the first to the last, both included."""
    first, last = (np.datetime64(d, "s") - _HOUR for d in (days[0], days[1] + timedelta(days=1)))
    return hours_between(first, last)


def weather_drivers(weather: pl.DataFrame) -> Drivers:
    """Return drivers from `start_utc`, `air_temperature_c` and any further numeric columns as indicators.

    Hours that are missing, or double, become one row; missing ones are NaN. Raises ValueError for an empty frame.
    """
    names = [c for c, kind in weather.schema.items() if c != "start_utc" and kind.is_numeric()]
    if weather.is_empty() or "air_temperature_c" not in names:
        raise ValueError("weather: needs rows, start_utc and air_temperature_c")
    at, columns = _on_hours(weather, names)
    return Drivers(at, columns.pop("air_temperature_c"), columns)


def _on_hours(frame: pl.DataFrame, names: list[str]) -> tuple[Instants, dict[str, Floats]]:
    """Return every hour of the frame's span and its columns, the mean where an hour occurs twice."""
    hourly = frame.group_by(pl.col("start_utc").dt.truncate("1h")).agg(pl.col(names).cast(pl.Float64).mean())
    hourly = hourly.sort("start_utc")
    at = _utc(hourly["start_utc"])
    hours = hours_between(at[0], at[-1] + _HOUR)
    rows = (at - hours[0]) // _HOUR
    columns = {}
    for name in names:
        values = np.full(len(hours), np.nan)
        values[rows] = hourly[name].fill_null(np.nan).to_numpy()
        columns[name] = values
    return hours, columns


def _utc(stamps: pl.Series) -> Instants:
    """Return instants as datetime64[s]; a zoned column is turned to UTC, a naive one is taken as UTC."""
    if stamps.dtype == pl.Datetime and getattr(stamps.dtype, "time_zone", None):
        stamps = stamps.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return stamps.to_numpy().astype("datetime64[s]")


def evaluate(
    readings: pl.DataFrame,
    weather: pl.DataFrame,
    train: tuple[date, date],
    test: tuple[date, date],
    settings: Settings | None = None,
    *,
    count: int = 200,
    seed: int = 1,
) -> pl.DataFrame:
    """Return one row per meter of `readings` (meter_id, start_utc, kwh), in order of meter_id; see COLUMNS.

    `weather` has start_utc, air_temperature_c [°C] and optional driver columns. Periods are days of normal time, both
    ends included. A null or NaN reading, and one with `flag` = 1 where that column is present, is missing. Percentages
    are out of sample; `difference_kwh` = predicted - metered over hours known to both, its 90 % band with residuals,
    coefficients and drift; `model_sd_pct` the spread of the predicted total without drift. A disqualified meter has its
    reason and no figures. Raises ValueError when weather is missing for a whole period.
    """
    drivers = weather_drivers(weather)
    rows = []
    for meter in readings["meter_id"].cast(pl.String).unique().sort():
        mine = readings.filter(pl.col("meter_id").cast(pl.String) == meter)
        found = _score(mine, drivers, train, test, settings or Settings(), count, seed)
        rows.append({"meter_id": meter, **found.__dict__})
    return pl.DataFrame(rows, schema=COLUMNS)


def _metered(readings: pl.DataFrame, hours: Instants) -> Floats:
    """Return the meter at each hour [kWh], NaN where missing or flagged."""
    values = pl.col("kwh").cast(pl.Float64).fill_nan(None)
    if "flag" in readings.columns:
        values = pl.when(pl.col("flag") == 1).then(None).otherwise(values)
    kept = readings.with_columns(values.alias("kwh")).drop_nulls("kwh")
    found = np.full(len(hours), np.nan)
    at = (_utc(kept["start_utc"]) - hours[0]) // _HOUR
    inside = (at >= 0) & (at < len(hours))
    found[at[inside]] = kept["kwh"].to_numpy()[inside]
    return found


def _score(
    readings: pl.DataFrame,
    drivers: Drivers,
    train: tuple[date, date],
    test: tuple[date, date],
    settings: Settings,
    count: int,
    seed: int,
) -> Scored:
    before, after = _clip(period_hours(train), drivers), _clip(period_hours(test), drivers)
    baseline = fit(before, {"energy_kwh": _metered(readings, before)}, drivers, settings)
    metered = _metered(readings, after)
    n_test = int((~np.isnan(metered)).sum())
    reason = baseline.disqualified or (None if n_test >= _FEWEST_HOURS else _TOO_FEW)
    if reason:
        return Scored(baseline.rows_used, n_test, disqualified=reason)
    expected = predict(baseline, drivers, after)["energy_kwh"]
    known = ~(np.isnan(metered) | np.isnan(expected))
    actual = float(metered[known].sum())
    total = draws(baseline, drivers, count, seed, start_utc=after)["energy_kwh"][known].sum(axis=0)
    calm = draws(baseline, drivers, count, seed, start_utc=after, drift=False)["energy_kwh"][known].sum(axis=0)
    saved = band(total - actual)
    return Scored(
        n_train=baseline.rows_used,
        n_test=int(known.sum()),
        cvrmse_hourly_pct=cvrmse_pct(metered, expected),
        cvrmse_daily_pct=cvrmse_pct(*daily_sums(after, metered, expected)),
        nmbe_pct=nmbe_pct(metered, expected),
        predicted_kwh=float(expected[known].sum()),
        actual_kwh=actual,
        difference_kwh=saved.value,
        band_low_kwh=saved.low,
        band_high_kwh=saved.high,
        model_sd_pct=100.0 * float(calm.std() / abs(calm.mean())) if calm.mean() else None,
        covers_zero=saved.low <= 0.0 <= saved.high,
        lag_h=baseline.spec.lag_h,
    )


def _clip(hours: Instants, drivers: Drivers) -> Instants:
    """Return the hours that the weather spans. Raises ValueError when there are none."""
    kept: Instants = hours[(hours >= drivers.start_utc[0]) & (hours <= drivers.start_utc[-1])]
    if not len(kept):
        raise ValueError("weather: no hour of the period is covered")
    return kept
