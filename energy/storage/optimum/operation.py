"""A store's year, whole: as operated, as it could have been, the gap by cause, and the price class it leads to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from energy.calendar import add_months, next_month
from energy.errors import EnergibokError, InsufficientData
from energy.model import Band, Floats, Load, Store
from energy.savings.saved.cells import Case
from energy.savings.saved.class_change import ClassChange, class_changes
from energy.savings.saved.counterfactual import Counterfactual
from energy.storage.optimum.ahead import day_ahead
from energy.storage.optimum.dispatch import Meter, Optimum, StoreYear, cheapest, cost_of, store_year
from energy.storage.optimum.gap import Gap, band_of, changes_of, gap_of
from energy.storage.optimum.observed import Around, observe
from energy.storage.optimum.plant import Schedule
from energy.storage.optimum.programme import solve
from energy.storage.optimum.repeated import repeated, repeated_context

__all__ = ["ONE_SIDED", "Operation", "StoreClass", "operate"]

ONE_SIDED = (
    "Vinsten ligger nära bandets övre ände: driften är vald för mitten av det som antas. Blir det bättre kan den inte "
    "dra nytta av det, för då sätter andra dygn effekten; blir det sämre kostar det fullt ut."
)
_NAN = Band(float("nan"), float("nan"), float("nan"))
_BEFORE = 2


@dataclass(frozen=True)
class StoreClass:
    """One priced part of a billed meter: its class without the store, as operated, and in the cheapest operation."""

    actual: ClassChange
    optimal_class: str
    optimal_sek: float  # what the class of the cheapest operation costs beyond the one without a store
    optimal_kw: float
    optimal_h: float


@dataclass(frozen=True)
class Operation:
    """What a store's twelve months cost and could have cost [SEK excl. VAT], or the `reason` why that is unknown.

    The gains are bands over the assumed spans of losses, source and coefficient of performance. `ahead_reason` tells
    why there is no day-ahead operation.
    """

    store: Store
    months: tuple[date, ...]
    reason: str | None = None
    year: StoreYear | None = None
    optimum: Optimum | None = None
    optimal_gap: Gap | None = None
    ahead: Schedule | None = None
    ahead_sek: float = float("nan")
    ahead_gap: Gap | None = None
    ahead_reason: str | None = None
    classes: tuple[StoreClass, ...] = ()
    # what each cause would have changed at the year's sides the year before (n,) [kWh]; empty where that is unknown
    before_kwh: Mapping[str, tuple[Floats, ...]] = field(default_factory=dict)

    @property
    def better(self) -> tuple[Schedule, Gap] | None:
        """Return the operation measured against: the one that needed no foresight where there is one."""
        if self.optimum is None or self.optimal_gap is None:
            return None
        if self.ahead is not None and self.ahead_gap is not None:
            return self.ahead, self.ahead_gap
        return self.optimum.schedule, self.optimal_gap

    def gain(self, gap: Gap | None) -> Band:
        """Return a gap as a band [SEK a year]; NaN with the reason where there is none."""
        return replace(_NAN, reason=self.reason or self.ahead_reason) if gap is None else band_of(gap.total_sek)


def operate(store: Store, around: Around, months: Sequence[date], draws: int, seed: int) -> Operation:
    """Return what the store's consecutive twelve months cost and could have cost.

    What cannot be known is told in `reason`; nothing is raised for a store that cannot be assessed.
    """
    told = tuple(months)
    try:
        year = store_year(observe(store, around, months, seed), around)
        optimum = cheapest(year)
        stored = optimum.schedule.stored_sek_per_kwh
        gap = gap_of(year, optimum.schedule, stored, optimum.left_sek(year, optimum.schedule), draws, seed)
        found = Operation(store, told, None, year, optimum, gap, classes=_classes(year, optimum))
    except EnergibokError as error:
        return Operation(store, told, reason=_said(error))
    try:
        ahead, before = _ahead(store, around, months, year, seed)
    except EnergibokError as error:
        return replace(found, ahead_reason=_said(error))
    loads, left = [side.load_kwh(ahead)[:, None] for side in year.sides], optimum.left_sek(year, ahead)
    return replace(
        found,
        ahead=ahead,
        ahead_sek=float(cost_of(year, loads)[0]) - left,
        ahead_gap=gap_of(year, ahead, stored, left, draws, seed),
        before_kwh=before,
    )


def _said(error: EnergibokError) -> str:
    text = str(error)
    return text if text.startswith("kan inte bedömas") else f"kan inte bedömas: {text}"


def _ahead(
    store: Store, around: Around, months: Sequence[date], year: StoreYear, seed: int
) -> tuple[Schedule, Mapping[str, tuple[Floats, ...]]]:
    """Return the day-ahead operation, and what the causes would have changed the year before.

    The year before is measured against its own cheapest operation: a power billed over a rolling window looks back at
    days that no copy of this year's dates would meet.
    """
    last_year = [add_months(month, -12) for month in months]
    try:
        before = store_year(observe(store, around, last_year, seed), around)
    except EnergibokError as error:
        why = str(error).removeprefix("kan inte bedömas: ")
        raise InsufficientData(
            f"kan inte bedömas: driften dag för dag lär sig av året före, och där gäller: {why}"
        ) from error
    if len(before.sides) != len(year.sides):
        raise InsufficientData("kan inte bedömas: lagret rör andra mätare än året före")
    learned = solve(before.plant, before.sides, circular=True)
    changed = changes_of(before, learned.schedule, learned.schedule.stored_sek_per_kwh)
    return day_ahead(year, before, learned), changed


def _classes(year: StoreYear, optimum: Optimum) -> tuple[StoreClass, ...]:
    """Return the price classes of every meter that has any, without the store, as operated and at its cheapest."""
    found: list[StoreClass] = []
    for side, meter in zip(year.sides, year.meters, strict=True):
        without = np.maximum(side.base_kwh, 0.0)
        ways = [
            {one.label: one for one in _class_of(meter, side.carrier, side.load_kwh(schedule), without)}
            for schedule in (year.observed.actual, optimum.schedule)
        ]
        for label, actual in ways[0].items():
            best = ways[1].get(label)
            if best is not None:
                sek = best.change_sek.value
                found.append(StoreClass(actual, best.class_with, sek, best.power_with_kw, best.utilisation_with_h))
    return tuple(found)


def _class_of(meter: Meter, carrier: str, with_kwh: Floats, without_kwh: Floats) -> list[ClassChange]:
    first, end = meter.months[0], next_month(meter.months[-1])

    def whole(kwh: Floats) -> Load:
        return repeated(meter.with_energy(np.maximum(kwh, 0.0)[:, None]), first, end, _BEFORE)

    actual, load = whole(with_kwh), whole(without_kwh)
    hours = np.zeros(len(actual.start_utc), np.bool_)
    context = repeated_context(meter.context, meter.load.start_utc, first, end, _BEFORE)
    case = Case(carrier, Counterfactual(actual, load, ~hours, hours, None), context)  # type: ignore[arg-type]
    bills = [meter.bill(np.maximum(kwh, 0.0)[:, None]) for kwh in (with_kwh, without_kwh)]
    return class_changes(case, bills[0], bills[1], meter.lists, meter.months)
