"""What a store could have earned over a year: the cheapest feasible operation, and its bill through the real tariff.

The programme counts energy at the margin and powers on straight lines; price classes, bands and signatures are neither.
So a few candidate stretches of each price are solved, every schedule is billed, and the cheapest bill is the answer.
The bill is always the figure shown, never the programme's own cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice, product

import numpy as np

from energy.calendar import next_month
from energy.errors import InsufficientData
from energy.model import BilledComponent, BillingContext, Contract, Floats, Load, PriceList
from energy.storage.accounts.displaced import Curve, with_energy
from energy.storage.assumed import assumed
from energy.storage.optimum.marginal import marginal_price
from energy.storage.optimum.observed import Around, Observed
from energy.storage.optimum.peaks import powers_of_year
from energy.storage.optimum.plant import Level, Peak, Plant, Schedule, Side
from energy.storage.optimum.programme import solve
from energy.storage.optimum.repeated import repeated, repeated_context, rows_of
from energy.swedish import sv
from energy.tariffs.bill import bill

__all__ = ["Candidate", "Optimum", "StoreYear", "bills_of", "cheapest", "cost_of", "store_year"]

_MOST_CHOICES = 4096  # listed and counted: more only a list of many categories at once could have
_BEFORE = 2  # years that repeat before the year billed: the longest windows look back that far


@dataclass(frozen=True)
class Meter:
    """A billed meter of the year: its load on the year's hours (k = 1), without holes, and what billing it needs."""

    load: Load
    contracts: tuple[Contract, ...]
    lists: tuple[PriceList, ...]
    context: BillingContext
    months: tuple[date, ...]
    curve: Curve | None = None  # its return against its load, None where it is not known

    def with_energy(self, energy_kwh: Floats) -> Load:
        """Return the load with other energy (n, k), carried by the water it then takes (`displaced.with_energy`)."""
        return with_energy(self.load, energy_kwh, self.curve)

    def bill(self, energy_kwh: Floats) -> list[BilledComponent]:
        """Return the bill of the months with other energy (n, k), as if the years before had been the same."""
        first, end = self.months[0], next_month(self.months[-1])
        load = repeated(self.with_energy(energy_kwh), first, end, _BEFORE)
        context = repeated_context(self.context, self.load.start_utc, first, end, _BEFORE)
        return bill(load, self.contracts, self.lists, self.months, context)


@dataclass(frozen=True)
class StoreYear:
    """A store's year ready for the programme: what it is, the meters it touches and how the programme sees them."""

    observed: Observed
    sides: tuple[Side, ...]
    meters: tuple[Meter, ...]
    not_linear: tuple[str, ...]

    @property
    def plant(self) -> Plant:
        """Return what the store can do."""
        return self.observed.plant

    @property
    def months(self) -> tuple[date, ...]:
        """Return the twelve months."""
        return self.observed.months


@dataclass(frozen=True)
class Candidate:
    """A schedule tried: on which stretches of the power prices, and its bill less the worth of what is left [SEK]."""

    text: str
    schedule: Schedule
    cost_sek: float


@dataclass(frozen=True)
class Optimum:
    """The cheapest schedule found, its bill less the worth of what it leaves beyond the actual, and the actual bill.

    `end_sek_per_kwh`: what a kWh left in the store is worth, the dual of the year taken as one of many like it.
    """

    schedule: Schedule
    cost_sek: float
    actual_sek: float
    end_sek_per_kwh: float
    candidates: tuple[Candidate, ...]
    untried: int = 0  # choices of prices that were not solved: the best of all may be one of them

    def left_sek(self, year: StoreYear, schedule: Schedule) -> float:
        """Return the worth of what a schedule leaves in the store beyond what the actual operation left [SEK]."""
        return (float(schedule.content_kwh[-1]) - year.plant.end_kwh) * self.end_sek_per_kwh


def store_year(store_observed: Observed, around: Around) -> StoreYear:
    """Return the year of an observed store with the prices of its meters.

    Raises InsufficientData where a price is unknown (spot prices are lacking), TariffError where the lists are wrong.
    """
    observed, ones = store_observed, np.ones(len(store_observed.actual.charge_kwh))
    heat, power = observed.heat_per_charge * ones, observed.power_per_charge * ones
    told = [
        (observed.heat_point, "district_heating", heat, observed.heat_per_draw, observed.heat_per_direct),
        (observed.power_point, "electricity", power, observed.power_per_draw, observed.power_per_direct),
    ]
    sides, meters, other = [], [], []
    for point, carrier, per_charge, per_draw, per_direct in told:
        if point is None or not (per_charge.any() or per_draw.any() or per_direct.any()):
            continue
        load = next(one for one in observed.billed if one.metering_point == point)
        meter = _meter(load, observed, around, observed.curve if point == observed.heat_point else None)
        price = marginal_price(meter.load, meter.contracts, meter.lists, meter.months, meter.context, meter.curve)
        side = Side(point, carrier, 0.0 * ones, per_charge, per_draw, price, (), per_direct)
        base = meter.load.energy_kwh[:, 0] - side.effect_kwh(observed.actual)
        peaks, labels = _peaks(meter, base)
        other += labels
        sides.append(replace(side, base_kwh=base, peaks=peaks))
        meters.append(meter)
    return StoreYear(observed, tuple(sides), tuple(meters), tuple(other))


def _meter(load: Load, observed: Observed, around: Around, curve: Curve | None) -> Meter:
    point, months = load.metering_point, observed.months
    rows = rows_of(around.start_utc, months[0], next_month(months[-1]))
    context = around.billing.get(point, BillingContext())
    spot, quarters = context.spot_sek_per_kwh, context.spot_quarters_sek_per_kwh
    mine = tuple(one for one in around.contracts if one.metering_point == point)
    families = {one.family for one in mine}
    return Meter(
        load,
        mine,
        tuple(one for one in around.price_lists if one.family in families),
        replace(
            context,
            spot_sek_per_kwh=None if spot is None else spot[rows],
            spot_quarters_sek_per_kwh=None if quarters is None else quarters[rows],
        ),
        months,
        curve,
    )


def _peaks(meter: Meter, base_kwh: Floats) -> tuple[tuple[Peak, ...], list[str]]:
    """Return the peaks of the meter; a ceiling on the highest day stands in for a power that is no peak."""
    powers = powers_of_year(meter.load, meter.contracts, meter.lists, meter.months, meter.context)
    if not powers.not_linear:
        return powers.peaks, []
    item = np.repeat(np.arange(len(base_kwh) // 24), 24)
    highest = float(base_kwh.reshape(-1, 24).mean(axis=1).max())
    step, lowest = assumed("ceiling_step").central, assumed("ceiling_lowest").central
    shares = 1.0 - step * np.arange(1 + round((1.0 - lowest) / step))
    levels = tuple(Level(0.0, share * highest, 0.0, 0.0, f"högst {sv(share * highest)} kW") for share in shares)
    ceiling = Peak(powers.not_linear[0], item, 1, True, levels)
    return (*powers.peaks, ceiling), list(powers.not_linear)


def bills_of(year: StoreYear, schedule: Schedule) -> list[BilledComponent]:
    """Return the bills of both meters under a schedule (k = 1)."""
    loads = [side.load_kwh(schedule)[:, None] for side in year.sides]
    return [line for meter, load in zip(year.meters, loads, strict=True) for line in meter.bill(load)]


def cost_of(year: StoreYear, loads: Sequence[Floats]) -> Floats:
    """Return what the meters cost in the year with these loads, (n, k) each -> (k,) [SEK excl. VAT].

    Raises InsufficientData where a part of the bill is unknown: a difference of partial bills would be no saving.
    """
    total: Floats = np.zeros(1)
    for meter, load in zip(year.meters, loads, strict=True):
        for line in meter.bill(load):
            if np.isnan(line.amount_sek).any():
                raise InsufficientData(
                    f"kan inte bedömas: {line.label.lower()} {line.month:%Y-%m} kan inte räknas fram ({line.reason})"
                )
            total = total + line.amount_sek
    return total


def cheapest(year: StoreYear) -> Optimum:
    """Return the cheapest operation of the year with everything known beforehand.

    The first programme prices powers on the stretches that the store reaches when all it can is drawn. Where its own
    powers lie on others they are tried too, as are those of the actual operation where nothing else can be kept, and
    every choice of a price (categories) or ceiling. Raises InsufficientData where nothing is feasible.
    """
    actual = float(cost_of(year, [side.load_kwh(year.observed.actual)[:, None] for side in year.sides])[0])
    tried: dict[Levels, Candidate | None] = {}
    first = _levels_under(
        year, replace(year.observed.actual, draw_kwh=year.plant.draw_kwh, direct_kwh=0 * year.plant.draw_kwh)
    )
    end, most = _end_value(year, first), int(assumed("most_candidates").central)
    waiting = [first, *_choices(year, first)]
    while waiting and len(tried) < most:
        levels = waiting.pop(0)
        if levels in tried:
            continue
        found = tried[levels] = _candidate(year, levels, end)
        own = _levels_under(year, year.observed.actual) if found is None else _levels_of(year, found.schedule, levels)
        waiting = [*([own] if own not in tried else []), *waiting]
    solved = [one for one in tried.values() if one is not None]
    if not solved:
        raise InsufficientData("kan inte bedömas: ingen drift ryms inom lagrets kapacitet, effekt och källa")
    best = min(solved, key=lambda one: one.cost_sek)
    untried = len(set(waiting) - tried.keys())
    return Optimum(best.schedule, best.cost_sek, actual, end, tuple(solved), untried)


Levels = tuple[tuple[Level, ...], ...]


def _end_value(year: StoreYear, levels: Levels) -> float:
    """Return what a kWh left at the end of the year is worth: that of the year as one of many like it [SEK/kWh]."""
    try:
        found = solve(year.plant, year.sides, levels, circular=True)
    except InsufficientData:  # the stretches cannot be kept: those of the actual operation can
        found = solve(year.plant, year.sides, _levels_under(year, year.observed.actual), circular=True)
    return max(0.0, float(found.schedule.stored_sek_per_kwh[-1]))


def _choices(year: StoreYear, first: Levels) -> list[Levels]:
    """Return the stretches to try where a price has overlapping ones: categories, surcharges, ceilings.

    Those that differ from `first` in one price come first, so that what is left untried differs in several.
    """
    options = []
    for side, levels in zip(year.sides, first, strict=True):
        for peak, level in zip(side.peaks, levels, strict=True):
            overlapping = any(a.to_kw > b.from_kw for a, b in zip(peak.levels, peak.levels[1:], strict=False))
            options.append(peak.levels if overlapping else (level,))
    flat = [level for levels in first for level in levels]
    found = []
    for chosen in islice(product(*options), _MOST_CHOICES):
        rest = iter(chosen)
        changes = sum(one != own for one, own in zip(chosen, flat, strict=True))
        found.append((changes, tuple(tuple(next(rest) for _ in levels) for levels in first)))
    return [levels for _, levels in sorted(found, key=lambda one: one[0])]


def _levels_under(year: StoreYear, schedule: Schedule) -> Levels:
    """Return the stretches that the powers lie on under a schedule."""
    return tuple(tuple(p.level_at(p.power_kw(side.load_kwh(schedule))) for p in side.peaks) for side in year.sides)


def _levels_of(year: StoreYear, schedule: Schedule, tried: Levels) -> Levels:
    """Return the stretches a schedule's own powers lie on; where prices overlap, those it was found with."""
    found = []
    for side, levels in zip(year.sides, tried, strict=True):
        load = side.load_kwh(schedule)
        found.append(tuple(_own_level(peak, level, load) for peak, level in zip(side.peaks, levels, strict=True)))
    return tuple(found)


def _own_level(peak: Peak, level: Level, load: Floats) -> Level:
    power = peak.power_kw(load)
    return level if level.from_kw - 1e-6 <= power <= level.to_kw + 1e-6 else peak.level_at(power)


def _candidate(year: StoreYear, levels: Levels, end: float) -> Candidate | None:
    """Return the schedule found on these stretches with its bill; None where they cannot be kept."""
    plant = replace(year.plant, end_kwh=0.0)
    try:
        found = solve(plant, year.sides, levels, [(plant.capacity_kwh, end)])
    except InsufficientData:
        return None
    cost = float(cost_of(year, [side.load_kwh(found.schedule)[:, None] for side in year.sides])[0])
    cost -= (float(found.schedule.content_kwh[-1]) - year.plant.end_kwh) * end
    text = "; ".join(
        f"{peak.label.lower()} {level.text}"
        for side, own in zip(year.sides, levels, strict=True)
        for peak, level in zip(side.peaks, own, strict=True)
        if len(peak.levels) > 1
    )
    return Candidate(text or "ett enda pris", found.schedule, cost)
