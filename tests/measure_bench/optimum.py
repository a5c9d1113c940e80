"""What each store of a facility could have earned, solved when a rule first asks: most rules never do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from energy.measures import MeasureContext
from energy.storage.observed import Around
from energy.storage.operation import Operation, operate

__all__ = ["Operations"]


class Operations(Mapping[str, Operation]):
    """The operations of a facility's stores by id, each solved once (seconds)."""

    def __init__(self, context: MeasureContext) -> None:
        """Keep the facility until asked."""
        self._context = context
        self._solved: dict[str, Operation] = {}

    def __getitem__(self, store_id: str) -> Operation:
        """Return what a store could have earned in the months valued. Raises KeyError for a store that is not there."""
        store = {one.id: one for one in self._context.stores}[store_id]
        if store_id not in self._solved:
            c = self._context
            around = Around(
                c.start_utc, c.loads, c.trends, c.carriers, c.parents, c.contracts, c.price_lists, c.billing
            )
            self._solved[store_id] = operate(store, around, c.months, c.draws, c.seed)
        return self._solved[store_id]

    def __iter__(self) -> Iterator[str]:
        """Return the stores' ids."""
        return iter(one.id for one in self._context.stores)

    def __len__(self) -> int:
        """Return how many stores there are."""
        return len(self._context.stores)
