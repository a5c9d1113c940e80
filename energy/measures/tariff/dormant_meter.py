"""A metering point that uses nothing is still paid for.

Signal: the meter has told hours all year and they add up to next to nothing, while its contracts cost money. The value
is the whole bill of the point. A meter that has told nothing at all says nothing here: a lacking reading is no zero.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.errors import TariffError
from energy.measures.assumptions import assumption
from energy.measures.base import About, EvidenceRow, MeasureContext, MeasureFinding, Silent
from energy.measures.shared.bands import band
from energy.measures.shared.days import Days, sv
from energy.measures.shared.effects import ended
from energy.measures.shared.pictures import by_month
from energy.measures.shared.valuation import Difference, bill_of, difference
from energy.model import BilledComponent

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "dormant_meter"
TITLE = "Abonnemang utan förbrukning"
ABOUT = About(
    code="T9",
    needs="timvärden som visar noll, avtal med fasta avgifter",
    cost_class="ingen",
    difficulty="lätt",
    actor="controllern",
    verification="att abonnemanget inte längre faktureras",
    reference="own comparison of energy and fixed charges",
)


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one finding per priced metering point that uses nothing."""
    points = sorted({one.metering_point for one in context.contracts} & set(context.loads))
    found = [one for one in (_assess(context, point) for point in points) if one is not None]
    return found or [Silent(ID, "alla mätpunkter med avtal har förbrukning.")]


def _assess(context: MeasureContext, point: str) -> MeasureFinding | Silent | None:
    days = Days.of(context.start_utc)
    daily = 24 * days.mean(context.loads[point].energy_kwh)[:, 0]
    year = daily[days.between(context.first_valued(), context.end_valued())]
    known = np.isfinite(year)
    least = assumption("common", "minimum_coverage").central
    if not len(year) or known.mean() < least:
        share = 100 * float(known.mean()) if len(year) else 0.0
        return Silent(ID, f"saknar data: bara {sv(share)} % av dygnen har mätvärden.", point)
    limit = assumption(ID, "idle_kwh_per_day").central
    if float(np.nanmax(year)) > limit:
        return None
    try:
        now = bill_of(context, context.loads[point])
    except TariffError as error:
        return Silent(ID, f"kan inte prissättas: {error}", point)
    result = difference(now, [])
    if result.reason() or not result.saving_sek[0] > assumption("common", "minimum_saving").central:
        return Silent(ID, result.reason() or "abonnemanget kostar nästan ingenting.", point)
    last = days.day[np.flatnonzero(np.nan_to_num(daily) > limit)]
    return _finding(context, point, now, result, str(last[-1]) if len(last) else None)


def _finding(
    context: MeasureContext, point: str, now: Sequence[BilledComponent], result: Difference, last: str | None
) -> MeasureFinding:
    value = band(result.saving_sek)
    since = f"senast den {last}" if last else "inte så länge det finns mätvärden"
    monthly = [sum(float(c.amount_sek[0]) for c in now if c.month == m) for m in context.months]
    return MeasureFinding(
        measure_id=ID,
        key=f"measure:{context.facility}:{ID}:{point}",
        facility=context.facility,
        title=TITLE,
        description=(
            f"{context.name(point)} har inte använt någon energi de senaste tolv månaderna ({since}), men abonnemanget"
            f" kostar {sv(value.value)} kr/år. Kontrollera att inget reservuttag hänger på det och säg upp det."
        ),
        saving_sek_per_year=value,
        saving_kwh_per_year=0.0,
        confidence="hög",
        method=f"Mätpunktens hela räkning de tolv månaderna, som faller bort. {result.text()} Beloppet har inget band.",
        evidence=tuple(
            EvidenceRow(f"{one.label}", f"{one.month:%Y-%m}", float(one.amount_sek[0]), "SEK", one.price_list)
            for one in now
            if abs(float(one.amount_sek[0])) >= 0.5
        )[:24],
        metering_point=point,
        effect=ended(point),
        picture=by_month(context, "Kostnad (SEK)", {"Utan förbrukning": monthly}),
    )
