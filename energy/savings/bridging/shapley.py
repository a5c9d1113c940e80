"""The Shapley value: what each cause is worth when every order of causes is as good as any other.

The worth of a cause is its change of the result, averaged over all orders in which the causes could have been let in.
The worths add up to the whole change, a cause that never changes anything is worth nothing, and no order is chosen.

References
----------
Shapley, L. S. (1953), A value for n-person games, in Contributions to the Theory of Games II, Annals of Mathematics
Studies 28, Princeton University Press, 307-317. As a decomposition: Shorrocks (2013), Journal of Economic Inequality
11(1):99-126; of energy and emissions: Albrecht, Francois & Schoors (2002), Energy Policy 30(9):727-736, and Ang, Liu &
Chew (2003), Energy Policy 31(14):1561-1566. With two causes it is the midpoint formula.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import factorial

import numpy as np

from energy.model import Floats

State = frozenset[str]


def subsets(factors: Sequence[str]) -> list[State]:
    """Return every set of factors, 2^n, the empty one first and the whole last."""
    return [frozenset(chosen) for size in range(len(factors) + 1) for chosen in combinations(factors, size)]


def shapley(factors: Sequence[str], value: Callable[[State], Floats]) -> dict[str, Floats]:
    """Return factor -> its share of `value(all)` - `value(none)`, in the shape of the values.

    `value(state)` is the result when the factors of `state` are at their new standing and the others at their old one;
    it is asked once for each of the 2^n sets, which may have different numbers of draws along the last axis. The
    shares sum to the whole change up to the rounding of floating point; NaN in a value makes every share NaN there.
    Raises ValueError for a factor named twice.
    """
    if len(set(factors)) != len(factors):
        raise ValueError("shapley: a factor is named twice")
    n = len(factors)
    found = {name: np.zeros(1) for name in factors}
    for state in subsets(factors):
        worth, size = value(state), len(state)
        for name in factors:
            if name in state:
                found[name] = found[name] + _weight(size - 1, n) * worth
            else:
                found[name] = found[name] - _weight(size, n) * worth
    return found


def _weight(before: int, n: int) -> float:
    """Return the share of the n! orders in which exactly `before` given factors come before one, the rest after."""
    return factorial(before) * factorial(n - before - 1) / factorial(n)
