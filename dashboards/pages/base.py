"""What the templates are given: a view of the marts, tables of written cells, sections. Nothing is computed here."""

from __future__ import annotations

import re
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
    fine: bool = False  # no rows is good news, not missing data


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
    of: Callable[[Row], str] | None = None  # written from the whole row instead of from its value


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


def coded_or_dash(kind: str) -> Callable[[Any], str]:
    """Return the writer of codes of one kind; absent becomes a dash."""
    return lambda value: text.code(kind, value) if value else "–"


def running(value: Any) -> str:
    """Return a running text whose numbers keep their units; absent becomes "Data saknas"."""
    return text.tied(plain(value))


def money(options: SiteOptions, frame: pl.DataFrame) -> Callable[[Any], str]:
    """Return the writer of the amounts of a table in the unit of the house, with the decimals they need together."""
    names = [c for c in frame.columns if c.removesuffix("_low").removesuffix("_per_year").endswith("_sek")]
    amounts = [frame.get_column(c).abs().max() for c in names]
    known = [a for a in amounts if isinstance(a, float)]
    decimals = 1 if options.amount_unit != "SEK" and 0 < max(known, default=0.0) < 1e5 else 0
    return lambda value: text.amount_number(value, options.amount_unit, decimals=decimals)


def band_col(name: str, heading: str, write: Callable[[Any], str], certain: str = "mätt") -> Col:
    """Return the column of a band in words; a figure without one, as by a meter of its own, says `certain`."""

    def words(row: Row) -> str:
        low, high = row[f"{name}_low"], row[f"{name}_high"]
        if low is None or high is None:
            return "–"
        if low == high == row[name]:
            return certain if low else "–"
        return f"{write(low)} till {write(high)}"

    return Col(f"{name}_low", heading, write, True, of=words)


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
    fine: bool = False,
) -> Table:
    """Return `frame` written by `columns`. A column where no row has anything to say is left out."""
    rows = tuple(
        (anchor(row) if anchor else "", tuple(_cell(column, row) for column in columns))
        for row in frame.iter_rows(named=True)
    )
    heads = tuple((column.heading, column.numeric) for column in columns)
    kept = [n for n in range(len(heads)) if n == 0 or not rows or any(cells[n].text != "–" for _, cells in rows)]
    rows = tuple((at, tuple(cells[n] for n in kept)) for at, cells in rows)
    return Table(key, caption, tuple(heads[n] for n in kept), rows, sortable, missing, note, fine)


def _cell(column: Col, row: Row) -> Cell:
    value = row[column.name]
    shown = column.of(row) if column.of else column.write(value)
    sort = "" if value is None else shown if isinstance(value, str) else str(value)
    sort = repr(float(value)) if isinstance(value, int | float) else sort
    mark = column.mark(value) if column.mark else ""
    return Cell(
        shown,
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

    def meter_name(self, point: str, carrier: str = "") -> str:
        """Return what people call a metering point; without a name its energy carrier."""
        named = self.rows("freshness", metering_point=point).drop_nulls("name").get_column("name")
        return str(named[0]) if len(named) else text.code("carrier", carrier or None)

    def not_assessed(self, facility: str) -> str:
        """Return why a facility, or something of it, could not be assessed; "" when all could."""
        rows = self.rows("findings", facility=facility).drop_nulls("rule")
        rows = rows.filter(pl.col("rule").str.contains(r"^(facility_not_assessed|not_assessed_)"))
        return text.sentence(text.why(rows.get_column("message")[0])) if rows.height else ""

    @property
    def synthetic(self) -> bool:
        """Return True when anything shown is made up."""
        return self.options.synthetic or any(f.synthetic for f in self.facilities())

    @property
    def written(self) -> str:
        """Return when the pages were written, as a sentence; "" when nothing tells."""
        given = self.options.generated_text.strip().removesuffix(".")
        return f"Skapad {given}." if re.match(r"\d{4}-\d\d-\d\d", given) else self.options.generated_text

    @property
    def unit_word(self) -> str:
        """Return the word after amounts."""
        return text.AMOUNT_UNITS[self.options.amount_unit][1]


def values(frame: pl.DataFrame, column: str) -> list[Any]:
    """Return the different values of a column in the order they first stand, null left out."""
    return frame.get_column(column).drop_nulls().unique(maintain_order=True).to_list()
