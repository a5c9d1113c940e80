"""Avoided energy and avoided cost: the metered and the counterfactual load, both billed through the whole tariff.

The mean prediction is never billed, since the peaks of a smooth series are too low: every draw is billed, the figure is
the mean of the bills and the band their central interval. Totals are made of draws, never of bands. Draws of different
metering points are independent (their own seeds).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from energy.calendar import next_month, normal_time
from energy.model import Band, BilledComponent, BillingContext, Carrier, Contract, Floats, PriceList
from energy.savings.counterfactual import Counterfactual
from energy.savings.uncertainty import band
from energy.tariffs.bill import bill

ALL = "all"
_NAN = float("nan")


@dataclass(frozen=True)
class Case:
    """A boundary meter to be valued: carrier, both loads, and what billing them needs (arrays along the same hours).

    `contracts_without_project=False` for a metering point that the project brought: without it, no contract either.
    `at_the_margin=True` counts only what the project added to the meter (see `isolation`): adjusted is then zero.
    """

    carrier: Carrier
    loads: Counterfactual
    context: BillingContext
    contracts_without_project: bool = True
    at_the_margin: bool = False


@dataclass(frozen=True)
class Cell:
    """One month of one metering point: energy [kWh] (component None) or one component's cost [SEK].

    `actual` as metered, `adjusted` (k,) without the project; hours count the reporting hours of the month.
    """

    metering_point: str
    carrier: str
    month: date
    component: str | None
    actual: float
    adjusted: Floats
    reason: str | None = None
    hours: int = 0
    hours_known: int = 0
    hours_excluded: int = 0


@dataclass(frozen=True)
class AvoidedRow:
    """Figures of one period [period_start, period_end), carrier and component, "all" for sums.

    Energy [kWh] is over the hours known with and without the project and is NaN in rows of one component; cost [SEK
    excl. VAT] is NaN, with the reason in the band, where a bill cannot be assessed.
    """

    scope: str  # month, year, reporting_period, last_12_months
    period_start: date
    period_end: date
    carrier: str
    component: str
    metered_kwh: float
    adjusted_baseline_kwh: Band
    avoided_energy_kwh: Band
    actual_cost_sek: float
    adjusted_baseline_cost_sek: Band
    avoided_cost_sek: Band
    hours: int
    hours_known: int
    hours_excluded: int


def avoided(
    cases: Sequence[Case],
    contracts: Sequence[Contract],
    lists: Sequence[PriceList],
    months: Sequence[date],
) -> list[AvoidedRow]:
    """Return the rows of every month, calendar year, last twelve months and the whole of `months`.

    Each scope has rows by carrier x component, by carrier, and for all carriers together. Raises TariffError from the
    bill when contracts or price lists are wrong.
    """
    cells = [cell for case in cases for cell in cells_of(case, contracts, lists, months)]
    rows: list[AvoidedRow] = []
    for scope, chosen in _scopes(months):
        inside = [c for c in cells if c.month in chosen]
        rows += _rows(scope, min(chosen), next_month(max(chosen)), inside)
    return rows


def cells_of(
    case: Case, contracts: Sequence[Contract], lists: Sequence[PriceList], months: Sequence[date]
) -> list[Cell]:
    """Return one cell of energy per month and one cell of cost per month and component of one metering point."""
    with_project = _billed(bill(case.loads.actual, contracts, lists, months, case.context))
    without: Mapping[tuple[date, str], tuple[Floats, str | None]] = {}
    if case.contracts_without_project:
        without = _billed(bill(case.loads.load, contracts, lists, months, case.context))
    cells = [_energy_cell(case, month) for month in months]
    nothing: tuple[Floats, str | None] = (np.zeros(1), None)
    for month, component in sorted(with_project.keys() | without.keys()):
        actual, why = with_project.get((month, component), nothing)
        adjusted, why_not = without.get((month, component), nothing)
        reason = why or case.loads.reason or why_not
        point = case.loads.actual.metering_point
        cells.append(Cell(point, case.carrier, month, component, float(actual[0]), adjusted, reason))
    return [_margin(cell) for cell in cells] if case.at_the_margin else cells


def _margin(cell: Cell) -> Cell:
    """Return the cell less what the meter would have shown without the project (k = 1)."""
    return replace(cell, actual=cell.actual - float(cell.adjusted[0]), adjusted=np.zeros(1))


def _billed(components: Iterable[BilledComponent]) -> dict[tuple[date, str], tuple[Floats, str | None]]:
    """Return (month, component) -> (sum over its lines (k,) [SEK], first reason)."""
    found: dict[tuple[date, str], tuple[Floats, str | None]] = {}
    for one in components:
        amount, reason = found.get((one.month, one.component), (np.zeros(1), None))
        found[one.month, one.component] = (amount + one.amount_sek, reason or one.reason)
    return found


def _energy_cell(case: Case, month: date) -> Cell:
    loads = case.loads
    inside = loads.reporting & (
        normal_time(loads.actual.start_utc).astype("datetime64[M]") == np.datetime64(month, "M")
    )
    metered, drawn = loads.actual.energy_kwh[inside, 0], loads.load.energy_kwh[inside]
    known = ~np.isnan(metered) if loads.reason else ~(np.isnan(metered) | np.isnan(drawn[:, 0]))
    adjusted = np.full(1, _NAN) if loads.reason else drawn[known].sum(axis=0)
    return Cell(
        metering_point=loads.actual.metering_point,
        carrier=case.carrier,
        month=month,
        component=None,
        actual=float(metered[known].sum()),
        adjusted=adjusted,
        reason=loads.reason,
        hours=int(inside.sum()),
        hours_known=int(known.sum()),
        hours_excluded=int((inside & loads.excluded).sum()),
    )


def _scopes(months: Sequence[date]) -> list[tuple[str, frozenset[date]]]:
    """Return the periods to report; the last twelve months only where there are as many."""
    ordered = sorted(set(months))
    if not ordered:
        return []
    scopes = [("month", frozenset([m])) for m in ordered]
    scopes += [("year", frozenset(m for m in ordered if m.year == y)) for y in sorted({m.year for m in ordered})]
    if len(ordered) >= 12:
        scopes.append(("last_12_months", frozenset(ordered[-12:])))
    return [*scopes, ("reporting_period", frozenset(ordered))]


def _rows(scope: str, start: date, end: date, cells: Sequence[Cell]) -> list[AvoidedRow]:
    """Return the rows of one period: carrier x component, carrier, all."""
    rows = []
    for carrier in sorted({c.carrier for c in cells}):
        mine = [c for c in cells if c.carrier == carrier]
        costs = [c for c in mine if c.component is not None]
        for component in sorted({c.component for c in costs if c.component is not None}):
            one = [c for c in costs if c.component == component]
            rows.append(_row(scope, start, end, carrier, component, one))
        rows.append(_row(scope, start, end, carrier, ALL, mine))
    return [*rows, _row(scope, start, end, ALL, ALL, cells)]


def _row(scope: str, start: date, end: date, carrier: str, component: str, cells: Sequence[Cell]) -> AvoidedRow:
    energy, cost = [c for c in cells if c.component is None], [c for c in cells if c.component is not None]
    metered, adjusted_kwh, avoided_kwh = _figures(energy)
    paid, adjusted_sek, avoided_sek = _figures(cost)
    return AvoidedRow(
        scope, start, end, carrier, component, metered, adjusted_kwh, avoided_kwh, paid, adjusted_sek, avoided_sek,
        hours=sum(c.hours for c in energy),
        hours_known=sum(c.hours_known for c in energy),
        hours_excluded=_clock_hours(energy),
    )  # fmt: skip


def _clock_hours(cells: Sequence[Cell]) -> int:
    """Return the hours of the clock without credited saving: an hour that several meters lack is one hour."""
    months: dict[date, int] = {}
    for cell in cells:
        months[cell.month] = max(months.get(cell.month, 0), cell.hours_excluded)
    return sum(months.values())


def _figures(cells: Sequence[Cell]) -> tuple[float, Band, Band]:
    """Return (actual, adjusted, avoided) summed over cells draw by draw; NaN with the first reason where unknown."""
    if not cells:
        nothing = Band(_NAN, _NAN, _NAN, reason="ingen uppgift")
        return _NAN, nothing, nothing
    actual = float(np.sum([c.actual for c in cells]))
    adjusted = sum((c.adjusted for c in cells), start=np.zeros(1))
    reason = next((c.reason for c in cells if c.reason), None)
    return actual, band(adjusted, reason=reason), band(adjusted - actual, reason=reason)


def to_frame(rows: Sequence[AvoidedRow]) -> pl.DataFrame:
    """Return one row per period, carrier and component; bands as three columns, unknown figures null."""
    records = [
        {
            "scope": r.scope, "period_start": r.period_start, "period_end": r.period_end, "carrier": r.carrier,
            "component": r.component, "metered_kwh": r.metered_kwh,
            **_columns("adjusted_baseline", "kwh", r.adjusted_baseline_kwh),
            **_columns("avoided_energy", "kwh", r.avoided_energy_kwh), "actual_cost_sek": r.actual_cost_sek,
            **_columns("adjusted_baseline_cost", "sek", r.adjusted_baseline_cost_sek),
            **_columns("avoided_cost", "sek", r.avoided_cost_sek), "hours": r.hours, "hours_known": r.hours_known,
            "hours_excluded": r.hours_excluded, "energy_reason": r.avoided_energy_kwh.reason,
            "cost_reason": r.avoided_cost_sek.reason,
        }
        for r in rows
    ]  # fmt: skip
    frame = pl.DataFrame(records, infer_schema_length=None)
    return frame.with_columns(pl.col(pl.Float64).fill_nan(None))


def _columns(name: str, unit: str, found: Band) -> dict[str, float]:
    return {f"{name}_{unit}": found.value, f"{name}_low_{unit}": found.low, f"{name}_high_{unit}": found.high}
