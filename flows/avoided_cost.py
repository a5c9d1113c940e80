"""Avoided cost as cash and as the steady effect, each at the prices of the reporting period and of the base year.

The formulas are in `energy.savings`; this module only carries what one needs to the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from energy.calendar import add_months, next_month
from energy.errors import TariffError
from energy.model import Contract, PriceList
from energy.savings.avoided import ALL, AvoidedRow, Case, Cell, cells_of, rows_of
from energy.savings.prices_of import prices_of
from energy.savings.steady import steady
from flows import figures

Row = dict[str, Any]
LAST = "last_12_months"
TOO_SHORT = "kan inte bedömas: den varaktiga effekten behöver tolv hela månader efter projektet, det finns"


@dataclass(frozen=True)
class Settled:
    """The steady year of the last twelve months: its months, its cases, and the cells of each at reporting prices."""

    months: tuple[date, ...]
    cases: tuple[Case, ...]
    cells: tuple[tuple[Cell, ...], ...]


def settled(
    cases: Sequence[Case], mine: Sequence[Contract], lists: Sequence[PriceList], months: Sequence[date]
) -> Settled | None:
    """Return the steady year billed at reporting prices, None where there are fewer than twelve months."""
    if len(months) < 12:
        return None
    year = tuple(months[-12:])
    found = tuple(steady(case, year) for case in cases)
    return Settled(year, found, tuple(tuple(cells_of(case, mine, lists, year)) for case in found))


def rows(
    cases: Sequence[Case], mine: Sequence[Contract], lists: Sequence[PriceList], months: Sequence[date],
    priced_from: date, found: Sequence[AvoidedRow], year: Settled | None,
) -> Iterator[Row]:  # fmt: skip
    """Yield the rows of avoided_cost but for project and run: cash and steady, at reporting and base-year prices.

    `found` are the rows at reporting prices, already billed, and `year` is the steady year; the base year begins on
    `priced_from`.
    """
    now = {"price_basis": "reporting_period", "priced_from": None, "priced_to": None}
    then = {
        "price_basis": "base_year", "priced_from": priced_from,
        "priced_to": next_month(add_months(priced_from, 11)) - timedelta(days=1),
    }  # fmt: skip
    scopes = ("year", LAST, "reporting_period")
    yield from (figures.avoided_cost_row(r, effect="cash", **now) for r in found if r.scope in scopes)
    priced = _at_prices(cases, mine, lists, months, priced_from)
    if isinstance(priced, str):
        yield from (_unknown(r, priced, effect="cash", **then) for r in found if r.scope in scopes and _whole(r))
    else:
        cash = rows_of(priced, months, scopes)
        yield from (figures.avoided_cost_row(r, effect="cash", **then) for r in cash)
    yield from _steady(year, cases, mine, lists, months, priced_from, found, (now, then))


def _steady(
    steady_year: Settled | None, cases: Sequence[Case], mine: Sequence[Contract], lists: Sequence[PriceList],
    months: Sequence[date], priced_from: date, found: Sequence[AvoidedRow], bases: tuple[Row, Row],
) -> Iterator[Row]:  # fmt: skip
    """Yield the steady year of the last twelve months, at both prices; with its reason where there are fewer."""
    if steady_year is None:
        text = f"{TOO_SHORT} {len(months)}"
        whole = [r for r in found if r.scope == "reporting_period" and _whole(r)]
        yield from (_unknown(r, text, effect="steady", **basis) for basis in bases for r in whole)
        return
    year = list(steady_year.months)
    cells = [cell for each in steady_year.cells for cell in each]
    yield from (figures.avoided_cost_row(r, effect="steady", **bases[0]) for r in rows_of(cells, year, (LAST,)))
    priced = _at_prices(steady_year.cases, mine, lists, year, priced_from, cases)
    if isinstance(priced, str):
        whole = [r for r in found if r.scope == LAST and _whole(r)]
        yield from (_unknown(r, priced, effect="steady", **bases[1]) for r in whole)
        return
    yield from (figures.avoided_cost_row(r, effect="steady", **bases[1]) for r in rows_of(priced, year, (LAST,)))


def _at_prices(
    cases: Sequence[Case], mine: Sequence[Contract], lists: Sequence[PriceList], months: Sequence[date],
    priced_from: date, spot_from: Sequence[Case] | None = None,
) -> list[Cell] | str:  # fmt: skip
    """Return the cells at the prices of the year from `priced_from`, or why there are none.

    `spot_from` are the cases whose contexts hold the spot prices of that year, where these cases' own do not.
    """
    cells: list[Cell] = []
    try:
        for case, told in zip(cases, spot_from or cases, strict=True):
            point = case.loads.actual.metering_point
            own = [one for one in mine if one.metering_point == point]
            there = told.loads.actual.start_utc
            prices = prices_of(priced_from, months, own, lists, told.context, there)
            context = replace(
                case.context,
                **_on_hours(prices.context, there, case.loads.actual.start_utc),
            )
            cells += cells_of(replace(case, context=context), prices.contracts, prices.lists, months)
    except TariffError as error:
        return f"kan inte bedömas i basårets priser: {error}"
    return cells


def _on_hours(context: Any, there: Any, hours: Any) -> Row:
    """Return the spot prices of a context at other hours, NaN before its first."""
    at = (hours - there[0]) // np.timedelta64(3600, "s")
    inside = (at >= 0) & (at < len(there))
    found: Row = {}
    for name in ("spot_sek_per_kwh", "spot_quarters_sek_per_kwh"):
        values = getattr(context, name)
        if values is not None:
            taken = np.full((len(hours), *values.shape[1:]), np.nan)
            taken[inside] = values[at[inside]]
            values = taken
        found[name] = values
    return found


def _whole(row: AvoidedRow) -> bool:
    return row.component == ALL


def _unknown(row: AvoidedRow, reason: str, **said: Any) -> Row:
    """Return a row without figures, with the reason."""
    known = figures.avoided_cost_row(row, **said)
    empty = dict.fromkeys((c for c in known if c.endswith("_pct") or "_sek" in c), None)
    return {**known, **empty, "excludes": None, "reason": reason}
