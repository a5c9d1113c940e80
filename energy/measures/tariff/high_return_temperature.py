"""The water goes back to the district-heating network warmer than it needs to.

Signal: the flow-weighted return temperature lies above the network's mean (where the price list's reference is known)
or above the facility's own best days at similar load. Valued by billing the same heat with a colder return: then less
water carries it, V = E / (1.163e-3 · ΔT) with E in MWh. Not for lists that price neither flow nor return temperature.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import numpy as np
import numpy.typing as npt

from energy.errors import TariffError
from energy.measures.assumptions import assumption
from energy.measures.base import About, Confidence, EvidenceRow, MeasureContext, MeasureFinding, Silent, State
from energy.measures.shared.bands import (
    band,
    band_text,
    confidence,
    generator,
    not_worth_telling,
    triangle,
    week_weights,
    weighted_quantile,
)
from energy.measures.shared.days import Days, sv
from energy.measures.shared.pictures import by_month
from energy.measures.shared.valuation import Difference, bill_of, difference
from energy.model import BillingContext, Floats, Load

__all__ = ["ABOUT", "ID", "TITLE", "assess", "cool"]

ID = "high_return_temperature"
TITLE = "Hög returtemperatur i fjärrvärmecentralen"
ABOUT = About(
    code="T4",
    needs="fjärrvärmens volym, fram- och returtemperatur",
    cost_class="låg",
    difficulty="medel",
    actor="driftteknikern och fjärrvärmeleverantören",
    verification="flödesviktad returtemperatur vid samma last",
    reference="price lists with flow or return-temperature components",
)
KWH_PER_M3_K = 1.163  # heat capacity of water per volume, 4.187 kJ/(kg·K) at 1 000 kg/m3
LOAD_CLASSES = 4
LEAST_DAYS = 20  # in a class of load, to call the best of them representative
LEAST_DELTA_K = 2.0  # below this the meter's ΔT says nothing


@dataclass(frozen=True)
class Returns:
    """Daily return temperatures and the targets they could reach; (d,) but for `gap_k` (d, 1 + draws)."""

    days: Days
    return_c: Floats
    volume_m3: Floats
    reference_c: Floats  # the network's mean in the day's month, NaN where unknown
    gap_k: Floats  # what each day's return could fall, 0 where unknown
    own_gap: bool  # the facility's own best days show a gap


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one finding per district-heating main whose return could be colder and whose list pays for that."""
    points = context.mains("district_heating")
    if not points:
        return [Silent(ID, "saknar data: ingen fjärrvärmemätare med avtal.")]
    return [_assess_point(context, point) for point in points]


def _assess_point(context: MeasureContext, point: str) -> MeasureFinding | Silent:
    load = context.loads[point]
    if load.volume_m3 is None or load.return_m3c is None:
        return Silent(ID, "saknar data: mätaren ger inte volym och returtemperatur.", point)
    try:
        without = bill_of(context, load)
        if not any(c.component in ("flow", "return_temperature") for c in without):
            return Silent(ID, "prislistan har varken flödesdel eller returtemperaturdel.", point)
        found = _returns(context, load, load.volume_m3, load.return_m3c)
        if isinstance(found, str):
            return Silent(ID, found, point)
        result = difference(without, bill_of(context, cool(load, found.days, found.gap_k)))
    except TariffError as error:
        return Silent(ID, f"kan inte prissättas: {error}", point)
    reason = result.reason("flow", "return_temperature") or not_worth_telling(band(result.saving_sek))
    return Silent(ID, reason, point) if reason else _finding(context, point, found, result)


def _weighted(values: Floats, weights: Floats) -> float:
    """Return the mean of the known values, weighted by volume; NaN where none is known."""
    known = np.isfinite(values) & np.isfinite(weights)
    total = float(weights[known].sum())
    return float((values[known] * weights[known]).sum() / total) if total > 0 else float("nan")


def _returns(context: MeasureContext, load: Load, volume_m3: Floats, return_m3c: Floats) -> Returns | str:
    """Return the days and what they could gain, or the Swedish reason why nothing can or need be said."""
    days = Days.of(context.start_utc)
    volume, integral = 24 * days.mean(volume_m3)[:, 0], 24 * days.mean(return_m3c)[:, 0]
    temperature = np.divide(integral, volume, out=np.full_like(volume, np.nan), where=volume > 0)
    power = days.mean(load.energy_kwh)[:, 0]
    known = np.isfinite(temperature) & np.isfinite(power)
    valued = days.between(context.first_valued(), context.end_valued())
    covered = float(known[valued].mean()) if valued.any() else 0.0
    if covered < assumption("common", "minimum_coverage").central:
        return f"saknar data: bara {sv(100 * covered)} % av dygnen har returtemperatur."
    reference = _reference(context, load.metering_point, days)
    low = assumption(ID, "low_return").central
    limit = _weighted(np.where(np.isfinite(reference), reference, low)[valued], volume[valued])
    mean = _weighted(temperature[valued], volume[valued])
    rng = generator(context.seed, ID, context.facility, load.metering_point)
    earlier = context.first_valued().replace(year=context.first_valued().year - 2)
    recent = known & days.between(earlier, context.end_valued())  # a fault a year long leaves no good days in it
    best_day, best_week = _own_best(temperature, power, days, recent, context.draws, rng)
    day_gap, week_gap = (np.where(known[:, None], temperature[:, None] - own, 0.0) for own in (best_day, best_week))
    to_reference = np.where(known & np.isfinite(reference), temperature - reference, 0.0)[:, None]
    least = assumption(ID, "minimum_gap").central
    risen = _weighted(np.maximum(week_gap[valued, 0], 0.0), volume[valued]) >= least
    if not mean > limit and not risen:
        return f"returtemperaturen {sv(mean, 1)} °C är redan låg (jämfört med {sv(limit, 1)} °C)."
    gap = np.maximum(0.0, np.maximum(day_gap, to_reference))
    if not _weighted(gap[valued, 0], volume[valued]) >= least:
        return f"returtemperaturen {sv(mean, 1)} °C ligger nära anläggningens egna bästa dygn."
    reach, kept = (triangle(assumption(ID, name), context.draws, rng) for name in ("reachable", "kept_by_weeks"))
    shows = _weighted(np.maximum(day_gap[valued, 0], 0.0), volume[valued]) >= least
    sensor = triangle(assumption(ID, "sensor_error"), context.draws, rng)
    by_weeks = np.where(week_gap > 0, np.maximum(week_gap * kept + sensor, 0.0), 0.0)
    fall = np.maximum(gap * reach, by_weeks) if mean > limit else by_weeks
    return Returns(days, temperature, volume, reference, fall, shows)


def _reference(context: MeasureContext, point: str, days: Days) -> Floats:
    """Return (d,) the return temperature [°C] the price list compares each day's month with, NaN where not given.

    The network's mean given month by month comes first, then the twelve monthly values of the list itself.
    """
    given = context.billing.get(point, BillingContext()).system_return_c
    months, index = np.unique(days.day.astype("datetime64[M]"), return_inverse=True)
    firsts: list[date] = [month.astype("datetime64[D]").item() for month in months]
    found = [given.get(month, _listed_reference(context, point, month)) for month in firsts]
    values: Floats = np.array(found, dtype=np.float64)[index]
    return values


def _listed_reference(context: MeasureContext, point: str, month: date) -> float:
    """Return the month's reference in the price list that holds on its first day [°C], NaN where it has none."""
    families = {c.family for c in context.contracts if c.metering_point == point and c.valid_from <= month < c.valid_to}
    for found in context.price_lists:
        if found.family not in families or not found.valid_from <= month < found.valid_to:
            continue
        for component in found.components:
            determinant = component.get("determinant", {})
            reference = determinant.get("reference_c") if isinstance(determinant, Mapping) else None
            if component.get("component") == "return_temperature" and isinstance(reference, Sequence):
                return float(reference[month.month - 1]) if not isinstance(reference, str) else float("nan")
    return float("nan")


def _own_best(
    temperature: Floats, power: Floats, days: Days, use: npt.NDArray[np.bool_], draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return what the best tenth of the days, and of the weeks, returned in each day's class of load [°C].

    Both (d, 1 + draws). A week that was colder throughout, before something broke, shows more than a good day does.
    """
    edges = np.quantile(power[use], np.linspace(0, 1, LOAD_CLASSES + 1)[1:-1])
    load_class = np.searchsorted(edges, np.nan_to_num(power))
    weights = week_weights(days.day, draws, rng)
    week = days.day.astype(np.int64) // 7
    best, by_week = (np.repeat(temperature[:, None], 1 + draws, axis=1) for _ in range(2))
    share = assumption(ID, "best_share").central
    for found in range(LOAD_CLASSES):
        here = use & (load_class == found)
        if here.sum() < LEAST_DAYS:
            continue
        repeated = np.repeat(temperature[here][:, None], 1 + draws, axis=1)
        quantile = weighted_quantile(repeated, weights[here], share)
        best[load_class == found] = np.where(np.isfinite(quantile), quantile, temperature[here].mean())
        _, first, index, count = np.unique(week[here], return_index=True, return_inverse=True, return_counts=True)
        means = np.repeat((np.bincount(index, temperature[here]) / count)[:, None], 1 + draws, axis=1)
        quantile = weighted_quantile(means, weights[here][first] * count[:, None], share)
        by_week[load_class == found] = np.where(np.isfinite(quantile), quantile, temperature[here].mean())
    return best, by_week


def cool(load: Load, days: Days, fall_k: Floats) -> Load:
    """Return the load (n, k) with each day's return `fall_k` (d, k) colder, the same heat carried by less water.

    V' = V · ΔT / ΔT', which is V = E / (c · ΔT) with the meter's own heat capacity; supply temperature unchanged. Hours
    without flow, without a known ΔT or with ΔT below 2 K stay as they are. Raises TariffError without volume or return.
    """
    volume, integral = load.volume_m3, load.return_m3c
    if volume is None or integral is None:
        raise TariffError(f"mätpunkt {load.metering_point} saknar volym eller returtemperatur.")
    flowing = volume > 0
    back = np.divide(integral, volume, out=np.full_like(volume, np.nan), where=flowing)
    if load.supply_m3c is not None:
        delta = np.divide(load.supply_m3c, volume, out=np.full_like(volume, np.nan), where=flowing) - back
    else:
        delta = np.divide(load.energy_kwh, KWH_PER_M3_K * volume, out=np.full_like(volume, np.nan), where=flowing)
    fall = np.where(np.isfinite(delta) & (delta >= LEAST_DELTA_K), days.to_hours(fall_k, 0.0), 0.0)
    with np.errstate(invalid="ignore"):  # unknown hours stay as they are
        less = np.where(fall > 0, volume * delta / (delta + fall), volume)
    return replace(
        load,
        energy_kwh=np.repeat(load.energy_kwh, fall_k.shape[1], axis=1),
        volume_m3=less,
        return_m3c=np.where(fall > 0, less * (back - fall), integral),
        supply_m3c=None if load.supply_m3c is None else np.where(fall > 0, less * (back + delta), load.supply_m3c),
    )


def _effect(found: Returns, point: str, state: State) -> State:
    """Return the state with the point's return colder by what each day could gain, central case."""
    return replace(state, loads={**state.loads, point: cool(state.loads[point], found.days, found.gap_k[:, :1])})


def _finding(context: MeasureContext, point: str, found: Returns, result: Difference) -> MeasureFinding:
    value = band(result.saving_sek)
    valued = found.days.between(context.first_valued(), context.end_valued())
    mean = _weighted(found.return_c[valued], found.volume_m3[valued])
    fall = _weighted(found.gap_k[valued, 0], found.volume_m3[valued])
    ceiling: Confidence = "hög" if found.own_gap else "låg"
    own, listed = "anläggningens egna bästa dygn vid liknande last", "prislistans referens"
    compared = own if found.own_gap else listed
    both = found.own_gap and bool(np.isfinite(found.reference_c).any())
    target = f"det kallaste av {own} och {listed}" if both else compared
    return MeasureFinding(
        measure_id=ID,
        key=f"measure:{context.facility}:{ID}:{point}",
        facility=context.facility,
        title=TITLE,
        description=(
            f"{context.name(point)} lämnar {sv(mean, 1)} °C i flödesvägd retur. Jämfört med {compared} kan den sänkas"
            f" omkring {sv(fall, 1)} °C genom injustering, rengjorda växlare och rätt styrda ventiler."
        ),
        saving_sek_per_year=value,
        saving_kwh_per_year=0.0,
        confidence=confidence(value, ceiling),
        method=(
            "Räkningen har körts om med samma värme men kallare retur; då behövs mindre vatten,"
            f" V = E / (1,163e-3 · ΔT). Målet är {target}, och"
            f" {sv(100 * assumption(ID, 'reachable').central)} % av avståndet antas nås. {result.text()}"
            f" {band_text('dygnen bakom målet')}"
        ),
        evidence=_evidence(context, found),
        metering_point=point,
        parameters={
            "return_temperature_c": mean,
            "fall_k": fall,
            "reachable": assumption(ID, "reachable").central,
            "best_share": assumption(ID, "best_share").central,
        },
        effect=partial(_effect, found, point),
        picture=by_month(context, "Flödesvägd returtemperatur (°C)", _monthly(context, found), "line"),
    )


def _monthly(context: MeasureContext, found: Returns) -> dict[str, list[float]]:
    """Return the months' flow-weighted return temperature, what it could reach, and the network's [°C]."""
    named: dict[str, list[float]] = {"Nu": [], "Kan nå": [], "Fjärrvärmenätets referens": []}
    for month in context.months:
        here = found.days.day.astype("datetime64[M]") == np.datetime64(month, "M")
        mean = _weighted(found.return_c[here], found.volume_m3[here])
        target = mean - _weighted(found.gap_k[here, 0], found.volume_m3[here])
        reference = _weighted(found.reference_c[here], found.volume_m3[here])
        for values, value in zip(named.values(), (mean, target, reference), strict=True):
            values.append(value)
    return named


def _evidence(context: MeasureContext, found: Returns) -> tuple[EvidenceRow, ...]:
    """Return the flow-weighted return temperature of each month valued, with its reference and target."""
    rows = []
    for month, mean, target, reference in zip(context.months, *_monthly(context, found).values(), strict=True):
        network = f", referens {sv(reference, 1)} °C" if np.isfinite(reference) else ""
        if np.isfinite(mean):
            rows.append(
                EvidenceRow(
                    "Flödesvägd returtemperatur",
                    f"{month:%Y-%m}",
                    mean,
                    "°C",
                    f"kan nå {sv(target, 1)} °C{network}",
                )
            )
    return tuple(rows)
