"""Registers of meters as Elvaco's gateways CMe2100 and CMe3100 deliver them, where each column describes itself.

A column is headed name,unit,function,tariff,subunit,storage, as M-Bus (EN 13757-3) numbers them. Energy and volume that
stand in the meter now (inst-value, all three numbers 0) are register readings [kWh, m³]; supply and return temperature
and power are samples in `trends` [°C, kW], points named by metering point and quantity (`7359/power_kw`). All other
columns (maxima, months past, the makers' own) are left out and told. Nothing in the file tells the clock: it is the
gateway's own setting, to be declared where it is not normal time. The templates 2001 and 3001 hold raw telegrams and
are refused.

References: Elvaco AB, report templates of the CMe series (support.elvaco.com), FTP and HTTP templates.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from energy import units
from energy.errors import SourceError, UnitError
from energy.model import Finding, Parsed, frame
from energy.sources import clocks, grid, text
from energy.sources.base import Sieve, cell, missing_column, options_of, quoted, refuse_values
from energy.sources.meters import metering, readings

NAME = "elvaco"
VERSION = 1

DEVICE, CREATED, METER_TIME, STATE = "device-identification", "created", "datetime,,inst-value,0,0,0", "status"
QUANTITIES: Mapping[str, str] = {
    "energy": "energy_kwh", "volume": "volume_m3", "flow-temp": "supply_temperature_c",
    "return-temp": "return_temperature_c", "power": "power_kw",
}  # fmt: skip
REGISTERS = ("energy_kwh", "volume_m3")
SAMPLE_UNITS: Mapping[str, str] = {"c": "°C", "kw": "kW"}
NO_ERROR = "no-error"  # what some meters add to a name whose value is sound
ERROR_VALUE = r"^-?9{6,}0*(?:[.,][09]*)?$"  # 999999 and its like: no value
LOW_POWER = r"^0*4$"  # status: the battery is low, the values are sound
MAX_HEADS, MAX_SHOWN = 200, 8
_HEAD = b"#serial-number;"
_RAW = re.compile(rb"^\d{6,12};\d{8};\d{4}-\d\d-\d\d \d\d:\d\d:\d\d;\w{1,3};[0-9a-fA-F ]{20,}")


@dataclass(frozen=True)
class Options:
    """Settings of an Elvaco file; none is needed. See `energy.sources.meters.elvaco.read`."""

    meters: Mapping[str, str] = field(
        default_factory=dict
    )  # device-identification -> metering point; others keep theirs
    time: str = "created"  # or datetime: the meter's own clock instead of the gateway's
    clock: str = "Etc/GMT-1"  # of that time
    decimal: str = ","


def detect(head: bytes, name: str) -> bool:
    """Return whether the first line names the gateway's columns, or is a raw telegram of one."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(_HEAD) or _RAW.match(start) is not None


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    opts = options_of(Options, given, where)
    clocks.check(opts.clock, (), where)
    allowed = (
        ("time", opts.time in ("created", "datetime"), "created (gatewayens klocka) eller datetime (mätarens)"),
        ("decimal", opts.decimal in (",", "."), ", eller ."),
    )
    refuse_values(opts, allowed, where)
    metering.check_meters(opts.meters, where)
    return opts


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the register readings and the samples; each filled cell of a column that is read is a record.

    A row without any is one, refused. Raises SourceError for raw telegrams and where no line of headings is found.
    """
    opts = check(options, name)
    lines = grid.load(data, name, None, ";")
    rows, findings = _records(lines, opts, name)
    sieve = Sieve(rows)
    sieve.drop(pl.col("ragged"), "ragged_row", "raden har inte lika många fält som sin rubrikrad")
    sieve.drop(pl.col("device").fill_null("") == "", "missing_meter", f"mätaren saknas i kolumnen «{DEVICE}»")
    sieve.drop(pl.col("heading").is_null(), "missing_value", "raden har inget värde i någon kolumn som läses")
    findings += _times(sieve, opts)
    findings += _values(sieve, opts)
    found = sieve.rows.with_columns(metering_point=metering.mapped(pl.col("device"), opts.meters))
    register = pl.col("quantity").is_in(list(REGISTERS))
    table = frame("readings", found.filter(register).with_columns(
        start_utc=pl.col("instant"), end_utc=pl.col("instant"), kind=pl.lit("register"),
    ))  # fmt: skip
    samples = frame("trends", found.filter(~register).with_columns(
        point=pl.format("{}/{}", "metering_point", "quantity"), at_utc=pl.col("instant"),
        unit=pl.col("suffix").replace_strict(SAMPLE_UNITS, default=None, return_dtype=pl.String),
    ))  # fmt: skip
    bad = sieve.rejects().with_columns(sheet=pl.lit(lines.sheet, pl.String))
    if not len(found) and not bad.height:
        findings.append(Finding("no_rows", "warning", f"{name}: inga rader under rubrikerna."))
    tables = {"readings": table, "trends": samples}
    return Parsed(NAME, tables, bad, findings, lines.encoding, opts.clock, None, lines.sheet)


def _records(lines: grid.Lines, opts: Options, name: str) -> tuple[pl.DataFrame, list[Finding]]:
    """Return one row per filled cell of the columns that are read, and a finding naming the columns that are not."""
    is_head = lines.rows["cells"].list.first().fill_null("").str.starts_with("#serial-number")
    at = is_head.arg_true().to_list()
    if not at or at[0]:
        raise _no_headings(lines, name)
    heads = [tuple(str(c or "").strip() for c in row) for row in lines.rows["cells"].gather(at).to_list()]
    kinds = list(dict.fromkeys(heads))
    if len(kinds) > MAX_HEADS:
        raise SourceError.from_file(name, f"filen har {len(kinds)} olika rubrikrader.", "Dela filen.")
    number = pl.Series([kinds.index(h) for h in heads], dtype=pl.Int64)
    rows = lines.rows.with_columns(kind_no=number.gather((is_head.cum_sum().cast(pl.Int64) - 1).to_list()))
    rows = rows.filter(~is_head)
    parts = [_part(rows.filter(pl.col("kind_no") == n).drop("kind_no"), head, name) for n, head in enumerate(kinds)]
    left = dict.fromkeys(h for head in kinds for h in head if "," in h and h != METER_TIME and not _is_read(h))
    left |= {f"{h} (andra gången)": None for head in kinds for h, n in Counter(head).items() if n > 1 and "," in h}
    return pl.concat(parts).sort("row_no", maintain_order=True), _left_out(list(left))


def _no_headings(lines: grid.Lines, name: str) -> SourceError:
    """Return the error of a file that does not begin with the gateway's headings."""
    line = str(lines.rows["original"][0]) if lines.rows.height else ""
    if _RAW.match(line.encode()):
        return SourceError.from_file(
            name,
            "filen har råa M-Bus-telegram (rapportmall 2001 eller 3001), inte värden.",
            "Välj en mall som skriver en kolumn per register i gatewayen, till exempel 2101 (värderapport).",
        )
    return SourceError.from_file(
        name, "första raden börjar inte med «#serial-number».", "Exportera en rapport med rubrikrad ur gatewayen."
    )


def _described(heading: str) -> tuple[str, str, str, str] | None:
    """Return (quantity, added word, unit, function) of a column of what stands in the meter now; None for others."""
    parts = heading.split(",")
    if len(parts) != 6 or parts[3:] != ["0", "0", "0"]:
        return None
    base, _, added = parts[0].partition(" ")
    return (QUANTITIES[base], added, parts[1], parts[2]) if base in QUANTITIES else None


def _is_read(heading: str) -> bool:
    """Return whether a column is read: a value now, or an error value in its place, which is refused cell by cell."""
    found = _described(heading)
    if found is None or found[2] == "":
        return False
    _, added, _, function = found
    return function in ("inst-value", "err-value") and (added in ("", NO_ERROR) or "error" in added)


def _part(rows: pl.DataFrame, head: Sequence[str], name: str) -> pl.DataFrame:
    """Return the records of the rows under one line of headings: row_no, original, device, times, heading, text."""
    for column in (DEVICE, CREATED):
        if column not in head:
            raise missing_column(name, column, list(head))
    fixed = {"device": DEVICE, "created": CREATED, "datetime": METER_TIME, "state": STATE}
    columns = {key: head.index(c) for key, c in fixed.items() if c in head}
    wanted = [h for h in dict.fromkeys(head) if _is_read(h)]
    cells = rows["cells"]
    table = text.pick(rows.drop("cells"), cells, {**columns, **{cell(h): head.index(h) for h in wanted}})
    table = table.with_columns(
        *(pl.lit(None, pl.String).alias(key) for key in fixed if key not in columns),
        ragged=(cells.list.len() < len(head)) | (cells.list.slice(len(head)).list.join("") != ""),
    )
    keys = ["row_no", "original", "ragged", *fixed]
    sound = table.filter(~pl.col("ragged"))
    long = sound.unpivot([cell(h) for h in wanted], index=keys, variable_name="heading", value_name="text")
    long = long.select(*keys, pl.col("heading").str.strip_prefix(cell("")), pl.col("text").cast(pl.String))
    long = long.filter(pl.col("text") != "")
    none = [pl.lit(None, pl.String).alias(c) for c in ("heading", "text")]
    empty = table.join(long.select("row_no").unique(), on="row_no", how="anti", maintain_order="left")
    return pl.concat([long, empty.select(*keys, *none)])


def _left_out(headings: Sequence[str]) -> list[Finding]:
    """Return a finding that names the columns that are not read."""
    if not headings:
        return []
    shown = ", ".join(f"«{h[:60]}»" for h in headings[:MAX_SHOWN])
    more = f" och {len(headings) - MAX_SHOWN} till" if len(headings) > MAX_SHOWN else ""
    words = (
        f"{len(headings)} kolumner lästes inte (inte mätarställning, temperatur eller effekt just nu): {shown}{more}."
    )
    return [Finding("columns_left_out", "info", words)]


def _times(sieve: Sieve, opts: Options) -> list[Finding]:
    """Give the records their `instant`; refuse times that cannot be read or told apart."""
    own = opts.time if opts.time == "created" else METER_TIME
    sieve.rows = sieve.rows.with_columns(
        pl.col(opts.time).alias(cell(own)), local=clocks.parse(sieve.rows[opts.time], metering.STAMPS[:2])
    )
    message = pl.format("tiden «{}» i kolumnen «{}» passar inte 2024-01-31 13:00:00", quoted(cell(own)), pl.lit(own))
    sieve.drop(pl.col("local").is_null(), "bad_time", message)
    # a telegram's values share their time: the order of telegrams, not of values, tells a double hour apart
    once = sieve.rows.unique(["row_no"], keep="first", maintain_order=True).sort("row_no")
    instant, rule = clocks.to_utc(once["local"], opts.clock, once["device"])
    told = once.select("row_no", instant.alias("instant"), rule.alias("time_rule"))
    sieve.rows = sieve.rows.join(told, on="row_no", how="left", maintain_order="left")
    readings.drop_clock(sieve, cell(own), opts.clock)
    steps = once.select(pl.col("local").diff().over("device").dt.total_minutes()).to_series()
    usual = steps.filter(steps > 0).mode().sort()
    return clocks.dst_findings(once["local"], once["device"], opts.clock, int(usual[0])) if len(usual) else []


def _values(sieve: Sieve, opts: Options) -> list[Finding]:
    """Give the records `quantity`, `value` and `status`; refuse error values, other texts and unknown units."""
    headings = sieve.rows["heading"].unique().sort().to_list()
    found = {h: d for h in headings if (d := _described(h))}
    factors = {h: _factor(d[0], d[2]) for h, d in found.items()}
    failing = [h for h, d in found.items() if d[3] == "err-value" or d[1] not in ("", NO_ERROR)]
    heading = pl.col("heading")
    sieve.rows = sieve.rows.with_columns(
        quantity=heading.replace_strict({h: d[0] for h, d in found.items()}, default=None, return_dtype=pl.String),
        factor=heading.replace_strict(factors, default=None, return_dtype=pl.Float64),
        value=text.number(sieve.rows["text"], opts.decimal),
    ).with_columns(suffix=pl.col("quantity").str.split("_").list.last())
    bad = heading.is_in(failing) | pl.col("text").str.contains(ERROR_VALUE)
    sieve.drop(bad, "error_value", pl.format("«{}» i kolumnen «{}» är mätarens felvärde", quoted("text"), heading))
    sieve.drop(pl.col("factor").is_null(), "unknown_unit", pl.format("enheten i «{}» passar inte värdet", heading))
    number = pl.format("«{}» i kolumnen «{}» är inget tal med decimaltecken «{}»", quoted("text"), heading,
                       pl.lit(opts.decimal))  # fmt: skip
    sieve.drop(pl.col("value").is_null(), "not_a_number", number)
    return _states(sieve)


def _factor(quantity: str, unit: str) -> float | None:
    """Return the factor to the unit of a quantity; None where the unit is another kind's or unknown."""
    try:
        suffix, factor = units.canonical(unit)
    except UnitError:
        return None
    return factor if suffix == readings.suffix_of(quantity) else None


def _states(sieve: Sieve) -> list[Finding]:
    """Give the records `status` by the meter's own status byte; return a finding where it is not 0.

    A low battery leaves the values sound; every other bit (EN 13757-3) makes them suspect.
    """
    state = pl.col("state").fill_null("")
    sound = state.str.contains("^0*$") | state.str.contains(LOW_POWER)
    sieve.rows = sieve.rows.with_columns(
        pl.col("value") * pl.col("factor"),
        status=pl.when(sound).then(pl.lit("measured")).otherwise(pl.lit("suspect")),
    )
    told = sieve.rows.filter(~state.str.contains("^0*$")).unique(["row_no"], keep="first", maintain_order=True)
    if told.is_empty():
        return []
    device, word, row = str(told["device"][0])[:40], str(told["state"][0])[:20], int(told["row_no"][0])
    words = f"{told.height} rader har mätarstatus skild från 0; den första är mätare {device} med status {word}."
    return [Finding("meter_status", "warning", words, row_no=row)]
