"""From text or numbers with times to canonical readings: units, statuses, spans, and the reason for each refusal.

Shared by the sources of meter values; knows nothing of how their files look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import Protocol

import polars as pl

from energy import units
from energy.errors import SourceError, UnitError
from energy.model import QUANTITIES, STATUSES, Finding, frame
from energy.sources import clocks, text
from energy.sources.base import Sieve, cell, quoted

DAY_MINUTES = 1440
MAX_UNIT_TEXTS = 50  # unknown unit texts that get the full explanation; a hostile file may hold a million


@dataclass(frozen=True)
class ValueColumn:
    """What one column of values holds; `metering_point` None: told per row; `factor` None: the unit is told per row."""

    column: str
    metering_point: str | None
    quantity: str
    factor: float | None


class Settings(Protocol):
    """The options of a source of meter values that this module reads."""

    @property
    def decimal(self) -> str: ...
    @property
    def thousands(self) -> str: ...
    @property
    def missing_values(self) -> tuple[str, ...]: ...
    @property
    def clock(self) -> str: ...
    @property
    def stamp(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def interval_minutes(self) -> int: ...
    @property
    def meter_column(self) -> str | None: ...
    @property
    def unit_column(self) -> str | None: ...
    @property
    def status_column(self) -> str | None: ...
    @property
    def status_map(self) -> Mapping[str, str]: ...


def value_column(
    column: str, meter: str | None, quantity: str, unit: str | None, unit_column: str | None, file: str
) -> ValueColumn:
    """Return the description of a value column; raise SourceError for an unknown quantity or a unit that misfits it."""
    factor = _factor(column, quantity, unit, file)
    if unit is None and unit_column is None:
        raise SourceError.from_file(file, f"ingen enhet angiven för kolumnen «{column}».", "Ange unit.")
    return ValueColumn(column, meter, quantity, factor)


def _factor(column: str, quantity: str, unit: str | None, file: str) -> float | None:
    """Return the factor to the canonical unit, None without a unit; raise SourceError where words are unknown."""
    if quantity not in QUANTITIES:
        near = get_close_matches(quantity, QUANTITIES, n=1)
        hint = f" Menade du «{near[0]}»?" if near else ""
        raise SourceError.from_file(file, f"okänd storhet {quantity!r}.{hint}", f"Tillåtna: {', '.join(QUANTITIES)}.")
    if unit is None:
        return None
    try:
        suffix, factor = units.canonical(unit)
    except UnitError as error:
        raise SourceError.from_file(file, f"kolumnen «{column}»:", str(error)) from error
    if suffix != suffix_of(quantity):
        raise SourceError.from_file(
            file, f"enheten {unit!r} passar inte storheten {quantity}.", "Rätta unit eller quantity."
        )
    return factor


def check_columns(
    columns: Sequence[Mapping[str, str]], keys: Sequence[str], quantity: str, unit: str | None, file: str
) -> None:
    """Raise SourceError for a key, a quantity or a unit of the value columns that is unknown; `quantity` and `unit`
    are those of the columns that tell none."""
    for column in columns or ({"column": "value_column"},):
        for key in column:
            if key not in keys:
                raise SourceError.from_file(
                    file, f"columns: okänd nyckel «{key}» för «{column['column']}».", f"Kända: {', '.join(keys)}."
                )
        _factor(column["column"], column.get("quantity") or quantity, column.get("unit") or unit, file)


def suffix_of(quantity: str) -> str:
    """Return the unit suffix of a quantity, for example ``m3c`` of ``supply_m3c``."""
    return quantity.rsplit("_", 1)[1]


def check_status_map(status_map: Mapping[str, str], file: str) -> None:
    """Raise SourceError for a status that is not in the vocabulary."""
    for word, status in status_map.items():
        if status not in STATUSES:
            raise SourceError.from_file(
                file, f"status_map: «{word}» blir {status!r}.", f"Tillåtna: {', '.join(STATUSES)}."
            )


def drop_clock(sieve: Sieve, column: str, clock: str) -> None:
    """Refuse the rows whose `time_rule` says that their time does not exist or comes twice."""
    if sieve.rows["time_rule"].null_count() == sieve.rows.height:
        return
    words = {
        "nonexistent_time": "tiden «{}» finns inte i {}: klockan ställs fram",
        "ambiguous_time": "tiden «{}» kommer två gånger i {} och ordningen i filen säger inte vilken det är",
    }
    for rule, message in words.items():
        sieve.drop(pl.col("time_rule") == rule, rule, pl.format(message, quoted(column), pl.lit(clock)))


def usual_minutes(rows: pl.DataFrame) -> int:
    """Return the most common length [min] between `local` and `local_end`."""
    lengths = (rows["local_end"] - rows["local"]).dt.total_minutes()
    return int(lengths.mode().sort()[0])


def span(rows: pl.DataFrame, opts: Settings, usual: int | None = None) -> list[pl.Series]:
    """Return `start_utc` and `end_utc` of rows with `instant` [UTC], `local` and, with an end column, `local_end`.

    `usual` is the usual length of the file's rows [min] where `rows` are but a part of it.
    """
    instant = rows["instant"]
    if opts.kind == "register":
        return [instant.alias("start_utc"), instant.alias("end_utc")]
    if "local_end" in rows.columns:
        return [instant.alias("start_utc"), _end(rows, opts.clock, usual).alias("end_utc")]
    length = timedelta(minutes=opts.interval_minutes)
    sign = -1 if opts.stamp == "end" else 1
    if opts.interval_minutes >= DAY_MINUTES and clocks.fixed_offset(opts.clock) is None:
        other, _ = clocks.to_utc(rows["local"] + sign * length, opts.clock, by_order=False)
    else:
        other = instant + sign * length
    first, last = (other, instant) if opts.stamp == "end" else (instant, other)
    return [first.alias("start_utc"), last.alias("end_utc")]


def _end(rows: pl.DataFrame, clock: str, usual: int | None) -> pl.Series:
    """Return the end instants by the end column; null where a clock change makes it contradict the start.

    In the hours of a change the file's usual length decides, where the end as written fits it: by the clock on the
    wall, or by plain subtraction, since files do either.
    """
    end, rule = clocks.to_utc(rows["local_end"], clock, by_order=False)
    if clocks.fixed_offset(clock) is not None or not rows.height:
        return end
    length = timedelta(minutes=usual_minutes(rows) if usual is None else usual)
    wall = rows["local_end"] - rows["local"]
    guess = rows["instant"] + length
    on_the_wall = guess.dt.convert_time_zone(clock).dt.replace_time_zone(None) == rows["local_end"]
    plain = (((end - rows["instant"]) == wall) & rule.is_null()) | (wall >= timedelta(days=1))
    fitting = guess.zip_with(on_the_wall | (wall == length), pl.Series([None], dtype=guess.dtype))
    return end.zip_with(plain.fill_null(False), fitting)


def values(rows: pl.DataFrame, value: ValueColumn, opts: Settings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (readings, rejects) of one value column; each row, its times known, becomes one or the other."""
    sieve = Sieve(rows)
    _meters(sieve, value, opts)
    _statuses(sieve, opts)
    own = cell(value.column)
    missing = pl.col(own).is_null() | pl.col(own).is_in(list({"", *opts.missing_values}))
    where = pl.lit(value.column)
    sieve.drop(missing, "missing_value", pl.format("värdet saknas i kolumnen «{}»", where))
    numbers = text.number(sieve.rows[own], opts.decimal, opts.thousands)
    sieve.rows = sieve.rows.with_columns(numbers.alias("value"))
    bad = pl.format("«{}» i kolumnen «{}» är inget tal med decimaltecken «{}»", quoted(own), where,
                    pl.lit(opts.decimal))  # fmt: skip
    sieve.drop(pl.col("value").is_null(), "not_a_number", bad)
    _units(sieve, value, opts)
    found = sieve.rows.select(
        "row_no", "metering_point", pl.lit(value.quantity).alias("quantity"), pl.lit(opts.kind).alias("kind"),
        "start_utc", "end_utc", pl.col("value") * pl.col("factor"), "status",
    )  # fmt: skip
    return frame("readings", found), sieve.rejects()


def _meters(sieve: Sieve, value: ValueColumn, opts: Settings) -> None:
    """Give every row its `metering_point`; refuse rows that tell none."""
    if value.metering_point is not None or opts.meter_column is None:
        sieve.rows = sieve.rows.with_columns(metering_point=pl.lit(value.metering_point))
        return
    sieve.rows = sieve.rows.with_columns(metering_point=pl.col(cell(opts.meter_column)))
    bad = pl.col("metering_point").is_null() | (pl.col("metering_point") == "")
    sieve.drop(bad, "missing_meter", f"mätpunkt saknas i kolumnen «{opts.meter_column}»")
    drop_destroyed(sieve, "metering_point")


def drop_destroyed(sieve: Sieve, column: str) -> None:
    """Refuse the rows whose metering point, in `column`, a spreadsheet has made a number of: its digits are lost."""
    if not sieve.rows[column].str.contains("E+", literal=True).any():
        return
    message = pl.format(
        "mätpunkten «{}» är ett tal som Excel har avrundat; exportera igen med kolumnen som text", quoted(column)
    )
    sieve.drop(pl.col(column).str.contains(r"^[0-9][.,]?[0-9]*E\+[0-9]+$"), "destroyed_id", message)


def _statuses(sieve: Sieve, opts: Settings) -> None:
    """Give every row its `status`; refuse a word that is not mapped, and a value the supplier marks as missing."""
    if opts.status_column is None:
        sieve.rows = sieve.rows.with_columns(status=pl.lit("measured"))
        return
    word = the_only(sieve.rows[cell(opts.status_column)])
    if word is not None and opts.status_map.get(word, "missing") != "missing":
        sieve.rows = sieve.rows.with_columns(status=pl.lit(opts.status_map[word]))
        return
    words = pl.col(cell(opts.status_column))
    status = words.replace_strict(dict(opts.status_map), default=None, return_dtype=pl.String)
    sieve.rows = sieve.rows.with_columns(status=status)
    known = ", ".join(opts.status_map)
    message = pl.format("okänd status «{}». Kända: {}", quoted(cell(opts.status_column)), pl.lit(known))
    sieve.drop(pl.col("status").is_null(), "unknown_status", message)
    marked = pl.format("värdet är märkt «{}»", quoted(cell(opts.status_column)))
    sieve.drop(pl.col("status") == "missing", "missing_value", marked)


def _units(sieve: Sieve, value: ValueColumn, opts: Settings) -> None:
    """Give every row the `factor` to the quantity's unit; refuse unknown and unfit units told per row."""
    if value.factor is not None or opts.unit_column is None:
        sieve.rows = sieve.rows.with_columns(factor=pl.lit(value.factor))
        return
    told = sieve.rows[cell(opts.unit_column)].fill_null("")
    word = the_only(told)
    if word is not None and (factor := _unit_table([word], suffix_of(value.quantity))[0].get(word)) is not None:
        sieve.rows = sieve.rows.with_columns(factor=pl.lit(factor))
        return
    factors, reasons = _unit_table(told.unique().sort().to_list(), suffix_of(value.quantity))
    sieve.rows = sieve.rows.with_columns(
        factor=told.replace_strict(factors, default=None, return_dtype=pl.Float64),
        reason=told.replace_strict(reasons, default="okänd enhet", return_dtype=pl.String),
    )
    sieve.drop(pl.col("factor").is_null(), "unknown_unit", pl.col("reason"))


def the_only(texts: pl.Series) -> str | None:
    """Return the text that all of `texts` are; None where they differ, where one is null, or where there are none."""
    first = texts.first()
    return first if isinstance(first, str) and (texts == first).fill_null(False).all() else None


def _unit_table(told: Sequence[str], suffix: str) -> tuple[dict[str, float], dict[str, str]]:
    """Return unit text -> factor for the units that fit, and unit text -> reason for the first of those that do not."""
    factors: dict[str, float] = {}
    reasons: dict[str, str] = {}
    known = set(units.UNITS)
    for word in [w for w in told if w.strip() in known] + [w for w in told if w.strip() not in known][:MAX_UNIT_TEXTS]:
        try:
            found, factor = units.canonical(word[:80])
            if found == suffix:
                factors[word] = factor
            else:
                reasons[word] = f"enheten {word!r} passar inte storheten (…_{suffix})"
        except UnitError as error:
            reasons[word] = str(error)
    return factors, reasons


def copied(rejects: pl.DataFrame, columns: Sequence[ValueColumn]) -> pl.DataFrame:
    """Return the rejects of whole rows once per value column, since a row of k values is k records."""
    if len(columns) == 1 or rejects.is_empty():
        return rejects
    return pl.concat(
        rejects.with_columns(message=pl.format("{} (värdet i «{}»)", "message", pl.lit(c.column))) for c in columns
    ).sort("row_no", maintain_order=True)


@dataclass
class NumberTally:
    """How many values of a file are no numbers, gathered from any number of its pieces."""

    bad: int = 0
    first_row: int = 0
    loaded: int = 0

    def add(self, rejects: pl.DataFrame, loaded: int) -> None:
        """Count the values of a piece."""
        rows = rejects.filter(pl.col("rule") == "not_a_number")["row_no"]
        first = rows.min()
        if isinstance(first, int) and (not self.bad or first < self.first_row):
            self.first_row = first
        self.bad += len(rows)
        self.loaded += loaded

    def findings(self, decimal: str) -> list[Finding]:
        """Return a finding where most values are no numbers: the decimal sign is then probably declared wrong."""
        if self.bad <= self.loaded:
            return []
        words = (
            f"{self.bad} av {self.bad + self.loaded} värden är inga tal med decimaltecken «{decimal}»; det första på "
            f"rad {self.first_row}. Kontrollera inställningarna decimal och thousands."
        )
        return [Finding("decimal_sign", "warning", words, row_no=self.first_row)]


def number_findings(rejects: pl.DataFrame, loaded: int, decimal: str) -> list[Finding]:
    """Return a finding where most values are no numbers; see `NumberTally`."""
    tally = NumberTally()
    tally.add(rejects, loaded)
    return tally.findings(decimal)
