"""Spot prices from Energinet's Energi Data Service: the data sets Elspotprices (hours) and DayAheadPrices (quarters).

CSV as its page and its API write it, or the API's JSON. Only rows of Swedish areas are records; the rest is told. The
price in DKK is Energinet's own conversion and is left.

References
----------
Energi Data Service (energidataservice.dk), Elspotprices (HourUTC, HourDK, PriceArea, SpotPriceDKK, SpotPriceEUR, to
30 September 2025) and DayAheadPrices (TimeUTC, TimeDK, PriceArea, DayAheadPriceEUR, DayAheadPriceDKK, per quarter from
1 October 2025). Times are UTC beside Danish civil time, without a mark; CSV has semicolons and decimal commas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from energy.errors import SourceError
from energy.model import Finding, Parsed, frame
from energy.sources import clocks, jsontext, text
from energy.sources.base import AREAS, Sieve, missing_column, options_of, quoted, refuse_values
from energy.sources.prices import spot

NAME = "energinet"
VERSION = 1

# column of time in UTC -> (column of Danish time, column of the price)
SETS = {"HourUTC": ("HourDK", "SpotPriceEUR"), "TimeUTC": ("TimeDK", "DayAheadPriceEUR")}
DANISH_TIME = "Europe/Copenhagen"
TIME = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M")
MISSING = ["", "null"]


@dataclass(frozen=True)
class Options:
    """Settings of a price table: `decimal` where a CSV has another sign than its delimiter tells.

    A semicolon goes with a decimal comma, a comma with a decimal point.
    """

    decimal: str | None = None


def detect(head: bytes, name: str) -> bool:
    """Return whether the first bytes are one of the two data sets, as CSV or as JSON."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] in (b"{", b"["):
        return b'"PriceArea"' in start and any(f'"{utc}"'.encode() in start for utc in SETS)
    line = text.first_line(head)
    return "PriceArea" in line and any(utc in line and price in line for utc, (_, price) in SETS.items())


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    opts = options_of(Options, given, where)
    refuse_values(opts, [("decimal", opts.decimal in (None, ",", "."), "komma eller punkt")], where)
    return opts


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the prices of SE1 to SE4 [EUR/MWh]; `row_no` is the line of a CSV, the place in a JSON list.

    Raises SourceError where a column is missing or no row is of a Swedish area.
    """
    opts = check(options, name)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        rows, per_hour, encoding = _from_json(data, name)
        decimal = "."
    else:
        rows, per_hour, encoding, decimal = _from_csv(data, name)
    sieve = Sieve(rows)
    sieve.drop(pl.col("area").is_null() | (pl.col("price").is_null() & pl.col("ragged")), "ragged_row",
               "raden har för få fält")  # fmt: skip
    findings = _areas(sieve, name)
    _times(sieve, per_hour)
    findings += _clock(sieve.rows)
    sieve.drop(pl.col("price").is_null() | pl.col("price").is_in(MISSING), "missing_value", "priset saknas")
    sieve.rows = sieve.rows.with_columns(price_per_mwh=text.number(sieve.rows["price"], opts.decimal or decimal))
    sign = f"inget tal med decimaltecken «{opts.decimal or decimal}»"
    sieve.drop(
        pl.col("price_per_mwh").is_null(), "not_a_number", pl.format("«{}» är {}", quoted("price"), pl.lit(sign))
    )
    table = frame("prices", sieve.rows.with_columns(currency=pl.lit("EUR")))
    return Parsed(NAME, {"prices": table}, sieve.rejects(), findings, encoding, "UTC")


def _from_json(data: bytes, name: str) -> tuple[pl.DataFrame, bool, str]:
    """Return (rows, whether the prices are per hour, encoding)."""
    found, encoding = jsontext.document(data, name)
    records = found.get("records") if isinstance(found, dict) else found
    if not isinstance(records, list) or not records:
        raise SourceError.from_file(name, "filen har inga «records».", "Hämta datamängden på nytt.")
    keys = {key for record in records if isinstance(record, dict) for key in record}
    utc, local, price = _columns(sorted(keys), name)
    rows = jsontext.table(records, tuple(dict.fromkeys((utc, local or utc, "PriceArea", price))))
    told = pl.col(local) if local else pl.lit(None, pl.String)
    rows = rows.select("row_no", "original", told.alias("local"), time=utc, area="PriceArea", price=price)
    return rows.with_columns(ragged=pl.lit(False)), utc == "HourUTC", encoding


def _from_csv(data: bytes, name: str) -> tuple[pl.DataFrame, bool, str, str]:
    """Return (rows, whether the prices are per hour, encoding, decimal sign)."""
    content, encoding = text.decode_swedish(data, name)
    delimiter = ";" if ";" in text.first_line(data[:4096]) else ","
    rows = text.records(content, delimiter)
    cells = text.fields(rows, delimiter)
    header = [c.strip() for c in cells[0].to_list()] if len(rows) else []
    utc, local, price = _columns(header, name)
    wanted = {"time": utc, "area": "PriceArea", "price": price, **({"local": local} if local else {})}
    places = {column: header.index(found) for column, found in wanted.items()}
    body = text.pick(rows.slice(1), cells.slice(1), places).with_columns(ragged=pl.lit(True))
    body = body if local else body.with_columns(local=pl.lit(None, pl.String))
    return body, utc == "HourUTC", encoding, "," if delimiter == ";" else "."


def _columns(found: list[str], name: str) -> tuple[str, str | None, str]:
    """Return the columns (time in UTC, Danish time or None, price in EUR); raise SourceError where one is missing."""
    utc = next((column for column in SETS if column in found), None)
    if utc is None:
        raise missing_column(name, " eller ".join(SETS), found)
    local, price = SETS[utc]
    for column in ("PriceArea", price):
        if column not in found:
            raise missing_column(name, column, found)
    return utc, local if local in found else None, price


def _areas(sieve: Sieve, name: str) -> list[Finding]:
    """Leave the rows of other areas than Swedish ones, which are no records here; refuse an area that is none."""
    area = pl.col("area")
    foreign = area.str.contains("^[A-Z][A-Z0-9_-]{1,9}$") & ~area.str.starts_with("SE")
    others = sieve.rows.filter(foreign)
    sieve.rows = sieve.rows.filter(~foreign)
    if others.height and sieve.rows.is_empty():
        shown = ", ".join(others["area"].unique().sort().to_list()[:10])
        raise SourceError.from_file(name, f"inga rader för SE1–SE4 (områden: {shown}).", "Hämta SE3 eller SE4.")
    sieve.drop(~area.is_in(list(AREAS)), "unknown_area", pl.format("okänt elområde «{}»", quoted("area")))
    if others.is_empty():
        return []
    shown = ", ".join(others["area"].unique().sort().to_list()[:10])
    return [Finding("other_areas", "info", f"{others.height} priser för andra områden används inte: {shown}.")]


def _times(sieve: Sieve, per_hour: bool) -> None:
    """Give the rows `start_utc` and `end_utc`: an hour by the old data set and before October 2025, else a quarter."""
    stamps = sieve.rows["time"].str.strip_suffix("Z").str.strip_suffix("+00:00")
    sieve.rows = sieve.rows.with_columns(start_utc=clocks.parse(stamps, TIME).dt.replace_time_zone("UTC"))
    sieve.drop(pl.col("start_utc").is_null(), "bad_time", pl.format("tiden «{}» kan inte läsas", quoted("time")))
    quarters = (pl.col("start_utc") >= spot.QUARTERS_FROM) & (not per_hour)
    minutes = pl.when(quarters).then(15).otherwise(60)
    odd = (pl.col("start_utc").dt.epoch("s") % (minutes * 60)) != 0
    sieve.drop(odd, "bad_interval", pl.format("tiden «{}» börjar inget intervall", quoted("time")))
    sieve.rows = sieve.rows.with_columns(end_utc=pl.col("start_utc") + pl.duration(minutes=minutes))


def _clock(rows: pl.DataFrame) -> list[Finding]:
    """Return a finding where the two columns of time contradict each other: one of them is then not what it says."""
    local = clocks.parse(rows["local"].str.strip_suffix("Z"), TIME)
    civil = rows["start_utc"].dt.convert_time_zone(DANISH_TIME).dt.replace_time_zone(None)
    wrong = rows.filter((local != civil).fill_null(False))
    if wrong.is_empty():
        return []
    first = wrong.row(0, named=True)
    words = (
        f"{wrong.height} av {rows.height} rader har en dansk tid som inte svarar mot UTC: {first['time'][:20]} UTC "
        f"står som {first['local'][:20]}. Kontrollera att kolumnerna inte har bytts eller räknats om."
    )
    return [Finding("clock_dst_rows", "error", words, row_no=first["row_no"])]
