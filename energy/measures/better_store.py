"""What the three rules of a store's operation share: its better operation, the finding of one cause, its effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from energy.calendar import normal_time
from energy.errors import TariffError
from energy.measures.assumptions import assumption
from energy.measures.bands import confidence, generator, triangle
from energy.measures.base import EvidenceRow, MeasureContext, MeasureFinding, Picture, Silent, State
from energy.measures.days import sv
from energy.measures.valuation import bill_of, difference
from energy.model import Band, Floats, Load
from energy.storage.assumed import assumed
from energy.storage.dispatch import StoreYear
from energy.storage.displaced import Curve, with_energy
from energy.storage.doubt import one_sided
from energy.storage.gap import Cause, band_of
from energy.storage.operation import ONE_SIDED, Operation
from energy.storage.plant import Schedule
from energy.storage.repeated import rows_of, year_before

__all__ = ["Added", "Case", "Change", "assess_cause", "by_month_kwh", "rows_by_month"]


@dataclass(frozen=True)
class Case:
    """One store and one cause of its gap: what was done and what a better operation does instead."""

    operation: Operation
    year: StoreYear
    actual: Schedule
    better: Schedule
    cause: Cause

    @property
    def name(self) -> str:
        """Return the store's name."""
        return self.operation.store.name

    @property
    def with_foresight(self) -> bool:
        """Return whether the better operation is the one that knew everything beforehand."""
        return self.operation.ahead_gap is None

    @property
    def better_name(self) -> str:
        """Return what the better operation is called, as on the page of the store."""
        return f"driften {FORESIGHT if self.with_foresight else DAY_AHEAD}"


FORESIGHT, DAY_AHEAD = "med allt känt i förväg", "med det som var känt dagen innan"
Telling = Callable[[MeasureContext, Case], tuple[str, tuple[EvidenceRow, ...], Picture]]


def assess_cause(
    context: MeasureContext, measure_id: str, title: str, code: str, tell: Telling
) -> Sequence[MeasureFinding | Silent]:
    """Return one result per store; `tell` gives description, evidence and picture of a case worth telling."""
    if not context.stores:
        return [Silent(measure_id, "anläggningen har inget energilager.")]
    return [_one(context, measure_id, title, code, tell, store_id) for store_id in (s.id for s in context.stores)]


def _one(
    context: MeasureContext, measure_id: str, title: str, code: str, tell: Telling, store_id: str
) -> MeasureFinding | Silent:
    found = context.operations.get(store_id)
    if found is None:
        return Silent(measure_id, f"saknar data: driften av {store_id} är inte beräknad.")
    if found.better is None or found.year is None:
        return Silent(measure_id, f"{found.store.name}: {found.reason}.")
    schedule, gap = found.better
    case = Case(found, found.year, found.year.observed.actual, schedule, gap.cause(code))
    reach = triangle(
        assumption("better_store", "reachable"), context.draws, generator(context.seed, "better_store", store_id)
    )
    value = band_of(case.cause.value_sek * reach)
    effect = _effect(context, case, float(reach[0]))
    try:
        value = _scaled(value, _alone_sek(context, effect) / value.value) if value.value > 0 else value
    except TariffError as error:
        return Silent(measure_id, f"{case.name}: kan inte prissättas: {error}")
    if not value.value >= assumption("common", "minimum_saving").central:
        return Silent(measure_id, f"{case.name}: bara {sv(value.value)} kr/år att vinna.")
    description, evidence, picture = tell(context, case)
    return MeasureFinding(
        measure_id=measure_id,
        key=f"measure:{context.facility}:{measure_id}:{store_id}",
        facility=context.facility,
        title=title,
        description=description,
        saving_sek_per_year=value,
        saving_kwh_per_year=-float(reach[0]) * sum(float(change.sum()) for change in case.cause.load_change_kwh),
        confidence=confidence(value, "låg" if case.with_foresight else "medel"),
        method=_method(case),
        evidence=evidence,
        metering_point=case.year.sides[0].metering_point,
        parameters={name: assumed(name).central for name in _SPANS},
        effect=effect,
        picture=picture,
    )


_SPANS = ("cop_uncertainty", "kept_uncertainty", "availability")


def _method(case: Case) -> str:
    assert case.operation.better is not None
    whole, most = (case.operation.gain(gap).value for gap in (case.operation.better[1], case.operation.optimal_gap))
    told = [assumed(name) for name in _SPANS]
    spans = ", ".join(
        f"{what} {sv(100 * (one.low / one.central - 1))} till +{sv(100 * (one.high / one.central - 1))} %"
        for one, what in zip(told, ("värmefaktor", "verkningsgrad", "tillvaratagen källvärme"), strict=True)
    )
    doubt = f" {ONE_SIDED}" if one_sided(band_of(case.cause.value_sek)) == "high" else ""
    return (
        f"{case.better_name[0].upper()}{case.better_name[1:]} räknas fram, timme för timme, och körs genom de verkliga "
        f"prislistorna. Hela vinsten är {sv(whole)} kr/år ({sv(most)} kr med allt känt i förväg); "
        "den delas på orsak genom att räkningen körs om steg för steg: körning som inte lönar sig, uttag vid "
        "topparna, laddning, övrigt. Energi ur lagret räknas till vad en lagrad kWh var värd. Av det "
        f"räknas {sv(100 * assumption('better_store', 'reachable').central)} % som möjligt att nå, och beloppet är vad "
        "det ensamt ändrar på anläggningens egna räkningar, med det som då är kvar i lagret. Bandet är 90 %: "
        f"antagandena dras ur triangelfördelningar ({spans}).{doubt}"
    )


def _alone_sek(context: MeasureContext, effect: Added) -> float:
    """Return what the effect saves on the facility's own bills, with what it leaves in the store [SEK a year].

    The gap is billed after the causes before it and as if every year were this one; the other measures, and sets of
    them, on the bills as they were. A measure has one value: the one it has in a set of its own.
    """
    before = context.state()
    after, saved = effect(before), effect.stored_sek
    for point in effect.changes:
        contracts = tuple(one for one in before.contracts if one.metering_point == point)
        was, now = (bill_of(context, state.loads[point], contracts) if contracts else () for state in (before, after))
        saved += float(difference(was, now).saving_sek[0])
    return saved


def _scaled(band: Band, factor: float) -> Band:
    low, high = sorted((factor * band.low, factor * band.high))
    return replace(band, value=factor * band.value, low=low, high=high)


def _effect(context: MeasureContext, case: Case, reached: float) -> Added:
    """Return what is reached of the cause's change, added to the year's loads and to the same dates before it."""
    first, end = context.first_valued(), context.end_valued()
    years = max(0, (first - _first_day(context)).days // 365)
    rows = rows_of(context.start_utc, first, end)
    at = year_before(first, end, years)
    start = rows.stop - len(at)
    kept = slice(max(start, 0), rows.stop)
    return Added(
        {
            side.metering_point: Change(kept.start, reached * change[at[kept.start - start :]], meter.curve)
            for side, meter, change in zip(case.year.sides, case.year.meters, case.cause.load_change_kwh, strict=True)
        },
        reached * case.cause.stored_sek,
    )


@dataclass(frozen=True)
class Change:
    """A change of a meter's energy from row `first` on [kWh], and the curve its return moves along."""

    first: int
    kwh: Floats
    curve: Curve | None


@dataclass(frozen=True)
class Added:
    """The effect of a changed operation: unlike others it rests on numbers alone, so it can be kept and read back."""

    changes: Mapping[str, Change]  # by metering point
    stored_sek: float  # worth of what it leaves in the store, which no bill shows [SEK a year]

    def __call__(self, state: State) -> State:
        """Return the state with the changes made."""
        loads = dict(state.loads)
        for point, one in self.changes.items():
            rows = slice(one.first, one.first + len(one.kwh))
            loads[point] = _changed(loads[point], rows, one.kwh, one.curve)
        return replace(state, loads=loads, stored_sek=state.stored_sek + self.stored_sek)


def _first_day(context: MeasureContext) -> date:
    day: date = normal_time(context.start_utc[:1]).astype("datetime64[D]")[0].item()
    return day


def _changed(load: Load, rows: slice, change_kwh: Floats, curve: Curve | None) -> Load:
    """Return the load with a change in some rows [kWh], never below zero; the water as in the store's own bills."""
    before = load.energy_kwh
    after = before.copy()
    after[rows, 0] = np.maximum(before[rows, 0] + change_kwh, np.minimum(before[rows, 0], 0.0))
    return replace(with_energy(load, after, curve), energy_quarters_kwh=None)


def by_month_kwh(context: MeasureContext, case: Case, hourly: Floats) -> list[float]:
    """Return the sum of the year's hours (n,) [kWh] in each month [MWh]."""
    month = (case.year.plant.start_utc + np.timedelta64(3600, "s")).astype("datetime64[M]")
    return [float(hourly[month == np.datetime64(one, "M")].sum()) / 1000 for one in context.months]


def rows_by_month(
    context: MeasureContext, label: str, values: Sequence[float], notes: Sequence[str]
) -> Iterator[EvidenceRow]:
    """Yield a row of evidence for each month that has a value [MWh]."""
    for month, value, note in zip(context.months, values, notes, strict=True):
        if abs(value) >= 0.05:
            yield EvidenceRow(label, f"{month:%Y-%m}", value, "MWh", note)
