"""One store explained: what is metered, its balance and content, its years, its heat pump, what cannot be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from energy.calendar import Instants
from energy.model import Floats, Store
from energy.storage.balance import Content, MonthBalance, content, month_rows, without_balance
from energy.storage.heat_pump import HeatPump, heat_pump
from energy.storage.limits import Limit, contradiction, limits
from energy.storage.metered import Metered, metered
from energy.storage.years import StoreYear, store_years

__all__ = ["Account", "account"]


@dataclass(frozen=True)
class Account:
    """A store explained; every figure NaN with a reason where its meters do not tell it."""

    metered: Metered
    content: Content
    months: MonthBalance
    years: list[StoreYear]
    pump: HeatPump
    limits: list[Limit]


def account(
    store: Store,
    start_utc: Instants,
    energies: Mapping[str, Floats],
    points: Mapping[str, Floats],
    outdoor_c: Floats,
    seed: int = 1,
) -> Account:
    """Return the account of a store from hourly meters [kWh] and points [°C] on the hours `start_utc` (n,).

    Where the meters of charge and out contradict each other no balance is made of them. Raises ValueError where the
    arrays do not lie on the hours.
    """
    found = metered(store, start_utc, energies, points, outdoor_c)
    contradicted = contradiction(found)
    sound = without_balance(found, contradicted) if contradicted else found
    held = content(sound)
    months = month_rows(sound, held)
    pump = heat_pump(found, months.months, seed=seed)
    return Account(sound, held, months, store_years(sound, held), pump, limits(sound, held, pump, contradicted))
