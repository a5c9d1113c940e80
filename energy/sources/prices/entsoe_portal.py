"""Day-ahead prices as the ENTSO-E Transparency Platform's page exports them: "MTU (CET/CEST)" in civil time.

The hour that does not exist in spring is in the file, empty; the double hour in autumn comes twice in order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl

from energy.calendar import CIVIL_TIME
from energy.errors import SourceError
from energy.model import Finding, Parsed, frame
from energy.sources import clocks, text
from energy.sources.base import AREAS, Sieve, missing_column, options_of, quoted, refuse_values

NAME = "entsoe_portal"
VERSION = 1

CLOCKS = {"CET/CEST": CIVIL_TIME, "CET": "Etc/GMT-1", "UTC": "UTC"}
TIME = ("%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M:%S")
MISSING = ["", "n/e", "N/A", "-"]


@dataclass(frozen=True)
class Options:
    """Settings of a portal export; `area` only where the file does not tell it."""

    area: str | None = None


def detect(head: bytes, name: str) -> bool:
    """Return whether the first line is the portal's."""
    line = text.first_line(head)
    return line.replace('"', "").startswith("MTU (") and "Day-ahead Price" in line


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    opts = options_of(Options, given, where)
    refuse_values(opts, [("area", opts.area in (None, *AREAS), ", ".join(AREAS))], where)
    return opts


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the prices [EUR/MWh or the currency the header names] of a portal export.

    Raises SourceError for another header or where no bidding zone is told.
    """
    opts = check(options, name)
    content, encoding = text.decode_swedish(data, name)
    rows = text.records(content, ",")
    cells = text.fields(rows, ",")
    header = [c.strip() for c in cells[0].to_list()] if len(rows) else []
    time, price = _column(header, "MTU (", name), _column(header, "Day-ahead Price", name)
    clock, currency = _clock(header[time], name), _currency(header[price], name)
    columns = {"mtu": time, "price": price, **{c: header.index(c) for c in ("Currency", "Area") if c in header}}
    sieve = Sieve(text.pick(rows.slice(1), cells.slice(1), columns))
    sieve.drop(pl.col("price").is_null(), "ragged_row", pl.lit(f"raden har färre fält än rubriken ({len(header)})"))
    _area(sieve, opts.area or _zone(header), name)
    _times(sieve, clock)
    findings = _prices(sieve, currency)
    table = frame("prices", sieve.rows.with_columns(currency=pl.lit(currency), price_per_mwh=pl.col("value")))
    return Parsed(NAME, {"prices": table}, sieve.rejects(), findings, encoding, clock)


def _column(header: list[str], prefix: str, name: str) -> int:
    found = [i for i, column in enumerate(header) if column.startswith(prefix)]
    if len(found) != 1:
        raise missing_column(name, prefix, header)
    return found[0]


def _clock(column: str, name: str) -> str:
    told = column.removeprefix("MTU (").rstrip(")")
    if told not in CLOCKS:
        raise SourceError.from_file(name, f"okänd tid {told[:40]!r} i rubriken.", f"Väntad: {', '.join(CLOCKS)}.")
    return CLOCKS[told]


def _currency(column: str, name: str) -> str:
    found = re.search(r"[(\[]([A-Z]{3})/MWh[)\]]", column)
    if not found:
        raise SourceError.from_file(name, f"enheten i «{column[:60]}» är inte valuta/MWh.", "Exportera priserna igen.")
    return found[1]


def _zone(header: list[str]) -> str | None:
    """Return the bidding zone of a column like ``BZN|SE3``."""
    return next((c.split("|", 1)[1] for c in header if c.startswith("BZN|")), None)


def _area(sieve: Sieve, area: str | None, name: str) -> None:
    if area is None and "Area" not in sieve.rows.columns:
        raise SourceError.from_file(name, "elområdet står inte i filen.", 'Ange area = "SE3".')
    told = pl.lit(area) if area is not None else pl.col("Area").str.strip_prefix("BZN|")
    sieve.rows = sieve.rows.with_columns(area=told)


def _times(sieve: Sieve, clock: str) -> None:
    """Give the rows `start_utc` and `end_utc`; the length is that between the row's own two stamps."""
    ends = sieve.rows["mtu"].str.replace_all(r" \((CET|CEST|UTC)\)", "").str.splitn(" - ", 2).struct.unnest()
    sieve.rows = sieve.rows.with_columns(
        local=clocks.parse(ends["field_0"], TIME), local_end=clocks.parse(ends["field_1"], TIME)
    )
    length = pl.col("local_end") - pl.col("local")
    bad = pl.any_horizontal(pl.col("local", "local_end").is_null()) | ~length.is_between(
        timedelta(minutes=15), timedelta(hours=1)
    )
    sieve.drop(bad, "bad_time", pl.format("tiden «{}» kan inte läsas", quoted("mtu")))
    start, rule = clocks.to_utc(sieve.rows["local"], clock, group=sieve.rows["area"])
    sieve.rows = sieve.rows.with_columns(start_utc=start, time_rule=rule).with_columns(
        end_utc=pl.col("start_utc") + (pl.col("local_end") - pl.col("local"))
    )


def _prices(sieve: Sieve, currency: str) -> list[Finding]:
    """Give the rows `value`; refuse absent prices, times that do not exist, other currencies and texts."""
    empty = pl.col("price").is_in(MISSING)
    skipped = pl.col("time_rule") == "nonexistent_time"
    sieve.drop(empty & skipped, "missing_value", "timmen finns inte (sommartiden börjar) och är tom: inget saknas")
    missing = sieve.drop(empty, "missing_value", pl.format("priset saknas («{}»)", quoted("price")))
    sieve.drop(skipped, "nonexistent_time", pl.format("tiden «{}» finns inte: sommartiden börjar", quoted("mtu")))
    sieve.drop(
        pl.col("time_rule") == "ambiguous_time", "ambiguous_time",
        pl.format("tiden «{}» kommer två gånger och ordningen säger inte vilken det är", quoted("mtu")),
    )  # fmt: skip
    if "Currency" in sieve.rows.columns:
        other = pl.col("Currency") != currency
        sieve.drop(
            other,
            "wrong_currency",
            pl.format("valutan är «{}», rubriken säger {}", quoted("Currency"), pl.lit(currency)),
        )
    sieve.rows = sieve.rows.with_columns(value=text.number(sieve.rows["price"], "."))
    sieve.drop(pl.col("value").is_null(), "not_a_number", pl.format("«{}» är inget tal", quoted("price")))
    return [Finding("missing_prices", "info", f"{missing} priser saknas i filen.")] if missing else []
