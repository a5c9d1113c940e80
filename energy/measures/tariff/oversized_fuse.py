"""The main fuse, and the fee that follows it, is larger than the load has ever needed.

Signal: the point is under a list whose name or label tells its fuse, and the home has the list of a smaller fuse that
carries the highest hour of the whole history, with room for peaks within the hour. Valued by the bill under that list.
Not for points without a fuse in the name of their list: then nothing tells what they could change to.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.errors import TariffError
from energy.measures.assumptions import assumption
from energy.measures.base import About, EvidenceRow, MeasureContext, MeasureFinding, Silent
from energy.measures.shared.bands import band, band_text, confidence, generator, not_worth_telling
from energy.measures.shared.choices import Alternative, fuse_a, list_now, tried
from energy.measures.shared.days import Days, kw, sv
from energy.measures.shared.effects import switched
from energy.measures.shared.pictures import by_month
from energy.measures.shared.redrawn import redrawn
from energy.measures.shared.valuation import Difference
from energy.model import Contract, Load, PriceList

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "oversized_fuse"
TITLE = "Huvudsäkring större än lasten behöver"
ABOUT = About(
    code="T9",
    needs="elens timvärden, avtal vars prislista anger säkringens storlek, och nätägarens lista för mindre säkringar",
    cost_class="låg",
    difficulty="lätt",
    actor="fastighetsägarens elansvarige och nätägaren",
    verification="säkringsavgiften på nästa nätfaktura",
    reference="fuse tariffs of Swedish grids: a yearly fee by main fuse",
    contract_kinds=("grid",),
)


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one finding per electricity main under a fuse list whose load a smaller fuse carries."""
    points = context.mains("electricity")
    if not points:
        return [Silent(ID, "saknar data: ingen elmätare med avtal.")]
    return [_assess(context, point) for point in points]


def _assess(context: MeasureContext, point: str) -> MeasureFinding | Silent:
    load, month = context.loads[point], context.months[-1]
    mine = [c for c in context.contracts if c.metering_point == point and c.valid_from <= month < c.valid_to]
    fused = [(c, listed) for c in mine if (listed := list_now(context, c.family)) and fuse_a(listed)]
    if not fused:
        return Silent(ID, "prislistan anger ingen säkringsstorlek.", point)
    contract, listed = fused[0]
    if not np.isfinite(load.energy_kwh).any():
        return Silent(ID, "saknar data: mätaren har inga värden.", point)
    peak = float(np.nanmax(load.energy_kwh))
    if not peak > 0:
        return Silent(ID, "mätaren visar ingen last: det är abonnemanget, inte säkringen, som är för stort.", point)
    smaller = _smaller(context, contract, listed, peak)
    if not smaller:
        return Silent(ID, f"ingen mindre säkring i hemmets prislistor bär toppen {kw(peak)}.", point)
    drawn = redrawn(context, load, generator(context.seed, ID, context.facility, point))
    try:
        found = tried(context, contract, drawn, [Alternative(one.family, one.name) for one in smaller])
    except TariffError as error:
        return Silent(ID, f"kan inte prissättas: {error}", point)
    priced = [(one, one.difference) for one in found if one.difference is not None]
    if not priced:
        return Silent(ID, found[0].reason or "kan inte prissättas.", point)
    best, result = max(priced, key=lambda pair: float(pair[1].saving_sek[0]))
    if reason := not_worth_telling(band(result.saving_sek)):
        return Silent(ID, f"mindre säkring: {reason}", point)
    other = next(one for one in smaller if one.family == best.alternative.family)
    return _finding(context, contract, load, (listed, other), result)


def _smaller(context: MeasureContext, contract: Contract, listed: PriceList, peak: float) -> list[PriceList]:
    """Return the lists of smaller fuses that carry the peak."""
    now, carries = fuse_a(listed) or 0.0, assumption("common", "kw_per_fuse_ampere").low
    families = sorted({one.family for one in context.price_lists} - {contract.family})
    lists = [one for family in families if (one := list_now(context, family)) and one.carrier == listed.carrier]
    return [one for one in lists if (fuse := fuse_a(one)) is not None and fuse < now and carries * fuse >= peak]


def _finding(
    context: MeasureContext, contract: Contract, load: Load, lists: tuple[PriceList, PriceList], result: Difference
) -> MeasureFinding:
    value, point = band(result.saving_sek), contract.metering_point
    now, then = (sv(fuse_a(one) or 0.0) for one in lists)
    peak, ceiling = float(np.nanmax(load.energy_kwh)), assumption("common", "kw_per_fuse_ampere")
    days = Days.of(context.start_utc)
    top = days.split(load.energy_kwh)[:, :, 0].max(axis=1)
    month = days.day.astype("datetime64[M]")
    tops = [float(np.nanmax(top[month == np.datetime64(m, "M")], initial=0.0)) for m in context.months]
    carried = ceiling.low * (fuse_a(lists[1]) or 0.0)
    return MeasureFinding(
        measure_id=ID,
        key=f"measure:{context.facility}:{ID}:{point}",
        facility=context.facility,
        title=TITLE,
        description=(
            f"{context.name(point)} har säkring {now} A, men lasten har som högst varit {kw(peak)} under en timme."
            f" {then} A räcker ({kw(carried)} med marginal för toppar inom timmen). Förutsätter att nätägaren medger"
            " bytet och att elansvarig kontrollerar starten av motorer och selektiviteten."
        ),
        saving_sek_per_year=value,
        saving_kwh_per_year=0.0,
        confidence=confidence(value, "medel"),
        method=(
            f"Hela räkningen har körts om med prislistan för {then} A. Säkringen antas bära {sv(ceiling.low, 2)} kW"
            f" timmedel per ampere. {result.text()} {band_text('lastens två senaste år')}"
        ),
        evidence=tuple(
            EvidenceRow("Månadens högsta timme", f"{m:%Y-%m}", v, "kW")
            for m, v in zip(context.months, tops, strict=True)
        ),
        metering_point=point,
        effect=switched(point, contract.family, lists[1].family),
        picture=by_month(context, "Högsta timme (kW)", {"Nu": tops, f"{then} A bär": [carried] * len(tops)}),
    )
