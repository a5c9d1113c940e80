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


@dataclass(frozen=True)
class Done:
    """A measure that is said to be done: from which day, with what promise [SEK a year], on which meters."""

    measure_key: str
    facility: str
    measure_id: str
    start_on: date
    promised_sek: float | None
    title: str
    one_off: bool
    points: tuple[str, ...]
    point: str | None = None  # whose contract it changes, where it changes no load


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

    def row(self, one: Done) -> dict[str, Any]:
        """Return the row of one measure; what cannot be assessed is told with its reason."""
        told = {
            "measure_key": one.measure_key, "facility": one.facility, "measure_id": one.measure_id,
            "start_on": one.start_on, "metering_points": " ".join(one.points) or None, "one_off": one.one_off,
            "promised_sek_per_year": one.promised_sek, "run_id": self.run_id,
        }  # fmt: skip
        earlier, later = self._changes(one)
        if not one.points and one.point:
            return told | self._rebilled(one, later)
        found = period_of(one.start_on, self.inputs.months, earlier, later)
        told |= {
            "from_month": found.months[0] if found.months else None,
            "to_month": found.months[-1] if found.months else None,
            "months": len(found.months), "months_needed": found.needed, "overlaps": self._overlaps(one) or None,
        }  # fmt: skip
        try:
            model, so_far, year = self._measured(one, found)
        except EnergibokError as error:
            refused = replace(found, reason=str(error))
            return told | _figures(judged(one.promised_sek, refused, _NOTHING, _NOTHING, _NOTHING))
        per_year = year.avoided_cost_sek if year else _NOTHING
        verified = judged(one.promised_sek, found, so_far.avoided_cost_sek, per_year, so_far.avoided_energy_kwh)
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
            "overlaps": self._overlaps(one) or None,
        }  # fmt: skip
        try:
            # the bills are compared whole: two contracts changed on one day have their difference in common
            together = self._together(one)
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
        together = self._together(one)
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

    def _same_meter(self, one: Done) -> list[Done]:
        """Return the other measures whose change shows on a meter of this one: on it, or on a meter below it."""
        others = [d for d in self.done if d is not one]
        if not one.points:
            return [d for d in others if not d.points and d.point == one.point]
        return [d for d in others if self._above(d.points) & set(one.points)]

    def _changes(self, one: Done) -> tuple[date | None, date | None]:
        """Return the day of the last change before a measure on its meters, and of the first after it."""
        before = [d.start_on for d in self._same_meter(one) if d.start_on < one.start_on]
        after = [d.start_on for d in self._same_meter(one) if d.start_on > one.start_on]
        settings = self.inputs.settings
        projects = [p.reporting_from for p in settings.project if not p.placebo and self._touches(p, one)]
        before += [on for on in projects if on <= one.start_on]
        after += [on for on in projects if on > one.start_on]
        return max(before, default=None), min(after, default=None)

    def _above(self, points: Sequence[str]) -> set[str]:
        """Return the points and every meter above them."""
        parents = {m.id: m.parent for m in self.inputs.settings.metering_point}
        found: set[str] = set()
        for point in points:
            at: str | None = point
            while at is not None and at not in found:
                found.add(at)
                at = parents.get(at)
        return found

    def _holds(self, project: Project, one: Done) -> bool:
        """Return whether a project's boundary holds a meter of the measure, so that its saving is part of both."""
        return bool(self._above(one.points) & {*project.boundary_meters, *project.own_meters})

    def _touches(self, project: Project, one: Done) -> bool:
        """Return whether a project changes what a meter of the measure shows."""
        changed = self._above([*project.boundary_meters, *project.own_meters])
        return self._holds(project, one) or bool(changed & set(one.points))

    def _together(self, one: Done) -> str | None:
        """Return why a measure is not counted by itself: another began the same day, on the same meter or one above.

        The figure stands at the measure of the meter that holds the others, of one meter at the largest promise.
        """
        nested = [d for d in self.done if d is not one and one.points and self._above(one.points) & set(d.points)]
        same = [d for d in [*self._same_meter(one), *nested] if d.start_on == one.start_on]
        first = min([one, *same], key=lambda d: (self._depth(d), -(d.promised_sek or 0.0), d.measure_key))
        if not same or first is one:
            return None
        return f"{CANNOT} för sig: mäts tillsammans med «{first.title}», som började samma dag på samma mätare"

    def _depth(self, one: Done) -> int:
        """Return how many meters lie above the measure's, the nearest to the main counting."""
        return min((len(self._above([point])) for point in one.points), default=0)

    def _overlaps(self, one: Done) -> str:
        """Return in Swedish what else the figure is part of, or holds; "" where it stands alone."""
        said = []
        for project in self.inputs.settings.project:
            inside = project.reporting_from <= one.start_on < project.reporting_to
            if inside and not project.placebo and self._holds(project, one):
                said.append(f"Ingår också i besparingen för projektet {project.name}: räknas inte ihop.")
        for other in self._same_meter(one):
            if other.start_on == one.start_on:
                said.append(f"Började samma dag som «{other.title}» på samma mätare: de mäts tillsammans, en gång.")
            else:
                said.append(f"Samma mätare som «{other.title}» ({other.start_on}): var och en räknas i sin egen tid.")
        return " ".join(said)


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
