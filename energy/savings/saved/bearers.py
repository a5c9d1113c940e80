"""Avoided cost by who pays: the cells of `avoided`, shared between cost bearers month by month.

A cell belongs to the bearer of its contract; where a key of allocation holds for the metering point and month, to those
the key names, by their shares. The shares are those that held with the project, also for the bill without it: a key
that changes moves money between bearers and saves none, so the bearers' savings always sum to the group's. What the
group's total leaves out because it is not assessed (`avoided.assessed`) is left out of the bearers' too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from energy.model import Floats
from energy.savings.saved.avoided import ALL, Cell, assessed

_NO_BILL = "kan inte bedömas: mätgränsens mätare har ingen räkning i perioden"
Shares = Mapping[tuple[str, date], Mapping[str, float]]  # metering point and month -> bearer -> share of the cost


@dataclass(frozen=True)
class Saved:
    """Avoided cost (k,) [SEK] of some months, NaN with the Swedish `reason` where it is not known."""

    draws: Floats
    reason: str | None = None


def saved(
    cells: Sequence[Cell], by_contract: Sequence[tuple[str, Cell]], shares: Shares, why: Mapping[tuple[str, date], str]
) -> dict[str, Saved]:
    """Return bearer -> avoided cost of the cells, and that of the group under ALL.

    `by_contract` are the same cells paired with the bearer of their contract, those of a meter with several bearers
    billed contract by contract. A share that is NaN makes its bearer's saving unknown for the reason `why` gives for
    the metering point and month, and not the group's.
    """
    kept, reason = assessed(cells)
    if not kept:
        nothing = Saved(np.full(1, np.nan), reason or _NO_BILL)
        return {**dict.fromkeys(sorted({who for who, _ in by_contract}), nothing), ALL: nothing}
    whole = Saved(sum((c.adjusted - c.actual for c in kept), start=np.zeros(1)))
    inside = {(c.metering_point, c.month, c.component) for c in kept}
    mine = [(who, c) for who, c in by_contract if (c.metering_point, c.month, c.component) in inside]
    return {**_shared(mine, shares, why), ALL: whole}


def _shared(cells: Sequence[tuple[str, Cell]], shares: Shares, why: Mapping[tuple[str, date], str]) -> dict[str, Saved]:
    found: dict[str, Saved] = {}
    for bearer, cell in cells:
        at = (cell.metering_point, cell.month)
        for who, share in shares.get(at, {bearer: 1.0}).items():
            before = found.get(who, Saved(np.zeros(1)))
            reason = cell.reason or (why.get(at) if np.isnan(share) else None)
            draws = np.full(1, np.nan) if reason else share * (cell.adjusted - cell.actual)
            found[who] = Saved(before.draws + draws, before.reason or reason)
    return found
