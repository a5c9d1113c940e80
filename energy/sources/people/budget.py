"""Budgets as CSV or Excel, one row per month or twelve month columns: amounts [SEK] and energy [kWh] by facility.

Keys are version, month, facility, carrier, component, account and cost centre, as many as the file tells. Rows that
are sums of others are left out and told. Swedish and English headings, months and carriers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from energy.errors import SourceError
from energy.model import COMPONENTS, Finding, Parsed, frame
from energy.sources import grid
from energy.sources.base import Sieve, options_of, quoted, refuse_values
from energy.sources.people import budget_layout, people
from energy.sources.people.budget_layout import FIELDS, MONEY_UNITS, UNITS, Months

NAME = "budget"
VERSION = 1

CARRIERS = people.CARRIERS
COMPONENT_WORDS: Mapping[str, str] = {
    "fast": "fixed", "fast avgift": "fixed", "energi": "energy", "energiavgift": "energy", "rörlig": "energy",
    "effekt": "demand", "effektavgift": "demand", "flöde": "flow", "flödesavgift": "flow",
    "retur": "return_temperature", "returtemperatur": "return_temperature", "reaktiv": "reactive",
    "överuttag": "overrun", "skatt": "tax", "energiskatt": "tax", "övrigt": "other",
}  # fmt: skip
KEYS = ("version", "month", "facility", "carrier", "component", "account", "cost_centre")
SUMS = r"^(?:summa|summor|delsumma|totalt?|totalsumma|total|sum|subtotal)\b"
FILE_NAMES = ("budget",)
FIRST_YEAR, LAST_YEAR = 1990, 2100


@dataclass(frozen=True)
class Options:
    """Settings of a budget file; `version` and `year` are those of the whole file where it has no such columns."""

    version: str | None = None
    year: int = 0
    facility: str | None = None
    facilities: Mapping[str, str] = field(default_factory=dict)  # name in the file -> id in energibok.toml
    carriers: Mapping[str, str] = field(default_factory=dict)  # more words -> carrier
    components: Mapping[str, str] = field(default_factory=dict)  # more words -> component
    amount_unit: str | None = None  # kr, tkr or Mkr; without it as the headings tell, else kr
    decimal: str = ","
    thousands: str = ""
    sheet: str | None = None


def detect(head: bytes, name: str) -> bool:
    """Return whether the first line is that of a budget, or a workbook is named as one."""
    found = people.headings(head)
    words = budget_layout.LONG
    long = people.has(found, words, "version", "month") and any(
        people.has(found, words, value) for value in budget_layout.VALUES
    )
    wide = people.has(found, words, "version") and budget_layout.months([sorted(found)]) is not None
    return long or wide or people.named(head, name, FILE_NAMES)


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    opts = options_of(Options, given, where)
    allowed = (
        ("decimal", opts.decimal in (",", "."), ", eller ."),
        (
            "thousands",
            opts.thousands in ("", ",", ".", "'") and opts.thousands != opts.decimal,
            "tomt eller . , '",
        ),
        ("year", opts.year == 0 or FIRST_YEAR <= opts.year <= LAST_YEAR, "ett årtal, till exempel 2025"),
        ("amount_unit", opts.amount_unit is None or people.fold(opts.amount_unit) in MONEY_UNITS, "kr, tkr eller Mkr"),
        ("carriers", set(opts.carriers.values()) <= set(CARRIERS.values()), ", ".join(sorted(set(CARRIERS.values())))),
        ("components", set(opts.components.values()) <= set(COMPONENTS), ", ".join(COMPONENTS)),
    )
    refuse_values(opts, allowed, where)
    return opts


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return one record per month and line; a row of twelve month columns is as many records as it has values.

    Raises SourceError where version, year, months or values are nowhere told, and where the text above the headings
    tells another unit than the settings do.
    """
    opts = check(options, name)
    lines = people.load(data, name, opts.sheet)
    table, wide = budget_layout.find(lines, name)
    _refuse_untold(table, wide, lines, opts, name)
    whole = Sieve(table.rows.with_columns(people.lacking(lines, table, budget_layout.headings(wide))))
    whole.drop(pl.col("lacking"), "ragged_row", "raden har färre fält än rubriken")
    rows, findings = _without_sums(whole.rows)
    sieve = Sieve(budget_layout.melted(rows, wide) if wide else rows)
    blank = rows.height - sieve.rows["row_no"].n_unique() if wide else 0
    if blank:
        findings.append(Finding("budget_rows_without_values", "info", f"{blank} rader har inget belopp i någon månad."))
    _keys(sieve, wide, opts)
    _values(sieve, table, opts)
    _refuse_contradictions(sieve)
    found = sieve.rows.with_columns(
        pl.when(pl.col(c) != "").then(pl.col(c)).alias(c) for c in ("facility", "account", "cost_centre")
    )
    return Parsed(
        NAME,
        {"budget": frame("budget", found)},
        people.placed(pl.concat([whole.rejects(), sieve.rejects()]).sort("row_no", maintain_order=True), table.sheet),
        findings,
        table.encoding,
        "",
        people.saved_at(data),
        table.sheet,
    )


def _refuse_untold(table: grid.Grid, wide: Months | None, lines: grid.Lines, opts: Options, name: str) -> None:
    """Raise SourceError for what neither the file nor the settings tell."""
    if opts.version is None and "version" in table.missing:
        raise SourceError.from_file(
            name, "budgetens version står ingenstans.", 'Lägg till en kolumn «version», eller ange version = "2025".'
        )
    if wide and not wide.dated and not opts.year and "year" in table.missing:
        raise SourceError.from_file(name, "budgetens år står ingenstans.", "Lägg till en kolumn «år», eller ange year.")
    if wide is None and all(value in table.missing for value in budget_layout.VALUES):
        raise SourceError.from_file(
            name, "varken belopp eller energi finns bland rubrikerna.", "Lägg till «belopp», «energi MWh» eller tolv "
            "kolumner jan till dec."
        )  # fmt: skip
    told = budget_layout.told_unit(lines, table)
    if told and opts.amount_unit is None and "unit" in table.missing:
        raise SourceError.from_file(
            name, f"ovanför rubrikerna står «{told}», men rubrikerna själva säger ingen enhet.",
            f'Ange amount_unit = "{told}" om beloppen är i {told}, annars "kr".',
        )  # fmt: skip


def _without_sums(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[Finding]]:
    """Return the rows that are no sums of others, and how many were."""
    labels = pl.any_horizontal(pl.col(c).str.to_lowercase().str.contains(SUMS) for c in FIELDS)
    first = pl.col("original").str.to_lowercase().str.strip_chars(' ";,\t').str.contains(SUMS)
    kept = rows.filter(~(labels | first))
    left = rows.height - kept.height
    told = f"{left} summarader lästes inte: de upprepar det som står på andra rader."
    return kept, [Finding("rows_left_out", "info", told)] if left else []


def _keys(sieve: Sieve, wide: Months | None, opts: Options) -> None:
    """Give the rows their version, month, facility, carrier and component; refuse what is missing or unknown."""
    version = pl.when(pl.col("version") == "").then(pl.lit(opts.version or "")).otherwise("version")
    facility = pl.col("facility").replace(dict(opts.facilities))
    facility = pl.when(facility == "").then(pl.lit(opts.facility or "")).otherwise(facility)
    sieve.rows = sieve.rows.with_columns(version.alias("version"), facility.alias("facility"))
    sieve.drop(pl.col("version") == "", "missing_version", "budgetens version saknas på raden")
    if wide is None:
        sieve.rows = budget_layout.month_cells(sieve.rows)
        message = pl.format("«{}» är ingen månad: skriv ÅÅÅÅ-MM", quoted("month_text"))
        sieve.drop(pl.col("month_no").is_null(), "bad_month", message)
    told = pl.col("year").str.extract(r"^(\d{4})(?:\.0)?$").cast(pl.Int64, strict=False)
    default = pl.lit(opts.year or None, pl.Int64)
    year = pl.coalesce("month_year", pl.when(pl.col("year") == "").then(default).otherwise(told))
    sieve.rows = sieve.rows.with_columns(year.alias("year_no"))
    bad = pl.format("året kan inte läsas: månaden är «{}», året «{}»", quoted("month_text"), quoted("year"))
    sieve.drop(~pl.col("year_no").is_between(FIRST_YEAR, LAST_YEAR).fill_null(False), "bad_year", bad)
    sieve.rows = sieve.rows.with_columns(pl.date("year_no", "month_no", 1).alias("month"))
    sieve.rows = sieve.rows.rename({"carrier": "carrier_text", "component": "component_text"})
    people.refuse_words(sieve, "carrier_text", "carrier", {**CARRIERS, **opts.carriers}, "energislag")
    components: dict[str, str] = {**COMPONENT_WORDS, **opts.components}
    components.update((str(c), str(c)) for c in COMPONENTS)
    people.refuse_words(sieve, "component_text", "component", components, "avgiftsdel")


def _values(sieve: Sieve, table: grid.Grid, opts: Options) -> None:
    """Give the rows `amount_sek` and `energy_kwh`; refuse texts that are no numbers and rows without either."""
    unit = pl.col("unit").str.to_lowercase().str.strip_chars(" .()")
    default = pl.lit(people.fold(opts.amount_unit or "kr"))
    sieve.rows = sieve.rows.with_columns(pl.when(unit == "").then(default).otherwise(unit).alias("unit_code"))
    known = ", ".join(UNITS)
    sieve.drop(
        ~pl.col("unit_code").is_in(list(UNITS)), "unknown_unit",
        pl.format("okänd enhet «{}». Tillåtna: {}", quoted("unit"), pl.lit(known)),
    )  # fmt: skip
    told = [c for c in budget_layout.VALUES if c in sieve.rows.columns]
    for column in told:
        people.numbers(sieve, column, f"{column}:no", table.excel, opts.decimal, opts.thousands)
    scale = pl.col("unit_code").replace_strict(UNITS, default=None, return_dtype=pl.Float64)
    money = pl.col("unit_code").is_in(list(MONEY_UNITS))
    own = pl.col("amount:no") * scale
    named = {c: pl.col(f"{c}:no") if c in told else pl.lit(None, pl.Float64) for c in budget_layout.VALUES}
    sieve.rows = sieve.rows.with_columns(
        pl.coalesce(pl.when(money).then(own), named["amount_sek"], 1000 * named["amount_tkr"]).alias("sek"),
        pl.coalesce(pl.when(~money).then(own), named["energy_kwh"], 1000 * named["energy_mwh"]).alias("kwh"),
    )
    sieve.drop(pl.col("sek").is_null() & pl.col("kwh").is_null(), "no_value", "raden har varken belopp eller energi")
    sieve.rows = sieve.rows.with_columns(pl.col("sek").alias("amount_sek"), pl.col("kwh").alias("energy_kwh"))


def _refuse_contradictions(sieve: Sieve) -> None:
    """Refuse all rows of a key that the file gives two values: which one holds, or whether they add, is untold."""
    for column, what in (("sek", "belopp"), ("kwh", "energi")):
        several = pl.col(column).drop_nulls().n_unique().over(KEYS) > 1
        rows = pl.col("row_no").filter(pl.col(column).is_not_null()).min().over(KEYS)
        sieve.rows = sieve.rows.with_columns(several.alias("several"), rows.alias("first_row"))
        message = pl.format(
            "samma version, månad, anläggning, energislag, avgiftsdel, konto och kostnadsställe har olika {} (först på "
            "rad {}). Lägg ihop raderna eller skilj dem åt.", pl.lit(what), "first_row"
        )  # fmt: skip
        sieve.drop(pl.col("several") & pl.col(column).is_not_null(), "key_twice", message)
