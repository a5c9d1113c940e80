"""How much of a dear year the share of hedged electricity would take away: a risk, and never a promised saving.

Signal: the point buys electricity at spot, in whole or in part. The load valued is priced hour by hour at the spot of
each earlier year, so that the years spread shows; the share that is hedged takes its part of the spread away and leaves
the mean as it is, since what a hedge will cost is not known beforehand. Reference: cash flow at risk, Stein, Usher,
LaGattuta and Youngen (2001), "A comparables approach to measuring cashflow-at-risk for non-financial firms", Journal of
Applied Corporate Finance 13(4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from energy.calendar import normal_time
from energy.measures.assumptions import assumption
from energy.measures.base import About, EvidenceRow, MeasureContext, MeasureFinding, Picture, Series, Silent
from energy.measures.shared.choices import contracts_now, list_now
from energy.measures.shared.days import sv
from energy.model import Band, BillingContext, Contract, Floats, Load

__all__ = ["ABOUT", "ID", "TITLE", "assess", "years_at_spot"]

ID = "hedge_share"
TITLE = "Elens prisrisk"
ABOUT = About(
    code="T11",
    needs="elens timvärden, timpriser för minst tre år, avtal till spotpris eller portfölj",
    cost_class="ingen",
    difficulty="medel",
    actor="controllern och inköpsansvarig",
    verification="kostnadens spridning mellan år; inte en besparing",
    reference="cash flow at risk: Stein, Usher, LaGattuta and Youngen (2001), J. Applied Corporate Finance 13(4)",
)
YEAR = 52 * 7 * 24  # hours: keeps the weekday
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one finding without amount per electricity main at spot: what share of a dear year is hedged."""
    points = context.mains("electricity")
    if not points:
        return [Silent(ID, "saknar data: ingen elmätare med avtal.")]
    return [_assess(context, point) for point in points]


def _share(context: MeasureContext, point: str) -> float | None:
    """Return the hedged share now, 0 for pure spot; None where the point buys nothing at spot."""
    for contract in contracts_now(context, point):
        listed = list_now(context, contract.family)
        for one in listed.components if listed else ():
            settings = one.get("determinant", {})
            if isinstance(settings, Mapping) and settings.get("method") == "spot_energy":
                return _hedged(context, contract, settings) if settings.get("of") == "unhedged" else 0.0
    return None


def _hedged(context: MeasureContext, contract: Contract, settings: Mapping[str, object]) -> float:
    told = settings.get("share")
    if told is None:
        told = contract.options.get(str(settings.get("option")))
    if isinstance(told, Mapping):
        values = [float(v) for m, v in told.items() if any(str(m) == f"{one:%Y-%m}" for one in context.months)]
        return float(np.mean(values)) if values else float("nan")
    return float(np.mean(np.asarray(told, dtype=np.float64))) if told is not None else float("nan")


def years_at_spot(context: MeasureContext, load: Load, spot: Floats) -> dict[int, float]:
    """Return years back -> what the load valued costs at that year's spot [SEK]; years without prices are left out."""
    hour = normal_time(context.start_utc)
    valued = np.flatnonzero(
        (hour >= np.datetime64(context.first_valued(), "s")) & (hour < np.datetime64(context.end_valued(), "s"))
    )
    energy = load.energy_kwh[valued, 0]
    found: dict[int, float] = {}
    least = assumption("common", "minimum_coverage").central
    for back in range(len(spot) // YEAR + 1):
        at = valued - back * YEAR
        if at[0] < 0:
            break
        known = np.isfinite(energy) & np.isfinite(spot[at])
        if known.mean() < least:
            continue
        found[back] = float((energy[known] * spot[at][known]).sum() / known.mean())
    return found


def _assess(context: MeasureContext, point: str) -> MeasureFinding | Silent:
    share = _share(context, point)
    if share is None:
        return Silent(ID, "avtalet prissätter ingen energi till spotpris.", point)
    if not np.isfinite(share):
        return Silent(ID, "saknar data: avtalet anger inte hur stor andel som är prissäkrad.", point)
    spot = context.billing.get(point, BillingContext()).spot_sek_per_kwh
    if spot is None:
        return Silent(ID, "saknar data: inga spotpriser.", point)
    costs = years_at_spot(context, context.loads[point], spot)
    needed = int(assumption(ID, "years").central)
    if len(costs) < needed:
        return Silent(ID, f"saknar data: spotpriser för {len(costs)} år, minst {needed} behövs.", point)
    each = np.array(list(costs.values()))
    risk = float(each.max() - each.mean())
    if not (1.0 - share) * risk >= assumption(ID, "worth_telling").central:
        return Silent(ID, "ett dyrt år kostar inte mycket mer än ett vanligt med dagens andel.", point)
    return _finding(context, point, share, costs, risk)


def _finding(
    context: MeasureContext, point: str, share: float, costs: Mapping[int, float], risk: float
) -> MeasureFinding:
    nothing = float("nan")
    left = (1.0 - share) * risk
    why = (
        f"ingen besparing utlovas, det är en risk. Med {sv(100 * share)} % prissäkrat hade det dyraste av {len(costs)}"
        f" års spotpriser kostat {sv(left)} kr mer än medelåret för samma last; tio procentenheter till tar bort"
        f" {sv(0.1 * risk)} kr av den skillnaden"
    )
    first = context.months[0].year
    return MeasureFinding(
        measure_id=ID,
        key=f"measure:{context.facility}:{ID}:{point}",
        facility=context.facility,
        title=TITLE,
        description=f"{why[0].upper()}{why[1:]}. Vad säkringen själv kostar är inte känt i förväg och ingår inte.",
        saving_sek_per_year=Band(nothing, nothing, nothing, reason=why),
        saving_kwh_per_year=0.0,
        confidence="låg",
        method="De tolv månadernas last, timme för timme, till spotpriset 52, 104 och så vidare veckor tidigare.",
        evidence=tuple(
            EvidenceRow("Samma last till årets spotpris", f"{first - back}", float(cost), "SEK",
                        f"medel av åren {sv(sum(costs.values()) / len(costs))} kr")
            for back, cost in costs.items()
        ),
        metering_point=point,
        parameters={"hedged_share": share, "risk_sek": risk},
        picture=Picture(
            "line", "Prissäkrad andel (%)", "Dyraste året utöver medelåret (SEK)",
            (Series("Risk", [100 * s for s in SHARES], [(1 - s) * risk for s in SHARES]),),
        ),
    )  # fmt: skip
