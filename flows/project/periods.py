"""Meters that are read once a day or once a month: their baseline, counterfactual and cells, carried to a project.

The formulas are in `energy.savings`; this module only carries what one needs to the other. Energy is valued with the
change-point model of the meter's resolution, and of the bill only what does not depend on the hours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Literal
from zlib import crc32

import numpy as np

from dashboards import text as swedish
from energy.calendar import normal_time
from energy.errors import InsufficientData
from energy.model import Band, Carrier, Contract, Load, PriceList
from energy.savings.bands.periods import draws, predict, refusal, signature
from energy.savings.baselines import changepoint
from energy.savings.baselines.coarse import Days, Family, Periods, day_of, family_of, gathered
from energy.savings.baselines.drift import packaged_drift
from energy.savings.baselines.frozen_periods import VERSION, PeriodBaseline
from energy.savings.saved.adjustments import Applied
from energy.savings.saved.avoided import Case, Cell
from energy.savings.saved.counterfactual import Counterfactual
from energy.savings.saved.spread import cells_without_hours, spread
from flows.analysis.inputs import FacilityInputs
from flows.project.baselines import Keeper, Parts, described, program_parts
from flows.project.treated import Treated, first_day, last_day
from flows.settings.load import Project

FAMILIES_SV = {"daily": "dygnsvärden", "billing": "avläsningar per månad eller liknande"}
_TAKEN_OUT = 0.1  # share of a period's hours, as weather that is unknown for so much of it leaves it out
_READINGS = """
select start_utc, end_utc, value from core.intervals
where metering_point = ? and quantity = 'energy_kwh' order by start_utc, end_utc
"""


@dataclass(frozen=True)
class PeriodTraining:
    """What a change-point baseline is fitted on; the days reach no further than the training."""

    periods: Periods
    days: Days
    family: Literal["daily", "billing"]
    settings: changepoint.Settings

    @classmethod
    def of(cls, periods: Periods, days: Days, family: Literal["daily", "billing"], carrier: Carrier) -> PeriodTraining:
        """Return the training with the weather cut to it, so that a later month's weather changes nothing."""
        settings = changepoint.Settings(drift=packaged_drift(carrier))
        return cls(periods, days.between(periods.first[0], periods.end[-1]), family, settings)

    def fit(self) -> PeriodBaseline:
        """Return the baseline fitted now."""
        return changepoint.fit(self.periods, self.days, self.family, self.settings)

    def parts(self) -> Parts:
        """Return part -> its hash and what describes it."""
        edges = np.concatenate([self.periods.first, self.periods.end]).astype("<M8[D]")
        found: Parts = {
            "start_utc": {"sha256": hashlib.sha256(edges.tobytes()).hexdigest()},
            "energy_kwh": described(self.periods.energy_kwh),
            "air_temperature_c": described(self.days.air_temperature_c),
        }
        found |= {f"calendar:{name}": described(values) for name, values in self.days.calendar.items()}
        return found | program_parts(self.settings, f"{VERSION} ({self.family})")


@dataclass(frozen=True)
class PeriodMeter:
    """A boundary meter without hours: its model, the days it knows and, spread evenly over the hours, both loads."""

    carrier: Carrier
    model: PeriodBaseline
    days: Days
    readings: Periods
    loads: Counterfactual
    uneven: Counterfactual
    family: Literal["daily", "billing"]
    applied: tuple[Applied, ...] = ()  # what the ledger's treatments did here

    def cells(
        self, inputs: FacilityInputs, contracts: Sequence[Contract], lists: Sequence[PriceList], months: Sequence[date]
    ) -> list[Cell]:
        """Return the meter's cells of energy and of what its bill owes to the energy alone."""
        even, uneven = (Case(self.carrier, loads, inputs.billing) for loads in (self.loads, self.uneven))
        return cells_without_hours(even, uneven, contracts, lists, months, FAMILIES_SV[self.family])

    def again(self, treated: Treated, usual: Treated) -> PeriodMeter:
        """Return the meter as if the ledger had the rows of `treated`, fitted anew only where they change training."""
        model, days = self.model, self.days
        if not treated.same_training(self.carrier, usual):
            days = Days.of(treated.drivers(self.carrier))
            model = _training(treated, self.readings, days, self.family, self.carrier).fit()
        return _drawn(treated, self.loads.actual, self.carrier, self.family, self.readings, days, model)


def family_of_meter(inputs: FacilityInputs, point: str, load: Load, until: date) -> tuple[Family | None, str | None]:
    """Return the family that a meter's readings before `until` allow, and why there is none.

    A meter with hours is hourly: what lacks there is for the gates of the hourly model to judge.
    """
    if not np.isnan(load.energy_kwh[inputs.start_utc < np.datetime64(until)]).all():
        return "hourly", None
    data = inputs.store.frame(_READINGS, [point])
    hours = (data["end_utc"] - data["start_utc"]).dt.total_seconds().to_numpy() / 3600.0
    before = data["end_utc"].dt.date().to_numpy() <= np.datetime64(until) + 1
    return family_of(hours[before])


def period_meter(
    treated: Treated, run_id: str, load: Load, carrier: Carrier, family: str, told: Callable[[str, str, str], None]
) -> PeriodMeter:
    """Return a meter's frozen change-point baseline and its loads; `told` takes findings (level, rule, message).

    Raises InsufficientData where nothing was metered in one of the periods.
    """
    treated.check_weather()
    inputs, project = treated.inputs, treated.project
    kind: Literal["daily", "billing"] = "daily" if family == "daily" else "billing"
    days = Days.of(treated.drivers(carrier))
    periods = _periods(inputs, load.metering_point, kind)
    after = _reporting(treated, periods)
    for part, name in ((_before(project, periods), "basperioden"), (after, "rapportperioden")):
        if not len(part.first):
            raise InsufficientData(f"kan inte bedömas: {load.metering_point} har inga mätvärden i {name}")
    name = next(m.name for m in inputs.settings.metering_point if m.id == load.metering_point)

    keeper = _keeper(treated, run_id, load.metering_point, name, days, after, told)
    model = keeper.baseline(_training(treated, periods, days, kind, carrier))
    told("info", "baseline_family", f"{name} lämnar {FAMILIES_SV[kind]}: {_in_words(model)}")
    found = _drawn(treated, load, carrier, kind, periods, days, model)
    for one in found.applied:
        told("info", "event_treated", f"{name}: {_effect_in_words(one)}")
    return found


def _drawn(
    treated: Treated, load: Load, carrier: Carrier, kind: Literal["daily", "billing"], periods: Periods, days: Days,
    model: PeriodBaseline,
) -> PeriodMeter:  # fmt: skip
    """Return the meter with its draws laid out over the hours of `load`, the treatments in them."""
    settings, after = treated.inputs.settings, _reporting(treated, periods)
    seed = settings.seed + crc32(load.metering_point.encode()) % 100_000
    drawn = draws(model, days, after.first, after.end, settings.draws, seed)
    reason = refusal(model, days, after.first, after.end)
    laid_out = partial(spread, load, periods, after, drawn, np.datetime64(treated.project.reporting_from))
    loads, uneven = (laid_out(treated.excluded(carrier), reason, even=even) for even in (True, False))
    # the weeks of a month are all alike, so that an event shows in none of them
    mean = loads.load.energy_kwh.mean(axis=1) if kind == "daily" else np.full(len(load.start_utc), np.nan)
    (loads, applied), (uneven, _) = (treated.adjusted(one, mean, carrier) for one in (loads, uneven))
    return PeriodMeter(carrier, model, days, periods, loads, uneven, kind, applied)


def _before(project: Project, periods: Periods) -> Periods:
    """Return the periods inside the baseline period."""
    return periods.where(
        (periods.first >= np.datetime64(project.baseline_from)) & (periods.end <= np.datetime64(project.baseline_to))
    )


def _reporting(treated: Treated, periods: Periods) -> Periods:
    """Return the periods inside the reporting period as far as the hours of the facility go."""
    last = day_of(treated.inputs.start_utc)[-1] + 1
    return periods.where((periods.first >= np.datetime64(treated.project.reporting_from)) & (periods.end <= last))


def _training(
    treated: Treated, periods: Periods, days: Days, kind: Literal["daily", "billing"], carrier: Carrier
) -> PeriodTraining:
    """Return what the baseline is fitted on, without what the event ledger takes out."""
    kept = _without(_before(treated.project, periods), treated, carrier)
    return PeriodTraining.of(kept, days, kind, carrier)


def _keeper(
    treated: Treated, run_id: str, point: str, name: str, days: Days, after: Periods, told: Callable[..., None]
) -> Keeper[PeriodBaseline]:
    """Return the keeper of a meter's frozen baseline."""

    def lost(model: PeriodBaseline) -> set[str]:
        return set(model.shape.calendar) - set(days.calendar)

    def expected(model: PeriodBaseline) -> float:
        return float(np.nansum(predict(model, days, after.first, after.end)))

    store, project, read = treated.inputs.store, treated.project.id, PeriodBaseline.from_json
    return Keeper(store, run_id, project, point, name, told, read, lost, expected)


def _without(periods: Periods, treated: Treated, carrier: Carrier) -> Periods:
    """Return the training without the energy of periods of which the event ledger takes out more than a tenth."""
    hours = normal_time(treated.inputs.start_utc)
    out = np.concatenate([[0], np.cumsum(treated.excluded(carrier))])
    first, end = (np.searchsorted(hours, at.astype("datetime64[s]")) for at in (periods.first, periods.end))
    taken = (out[end] - out[first]) > _TAKEN_OUT * 24 * periods.days
    return replace(periods, energy_kwh=np.where(taken, np.nan, periods.energy_kwh))


def _effect_in_words(one: Applied) -> str:
    """Return what a row of the event ledger did to a meter's counterfactual, in Swedish."""
    row = one.treatment
    told = f"händelsen {first_day(row)} till {last_day(row)} ({row.reason}, beslutat av {row.decided_by})"
    if one.effect is None or one.sd is None:
        return f"{told}: {one.remark}"
    effect, give = (swedish.number(100 * v, 1) for v in (one.effect, 1.6449 * one.sd))
    return f"{told} ändrar det den hade tagit utan projektet med {effect} % (± {give})"


def _periods(inputs: FacilityInputs, point: str, kind: Literal["daily", "billing"]) -> Periods:
    """Return the meter's readings within the weather, gathered to days, or to what it is read in but at most months."""
    data = inputs.store.frame(_READINGS, [point])
    first, end = (data[c].dt.epoch("s").to_numpy().astype("datetime64[s]") for c in ("start_utc", "end_utc"))
    found = gathered(first, end, data["value"].to_numpy(), kind)
    span = day_of(inputs.driver_hours)
    return found.where((found.first >= span[0]) & (found.end <= span[-1] + 1))


def _in_words(model: PeriodBaseline) -> str:
    """Return the model's signature as a sentence a reader understands."""
    found = signature(model)
    if found is None:
        return f"{model.disqualified}."
    parts = [f"grundlast {_banded(found.base_kw, 'kW')}"]
    for verb, at, slope in (
        ("värme behövs under", found.heating_c, found.heating_kw_per_k),
        ("kyla behövs över", found.cooling_c, found.cooling_kw_per_k),
    ):
        if at is not None and slope is not None:
            parts.append(f"{verb} {_banded(at, '°C')} och tar {_banded(slope, 'kW per grad')}")
    return f"besparingen räknas med en modell av {model.rows_used} värden: {', '.join(parts)}." + "".join(
        f" Att veta: {note}." for note in model.notes
    )


def _banded(band: Band, unit: str) -> str:
    value, low, high = (swedish.number(v, 1) for v in (band.value, band.low, band.high))
    return f"{value} {unit} ({low} till {high})"


def card(project: str, run_id: str, meter: PeriodMeter) -> dict[str, Any]:
    """Return the row of analysis.baselines of one meter."""
    model = meter.model
    measured = model.metrics.get("energy_kwh", {})
    return {
        "project": project, "run_id": run_id, "carrier": meter.carrier,
        "metering_point": meter.loads.actual.metering_point, "target": "energy_kwh",
        "trained_from": model.train_first.astype("datetime64[D]").item(),
        "trained_to": (model.train_end - 1).astype("datetime64[D]").item(), "hours": None,
        "days": int(model.days.sum()), "cvrmse_daily_pct": measured.get("cvrmse_daily_pct"),
        "nmbe_pct": measured.get("nmbe_pct"), "drift_sd_pct": 100 * model.drift_sd,
        "disqualified": meter.loads.reason, "version": f"{model.version} ({model.family})",
        "input_hash": model.inputs_sha256,
    }  # fmt: skip
