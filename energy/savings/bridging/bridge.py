"""The bridge from any period's cost to any other's: a matrix cause x tariff component that sums exactly both ways.

Every cause is a switch between the base period's standing and the reporting period's. The whole bill is run again for
every setting of the switches, and each cause gets its Shapley value (see `shapley`), component by component: causes sum
to the component's change, components to the cause's, and no order is chosen. All switches off is the base period's own
bill, all on the reporting period's.

    calendar    the hours themselves: number of days, leap days, holidays, months of the year
    price       contracts, price lists and spot prices
    tax         the rate of energy tax; it touches the component tax alone, and price never does
    weather     the outdoor temperature, through the frozen model
    operations  the operations calendar, through the model, and what the event ledger took out
    project     metered less counterfactual load; zero before the project
    unexplained what the model leaves: the level of the counterfactual less the model's expectation

The loads are those of `states`, prices and tax are moved by `tariffs.repriced`. Where the model has no figure for a
component, or there is no model, only calendar, price and tax are told apart; the rest of that component's change is
unexplained, with the reason. Months without a counterpart, when the periods differ in length, are calendar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from energy.model import COMPONENTS, Band, Contract, Floats, PriceList
from energy.savings.bands.randoms import Seeds
from energy.savings.bands.uncertainty import band
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.frozen import Baseline
from energy.savings.bridging.moving import consecutive, paired
from energy.savings.bridging.rebilled import ENERGY, Amounts, Rebilled, summed
from energy.savings.bridging.shapley import shapley
from energy.savings.bridging.states import Effects, States
from energy.savings.saved.avoided import ALL, Case

LEVELS = ("before", "after")
CAUSES = ("price", "tax", "calendar", "weather", "operations", "project", "unexplained")
LABELS_SV: Mapping[str, str] = {
    "before": "Före", "price": "Pris och prismodell", "tax": "Energiskatt", "calendar": "Kalender", "weather": "Väder",
    "operations": "Drift och händelser", "project": "Energiprojektet", "unexplained": "Oförklarat", "after": "Efter",
}  # fmt: skip
COMPONENTS_SV: Mapping[str, str] = {
    "fixed": "fast avgift", "energy": "energiavgift", "demand": "effektavgift", "flow": "flödesavgift",
    "return_temperature": "returtemperatur", "reactive": "reaktiv effekt", "overrun": "överuttag",
    "tax": "energiskatt", "other": "övrigt",
}  # fmt: skip
_NO_MODEL = "kan inte bedömas: ingen baslinje delar upp lasten; ändringen ligger i oförklarat"


@dataclass(frozen=True)
class Side:
    """One metering point of the bridge: its case, and the model with its drivers.

    Without a model (None) the change of its load is all `change`: a meter that the project brought, one that is new or
    gone, or one that nobody has modelled.
    """

    case: Case
    baseline: Baseline | None
    drivers: Drivers | None
    count: int = 200
    seed: int | Seeds = 1
    change: str = "project"

    def with_draws(self, count: int) -> Side:
        """Return the side with at most so many draws."""
        return replace(self, count=min(count, self.count))


@dataclass(frozen=True)
class Cell:
    """One cause of one component, or sums ("all"): `amount_sek` [SEK excl. VAT]; energy [kWh] where component is all.

    Causes before and after are levels, the others changes. `note` what a sum leaves out.
    """

    cause: str
    component: str
    amount_sek: Band
    energy_kwh: Band | None = None
    note: str | None = None


@dataclass(frozen=True)
class Matrix:
    """The draws behind the cells: `before` and `after` component -> (k,), `change` (cause, component) -> (k,).

    Components are those of the tariff [SEK] and "energy_kwh" [kWh]. `reasons` why a cell has no figure, by cause and
    component.
    """

    before: Amounts
    after: Amounts
    change: Mapping[tuple[str, str], Floats]
    reasons: Mapping[tuple[str, str], str]


def bridge(
    sides: Sequence[Side],
    contracts: Sequence[Contract],
    lists: Sequence[PriceList],
    base: Sequence[date],
    reporting: Sequence[date],
) -> Matrix:
    """Return the bridge of several metering points between two periods of whole months, summed draw by draw.

    The periods may overlap, differ in length and come in either order; swapped, every change has the other sign.
    Raises InsufficientData for months that are not in a row or not held by the loads, TariffError from the bill.
    """
    return total([one_bridge(side, contracts, lists, base, reporting) for side in sides])


def one_bridge(
    side: Side,
    contracts: Sequence[Contract],
    lists: Sequence[PriceList],
    base: Sequence[date],
    reporting: Sequence[date],
) -> Matrix:
    """Return the bridge of one metering point; see `bridge`."""
    whole = consecutive(base, "basperioden"), consecutive(reporting, "rapportperioden")
    pairs = paired(*whole)
    mine = [c for c in contracts if c.metering_point == side.case.loads.actual.metering_point]
    rebilled = Rebilled.of(side.case, mine, lists, pairs)
    rest = [rebilled.own(sorted(set(w) - set(p))) for w, p in zip(whole, pairs, strict=True)]
    before, after = (summed([rebilled.true(i), rest[i]]) for i in (0, 1))
    found = _parted(side, rebilled)
    for name in {*rest[0], *rest[1]}:
        extra = rest[1].get(name, np.zeros(1)) - rest[0].get(name, np.zeros(1))
        found.change["calendar", name] = found.change.get(("calendar", name), np.zeros(1)) + extra
    reasons = {(level, n): why for i, level in enumerate(LEVELS) for n, why in rebilled.reasons(i).items()}
    return Matrix(before, after, found.change, {**found.reasons, **reasons})


@dataclass
class _Parted:
    change: dict[tuple[str, str], Floats]
    reasons: dict[tuple[str, str], str]


def _parted(side: Side, rebilled: Rebilled) -> _Parted:
    """Return the change by cause: with the model where it has figures, without it elsewhere."""
    if not rebilled.exists(0) or not rebilled.exists(1):  # the meter is new, or gone
        names = {*rebilled.true(0), *rebilled.true(1)}
        nothing = np.zeros(1)
        return _Parted(
            {(side.change, n): rebilled.true(1).get(n, nothing) - rebilled.true(0).get(n, nothing) for n in names}, {}
        )
    states = States(rebilled.case.loads.actual, rebilled.hours)
    if side.baseline is None or side.drivers is None:
        return _solve(rebilled, states, "unexplained" if side.baseline is not None else side.change)
    why = side.case.loads.reason or side.baseline.disqualified
    if why:
        found = _solve(rebilled, states, "unexplained")
        return _told(found, {n for _, n in found.change}, why)
    effects = Effects(side.case.loads, side.baseline, side.drivers, side.count, side.seed)
    full = _solve(rebilled, States(rebilled.case.loads.actual, rebilled.hours, effects), "unexplained")
    names = {name for _, name in full.change}
    unknown = {n for n in names if any(np.isnan(v).any() for (_, m), v in full.change.items() if m == n)}
    if not unknown:
        return full
    found = _solve(rebilled, states, "unexplained")
    kept = {key: v for key, v in full.change.items() if key[1] not in unknown}
    kept |= {key: v for key, v in found.change.items() if key[1] in unknown}
    return _told(_Parted(kept, {}), unknown, _NO_MODEL)


def _told(found: _Parted, names: set[str], why: str) -> _Parted:
    """Return the parting with the reason why weather, operations and project have no figure for some components."""
    reasons = {(cause, name): why for cause in ("weather", "operations", "project") for name in names}
    return _Parted(found.change, found.reasons | reasons)


def _solve(rebilled: Rebilled, states: States, change: str) -> _Parted:
    """Return the Shapley values of the load's factors and of price (all but tax) or tax (tax alone)."""
    bills = rebilled.all_states(states)
    names = sorted({name for one in bills.values() for name in one})
    out: dict[tuple[str, str], Floats] = {}
    for name in names:
        own = () if name == ENERGY else ("tax",) if name == "tax" else ("price",)

        def value(state: frozenset[str], name: str = name, own: tuple[str, ...] = own) -> Floats:
            key = (state - {"price", "tax"}, bool(own) and own[0] in state)
            return bills[key].get(name, np.zeros(1))

        for cause, worth in shapley([*states.causes, *own], value).items():
            out[change if cause == "unexplained" else cause, name] = worth
    return _Parted(out, {})


def total(parts: Sequence[Matrix]) -> Matrix:
    """Return the sum of several bridges, draw by draw; a component that one of them lacks is nothing there."""
    change: dict[tuple[str, str], Floats] = {}
    reasons: dict[tuple[str, str], str] = {}
    for one in parts:
        for key, values in one.change.items():
            change[key] = change.get(key, np.zeros(1)) + values
        reasons |= {k: v for k, v in one.reasons.items() if k not in reasons}
    return Matrix(summed([p.before for p in parts]), summed([p.after for p in parts]), change, reasons)


def cells(matrix: Matrix, causes: Sequence[str] = CAUSES) -> list[Cell]:
    """Return every cell: before, the causes in their order, after; each by component and, last, for all of them.

    Values are means of the draws, so they sum exactly in both directions; so do those of the energy.
    """
    present = {n for part in (matrix.before, matrix.after) for n in part} | {n for _, n in matrix.change}
    components = [c for c in COMPONENTS if c in present]
    rows = []
    for cause in (LEVELS[0], *causes, LEVELS[1]):
        values: dict[str, Floats] = {n: _values(matrix, cause, n) for n in components}
        rows += [Cell(cause, n, _band(v, _reason(matrix, cause, n))) for n, v in values.items()]
        rows.append(_sum(matrix, cause, values))
    return rows


def _values(matrix: Matrix, cause: str, name: str) -> Floats:
    nothing = np.zeros(1)
    if cause in LEVELS:
        return (matrix.before if cause == LEVELS[0] else matrix.after).get(name, nothing)
    missing = np.full(1, np.nan) if (cause, name) in matrix.reasons else nothing
    return matrix.change.get((cause, name), missing)


def _reason(matrix: Matrix, cause: str, name: str) -> str | None:
    keys = [(cause, name), *((level, name) for level in LEVELS)]
    return next((matrix.reasons[k] for k in keys if k in matrix.reasons), None)


def _band(values: Floats, reason: str | None) -> Band:
    found = band(values, reason=reason if np.isnan(values).any() else None)
    # a few draws far out can carry the mean outside the quantiles; the band is widened to hold its own value
    return replace(found, low=min(found.low, found.value), high=max(found.high, found.value))


def _sum(matrix: Matrix, cause: str, values: Mapping[str, Floats]) -> Cell:
    """Return the cause's sum over components; those that no model parts are left out of it and named."""
    whole = all(np.isfinite(v).all() for level in (matrix.before, matrix.after) for v in level.values())
    told = [n for n in values if (cause, n) in matrix.reasons] if cause not in LEVELS and whole else []
    known = [v for n, v in values.items() if n not in told or (cause, n) in matrix.change]
    reason = next((r for n in values if (r := _reason(matrix, cause, n))), None)
    names = ", ".join(COMPONENTS_SV[n] for n in told)
    note = f"utan det av {names} som inte kan delas upp: den ändringen står som oförklarad" if told and known else None
    amount = _band(sum(known, start=np.zeros(1)) if known else np.full(1, np.nan), reason)
    energy = _values(matrix, cause, ENERGY)
    return Cell(cause, ALL, amount, _band(energy, _reason(matrix, cause, ENERGY) or reason), note)
