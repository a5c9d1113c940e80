"""One meter, one month, one component: what it cost with and without the project, draw by draw, or why that is unknown.

Both loads are billed through the whole tariff. The mean prediction is never billed, since the peaks of a smooth series
are too low: every draw is billed. A component that needs what the baseline has no model of is not assessed, alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from energy.calendar import normal_time
from energy.model import BilledComponent, BillingContext, Carrier, Contract, Floats, PriceList
from energy.savings.saved.counterfactual import Counterfactual
from energy.tariffs.bill import bill

_NAN = float("nan")
# what a component is computed on beside the energy; these may lack a model while the energy has one
NEEDS: Mapping[str, tuple[str, ...]] = {
    "flow": ("volume_m3",),
    "return_temperature": ("volume_m3", "return_m3c", "supply_m3c"),
    "reactive": ("reactive_kvarh",),
}


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


def cells_of(
    case: Case, contracts: Sequence[Contract], lists: Sequence[PriceList], months: Sequence[date]
) -> list[Cell]:
    """Return one cell of energy per month and one cell of cost per month and component of one metering point."""
    with_project, without = bills_of(case, contracts, lists, months)
    return cells_from(case, with_project, without, months)


def bills_of(
    case: Case, contracts: Sequence[Contract], lists: Sequence[PriceList], months: Sequence[date]
) -> tuple[list[BilledComponent], list[BilledComponent]]:
    """Return the lines of the bills with (k = 1) and without (k draws) the project.

    Raises TariffError from the bill when contracts or price lists are wrong.
    """
    with_project = bill(case.loads.actual, contracts, lists, months, case.context)
    if not case.contracts_without_project:
        return with_project, []
    return with_project, bill(case.loads.load, contracts, lists, months, case.context)


def cells_from(
    case: Case, with_project: Iterable[BilledComponent], without: Iterable[BilledComponent], months: Sequence[date]
) -> list[Cell]:
    """Return the cells of one metering point from its two bills."""
    paid, drawn = _billed(with_project), _billed(without)
    cells = [_energy_cell(case, month) for month in months]
    nothing: tuple[Floats, str | None] = (np.zeros(1), None)
    for month, component in sorted(paid.keys() | drawn.keys()):
        actual, why = paid.get((month, component), nothing)
        adjusted, why_not = drawn.get((month, component), nothing)
        reason = case.loads.reason or why or (why_not and _unfit(case, component)) or why_not
        point = case.loads.actual.metering_point
        cells.append(Cell(point, case.carrier, month, component, float(actual[0]), adjusted, reason))
    return [_margin(cell) for cell in cells] if case.at_the_margin else cells


def _unfit(case: Case, component: str) -> str | None:
    """Return why a component has no counterfactual although the energy has one."""
    unfit = case.loads.unfit
    return next((unfit[quantity] for quantity in NEEDS.get(component, ()) if quantity in unfit), None)


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
