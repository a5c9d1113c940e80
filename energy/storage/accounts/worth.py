"""What a store's discharge was worth and what its electricity cost, month by month: bills run with and without it.

    value = bill of the displaced point with the delivery bought - its bill as metered
    cost  = bill of the electricity main as metered - its bill without the store's electricity
    net   = value - cost

Never an average price. Powers billed over a rolling window see the whole history of the store. The two bills belong to
different points for a heat store; for a battery they are one, taken in sequence (first discharge, then charge).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from energy.errors import TariffError
from energy.model import BilledComponent, BillingContext, Contract, Floats, Load, PriceList
from energy.savings.saved.boundary import paying
from energy.savings.saved.loads import map_load
from energy.storage.accounts.displaced import (
    RETURN_AS_METERED,
    RETURN_MODELLED,
    return_by_load,
    with_delivery_bought,
    without_energy,
)
from energy.tariffs.bill import bill

__all__ = ["POWER", "Billing", "Part", "Worth", "differences", "main_of", "without_months", "worth"]

POWER = ("demand", "overrun", "fixed", "reactive")  # what does not follow the single kilowatt-hour


@dataclass(frozen=True)
class Billing:
    """What prices the points of a facility."""

    loads: Mapping[str, Load]  # by metering point, k = 1, on common hours
    parents: Mapping[str, str | None]
    contracts: Sequence[Contract]
    lists: Sequence[PriceList]
    context: BillingContext

    def run(self, load: Load, months: Sequence[date]) -> list[BilledComponent]:
        """Return the bill of a load. Raises TariffError where the point has no contract in any of the months."""
        return bill(load, self.contracts, self.lists, months, self.context)


@dataclass(frozen=True)
class Part:
    """One component of one month's difference (k,) [SEK]; NaN with a reason where it cannot be assessed."""

    month: date
    component: str
    label: str
    amount_sek: Floats
    reason: str | None


@dataclass(frozen=True)
class Worth:
    """Value and cost by month: (m, k) [SEK excl. VAT], column 0 central; NaN with a reason where a part is unknown."""

    months: tuple[date, ...]
    value_sek: Floats
    cost_sek: Floats
    value_parts: Sequence[Part] = ()
    cost_parts: Sequence[Part] = ()
    value_reasons: Mapping[date, str] = field(default_factory=dict)
    cost_reasons: Mapping[date, str] = field(default_factory=dict)
    said: tuple[str, ...] = ()


def main_of(billing: Billing, point: str) -> str | None:
    """Return the priced point that measures `point`, itself included; None where there is none."""
    return paying(point, billing.parents, {c.metering_point for c in billing.contracts} & set(billing.loads))


def differences(more: Sequence[BilledComponent], less: Sequence[BilledComponent]) -> list[Part]:
    """Return `more` - `less` by month, component and label, in order; a line that only one bill has counts whole."""
    signed = [(c, 1.0) for c in more] + [(c, -1.0) for c in less]
    sums: dict[tuple[date, str, str], Floats] = {}
    reasons: dict[tuple[date, str, str], str] = {}
    for line, sign in signed:
        key = (line.month, line.component, line.label)
        sums[key] = sums.get(key, np.zeros(1)) + sign * line.amount_sek
        if line.reason:
            reasons[key] = line.reason
    return [Part(*key, amount, reasons.get(key)) for key, amount in sorted(sums.items())]


def worth(
    billing: Billing,
    months: Sequence[date],
    displaced: str | None,
    delivered_kwh: Floats | None,
    electricity: Mapping[str, Floats],
    charge_kwh: Floats | None = None,
) -> Worth:
    """Return value, cost and net of the months.

    `delivered_kwh` (n,) is what replaced bought energy at `displaced`, 0 before the store; `electricity` the store's
    own by metering point (n,), `charge_kwh` a battery's charging, both inside their mains. A side that cannot be
    computed is NaN with its reason.
    """
    months = tuple(months)
    value, said = _value(billing, months, displaced, delivered_kwh, heat=charge_kwh is None)
    parts, cost_said = _cost(billing, months, displaced, delivered_kwh, electricity, charge_kwh)
    value_sek, value_reasons = _by_month(months, value)
    cost_sek, cost_reasons = _by_month(months, parts)
    return Worth(
        months, value_sek, cost_sek, value if not isinstance(value, str) else (),
        parts if not isinstance(parts, str) else (), value_reasons, cost_reasons, (*said, *cost_said),
    )  # fmt: skip


def without_months(found: Worth, months: Mapping[date, str]) -> Worth:
    """Return the worth without value, cost and parts in the `months` whose meters contradict each other, with why."""
    at = np.array([month in months for month in found.months], dtype=bool)
    if not at.any():
        return found
    value, cost = (np.where(at[:, None], np.nan, sek) for sek in (found.value_sek, found.cost_sek))
    values, costs = ([p for p in own if p.month not in months] for own in (found.value_parts, found.cost_parts))
    why = {month: months[month] for month in found.months if month in months}
    said = () if at.all() else found.said
    return Worth(
        found.months, value, cost, values, costs, {**found.value_reasons, **why}, {**found.cost_reasons, **why}, said
    )


def _value(
    billing: Billing, months: tuple[date, ...], displaced: str | None, delivered: Floats | None, *, heat: bool
) -> tuple[list[Part] | str, list[str]]:
    if delivered is None:
        return "okänt: ingen mätare för urladdad energi", []
    if displaced is None or displaced not in billing.loads:
        return "okänt: inställningen displaces säger inte vilken köpt energi urladdningen ersätter", []
    load = billing.loads[displaced]
    try:
        curve = return_by_load(load, delivered)
        bought = with_delivery_bought(load, delivered[:, None], curve)
        found = differences(billing.run(bought, months), billing.run(load, months))
    except TariffError as error:
        return f"kan inte prissättas: {error}", []
    if not heat:
        return found, []
    if load.volume_m3 is None:
        return found, ["flöde och returtemperatur mäts inte och ingår inte i värdet"]
    if curve is None:
        return found, [RETURN_AS_METERED]
    return found, [RETURN_MODELLED]


def _cost(
    billing: Billing,
    months: tuple[date, ...],
    displaced: str | None,
    delivered: Floats | None,
    electricity: Mapping[str, Floats],
    charge: Floats | None,
) -> tuple[list[Part] | str, list[str]]:
    """Return the parts of what the store's electricity and a battery's charging cost, or why they are unknown."""
    taken: dict[str, Floats] = {}
    for point, own in electricity.items():
        main = main_of(billing, point)
        if main is None:
            return f"okänt: elmätaren {point} ligger inte under någon mätare med avtal", []
        taken[main] = taken.get(main, np.zeros(len(own))) + own
    if charge is not None and displaced is not None:
        taken[displaced] = taken.get(displaced, np.zeros(len(charge))) + charge
    if not taken:
        return "okänt: ingen mätare för lagrets el", []
    found: list[Part] = []
    try:
        for main, own in taken.items():
            load = billing.loads[main]
            if charge is not None and main == displaced and delivered is not None:
                load = map_load(load, lambda q, v: v + delivered[:, None] if q == "energy_kwh" else v)
            found += differences(billing.run(load, months), billing.run(without_energy(load, own[:, None]), months))
    except TariffError as error:
        return f"kan inte prissättas: {error}", []
    return found, []


def _by_month(months: tuple[date, ...], parts: list[Part] | str) -> tuple[Floats, dict[date, str]]:
    """Return (m, k) sums and why a month has none."""
    if isinstance(parts, str):
        return np.full((len(months), 1), np.nan), dict.fromkeys(months, parts)
    k = max((len(p.amount_sek) for p in parts), default=1)
    total = np.zeros((len(months), k))
    reasons: dict[date, str] = {}
    at = {month: n for n, month in enumerate(months)}
    for part in parts:
        total[at[part.month]] += part.amount_sek
        if np.isnan(part.amount_sek).any():
            reasons.setdefault(part.month, f"{part.label.lower()}: {part.reason or 'kan inte räknas fram'}")
    return total, reasons
