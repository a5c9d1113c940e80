"""An electric heater makes heat that the heat pump could have made with a fraction of the electricity.

Signal: the heater's meter runs in hours when the heat pump runs with power to spare. Without the heater most of that
heat is the heat pump's, at its own performance of the year; the rest, and the heat of hours when the heat pump stands
still or gives all it can, is bought, as all other heat is. Both are billed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared.bands import generator, triangle
from energy.measures.shared.days import kw, sv
from energy.measures.shared.margin import Case, Fall, conclude, nothing
from energy.measures.shared.operating import by_month, covered, power_of, valued_hours, weekly
from energy.measures.shared.stores import account_of, contradicted, performance, since_start
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
    against = contradicted(found)
    if against:
        return nothing(ID, context, point, f"{store.name}: {against}.")
    rng = generator(context.seed, ID, context.facility, point)
    cop = performance(context, found, rng)
    heat = since_start(context, found.metered.delivered_kwh)
    if cop is None or heat is None:
        return nothing(ID, context, point, "saknar data: värmepumpens el och värme mäts inte båda.")
    if cop[0] <= 1:
        return nothing(ID, context, point, "värmepumpens el och värme motsäger varandra.")
    most = store.discharge_kw or float(np.nanquantile(heat[heat > 0], 0.99))
    # an hour whose heat is unknown has no power known to spare; where the heat pump rests its control has chosen that
    spare = np.where(np.isfinite(heat) & (heat > 0), np.clip(most - heat, 0.0, None), 0.0)
    run = np.where(np.isfinite(heat), np.nan_to_num(heater), 0.0)
    moved = np.minimum(run, spare)
    if not moved[valued_hours(context)].sum() > 0:
        return nothing(ID, context, point, "elpannan går bara när värmepumpen redan ger allt den kan, eller inte alls.")
    marginal = np.maximum(cop * triangle(assumption(ID, "marginal_cop"), context.draws, rng), 1.0)
    pumped = moved[:, None] * triangle(assumption(ID, "taken_by_heat_pump"), context.draws, rng)
    reach = triangle(assumption(ID, "reachable"), context.draws, rng)
    bought = store.displaces if store.displaces in context.loads else None
    # without bought heat behind it, only what the heat pump takes over can be saved
    falls = [Fall(point, ((pumped if bought is None else run[:, None]) - pumped / marginal) * reach)]
    if bought is not None:
        falls.append(Fall(bought, -(run[:, None] - pumped) * reach))
    return conclude(context, ID, TITLE, _case(context, store, tuple(falls), moved, float(cop[0])))


def _case(context: MeasureContext, store: Store, falls: tuple[Fall, ...], moved: Floats, cop: float) -> Case:
    point, inside = falls[0].point, valued_hours(context)
    hours = int((moved[inside] > 0).sum())
    more = -float(falls[1].amount[inside, 0].sum()) / 1000 if len(falls) > 1 else 0.0
    return Case(
        point,
        falls,
        f"{context.name(point)} gick {hours} timmar, med {kw(float(moved[inside].sum()) / hours)} i medeltal, när"
        f" {store.name}s värmepump hade effekt kvar. Sänk elpannans börvärde under värmepumpens, eller spärra den.",
        f"Värmen görs i stället av värmepumpen, med dess egen värmefaktor det senaste året, {sv(cop, 1)}."
        + (f" Det som värmepumpen inte tar över, {sv(more)} MWh, köps som fjärrvärme." if more >= 0.5 else ""),
        by_month(context, "El att spara", falls[0].amount[:, 0], "kWh"),
        weekly(context, "kW", {"elpannan": power_of(context, point)}, "bar"),
        {"cop": cop, "hours": float(hours)},
        "medel",
    )
