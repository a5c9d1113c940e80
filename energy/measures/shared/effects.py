"""What measures do to a facility, as functions State -> State that hold whatever was done to it before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from energy.measures.base import Effect
from energy.measures.shared.days import map_load
from energy.model import Contract, Floats

__all__ = ["ended", "options_set", "scaled", "switched"]


def scaled(point: str, factor: Floats) -> Effect:
    """Return the effect of multiplying a point's load, whatever it is by then, by `factor` (n, 1)."""
    return lambda state: replace(state, loads={**state.loads, point: map_load(state.loads[point], factor)})


def switched(point: str, family: str, other: str, options: Mapping[str, Any] | None = None) -> Effect:
    """Return the effect of pricing a point by family `other` where `family` prices it; nothing where it no longer does.

    The contract's options are kept, with `options` over them.
    """

    def one(contract: Contract) -> Contract:
        if (contract.metering_point, contract.family) != (point, family):
            return contract
        return replace(contract, family=other, options={**contract.options, **(options or {})})

    return lambda state: replace(state, contracts=tuple(map(one, state.contracts)))


def options_set(point: str, family: str, options: Mapping[str, Any]) -> Effect:
    """Return the effect of other options in the point's contract under a family."""
    return switched(point, family, family, options)


def ended(point: str) -> Effect:
    """Return the effect of ending every contract of a point."""
    return lambda state: replace(state, contracts=tuple(one for one in state.contracts if one.metering_point != point))
