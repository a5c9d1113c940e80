"""The bridge of one cost bearer: its share of every cause, and a bar of its own for what a new key moves.

The key is a cause beside all the others taken together: with the midpoint formula (Shapley's value of two, see
`shapley`) a bearer's change of cost parts exactly into mean share x change of cost and change of share x mean cost. The
first is shared out as the whole bridge is; the second is allocation. Over the bearers of a meter it is nought: a key
moves money, it saves none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from energy.model import Floats
from energy.savings.bridging.bridge import Matrix
from energy.savings.bridging.rebilled import ENERGY

ALLOCATION = "allocation"
K = TypeVar("K")
Shares = Mapping[str, float]  # component -> the bearer's share of a period's cost, 0 to 1


@dataclass(frozen=True)
class Borne:
    """What a bearer takes of one metering point's bridge: its shares before and after."""

    matrix: Matrix
    before: Shares
    after: Shares


def effective_shares(lines: Sequence[tuple[str, float, float]]) -> dict[str, float]:
    """Return component -> the share of a period, from (component, cost [SEK], share of it) of its bills' lines.

    It is Σ share · cost / Σ cost; where a component costs nothing in all, the mean share. NaN where either is unknown.
    """
    found = {}
    for name in {component for component, _, _ in lines}:
        costs, shares = np.array([(cost, share) for component, cost, share in lines if component == name]).T
        whole = float(costs.sum())
        alike = bool(np.ptp(shares) < 1e-12)
        found[name] = float(shares.mean() if alike or whole == 0.0 else (shares * costs).sum() / whole)
    return found


def borne(parts: Sequence[Borne]) -> Matrix:
    """Return the bridge of a bearer: its levels, its part of every cause, and the cause "allocation"; no energy."""
    before: dict[str, Floats] = {}
    after: dict[str, Floats] = {}
    change: dict[tuple[str, str], Floats] = {}
    reasons: dict[tuple[str, str], str] = {}
    for part in parts:
        for name in {*part.matrix.before, *part.matrix.after} - {ENERGY}:
            nothing = np.zeros(1)
            old, new = part.matrix.before.get(name, nothing), part.matrix.after.get(name, nothing)
            was, now = _share(part.before, name), _share(part.after, name)
            _add(before, name, was * old)
            _add(after, name, now * new)
            _add(change, (ALLOCATION, name), (now - was) * (old + new) / 2)
        for (cause, name), values in part.matrix.change.items():
            if name == ENERGY:
                continue
            mean = (_share(part.before, name) + _share(part.after, name)) / 2
            _add(change, (cause, name), mean * values)
        reasons |= {k: v for k, v in part.matrix.reasons.items() if k not in reasons}
    return Matrix(before, after, change, reasons)


def _share(shares: Shares, name: str) -> float:
    """Return the share of a component; of one that only the other period has, the mean of all."""
    return shares[name] if name in shares else float(np.mean(list(shares.values()))) if shares else 0.0


def _add(found: dict[K, Floats], key: K, values: Floats) -> None:
    found[key] = found.get(key, np.zeros(1)) + values
