"""What the three rules of a store's operation share: its better operation, the finding of one cause, its effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from energy.calendar import add_months, normal_time
from energy.errors import TariffError
from energy.measures.assumptions import assumption
from energy.measures.base import EvidenceRow, MeasureContext, MeasureFinding, Picture, Silent, State
from energy.measures.shared.bands import confidence, generator, not_worth_telling, triangle
from energy.measures.shared.days import sv
from energy.measures.shared.valuation import bill_of, differences
from energy.model import Band, Floats, Load, Store
from energy.storage.accounts.displaced import Curve, with_energy
from energy.storage.accounts.doubt import one_sided
from energy.storage.assumed import assumed
from energy.storage.optimum.dispatch import StoreYear
from energy.storage.optimum.gap import Cause, band_of
from energy.storage.optimum.operation import ONE_SIDED, Operation
from energy.storage.optimum.plant import Schedule, content_of
from energy.storage.optimum.repeated import rows_of, year_before

__all__ = ["Added", "Alone", "Case", "Change", "assess_cause", "by_month_kwh", "rows_by_month"]


@dataclass(frozen=True)
class Alone:
    """What the effect saves on the facility's own bills, and of that by part [SEK a year]."""

    power_sek: float  # billed powers of the meter that the store relieves
    bought_sek: float  # its energy and all else
    other_sek: float  # the other meter: electricity
    stored_sek: float  # worth of what it leaves in the store

    @property
    def saving_sek(self) -> float:
        """Return the whole."""
        return self.power_sek + self.bought_sek + self.other_sek + self.stored_sek


@dataclass(frozen=True)
class Case:
    """One store and one cause of its gap: what was done and what a better operation does instead."""

    operation: Operation
    year: StoreYear
    actual: Schedule
    better: Schedule
    cause: Cause
    reached: float = 1.0
    warmth_sek: float = 0.0  # of what is reached: electricity that a warmer store saves [SEK a year]
    alone: Alone = field(default_factory=lambda: Alone(0.0, 0.0, 0.0, 0.0))

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
    warmth = _warmth_sek(context, case)
    value = band_of((case.cause.value_sek + warmth) * reach)
    effect = _effect(context, case, float(reach[0]), float(warmth[0]))
    try:
        case = replace(case, reached=float(reach[0]), warmth_sek=float(reach[0] * warmth[0]))
        case = replace(case, alone=_alone(context, case, effect))
    except TariffError as error:
        return Silent(measure_id, f"{case.name}: kan inte prissättas: {error}")
    value = _both(value, case.alone.saving_sek) if value.value > 0 else value
    if too_little := _too_little(case, value):
        return Silent(measure_id, f"{case.name}: {too_little}")
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
        method=_method(case, value),
        evidence=evidence,
        metering_point=case.year.sides[0].metering_point,
        parameters={name: assumed(name).central for name in _SPANS},
        effect=effect,
        picture=picture,
    )


def _warmth_sek(context: MeasureContext, case: Case) -> Floats:
    """Return what a warmer store saves in the heat pump's electricity (1 + draws,), negative for a colder [SEK a year].

    The programme knows no temperature. What the cause leaves in the store, less what is lost of it, warms it, and the
    coefficient of performance of what is drawn rises with that. What is there at the end of the year was there at its
    beginning too, left by the same operation the year before. 0 where the heat capacity is not told.
    """
    year, store, per_kelvin = case.year, case.operation.store, assumption("better_store", "cop_per_kelvin")
    capacity = _kwh_per_kelvin(store)
    spent = [side for side in year.sides if side.carrier == "electricity" and (side.per_draw > 0).any()]
    if capacity is None or not spent:
        return np.zeros(1 + context.draws)
    paid = sum(side.price_sek_per_kwh * side.per_draw * case.actual.draw_kwh for side in spent)
    rest = replace(year.plant, start_kwh=0.0, charge_kept=1.0)
    more = content_of(rest, case.cause.net_kwh, np.zeros(len(case.cause.net_kwh)))
    more = content_of(replace(rest, start_kwh=float(more[-1])), case.cause.net_kwh, np.zeros(len(more)))
    room = np.clip(more, -case.actual.content_kwh, np.maximum(year.plant.capacity_kwh - case.actual.content_kwh, 0.0))
    rng = generator(context.seed, "better_store", "warmth", store.id)
    return float(paid @ room) / capacity * triangle(per_kelvin, context.draws, rng)


def _kwh_per_kelvin(store: Store) -> float | None:
    if store.kind == "battery" or store.heat_capacity_kwh_per_k is not None:
        return store.heat_capacity_kwh_per_k
    if store.capacity_kwh is None or store.highest_c is None or store.lowest_c is None:
        return None
    return store.capacity_kwh / (store.highest_c - store.lowest_c)


def _too_little(case: Case, value: Band) -> str | None:
    """Return why a value is not worth telling, in Swedish: too small, not sure, or less than the heat meters may err.

    The tolerance is of the worth of what the store delivers in the year.
    """
    if round(value.value) < 0:
        return _costs(case, value.value)
    side, text = case.year.sides[0], f"bara {sv(value.value)} kr/år att vinna"
    if not value.value >= assumption("common", "minimum_saving").central:
        return f"{text}."
    delivered = np.abs(side.per_draw * case.actual.draw_kwh + side.of_direct * case.actual.direct_kwh)
    if not value.value >= assumption("better_store", "resolved").central * float(delivered @ side.price_sek_per_kwh):
        return f"{text}, mindre än mätarnas fel i det som lagret levererar."
    return not_worth_telling(value)


def _costs(case: Case, value_sek: float) -> str:
    """Return in Swedish what a change that gains nothing costs, and why its cause of the gap may be a gain for all."""
    cause, ends = float(case.cause.value_sek[0]), f"en kostnad på {sv(-value_sek)} kr/år"
    if round(cause) <= 0:
        return f"ingen vinst: det som ändras är {ends}."
    text = f"ingen vinst. Orsaken är +{sv(cause)} kr/år på sidan Lagret, "
    if cause + case.warmth_sek / case.reached > 0:
        return (
            f"{text}räknad efter orsakerna före den och som om alla år varit lika; ensam på räkningarna är den {ends}."
        )
    colder = sv(-case.warmth_sek / case.reached)
    text += f"men där räknas inte att lagret blir kallare: {colder} kr mer i el till värmepumpen."
    return f"{text} Av det räknas {sv(100 * case.reached)} %: {ends}."


_SPANS = ("cop_uncertainty", "kept_uncertainty", "availability")


def _method(case: Case, value: Band) -> str:
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
        "det ensamt ändrar på anläggningens egna räkningar, med det som då är kvar i lagret. Bandet är 90 % och rymmer "
        "också vinsten om lagret alltid hade körts så: "
        f"antagandena dras ur triangelfördelningar ({spans}).{doubt}"
        f"{_above(case, value)}"
    )


def _above(case: Case, value: Band) -> str:
    """Return in Swedish why the band reaches above the cause it is a part of, where it does."""
    cause, reach = float(case.cause.value_sek[0]), assumption("better_store", "reachable")
    if not value.high > cause:
        return ""
    why = "" if case.with_foresight else f", för {case.better_name} är inte den bästa"
    return (
        f" Bandets övre ände, {sv(value.high)} kr, går över orsakens eget belopp på sidan Lagret, {sv(cause)} kr: "
        f"bandet räknar med att {sv(100 * reach.low)} till {sv(100 * reach.high)} % kan nås{why}."
    )


def _alone(context: MeasureContext, case: Case, effect: Added) -> Alone:
    """Return what the effect saves on the facility's own bills, with what it leaves in the store.

    The gap is billed after the causes before it and as if every year were this one; the other measures, and sets of
    them, on the bills as they were. A measure has one value: the one it has in a set of its own. Raises TariffError.
    """
    before, relieved = context.state(), case.year.sides[0]
    after, parts = effect(before), {"power": 0.0, "bought": 0.0, "other": 0.0}
    for point in effect.changes:
        contracts = tuple(one for one in before.contracts if one.metering_point == point)
        was, now = (bill_of(context, state.loads[point], contracts) if contracts else () for state in (before, after))
        [changed] = differences([(was, now)])
        whole = float(changed.saving_sek[0])
        if point != relieved.metering_point:
            parts["other"] += whole
            continue
        powers = {peak.label for peak in relieved.peaks}
        parts["power"] += sum(float(sek[0]) for label, sek in changed.by_label.items() if label in powers)
        parts["bought"] += whole - parts["power"]
    return Alone(parts["power"], parts["bought"], parts["other"], effect.stored_sek)


def _both(as_if_always: Band, alone_sek: float) -> Band:
    """Return the value on the own bills, its band holding both ways to reckon: on these and as if always run so."""
    factor = alone_sek / as_if_always.value
    low, high = sorted((factor * as_if_always.low, factor * as_if_always.high))
    return replace(as_if_always, value=alone_sek, low=min(low, as_if_always.low), high=max(high, as_if_always.high))


def _effect(context: MeasureContext, case: Case, reached: float, warmth_sek: float) -> Added:
    """Return what is reached of the cause's change, added to the year's loads and to those before it.

    `warmth_sek` is what the electricity falls by in a warmer store [SEK a year], which no hour of it shows.

    The year before has its own change where it is known, and else that of the same dates: a power billed over a rolling
    window is met on the days that set it then. Years before that have the change of the same dates.
    """
    first, end = context.first_valued(), context.end_valued()
    years = max(0, (first - _first_day(context)).days // 365)
    rows = rows_of(context.start_utc, first, end)
    at = year_before(first, end, years)
    start = rows.stop - len(at)
    kept = slice(max(start, 0), rows.stop)
    last_year = rows_of(context.start_utc, add_months(first, -12), first)
    before = case.operation.before_kwh.get(case.cause.code) if last_year.start >= kept.start else None
    changes = {}
    for number, (side, meter) in enumerate(zip(case.year.sides, case.year.meters, strict=True)):
        change = case.cause.load_change_kwh[number][at[kept.start - start :]]
        if before is not None:
            change[last_year.start - kept.start : last_year.stop - kept.start] = before[number]
        changes[side.metering_point] = Change(kept.start, reached * change, meter.curve)
    return Added(changes, reached * (case.cause.stored_sek + warmth_sek))


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
