"""Avoided cost as cash and as the steady effect, each at the prices of the reporting period and of the base year.

The formulas are in `energy.savings`; this module only carries what one needs to the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from energy.calendar import Instants, add_months, next_month
from energy.errors import TariffError
from energy.model import BilledComponent, BillingContext, Contract, PriceList
from energy.savings.saved.avoided import ALL, AvoidedRow, Case, Cell, cells_of, rows_of
from energy.savings.saved.cells import bills_of, cells_from
from energy.savings.saved.class_change import class_changes
from energy.savings.saved.prices_of import prices_of
from energy.savings.saved.steady import steady
from flows.analysis import figures

Row = dict[str, Any]
Bills = tuple[list[BilledComponent], list[BilledComponent]]  # with and without the project
LAST = "last_12_months"
SCOPES = ("year", LAST, "reporting_period")
TOO_SHORT = "kan inte bedömas: den varaktiga effekten behöver tolv hela månader efter projektet, det finns"
_HOUR = np.timedelta64(3600, "s")


@dataclass(frozen=True)
class Settled:
    """The steady year of the last twelve months: its months, its cases, and the cells of each at reporting prices."""

    months: tuple[date, ...]
    cases: tuple[Case, ...]
    cells: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Valuation:
    """The cases of one project and what bills them; the base year is the twelve months from `priced_from`."""

    cases: Sequence[Case]
    contracts: Sequence[Contract]
    lists: Sequence[PriceList]
    months: Sequence[date]
    priced_from: date

    def rows(self, found: Sequence[AvoidedRow]) -> Iterator[Row]:
        """Yield the rows of avoided_cost but for project and run; `found` are those already billed at own prices."""
        yield from (figures.avoided_cost_row(r, effect="cash", **self._now) for r in found if r.scope in SCOPES)
        yield from self._told("cash", self._at_base_prices(self.cases, self.months), self.months, SCOPES, found)
        if self.settled is None:
            text = f"{TOO_SHORT} {len(self.months)}"
            for basis in (self._now, self._then):
                yield from (_unknown(r, text, effect="steady", **basis) for r in found if _whole(r, "reporting_period"))
            return
        own = rows_of([cell for each in self.settled.cells for cell in each], self._year, (LAST,))
        yield from (figures.avoided_cost_row(r, effect="steady", **self._now) for r in own)
        yield from self._told("steady", self._at_base_prices(self._settled, self._year), self._year, (LAST,), found)

    def classes(self) -> list[Row]:
        """Return the rows of class_change but for project and run: of the steady year, else of the months there are."""
        bills = self._steady_bills if self._year else [self._billed(case, self.months) for case in self.cases]
        cases, months = (self._settled, self._year) if self._year else (self.cases, self.months)
        found = [
            one
            for case, (with_project, without) in zip(cases, bills, strict=True)
            for one in class_changes(case, with_project, without, self.lists, months)
        ]
        span = {"from_month": months[0], "to_month": months[-1], "effect": "steady" if self._year else "cash"}
        return [figures.class_change_row(one) | span for one in found]

    @property
    def _now(self) -> Row:
        return {"price_basis": "reporting_period", "priced_from": None, "priced_to": None}

    @property
    def _then(self) -> Row:
        last = next_month(add_months(self.priced_from, 11)) - timedelta(days=1)
        return {"price_basis": "base_year", "priced_from": self.priced_from, "priced_to": last}

    @property
    def _year(self) -> list[date]:
        """Return the last twelve months; empty where there are fewer."""
        return list(self.months[-12:]) if len(self.months) >= 12 else []

    @cached_property
    def settled(self) -> Settled | None:
        """Return the steady year billed at reporting prices, None where there are fewer than twelve months."""
        if not self._year:
            return None
        pairs = zip(self._settled, self._steady_bills, strict=True)
        cells = tuple(tuple(cells_from(case, paid, drawn, self._year)) for case, (paid, drawn) in pairs)
        return Settled(tuple(self._year), tuple(self._settled), cells)

    @cached_property
    def _settled(self) -> list[Case]:
        return [steady(case, self._year) for case in self.cases]

    @cached_property
    def _steady_bills(self) -> list[Bills]:
        return [self._billed(case, self._year) for case in self._settled]

    def _billed(self, case: Case, months: Sequence[date]) -> Bills:
        return bills_of(case, self.contracts, self.lists, months)

    def _told(
        self, effect: str, cells: list[Cell] | str, months: Sequence[date], scopes: Sequence[str],
        found: Sequence[AvoidedRow],
    ) -> Iterator[Row]:  # fmt: skip
        """Yield the rows at base-year prices, or one row a period with the reason why there are none."""
        if isinstance(cells, str):
            whole = [r for r in found if _whole(r, *scopes)]
            yield from (_unknown(r, cells, effect=effect, **self._then) for r in whole)
            return
        rows = rows_of(cells, months, scopes)
        yield from (figures.avoided_cost_row(r, effect=effect, **self._then) for r in rows)

    def _at_base_prices(self, cases: Sequence[Case], months: Sequence[date]) -> list[Cell] | str:
        """Return the cells at the prices of the base year, or why there are none."""
        cells: list[Cell] = []
        try:
            for case, whole in zip(cases, self.cases, strict=True):
                point, there = case.loads.actual.metering_point, whole.loads.actual.start_utc
                own = [one for one in self.contracts if one.metering_point == point]
                prices = prices_of(self.priced_from, months, own, self.lists, whole.context, there)
                context = _with_spot(case.context, prices.context, there, case.loads.actual.start_utc)
                cells += cells_of(replace(case, context=context), prices.contracts, prices.lists, months)
        except TariffError as error:
            return f"kan inte bedömas i basårets priser: {error}"
        return cells


def _with_spot(context: BillingContext, priced: BillingContext, there: Instants, hours: Instants) -> BillingContext:
    """Return the context with the spot prices of `priced`, which lie on the hours `there`, on the hours wanted."""
    at = ((hours - there[0]) // _HOUR).astype(np.int64)
    inside = (at >= 0) & (at < len(there))
    found: dict[str, Any] = {}
    for name in ("spot_sek_per_kwh", "spot_quarters_sek_per_kwh"):
        values = getattr(priced, name)
        if values is not None:
            taken = np.full((len(hours), *values.shape[1:]), np.nan)
            taken[inside] = values[at[inside]]
            found[name] = taken
    return replace(context, **found)


def _whole(row: AvoidedRow, *scopes: str) -> bool:
    return row.component == ALL and row.scope in scopes


def _unknown(row: AvoidedRow, reason: str, **said: Any) -> Row:
    """Return a row without figures, with the reason."""
    known = figures.avoided_cost_row(row, **said)
    empty = dict.fromkeys((c for c in known if c.endswith("_pct") or "_sek" in c), None)
    return {**known, **empty, "excludes": None, "reason": reason}
