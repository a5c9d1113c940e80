"""Normal-year savings of one project: models, degree days or Energi-Index, carried from core to the rows of analysis.

The formulas are in `energy.savings`; this module only carries what one needs to the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from energy.calendar import Instants, add_months, next_month, normal_time
from energy.model import Band, Floats
from energy.savings.bands.randoms import Seeds
from energy.savings.bands.uncertainty import band
from energy.savings.baselines.baseline import fit
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.frozen import Baseline
from energy.savings.saved import degree_year
from energy.savings.saved.cells import Case
from energy.savings.saved.degree_year import DegreeYear
from energy.savings.saved.normal_year import normal_year, weather_years
from flows.analysis.inputs import FacilityInputs

Row = dict[str, Any]
TOO_SHORT = "kan inte bedömas: en normalårskorrigerad besparing behöver tolv hela månader med projektet, det finns"
_HOUR = np.timedelta64(3600, "s")
_DAY = np.timedelta64(1, "D")
_Z = 1.645  # of a central 90 %
_NAN = float("nan")


@dataclass(frozen=True)
class Meter:
    """A boundary meter: its case and baseline, None for what the project brought or has a meter of its own for."""

    case: Case
    model: Baseline | None
    seed: int | Seeds

    @property
    def energy_kwh(self) -> Floats:
        """Return what was metered (n,) [kWh]; at the margin what the project's own meter took."""
        loads = self.case.loads
        actual: Floats = loads.actual.energy_kwh[:, 0]
        return actual - loads.load.energy_kwh[:, 0] if self.case.at_the_margin else actual


@dataclass(frozen=True)
class NormalYears:
    """The normal-year rows of one project; `months` are those of the reporting period."""

    inputs: FacilityInputs
    meters: Sequence[Meter]
    months: Sequence[date]
    baseline_to: date

    def rows(self) -> Iterator[Row]:
        """Yield the rows of normal_year but for project and run."""
        for meter in self.meters:
            if len(self.months) < 12:
                yield self._row(meter, "model", reason=f"{TOO_SHORT} {len(self.months)}")
                continue
            yield self._by_model(meter)
            if meter.model is not None and not meter.case.at_the_margin:
                yield self._by_degrees(meter)

    # --- the models -----------------------------------------------------------------------------------------------

    def _by_model(self, meter: Meter) -> Row:
        year, hours = self._year, self.inputs.start_utc[self._year]
        calendar = self.inputs.calendar()
        drivers = Drivers(self.inputs.driver_hours, self.inputs.air_temperature_c, calendar)
        energy = np.where(meter.case.loads.excluded, np.nan, meter.energy_kwh)[year]
        after = fit(hours, {"energy_kwh": energy}, drivers)
        usual = replace(drivers, calendar={n: v * 0 if n.startswith("event") else v for n, v in calendar.items()})
        count = self.inputs.settings.draws
        before = None if meter.case.at_the_margin else meter.model
        found = normal_year(before, after, usual, hours, self._weather, count, meter.seed)
        return self._row(
            meter, "model", base_normal_kwh=found.base_kwh.value, reporting_normal_kwh=found.reporting_kwh.value,
            **_band("normalized_savings_kwh", found.saving_kwh), energy_probability_pct=100 * found.probability,
            weather_years=found.years, reason=found.saving_kwh.reason,
        )  # fmt: skip

    @cached_property
    def _year(self) -> npt.NDArray[np.bool_]:
        return self._within(self.months[-12], next_month(self.months[-1]))

    def _within(self, first: date, end: date) -> npt.NDArray[np.bool_]:
        days = normal_time(self.inputs.start_utc).astype("datetime64[D]")
        return (days >= np.datetime64(first)) & (days < np.datetime64(end))

    @cached_property
    def _long(self) -> tuple[Instants, Floats]:
        """Return every hour of the station's history up to the last hour, and its temperature [°C]."""
        data = self.inputs.store.frame(
            "select start_utc, air_temperature_c from core.weather_hourly where station = ? order by start_utc",
            [self.inputs.facility.weather_station],
        )
        end = self.inputs.start_utc[-1] + _HOUR
        if data.is_empty():
            return self.inputs.start_utc, np.full(len(self.inputs.start_utc), np.nan)
        first = np.datetime64(data["start_utc"][0].replace(tzinfo=None), "s")
        hours = np.arange(first, end, _HOUR)
        found = np.full(len(hours), np.nan)
        rows = (data["start_utc"].dt.epoch("s").to_numpy() - first.astype(np.int64)) // 3600
        inside = rows < len(hours)
        found[rows[inside]] = data["air_temperature_c"].cast(pl.Float64).fill_null(np.nan).to_numpy()[inside]
        return hours, found

    @cached_property
    def _weather(self) -> list[Floats]:
        return weather_years(self.inputs.start_utc[self._year], *self._long)

    # --- degree days, or Energi-Index where a file gives it -------------------------------------------------------

    def _by_degrees(self, meter: Meter) -> Row:
        ends = (add_months(self.baseline_to.replace(day=1), -12), self.baseline_to.replace(day=1))
        spans = (ends, (self.months[-12], next_month(self.months[-1])))
        before, after = (self._daily(meter, *span) for span in spans)
        index = self._index
        found = [degree_year.by_index(days, energy, index) for days, energy in (before, after)]
        if found[0] is not None and found[1] is not None:
            return self._corrected(meter, "energy_index", found[0], found[1])
        definition = degree_year.definition_of(spans[1][1])
        days, outdoor = self._outdoor
        normal, years = degree_year.normal_months_kd(days, outdoor, definition)
        if not normal:
            text = f"kan inte bedömas: normalårets graddagar behöver fem hela år av väder, det finns {years}"
            return self._row(meter, "degree_days", weather_years=years, reason=text)
        both = [degree_year.by_degree_days(d, e, _at(d, days, outdoor), normal, definition) for d, e in (before, after)]
        said = {"weather_years": years, "definition": definition}
        return self._corrected(meter, "degree_days", both[0], both[1]) | said

    def _corrected(self, meter: Meter, method: str, before: DegreeYear, after: DegreeYear) -> Row:
        """Return the row of two corrected years; its band holds only how a building changes between years."""
        saving = before.normalized_kwh - after.normalized_kwh
        gap = max(1.0, 1.0 + (self.months[-12] - self.baseline_to).days / 365.25)  # a walk, as in `uncertainty`
        half = _Z * (meter.model.drift_sd if meter.model else _NAN) * gap**0.5 * before.normalized_kwh
        return self._row(
            meter, method, base_normal_kwh=before.normalized_kwh, reporting_normal_kwh=after.normalized_kwh,
            **_band("normalized_savings_kwh", Band(saving, saving - half, saving + half)),
            base_kd=before.actual_kd, reporting_kd=after.actual_kd, normal_kd=after.normal_kd,
            reason=before.reason or after.reason,
        )  # fmt: skip

    @cached_property
    def _index(self) -> dict[date, tuple[float, float]]:
        query = "select month, actual_kd, normal_kd from core.energy_index where station = ?"
        return {m: (a, n) for m, a, n in self.inputs.store.rows(query, [self.inputs.facility.weather_station])}

    @cached_property
    def _outdoor(self) -> tuple[degree_year.Days, Floats]:
        """Return the days of the station's history and their mean temperatures [°C], NaN with under 20 known hours."""
        hours, air = self._long
        return _by_day(hours, air, 20)

    def _daily(self, meter: Meter, first: date, end: date) -> tuple[degree_year.Days, Floats]:
        """Return the days of [first, end) and their energy [kWh], NaN where an hour is unknown or excluded."""
        energy = np.where(meter.case.loads.excluded, np.nan, meter.energy_kwh)
        days, mean = _by_day(self.inputs.start_utc, energy, 24)
        wanted = np.arange(np.datetime64(first, "D"), np.datetime64(end, "D"))
        return wanted, 24 * _at(wanted, days, mean)

    def _row(self, meter: Meter, method: str, **said: Any) -> Row:
        """Return a row with avoided energy of the same twelve months beside."""
        months = self.months[-12:]
        return {
            "carrier": meter.case.carrier, "metering_point": meter.case.loads.actual.metering_point,
            "normal_method": method,
            "from_month": months[0], "to_month": months[-1], **_band("avoided_energy_kwh", self._avoided(meter)),
            **said,
        }  # fmt: skip

    def _avoided(self, meter: Meter) -> Band:
        loads = meter.case.loads
        year = self._within(self.months[-min(12, len(self.months))], next_month(self.months[-1]))
        saved = loads.load.energy_kwh[year] - loads.actual.energy_kwh[year]
        known = ~np.isnan(saved[:, 0])
        return band(saved[known].sum(axis=0), reason=loads.reason)


def _by_day(hours: Instants, values: Floats, least: int) -> tuple[degree_year.Days, Floats]:
    """Return days of normal time and the mean of their known values, NaN with fewer than `least` known."""
    day = normal_time(hours).astype("datetime64[D]")
    at = (day - day[0]).astype(np.int64)
    known = ~np.isnan(values)
    count = np.bincount(at, known)
    mean = np.bincount(at, np.where(known, values, 0.0)) / np.maximum(count, 1)
    return day[0] + np.arange(len(count)), np.where(count >= least, mean, np.nan)


def _at(wanted: degree_year.Days, days: degree_year.Days, values: Floats) -> Floats:
    """Return the values of consecutive `days` at the days wanted, NaN outside."""
    found = np.full(len(wanted), np.nan)
    at = ((wanted - days[0]) // _DAY).astype(np.int64)
    inside = (at >= 0) & (at < len(days))
    found[inside] = values[at[inside]]
    return found


def _band(name: str, found: Band) -> Row:
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
