"""The bridge as tables: cause by tariff component, and every comparison of two periods in one row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from dashboards import text
from dashboards.charts.bridge import TOTALS
from dashboards.codes import CODES
from dashboards.pages import parts
from dashboards.pages.base import RECEIPT, Col, Facility, Table, View, band_col, coded, money, table, values

_COMPONENTS = [c for c in CODES["component"] if c != "all"]
_STEPS = list(CODES["step"])
_NOTE = (
    "Varje rad är en orsak och varje kolumn en avgiftsdel. Orsakerna summerar till avgiftsdelens hela ändring, och "
    "avgiftsdelarna till orsaken. Ordningen spelar ingen roll: varje orsak är medelvärdet över alla ordningar "
    "(Shapley). Kalender är antal dagar, skottdag och helger. "
)


def matrices(view: View, facility: Facility) -> list[Table]:
    """Return a table of cause by component for every project and carrier, of the base year and the last 12 months."""
    cells = view.rows("bridge_matrix", facility=facility.id, comparison="base")
    found = []
    for project in values(cells, "project"):
        of_project = cells.filter(pl.col("project") == project)
        for carrier in sorted(parts.drawn(of_project), key=lambda c: (c != "all", c)):
            found.append(_matrix(view, facility, of_project.filter(pl.col("carrier") == carrier), project, carrier))
    return found


def _matrix(view: View, facility: Facility, cells: pl.DataFrame, project: str, carrier: str) -> Table:
    shown = _drop_zero(_drop_zero(cells, "component"), "step")
    names = [c for c in _COMPONENTS if c in set(values(shown, "component"))]
    wide = shown.pivot("component", index=["step_no", "step"], values="amount_sek", aggregate_function="first").sort(
        "step_no"
    )
    total = shown.filter(component="all").select(
        "step", "amount_sek", "amount_sek_low", "amount_sek_high", reason=pl.coalesce("reason", "note")
    )
    frame = wide.join(total, on="step").rename({n: f"{n}_sek" for n in names})
    kr, word = money(view.options, frame), view.unit_word
    placebo = parts.is_placebo(view, facility, project)
    columns = [
        Col("step", "Orsak", lambda v: parts.step_word(v, placebo)),
        *(Col(f"{n}_sek", f"{text.capital(text.code('component', n))} ({word})", _cell(kr), True) for n in names),
        Col("amount_sek", f"Summa ({word})", _cell(kr), True),
        band_col("amount_sek", f"90{text.NBSP}%-band ({word})", kr),
        Col("reason", "Kommentar", lambda v: "–" if v is None else text.capital(str(v)), long=True),
    ]
    span = cells.row(0, named=True)
    caption = f"Orsak och avgiftsdel, {text.code('carrier', carrier)}, {facility.name}"
    dates = (
        f"Före är {text.span(span['base_from'], span['base_to'])}, efter "
        f"{text.span(span['reporting_from'], span['reporting_to'])}. "
    )
    key = f"{facility.anchor}-orsaker-{text.identifier(project, carrier)}"
    note = dates + _NOTE + ("" if placebo else f"{text.BRIDGE_IS_NOT_SAVING} ") + text.ROUNDING_NOTE
    return table(key, caption, frame, columns, "Ingen brygga.", note=note)


def years(view: View, facility: Facility) -> list[Table]:
    """Return a table per project: one row per comparison of a year with the one before, the causes side by side."""
    cells = view.rows("bridge_matrix", facility=facility.id, carrier="all", component="all").filter(
        pl.col("comparison") != "base"
    )
    return [
        _years(view, facility, cells.filter(pl.col("project") == project), project)
        for project in values(cells, "project")
    ]


def _years(view: View, facility: Facility, cells: pl.DataFrame, project: str) -> Table:
    shown = _drop_zero(cells, "step")
    names = [s for s in _STEPS if s in set(values(shown, "step"))]
    index = ["comparison", "reporting_from", "reporting_to"]
    frame = shown.pivot("step", index=index, values="amount_sek", aggregate_function="first").sort(
        "comparison", descending=True
    )
    frame = frame.rename({n: f"{n}_sek" for n in names})
    kr, word = money(view.options, frame), view.unit_word
    placebo = parts.is_placebo(view, facility, project)
    columns = [
        Col("comparison", "Från och till", lambda v: str(v).replace("-", " till ")),
        *(Col(f"{n}_sek", f"{parts.step_word(n, placebo)} ({word})", _cell(kr), True) for n in names),
    ]
    last = cells.filter(pl.col("reporting_to") == pl.col("reporting_to").max()).row(0, named=True)
    note = "Alla energislag inom projektets mätgräns, samma sätt att räkna som ovan. "
    note += "" if placebo else f"{text.BRIDGE_IS_NOT_SAVING} "
    if last["reporting_to"].month < 12:
        note += (
            f"{last['reporting_to']:%Y} är till och med {text.day(last['reporting_to'])}, mot samma månader året före. "
        )
    key = f"{facility.anchor}-ar-till-ar-{text.identifier(project)}"
    return table(key, f"Från år till år, {facility.name}", frame, columns, "", note=note + text.ROUNDING_NOTE)


def paid(view: View, facility: Facility) -> list[Table]:
    """Return a table per project: the bridge of the base year from what was invoiced to what was invoiced."""
    rows = view.rows("bridge_paid", facility=facility.id, comparison="base", carrier="all")
    found = []
    for project in values(rows, "project"):
        mine = rows.filter(pl.col("project") == project)
        kr, word = money(view.options, mine), view.unit_word
        placebo = parts.is_placebo(view, facility, project)
        kept = mine.filter(
            pl.col("step").is_in(TOTALS) | pl.col("amount_sek").is_null() | (pl.col("amount_sek").abs() >= 0.005)
        )
        columns = [
            Col("step", "Orsak", lambda v, p=placebo: parts.step_word(v, p)),  # type: ignore[misc]
            Col("amount_sek", f"Belopp ({word})", _cell(kr), True),
            band_col("amount_sek", f"90{text.NBSP}%-band ({word})", kr),
            Col("reason", "Kommentar", lambda v: "–" if v is None else text.capital(text.why(str(v))), long=True),
            RECEIPT,
        ]
        key = f"{facility.anchor}-betalt-{text.identifier(project)}"
        note = "Samma orsaker som ovan; före och efter är det som fakturerats för periodens förbrukning, och stöd som "
        note += "bokförts utan faktura. Stöd och engångsposter är ingen besparing. " + text.ROUNDING_NOTE
        caption = f"Från fakturerat före till fakturerat efter, {facility.name}"
        found.append(table(key, caption, kept, columns, "Ingen brygga.", note=note))
    return found


def bearers(view: View, facility: Facility) -> list[Table]:
    """Return a table per project: each cost bearer's part of the causes, and what a changed key moved."""
    rows = view.rows("bridge_bearer", facility=facility.id, comparison="base", carrier="all")
    return [
        _bearers(view, facility, rows.filter(pl.col("project") == project), project)
        for project in values(rows, "project")
    ]


def _bearers(view: View, facility: Facility, rows: pl.DataFrame, project: str) -> Table:
    shown = _drop_zero(rows, "step")
    names = [s for s in _STEPS if s in set(values(shown, "step"))]
    frame = shown.pivot("step", index="cost_bearer", values="amount_sek", aggregate_function="first")
    frame = frame.rename({n: f"{n}_sek" for n in names})
    kr, word = money(view.options, frame), view.unit_word
    placebo = parts.is_placebo(view, facility, project)
    columns = [
        Col("cost_bearer", "Kostnadsbärare", coded("cost_bearer")),
        *(Col(f"{n}_sek", f"{parts.step_word(n, placebo)} ({word})", _cell(kr), True) for n in names),
    ]
    note = (
        "Ändrad fördelning är vad en ny fördelningsnyckel flyttar mellan bärarna. Den är ingen besparing och tar ut "
        "sig för helheten. "
    )
    key = f"{facility.anchor}-barare-{text.identifier(project)}"
    return table(key, f"Orsak och kostnadsbärare, {facility.name}", frame, columns, "", note=note + text.ROUNDING_NOTE)


def _drop_zero(cells: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return the cells without the components, or causes, that are nothing throughout; levels and sums stay."""
    kept = cells.filter(pl.col("amount_sek").is_null() | (pl.col("amount_sek").abs() >= 0.005))
    return cells.filter(pl.col(column).is_in([*set(values(kept, column)), *TOTALS, "all"]))


def _cell(kr: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: "ej bedömd" if value is None else kr(value)
