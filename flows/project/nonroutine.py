"""Savings with and without the treatments of the event ledger, and each row's own part, as rows of non_routine.

The formulas are in `energy.savings`; this module only carries what one needs to the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from energy.calendar import add_months, next_month
from energy.model import Band, BillingContext, Carrier, Contract, Load, PriceList
from energy.savings.bands.randoms import Seeds
from energy.savings.baselines.baseline import Settings
from energy.savings.baselines.drift import packaged_drift
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.frozen import Baseline
from energy.savings.saved.adjustments import Applied, Treatment, touches_training
from energy.savings.saved.avoided import ALL, AvoidedRow, Case, Cell, cells_of, rows_of
from energy.savings.saved.counterfactual import Counterfactual
from energy.savings.saved.isolation import without_submeter
from energy.savings.saved.nonroutine import difference
from flows.analysis.inputs import FacilityInputs
from flows.project.baselines import Training
from flows.project.periods import PeriodMeter
from flows.project.treated import Treated, first_day, last_day, utc

TARGETS = ("energy_kwh", "volume_m3", "return_m3c", "supply_m3c")
PERIODS = {"reporting_period": "reporting", "last_12_months": "last_12_months"}
Row = dict[str, Any]
_LOOKS_BACK = 24  # months, the longest window of a billed power


@dataclass(frozen=True)
class Modelled:
    """A boundary meter with its baseline and what would have been metered without the project."""

    carrier: Carrier
    model: Baseline | None  # None for a metering point that the project brought
    drivers: Drivers | None
    loads: Counterfactual
    seed: Seeds
    at_the_margin: bool = False  # the project's own meter, valued at the margin of the main meter's bill
    applied: tuple[Applied, ...] = ()  # what the ledger's treatments did here
    own: str | None = None  # the project's own meter

    def case(self, context: BillingContext) -> Case:
        """Return the meter as a case to be billed; what the project brought has no contract without it."""
        return Case(self.carrier, self.loads, context, self.model is not None, self.at_the_margin)

    def cells(
        self, inputs: FacilityInputs, contracts: Sequence[Contract], lists: Sequence[PriceList], months: Sequence[date]
    ) -> list[Cell]:
        """Return the meter's cells of energy and of every component of its bill."""
        return cells_of(self.case(inputs.billing), contracts, lists, months)


Meter = Modelled | PeriodMeter


def isolated(treated: Treated, main: Modelled, own: Load) -> Modelled:
    """Return the main meter without what the project's own meter took, instead of the modelled one."""
    start = utc(treated.project.reporting_from)
    loads = without_submeter(main.loads.actual, own, start, treated.excluded(main.carrier))
    return replace(main, loads=loads, at_the_margin=True, applied=(), own=own.metering_point)


@dataclass(frozen=True)
class NonRoutine:
    """One project's savings as if the ledger had none of its treatments, one more at a time, and all of them."""

    inputs: FacilityInputs
    treated: Treated
    contracts: Sequence[Contract]
    lists: Sequence[PriceList]
    months: Sequence[date]
    own: Mapping[str, Load]

    def rows(self, modelled: Sequence[Meter], found: Sequence[AvoidedRow]) -> Iterator[Row]:
        """Yield the rows of non_routine but for project and run; none where no treatment concerns the project."""
        order = [i for i, t in enumerate(self.treated.rows) if self._concerns(t, modelled)]
        if not order:
            return
        treated = replace(self.treated, rows=tuple(self.treated.rows[i] for i in order))
        states = [self._cells(treated.first(0), modelled, None, None)]
        for count, row in enumerate(treated.rows, start=1):
            states.append(self._cells(treated.first(count), modelled, row, states[-1]))
        without = rows_of([c for cells in states[0] for c in cells], self.months, tuple(PERIODS))
        for scope, period in PERIODS.items():
            for base in without:
                if base.scope == scope and base.component == ALL:
                    yield from self._period(period, base, found, treated, states, modelled)

    def _concerns(self, treatment: Treatment, modelled: Sequence[Meter]) -> bool:
        """Return whether a row can change this project's figures."""
        if treatment.how == "rebaseline" or not any(treatment.concerns(m.carrier) for m in modelled):
            return False
        hours = modelled[0].loads.actual.start_utc
        reporting = bool((treatment.inside(hours) & modelled[0].loads.reporting).any())
        return reporting or touches_training(treatment, self.treated.train)

    def _within(self, treatment: Treatment, months: Sequence[date]) -> bool:
        """Return whether a row can change the figures of some months: billed power looks up to two years back."""
        first = add_months(months[0], -_LOOKS_BACK)
        meets = first_day(treatment) < next_month(months[-1]) and last_day(treatment) >= first
        return meets or touches_training(treatment, self.treated.train)

    def _cells(
        self, treated: Treated, modelled: Sequence[Meter], last: Treatment | None, before: list[list[Cell]] | None
    ) -> list[list[Cell]]:
        """Return the cells of every meter as if the ledger had but the rows of `treated`, of which `last` is new."""
        found = []
        for number, one in enumerate(modelled):
            if last is not None and before is not None and not last.concerns(one.carrier):
                found.append(before[number])
                continue
            found.append(self._again(treated, one).cells(self.inputs, self.contracts, self.lists, self.months))
        return found

    def _again(self, treated: Treated, one: Meter) -> Meter:
        """Return a meter modelled with the rows of `treated`: fitted anew only where they change the training."""
        if isinstance(one, PeriodMeter):
            return one.again(treated, self.treated)
        if one.own is not None:
            return isolated(treated, one, self.own[one.own])
        model, drivers, load = one.model, one.drivers, one.loads.actual
        if model is None or drivers is None:
            return one
        if not treated.same_training(one.carrier, self.treated):
            drivers = treated.drivers(one.carrier)
            train = (load.start_utc >= treated.train[0]) & (load.start_utc < treated.train[1])
            targets = treated.targets(load, one.carrier, train, TARGETS)
            settings = Settings(drift=packaged_drift(one.carrier))
            model = Training.of(load.start_utc[train], targets, drivers, settings).fit()
        loads, applied = treated.counterfactual(load, model, drivers, one.carrier, one.seed)
        return replace(one, model=model, drivers=drivers, loads=loads, applied=applied)

    def _period(
        self, period: str, without: AvoidedRow, found: Sequence[AvoidedRow], treated: Treated,
        states: Sequence[Sequence[Sequence[Cell]]], modelled: Sequence[Meter],
    ) -> Iterator[Row]:  # fmt: skip
        """Yield the rows of one period and carrier: without, one for each treatment, with."""
        carrier = without.carrier
        chosen = [i for i, m in enumerate(modelled) if carrier in (ALL, m.carrier)]
        same = [r for r in found if (r.scope, r.carrier, r.component) == (without.scope, carrier, ALL)]
        inside = [m for m in self.months if without.period_start <= m < without.period_end]
        said = {"carrier": carrier, "period": period}
        mine = [[c for i in chosen for c in cells[i] if c.month in inside] for cells in states]
        whole = _same_parts(mine)
        yield said | {"row_no": 0, "entry": "without"} | _figures(without)
        for number, treatment in enumerate(treated.rows, start=1):
            if (carrier != ALL and not treatment.concerns(carrier)) or not self._within(treatment, inside):
                continue
            change = difference(mine[number - 1], mine[number], inside)
            own = [a for i in chosen for a in modelled[i].applied if a.treatment.key == treatment.key]
            figures = _bands(change.energy_kwh, change.cost_sek) | ({} if whole else _UNSHARED)
            yield said | {"row_no": number, "entry": "adjustment"} | _told(treatment, own) | figures
        yield from (said | {"row_no": len(treated.rows) + 1, "entry": "with"} | _figures(row) for row in same)


_UNSHARED: Row = {
    **dict.fromkeys(("avoided_cost_sek", "avoided_cost_sek_low", "avoided_cost_sek_high")),
    "reason": "kan inte bedömas: summorna utesluter delar av kostnaden och kan inte delas upp rad för rad",
}


def _same_parts(states: Sequence[Sequence[Cell]]) -> bool:
    """Return whether the sums of all states hold the same parts of the cost, so that differences add up to theirs.

    A month without its energy part is left out of a sum whole, and then they do not.
    """
    costs = [[c for c in cells if c.component is not None] for cells in states]
    if any(c.component == "energy" and c.reason for cells in costs for c in cells):
        return False
    return len({frozenset((c.metering_point, c.month, c.component) for c in one if not c.reason) for one in costs}) == 1


def _figures(row: AvoidedRow) -> Row:
    return _bands(row.avoided_energy_kwh, row.avoided_cost_sek)


def _bands(energy: Band, cost: Band) -> Row:
    return {
        "avoided_energy_kwh": energy.value, "avoided_energy_kwh_low": energy.low,
        "avoided_energy_kwh_high": energy.high, "avoided_cost_sek": cost.value, "avoided_cost_sek_low": cost.low,
        "avoided_cost_sek_high": cost.high, "reason": energy.reason or cost.reason,
    }  # fmt: skip


def _told(treatment: Treatment, applied: Sequence[Applied]) -> Row:
    known = [a for a in applied if a.effect is not None and a.sd is not None]
    effect = known[0] if len(known) == 1 else None
    return {
        "event_from": first_day(treatment), "event_to": last_day(treatment), "event_carrier": treatment.carrier,
        "treatment": treatment.how, "event_reason": treatment.reason, "decided_by": treatment.decided_by,
        "effect_pct": 100 * effect.effect if effect and effect.effect is not None else None,
        "effect_band_pct": 100 * 1.6449 * effect.sd if effect and effect.sd is not None else None,
        "remark": next((a.remark for a in applied if a.remark), None),
    }  # fmt: skip
