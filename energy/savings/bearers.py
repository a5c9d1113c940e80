"""Avoided cost by who pays: the cells of `avoided`, shared between cost bearers month by month.

A cell belongs to the bearer of its contract; where a key of allocation holds for the metering point and month, to those
the key names, by their shares. The shares are those that held with the project, also for the bill without it: a key
that changes moves money between bearers and saves none, so the bearers' savings always sum to the group's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from energy.model import Floats
from energy.savings.avoided import Cell

Shares = Mapping[tuple[str, date], Mapping[str, float]]  # metering point and month -> bearer -> share of the cost


@dataclass(frozen=True)
class Saved:
    """Avoided cost (k,) [SEK] of some months, NaN with the Swedish `reason` where it is not known."""

    draws: Floats
    reason: str | None = None


def saved_by_bearer(
    cells: Sequence[tuple[str, Cell]], shares: Shares, months: Iterable[date], why: Mapping[tuple[str, date], str]
) -> dict[str, Saved]:
    """Return bearer -> avoided cost of `months`; `cells` are paired with the bearer of their contract.

    A share that is NaN makes its bearer's saving unknown for the reason `why` gives for the metering point and month.
    """
    wanted = set(months)
    found: dict[str, Saved] = {}
    for bearer, cell in cells:
        if cell.component is None or cell.month not in wanted:
            continue
        at = (cell.metering_point, cell.month)
        for who, share in shares.get(at, {bearer: 1.0}).items():
            before = found.get(who, Saved(np.zeros(1)))
            reason = cell.reason or (why.get(at) if np.isnan(share) else None)
            draws = np.full(1, np.nan) if reason else share * (cell.adjusted - cell.actual)
            found[who] = Saved(before.draws + draws, before.reason or reason)
    return found


def saved_by_all(cells: Iterable[Cell], months: Iterable[date]) -> Saved:
    """Return the avoided cost of `months` for the group, whoever pays it."""
    wanted = set(months)
    mine = [c for c in cells if c.component is not None and c.month in wanted]
    reason = next((c.reason for c in mine if c.reason), None)
    if reason:
        return Saved(np.full(1, np.nan), reason)
    return Saved(sum((c.adjusted - c.actual for c in mine), start=np.zeros(1)))
