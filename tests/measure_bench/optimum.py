"""What each store of a facility could have earned, solved as the program does, but only when a rule first asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from energy.measures import MeasureContext
from energy.storage.optimum.operation import Operation
from flows.storage.dispatch import operations

__all__ = ["Operations"]


class Operations(Mapping[str, Operation]):
    """The operations of a facility's stores by id, solved once (seconds); most rules never ask."""

    def __init__(self, context: MeasureContext) -> None:
        """Keep the facility until asked."""
        self._context = context

    @cached_property
    def _solved(self) -> Mapping[str, Operation]:
        return operations(self._context)

    def __getitem__(self, store_id: str) -> Operation:
        """Return what a store could have earned in the months valued. Raises KeyError for a store that is not there."""
        return self._solved[store_id]

    def __iter__(self) -> Iterator[str]:
        """Return the stores' ids."""
        return iter([one.id for one in self._context.stores])

    def __len__(self) -> int:
        """Return how many stores there are."""
        return len(self._context.stores)
