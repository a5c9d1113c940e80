"""The bills of a bridge: any load of two periods at the prices of either, by tariff component."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from energy.calendar import normal_time
from energy.model import BilledComponent, BillingContext, Contract, Floats, Load, PriceList
from energy.savings.bridging.moving import Hours, take
from energy.savings.bridging.shapley import State, subsets
from energy.savings.bridging.states import Pair, States
from energy.savings.saved.avoided import Case
from energy.savings.saved.loads import map_load
from energy.tariffs.bill import bill, bill_of_days
from energy.tariffs.metered import MeteredDays
from energy.tariffs.repriced import repriced

ENERGY = "energy_kwh"  # beside the components: the energy that is billed
Amounts = dict[str, Floats]  # component -> (k,) [SEK], ENERGY -> (k,) [kWh]
Months = tuple[list[date], list[date]]
Prices = tuple[Sequence[Contract], Sequence[PriceList]]


@dataclass(frozen=True)
class Rebilled:
    """A metering point's two periods, as many months of each, and the prices of either for the months of either."""

    case: Case
    contracts: Sequence[Contract]
    lists: Sequence[PriceList]
    months: Months
    hours: Pair
    prices: Mapping[tuple[int, int], Prices]  # (period of the hours, period of the prices)
    _known: dict[tuple[date, ...], tuple[Load, list[BilledComponent]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @classmethod
    def of(cls, case: Case, contracts: Sequence[Contract], lists: Sequence[PriceList], months: Months) -> Rebilled:
        """Return the metering point ready to bill; `contracts` are its own, months come in pairs."""
        found = [Hours.of(case.loads.actual.start_utc, one) for one in months]
        prices: dict[tuple[int, int], Prices] = {}
        for at, of in ((0, 0), (0, 1), (1, 0), (1, 1)):
            pairs = list(zip(months[at], months[of], strict=True))
            prices[at, of] = (contracts, lists) if at == of else repriced(contracts, lists, pairs)
        return cls(case, contracts, lists, months, (found[0], found[1]), prices)

    def exists(self, at: int) -> bool:
        """Return whether the metering point is there in a period: it has a contract, or a reading."""
        first, last = self.months[at][0], self.months[at][-1]
        if any(c.valid_from <= last and c.valid_to > first for c in self.contracts):
            return True
        hours = self.hours[at]
        return bool(np.isfinite(self.case.loads.actual.energy_kwh[hours.first : hours.end]).any())

    def true(self, at: int) -> Amounts:
        """Return the period's own bill, as metered, k = 1; nothing where the metering point is not there."""
        return self.own(self.months[at]) if self.exists(at) else {}

    def own(self, months: Sequence[date]) -> Amounts:
        """Return the bill of some months in a row as metered; nothing for no months."""
        if not months:
            return {}
        return _amounts(*self._as_metered(months), Hours.of(self.case.loads.actual.start_utc, months))

    def _as_metered(self, months: Sequence[date]) -> tuple[Load, list[BilledComponent]]:
        """Return the metered load of some months in a row, what comes before them too, and their bill; made once."""
        key = tuple(months)
        if key not in self._known:
            here = Hours.of(self.case.loads.actual.start_utc, months)
            context = self._context(here, here, self._outdoor(here, here))
            load = self._metered(here)
            self._known[key] = load, bill(load, self.contracts, self.lists, months, context)
        return self._known[key]

    def reasons(self, at: int) -> dict[str, str]:
        """Return component -> why the period's own bill has no figure for it, with the first such month and meter."""
        return {
            one.component: f"{one.reason} (mätpunkt {one.metering_point}, {one.month:%Y-%m})"
            for one in reversed(self._as_metered(self.months[at])[1])
            if one.reason
        }

    def all_states(self, states: States) -> dict[tuple[State, bool], Amounts]:
        """Return (causes of the load at the second period's standing, its prices) -> bill, for every set of causes.

        Where nothing but one period's own standing is in the load, the bill is that of the metered load itself.
        """
        found: dict[tuple[State, bool], Amounts] = {}
        whole: tuple[State, State] = (frozenset(), frozenset(states.causes))
        for at in (0, 1):
            here = self.hours[at]
            for stands, weather, load in states.loads(at):
                days, outdoor = MeteredDays.of(load), self._outdoor(here, self.hours[weather])
                for of in (0, 1):
                    amounts = self._billed(days, at, of, outdoor)
                    for n, causes in enumerate(stands):
                        found[causes, bool(of)] = _part(amounts, n, len(stands))
                del load, days  # before the next are made
            metered = MeteredDays.of(self._metered(here))
            for of in (0, 1):
                found[whole[at], bool(of)] = self._billed(metered, at, of, self._outdoor(here, here))
        return {key: found[key] for size in subsets(states.causes) for key in ((size, False), (size, True))}

    def _billed(self, days: MeteredDays, at: int, of: int, outdoor: Mapping[date, float]) -> Amounts:
        """Return the bill of loads on the hours of one period at the prices of the other."""
        here, (mine, lists) = self.hours[at], self.prices[at, of]
        context = self._context(here, self.hours[of], outdoor, (at, of))
        return _amounts(days.load, bill_of_days(days, mine, lists, self.months[at], context), here)

    def _metered(self, here: Hours) -> Load:
        load = self.case.loads.actual
        return map_load(load, lambda _, v: v[here.rows], load.start_utc[here.rows])

    def _context(
        self, here: Hours, price: Hours, outdoor: Mapping[date, float], network: tuple[int, int] | None = None
    ) -> BillingContext:
        """Return what the bill needs at the hours of `here`: spot and network of one period, weather of another."""
        context, rows = self.case.context, here.from_(price)
        spot, quarters = context.spot_sek_per_kwh, context.spot_quarters_sek_per_kwh
        return replace(
            context,
            spot_sek_per_kwh=None if spot is None else take(spot, rows),
            spot_quarters_sek_per_kwh=None if quarters is None else take(quarters, rows),
            outdoor_daily_c=outdoor,
            system_return_c=self._network(network),
        )

    def _outdoor(self, here: Hours, weather: Hours) -> Mapping[date, float]:
        known = self.case.context.outdoor_daily_c
        if here == weather or not known:
            return known
        hours, source = self.case.loads.actual.start_utc, here.from_(weather)
        there = normal_time(hours[0] + np.timedelta64(3600, "s") * source).astype("datetime64[D]")
        days, first = np.unique(normal_time(hours[here.rows]).astype("datetime64[D]"), return_index=True)
        pairs = zip(days.tolist(), there[first].tolist(), strict=True)
        return {day: known[other] for day, other in pairs if other in known}

    def _network(self, network: tuple[int, int] | None) -> Mapping[date, float]:
        known = self.case.context.system_return_c
        if network is None or network[0] == network[1]:
            return known
        pairs = zip(self.months[network[0]], self.months[network[1]], strict=True)
        return {**known, **{t: known.get(s, float("nan")) for t, s in pairs}}


def _amounts(load: Load, lines: Sequence[BilledComponent], here: Hours) -> Amounts:
    found: Amounts = {ENERGY: load.energy_kwh[here.first - here.lead :].sum(axis=0)}
    for one in lines:
        found[one.component] = found.get(one.component, np.zeros(1)) + one.amount_sek
    return found


def _part(amounts: Amounts, number: int, count: int) -> Amounts:
    """Return the draws of one of `count` loads that were billed side by side."""
    return {name: np.split(values, count)[number] for name, values in amounts.items()}


def summed(parts: Sequence[Mapping[str, Floats]]) -> Amounts:
    """Return component -> the sum of the parts, draw by draw; a component that a part lacks is nothing there."""
    found: Amounts = {}
    for part in parts:
        for name, values in part.items():
            found[name] = found.get(name, np.zeros(1)) + values
    return found
