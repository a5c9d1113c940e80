"""One store explained: what is metered, its balance and content, its years, its heat pump, what cannot be told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from energy.calendar import Instants
from energy.model import Floats, Store
from energy.storage.accounts.balance import Content, MonthBalance, content, month_rows, without_balance
from energy.storage.accounts.contradictions import Contradiction, contradictions, refused_months, unread_months
from energy.storage.accounts.heat_pump import HeatPump, heat_pump
from energy.storage.accounts.limits import Limit, limits
from energy.storage.accounts.metered import Metered, metered
from energy.storage.accounts.years import StoreYear, store_years

__all__ = ["Account", "account"]


@dataclass(frozen=True)
class Account:
    """A store explained; every figure NaN with a reason where its meters do not tell it.

    `refused` are the months whose meters contradict each other or physics, with why in Swedish: of them there is no
    worth and no best operation. `unread` are those of them in which some meter shows what it cannot.
    """

    metered: Metered
    content: Content
    months: MonthBalance
    years: list[StoreYear]
    pump: HeatPump
    limits: list[Limit]
    against: tuple[Contradiction, ...] = ()
    refused: Mapping[date, str] = field(default_factory=dict)
    unread: Mapping[date, str] = field(default_factory=dict)

    @property
    def contradicted(self) -> str | None:
        """Return why the meters of charge and out cannot both be right, in Swedish; None where they can."""
        return next((one.text for one in self.against if one.of_balance), None)


def account(
    store: Store,
    start_utc: Instants,
    energies: Mapping[str, Floats],
    points: Mapping[str, Floats],
    outdoor_c: Floats,
    seed: int = 1,
) -> Account:
    """Return the account of a store from hourly meters [kWh] and points [°C] on the hours `start_utc` (n,).

    Where the meters contradict each other no balance, or no coefficient of performance, is made of them. Raises
    ValueError where the arrays do not lie on the hours.
    """
    found = metered(store, start_utc, energies, points, outdoor_c)
    against = contradictions(found)
    wrong = next((one.text for one in against if one.of_balance), None)
    sound = without_balance(found, wrong) if wrong else found
    held = content(sound)
    months = month_rows(sound, held)
    unsound = next((one.text for one in against if one.of_pump), None)
    pump = HeatPump(reason=unsound) if unsound else heat_pump(found, months.months, seed=seed)
    unread = unread_months(found, months.months)
    told = limits(sound, held, pump, against, unread)
    refused = refused_months(found, against, pump, months.months)
    years = _without_performance(store_years(sound, held), refused)
    return Account(sound, held, months, years, pump, told, against, refused, unread)


def _without_performance(years: Sequence[StoreYear], refused: Collection[date]) -> list[StoreYear]:
    """Return the store years without delivered heat over electricity where a month of theirs is refused."""
    return [
        replace(y, seasonal_performance=float("nan")) if any(y.first <= month < y.end for month in refused) else y
        for y in years
    ]
