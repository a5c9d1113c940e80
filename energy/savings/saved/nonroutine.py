"""Savings with and without the treatments of the event ledger, and what each row does, one after the other.

The rows are taken in order of time: state 0 has none of them, each next state one more. What a row does is the
difference of the two states' avoided energy and cost, billed whole and draw by draw, so that the rows add up to the
difference between with and without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from energy.model import Band, Floats
from energy.savings.bands.uncertainty import band
from energy.savings.saved.cells import Cell


@dataclass(frozen=True)
class Difference:
    """What one more treatment does to avoided energy [kWh] and avoided cost [SEK excl. VAT]."""

    energy_kwh: Band
    cost_sek: Band


def difference(before: Sequence[Cell], after: Sequence[Cell], months: Sequence[date]) -> Difference:
    """Return what came between two states, summed over the months' cells that are assessed in both."""
    return Difference(_band(before, after, months, energy=True), _band(before, after, months, energy=False))


def _band(before: Sequence[Cell], after: Sequence[Cell], months: Sequence[date], *, energy: bool) -> Band:
    first, then = (
        {(c.metering_point, c.month, c.component): c for c in cells if (c.component is None) == energy}
        for cells in (before, after)
    )
    kept = [k for k in first.keys() & then.keys() if k[1] in months and not (first[k].reason or then[k].reason)]
    if not kept:
        reason = next((c.reason for c in [*first.values(), *then.values()] if c.reason), None)
        return band(np.zeros(0), reason=reason or "kan inte bedömas: uppgifter saknas")
    total: Floats = sum((_saved(then[k]) - _saved(first[k]) for k in sorted(kept, key=str)), start=np.zeros(1))
    return band(total)


def _saved(cell: Cell) -> Floats:
    found: Floats = cell.adjusted - cell.actual
    return found
