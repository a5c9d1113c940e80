"""Core tables -> the account and the worth of every store -> rows of the tables analysis.storage*. No formulas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from energy.errors import TariffError
from energy.model import Floats, Load, PriceList, Store
from energy.storage.accounts.account import Account, account
from energy.storage.accounts.contradictions import looking_back
from energy.storage.accounts.hours import HourClass, hour_classes
from energy.storage.accounts.summary import summary
from energy.storage.accounts.worth import POWER, Billing, Worth, main_of, without_months, worth
from flows.analysis import store_rows
from flows.analysis.dimensions import contracts, stores
from flows.analysis.figures import Rows
from flows.analysis.inputs import FacilityInputs, trends

ZERO_BEFORE = 0.0  # what a store delivered before it was taken into use


def explain_stores(
    inputs: FacilityInputs, lists: Sequence[PriceList], run_id: str, rows: Rows, loads: Mapping[str, Load]
) -> None:
    """Add the rows of every store of a facility to `rows`, and what cannot be told of it as findings."""
    own = stores(inputs.settings, inputs.facility.id)
    if not own:
        return
    points = {name: trend.values for name, trend in trends(inputs).items()}
    energies = {p: load.energy_kwh[:, 0] for p, load in loads.items()}
    outdoor = inputs.air_temperature_c[inputs.margin :]
    parents = {m.id: m.parent for m in inputs.settings.metering_point}
    billing = Billing(loads, parents, contracts(inputs.settings), lists, inputs.billing)
    names = {m.id: m.name for m in inputs.settings.metering_point} | {p.id: p.name for p in inputs.settings.point}
    for store in own:
        found = account(store, inputs.start_utc, energies, points, outdoor, inputs.settings.seed)
        months = [m for m in inputs.months if m >= store.commissioned.replace(day=1)]
        valued = worth_of(found, billing, months, energies)
        classes = _classes(found, billing, valued, outdoor)
        _add(rows, run_id, store, found, valued, classes, names)


def on_facility(found: Account, values: Floats | None, hours: int, before: float = ZERO_BEFORE) -> Floats | None:
    """Return a series of the store (from its first day) on the facility's `hours`; `before` it was taken into use."""
    if values is None:
        return None
    whole = np.full(hours, before)
    whole[hours - len(values) :] = values
    return whole


def worth_of(found: Account, billing: Billing, months: Sequence, energies: Mapping[str, Floats]) -> Worth:  # type: ignore[type-arg]
    """Return what the store was worth by month; of a month whose meters contradict each other nothing, with why."""
    store, n = found.metered.store, len(next(iter(billing.loads.values())).start_utc)
    power = {p: _since(found, energies[p]) for p in store.electricity if p in energies}
    battery = store.kind == "battery"
    displaced = store.displaces
    if battery and displaced is None:
        displaced = next((m for p in (*store.discharge, *store.charge) if (m := main_of(billing, p))), None)
    charge = on_facility(found, found.metered.charge_kwh, n) if battery else None
    delivered = on_facility(found, found.metered.delivered_kwh, n)
    balance = found.months
    beside = looking_back(found.refused, balance.months.first, balance.delivered_kwh)
    return without_months(worth(billing, months, displaced, delivered, power, charge), {**beside, **found.refused})


def _since(found: Account, values: Floats) -> Floats:
    """Return a series of the facility, 0 before the store was taken into use."""
    whole = values.copy()
    whole[: len(values) - len(found.metered.start_utc)] = ZERO_BEFORE
    return whole


def _classes(found: Account, billing: Billing, valued: Worth, outdoor: Floats) -> list[HourClass] | str:
    """Return the classes of hours, or why there are none."""
    store = found.metered.store
    n = len(outdoor)
    delivered = on_facility(found, found.metered.delivered_kwh, n)
    power = on_facility(found, found.metered.electricity_kwh, n)
    against = next((found.refused[m] for m in valued.months[-12:] if m in found.refused), None)
    if against and store.kind != "battery":
        return against
    if store.kind == "battery":
        return "timklasser gäller lager för värme"
    if delivered is None or power is None or store.displaces not in billing.loads or len(valued.months) < 12:
        return (
            "kan inte bedömas: timklasser kräver tolv hela månader med urladdning, el och den köpta energi den ersätter"
        )
    price = _heat_prices(found, valued)
    months = list(valued.months[-12:])
    try:
        return hour_classes(
            billing,
            months,
            str(store.displaces),
            delivered,
            store.electricity,
            power,
            outdoor,
            price,
            _charging(found, n),
        )
    except TariffError as error:
        return f"kan inte prissättas: {error}"


def _charging(found: Account, hours: int) -> Floats | None:
    """Return what of the store's electricity its charging took (hours,) [kWh]; None where nothing is told apart."""
    charge = on_facility(found, found.metered.charge_kwh, hours)
    return None if charge is None else np.where(charge > 0, found.pump.charging_kw, 0.0)


def _heat_prices(found: Account, valued: Worth) -> dict[int, float]:
    """Return month of the year -> marginal price of what was delivered [SEK/MWh], of the last twelve months."""
    balance = found.months
    delivered = dict(zip(balance.months.first, balance.delivered_kwh, strict=True))
    prices: dict[int, float] = {}
    for month in valued.months[-12:]:
        parts = [p.amount_sek[0] for p in valued.value_parts if p.month == month and p.component not in POWER]
        if delivered.get(month, 0.0) > 0 and parts:
            prices[month.month] = 1000 * float(np.sum(parts)) / float(delivered[month])
    return prices


def _add(
    rows: Rows, run_id: str, store: Store, found: Account, valued: Worth, classes: list[HourClass] | str,
    names: Mapping[str, str],
) -> None:  # fmt: skip
    def add(table: str, made: Iterable[store_rows.Row]) -> None:
        rows[table] += [{"store": store.id, **row, "run_id": run_id} for row in made]

    last = summary(found, valued)
    add("storage", [store_rows.store_row(found, last, names)])
    add("storage_monthly", store_rows.month_rows(found, valued))
    add("storage_years", store_rows.year_rows(found))
    add("storage_daily", store_rows.daily_rows(found))
    add("storage_cop", store_rows.cop_rows(found))
    add("storage_components", store_rows.component_rows(valued))
    limits = list(store_rows.limit_rows(found))
    if isinstance(classes, str):
        limits.append({"no": len(limits) + 1, "level": "info", "code": "no_classes", "contradicts": False,
                       "what": "timklasser", "message": classes})  # fmt: skip
    else:
        add("storage_hours", store_rows.class_rows(classes, valued))
    add("storage_limits", limits)
    rows["findings"] += [
        {
            "facility": store.facility, "level": one["level"], "rule": f"storage_{one['code']}",
            "message": f"{store.name}: {one['what']}: {one['message']}", "metering_point": None,
        }
        for one in limits
        if one["level"] != "info"
    ]  # fmt: skip
