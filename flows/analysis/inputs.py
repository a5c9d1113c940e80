"""Core tables -> what `energy` works on: loads, drivers, billing contexts on an unbroken grid of hours. No formulas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from energy.calendar import Instants, civil_time, hours_between, month_starts, next_month, normal_time
from energy.errors import InsufficientData
from energy.model import BillingContext, Floats, Load, Trend
from energy.tariffs.estimated import Through, with_estimates
from flows.settings.load import Facility, Settings
from flows.store import Store

_HOUR = np.timedelta64(3600, "s")
_NORMAL = timedelta(hours=1)
_MARGIN = np.timedelta64(450 * 24, "h")  # weather before the first reading: slow temperatures, rolling power windows

_SPAN = """
with hours as (
    select metering_point, start_utc, start_utc as last_utc
    from core.load_hourly
    where energy_kwh is not null
),

-- a meter that is read once a day or once a month has no hours
metered as (
    select * from hours
    union all
    select metering_point, start_utc, end_utc - interval 1 hour
    from core.intervals
    where quantity = 'energy_kwh' and metering_point not in (select metering_point from hours)
),

spans as (
    select metering_point, min(start_utc) as first, max(last_utc) as last
    from metered
    inner join settings.metering_points using (metering_point)
    where facility = ?
    group by metering_point
),

latest as (
    select min(first) as first, max(last) as last from spans
),

billed as (
    select min(spans.last) as common
    from spans, latest
    where spans.metering_point in (select metering_point from settings.contracts)
        and spans.last >= latest.last - interval 62 days
)

select latest.first, latest.last, coalesce(billed.common, latest.last) from latest, billed
"""

_SPOT_QUARTERS = """
select
    date_trunc('hour', start_utc) as start_utc,
    max(sek_per_kwh) filter (minute(start_utc) = 0) as q1,
    max(sek_per_kwh) filter (minute(start_utc) = 15) as q2,
    max(sek_per_kwh) filter (minute(start_utc) = 30) as q3,
    max(sek_per_kwh) filter (minute(start_utc) = 45) as q4
from core.spot_quarters
where area = ?
group by all
"""


# what a register tells went through a time without readings, where it was not spread evenly already
_THROUGH = """
select quantity, start_utc, hours, value
from core.register_gaps
where metering_point = ? and not is_spread and hours = floor(hours) and value >= 0
order by quantity, start_utc
"""


_TREND = """
select trends.start_utc, if(points.kind = 'status', trends.on_pct / 100.0, trends.value) as value
from core.trends_hourly as trends
inner join settings.points as points using (point)
where point = ?
"""


@dataclass(frozen=True)
class FacilityInputs:
    """Everything the core tables say of one facility, on the hours `start_utc` (n,)."""

    store: Store
    settings: Settings
    facility: Facility
    start_utc: Instants

    @classmethod
    def of(cls, store: Store, settings: Settings, facility: Facility, until: date | None) -> FacilityInputs:
        """Return the inputs of a facility from its first reading to its last, or to the end of month `until`.

        Without `until` the last is that of the billed meter that lags behind: one supplier's early file waits for the
        others'. A meter that has been silent for two months is not waited for.

        Raises InsufficientData when the facility has no readings.
        """
        first, last, common = store.rows(_SPAN, [facility.id])[0]
        if first is None:
            raise InsufficientData(f"kan inte bedömas: {facility.name} har inga mätvärden")
        start = np.datetime64(first.replace(tzinfo=None), "s")
        reached = common if until is None else last
        end: np.datetime64 = np.datetime64(reached.replace(tzinfo=None), "s") + _HOUR
        if until is not None:
            limit: np.datetime64 = np.datetime64(next_month(until).isoformat(), "s") - _HOUR
            end = limit if limit < end else end
        if end <= start:
            raise InsufficientData(f"kan inte bedömas: {facility.name} har inga mätvärden till och med {until}")
        return cls(store, settings, facility, hours_between(start, end))

    @property
    def points(self) -> list[str]:
        """Return the ids of the facility's metering points, in order of the settings."""
        return [m.id for m in self.settings.metering_point if m.facility == self.facility.id]

    @cached_property
    def months(self) -> list[date]:
        """Return the months that the hours cover from first to last hour, normal time."""
        local = normal_time(np.array([self.start_utc[0], self.start_utc[-1] + _HOUR]))
        first, end = (stamp.astype("datetime64[D]").item() for stamp in local)
        return [m for m in month_starts(first, end) if m >= first and next_month(m) <= end]

    def load(self, point: str) -> Load:
        """Return the metered load of a metering point, NaN in hours without a value.

        A quantity the meter never tells is None; so are its quarters where it tells hours only. Of a meter that is
        billed, few lost hours are estimated and marked (`energy.tariffs.estimated`), as its supplier does.
        """
        data = self.store.frame(
            """select start_utc, energy_kwh, volume_m3, supply_m3c, return_m3c, reactive_kvarh from core.load_hourly
               where metering_point = ? order by start_utc""",
            [point],
        )
        found = {c: self.on_grid(data["start_utc"], data[c])[:, None] for c in data.columns if c != "start_utc"}
        told = {c: None if np.isnan(found[c]).all() else found[c] for c in found if c != "energy_kwh"}
        quarters = self.store.frame("select * from core.load_quarters where metering_point = ?", [point])
        by_quarter = self._quarters_on_grid(quarters["start_utc"], quarters.select("^q._kwh$"))
        energy_quarters = None if by_quarter is None else by_quarter[:, :, None]
        load = Load(point, self.start_utc, found["energy_kwh"], **told, energy_quarters_kwh=energy_quarters)
        return with_estimates(load, self._through(point)) if point in self._billed else load

    @cached_property
    def _billed(self) -> frozenset[str]:
        return frozenset(contract.metering_point for contract in self.settings.contract)

    def _through(self, point: str) -> dict[str, list[Through]]:
        found: dict[str, list[Through]] = {}
        for quantity, start, hours, amount in self.store.rows(_THROUGH, [point]):
            first = np.datetime64(start.replace(tzinfo=None), "s")
            found.setdefault(quantity, []).append(Through(first, int(hours), float(amount)))
        return found

    def _quarters_on_grid(self, stamps: pl.Series, quarters: pl.DataFrame) -> Floats | None:
        """Return four columns on the grid (n, 4), NaN where there is none; None where no hour of the grid has any."""
        found = np.column_stack([self.on_grid(stamps, quarters[c]) for c in quarters.columns])
        return None if np.isnan(found).all() else found

    def on_grid(self, stamps: pl.Series, values: pl.Series, hours: Instants | None = None) -> Floats:
        """Return `values` on the grid (n,), NaN where there is none."""
        hours = self.start_utc if hours is None else hours
        rows = (stamps.dt.epoch("s").to_numpy() - hours[0].astype("datetime64[s]").astype(np.int64)) // 3600
        inside = (rows >= 0) & (rows < len(hours))
        found = np.full(len(hours), np.nan)
        found[rows[inside]] = values.cast(pl.Float64).to_numpy()[inside]
        return found

    @cached_property
    def driver_hours(self) -> Instants:
        """Return the hours of the drivers: those of the loads with a margin before."""
        return np.arange(self.start_utc[0] - _MARGIN, self.start_utc[-1] + _HOUR, _HOUR)

    @cached_property
    def air_temperature_c(self) -> Floats:
        """Return the outdoor temperature at `driver_hours` [°C], NaN where the station has none."""
        data = self.store.frame(
            "select start_utc, air_temperature_c from core.weather_hourly where station = ?",
            [self.facility.weather_station],
        )
        if data.is_empty():
            return np.full(len(self.driver_hours), np.nan)
        return self.on_grid(data["start_utc"], data["air_temperature_c"], self.driver_hours)

    @property
    def margin(self) -> int:
        """Return how many of `driver_hours` lie before `start_utc`."""
        return len(self.driver_hours) - len(self.start_utc)

    def calendar(self) -> dict[str, Floats]:
        """Return the operations indicators at `driver_hours`: those that the facility's calendar knows, 0 or 1."""
        events = self.events()
        kinds = set(events["kind"].to_list())
        found: dict[str, Floats] = {}
        if "ice_season" in kinds:
            found["ice_season"] = self._inside(events.filter(kind="ice_season"), self.driver_hours)
        if self._weekly.height:
            found["open"] = self.open_hours(self.driver_hours)
        if events.filter(pl.col("treatment") == "indicator").height:
            found["event"] = self._inside(events.filter(pl.col("treatment") == "indicator"), self.driver_hours)
        return found

    def open_hours(self, hours: Instants) -> Floats:
        """Return 1 where the facility is open at `hours`, else 0: weekly hours, less closures, plus extra openings.

        Hours that hold at once add up; a weekday told as closed takes back those that began to hold before it.
        """
        local = civil_time(hours)
        day = local.astype("datetime64[D]")
        weekday = (day.astype(np.int64) + 3) % 7 + 1  # 1970-01-01 was a Thursday
        minute = (local - day).astype("timedelta64[m]").astype(np.int64)
        open_now = np.zeros(len(hours), dtype=bool)
        for on_day, first, end, opens, closes in self._weekly.iter_rows():
            covered = weekday == on_day
            if first is not None:
                covered &= day >= np.datetime64(first)
            if end is not None:
                covered &= day < np.datetime64(end)
            if opens is None:  # told as closed: what began to hold earlier gives way
                open_now &= ~covered
            else:
                open_now |= covered & (minute >= _minute(opens)) & (minute < _minute(closes))
        events = self.events()
        open_now &= self._inside(events.filter(kind="closed"), hours) == 0
        return (open_now | (self._inside(events.filter(kind="open"), hours) > 0)).astype(np.float64)

    @cached_property
    def _weekly(self) -> pl.DataFrame:
        """Return the facility's weekly hours by when they begin to hold, closed days before the open ones."""
        return self.store.frame(
            """select distinct weekday, valid_from, valid_to, opens, closes from core.opening_hours where facility = ?
               order by valid_from nulls first, opens nulls first, closes, weekday, valid_to""",
            [self.facility.id],
        )

    def excluded(self, carrier: str) -> npt.NDArray[np.bool_]:
        """Return True at the hours (n,) that the event ledger excludes for a carrier."""
        events = self.events().filter(treatment="exclude")
        mine = events.filter(pl.col("carrier").is_null() | pl.col("carrier").is_in(["", "all", carrier]))
        return self._inside(mine, self.start_utc) > 0

    def booked(self) -> Floats | None:
        """Return 1 where something is booked, 0 where not (n,), NaN outside first to last booking; None without any."""
        count = self._bookings(self.start_utc)
        return None if count is None else np.minimum(count, 1.0)

    def _bookings(self, hours: Instants) -> Floats | None:
        """Return how many bookings there are at `hours`, NaN outside first to last booking; None without any."""
        found = self.store.frame(
            "select start_utc, end_utc from core.bookings where facility = ? and start_utc < end_utc",
            [self.facility.id],
        )
        if found.is_empty():
            return None
        starts, ends = (found[c].dt.epoch("s").to_numpy().astype("datetime64[s]") for c in found.columns)
        first = np.searchsorted(hours, starts - _HOUR, side="right")  # the hour a booking begins in
        last = np.searchsorted(hours, ends, side="left")
        change = np.zeros(len(hours) + 1)
        np.add.at(change, first, 1.0)
        np.add.at(change, np.maximum(first, last), -1.0)
        count = np.cumsum(change[:-1])
        count[(hours < starts.min()) | (hours >= ends.max())] = np.nan
        return count

    def measured(self, names: Sequence[str]) -> dict[str, Floats]:
        """Return the drivers `names` at `driver_hours`: "bookings" their number, else the hourly value of a point.

        A name without any value is left out.
        """
        found: dict[str, Floats] = {}
        for name in names:
            values = self._bookings(self.driver_hours) if name == "bookings" else self.trend(name, self.driver_hours)
            if values is not None and np.isfinite(values).any():
                found[name] = values
        return found

    def trend(self, point: str, hours: Instants) -> Floats:
        """Return the hourly mean of a point of the automation at `hours`, of a state the share it was on; else NaN."""
        rows = self.store.frame(_TREND, [point])
        return self.on_grid(rows["start_utc"], rows["value"], hours)

    def ice_season(self, hours: Instants) -> Floats | None:
        """Return 1 with ice, else 0, at `hours`; None where no season is told."""
        seasons = self.events().filter(kind="ice_season")
        return self._inside(seasons, hours) if seasons.height else None

    def events(self) -> pl.DataFrame:
        """Return the facility's rows of the event ledger in order of time."""
        return self.store.frame("select * from core.events where facility = ? order by start_utc", [self.facility.id])

    @staticmethod
    def _inside(events: pl.DataFrame, hours: Instants) -> Floats:
        found = np.zeros(len(hours))
        for start, end in events.select("start_utc", "end_utc").iter_rows():
            first, stop = (np.datetime64(t.replace(tzinfo=None), "s") for t in (start, end))
            found[(hours >= first) & (hours < stop)] = 1.0
        return found

    @cached_property
    def billing(self) -> BillingContext:
        """Return what the bills need beside load and prices."""
        spot = self.store.frame(
            "select start_utc, sek_per_kwh from core.spot_hourly where area = ?", [self.settings.spot_area]
        )
        on_grid = self.on_grid(spot["start_utc"], spot["sek_per_kwh"]) if spot.height else None
        quarters = self.store.frame(_SPOT_QUARTERS, [self.settings.spot_area])
        by_quarter = self._quarters_on_grid(quarters["start_utc"], quarters.select("^q.$")) if quarters.height else None
        days = normal_time(self.start_utc).astype("datetime64[D]")
        air = self.air_temperature_c[self.margin :]
        frame = pl.DataFrame({"day": days, "air": air}).group_by("day", maintain_order=True).agg(pl.col("air").mean())
        known = frame.filter(pl.col("air").is_not_nan() & pl.col("air").is_not_null())
        own = set(self.points)
        network = {
            date.fromisoformat(f"{month}-01"): value
            for contract in self.settings.contract
            if contract.metering_point in own
            for month, value in contract.system_return_c.items()
        }
        normal = self.facility.normal_heating_degree_days_kd or []
        return BillingContext(
            spot_sek_per_kwh=on_grid,
            outdoor_daily_c=dict(known.iter_rows()),
            system_return_c=network,
            normal_heating_degree_days_kd=dict(enumerate(normal, start=1)),
            spot_quarters_sek_per_kwh=by_quarter,
        )


def _minute(clock: str) -> int:
    """Return a clock time HH:MM, 24:00 included, as minutes after midnight."""
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def trends(inputs: FacilityInputs) -> dict[str, Trend]:
    """Return the points of the automation that have samples, on the hours of the facility."""
    found = {p: inputs.trend(p.id, inputs.start_utc) for p in inputs.settings.point if p.facility == inputs.facility.id}
    return {
        p.id: Trend(p.id, p.name, p.kind, p.unit, p.metering_point, p.space, values)
        for p, values in found.items()
        if np.isfinite(values).any()
    }
