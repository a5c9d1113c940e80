"""Core -> the year's forecast of every facility, now and as it was a month ago. The formulas are in energy.forecast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from zlib import crc32

import numpy as np
import polars as pl

from energy.calendar import Instants, add_months
from energy.errors import EnergibokError
from energy.forecast.meter import Meter
from energy.forecast.rows import Forecast, Past, YearRow
from energy.forecast.year import ALL
from energy.forecast.year import forecast as forecast_year
from energy.model import Band, Floats, PriceList
from energy.savings.baselines.features import Drivers
from flows.analysis import figures
from flows.analysis.dimensions import contracts
from flows.analysis.figures import Rows
from flows.analysis.inputs import FacilityInputs
from flows.settings.load import Settings
from flows.store import Store

Progress = Callable[[str], None]
TABLES = ("forecast", "forecast_monthly")
_HOUR = np.timedelta64(3600, "s")
_SWEEP = 52 * 7 * 24  # hours back to the same weekday of last year's season

_PAST = """
with recomputed as (
    select
        points.carrier,
        bill.month,
        bill.component,
        case when count(bill.amount_sek) = count(*) then sum(bill.amount_sek order by bill.metering_point, bill.line_no)
        end as amount_sek,
        min(bill.reason) as reason
    from analysis.bill as bill
    inner join settings.metering_points as points using (metering_point)
    where points.facility = ?
    group by all
)

select
    months.carrier,
    months.month,
    months.is_known,
    components.component,
    components.amount_sek,
    components.reason,
    energy.energy_kwh
from core.invoice_outcome as months
left join (
    select carrier, month, dimension_key as component, outcome_sek as amount_sek, null as reason, true as is_known
    from core.outcome_months
    where dimension = 'component' and facility = ? and is_known
    union all by name
    select *, false as is_known from recomputed
) as components using (carrier, month, is_known)
left join core.energy_months as energy
    on energy.facility = ? and months.carrier = energy.carrier and months.month = energy.month
where months.facility = ?
order by months.carrier, months.month, components.component
"""


def forecast(
    store: Store,
    settings: Settings,
    lists: Sequence[PriceList],
    inputs: Sequence[FacilityInputs],
    run_id: str,
    progress: Progress,
) -> dict[str, pl.DataFrame]:
    """Return analysis.forecast and analysis.forecast_monthly of the facilities; one that fails is a row with reason.

    The year is that of the last whole month; made in December, the coming year too.
    """
    rows: Rows = {name: [] for name in TABLES}
    for one in inputs:
        if not one.months:
            continue
        progress(f"prognos för {one.facility.name} …")
        last = one.months[-1]
        for year in (last.year, last.year + 1) if last.month == 12 else (last.year,):
            _facility(one, lists, year, run_id, rows)
    made = figures.frames(rows)
    return {name: made[name] for name in TABLES}


def _facility(one: FacilityInputs, lists: Sequence[PriceList], year: int, run_id: str, rows: Rows) -> None:
    """Add the forecast of one facility and year, beside the one that would have been made a month earlier."""
    base = {"facility": one.facility.id, "run_id": run_id}
    made_from = one.months[-1]
    before = add_months(made_from, -1)
    try:
        meters, past, weather = _meters(one, year), _past(one), station_weather(one)

        def made(month: date, some: Sequence[Meter]) -> Forecast:
            most, draws = one.settings.follow_up.weather_years, one.settings.draws
            return forecast_year(some, *weather, lists, past, year, month, draws=draws, weather_years=most)

        now = made(made_from, meters)
        # a month earlier with today's thermal lags: choosing them again would cost most of the time
        same = [replace(m, lags_h=(now.lags_h.get(m.load.metering_point, m.lags_h[0]),)) for m in meters]
        earlier = made(before, same)
    except (EnergibokError, ValueError) as error:
        text = f"kan inte bedömas: {error}"
        rows["forecast"].append(
            {**base, "year": year, "carrier": ALL, "component": ALL, "made_from": made_from, "reason": text}
        )
        return
    known = {(r.carrier, r.component): r.forecast_sek.value for r in earlier.years}
    rows["forecast"] += [{**base, **_year(r, known.get((r.carrier, r.component)))} for r in now.years]
    rows["forecast_monthly"] += [
        {**base, "carrier": m.carrier, "month": m.month, "basis": m.basis, **_band("amount_sek", m.amount_sek),
         **_band("energy_kwh", m.energy_kwh), "reason": m.reason}
        for m in now.months
    ]  # fmt: skip


def _band(name: str, found: Band) -> dict[str, float]:
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def _year(row: YearRow, before: float | None) -> dict[str, object]:
    change = None if before is None else row.forecast_sek.value - before
    return {
        "year": row.year, "carrier": row.carrier, "component": row.component, "made_from": row.made_from,
        "outcome_sek": row.outcome_sek, **_band("remaining_sek", row.remaining_sek),
        **_band("forecast_sek", row.forecast_sek), "previous_forecast_sek": before, "change_sek": change,
        "outcome_kwh": row.outcome_kwh, **_band("forecast_kwh", row.forecast_kwh),
        "weather_years": row.weather_years, "reason": row.reason,
    }  # fmt: skip


def _meters(one: FacilityInputs, year: int) -> list[Meter]:
    """Return the facility's meters that are paid for, main meters only, with drivers to the end of the year."""
    mine = contracts(one.settings)
    priced = {c.metering_point for c in mine}
    points = [m for m in one.settings.metering_point if m.facility == one.facility.id and m.id in priced]
    mains = sorted((m for m in points if m.parent not in priced), key=lambda m: m.id)
    drivers = _drivers(one, date(year + 1, 1, 1))
    changed = max(
        (p.reporting_from for p in one.settings.project if _changes(one, p.facility, p.placebo)), default=None
    )
    found = []
    for point in mains:
        load = one.load(point.id)
        if np.isnan(load.energy_kwh).all():
            continue
        found.append(
            Meter(
                carrier=point.carrier,
                load=load,
                drivers=drivers,
                contracts=[c for c in mine if c.metering_point == point.id],
                context=one.billing,
                seed=one.settings.seed + crc32(point.id.encode()) % 100_000,
                excluded=one.excluded(point.carrier),
                changed_on=changed,
            )
        )
    return found


def _changes(one: FacilityInputs, facility: str, placebo: bool) -> bool:
    return facility == one.facility.id and not placebo


def _drivers(one: FacilityInputs, end: date) -> Drivers:
    """Return the drivers of the facility from before its first reading to `end`, weather unknown after its last.

    Where the event ledger does not reach, an ice season comes as 52 weeks earlier.
    """
    last: np.datetime64 = np.datetime64(end.isoformat(), "s") - _HOUR
    longer = replace(one, start_utc=np.arange(one.start_utc[0], max(last, one.start_utc[-1] + _HOUR), _HOUR))
    known = len(one.driver_hours)
    air = np.full(len(longer.driver_hours), np.nan)
    air[:known] = one.air_temperature_c
    calendar = longer.calendar()
    if "ice_season" in calendar:
        calendar["ice_season"] = _repeated(calendar["ice_season"], known)
    return Drivers(longer.driver_hours, air, calendar)


def _repeated(state: Floats, known: int) -> Floats:
    """Return the state (n,) with what comes after hour `known` and the last season told as it was 52 weeks earlier."""
    seasons = np.flatnonzero(state)
    if not len(seasons):
        return state
    found = state.copy()
    for start in range(max(known, int(seasons[-1]) + 1), len(found), _SWEEP):
        stop = min(start + _SWEEP, len(found))
        found[start:stop] = found[start - _SWEEP : stop - _SWEEP]
    return found


def _past(one: FacilityInputs) -> list[Past]:
    """Return the months that have been: invoiced in full, else recomputed."""
    facility = one.facility.id
    found = one.store.frame(_PAST, [facility] * 4)
    months = []
    for (carrier, month, known, energy), part in found.group_by(
        ["carrier", "month", "is_known", "energy_kwh"], maintain_order=True
    ):
        amounts = {
            c: float("nan") if a is None else float(a)
            for c, a in part.select("component", "amount_sek").iter_rows()
            if c is not None
        }
        reason = next((r for r in part["reason"].to_list() if r), None)
        kwh = float("nan") if energy is None else float(energy)
        basis = "outcome" if known else "accrued"
        months.append(Past(str(carrier), month, basis, amounts, kwh, reason))
    return months


def station_weather(one: FacilityInputs) -> tuple[Instants, Floats]:
    """Return every hour the station has told, contiguous, and its temperature [°C]."""
    data = one.store.frame(
        "select start_utc, air_temperature_c from core.weather_hourly where station = ? order by start_utc",
        [one.facility.weather_station],
    )
    if data.is_empty():
        return np.array([], dtype="datetime64[s]"), np.array([])
    seconds = data["start_utc"].dt.epoch("s").to_numpy()
    hours = np.arange(seconds[0], seconds[-1] + 3600, 3600)
    found = np.full(len(hours), np.nan)
    found[(seconds - seconds[0]) // 3600] = data["air_temperature_c"].cast(pl.Float64).to_numpy()
    return hours.astype("datetime64[s]"), found
