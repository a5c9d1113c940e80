"""The event ledger of a facility as treatments, carried to the models and counterfactuals of a project.

The formulas are in `energy.savings.saved.adjustments`; this module only carries what one needs to the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from energy.calendar import add_months, civil_time, next_month
from energy.errors import InsufficientData
from energy.model import Carrier, Floats, Load
from energy.savings.bands.randoms import Seeds
from energy.savings.baselines.baseline import predict
from energy.savings.baselines.climate import other_climate
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.frozen import Baseline
from energy.savings.baselines.stuck import stuck
from energy.savings.baselines.sufficiency import Bools, upside_down
from energy.savings.saved.adjustments import Applied, Treatment, adjusted, columns, excluded, stops, touches_training
from energy.savings.saved.avoided import AvoidedRow
from energy.savings.saved.counterfactual import Counterfactual, counterfactual
from flows.analysis.inputs import FacilityInputs
from flows.settings.load import Project

_HOUR = np.timedelta64(3600, "s")


def utc(day: date) -> np.datetime64:
    """Return the instant at which a day begins in normal time."""
    midnight: np.datetime64 = np.datetime64(day.isoformat(), "s") - _HOUR
    return midnight


@dataclass(frozen=True)
class Treated:
    """The treatments of a facility's ledger, in order of time, for one project."""

    inputs: FacilityInputs
    project: Project
    rows: tuple[Treatment, ...]

    @classmethod
    def of(cls, inputs: FacilityInputs, project: Project) -> Treated:
        """Return every row of the ledger that changes figures."""
        return cls(inputs, project, treatments(inputs))

    @property
    def train(self) -> tuple[np.datetime64, np.datetime64]:
        """Return the first instant of the baseline period and the first after it."""
        return utc(self.project.baseline_from), utc(self.project.baseline_to)

    def first(self, count: int) -> Treated:
        """Return the project as if the ledger had but its first `count` rows."""
        return replace(self, rows=self.rows[:count])

    def months(self, months: Sequence[date], carriers: Sequence[str]) -> tuple[list[date], str | None]:
        """Return the months before a row ends the use of the baseline, and the Swedish sentence that says so."""
        mine = [t for t in self.rows if any(t.concerns(c) for c in carriers)]
        end = stops(mine, utc(self.project.reporting_from))
        if end is None:
            return list(months), None
        day = _day(end.start_utc)
        text = (
            f"{self.project.name}: baslinjen används inte från och med {day}, enligt händelseliggaren: {end.reason} "
            f"(beslutat av {end.decided_by}). Siffrorna gäller, för alla energislag, till och med månaden innan. För "
            "tiden efter: ett nytt projekt med en egen basperiod efter förändringen"
        )
        kept = [m for m in months if next_month(m) <= day]
        if not kept:
            raise InsufficientData(f"kan inte bedömas: {text}")
        return kept, text

    def of_carrier(self, carrier: str) -> tuple[Treatment, ...]:
        """Return the rows that are about a carrier."""
        return tuple(t for t in self.rows if t.concerns(carrier))

    def drivers(self, carrier: str) -> Drivers:
        """Return the drivers of a carrier's meters: a column for each event that the training can tell of."""
        inputs = self.inputs
        calendar = {n: v for n, v in inputs.calendar().items() if n != "event"}
        calendar |= columns(self.of_carrier(carrier), inputs.driver_hours, self.train)
        measured = inputs.measured(self.project.drivers)
        return Drivers(inputs.driver_hours, inputs.air_temperature_c, calendar, measured)

    def excluded(self, carrier: str) -> Bools:
        """Return the hours (n,) that the ledger takes out for a carrier."""
        return excluded(self.of_carrier(carrier), self.inputs.start_utc)

    def check_weather(self) -> None:
        """Raise InsufficientData where the weather is upside down, or not of one place before and after."""
        inputs = self.inputs
        hours, air = inputs.driver_hours, inputs.air_temperature_c
        where = f"kan inte bedömas: vädret från station {inputs.facility.weather_station}"
        if upside_down(hours[inputs.margin :], air[inputs.margin :]):
            told = "är varmare på vintern än på sommaren: är det rätt station, rätt tid och rätt tecken?"
            raise InsufficientData(f"{where} {told}")
        first, end = self.train
        before, after = (hours >= first) & (hours < end), hours >= utc(self.project.reporting_from)
        if why := other_climate(hours[before], air[before], hours[after], air[after]):
            raise InsufficientData(f"{where}: {why}")

    def _out(self, load: Load, carrier: str) -> Bools:
        out = self.excluded(carrier)
        return out if load.estimated is None else out | (load.estimated > 0)

    def targets(self, load: Load, carrier: str, train: Bools, names: Sequence[str]) -> dict[str, Floats]:
        """Return quantity -> its values in the training (n,), NaN in hours taken out or that no meter told."""
        out = self._out(load, carrier)[train]
        found = {t: getattr(load, t)[train, 0] for t in names if getattr(load, t) is not None}
        return {t: np.where(out, np.nan, v) for t, v in found.items()} if out.any() else found

    def counterfactual(
        self, load: Load, model: Baseline, drivers: Drivers, carrier: Carrier, seed: Seeds
    ) -> tuple[Counterfactual, tuple[Applied, ...]]:
        """Return the counterfactual of a meter with the treatments in it, and what each did."""
        start = utc(self.project.reporting_from)
        out = self._out(load, carrier) | stuck(load.energy_kwh[:, 0])  # a meter that stands still shows no saving
        count = self.inputs.settings.draws
        found = counterfactual(load, model, drivers, start, excluded=out, count=count, seed=seed)
        hours = found.actual.start_utc
        expected = np.full(len(hours), np.nan)
        if not found.reason:
            expected[found.reporting] = predict(model, drivers, hours[found.reporting])["energy_kwh"]
        return self.adjusted(found, expected, carrier)

    def adjusted(
        self, found: Counterfactual, expected: Floats, carrier: Carrier
    ) -> tuple[Counterfactual, tuple[Applied, ...]]:
        """Return a counterfactual with stated and estimated effects, and what each row did; see `adjustments`."""
        mine = self.of_carrier(carrier)
        if found.reason or not any(t.how in ("indicator", "engineering") for t in mine):
            return found, ()
        return adjusted(found, expected, mine, self.train, self.inputs.settings.seed)

    def same_training(self, carrier: str, other: Treated) -> bool:
        """Return whether the baseline of a carrier is fitted on the same with the rows of `other`."""
        touching = [{t.key for t in one.of_carrier(carrier) if touches_training(t, one.train)} for one in (self, other)]
        return touching[0] == touching[1]


def cut_short(rows: Sequence[AvoidedRow], ended: str | None) -> list[AvoidedRow]:
    """Return the rows, those of the periods that a row of the ledger cut short telling from when they leave time out.

    `ended` is the sentence of `Treated.months`, None where nothing was cut. The last twelve months are twelve still.
    """
    if ended is None or not rows:
        return list(rows)
    end = max(row.period_end for row in rows)
    last = add_months(end, -1)

    def told(row: AvoidedRow) -> AvoidedRow:
        cut = row.scope == "reporting_period" or (row.scope == "year" and last.month < 12)
        if not cut or row.period_end != end:
            return row
        before = f"{row.excludes} och" if row.excludes else "exklusive"
        return replace(row, excludes=f"{before} tiden efter {last:%Y-%m}, då händelseliggaren slutar baslinjen")

    return [told(row) for row in rows]


def treatments(inputs: FacilityInputs) -> tuple[Treatment, ...]:
    """Return the rows of the facility's ledger that change figures, in order of time."""
    rows = inputs.events().filter(pl.col("treatment") != "").rows(named=True)
    known = Counter[str]()
    found: list[Treatment] = []
    for row in rows:
        start, end = (np.datetime64(row[c].replace(tzinfo=None), "s") for c in ("start_utc", "end_utc"))
        key = f"{_day(start)}/{row['carrier'] or 'all'}/{row['treatment']}"
        known[key] += 1
        own = key if known[key] == 1 else f"{key}/{known[key]}"
        found.append(
            Treatment(
                own, row["treatment"], start, end, row["carrier"] or None, row["reason"] or "", row["decided_by"] or "",
                row["value"], row["unit"], row["uncertainty"], row["event_group"],
            )
        )  # fmt: skip
    return tuple(found)


def first_day(treatment: Treatment) -> date:
    """Return the first civil day of a treatment."""
    return _day(treatment.start_utc)


def last_day(treatment: Treatment) -> date:
    """Return the last civil day of a treatment."""
    return _day(treatment.end_utc - np.timedelta64(1, "s"))


def _day(at: np.datetime64) -> date:
    return date.fromisoformat(str(civil_time(np.array([at], dtype="datetime64[s]")).astype("datetime64[D]")[0]))
