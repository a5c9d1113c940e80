"""Meter values from Metry, the answers of its API version 2 saved as files: consumption per period, and readings.

Consumption is arrays that follow one another from a start; which step they have (hour, day or month) is computed from
start, end and their length, and days and months must begin at midnight of the meter's clock. A null is a missing value.
Readings are register standings. JSON has no lines to speak of: `row_no` counts the values of the file.

References: Metry AB, API documentation (github.com/metry-io/api-documentation): Consumption, Readings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from energy.errors import SourceError
from energy.model import UTC, Finding, Parsed, frame
from energy.sources import clocks, jsontext, text
from energy.sources.base import MAX_SHOWN, Sieve, options_of, quoted, refuse_values
from energy.sources.meters import metering

NAME = "metry"
VERSION = 1

# Metry's metric -> (quantity, status of its values of consumption); units are kWh, m³, kW and °C
METRICS: Mapping[str, tuple[str, str]] = {
    "energy": ("energy_kwh", "measured"), "estimated_energy": ("energy_kwh", "estimated"),
    "flow": ("volume_m3", "measured"), "estimated_flow": ("volume_m3", "estimated"), "power": ("power_kw", "measured"),
    "supply_temperature": ("supply_temperature_c", "measured"),
    "return_temperature": ("return_temperature_c", "measured"),
}  # fmt: skip
STATUS_MAP: Mapping[str, str] = {
    "recorded": "measured", "interpolated": "interpolated", "meter_change": "measured",
}  # fmt: skip
REGISTERS = ("energy", "flow")
# granularity -> (unit of time, most of them), finest first
STEPS: Mapping[str, tuple[str, int]] = {"hour": ("h", 2_000_000), "day": ("d", 80_000), "month": ("mo", 2_400)}
ZONE = r"(?:Z|[+-][0-9]{2}:?(?:00|15|30|45))$"  # +0001, which the documentation shows, is one minute: no zone
STAMP = "%Y-%m-%dT%H:%M:%S%z"
MAX_NAMED = 8


@dataclass(frozen=True)
class Options:
    """Settings of a file from Metry; none is needed. See `energy.sources.meters.metry.read`."""

    meters: Mapping[str, str] = field(default_factory=dict)  # Metry's id -> metering point; others keep Metry's id
    granularity: str | None = None  # hour, day or month; without it by start, end and number of values
    clock: str = "Etc/GMT-1"  # the meter's time zone at Metry, where its days and months begin


@dataclass
class Arrays:
    """The arrays of a file laid end to end: lists of equal length, one entry per value or per array."""

    meter: list[str | None] = field(default_factory=list)
    metric: list[str] = field(default_factory=list)
    start: list[str] = field(default_factory=list)
    end: list[str] = field(default_factory=list)
    count: list[int] = field(default_factory=list)
    value: list[str | None] = field(default_factory=list)
    time: list[str | None] = field(default_factory=list)
    status: list[str | None] = field(default_factory=list)
    counted: int = 0  # readings that tell a counter
    blocked: list[str] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)  # metric that is not read -> values


def detect(head: bytes, name: str) -> bool:
    """Return whether this begins as an answer of Metry's API."""
    return head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") and b'"data"' in head and b'"periods"' in head


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    opts = options_of(Options, given, where)
    clocks.check(opts.clock, (), where)
    refuse_values(opts, [("granularity", opts.granularity in (None, *STEPS), ", ".join(STEPS))], where)
    metering.check_meters(opts.meters, where)
    return opts


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the readings [kWh, m³, kW, °C]; each value of an array is a record.

    Raises SourceError for what is not JSON, not an answer of Metry's, or an answer that tells of an error.
    """
    opts = check(options, name)
    document, encoding = jsontext.document(data, name)
    arrays = _arrays(document, name)
    sieve = Sieve(_records(arrays, opts))
    sieve.drop(pl.col("meter").is_null(), "missing_meter", "varken meter_id eller tree_id anges")
    intervals = Sieve(sieve.rows.filter(pl.col("time").is_null()))
    registers = Sieve(sieve.rows.filter(pl.col("time").is_not_null()))
    _periods(intervals, opts)
    changes = _readings(registers)
    parts = [intervals, registers]
    for part in parts:
        _values(part)
    found = pl.concat([frame("readings", _named(part.rows, opts)) for part in parts]).sort(
        "row_no", maintain_order=True
    )
    bad = pl.concat([sieve.rejects(), *(part.rejects() for part in parts)]).sort("row_no", maintain_order=True)
    findings = [*_findings(arrays), *changes]
    if not found.height and not bad.height:
        findings.append(Finding("no_rows", "warning", f"{name}: svaret har inga värden som läses."))
    return Parsed(NAME, {"readings": found}, bad, findings, encoding, "UTC")


def _arrays(document: Any, name: str) -> Arrays:
    """Return the arrays of an answer; raise SourceError where there are none."""
    told = document.get("data") if isinstance(document, dict) else None
    if not isinstance(told, list):
        code, message = jsontext.word(document, "code"), jsontext.word(document, "message")
        why = f"svaret är fel {code}: {message[:MAX_SHOWN]}" if code not in ("", "200") else "nyckeln data saknas"
        raise SourceError.from_file(name, f"det är inget svar med mätvärden från Metry ({why}).", "Hämta det igen.")
    elements = [e for e in told if isinstance(e, dict) and isinstance(e.get("periods"), list)]
    if told and not elements:
        raise SourceError.from_file(
            name, "svaret har inga «periods».", "Hämta /consumptions eller /readings för mätaren."
        )
    found = Arrays()
    for element in elements:
        meter = jsontext.word(element, "meter_id") or jsontext.word(element, "tree_id") or None
        if element.get("readings_blocked") is True:
            found.blocked.append(meter or "?")
        for period in element["periods"]:
            if isinstance(period, dict):
                _period(found, meter, period)
    return found


def _period(found: Arrays, meter: str | None, period: Mapping[str, Any]) -> None:
    """Add the arrays of one period."""
    start, end = jsontext.word(period, "start_date"), jsontext.word(period, "end_date")
    for metric, values in period.items():
        if not isinstance(values, list):
            continue
        rows = [v for v in values if isinstance(v, dict)]
        if metric not in METRICS or (rows and metric not in REGISTERS):
            shown = jsontext.word({"name": metric[:60]}, "name")
            found.left[shown] = found.left.get(shown, 0) + len(values)
            continue
        found.meter.append(meter)
        found.metric.append(metric)
        found.start.append(start)
        found.end.append(end)
        found.count.append(len(values))
        for value in values:
            is_reading = isinstance(value, dict)
            found.value.append(_text(value.get("value") if is_reading else value))
            found.time.append(jsontext.word(value, "time") if is_reading else None)
            found.status.append(jsontext.word(value, "status") if is_reading else None)
            found.counted += is_reading and value.get("counter") is not None


def _text(value: Any) -> str | None:
    """Return a number as written, null as None, and anything else as a text that is no number."""
    if value is None or isinstance(value, str):
        return None if value is None else jsontext.word({"value": value}, "value")
    return str(value).lower() if isinstance(value, bool) else "[…]"


def _records(arrays: Arrays, opts: Options) -> pl.DataFrame:
    """Return one row per value with what its array tells, and the `original` a reject quotes."""
    per_array = pl.DataFrame(
        {"meter": arrays.meter, "metric": arrays.metric, "start": arrays.start, "end": arrays.end,
         "count": arrays.count},
        schema={"meter": pl.String, "metric": pl.String, "start": pl.String, "end": pl.String, "count": pl.Int64},
    )  # fmt: skip
    rows = _steps(per_array, opts).with_columns(n=pl.int_ranges("count")).filter(pl.col("count") > 0).explode("n")
    own = pl.DataFrame({"text": arrays.value, "time": arrays.time, "word": arrays.status},
                       schema={"text": pl.String, "time": pl.String, "word": pl.String})  # fmt: skip
    rows = rows.hstack(own).with_row_index("row_no", offset=1).with_columns(pl.col("row_no").cast(pl.Int64))
    place = pl.coalesce("time", pl.format("{} nr {}", "start", pl.col("n") + 1))
    meter, value = pl.col("meter").fill_null("?"), pl.col("text").fill_null("null")
    return rows.with_columns(original=pl.format("{} {} {}: {}", meter, "metric", place, value))


def _steps(rows: pl.DataFrame, opts: Options) -> pl.DataFrame:
    """Return the arrays with their first instant on the meter's clock, `local`, and `step`, null where none fits.

    Arithmetic is on the meter's clock, where a day begins at midnight. Of one value the finest step that fits is taken,
    unless start and end are the same: then only a declared granularity tells.
    """
    first, last = _instants(rows["start"]), _instants(rows["end"])
    rows = rows.with_columns(last.alias("last"), first.dt.convert_time_zone(opts.clock).alias("local"))
    count, local = pl.col("count"), pl.col("local")
    step = pl.lit(None, pl.String)
    for name in reversed(tuple(STEPS)):
        end = _after(local, count, name)
        fits = (pl.col("last") >= _after(local, count - 1, name)) & (pl.col("last") <= end) & (count <= STEPS[name][1])
        clear = (pl.col("last") > local.dt.convert_time_zone("UTC")) | pl.lit(opts.granularity is not None)
        allowed = pl.lit(opts.granularity in (None, name))
        step = pl.when(fits & clear & allowed).then(pl.lit(name)).otherwise(step)
    return rows.with_columns(step=step)


def _instants(values: pl.Series) -> pl.Series:
    """Return instants in UTC of texts with a zone; null where the text or its zone cannot be a time."""
    good = values.str.contains(ZONE)
    plain = values.str.replace("Z$", "+0000")
    found = plain.str.to_datetime(STAMP, time_unit="us", time_zone="UTC", strict=False)
    sound = good & (found.dt.year() >= clocks.FIRST_YEAR) & (found.dt.year() <= clocks.LAST_YEAR)
    return found.zip_with(sound.fill_null(False), pl.Series([None], dtype=UTC))


def _periods(sieve: Sieve, opts: Options) -> None:
    """Give consumption its `start_utc` and `end_utc`; refuse arrays whose step or start does not fit the clock."""
    status = {metric: status for metric, (_, status) in METRICS.items()}
    sieve.rows = sieve.rows.with_columns(
        status=pl.col("metric").replace_strict(status, default=None, return_dtype=pl.String), kind=pl.lit("interval")
    )
    message = pl.format("perioden «{}» till «{}» med {} värden är varken timmar, dygn eller månader; ange granularity",
                        quoted("start"), quoted("end"), "count")  # fmt: skip
    sieve.drop(pl.col("step").is_null(), "bad_period", message)
    local, step = pl.col("local"), pl.col("step")
    hour = (local.dt.minute() == 0) & (local.dt.second() == 0)
    day = hour & (local.dt.hour() == 0)
    whole = hour & (day | (step == "hour")) & ((local.dt.day() == 1) | (step != "month"))
    message = pl.format("perioden börjar «{}», vilket inte är början på ett dygn eller en månad i klockan {}",
                        quoted("start"), pl.lit(opts.clock))  # fmt: skip
    sieve.drop(~whole, "bad_period", message)
    parts = [
        sieve.rows.filter(step == name).with_columns(
            start_utc=_after(local, pl.col("n"), name), end_utc=_after(local, pl.col("n") + 1, name)
        )
        for name in STEPS
    ]
    sieve.rows = pl.concat(parts).sort("row_no", maintain_order=True)


def _after(local: pl.Expr, number: pl.Expr, step: str) -> pl.Expr:
    """Return the instant [UTC] `number` steps after a zoned time; at most as many as some two centuries hold."""
    unit, most = STEPS[step]
    return local.dt.offset_by(pl.format("{}{}", number.clip(0, most), pl.lit(unit))).dt.convert_time_zone("UTC")


def _readings(sieve: Sieve) -> list[Finding]:
    """Give readings their instant and status; refuse the unreadable, and tell where a meter was changed."""
    at = _instants(sieve.rows["time"])
    status = pl.col("word").replace_strict(dict(STATUS_MAP), default=None, return_dtype=pl.String)
    sieve.rows = sieve.rows.with_columns(
        at.alias("start_utc"), at.alias("end_utc"), status=status, kind=pl.lit("register")
    )
    sieve.drop(pl.col("start_utc").is_null(), "bad_time", pl.format("tiden «{}» kan inte läsas", quoted("time")))
    sieve.drop(pl.col("status").is_null(), "unknown_status", pl.format("okänd status «{}»", quoted("word")))
    changes = sieve.rows.filter(pl.col("word") == "meter_change")
    return [
        Finding("meter_change", "warning", f"Mätaren {meter[:40]} byttes före {time[:40]}: dess ställning börjar om.",
                row_no=row)
        for row, meter, time in changes.select("row_no", "meter", "time").head(MAX_NAMED).iter_rows()
    ]  # fmt: skip


def _values(sieve: Sieve) -> None:
    """Give the records `value`; refuse nulls and texts that are no numbers."""
    sieve.drop(pl.col("text").is_null(), "missing_value", pl.format("värdet saknas (null) för {}", "metric"))
    sieve.rows = sieve.rows.with_columns(value=text.number(sieve.rows["text"], "."))
    sieve.drop(pl.col("value").is_null(), "not_a_number", pl.format("«{}» är inget tal", quoted("text")))


def _named(rows: pl.DataFrame, opts: Options) -> pl.DataFrame:
    quantities = {m: quantity for m, (quantity, _) in METRICS.items()}
    return rows.with_columns(
        metering_point=metering.mapped(pl.col("meter"), opts.meters),
        quantity=pl.col("metric").replace_strict(quantities, default=None, return_dtype=pl.String),
    )


def _findings(arrays: Arrays) -> list[Finding]:
    """Return what the answer tells beside its values."""
    findings = []
    if arrays.left:
        shown = ", ".join(f"{m} ({n})" for m, n in list(arrays.left.items())[:MAX_NAMED])
        findings.append(Finding("columns_left_out", "info", f"Mått som inte lästes (antal värden): {shown}."))
    if arrays.blocked:
        meters = ", ".join(m[:40] for m in arrays.blocked[:MAX_NAMED])
        words = f"Metry har spärrat mätare {meters} för avvikande ställningar (readings_blocked): red ut det hos Metry."
        findings.append(Finding("readings_blocked", "warning", words))
    if arrays.counted:
        words = f"{arrays.counted} ställningar anger ett räkneverk (counter); det används inte."
        findings.append(Finding("counter_ignored", "info", words))
    return findings
