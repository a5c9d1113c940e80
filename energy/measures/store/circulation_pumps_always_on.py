"""The store's pumps run though it is neither charged nor emptied.

Signal: in hours without charge and delivery the store's own meter draws a constant power that is more than a small
share of what it draws in operation. Valued by billing those hours without it, and the hours of small flow, where the
pump is held at the same power, with no more than their flow takes: P = P_full · (q / q_full)^k, where k is 1 for pumps
that stop and start and 3 for speed control without static head (affinity laws; Gülich, J. F. (2014), Centrifugal Pumps,
§3.4).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared.bands import generator, triangle
from energy.measures.shared.days import Flags, kw, sv
from energy.measures.shared.margin import Case, Fall, conclude, nothing
from energy.measures.shared.operating import by_month, covered, power_of, valued_hours, weekly
from energy.measures.shared.stores import account_of, contradicted, since_start
from energy.model import Floats, Store

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "circulation_pumps_always_on"
TITLE = "Lagrets pumpar går fast lagret står still"
ABOUT = About(
    code="S8",
    needs="lagrets el, laddning och urladdning per timme",
    cost_class="ingen",
    difficulty="lätt",
    actor="driftteknikern",
    verification="lagrets el i timmar utan laddning och urladdning",
    reference="constant power of idle hours x hours, affinity laws at part flow; billed at the margin",
)


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result per electricity meter of a store, or of circulation pumps where there is one store."""
    pumps = context.used_for("circulation_pump")
    pairs = [(s, p) for s in context.stores for p in dict.fromkeys((*s.electricity, *pumps)) if p in context.loads]
    if not context.stores:
        return [Silent(ID, "saknar data: inget lager är beskrivet.")]
    return [_one(context, s, p) for s, p in pairs] or [Silent(ID, "saknar data: ingen mätare för lagrets el.")]


def _one(context: MeasureContext, store: Store, point: str) -> MeasureFinding | Silent:
    power = power_of(context, point)
    found = account_of(context, store)
    metered, against = found.metered, contradicted(found)
    if against:
        return nothing(ID, context, point, f"{store.name}: {against}.")
    charge, heat = (since_start(context, v) for v in (metered.charge_kwh, metered.delivered_kwh))
    if charge is None or heat is None:
        return nothing(ID, context, point, "saknar data: laddning och urladdning mäts inte båda.")
    missing = covered(context, "el, laddning och urladdning", power, charge, heat)
    if missing:
        return nothing(ID, context, point, missing)
    inside = valued_hours(context)
    flow = _flow(charge, heat)
    still = flow <= assumption(ID, "idle_flow").central
    idle = inside & still & np.isfinite(power)
    busy = inside & ~still & np.isfinite(power + charge + heat)
    if idle.sum() < assumption(ID, "least_hours").central or not busy.any():
        return nothing(ID, context, point, f"lagret stod stilla bara {idle.sum()} timmar.")
    standing, running = (
        float(np.median(power[idle])),
        float(np.quantile(power[busy], assumption(ID, "running").central)),
    )
    least = assumption(ID, "idle_share")
    if not standing > least.central * running:
        return nothing(ID, context, point, f"tomgången, {kw(standing)}, är liten mot driftens {kw(running)}.")
    rng = generator(context.seed, ID, context.facility, point)
    share = triangle(assumption(ID, "reachable"), context.draws, rng)
    law = triangle(assumption(ID, "part_flow"), context.draws, rng)
    slow = triangle(assumption(ID, "reachable_part_flow"), context.draws, rng)
    needed = _full(power, flow, busy) * np.nan_to_num(flow)[:, None] ** law
    unknown = ~np.isfinite(flow)  # tells nothing of what the flow takes, so nothing of it is to save
    held = np.where(still | unknown, 0.0, np.minimum(np.nan_to_num(power), standing))[:, None]
    fall = Fall(point, np.where(still, power, 0.0)[:, None] * share + np.maximum(held - needed, 0.0) * slow)
    return conclude(context, ID, TITLE, _case(context, store, fall, still, standing, float(idle.sum())))


def _flow(charge: Floats, heat: Floats) -> Floats:
    """Return (n,) the larger of charge and delivery as shares of the most that each has been; NaN where unknown."""
    flow: Floats = np.maximum(*(v / most if (most := float(np.nanmax(v))) > 0 else 0.0 * v for v in (charge, heat)))
    return flow


def _full(power: Floats, flow: Floats, busy: Flags) -> float:
    """Return what is drawn at full flow [kW]."""
    top = busy & (flow >= assumption(ID, "full_flow").central * float(np.nanmax(flow[busy])))
    return float(np.median(power[top]))


def _case(context: MeasureContext, store: Store, fall: Fall, still: Flags, standing: float, hours: float) -> Case:
    power: Floats = power_of(context, fall.point)
    groups = {"står still": np.where(still, power, np.nan), "i drift": np.where(still, np.nan, power)}
    return Case(
        fall.point,
        (fall,),
        f"{store.name}: {context.name(fall.point)} drog {kw(standing)} i de {sv(hours)} timmar då lagret varken"
        " laddades eller tömdes. Låt pumparna stanna med lagret, med en kort motionskörning i veckan.",
        "Elen i stillastående timmar tas bort. I timmar med litet flöde, där pumpen hålls på samma effekt, blir det"
        " kvar som flödet kräver, i proportion till elen vid fullt flöde.",
        by_month(context, "El i stillastående timmar och vid litet flöde", fall.amount[:, 0], "kWh"),
        weekly(context, "kW", groups, "line"),
        {"idle_kw": standing, "idle_hours": hours},
        "hög",
    )
