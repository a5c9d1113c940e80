"""What the templates are given: a view of the marts, tables of written cells, sections. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from dashboards import text
from dashboards.charts.base import Chart
from dashboards.options import SiteOptions

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """One written cell. `sort` is what the column sorts by, `mark` a class that adds a sign beside the word."""

    text: str
    sort: str = ""
    numeric: bool = False
    mark: str = ""
    href: str = ""
    key: bool = False
    long: bool = False


@dataclass(frozen=True)
class Table:
    """One written table. Without rows `missing` says why."""

    key: str
    caption: str
    heads: tuple[tuple[str, bool], ...]  # heading, numeric
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]  # anchor, cells; the first cell is the row's header
    sortable: bool = False
    missing: str = ""
    note: str = ""


@dataclass(frozen=True)
class Col:
    """How one column of a frame is written."""

    name: str
    heading: str
    write: Callable[[Any], str] = text.day
    numeric: bool = False
    mark: Callable[[Any], str] | None = None
    href: Callable[[Row], str] | None = None
    key: bool = False
    long: bool = False  # running text: may break into lines


def plain(value: Any) -> str:
    """Return a text as it is; absent becomes "Data saknas"."""
    return text.MISSING if value is None or value == "" else str(value)


def dash(value: Any) -> str:
    """Return a text as it is; absent becomes a dash, for columns where most rows have nothing to say."""
    return "–" if value is None or value == "" else str(value)


def count(value: Any) -> str:
    """Return a whole number."""
    return text.number(value)


def coded(kind: str) -> Callable[[Any], str]:
    """Return the writer of codes of one kind."""
    return lambda value: text.code(kind, value)


def money(options: SiteOptions, sign: bool = False) -> Callable[[Any], str]:
    """Return the writer of amounts in the unit of the house."""
    return lambda value: text.amount_number(value, options.amount_unit, sign)


RECEIPT = Col("evidence_key", "Kvitto", dash, key=True)


def table(
    key: str,
    caption: str,
    frame: pl.DataFrame,
    columns: Sequence[Col],
    missing: str,
    sortable: bool = False,
    anchor: Callable[[Row], str] | None = None,
    note: str = "",
) -> Table:
    """Return `frame` written by `columns`."""
    rows = tuple(
        (anchor(row) if anchor else "", tuple(_cell(column, row) for column in columns))
        for row in frame.iter_rows(named=True)
    )
    heads = tuple((column.heading, column.numeric) for column in columns)
    return Table(key, caption, heads, rows, sortable, missing, note)


def _cell(column: Col, row: Row) -> Cell:
    value = row[column.name]
    sort = "" if value is None else (repr(float(value)) if isinstance(value, int | float) else str(value))
    mark = column.mark(value) if column.mark else ""
    return Cell(
        column.write(value),
        sort,
        column.numeric,
        mark,
        column.href(row) if column.href else "",
        column.key,
        column.long,
    )


def chart_table(chart: Chart) -> Table:
    """Return the table of a chart: the drawn frame, written."""
    writers = [_writer(name, kind, chart.decimals.get(name, 0)) for name, kind in chart.table.schema.items()]
    heads = tuple((name, kind.is_numeric()) for name, kind in chart.table.schema.items())
    rows = tuple(
        ("", tuple(Cell(write(value), numeric=head[1]) for write, value, head in zip(writers, row, heads, strict=True)))
        for row in chart.table.iter_rows()
    )
    return Table(f"{chart.key}-tabell", chart.title, heads, rows)


def _writer(name: str, kind: pl.DataType, decimals: int) -> Callable[[Any], str]:
    if kind.is_numeric():
        return lambda value: text.number(value, decimals)
    if kind == pl.Date:
        return text.month if name.startswith("Månad") else text.day
    return plain


@dataclass(frozen=True)
class Facility:
    """One facility as the pages name it."""

    id: str
    name: str
    anchor: str
    synthetic: bool
    placebo_only: bool


@dataclass
class View:
    """The conformed marts, the options, and the charts drawn so far (a chart may stand on several pages)."""

    marts: Mapping[str, pl.DataFrame]
    options: SiteOptions
    drawn: dict[str, Chart] = field(default_factory=dict)

    def rows(self, mart: str, **where: Any) -> pl.DataFrame:
        """Return the rows of `mart` whose columns equal `where`."""
        frame = self.marts[mart]
        return frame.filter(*[pl.col(name) == value for name, value in where.items()]) if where else frame

    def facilities(self) -> list[Facility]:
        """Return the facilities in the order of the mart."""
        return [
            Facility(
                r["facility"],
                r["name"] or r["facility"],
                text.identifier("anl", r["facility"]),
                bool(r["synthetic"]),
                bool(r["placebo_only"]),
            )
            for r in self.marts["facilities"].drop_nulls("facility").iter_rows(named=True)
        ]

    def once(self, make: Callable[[str], Chart], *key: str) -> Chart:
        """Return the chart of `key`, drawing it the first time."""
        name = text.identifier(*key)
        if name not in self.drawn:
            self.drawn[name] = make(name)
        return self.drawn[name]

    @property
    def synthetic(self) -> bool:
        """Return True when anything shown is made up."""
        return self.options.synthetic or any(f.synthetic for f in self.facilities())

    @property
    def unit_word(self) -> str:
        """Return the word after amounts."""
        return text.AMOUNT_UNITS[self.options.amount_unit][1]


def values(frame: pl.DataFrame, column: str) -> list[Any]:
    """Return the different values of a column in the order they first stand, null left out."""
    return frame.get_column(column).drop_nulls().unique(maintain_order=True).to_list()
