"""Every measure said to be done gets its own baseline, counterfactual and bills, and a verdict beside its promise.

The formulas are in `energy.savings` and `energy.measures.verification`; this module only carries what they need.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from energy.calendar import next_month
from energy.errors import EnergibokError, InsufficientData
from energy.measures.verification import (
    CANNOT,
    Period,
    Verified,
    credited,
    innermost,
    judged,
    period_of,
    through_payer,
)
from energy.model import Band, Contract, PriceList
from energy.savings.avoided import ALL, AvoidedRow, Case, cells_of, rows_of
from energy.savings.baseline import Settings as Fitting
from energy.savings.boundary import paying
from energy.savings.drift import packaged_drift
from energy.savings.frozen import Baseline
from energy.savings.randoms import Seeds
from flows import figures
from flows.baselines import Training
from flows.dimensions import contracts
from flows.figures import Rows
from flows.inputs import FacilityInputs
from flows.nonroutine import TARGETS
from flows.settings import Project, Settings
from flows.store import Store
from flows.treated import Treated

MOST_DRAWS = 100
_NAN = float("nan")
_NOTHING = Band(_NAN, _NAN, _NAN, reason=CANNOT)
_DONE = """
select
    decisions.measure_key,
    decisions.facility,
    decisions.measure_id,
    decisions.effective_on,
    decisions.promised_sek,
    coalesce(known.title, rules.title, decisions.measure_id) as title,
    coalesce(known.one_off, false) as one_off,
    if(known.measure_key is null, coalesce(decisions.metering_point, ''), coalesce(known.acts_on, '')) as acts_on
from core.measure_decisions as decisions
left join ledger.measures as known using (measure_key)
left join settings.measure_rules as rules on rules.measure_id = decisions.measure_id
where decisions.decision = 'done'
order by decisions.effective_on, decisions.measure_key
"""
_CREDITS = """
select lines.amount_sek, invoices.references_invoice, lines.metering_point, lines.issue_date
from core.invoice_lines as lines
inner join core.invoices as invoices using (supplier_id, invoice_no, issue_date)
where lines.document_type in ('381', 'credit_note') and lines.issue_date >= ? and lines.amount_sek < 0
    and (lines.facility = ? or lines.facility is null)
order by lines.issue_date, lines.supplier_id, lines.invoice_no, lines.row_no
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


def verify(
    store: Store, settings: Settings, lists: Sequence[PriceList], inputs: Sequence[FacilityInputs], run_id: str
) -> dict[str, pl.DataFrame]:
    """Return the table measure_verification: one row per measure that is said to be done."""
    parents = {m.id: m.parent for m in settings.metering_point}
    done = [
        Done(key, facility, rule, on, promised, title, once, tuple(innermost(points.split(), parents)))
        for key, facility, rule, on, promised, title, once, points in store.rows(_DONE)
    ]
    capped = settings.model_copy(update={"draws": min(settings.draws, MOST_DRAWS)})
    rows: Rows = {name: [] for name in figures.ANALYSIS}
    for facility in inputs:
        mine = [one for one in done if one.facility == facility.facility.id]
        work = _Facility(replace(facility, settings=capped), lists, run_id, mine)
        rows["measure_verification"] += [work.row(one) for one in mine]
    return {"measure_verification": figures.frames(rows)["measure_verification"]}


@dataclass(frozen=True)
class _Facility:
    """The done measures of one facility."""

    inputs: FacilityInputs
    lists: Sequence[PriceList]
    run_id: str
    done: Sequence[Done]

    def row(self, one: Done) -> dict[str, Any]:
        """Return the row of one measure; what cannot be assessed is told with its reason."""
        told = {
            "measure_key": one.measure_key, "facility": one.facility, "measure_id": one.measure_id,
            "start_on": one.start_on, "metering_points": " ".join(one.points) or None, "one_off": one.one_off,
            "promised_sek_per_year": one.promised_sek, "run_id": self.run_id,
        }  # fmt: skip
        if one.one_off:
            return told | _figures(credited(one.promised_sek, self._credits(one))) | {"months": 0, "months_needed": 0}
        earlier, later = self._changes(one)
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
        return told | _figures(verified) | _card(found, model)

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
            case, model = self._case(treated, point, mine)
            cells += cells_of(case, mine, self.lists, months)
        assert model is not None
        rows = {r.scope: r for r in rows_of(cells, months) if r.carrier == ALL and r.component == ALL}
        return model, rows["reporting_period"], rows.get("last_12_months")

    def _case(self, treated: Treated, point: str, mine: Sequence[Contract]) -> tuple[Case, Baseline]:
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
        model = Training.of(start[train], targets, drivers, Fitting(drift=packaged_drift(carrier))).fit()
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
        return [d for d in self.done if d is not one and not d.one_off and set(d.points) & set(one.points)]

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
        """Return why a measure is not counted by itself: another began on the same meter the same day."""
        same = [d for d in self._same_meter(one) if d.start_on == one.start_on]
        first = min([one, *same], key=lambda d: (-(d.promised_sek or 0.0), d.measure_key))
        if not same or first is one:
            return None
        return f"{CANNOT} för sig: mäts tillsammans med «{first.title}», som började samma dag på samma mätare"

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

    def _credits(self, one: Done) -> list[float]:
        """Return the credits [SEK] that name the measure's invoice, or else give back its amount on its meter."""
        rows = self.inputs.store.rows(_CREDITS, [one.start_on, one.facility])
        parts = set(one.measure_key.split(":")[4:])
        named = [-sek for sek, references, _, _ in rows if parts & set((references or "").split(", "))]
        if named or one.promised_sek is None:
            return named
        whole: dict[tuple[Any, Any], float] = {}
        for sek, _, point, on in rows:
            whole[point, on] = whole.get((point, on), 0.0) - sek
        near = 0.01 * one.promised_sek
        return [sek for (p, _), sek in whole.items() if p in one.points and abs(sek - one.promised_sek) <= near][:1]


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
