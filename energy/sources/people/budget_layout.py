"""Where a budget keeps its months: in a column of their own, or as twelve columns. Headings, months, units; no keys."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from energy.errors import SourceError
from energy.sources import grid
from energy.sources.people import people

FIELDS = ("version", "facility", "carrier", "component", "account", "cost_centre")
WORDS: people.Words = {
    "version": ("budgetversion",),
    "year": ("år", "budgetår"),
    "facility": ("anläggning",),
    "carrier": ("energislag", "media"),
    "component": ("avgiftsdel", "kostnadsdel"),
    "account": ("konto", "kontonummer"),
    "cost_centre": ("kostnadsställe", "ansvar", "cost centre", "cost center"),
    "unit": ("enhet",),
}
VALUE_WORDS: people.Words = {
    "amount": ("belopp", "budget"),
    "amount_sek": ("belopp (kr)", "belopp kr", "belopp (sek)", "belopp sek", "kr", "sek"),
    "amount_tkr": ("belopp (tkr)", "belopp tkr", "tkr", "kkr", "belopp (kkr)", "budget (tkr)", "budget tkr"),
    "energy_kwh": ("energi (kwh)", "energi kwh", "kwh", "förbrukning (kwh)"),
    "energy_mwh": ("energi (mwh)", "energi mwh", "mwh", "förbrukning (mwh)"),
}
VALUES = tuple(VALUE_WORDS)
LONG: people.Words = {"month": ("månad", "period"), **WORDS, **VALUE_WORDS}
MONEY_UNITS: Mapping[str, float] = {"kr": 1.0, "sek": 1.0, "tkr": 1e3, "kkr": 1e3, "ksek": 1e3, "mkr": 1e6}
ENERGY_UNITS: Mapping[str, float] = {"kwh": 1.0, "mwh": 1e3, "gwh": 1e6}
UNITS: Mapping[str, float] = {**MONEY_UNITS, **ENERGY_UNITS}
MONTHS = (
    ("januari", "january"), ("februari", "february"), ("mars", "march"), ("april", "april"), ("maj", "may"),
    ("juni", "june"), ("juli", "july"), ("augusti", "august"), ("september", "september"), ("oktober", "october"),
    ("november", "november"), ("december", "december"),
)  # fmt: skip
_NUMERIC = re.compile(r"(?:(\d{4})[-/ ]?)?(0?[1-9]|1[0-2])(?:\.0)?")
_DATED = re.compile(r"(\d{4})-(\d\d)-01(?:[T ]00:00(?::00)?)?")
_WORDED = re.compile(r"([a-zåäö]{3,9})\.?(?:[ -]+(\d{4}|\d\d))?")
_MOST_TEXTS = 5000  # different texts of months that are looked at; a century has 1 200


@dataclass(frozen=True)
class Months:
    """The month columns of a wide table: heading -> (year, or None where the headings tell none; month)."""

    columns: Mapping[str, tuple[int | None, int]]

    @property
    def dated(self) -> bool:
        """Return whether the headings tell the year."""
        return all(year is not None for year, _ in self.columns.values())


def find(lines: grid.Lines, file: str) -> tuple[grid.Grid, Months | None]:
    """Return the table and, where months are columns, which; each of them is then a column named by its heading.

    Raises SourceError where there is neither a column of months nor columns for months.
    """
    optional = {key: words for key, words in LONG.items() if key != "month"}
    try:
        long = grid.find(lines, file, {"month": LONG["month"]}, optional)
    except SourceError:
        long = None
    if long and any(value not in long.missing for value in VALUES):
        return long, None
    head = [[str(c or "").casefold() for c in row] for row in lines.rows["cells"].head(grid.SEARCHED).to_list()]
    wide = months(head)
    if wide is None:
        return long or grid.find(lines, file, {"month": LONG["month"]}, optional), None
    return grid.find(lines, file, dict.fromkeys(wide.columns, ()), WORDS), wide


def headings(wide: Months | None) -> people.Words:
    """Return the headings of each column that `find` asks for."""
    return LONG if wide is None else {**dict.fromkeys(wide.columns, ()), **WORDS}


def months(head: Sequence[Sequence[str]]) -> Months | None:
    """Return the month columns of the first row that has them: all twelve names, or two or more with their years."""
    for row in head:
        found = {cell: month for cell in row[:200] if (month := month_of(cell))}
        named = {cell: month for cell, month in found.items() if month[0] is None}
        dated = {cell: month for cell, month in found.items() if month[0] is not None}
        if len(set(named.values())) == len(named) == 12:
            return Months(named)
        if len(set(dated.values())) == len(dated) >= 2:
            return Months(dated)
    return None


def month_of(text: str) -> tuple[int | None, int] | None:
    """Return (year or None, month) of a text: 2025-01, 202501, 2025-01-01, jan, januari 2025, jan-25, 1; else None."""
    word = text.strip().casefold()
    if len(word) > 20:
        return None
    if found := _DATED.fullmatch(word):
        return (int(found[1]), int(found[2])) if 1 <= int(found[2]) <= 12 else None
    if found := _NUMERIC.fullmatch(word):
        return (int(found[1]) if found[1] else None, int(found[2]))
    if not (found := _WORDED.fullmatch(word)):
        return None
    name = found[1]
    number = next((n for n, names in enumerate(MONTHS, start=1) if any(m.startswith(name) for m in names)), None)
    year = int(found[2]) if found[2] else None
    return None if number is None else (year + 2000 if year is not None and year < 100 else year, number)


def month_cells(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with `month_text`, `month_year` and `month_no`, null where the text is no month."""
    told = rows["month"].unique().sort().to_list()[:_MOST_TEXTS]
    known = {text: month for text in told if (month := month_of(text))}
    table = pl.DataFrame(
        {
            "month": list(known),
            "month_year": [y for y, _ in known.values()],
            "month_no": [m for _, m in known.values()],
        },
        schema={"month": pl.String, "month_year": pl.Int64, "month_no": pl.Int64},
    )
    return rows.join(table, on="month", how="left", maintain_order="left").rename({"month": "month_text"})


def melted(rows: pl.DataFrame, wide: Months) -> pl.DataFrame:
    """Return one row per row and month with a value: `amount`, `month_text`, `month_year` and `month_no`."""
    columns = {heading: f"month:{n}" for n, heading in enumerate(wide.columns)}
    numbers = pl.DataFrame(
        {
            "column": list(columns.values()),
            "month_text": list(columns),
            "month_year": [year for year, _ in wide.columns.values()],
            "month_no": [month for _, month in wide.columns.values()],
        },
        schema={"column": pl.String, "month_text": pl.String, "month_year": pl.Int64, "month_no": pl.Int64},
    )
    long = rows.rename(columns).unpivot(
        list(columns.values()), index=["row_no", "original", *WORDS], variable_name="column", value_name="amount"
    )
    return (
        long.filter(pl.col("amount") != "")
        .join(numbers, on="column", how="left")
        .sort("row_no", "month_year", "month_no")
    )


def told_unit(lines: grid.Lines, table: grid.Grid) -> str | None:
    """Return the thousands or millions that a line above the headings speaks of, where no heading tells a unit."""
    if any(column not in table.missing for column in ("amount_sek", "amount_tkr") if column in table.rows.columns):
        return None
    above = lines.rows.filter(pl.col("row_no") < table.header_row)["original"].str.to_lowercase()
    found = above.str.extract(r"\b(tkr|kkr|ksek|mkr)\b").drop_nulls()
    return str(found[0]) if len(found) else None
