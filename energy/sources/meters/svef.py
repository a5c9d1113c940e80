"""SVEF/XX and SVEF/24, the text files of Vitec Aiolos: a first line that tells period, issue, unit, clock and stamp.

Below it a value a line: measurand, time, status, value, parted by tabs; lines that begin with // are comments. SVEF/24
is hours in MWh stamped by their start, every day with 24 of them, so its clock is normal time. Of SVEF/XX the form of
the value lines is taken to be the same, with its own form of date (DD.MM.YY) or that of SVEF/24; other lines are
refused, as are units that are neither energy nor power.

References: Vitec Energy, Aiolos, file formats SVEF/24 and SVEF/XX (doc.energy.vitec.net).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import polars as pl

from energy.calendar import CIVIL_TIME, NORMAL_TIME
from energy.errors import SourceError
from energy.model import Finding, Parsed, frame
from energy.sources import clocks, text
from energy.sources.base import MAX_SHOWN, Sieve, cell, options_of, quoted
from energy.sources.meters import metering, readings

NAME = "svef"
VERSION = 1

STATUS_MAP: Mapping[str, str] = {
    "0": "manual", "2": "measured", "3": "estimated", "5": "estimated", "6": "suspect", "7": "missing", "9": "invalid",
}  # fmt: skip
PERIODS: Mapping[str, str] = {"15": "15m", "30": "30m", "60": "1h", "D": "1d", "M": "1mo", "Y": "1y"}
STAMPS = ("%Y-%m-%d %H:%M", "%d.%m.%y %H:%M", "%d.%m.%Y %H:%M", "%Y-%m-%d", "%d.%m.%y")
ISSUED = ("%d.%m.%y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M:%S")
NAMES = ("meter", "time", "status", "value")
TIME = "tid"  # of a value, as messages call it
_XX = re.compile(r'SVEF/XX:1/(15|30|60|D|M|Y)/([^/]{1,40})/("[^"]{1,40}"|[^/]{1,40})/([01])/(\w{1,20})', re.IGNORECASE)
_24 = re.compile(r"SVEF/24:1/([^/]{1,40})", re.IGNORECASE)


@dataclass(frozen=True)
class Options:
    """Settings of a SVEF file; none is needed. See `energy.sources.meters.svef.read`."""

    meters: Mapping[str, str] = field(default_factory=dict)  # measurand -> metering point; others keep their name


@dataclass(frozen=True)
class Head:
    """What the first line tells: length of a period as an offset, unit, clock, whether stamps are starts, issue."""

    period: str
    unit: str
    clock: str
    stamp: str
    issued_at: str | None


def detect(head: bytes, name: str) -> bool:
    """Return whether the first line begins with the name of the format."""
    return text.first_line(head).upper().startswith(("SVEF/XX", "SVEF/24"))


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    opts = options_of(Options, given, where)
    metering.check_meters(opts.meters, where)
    return opts


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the readings [kWh or kW]; each line below the first is one, comments apart.

    Raises SourceError where the first line is not as described, or its unit is neither energy nor power.
    """
    opts = check(options, name)
    content, encoding = text.decode_swedish(data, name)
    lines = text.records(content, "\t", quoting=False)
    head = _head(str(lines["original"].first() or "").strip(), name)
    quantity, factor = metering.quantity_of(head.unit, name)
    rows = lines.slice(1).filter(~pl.col("original").str.starts_with("//"))
    cells = text.fields(rows, "\t", quoting=False)
    sieve = Sieve(
        text.pick(rows, cells, {key: at for at, key in enumerate(NAMES)}).with_columns(count=cells.list.len())
    )
    message = pl.format("raden har {} fält, inte mätserie, tid, status och värde med tabb emellan", "count")
    sieve.drop(pl.col("count") != len(NAMES), "ragged_row", message)
    sieve.drop(pl.col("meter") == "", "missing_meter", "mätseriens namn saknas")
    findings = _times(sieve, head)
    _values(sieve)
    found = sieve.rows.with_columns(
        metering_point=metering.mapped(pl.col("meter"), opts.meters),
        quantity=pl.lit(quantity),
        kind=pl.lit("interval"),
        value=pl.col("number") * factor,
    )
    rejects = sieve.rejects()
    if not found.height and not rejects.height:
        findings.append(Finding("no_rows", "warning", f"{name}: inga värden under första raden."))
    return Parsed(NAME, {"readings": frame("readings", found)}, rejects, findings, encoding, head.clock, head.issued_at)


def _head(line: str, name: str) -> Head:
    """Return what the first line tells; raise SourceError where it is not as described."""
    day, other = _24.fullmatch(line), _XX.fullmatch(line)
    if day:
        return Head("1h", "MWh", NORMAL_TIME, "start", _issued(day[1]))
    stamp = (
        {"START": "start", "STARTTIME": "start", "END": "end", "ENDTIME": "end"}.get(other[5].upper()) if other else ""
    )
    if other is None or not stamp:
        raise SourceError.from_file(
            name,
            f"första raden «{line[:MAX_SHOWN]}» är inte SVEF/24:1/<tid> eller SVEF/XX:1/<15|30|60|D|M|Y>/<tid>/<enhet>/"
            "<0|1>/<StartTime|EndTime>.",
            "Exportera filen igen.",
        )
    clock = CIVIL_TIME if other[4] == "1" else NORMAL_TIME
    return Head(PERIODS[other[1].upper()], other[3].strip('" '), clock, stamp, _issued(other[2]))


def _issued(stamp: str) -> str | None:
    found = clocks.parse(pl.Series([stamp.strip()]), ISSUED)[0]
    return None if found is None else str(found.isoformat())


def _times(sieve: Sieve, head: Head) -> list[Finding]:
    """Give the rows `start_utc` and `end_utc`; refuse times that cannot be read or told apart."""
    sieve.rows = sieve.rows.with_columns(
        pl.col("time").alias(cell(TIME)), local=clocks.parse(sieve.rows["time"], STAMPS)
    )
    bad = pl.format("tiden «{}» passar inte 2024-01-31 13:00 eller 31.01.24 13:00", quoted("time"))
    sieve.drop(pl.col("local").is_null(), "bad_time", bad)
    rows, short = sieve.rows, head.period in ("15m", "30m", "1h")
    minutes = {"15m": 15, "30m": 30}.get(head.period, 60)
    shift = minutes if head.stamp == "end" else 0
    findings = clocks.dst_findings(rows["local"], rows["meter"], head.clock, minutes, shift) if short else []
    instant, rule = clocks.to_utc(rows["local"], head.clock, rows["meter"])
    sieve.rows = rows.with_columns(instant=instant, time_rule=rule)
    readings.drop_clock(sieve, cell(TIME), head.clock)
    sign = "-" if head.stamp == "end" else ""
    if short:
        other = sieve.rows["instant"] + timedelta(minutes=-minutes if sign else minutes)
    else:  # days, months and years of the clock
        other, _ = clocks.to_utc(sieve.rows["local"].dt.offset_by(sign + head.period), head.clock, by_order=False)
    both = (other, sieve.rows["instant"]) if sign else (sieve.rows["instant"], other)
    sieve.rows = sieve.rows.with_columns(both[0].alias("start_utc"), both[1].alias("end_utc"))
    return findings


def _values(sieve: Sieve) -> None:
    """Give the rows `status` and `number`; refuse unknown statuses, missing values and texts that are no numbers."""
    known = ", ".join(STATUS_MAP)
    status = pl.col("status").replace_strict(dict(STATUS_MAP), default=None, return_dtype=pl.String)
    sieve.rows = sieve.rows.with_columns(word=pl.col("status"), status=status)
    message = pl.format("okänd status «{}». Kända: {}", quoted("word"), pl.lit(known))
    sieve.drop(pl.col("status").is_null(), "unknown_status", message)
    sieve.drop((pl.col("status") == "missing") | (pl.col("value") == ""), "missing_value", "värdet saknas")
    plain = sieve.rows["value"].str.replace(",", ".", literal=True)  # no sign of thousands is allowed, so either is it
    sieve.rows = sieve.rows.with_columns(number=text.number(plain, "."))
    sieve.drop(pl.col("number").is_null(), "not_a_number", pl.format("«{}» är inget tal", quoted("value")))
