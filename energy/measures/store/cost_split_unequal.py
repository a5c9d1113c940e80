"""A key of fixed shares charges a bearer for another part of a meter than its own submeter shows.

Signal: a bearer has a fixed share of a metering point, and a submeter of its own under it shows another share of the
year's energy. What a right key would move between the bearers is told in money by the bill of the year. The group
saves nothing: it is an allocation, labelled so, and its saving is nought.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.errors import TariffError
from energy.measures.assumptions import assumption
from energy.measures.base import About, EvidenceRow, MeasureContext, MeasureFinding, Share, Silent
from energy.measures.shared.days import sv
from energy.measures.shared.margin import nothing
from energy.measures.shared.operating import covered, power_of, valued_hours
from energy.measures.shared.pictures import by_month
from energy.measures.shared.valuation import bill_of
from energy.model import Band, Floats

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "cost_split_unequal"
TITLE = "Fördelningsnyckeln stämmer inte med undermätaren (omfördelning, ingen besparing)"
ABOUT = About(
    code="S10",
    needs="fast fördelningsnyckel och en undermätare för samma kostnadsbärare",
    cost_class="ingen",
    difficulty="lätt",
    actor="ekonomichefen",
    verification="bärarens andel av kostnaden mot undermätarens andel av energin",
    reference="allocation only: what a key moves between bearers is no saving of the group",
)


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result per fixed share that holds in the last month valued."""
    last = context.months[-1]
    fixed = [s for s in context.shares if s.share is not None and s.valid_from <= last < s.valid_to]
    return [_one(context, s) for s in fixed] or [Silent(ID, "saknar data: ingen fast fördelningsnyckel gäller.")]


def _one(context: MeasureContext, share: Share) -> MeasureFinding | Silent:
    point, fixed = share.metering_point, share.share or 0.0
    own = sorted({s.submeter for s in context.shares if s.submeter and s.cost_bearer == share.cost_bearer})
    under = [p for p in own if context.parents.get(p) == point and p in context.loads]
    if not under:
        paid = f"{sv(100 * fixed)} %"
        text = f"saknar data: ingen undermätare visar vad {share.cost_bearer} använder; nyckeln är {paid}."
        return nothing(ID, context, point, text)
    whole, part = power_of(context, point), np.sum([power_of(context, p) for p in under], axis=0)
    missing = covered(context, "huvudmätare och undermätare", whole, part)
    if missing:
        return nothing(ID, context, point, missing)
    here = valued_hours(context) & np.isfinite(whole) & np.isfinite(part)
    shown = float(part[here].sum() / whole[here].sum())
    limit = assumption(ID, "difference").central
    if abs(shown - fixed) < limit:
        return nothing(
            ID, context, point, f"nyckeln, {sv(100 * fixed)} %, stämmer med undermätaren, {sv(100 * shown)} %."
        )
    try:
        amounts = [float(c.amount_sek[0]) for c in bill_of(context, context.loads[point])]
    except TariffError as error:
        return nothing(ID, context, point, f"kan inte prissättas: {error}")
    if not np.isfinite(amounts).all():
        return nothing(ID, context, point, "kan inte bedömas: en del av årets räkning kan inte räknas fram.")
    return _finding(context, share, shown, sum(amounts), whole, part)


def _finding(
    context: MeasureContext, share: Share, shown: float, cost: float, whole: Floats, part: Floats
) -> MeasureFinding:
    fixed, moved = share.share or 0.0, (shown - (share.share or 0.0)) * cost
    more = "mer" if moved > 0 else "mindre"
    months = context.start_utc + np.timedelta64(3600, "s")
    shares = []
    for month in context.months:
        here = (months.astype("datetime64[M]") == np.datetime64(month, "M")) & np.isfinite(whole) & np.isfinite(part)
        total = float(whole[here].sum())
        shares.append(100 * float(part[here].sum()) / total if total > 0 else float("nan"))
    evidence = tuple(
        EvidenceRow("Undermätarens andel", f"{month:%Y-%m}", value, "%", f"nyckeln säger {sv(100 * fixed)} %")
        for month, value in zip(context.months, shares, strict=True)
        if np.isfinite(value)
    )
    point = share.metering_point
    return MeasureFinding(
        measure_id=ID,
        key=f"measure:{context.facility}:{ID}:{point}:{share.cost_bearer}",
        facility=context.facility,
        title=TITLE,
        description=(
            f"{share.cost_bearer} betalar {sv(100 * fixed)} % av {context.name(point)}, men undermätaren visar"
            f" {sv(100 * shown)} % av energin. Efter mätaren skulle {share.cost_bearer} betala {sv(abs(moved))} kr"
            f" om året {more}, och övriga lika mycket åt andra hållet. Gruppen sparar inget: det är en omfördelning."
        ),
        saving_sek_per_year=Band(0.0, 0.0, 0.0),
        saving_kwh_per_year=0.0,
        confidence="medel",
        method=(
            f"Årets räkning, {sv(cost)} kr, gånger skillnaden mellan undermätarens andel och nyckeln. Effekt och fasta"
            " avgifter fördelas som energin. Omfördelning mellan kostnadsbärare är ingen besparing."
        ),
        evidence=evidence,
        metering_point=point,
        parameters={"key_pct": 100 * fixed, "metered_pct": 100 * shown, "moved_sek_per_year": moved},
        picture=by_month(context, "andel av energin (%)", {"undermätaren": shares,
                                                           "nyckeln": [100 * fixed] * len(shares)}, "line"),
    )  # fmt: skip
