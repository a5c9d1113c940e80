"""SMHI observations as JSON: one station and parameter, the latest hour, day or months.

References
----------
SMHI Open Data, Meteorological Observations, version 1.0, …/station/{id}/period/latest-months/data.json: `value` is a
list of {date, value, quality} (hours) or {from, to, ref, value, quality} (days, months); times are milliseconds since
1970 UTC; `updated` tells when SMHI wrote the values. Licence CC BY 4.0, "Källa: SMHI".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from energy.errors import SourceError
from energy.model import Finding, Parsed, frame
from energy.sources import jsontext
from energy.sources.base import Sieve, options_of, quoted
from energy.sources.weather.smhi_parameters import Parameter, give_values, moves, parameter_of, period_of

NAME = "smhi_json"
VERSION = 1

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST, LAST = (int(datetime(y, 1, 1, tzinfo=UTC).timestamp() * 1000) for y in (1700, 2200))  # milliseconds


@dataclass(frozen=True)
class Options:
    """Settings of an SMHI file: none; the file tells all there is to know."""


def detect(head: bytes, name: str) -> bool:
    """Return whether the first bytes are those of SMHI's observations of one station as JSON."""
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return False
    values = b'"value"' in head and b'"quality"' in head and (b'"date"' in head or b'"ref"' in head)
    return values or all(f'"{key}"'.encode() in head for key in ("station", "parameter", "period", "value"))


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    return options_of(Options, given, where)


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the weather; `row_no` is the value's place in the list. A reading stands for the hour it begins.

    Raises SourceError where the file is no document of one station, or the parameter or its unit is not read.
    """
    check(options, name)
    found, encoding = jsontext.document(data, name)
    values = found.get("value") if isinstance(found, dict) else None
    station = jsontext.word(found, "station", "key")
    if not station or not (values is None or isinstance(values, list)):
        raise SourceError.from_file(
            name, "filen är inte en stations observationer från SMHI.", "Hämta …/station/<nummer>/period/…/data.json."
        )
    words = [jsontext.word(found, "parameter", key) for key in ("name", "summary", "unit")]
    parameter = parameter_of(words[0], words[1], words[2], name)
    sieve = jsontext.sieve(jsontext.table(values or [], ("date", "from", "to", "value", "quality")))
    _times(sieve, parameter)
    sieve.rows = sieve.rows.rename({"value": "number"})
    give_values(sieve)
    told = period_of(jsontext.word(found, "period", "key")) or period_of(jsontext.word(found, "period", "summary"))
    title = jsontext.word(found, "station", "name")
    table = frame("weather", sieve.rows.with_columns(
        station=pl.lit(station), station_name=pl.lit(title), parameter=pl.lit(parameter.name),
        period=pl.lit(told, pl.String),
    ))  # fmt: skip
    findings = moves(station, title, _locations(found))
    if not values:
        findings.append(Finding("no_values", "warning", f"Stationen {title} ({station}) har inga värden i filen."))
    issued = _day(jsontext.word(found, "updated"))
    return Parsed(NAME, {"weather": table}, sieve.rejects(), findings, encoding, "UTC", issued_at=issued)


def _times(sieve: Sieve, parameter: Parameter) -> None:
    """Give the rows `start_utc` and `end_utc`: from `from` to `to` where the file tells both, else the hour of `date`.

    A span begins a second after its hour (00:00:01), and that second is taken off.
    """
    instants = {key: _instant(sieve.rows[key]) for key in ("date", "from", "to")}
    spans = sieve.rows["date"].is_null()
    start, end = parameter.hour(instants["date"])
    sieve.rows = sieve.rows.with_columns(
        start_utc=start.zip_with(~spans, instants["from"].dt.truncate("1m")),
        end_utc=end.zip_with(~spans, instants["to"]),
    )
    bad = pl.col("start_utc").is_null() | pl.col("end_utc").is_null() | (pl.col("end_utc") <= pl.col("start_utc"))
    shown = pl.format("tiden «{}{} {}» kan inte läsas", quoted("date"), quoted("from"), quoted("to"))
    sieve.drop(bad, "bad_time", shown)


def _instant(told: pl.Series) -> pl.Series:
    """Return milliseconds since 1970 as instants; null for other texts and unreasonable years."""
    number = told.str.extract("^(-?[0-9]{1,14})$").cast(pl.Int64)
    good = number.is_between(FIRST, LAST).fill_null(False)
    kept = pl.DataFrame({"n": number, "good": good}).select(pl.when("good").then("n").alias("n")).to_series()
    return (kept * 1000).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _day(told: str) -> str | None:
    """Return milliseconds since 1970 as an instant in ISO form; None for other texts."""
    number = int(told) if told.isascii() and told.isdigit() and len(told) <= 14 else LAST
    return (EPOCH + timedelta(milliseconds=number)).isoformat() if number < LAST else None


def _locations(found: Any) -> list[tuple[str, ...]]:
    """Return the station's positions as (from, to, height, latitude, longitude)."""
    positions = found.get("position")
    if not isinstance(positions, list):
        return []
    keys = ("height", "latitude", "longitude")
    return [
        (*((_day(jsontext.word(p, k)) or "?")[:10] for k in ("from", "to")), *(jsontext.word(p, k) for k in keys))
        for p in positions[:100]
        if isinstance(p, dict)
    ]
