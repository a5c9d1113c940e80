"""Every measure said to be done gets its own baseline, counterfactual and bills, and a verdict beside its promise.

The formulas are in `energy.savings` and `energy.measures.verification`; this module only carries what they need.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from energy.calendar import next_month
from energy.errors import EnergibokError, InsufficientData
from energy.measures import MEASURES
from energy.measures.old_contract import YEAR, kinds_ended, rebilled
from energy.measures.registered import REGISTERED
from energy.measures.verification import (
    CANNOT,
    Period,
    Verified,
    innermost,
    judged,
    period_of,
    through_payer,
    without,
)
from energy.model import Band, Contract, Floats, PriceList
from energy.savings.bands.randoms import Seeds
from energy.savings.bands.uncertainty import band as summed_band
from energy.savings.baselines.baseline import Settings as Fitting
from energy.savings.baselines.drift import packaged_drift
from energy.savings.baselines.frozen import Baseline
from energy.savings.saved.avoided import ALL, AvoidedRow, Case, assessed, cells_of, rows_of
from energy.savings.saved.boundary import paying
from flows.analysis import figures
from flows.analysis.dimensions import contracts
from flows.analysis.figures import Rows
from flows.analysis.inputs import FacilityInputs
from flows.measures.meeting import Done, Meeting
from flows.measures.settling import settled_rows
from flows.project.baselines import Training, kept_baseline
from flows.project.nonroutine import TARGETS
from flows.project.treated import Treated
from flows.settings.load import Project, Settings
from flows.store import Store

MOST_DRAWS = 100
JUDGED = ("confirmed", "partly", "not_confirmed")
_NAN = float("nan")
_NOTHING = Band(_NAN, _NAN, _NAN, reason=CANNOT)
_ENDS = {rule.id: rule.about.contract_kinds for rule in MEASURES}
_ONCE = [kind.id for kind in REGISTERED]  # a finding is one, known to the register or not
_DONE = """
select
    decisions.measure_key,
    decisions.facility,
    decisions.measure_id,
    decisions.effective_on,
    decisions.promised_sek,
    coalesce(known.title, rules.title, decisions.measure_id) as title,
    coalesce(known.one_off, list_contains(?, decisions.measure_id)) as one_off,
    if(known.measure_key is null, coalesce(decisions.metering_point, ''), coalesce(known.acts_on, '')) as acts_on,
    coalesce(known.metering_point, decisions.metering_point) as metering_point
from core.measure_decisions as decisions
left join ledger.measures as known using (measure_key)
left join settings.measure_rules as rules on rules.measure_id = decisions.measure_id
where decisions.decision = 'done'
order by decisions.effective_on, decisions.measure_key
"""


def verify(
    store: Store, settings: Settings, lists: Sequence[PriceList], inputs: Sequence[FacilityInputs], run_id: str
) -> dict[str, pl.DataFrame]:
    """Return the tables measure_verification (one row per measure that is done or settled) and measure_verified.

    The second is what those with a verdict have saved together a year, in each facility.
    """
    parents = {m.id: m.parent for m in settings.metering_point}
    done = [
        Done(key, facility, rule, on, promised, title, once, tuple(innermost(points.split(), parents)), point)
        for key, facility, rule, on, promised, title, once, points, point in store.rows(_DONE, [_ONCE])
    ]
    capped = settings.model_copy(update={"draws": min(settings.draws, MOST_DRAWS)})
    rows: Rows = {name: [] for name in figures.ANALYSIS}
    rows["measure_verification"] += settled_rows(store, run_id)
    for facility in inputs:
        mine = [one for one in done if one.facility == facility.facility.id and not one.one_off]
        work = _Facility(replace(facility, settings=capped), lists, run_id, mine)
        rows["measure_verification"] += [work.row(one) for one in mine]
        rows["measure_verified"] += work.together()
    tables = figures.frames(rows)
    return {name: tables[name] for name in ("measure_verification", "measure_verified")}


@dataclass(frozen=True)
class _Facility:
    """The done measures of one facility."""

    inputs: FacilityInputs
    lists: Sequence[PriceList]
    run_id: str
    done: Sequence[Done]
    saved: dict[str, Floats] = field(default_factory=dict)  # measure -> what it saved the last year, draw by draw [SEK]

    @property
    def _meeting(self) -> Meeting:
        return Meeting(self.inputs.settings, self.done)

    def row(self, one: Done) -> dict[str, Any]:
        """Return the row of one measure; what cannot be assessed is told with its reason."""
        told = {
            "measure_key": one.measure_key, "facility": one.facility, "measure_id": one.measure_id,
            "start_on": one.start_on, "metering_points": " ".join(one.points) or None, "one_off": one.one_off,
            "promised_sek_per_year": one.promised_sek, "run_id": self.run_id,
        }  # fmt: skip
        earlier, later = self._meeting.changes(one)
        if not one.points and one.point:
            return told | self._rebilled(one, later)
        found = period_of(one.start_on, self.inputs.months, earlier, later)
        told |= {
            "from_month": found.months[0] if found.months else None,
            "to_month": found.months[-1] if found.months else None,
            "months": len(found.months), "months_needed": found.needed, "overlaps": self._meeting.overlaps(one) or None,
        }  # fmt: skip
        try:
            model, so_far, year = self._measured(one, found)
        except EnergibokError as error:
            refused = replace(found, reason=str(error))
            return told | _figures(judged(one.promised_sek, refused, _NOTHING, _NOTHING, _NOTHING))
        per_year = year.avoided_cost_sek if year else _NOTHING
        verified = judged(one.promised_sek, found, so_far.avoided_cost_sek, per_year, so_far.avoided_energy_kwh)
        verified = without(verified, (year or so_far).excludes)
        if verified.verdict not in JUDGED:
            self.saved.pop(one.measure_key, None)
        return told | _figures(verified) | _card(found, model)

    def _rebilled(self, one: Done, later: date | None) -> dict[str, Any]:
        """Return the figures of a measure that changed a contract and no load: the old contract billed beside."""
        begins = one.start_on if one.start_on.day == 1 else next_month(one.start_on.replace(day=1))
        months = tuple(m for m in self.inputs.months if m >= begins and (later is None or next_month(m) <= later))
        found = Period(begins, one.start_on, months, max(0, YEAR - len(months)))
        told = {
            "metering_points": one.point, "from_month": months[0] if months else None,
            "to_month": months[-1] if months else None, "months": len(months), "months_needed": found.needed,
            "overlaps": self._meeting.overlaps(one) or None,
        }  # fmt: skip
        try:
            # the bills are compared whole: two contracts changed on one day have their difference in common
            together = self._meeting.together(one)
            if together:
                raise InsufficientData(together)
            if not months:
                raise InsufficientData(f"{CANNOT} än: ingen hel månad är mätt sedan åtgärden, {found.needed} behövs")
            mine, load = contracts(self.inputs.settings, one.point), self.inputs.load(str(one.point))
            kinds = {c.family: c.kind for c in self.inputs.settings.contract if c.metering_point == one.point}
            of = kinds_ended(one.measure_key, _ENDS.get(one.measure_id, ()), kinds)
            result = rebilled(load, mine, kinds, one.start_on, self.lists, months, self.inputs.billing, of)
        except EnergibokError as error:
            return told | _figures(judged(one.promised_sek, replace(found, reason=str(error)), *[_NOTHING] * 3))
        verified = judged(one.promised_sek, found, result.so_far, result.year or _NOTHING, _NOTHING)
        if verified.verdict in JUDGED:
            self.saved[one.measure_key] = np.full(1, verified.per_year.value)
        return told | _figures(verified)

    def together(self) -> list[dict[str, Any]]:
        """Return what the measures with a verdict saved together the last year, summed draw by draw.

        Their draws share what the facility's baselines have in common, so the sum's band is neither that of
        independent doubts nor the sum of the ends.
        """
        if not self.saved:
            return []
        most = max(one.size for one in self.saved.values())
        total: Floats = sum((np.broadcast_to(one, most) for one in self.saved.values()), start=np.zeros(most))
        return [
            {
                "facility": self.inputs.facility.id, "measures": len(self.saved), "run_id": self.run_id,
                "measure_keys": " ".join(sorted(self.saved)),
                **figures.banded("verified_sek_per_year", summed_band(total)),
            }
        ]  # fmt: skip

    def _measured(self, one: Done, found: Period) -> tuple[Baseline, AvoidedRow, AvoidedRow | None]:
        """Return the last baseline, the figures so far, and of the last twelve months where there are as many.

        Raises InsufficientData with what cannot be assessed.
        """
        together = self._meeting.together(one)
        if together:
            raise InsufficientData(together)
        if found.reason or not one.points or not found.months:
            missing = (
                f"{CANNOT}: åtgärden ändrar avtal eller faktura, inte lasten på någon mätare"
                if not one.points
                else None
            )
            none = f"{CANNOT} än: ingen hel månad är mätt sedan åtgärden, {found.needed} behövs"
            raise InsufficientData(found.reason or missing or none)
        project = _as_project(one, found)
        treated = Treated.of(self.inputs, project)
        months, ended = treated.months(found.months, [self._carrier(point) for point in one.points])
        if ended and len(months) < len(found.months):
            raise InsufficientData(f"{CANNOT}: {ended}")
        mine = contracts(self.inputs.settings)
        cells, model = [], None
        for point in one.points:
            case, model = self._case(treated, one, point, mine)
            cells += cells_of(case, mine, self.lists, months)
        assert model is not None
        rows = {r.scope: r for r in rows_of(cells, months) if r.carrier == ALL and r.component == ALL}
        if "last_12_months" in rows:
            kept, _ = assessed([c for c in cells if c.month in sorted(set(months))[-YEAR:]])
            self.saved[one.measure_key] = sum((c.adjusted - c.actual for c in kept), start=np.zeros(1))
        return model, rows["reporting_period"], rows.get("last_12_months")

    def _case(self, treated: Treated, one: Done, point: str, mine: Sequence[Contract]) -> tuple[Case, Baseline]:
        """Return one meter to be billed with and without the measure, and its baseline."""
        carrier, load = self._carrier(point), self.inputs.load(point)
        payer = self._payer(point, mine)
        first, end = treated.train
        start = self.inputs.start_utc
        train = (start >= first) & (start < end)
        if np.isnan(load.energy_kwh[train]).all():
            raise InsufficientData(f"{CANNOT}: {point} har inga timvärden före åtgärden")
        treated.check_weather()
        drivers = treated.drivers(carrier)
        names = TARGETS if payer == point else TARGETS[:1]
        targets = treated.targets(load, carrier, train, names)
        training = Training.of(start[train], targets, drivers, Fitting(drift=packaged_drift(carrier)))
        owner = f"{one.measure_key}@{one.start_on}"
        model = kept_baseline(self.inputs.store, self.run_id, owner, point, training, drivers)
        seeds = Seeds.of(self.inputs.settings.seed, self.inputs.facility.id, point)
        found, _ = treated.counterfactual(load, model, drivers, carrier, seeds)
        if payer != point:
            found = through_payer(found, self.inputs.load(payer))
        return Case(self._carrier(payer), found, self.inputs.billing), model

    def _carrier(self, point: str) -> Any:
        return next(m.carrier for m in self.inputs.settings.metering_point if m.id == point)

    def _payer(self, point: str, mine: Sequence[Contract]) -> str:
        """Return the meter whose contracts pay for a metering point: itself, or the nearest one above it."""
        parents = {m.id: m.parent for m in self.inputs.settings.metering_point}
        at = paying(point, parents, {c.metering_point for c in mine})
        if at is None:
            raise InsufficientData(f"{CANNOT}: varken {point} eller någon mätare ovanför den har ett avtal")
        return at


def _as_project(one: Done, found: Period) -> Project:
    """Return the measure as the project that the event ledger's treatments are carried for."""
    return Project(
        id="atgard", name=one.title, facility=one.facility, boundary_meters=list(one.points),
        baseline_from=found.baseline_from, baseline_to=one.start_on, reporting_from=found.months[0],
        reporting_to=next_month(found.months[-1]),
    )  # fmt: skip


def _figures(found: Verified) -> dict[str, Any]:
    return {
        **figures.banded("verified_sek", found.so_far), **figures.banded("verified_sek_per_year", found.per_year),
        **figures.banded("avoided_energy_kwh", found.energy), "verdict": found.verdict, "text": found.text,
        "reason": found.text if found.verdict in ("too_early", "not_assessed") else None,
    }  # fmt: skip


def _card(found: Period, model: Baseline) -> dict[str, Any]:
    metrics = model.metrics.get("energy_kwh", {})
    last = found.start_on - timedelta(days=1)
    return {
        "trained_from": found.baseline_from, "trained_to": last, "cvrmse_daily_pct": metrics.get("cvrmse_daily_pct"),
    }  # fmt: skip
