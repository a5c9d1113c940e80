"""District heating is bought under a dearer price list or category than another one the load could have.

Signal: the same load under each other family of heat price lists in the home, or each other category that the list
itself knows, costs less; often after a store or heat pump has lowered the energy but not the peak, which the
utilisation time (a year's energy by its peak power) shows. Not for steps of price that the utilisation time itself
decides: those follow from the load, and the rules about power value them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.calendar import add_months
from energy.measures.base import About, EvidenceRow, MeasureContext, MeasureFinding, Silent
from energy.measures.shared.choices import latest
from energy.measures.shared.choosing import Choice, assess_choice
from energy.measures.shared.days import Days, sv
from energy.model import Load

__all__ = ["ABOUT", "ID", "TITLE", "assess", "utilisation"]

ID = "poor_price_category"
TITLE = "Dyrare prislista eller priskategori för fjärrvärmen än nödvändigt"
ABOUT = About(
    code="T3",
    needs="fjärrvärmens timvärden, avtal, och leverantörens andra prislistor i hemmets mapp tariffs/",
    cost_class="ingen",
    difficulty="lätt",
    actor="controllern och fjärrvärmeleverantören",
    verification="priskategorin på nästa faktura, och räkningen mot den gamla listan",
    reference="price lists with categories by utilisation time (vattenfall.se 2024; seom.se 2022; sfab.se 2020)",
    contract_kinds=("heat",),
)
ASSUMES = (
    "Förutsätter att leverantören låter kunden välja lista, vanligen ett år i taget, och att båda listorna gäller"
    " anläggningens slag; fråga innan avtalet sägs upp."
)
YEARS = 3


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one finding per district-heating main that another list or category in the home would make cheaper."""
    points = context.mains("district_heating")
    if not points:
        return [Silent(ID, "saknar data: ingen fjärrvärmemätare med avtal.")]
    found: list[MeasureFinding | Silent] = []
    for point in points:
        contract = latest(context, point)
        if contract is None:
            found.append(Silent(ID, "saknar data: inget avtal gäller den senaste månaden.", point))
            continue
        evidence = utilisation(context, context.loads[point])
        found.append(assess_choice(context, Choice(ID, TITLE, "heat", contract, ASSUMES, evidence)))
    return found


def utilisation(context: MeasureContext, load: Load) -> list[EvidenceRow]:
    """Return the utilisation time of each year that ends with the months valued: energy by mean of three highest days.

    The same measure every year, whatever the list bills, so that a trend shows [h].
    """
    days = Days.of(context.start_utc)
    power = days.mean(load.energy_kwh)[:, 0]
    rows = []
    for back in range(YEARS):
        end = add_months(context.end_valued(), -12 * back)
        found = power[days.between(add_months(end, -12), end)]
        known = found[np.isfinite(found)]
        if len(known) < 350:
            break
        peak = float(np.sort(known)[-3:].mean())
        hours = 24 * float(known.sum()) / peak if peak > 0 else float("nan")
        note = f"{sv(24 * float(known.sum()) / 1000)} MWh, tre högsta dygnens medel {sv(peak)} kW"
        rows.append(EvidenceRow("Utnyttjningstid", f"tolv månader till {end}", hours, "h", note))
    return rows
