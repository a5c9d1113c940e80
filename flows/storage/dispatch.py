"""What a facility's stores could have earned -> rows of the tables analysis.storage_optimum*. Arranges; no formulas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from energy.measures import MeasureContext
from energy.model import Band, Floats
from energy.storage.accounts.doubt import one_sided
from energy.storage.optimum.dispatch import bills_of
from energy.storage.optimum.gap import Gap, band_of
from energy.storage.optimum.observed import Around
from energy.storage.optimum.operation import ONE_SIDED, Operation, operate
from energy.storage.optimum.plant import Schedule
from energy.swedish import sv
from flows.analysis.figures import Rows
from flows.analysis.optimum_tables import OPTIMUM

__all__ = ["operations", "optimum_rows"]

_WAYS = ("actual", "day_ahead", "optimal")
_STATED = (
    "Ett år i taget, timme för timme; året räknas som om åren före varit likadana, så att effekt som mäts över flera "
    "månader får sitt fulla genomslag. Samma räkning för den verkliga driften.",
    "Med gårdagens kunskap: dagens spotpriser är kända, värmebehov, el och källa antas bli som samma veckodag förra "
    "veckan, flyttade med de tre senaste hela dygnens ändring. Vad säsongen behöver lärs av året före.",
    "Beloppen är räkningen genom den verkliga prislistan, inte programmets egna kostnader.",
)


def operations(context: MeasureContext) -> dict[str, Operation]:
    """Return what each of the facility's stores could have earned in the months valued, store id -> operation."""
    around = Around(
        context.start_utc, context.loads, context.trends, context.carriers, context.parents, context.contracts,
        context.price_lists, context.billing,
        context.air_temperature_c,
    )  # fmt: skip
    return {store.id: operate(store, around, context.months, context.draws, context.seed) for store in context.stores}


def optimum_rows(context: MeasureContext, run_id: str) -> Rows:
    """Return the rows of every table storage_optimum*."""
    rows: Rows = {name: [] for name in OPTIMUM}
    for one in context.operations.values():
        told = {"store": one.store.id, "facility": context.facility, "run_id": run_id}
        rows["storage_optimum"] += [told | row for row in _ways(one)]
        rows["storage_optimum_note"] += [told | {"no": n, "text": text} for n, text in enumerate(_notes(one), 1)]
        rows["storage_optimum_cause"] += [told | row for row in _causes(one)]
        rows["storage_optimum_month"] += [told | row for row in _months(one)]
        rows["storage_optimum_day"] += [told | row for row in _days(one)]
        rows["storage_optimum_bill"] += [told | row for row in _bill(one)]
        rows["storage_optimum_class"] += [told | row for row in _classes(one)]
    return rows


def _schedules(one: Operation) -> Iterator[tuple[str, Schedule]]:
    if one.year is None or one.optimum is None:
        return
    yield "actual", one.year.observed.actual
    if one.ahead is not None:
        yield "day_ahead", one.ahead
    yield "optimal", one.optimum.schedule


def _ways(one: Operation) -> Iterator[dict[str, Any]]:
    """Yield one row per way of operating; without a figure where it is unknown, with the reason."""
    schedules = dict(_schedules(one))
    for way in _WAYS:
        cost, gap, reason = _cost(one, way)
        gain = Band(0.0, 0.0, 0.0) if way == "actual" and reason is None else one.gain(gap)
        yield {
            "operation": way, "from_month": one.months[0], "to_month": one.months[-1], "cost_sek": cost,
            **_band("gain_sek", gain if reason is None else one.gain(None)), "reason": reason,
            **(_energies(one, schedules[way], slice(None)) if way in schedules else {}),
        }  # fmt: skip


def _cost(one: Operation, way: str) -> tuple[float, Gap | None, str | None]:
    if one.optimum is None:
        return float("nan"), None, one.reason
    if way == "actual":
        return one.optimum.actual_sek, None, None
    if way == "optimal":
        return one.optimum.cost_sek, one.optimal_gap, None
    return one.ahead_sek, one.ahead_gap, one.ahead_reason


def _energies(one: Operation, schedule: Schedule, at: slice | Floats) -> dict[str, float]:
    """Return what a schedule charges, delivers and takes in some hours [kWh]; from the source directly apart."""
    assert one.year is not None
    observed = one.year.observed
    delivered = schedule.draw_kwh
    if observed.heat_point:
        delivered = -observed.heat_per_draw * schedule.draw_kwh - observed.heat_per_direct * schedule.direct_kwh
    electricity = observed.power_per_charge * schedule.charge_kwh + observed.power_per_draw * schedule.draw_kwh
    electricity = electricity + observed.power_per_direct * schedule.direct_kwh
    return {
        "charge_kwh": float(schedule.charge_kwh[at].sum()),
        "discharge_kwh": float(delivered[at].sum()),
        "direct_kwh": float(schedule.direct_kwh[at].sum()),
        "electricity_kwh": float(electricity[at].sum()),
    }


def _notes(one: Operation) -> list[str]:
    if one.year is None or one.optimum is None:
        return []
    tried = [f"{c.text}: {sv(c.cost_sek)} kr" for c in one.optimum.candidates]
    worth = sv(100 * one.optimum.end_sek_per_kwh, 1)
    left = (
        f"Det som är kvar i lagret vid årets slut, utöver den verkliga driftens, värderas till {worth} öre/kWh: vad en "
    )
    left += "lagrad kWh är värd om året upprepar sig."
    notes = [*_STATED, left, *(note[0].upper() + note[1:] + "." for note in one.year.observed.notes)]
    gains = [band_of(gap.total_sek) for gap in (one.ahead_gap, one.optimal_gap) if gap is not None]
    if any(one_sided(gain) == "high" for gain in gains):
        notes.append(ONE_SIDED)
    if len(tried) > 1:
        notes.append(f"Prövade prisnivåer, räknade genom prislistan: {'; '.join(tried)}.")
    if one.optimum.untried:
        notes.append(
            f"{one.optimum.untried} kombinationer av prisnivåer är inte prövade: driften med allt känt i förväg kan "
            "bli något billigare än den som visas."
        )
    if one.year.not_linear:
        notes.append(f"Inte en topp, prövad med tak på högsta dygnet: {', '.join(one.year.not_linear).lower()}.")
    return notes


def _causes(one: Operation) -> Iterator[dict[str, Any]]:
    for way, gap in (("day_ahead", one.ahead_gap), ("optimal", one.optimal_gap)):
        for no, cause in enumerate(() if gap is None else gap.causes, start=1):
            yield {
                "operation": way, "no": no, "gap_cause": cause.code, **_band("gain_sek", band_of(cause.value_sek)),
                "hours": float(cause.hours.sum()), "stored_kwh": cause.stored_kwh,
            }  # fmt: skip


def _months(one: Operation) -> Iterator[dict[str, Any]]:
    if one.year is None:
        return
    month = (one.year.plant.start_utc + np.timedelta64(3600, "s")).astype("datetime64[M]")
    for way, schedule in _schedules(one):
        for first in one.months:
            at = np.flatnonzero(month == np.datetime64(first, "M"))
            own = slice(int(at[0]), int(at[-1]) + 1)
            content = float(schedule.content_kwh[own.stop - 1])
            yield {"operation": way, "month": first, **_energies(one, schedule, own), "content_kwh": content}


def _bill(one: Operation) -> Iterator[dict[str, Any]]:
    """Yield the lines of every way's bill, and last the worth of what it leaves in the store: they sum to its cost."""
    if one.year is None or one.optimum is None:
        return
    for way, schedule in _schedules(one):
        no = 0
        for no, line in enumerate(bills_of(one.year, schedule), start=1):
            yield {
                "operation": way, "no": no, "month": line.month, "metering_point": line.metering_point,
                "component": line.component, "label": line.label, "determinant": line.determinant,
                "quantity": float(line.quantity[0]), "unit": line.unit, "amount_sek": float(line.amount_sek[0]),
            }  # fmt: skip
        left = float(schedule.content_kwh[-1]) - one.year.plant.end_kwh
        yield {
            "operation": way, "no": no + 1, "month": one.months[-1], "component": "left", "label": "Kvar i lagret",
            "quantity": left, "unit": "kWh", "amount_sek": -one.optimum.left_sek(one.year, schedule),
        }  # fmt: skip


def _days(one: Operation) -> Iterator[dict[str, Any]]:
    if one.year is None:
        return
    days = (one.year.plant.start_utc[::24] + np.timedelta64(3600, "s")).astype("datetime64[D]").astype(object)
    side = one.year.sides[0]
    for way, schedule in _schedules(one):
        power = side.load_kwh(schedule).reshape(-1, 24).mean(axis=1)
        for day, content, kw in zip(days, schedule.content_kwh[23::24], power, strict=True):
            yield {"operation": way, "day": day, "content_kwh": float(content), "power_kw": float(kw)}


def _classes(one: Operation) -> Iterator[dict[str, Any]]:
    for found in one.classes:
        actual = found.actual
        yield {
            "carrier": actual.carrier, "metering_point": actual.metering_point, "label": actual.label,
            "class_without_store": actual.class_without, "class_with_store": actual.class_with,
            "class_optimal": found.optimal_class, "class_with_store_sek": actual.change_sek.value,
            "class_optimal_sek": found.optimal_sek, "power_without_store_kw": actual.power_without_kw.value,
            "power_with_store_kw": actual.power_with_kw, "power_optimal_kw": found.optimal_kw,
            "utilisation_without_store_h": actual.utilisation_without_h.value,
            "utilisation_with_store_h": actual.utilisation_with_h, "utilisation_optimal_h": found.optimal_h,
            "reason": actual.change_sek.reason,
        }  # fmt: skip


def _band(name: str, found: Band) -> dict[str, float]:
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
