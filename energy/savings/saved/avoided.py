"""Avoided energy and avoided cost by period, carrier and component: sums of cells, draw by draw.

The figure is the mean of the drawn bills and the band their central interval. Totals are made of draws, never of bands.
Draws of a facility's metering points are joint (`randoms.Seeds`).

What a total holds: a month whose energy part is not assessed for every meter in it is left out whole, since a project's
cost side must not fall away from its saving; a component that is not assessed is left out of its months. Both stand in
`excludes`, on both sides of the difference. Where less than three quarters of the months remain there is no figure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from energy.calendar import next_month
from energy.model import Band, Contract, Floats, PriceList
from energy.savings.bands.uncertainty import band
from energy.savings.saved.cells import Case as Case
from energy.savings.saved.cells import Cell as Cell
from energy.savings.saved.cells import cells_of as cells_of

ALL = "all"
SCOPES = ("month", "year", "last_12_months", "reporting_period")
COMPONENTS_SV: Mapping[str, str] = {
    "fixed": "fast avgift", "energy": "energi", "demand": "effekt", "flow": "flöde",
    "return_temperature": "returtemperatur", "reactive": "reaktiv effekt", "overrun": "överuttag", "tax": "skatt",
    "other": "övrigt",
}  # fmt: skip
_MONTHS_SV = ["jan", "feb", "mars", "april", "maj", "juni", "juli", "aug", "sept", "okt", "nov", "dec"]
_LEAST_MONTHS = 0.75
_NAN = float("nan")
_NOTHING = Band(_NAN, _NAN, _NAN, reason="ingen uppgift")


@dataclass(frozen=True)
class AvoidedRow:
    """Figures of one period [period_start, period_end), carrier and component, "all" for sums.

    Energy [kWh] is over the hours known with and without the project and is NaN in rows of one component; cost [SEK
    excl. VAT] is NaN, with the reason in the band, where a bill cannot be assessed. `excludes` tells in Swedish what a
    total leaves out ("" when it is whole); `cost_probability` and `energy_probability` are the shares of draws with a
    saving above zero, NaN where there is no figure.
    """

    scope: str  # one of SCOPES
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
    excludes: str = ""
    cost_probability: float = _NAN
    energy_probability: float = _NAN


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
    return rows_of([cell for case in cases for cell in cells_of(case, contracts, lists, months)], months)


def rows_of(cells: Sequence[Cell], months: Sequence[date], scopes: Collection[str] = SCOPES) -> list[AvoidedRow]:
    """Return the rows of the chosen scopes from the cells of all metering points."""
    rows: list[AvoidedRow] = []
    for scope, chosen in _scopes(months):
        if scope in scopes:
            inside = [c for c in cells if c.month in chosen]
            rows += _rows(scope, min(chosen), next_month(max(chosen)), inside)
    return rows


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
        lost = _lost_months(mine)
        for component in sorted({c.component for c in mine if c.component is not None}):
            one = [c for c in mine if c.component == component]
            rows.append(_row(scope, start, end, carrier, component, one, lost))
        rows.append(_row(scope, start, end, carrier, ALL, mine, lost))
    return [*rows, _row(scope, start, end, ALL, ALL, cells, _lost_months(cells))]


def _row(
    scope: str, start: date, end: date, carrier: str, component: str, cells: Sequence[Cell], lost: frozenset[date]
) -> AvoidedRow:
    energy, cost = [c for c in cells if c.component is None], [c for c in cells if c.component is not None]
    used, paid = _energy(energy), _cost(cost, lost)
    return AvoidedRow(
        scope, start, end, carrier, component, used.actual, used.adjusted, used.avoided, paid.actual, paid.adjusted,
        paid.avoided,
        hours=sum(c.hours for c in energy),
        hours_known=sum(c.hours_known for c in energy),
        hours_excluded=_clock_hours(energy),
        excludes=paid.excludes,
        cost_probability=paid.probability,
        energy_probability=used.probability,
    )  # fmt: skip


def _clock_hours(cells: Sequence[Cell]) -> int:
    """Return the hours of the clock without credited saving: an hour that several meters lack is one hour."""
    months: dict[date, int] = {}
    for cell in cells:
        months[cell.month] = max(months.get(cell.month, 0), cell.hours_excluded)
    return sum(months.values())


@dataclass(frozen=True)
class _Sum:
    actual: float
    adjusted: Band
    avoided: Band
    probability: float = _NAN
    excludes: str = ""


def _energy(cells: Sequence[Cell]) -> _Sum:
    if not cells:
        return _Sum(_NAN, _NOTHING, _NOTHING)
    return _summed(cells, next((c.reason for c in cells if c.reason), None))


def assessed(cells: Sequence[Cell]) -> tuple[list[Cell], str | None]:
    """Return the cells of cost that the total of a period for all carriers holds, or none and why there is no total."""
    costs = [c for c in cells if c.component is not None]
    return _assessed(costs, _lost_months(cells))


def _assessed(cells: Sequence[Cell], lost: frozenset[date]) -> tuple[list[Cell], str | None]:
    months = {c.month for c in cells}
    kept = [c for c in cells if c.month not in lost and c.reason is None]
    if kept and len({c.month for c in kept}) >= _LEAST_MONTHS * len(months):
        return kept, None
    told = sorted(cells, key=lambda c: c.component != "energy")
    return [], next((c.reason for c in told if c.reason), None) or _lost_text(months & lost)


def _cost(cells: Sequence[Cell], lost: frozenset[date]) -> _Sum:
    """Return the sums over what is assessed outside the lost months, and what is left out; NaN where too little is."""
    if not cells:
        return _Sum(_NAN, _NOTHING, _NOTHING)
    kept, reason = _assessed(cells, lost)
    if not kept:
        known = [c for c in cells if not np.isnan(c.actual)]
        actual = float(np.sum([c.actual for c in known])) if len(known) == len(cells) else _NAN
        nothing = Band(_NAN, _NAN, _NAN, reason=reason)
        return _Sum(actual, nothing, nothing)
    return _summed(kept, None, _excludes(cells, {c.month for c in cells} & lost))


def _summed(cells: Sequence[Cell], reason: str | None, excludes: str = "") -> _Sum:
    """Return (actual, adjusted, avoided) summed over cells draw by draw; NaN with the reason where unknown."""
    actual = float(np.sum([c.actual for c in cells]))
    adjusted: Floats = sum((c.adjusted for c in cells), start=np.zeros(1))
    saved = band(adjusted - actual, reason=reason)
    probability = _NAN if np.isnan(saved.value) else float((adjusted - actual > 0).mean())
    return _Sum(actual, band(adjusted, reason=reason), saved, probability, excludes)


def _lost_months(cells: Sequence[Cell]) -> frozenset[date]:
    """Return the months in which the energy part of some meter is not assessed."""
    return frozenset(c.month for c in cells if c.component == "energy" and c.reason is not None)


def _excludes(cells: Sequence[Cell], lost: frozenset[date] | set[date]) -> str:
    """Return in Swedish what a total leaves out: components, in how many of its months, and whole months."""
    months = {c.month for c in cells} - lost
    out: dict[str, set[date]] = {}
    for cell in cells:
        if cell.reason is not None and cell.month not in lost and cell.component is not None:
            out.setdefault(cell.component, set()).add(cell.month)
    words = []
    for component in [name for name in COMPONENTS_SV if name in out]:
        billed = {c.month for c in cells if c.component == component and c.month in months}
        part = f" i {len(out[component])} av {len(billed)} månader" if len(out[component]) < len(billed) else ""
        words.append(COMPONENTS_SV[component] + part)
    words += [_lost_text(lost)] if lost else []
    return "exklusive " + " och ".join(words) if words else ""


def _lost_text(months: Collection[date]) -> str:
    return ", ".join(f"{_MONTHS_SV[m.month - 1]} {m.year}" for m in sorted(months))


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
            "cost_reason": r.avoided_cost_sek.reason, "excludes": r.excludes or None,
            "cost_probability": r.cost_probability, "energy_probability": r.energy_probability,
        }
        for r in rows
    ]  # fmt: skip
    frame = pl.DataFrame(records, infer_schema_length=None)
    return frame.with_columns(pl.col(pl.Float64).fill_nan(None))


def _columns(name: str, unit: str, found: Band) -> dict[str, float]:
    return {f"{name}_{unit}": found.value, f"{name}_low_{unit}": found.low, f"{name}_high_{unit}": found.high}
