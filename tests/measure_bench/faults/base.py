"""What a fault is: one change of how a facility is run or what it has signed, at three strengths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from energy.model import Floats
from tests.measure_bench.noise import stream
from tests.measure_bench.site import Site
from tests.measure_bench.world import World

__all__ = ["Fault", "run_with", "since"]


@dataclass(frozen=True)
class Fault:
    """A fault: `change` returns the facility with it, at a strength. Never written with a rule's formula in hand."""

    name: str
    code: str  # of the list in the field's notes
    rule: str  # the rule that ought to see it
    what: str  # one sentence, with what the strength is
    strengths: tuple[float, float, float]
    change: Callable[[World, float], World]
    heat_kinds: tuple[str, ...] = ()  # forms of heat list under which it costs anything; all of them where empty
    base: Callable[[World], World] | None = None  # a facility where the fault can be: it holds without the fault too
    truth: Callable[[World, World], float] | None = None  # what it costs, where one year's bills do not tell [SEK]
    # the rule's silence is tried in `base`: in the ordinary facility it would be right to speak
    silent_in_base: bool = False
    billed: bool = False  # the rule bills the very change the fault is: right value proves the bill, not an estimate


def run_with(world: World, **controls: object) -> World:
    """Return the facility run with some controls changed."""
    return replace(world, controls=replace(world.controls, **controls))  # type: ignore[arg-type]


def since(site: Site, name: str, earliest_month: int, latest_month: int) -> Floats:
    """Return 1 from the day a fault began, 0 before; drawn between two months counted from the first month valued."""
    first = int(np.flatnonzero(site.valued)[0])
    begins = stream(site.seed, f"since/{name}").uniform(earliest_month, latest_month) * 730.0
    return (np.arange(site.n) >= first + begins).astype(np.float64)
