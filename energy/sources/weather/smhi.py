"""SMHI observations, the CSV files of "metobs": hourly, daily and monthly values of one parameter of one station.

The header is found by how it begins, never by its line number; of the free text beside the first rows only the time
slice is used, which tells checked archive from latest months. What is measured is `smhi_parameters`' to know.

References
----------
SMHI Open Data, Meteorological Observations, version 1.0 (opendata-download-metobs.smhi.se): times are UTC; quality
G = checked and approved, Y = suspect, aggregated or only roughly checked. The archive leaves out the three latest
months; "latest months" are the latest four, not yet checked. Licence CC BY 4.0, "Källa: SMHI".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from energy.errors import SourceError
from energy.model import Parsed, frame
from energy.sources import clocks, text
from energy.sources.base import Sieve, missing_column, options_of, quoted
from energy.sources.weather.smhi_parameters import Parameter, give_values, moves, parameter_of, period_of

NAME = "smhi"
VERSION = 2

SEARCHED = 500  # records in which the header is looked for
SLICE = "Tidsutsnitt:"  # heading of the free text
TIME = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")


@dataclass(frozen=True)
class Options:
    """Settings of an SMHI file: none; the file tells all there is to know."""


@dataclass(frozen=True)
class Head:
    """What stands above the values."""

    station: str
    station_name: str
    parameter: Parameter
    value: str  # name of the value column = the parameter's Swedish name
    locations: tuple[tuple[str, ...], ...]
    header: tuple[str, ...]
    after: int  # position of the header among the records


def detect(head: bytes, name: str) -> bool:
    """Return whether the first bytes are those of an SMHI observation file."""
    start = head.decode("utf-8-sig", "replace").lstrip("#")
    return start.startswith("Stationsnamn;") and "Parameternamn;" in start


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    return options_of(Options, given, where)


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the weather of an SMHI file; a reading at HH:00 stands for the hour that begins then.

    A mean or a sum of an hour stands for the hour that ends at its stamp. Raises SourceError where the header is
    missing or the parameter or its unit is not one of `smhi_parameters.PARAMETERS`.
    """
    check(options, name)
    content, encoding = text.decode_swedish(data, name)
    rows = text.records(content, ";", quoting=False)
    head = _head(rows, name)
    spans = head.header[0].startswith("Från Datum")
    needed = {"first": 0, "second": 1, "number": _position(head, head.value, name),
              "quality": _position(head, "Kvalitet", name)}  # fmt: skip
    body = rows.slice(head.after + 1)
    sieve = Sieve(text.pick(body, text.fields(body, ";", quoting=False), needed))
    sieve.drop(pl.col("quality").is_null(), "ragged_row", "raden har för få fält")
    _times(sieve, spans, head.parameter)
    give_values(sieve)
    told = period_of(_slice(body, head)) or period_of(name)
    found = sieve.rows.with_columns(
        station=pl.lit(head.station), station_name=pl.lit(head.station_name), parameter=pl.lit(head.parameter.name),
        period=pl.lit(told, pl.String),
    )  # fmt: skip
    findings = moves(head.station, head.station_name, head.locations)
    table = frame("weather", found)
    return Parsed(NAME, {"weather": table}, sieve.rejects(), findings, encoding, "UTC", issued_at=_issued(head))


def _slice(body: pl.DataFrame, head: Head) -> str:
    """Return the first free text under the heading of the time slice; "" where there is none."""
    if SLICE not in head.header:
        return ""
    at = head.header.index(SLICE)
    beside = (line.split(";", at)[at:] for line in body["original"].head(20).to_list())
    return next((rest[0].strip() for rest in beside if rest and rest[0].strip()), "")


def _issued(head: Head) -> str | None:
    """Return the end of the station's latest position: of a station at work, the moment SMHI wrote the file."""
    ends = [row[1] for row in head.locations if re.fullmatch(r"(?:19|20|21)\d\d-\d\d-\d\d \d\d:\d\d:\d\d", row[1])]
    return f"{max(ends).replace(' ', 'T')}+00:00" if ends else None


def _head(rows: pl.DataFrame, name: str) -> Head:
    """Return what the blocks above the values tell."""
    cells = [[c.strip() for c in line.lstrip("#").split(";")] for line in rows["original"].head(SEARCHED).to_list()]
    starts = [row[0] for row in cells]
    at = next((i for i, s in enumerate(starts) if s in ("Datum", "Från Datum Tid (UTC)")), None)
    if at is None:
        raise SourceError.from_file(
            name, "rubrikraden «Datum;Tid (UTC)» eller «Från Datum Tid (UTC)» saknas.", "Hämta filen från SMHI igen."
        )
    blocks = {s: i for i, s in enumerate(starts[:at])}
    station, parameter = (_under(cells, blocks, key, at, name) for key in ("Stationsnamn", "Parameternamn"))
    measured = parameter_of(
        parameter.get("Parameternamn", ""), parameter.get("Beskrivning", ""), parameter.get("Enhet", ""), name
    )
    number = station.get("Stationsnummer") or station.get("Klimatnummer") or ""
    if not number:
        raise SourceError.from_file(name, "stationsnummer saknas.", "Hämta filen från SMHI igen.")
    places = blocks.get("Tidsperiod (fr.o.m)", at)
    locations = tuple(tuple(row) for row in cells[places + 1 : at] if len(row) >= 5)
    header = tuple(cells[at])
    return Head(number, station["Stationsnamn"], measured, parameter["Parameternamn"], locations, header, at)


def _under(cells: list[list[str]], blocks: dict[str, int], key: str, end: int, name: str) -> dict[str, str]:
    """Return the one-row block whose heading starts with `key` as names and values."""
    if key not in blocks or blocks[key] + 1 >= end:
        raise SourceError.from_file(name, f"blocket «{key}» saknas.", "Hämta filen från SMHI igen.")
    at = blocks[key]
    return dict(zip(cells[at], cells[at + 1], strict=False))


def _position(head: Head, column: str, name: str) -> int:
    if column not in head.header:
        raise missing_column(name, column, list(head.header))
    return head.header.index(column)


def _times(sieve: Sieve, spans: bool, parameter: Parameter) -> None:
    """Give the rows `start_utc` and `end_utc`: a day runs from 00:00:01 to 00:00:00, an hour from or to its stamp."""
    if spans:
        first, last = sieve.rows["first"], sieve.rows["second"]
    else:
        first = sieve.rows.select(pl.concat_str("first", "second", separator=" ")).to_series()
        last = first
    start = clocks.parse(first, TIME).dt.truncate("1m").dt.replace_time_zone("UTC")
    end = clocks.parse(last, TIME).dt.replace_time_zone("UTC")
    if not spans:
        start, end = parameter.hour(start)
    sieve.rows = sieve.rows.with_columns(start_utc=start, end_utc=end)
    bad = pl.col("start_utc").is_null() | pl.col("end_utc").is_null() | (pl.col("end_utc") <= pl.col("start_utc"))
    sieve.drop(bad, "bad_time", pl.format("tiden «{} {}» kan inte läsas", quoted("first"), quoted("second")))
