"""Electricity, grid or retail, is bought under a dearer price list than another one of the same kind in the home.

Signal: the same load under each other family of lists of the same kind (grid against grid, retail against retail) costs
less, and does so with the weeks of the latest two years drawn again. A list for fuse customers is tried only where its
fuse carries the peak. Not for the share that is hedged: that is a risk, not a saving.
"""

from __future__ import annotations

from collections.abc import Sequence

from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared.choices import latest
from energy.measures.shared.choosing import Choice, assess_choice

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "dearer_electricity_list"
TITLE = "Dyrare prislista för el än en annan av samma slag"
ABOUT = About(
    code="T7",
    needs="elens timvärden i två år, avtal, och nätägarens eller elhandlarens andra prislistor i hemmets tariffs/",
    cost_class="ingen",
    difficulty="medel",
    actor="controllern och nätägaren eller elhandlaren",
    verification="prislistan på nästa faktura, och räkningen mot den gamla listan",
    reference="grid lists N3T and N4 of one company side by side (skovdeelnat.se 2020)",
)
KINDS = {"grid": "nätägaren", "retail": "elhandlaren"}
ASSUMES = (
    "Förutsätter att {who} medger bytet; en lista för högspänning eller med transformeringstillägg kräver att"
    " anslutningen svarar mot den."
)


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one finding per electricity main and kind of contract that another list in the home would make cheaper."""
    points = context.mains("electricity")
    if not points:
        return [Silent(ID, "saknar data: ingen elmätare med avtal.")]
    found: list[MeasureFinding | Silent] = []
    for point in points:
        contracts = {kind: latest(context, point, kind) for kind in KINDS}
        found += [
            assess_choice(context, Choice(ID, TITLE, kind, one, ASSUMES.format(who=KINDS[kind])))
            for kind, one in contracts.items()
            if one is not None
        ]
        if not any(contracts.values()):
            found.append(Silent(ID, "saknar data: avtalets slag (nät eller handel) är inte angivet.", point))
    return found
