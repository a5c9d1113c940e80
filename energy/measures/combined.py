"""What several measures are worth together: their effects in sequence on the facility, and every bill run again.

Measures overlap, so their values are never added. The marginal list takes, at each step, the measure that gives most
beside those already taken (or most per krona, where money is short). Reference: the greedy list is exact for measures
that do not meet and, for savings that fall off the more one has, within 1 - 1/e of the best set; Nemhauser, Wolsey and
Fisher (1978), "An analysis of approximations for maximizing submodular set functions", Mathematical Programming 14.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from energy.errors import SettingsError, TariffError, nearest
from energy.measures import MEASURES
from energy.measures.assumptions import assumption
from energy.measures.base import CostClass, MeasureContext, MeasureFinding, State
from energy.measures.shared.valuation import bill_of, differences, whole_months
from energy.model import Band, BilledComponent, Contract, Load

__all__ = ["Chosen", "Combined", "Step", "class_cost_sek", "cost_sek", "most_for"]

LEAST = 0.5  # SEK per year: less is rounding
NO_MORE = "ger inget mer när de andra är gjorda"
TAKES = "skulle minska det de andra ger och är inte medräknad i summan"
EXACT = 8  # so many measures or fewer: every set of them is tried
_FOLDERS = ("operation", "store", "tariff")  # what is used comes before what it costs
_COST = {"ingen": "cost_none", "låg": "cost_low", "medel": "cost_medium", "hög": "cost_high"}


@dataclass(frozen=True)
class Step:
    """A measure of the marginal list: what it gives beside those before it [SEK per year excl. VAT]."""

    rank: int
    key: str
    marginal: Band  # NaN where the bill cannot be run with it
    cumulative: Band  # of this and those before it
    separate_sek: float  # the sum of their values one by one, which is not what they give
    reason: str | None = None


@dataclass(frozen=True)
class Chosen:
    """The best set found for a budget, dearest step first, and whether every set was tried."""

    steps: Sequence[Step]
    cost_sek: float
    exact: bool


def _of(state: State, point: str) -> tuple[Contract, ...]:
    """Return the contracts that price a point."""
    return tuple(one for one in state.contracts if one.metering_point == point)


def _sequence(finding: MeasureFinding) -> tuple[int, int, str]:
    """Return the place of a measure in the sequence, the same for every set: use, store, shape, then choice of list."""
    ids = [rule.id for rule in MEASURES]
    at = ids.index(finding.measure_id)
    return _FOLDERS.index(MEASURES[at].assess.__module__.split(".")[-2]), at, finding.key


def cost_sek(finding: MeasureFinding) -> float:
    """Return what the measure is taken to cost once [SEK excl. VAT]: the middle of its cost class."""
    about = next(rule.about for rule in MEASURES if rule.id == finding.measure_id)
    return class_cost_sek(about.cost_class)


def class_cost_sek(cost_class: CostClass) -> float:
    """Return what a measure of a class is taken to cost once [SEK excl. VAT], until there is a quotation."""
    return assumption("common", _COST[cost_class]).central


@dataclass
class Combined:
    """The findings of one facility that change loads or contracts, and the values of sets of them, found once each."""

    context: MeasureContext
    findings: Sequence[MeasureFinding]
    _states: dict[tuple[str, ...], State] = field(default_factory=dict, init=False)
    _worth: dict[tuple[str, ...], float] = field(default_factory=dict, init=False)
    _bills: dict[tuple[object, ...], tuple[Load, Sequence[BilledComponent]]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Keep the findings with a yearly value and an effect, in the order effects are applied."""
        usable = [f for f in self.findings if f.effect and not f.one_off and np.isfinite(f.saving_sek_per_year.value)]
        self.findings = sorted(usable, key=_sequence)

    def by_key(self, key: str) -> MeasureFinding:
        """Return a finding. Raises SettingsError naming the keys there are."""
        for found in self.findings:
            if found.key == key:
                return found
        there = ", ".join(found.key for found in self.findings) or "inga"
        near = nearest(key, [found.key for found in self.findings])
        raise SettingsError(f"åtgärden «{key}» finns inte bland dem som ändrar last eller avtal.{near} Finns: {there}.")

    def only(self, keys: Iterable[str]) -> Combined:
        """Return some of the findings, with what has been worked out of them already."""
        some = Combined(self.context, [self.by_key(key) for key in keys])
        some._states, some._worth, some._bills = self._states, self._worth, self._bills
        return some

    def worth(self, keys: Iterable[str]) -> float:
        """Return what the set saves [SEK per year excl. VAT], whatever order its keys come in. Raises TariffError."""
        asked = {self.by_key(key).key for key in keys}
        ordered = tuple(found.key for found in self.findings if found.key in asked)
        if ordered not in self._worth:
            self._worth[ordered] = self._saving(self._state(ordered))
        return self._worth[ordered]

    def _state(self, keys: tuple[str, ...]) -> State:
        if keys not in self._states:
            before = self._state(keys[:-1]) if keys else self.context.state()
            effect = self.by_key(keys[-1]).effect if keys else None
            self._states[keys] = effect(before) if effect else before
        return self._states[keys]

    def _saving(self, state: State) -> float:
        first, saved = self._state(()), state.stored_sek
        pairs: list[tuple[Sequence[BilledComponent], Sequence[BilledComponent]]] = []
        for point in sorted({one.metering_point for one in (*first.contracts, *state.contracts)}):
            if point not in first.loads:
                continue
            was, now = _of(first, point), _of(state, point)
            if first.loads[point] is state.loads[point] and was == now:
                continue
            bills = self._bill(first.loads[point], was), self._bill(state.loads[point], now)
            if was == now:
                pairs.append(bills)
            else:
                saved += float(whole_months(*bills).saving_sek[0])
        return saved + sum(float(found.saving_sek[0]) for found in differences(pairs))

    def _bill(self, load: Load, contracts: tuple[Contract, ...]) -> Sequence[BilledComponent]:
        key = (load.metering_point, id(load), *(id(one) for one in contracts))
        if key not in self._bills:
            found = bill_of(self.context, load, contracts) if contracts else ()
            self._bills[key] = (load, found)  # the load is kept, so that no other one gets its id
        return self._bills[key][1]

    def steps(self, keys: Sequence[str], after: Sequence[str] = ()) -> list[Step]:
        """Return the set in this order, each with what it adds to those before it and to those `after` which it comes.

        The half-widths of the bands are added; what those begun before give is no part of the sums.

        Measures share assumptions (a heat pump's performance, what lower ice gives), so their doubts are not
        independent. Added, they are taken to go together wholly: the band can be too wide, never too narrow for that
        reason (GUM, JCGM 100:2008, 5.2.2 note 1). A measure that cannot be billed together with those before it stands
        with its reason, and is left out after.
        """
        taken: list[str] = [*after]
        steps: list[Step] = []
        before = self.worth(after)
        total, separate, below, above = before, 0.0, 0.0, 0.0
        for key in keys:
            own = self.by_key(key).saving_sek_per_year
            separate += own.value
            try:
                marginal, reason = self.worth([*taken, key]) - total, None
                taken.append(key)
            except TariffError as error:
                marginal, reason = float("nan"), f"kan inte räknas ihop: {error}"
            share = abs(marginal / own.value) if own.value else 0.0
            down, up = share * (own.value - own.low), share * (own.high - own.value)
            added = Band(marginal, marginal - down, marginal + up, reason=reason)
            if reason is None:
                total, below, above = total + marginal, below + down, above + up
            given = total - before
            together = Band(given, given - below, given + above)
            steps.append(Step(len(steps) + 1, key, added, together, separate, reason))
        return steps

    def marginal_list(self, after: Collection[str] = ()) -> list[Step]:
        """Return every measure but those `after` which they come, at each step the one that adds most to those before.

        What is under way or done takes its kilowatt-hours first: the others are worth what it leaves.

        Those that would add nothing then stand last with that reason and 0, and those that would take away with what
        they take, which is not summed. What they give one by one counts among what all do.
        """
        begun = [found.key for found in self.findings if found.key in after]
        left = [found.key for found in self.findings if found.key not in after]
        taken, gains = [*begun], list[float]()
        while left:
            gains = [self.gain(taken, key) for key in left]
            if not max(gains) > LEAST:
                break
            taken.append(left.pop(int(np.argmax(gains))))
        unbilled = [key for key, gain in zip(left, gains, strict=False) if gain == -np.inf]
        steps = self.steps([*taken[len(begun) :], *unbilled], begun)
        nothing = Band(0.0, 0.0, 0.0)
        for key, gain in zip(left, gains, strict=False):
            if key in unbilled:
                continue
            together, separate = (steps[-1].cumulative, steps[-1].separate_sek) if steps else (nothing, 0.0)
            separate += self.by_key(key).saving_sek_per_year.value
            takes = gain < -LEAST
            added = Band(gain, gain, gain) if takes else nothing
            steps.append(Step(len(steps) + 1, key, added, together, separate, TAKES if takes else NO_MORE))
        return steps

    def gain(self, taken: Sequence[str], key: str) -> float:
        """Return what a measure adds to those taken [SEK per year]; minus infinity where that cannot be billed."""
        try:
            return self.worth([*taken, key]) - self.worth(taken)
        except TariffError:
            return -np.inf


def most_for(combined: Combined, budget_sek: float) -> Chosen:
    """Return the set that saves most per year for a budget, each measure at the middle of its cost class.

    With `EXACT` measures or fewer every set is tried; with more, the one with the most per krona is taken as long as
    the money lasts, those that cost nothing first.
    """
    costs = {found.key: cost_sek(found) for found in combined.findings}
    affordable = [key for key, cost in costs.items() if cost <= budget_sek]
    exact = len(affordable) <= EXACT
    best = (
        _every(combined, affordable, costs, budget_sek) if exact else _greedy(combined, affordable, costs, budget_sek)
    )
    listed = combined.only(best).marginal_list()
    ordered = [step.key for step in listed if step.reason is None]
    return Chosen(combined.steps(ordered), sum(costs[key] for key in ordered), exact)


def _every(combined: Combined, keys: Sequence[str], costs: dict[str, float], budget: float) -> tuple[str, ...]:
    best, most = (), 0.0  # type: tuple[str, ...], float
    for size in range(1, len(keys) + 1):
        for some in combinations(keys, size):
            if sum(costs[key] for key in some) > budget:
                continue
            try:
                worth = combined.worth(some)
            except TariffError:
                continue
            if worth > most + LEAST:  # of equal sets the smaller
                best, most = some, worth
    return best


def _greedy(combined: Combined, keys: Sequence[str], costs: dict[str, float], budget: float) -> tuple[str, ...]:
    taken: list[str] = []
    left, spent = list(keys), 0.0
    while left := [key for key in left if spent + costs[key] <= budget]:
        gains = [combined.gain(taken, key) for key in left]
        per_krona = [gain / max(costs[key], 1.0) for gain, key in zip(gains, left, strict=True)]
        at = int(np.argmax(per_krona))
        if not gains[at] > LEAST:
            break
        spent += costs[left[at]]
        taken.append(left.pop(at))
    return tuple(taken)
