"""Reactive power above what is free is paid for every month, although a capacitor bank would supply it.

Signal: the bill has a reactive part with an amount. Tried is a bank, switched in steps, as large as the year's highest
charged need: it takes its size off the reactive power of every hour, never below zero. Where the meter does not tell
reactive energy, the charged power that the contract states is taken away, with low confidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from energy.errors import TariffError
from energy.measures.assumptions import assumption
from energy.measures.base import About, EvidenceRow, MeasureContext, MeasureFinding, Silent, State
from energy.measures.shared.bands import band, band_text, confidence, generator, not_worth_telling, triangle
from energy.measures.shared.days import sv
from energy.measures.shared.effects import options_set
from energy.measures.shared.pictures import by_month
from energy.measures.shared.valuation import Difference, bill_of, difference
from energy.model import BilledComponent, Contract, Floats, Load

__all__ = ["ABOUT", "ID", "TITLE", "assess", "compensated"]

ID = "reactive_power"
TITLE = "Avgift för reaktiv effekt som går att kompensera"
ABOUT = About(
    code="T8",
    needs="reaktiv energi per timme (eller avtalets angivna uttag), avtal med reaktiv avgift",
    cost_class="låg",
    difficulty="medel",
    actor="fastighetsägarens elansvarige",
    verification="den reaktiva posten på nästa nätfaktura",
    reference="free shares of 30 to 50 % of active power: sundsvallelnat.se 2024, gislavedenergi.se 2020",
)
STATED = "billed_reactive_kvar"


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one finding per electricity main that pays for reactive power."""
    points = context.mains("electricity")
    if not points:
        return [Silent(ID, "saknar data: ingen elmätare med avtal.")]
    return [_assess(context, point) for point in points]


def _assess(context: MeasureContext, point: str) -> MeasureFinding | Silent:
    load = context.loads[point]
    try:
        now = bill_of(context, load)
        reactive = [one for one in now if one.component == "reactive"]
        if not reactive:
            return Silent(ID, "prislistan har ingen avgift för reaktiv effekt.", point)
        if load.reactive_kvarh is None:
            return _stated(context, point, now)
        size = _size(reactive)
        if not size > 0:
            known = any(np.isfinite(one.amount_sek[0]) for one in reactive)
            reason = next((one.reason for one in reactive if one.reason), "")
            said = "uttaget ligger under den fria andelen." if known else f"saknar data: {reason}."
            return Silent(ID, said, point)
        rng = generator(context.seed, ID, context.facility, point)
        sizes = size * triangle(assumption(ID, "works"), context.draws, rng)
        result = difference(now, bill_of(context, compensated(load, sizes)))
    except TariffError as error:
        return Silent(ID, f"kan inte prissättas: {error}", point)
    reason_not = _too_small(result)
    if reason_not:
        return Silent(ID, reason_not, point)
    found = _finding(context, point, reactive, result, size)
    central = size * assumption(ID, "works").central
    return replace(found, effect=partial(_effect, point, central))


def _size(reactive: Sequence[BilledComponent]) -> float:
    """Return the highest charged reactive power [kVAr], of energy the mean over a month's hours."""
    sizes = [float(c.quantity[0]) / (1.0 if c.unit == "kVAr" else 730.0) for c in reactive]
    known = [size for size in sizes if np.isfinite(size)]
    return float(np.ceil(max(known))) if known else 0.0


def _too_small(result: Difference) -> str | None:
    return result.reason("reactive") or not_worth_telling(band(result.saving_sek))


def compensated(load: Load, size_kvar: Floats) -> Load:
    """Return the load (n, k) with a bank of `size_kvar` (k,) taken off its reactive energy, hour by hour."""
    if load.reactive_kvarh is None:
        return load
    energy = np.repeat(load.energy_kwh, len(size_kvar), axis=1)
    return replace(load, energy_kwh=energy, reactive_kvarh=np.maximum(0.0, load.reactive_kvarh - size_kvar))


def _effect(point: str, size: float, state: State) -> State:
    """Return the state with a bank of `size` kVAr at the point."""
    return replace(state, loads={**state.loads, point: compensated(state.loads[point], np.array([size]))})


def _stated(context: MeasureContext, point: str, now: Sequence[BilledComponent]) -> MeasureFinding | Silent:
    """Return the finding of a contract that states what is charged, where the meter does not tell."""
    mine = [one for one in context.contracts if one.metering_point == point]
    stating = [one for one in mine if _power(one) > 0]
    if not stating:
        return Silent(ID, "saknar data: reaktiv energi mäts inte i mätpunkten och avtalet anger inget uttag.", point)
    contract = stating[-1]
    changed = [replace(c, options={**c.options, STATED: 0.0}) if c in stating else c for c in mine]
    result = difference(now, bill_of(context, context.loads[point], changed))
    reason = _too_small(result)
    if reason:
        return Silent(ID, reason, point)
    found = _finding(context, point, [c for c in now if c.component == "reactive"], result, _power(contract))
    effect = options_set(point, contract.family, {STATED: 0.0})
    return replace(found, effect=effect, confidence="låg")


def _power(contract: Contract) -> float:
    value = contract.options.get(STATED)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _finding(
    context: MeasureContext, point: str, reactive: Sequence[BilledComponent], result: Difference, size: float
) -> MeasureFinding:
    value, price = band(result.saving_sek), assumption(ID, "bank_price")
    cost = size * price.central
    monthly = dict.fromkeys(context.months, 0.0)
    for one in reactive:
        monthly[one.month] = monthly.get(one.month, 0.0) + float(np.nan_to_num(one.amount_sek[0]))
    return MeasureFinding(
        measure_id=ID,
        key=f"measure:{context.facility}:{ID}:{point}",
        facility=context.facility,
        title=TITLE,
        description=(
            f"{context.name(point)} betalar för reaktiv effekt. Ett kondensatorbatteri på omkring {sv(size)} kVAr tar"
            f" bort det. Det kostar i storleksordningen {sv(cost)} kr"
            f" ({sv(size * price.low)}–{sv(size * price.high)} kr), alltså omkring"
            f" {sv(cost / value.value, 1)} års besparing. Låt en elkonsult mäta övertonerna först."
        ),
        saving_sek_per_year=value,
        saving_kwh_per_year=0.0,
        confidence=confidence(value),
        method=(
            f"Räkningen har körts om med batteriets effekt avdragen varje timme, aldrig under noll. {result.text()}"
            f" {band_text()}"
        ),
        evidence=tuple(
            EvidenceRow(one.label, f"{one.month:%Y-%m}", float(one.quantity[0]), one.unit,
                        f"{sv(float(one.amount_sek[0]))} kr")
            for one in reactive
            if np.isfinite(one.amount_sek[0])
        ),
        metering_point=point,
        parameters={"bank_kvar": size, "bank_price": price.central},
        picture=by_month(context, "Reaktiv avgift (SEK)", {"Avgift": [monthly[m] for m in context.months]}),
    )  # fmt: skip
