"""The heat pump's preheating sends warmer water back to the district heating.

Signal: at the same load the return is warmer in hours when the heat pump delivers than in hours when it does not.
Valued by billing those hours with the return of the others at their load, the same heat carried by less water.

Hours with delivery are colder than those without, and the substation's curve of heating follows the outdoor
temperature, so the return is compared at the same outdoor temperature too: a slope common to all classes of load, with
and without delivery, told by the hours within each (analysis of covariance; Cochran, W. G. (1957), Biometrics 13,
261-281). What else a return depends on lasts for days: the comparison is made again on weeks drawn anew (Carlstein
1986), and its spread goes into the band.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from energy.calendar import normal_time
from energy.errors import TariffError
from energy.measures.assumptions import assumption
from energy.measures.base import About, EvidenceRow, MeasureContext, MeasureFinding, Silent, State
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
from energy.measures.shared.days import Flags, sv
from energy.measures.shared.margin import nothing
from energy.measures.shared.operating import cloud, valued_hours
from energy.measures.shared.stores import account_of, contradicted, since_start
from energy.measures.shared.valuation import Difference, bill_of, difference
from energy.model import Floats, Load, Store

__all__ = ["ABOUT", "ID", "TITLE", "assess", "colder"]

ID = "return_warmed_by_heat_pump"
TITLE = "Värmepumpens förvärmning höjer returtemperaturen"
ABOUT = About(
    code="S9",
    needs="fjärrvärmens volym, fram- och returtemperatur, och lagrets leverans per timme",
    cost_class="medel",
    difficulty="svår",
    actor="fastighetsägaren och driftteknikern",
    verification="returtemperatur vid samma last, med och utan värmepump",
    reference="Frederiksen & Werner (2013), District Heating and Cooling, §9.4; price lists with flow or return parts",
)
CLASSES = 8
LEAST_HOURS = 24  # of each kind in a class of load
LEAST_DELTA_K = 2.0


@dataclass(frozen=True)
class Raised:
    """How much warmer the return is with the heat pump: (c,) per class of load, and (n, 1 + draws) per hour."""

    power_kw: Floats
    without_c: Floats
    with_c: Floats
    mean_k: float
    fall_k: Floats  # column 0 as seen, then weeks drawn again


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result per store with a heat pump before bought heat."""
    stores = [s for s in context.stores if s.has_heat_pump and s.displaces in context.loads]
    return [_one(context, s) for s in stores] or [Silent(ID, "saknar data: ingen värmepump som ersätter köpt värme.")]


def _one(context: MeasureContext, store: Store) -> MeasureFinding | Silent:
    point = str(store.displaces)
    load, found = context.loads[point], account_of(context, store)
    against = contradicted(found)
    if against:
        return nothing(ID, context, point, f"{store.name}: {against}.")
    delivered = since_start(context, found.metered.delivered_kwh)
    if load.volume_m3 is None or load.return_m3c is None or delivered is None:
        return nothing(ID, context, point, "saknar data: volym, returtemperatur eller lagrets leverans mäts inte.")
    raised = _raised(context, load, delivered, generator(context.seed, ID, context.facility, store.id))
    if isinstance(raised, str):
        return nothing(ID, context, point, raised)
    try:
        without = bill_of(context, load)
        if not any(c.component in ("flow", "return_temperature") for c in without):
            return nothing(ID, context, point, "prislistan har varken flödesdel eller returtemperaturdel.")
        result = difference(without, bill_of(context, colder(load, raised.fall_k)))
    except TariffError as error:
        return nothing(ID, context, point, f"kan inte prissättas: {error}")
    reason = result.reason("flow", "return_temperature") or not_worth_telling(band(result.saving_sek))
    return nothing(ID, context, point, reason) if reason else _finding(context, store, load, raised, result)


def _return(load: Load) -> Floats:
    """Return (n,) the return temperature [°C], NaN without flow."""
    if load.volume_m3 is None or load.return_m3c is None:
        raise TariffError(f"mätpunkt {load.metering_point} saknar volym eller returtemperatur.")
    volume = load.volume_m3[:, 0]
    return np.divide(load.return_m3c[:, 0], volume, out=np.full_like(volume, np.nan), where=volume > 0)


def _raised(context: MeasureContext, load: Load, delivered: Floats, rng: np.random.Generator) -> Raised | str:
    """Return how much warmer the return is at the same load, or why that cannot be told or is nothing."""
    back, power = _return(load), load.energy_kwh[:, 0]
    known = valued_hours(context) & np.isfinite(back) & np.isfinite(power) & np.isfinite(delivered) & (power > 0)
    on, off = known & (delivered > 0), known & (delivered == 0)
    if on.sum() < CLASSES * LEAST_HOURS or off.sum() < CLASSES * LEAST_HOURS:
        return f"saknar data: {on.sum()} timmar med och {off.sum()} utan värmepump räcker inte för att jämföra."
    edges = np.unique(np.quantile(power[on], np.linspace(0, 1, CLASSES + 1)[1:-1]))
    label = np.digitize(power, edges)
    weights = week_weights(normal_time(context.start_utc).astype("datetime64[D]"), context.draws, rng)
    pairs = [(on & (label == one), off & (label == one)) for one in range(len(edges) + 1)]  # a handful of classes
    told = [one for one, pair in enumerate(pairs) if min(hours.sum() for hours in pair) >= LEAST_HOURS]
    if not told:
        return "saknar data: lasten är aldrig densamma med och utan värmepump."
    medians = np.array([[_median(back, weights, hours) for hours in pairs[one]] for one in told])  # (c, 2, 1 + draws)
    outdoor, slope = _by_outdoor(context, back, weights, [hours for one in told for hours in pairs[one]])
    rise = medians[:, 0] - medians[:, 1] - slope * (outdoor[0::2] - outdoor[1::2])
    mean = float(np.average(rise[:, 0], weights=[pairs[one][0].sum() for one in told]))
    limit = assumption(ID, "minimum_rise").central
    if not mean >= limit:
        return f"returen är {sv(mean, 1)} °C varmare med värmepumpen vid samma last: det ryms i spridningen."
    step = np.zeros((len(edges) + 1, 1 + context.draws))
    step[told] = np.maximum(np.where(np.isfinite(rise), rise, rise[:, :1]), 0.0)
    reach = triangle(assumption(ID, "reachable"), context.draws, rng)
    hours = np.where(np.nan_to_num(delivered)[:, None] > 0, step[label], 0.0)
    at = np.array([np.median(power[pairs[one][0]]) for one in told])
    return Raised(at, medians[:, 1, 0], medians[:, 0, 0], mean, hours * reach)


def _by_outdoor(
    context: MeasureContext, back: Floats, weights: Floats, groups: Sequence[Flags]
) -> tuple[Floats, Floats]:
    """Return (the outdoor temperature of each group of hours (g, 1 + draws), the return's slope on it (1 + draws,)).

    The slope is least squares of the deviations from each group's own means [-]; 0 where outdoor hours are lacking.
    """
    known = np.isfinite(context.air_temperature_c)
    means, up, down = [], np.zeros(weights.shape[1]), np.zeros(weights.shape[1])
    for hours in groups:
        use = hours & known
        w, x, y = weights[use].T, context.air_temperature_c[use], back[use]
        total = np.maximum(w.sum(axis=1), 1e-9)
        mean_x, mean_y = w @ x / total, w @ y / total
        up += w @ (x * y) - total * mean_x * mean_y
        down += w @ (x * x) - total * mean_x**2
        means.append(mean_x)
    enough = all((hours & known).sum() >= LEAST_HOURS for hours in groups) and bool((down > 0).all())
    return np.array(means), up / down if enough else np.zeros(weights.shape[1])


def _median(values: Floats, weights: Floats, hours: Flags) -> Floats:
    """Return (1 + draws,) the median of `values` (n,) over some hours, weighted by `weights` (n, 1 + draws)."""
    chosen = values[hours]
    drawn = weighted_quantile(np.repeat(chosen[:, None], weights.shape[1], axis=1), weights[hours], 0.5)
    drawn[0] = np.median(chosen)
    return drawn


def colder(load: Load, fall_k: Floats) -> Load:
    """Return the load (n, k) with the return `fall_k` (n, k) colder, the same heat carried by less water.

    V' = V · ΔT / (ΔT + fall), supply unchanged; hours without flow or with ΔT below 2 K stay as they are. Raises
    TariffError without volume, supply or return.
    """
    volume, integral, supply_integral = load.volume_m3, load.return_m3c, load.supply_m3c
    if volume is None or integral is None or supply_integral is None:
        raise TariffError(f"mätpunkt {load.metering_point} saknar volym, fram- eller returtemperatur.")
    back = np.divide(integral, volume, out=np.full_like(volume, np.nan), where=volume > 0)
    supply = np.divide(supply_integral, volume, out=np.full_like(volume, np.nan), where=volume > 0)
    delta = supply - back
    fall = np.where(delta >= LEAST_DELTA_K, fall_k, 0.0)
    less = np.where(fall > 0, volume * delta / (delta + fall), volume)
    return replace(
        load,
        energy_kwh=np.repeat(load.energy_kwh, fall.shape[1], axis=1),
        volume_m3=less,
        return_m3c=np.where(fall > 0, less * (back - fall), integral),
        supply_m3c=np.where(fall > 0, less * supply, supply_integral),
    )


def _finding(context: MeasureContext, store: Store, load: Load, raised: Raised, result: Difference) -> MeasureFinding:
    value, point = band(result.saving_sek), load.metering_point
    fall: Floats = raised.fall_k[:, :1]

    def effect(state: State) -> State:
        return replace(state, loads={**state.loads, point: colder(state.loads[point], fall)})

    return MeasureFinding(
        measure_id=ID,
        key=f"measure:{context.facility}:{ID}:{point}",
        facility=context.facility,
        title=TITLE,
        description=(
            f"När {store.name} levererar är fjärrvärmens retur {sv(raised.mean_k, 1)} °C varmare än vid samma last utan"
            " leverans. Koppla förvärmningen så att fjärrvärmevattnet inte möter redan varmt vatten, eller sänk"
            " värmepumpens framledning."
        ),
        saving_sek_per_year=value,
        saving_kwh_per_year=0.0,
        confidence=confidence(value, "medel"),
        method=(
            "Räkningen har körts om med samma värme men returen från timmar utan leverans vid samma last; då behövs"
            f" mindre vatten."
            f" {result.text()} {band_text('timmarna bakom jämförelsen')}"
        ),
        evidence=_evidence(context, load, fall[:, 0] > 0),
        metering_point=point,
        parameters={"raised_k": raised.mean_k},
        effect=effect,
        picture=cloud(
            "fjärrvärmens effekt (kW)",
            "returtemperatur (°C)",
            {"utan leverans": (raised.power_kw, raised.without_c), "med leverans": (raised.power_kw, raised.with_c)},
        ),
    )


def _evidence(context: MeasureContext, load: Load, on: Flags) -> tuple[EvidenceRow, ...]:
    """Return the mean return temperature of each month's hours with delivery."""
    back, month_of = _return(load), normal_time(context.start_utc).astype("datetime64[M]")
    rows = []
    for month in context.months:
        here = (month_of == np.datetime64(month, "M")) & on & np.isfinite(back)
        if here.any():
            rows.append(
                EvidenceRow("Returtemperatur när lagret levererar", f"{month:%Y-%m}", float(back[here].mean()), "°C",
                            f"{int(here.sum())} timmar")
            )  # fmt: skip
    return tuple(rows)
