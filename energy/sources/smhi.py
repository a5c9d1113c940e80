"""SMHI observations of air temperature, the CSV files of "metobs": hourly and daily.

The header is found by how it begins, never by its line number; the free text in the columns after it is ignored.

References
----------
SMHI Open Data, Meteorological Observations, version 1.0 (opendata-download-metobs.smhi.se): times are UTC; quality
G = checked and approved, Y = suspect, aggregated or only roughly checked. Licence CC BY 4.0, "Källa: SMHI".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl

from energy.errors import SourceError
from energy.model import Finding, Parsed, frame
from energy.sources import clocks, text
from energy.sources.base import MAX_SHOWN, Sieve, missing_column, options_of, quoted

NAME = "smhi"
VERSION = 1

QUALITY = {"G": "measured", "Y": "suspect"}
CELSIUS = ("celsius", "degree celsius", "°C")
HOUR = timedelta(hours=1)
SEARCHED = 500  # records in which the header is looked for
TIME = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")


@dataclass(frozen=True)
class Options:
    """Settings of an SMHI file: none; the file tells all there is to know."""


@dataclass(frozen=True)
class Head:
    """What stands above the values."""

    station: str
    station_name: str
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
    """Return the weather of an SMHI file; an hourly value at HH:00 stands for the hour that begins then.

    Raises SourceError where the header is missing, the unit is not degrees Celsius or the parameter is not an air
    temperature at an instant or as a mean.
    """
    check(options, name)
    content, encoding = text.decode_swedish(data, name)
    rows = text.records(content, ";", quoting=False)
    head = _head(rows, name)
    daily = head.header[0].startswith("Från Datum")
    needed = {"first": 0, "second": 1, "value": _position(head, head.value, name),
              "quality": _position(head, "Kvalitet", name)}  # fmt: skip
    body = rows.slice(head.after + 1)
    sieve = Sieve(text.pick(body, text.fields(body, ";", quoting=False), needed))
    sieve.drop(pl.col("quality").is_null(), "ragged_row", "raden har för få fält")
    _times(sieve, daily)
    _values(sieve)
    found = sieve.rows.with_columns(
        station=pl.lit(head.station), station_name=pl.lit(head.station_name), parameter=pl.lit("air_temperature_c")
    )
    return Parsed(NAME, {"weather": frame("weather", found)}, sieve.rejects(), _moves(head), encoding, "UTC")


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
    _check_parameter(parameter, name)
    number = station.get("Stationsnummer") or station.get("Klimatnummer") or ""
    if not number:
        raise SourceError.from_file(name, "stationsnummer saknas.", "Hämta filen från SMHI igen.")
    places = blocks.get("Tidsperiod (fr.o.m)", at)
    locations = tuple(tuple(row) for row in cells[places + 1 : at] if len(row) >= 5)
    return Head(number, station["Stationsnamn"], parameter["Parameternamn"], locations, tuple(cells[at]), at)


def _under(cells: list[list[str]], blocks: dict[str, int], key: str, end: int, name: str) -> dict[str, str]:
    """Return the one-row block whose heading starts with `key` as names and values."""
    if key not in blocks or blocks[key] + 1 >= end:
        raise SourceError.from_file(name, f"blocket «{key}» saknas.", "Hämta filen från SMHI igen.")
    at = blocks[key]
    return dict(zip(cells[at], cells[at + 1], strict=False))


def _check_parameter(parameter: dict[str, str], name: str) -> None:
    what = parameter.get("Beskrivning", "")
    good = parameter.get("Parameternamn") == "Lufttemperatur" and what.startswith(("momentanvärde", "medelvärde"))
    if not good:
        shown = f"{parameter.get('Parameternamn', '')} ({what})"[:MAX_SHOWN]
        raise SourceError.from_file(
            name, f"parametern är {shown}.", "Hämta lufttemperatur, momentanvärde (1) eller dygnsmedel (2)."
        )
    if parameter.get("Enhet") not in CELSIUS:
        raise SourceError.from_file(
            name, f"enheten är {parameter.get('Enhet', '')[:MAX_SHOWN]!r}.", f"Väntad: {', '.join(CELSIUS)}."
        )


def _position(head: Head, column: str, name: str) -> int:
    if column not in head.header:
        raise missing_column(name, column, list(head.header))
    return head.header.index(column)


def _times(sieve: Sieve, daily: bool) -> None:
    """Give the rows `start_utc` and `end_utc`: a day runs from 00:00:01 to 00:00:00, an hour from its stamp."""
    if daily:
        first, last = sieve.rows["first"], sieve.rows["second"]
    else:
        first = sieve.rows.select(pl.concat_str("first", "second", separator=" ")).to_series()
        last = first
    start = clocks.parse(first, TIME).dt.truncate("1m").dt.replace_time_zone("UTC")
    end = clocks.parse(last, TIME).dt.replace_time_zone("UTC")
    sieve.rows = sieve.rows.with_columns(start_utc=start, end_utc=end if daily else start + HOUR)
    bad = pl.col("start_utc").is_null() | pl.col("end_utc").is_null() | (pl.col("end_utc") <= pl.col("start_utc"))
    sieve.drop(bad, "bad_time", pl.format("tiden «{} {}» kan inte läsas", quoted("first"), quoted("second")))


def _values(sieve: Sieve) -> None:
    """Give the rows `value` [°C] and `status`; refuse absent values, other texts and unknown quality codes."""
    sieve.drop(pl.col("value") == "", "missing_value", "värdet saknas")
    sieve.rows = sieve.rows.with_columns(
        number=text.number(sieve.rows["value"], "."),
        status=pl.col("quality").replace_strict(QUALITY, default=None, return_dtype=pl.String),
    )
    sieve.drop(pl.col("number").is_null(), "not_a_number", pl.format("«{}» är inget tal", quoted("value")))
    sieve.drop(
        pl.col("status").is_null(),
        "unknown_quality",
        pl.format("okänd kvalitetskod «{}». Kända: G, Y", quoted("quality")),
    )
    sieve.rows = sieve.rows.with_columns(value=pl.col("number"))


def _moves(head: Head) -> list[Finding]:
    """Return a finding where the station has been moved: a step in its values may then be no change of weather."""
    if len(head.locations) < 2:
        return []
    places = "; ".join(f"{p[0]} till {p[1]}: {p[3]}, {p[4]}, {p[2]} m ö.h." for p in head.locations)
    words = f"Stationen {head.station_name} ({head.station}) har stått på {len(head.locations)} platser: {places}"
    return [Finding("station_moved", "info", words[: MAX_SHOWN * 10])]
