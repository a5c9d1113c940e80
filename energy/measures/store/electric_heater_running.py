"""An electric heater makes heat that the heat pump could have made with a fraction of the electricity.

Signal: the heater's meter runs in hours when the heat pump has power to spare. Valued by billing that heat at the heat
pump's own performance of the year instead.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.bands import generator, triangle
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.days import kw, sv
from energy.measures.margin import Case, Fall, conclude, nothing
from energy.measures.operating import by_month, covered, power_of, valued_hours, weekly
from energy.measures.stores import account_of, performance, since_start
from energy.model import Floats, Store

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "electric_heater_running"
TITLE = "Elpannan går fast värmepumpen räcker till"
ABOUT = About(
    code="S7",
    needs="undermätare för elpanna eller elpatron, värmepumpens el och värme",
    cost_class="ingen",
    difficulty="lätt",
    actor="driftteknikern",
    verification="elpannans el vecka för vecka",
    reference="electricity · (1 - 1 / COP), COP of the plant itself; billed at the margin",
)


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result per meter of an electric heater beside a heat pump."""
    stores = [s for s in context.stores if s.has_heat_pump]
    if not stores:
        return [Silent(ID, "saknar data: inget lager med värmepump.")]
    pairs = [(s, p) for s in stores for p in (s.electric_heater or context.used_for("electric_heater"))]
    found = [_one(context, s, p) for s, p in pairs if p in context.loads]
    return found or [Silent(ID, "saknar data: ingen undermätare för elpanna eller elpatron.")]


def _one(context: MeasureContext, store: Store, point: str) -> MeasureFinding | Silent:
    heater = power_of(context, point)
    missing = covered(context, "elpannans el", heater)
    if missing:
        return nothing(ID, context, point, missing)
    found = account_of(context, store)
    rng = generator(context.seed, ID, context.facility, point)
    cop = performance(context, found, rng)
    heat = since_start(context, found.metered.delivered_kwh)
    if cop is None or heat is None:
        return nothing(ID, context, point, "saknar data: värmepumpens el och värme mäts inte båda.")
    if cop[0] <= 1:
        return nothing(ID, context, point, "värmepumpens el och värme motsäger varandra.")
    most = store.discharge_kw or float(np.nanquantile(heat[heat > 0], 0.99))
    # an hour whose heat is unknown has no power known to spare
    spare = np.where(np.isfinite(heat), np.clip(most - heat, 0.0, None), 0.0)
    moved = np.minimum(np.nan_to_num(heater), spare)
    if not moved[valued_hours(context)].sum() > 0:
        return nothing(ID, context, point, "elpannan går bara när värmepumpen redan ger allt den kan, eller inte alls.")
    marginal = cop * triangle(assumption(ID, "marginal_cop"), context.draws, rng)
    share = triangle(assumption(ID, "reachable"), context.draws, rng) * (1 - 1 / np.maximum(marginal, 1.0))
    return conclude(context, ID, TITLE, _case(context, store, point, moved, share, float(cop[0])))


def _case(context: MeasureContext, store: Store, point: str, moved: Floats, share: Floats, cop: float) -> Case:
    fall = Fall(point, moved[:, None] * share)
    inside = valued_hours(context)
    hours = int((moved[inside] > 0).sum())
    return Case(
        point,
        (fall,),
        f"{context.name(point)} gick {hours} timmar, med {kw(float(moved[inside].sum()) / hours)} i medeltal, när"
        f" {store.name}s värmepump hade effekt kvar. Sänk elpannans börvärde under värmepumpens, eller spärra den.",
        f"Värmen görs i stället av värmepumpen: dess egen värmefaktor det senaste året är {sv(cop, 1)}, och den sista"
        f" värmen tar mindre el, gånger {sv(assumption(ID, 'marginal_cop').central, 2)}.",
        by_month(context, "El att spara", fall.amount[:, 0], "kWh"),
        weekly(context, "kW", {"elpannan": power_of(context, point)}, "bar"),
        {"cop": cop, "hours": float(hours)},
        "medel",
    )
