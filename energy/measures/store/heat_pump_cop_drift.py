"""The heat pump takes more electricity for the same heat than in its first year.

Signal: the heat of the last year under its own conditions and load would by the reference of the first year have taken
clearly less electricity, and the whole band says so. Valued by billing the heat pump's electricity at the reference.

A heat pump that needs less electricity pays in more hours. Of the heat it then gives beyond today's, the first kWh is
worth the whole fall of the cost and the last nothing: half of it on the average (the rule of a half; Harberger, A. C.
(1971), Journal of Economic Literature 9(3), 785-797). How much more it gives is an assumption, not seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared.bands import generator, triangle
from energy.measures.shared.days import sv
from energy.measures.shared.margin import Case, Fall, conclude, divided, nothing
from energy.measures.shared.operating import by_month, cloud
from energy.measures.shared.stores import account_of, contradicted, since_start, summed
from energy.model import Store
from energy.storage.accounts.account import Account

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "heat_pump_cop_drift"
TITLE = "Värmepumpen drar mer el för samma värme än när den var ny"
ABOUT = About(
    code="S5",
    needs="värmepumpens el och värme per timme, helst fram- och källtemperatur, från dess första år",
    cost_class="låg",
    difficulty="medel",
    actor="driftteknikern och kylfirman",
    verification="värmefaktorn mot referensåret vid samma villkor och last",
    reference="EN 14825:2022; regression of electricity on heat and lift, residuals over time",
)


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result per store with a heat pump."""
    stores = [s for s in context.stores if s.has_heat_pump]
    return [_one(context, s) for s in stores] or [Silent(ID, "saknar data: inget lager med värmepump.")]


def _one(context: MeasureContext, store: Store) -> MeasureFinding | Silent:
    found = account_of(context, store)
    pump, point = found.pump, store.electricity[0] if store.electricity else None
    drift = pump.drift_pct
    if point is None or pump.reason or drift.reason:
        return nothing(ID, context, point, f"saknar data: {pump.reason or drift.reason or 'ingen elmätare'}.")
    against = contradicted(found)
    if against:
        return nothing(ID, context, point, f"{store.name}: {against}.")
    limit = 100 * assumption(ID, "drift").central
    if not (drift.value <= -limit and drift.high < 0):
        return nothing(ID, context, point, f"värmefaktorn ligger {sv(drift.value, 1)} % från referensåret.")
    power = summed(context, store.electricity)
    heat = since_start(context, found.metered.delivered_kwh)
    if power is None or heat is None:
        return nothing(ID, context, point, "saknar data: värmepumpens värme mäts inte.")
    rng = generator(context.seed, ID, context.facility, store.id)
    at = (rng.permutation(context.draws) + rng.random(context.draws)) / max(1, context.draws)
    drawn = np.concatenate(([drift.value], drift.low + at * (drift.high - drift.low)))
    lost = np.clip(-drawn / 100, 0.0, assumption(ID, "most").central)
    share = lost * triangle(assumption(ID, "reachable"), context.draws, rng)
    more = triangle(assumption(ID, "more_heat"), context.draws, rng) * share / (1.0 - share)
    share = share * (1.0 + more / 2.0)
    on = np.where(heat > 0, power, 0.0)
    falls = divided(context, store.electricity, on[:, None] * share)
    return conclude(context, ID, TITLE, _case(context, store, found, falls))


def _case(context: MeasureContext, store: Store, found: Account, falls: tuple[Fall, ...]) -> Case:
    pump, drift = found.pump, found.pump.drift_pct
    later = ~pump.is_reference
    groups = {
        "referensåret": (pump.condition[pump.is_reference], pump.cop[pump.is_reference]),
        "därefter": (pump.condition[later], pump.cop[later]),
    }
    return Case(
        falls[0].point,
        falls,
        f"{store.name}: värmepumpen ger {sv(-drift.value, 1)} % mindre värme per el än första året vid samma"
        f" {pump.condition_name.partition(' (')[0]} och last. Kontrollera köldmedium, växlare, flöden och börvärden.",
        f"Elen i timmar med värme sänks till vad referensåret skulle ha krävt ({sv(drift.value, 1)} %,"
        f" {sv(drift.low, 1)} till {sv(drift.high, 1)} %), och hälften av kostnadsminskningen för den värme som då"
        f" också lönar sig läggs till. Värmefaktorn gäller {pump.basis}.",
        by_month(context, "El utöver referensen", np.sum([fall.amount[:, 0] for fall in falls], axis=0), "kWh"),
        cloud(pump.condition_name, "värmefaktor", groups),
        {"drift_pct": drift.value},
        "medel",
        "dygnen bakom ändringen",
    )
