"""Blocks of delimited rows -> canonical readings and rejects, and what only the whole file can tell.

A piece is finished as it comes, with two exceptions that wait for the last one: the findings, and in civil time the
rows of the days on which the clock changes, whose meaning depends on their neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import polars as pl

from energy.model import Finding
from energy.sources import clocks
from energy.sources.base import Sieve, cell, quoted, shortened
from energy.sources.meters import delimited_rows, readings
from energy.sources.meters.blocks import Block
from energy.sources.meters.delimited_layout import Layout
from energy.sources.meters.delimited_rows import Body
from energy.sources.meters.readings import ValueColumn

Piece = tuple[pl.DataFrame, pl.DataFrame]  # readings, rejects


class Settings(readings.Settings, Protocol):
    """The options of a delimited file that this module reads."""

    @property
    def delimiter(self) -> str: ...
    @property
    def time_column(self) -> str: ...
    @property
    def end_column(self) -> str | None: ...
    @property
    def time_format(self) -> tuple[str, ...]: ...
    @property
    def rows_where(self) -> Mapping[str, Any]: ...


class Whole:
    """One file on its way through: `piece` for every block in turn, then `findings`."""

    def __init__(self, opts: Settings, layout: Layout, values: Sequence[ValueColumn]) -> None:
        self._opts, self._layout, self._values = opts, layout, values
        self._civil = clocks.fixed_offset(opts.clock) is None
        self._dst = clocks.DstTally(
            opts.clock, opts.interval_minutes if opts.stamp == "end" and opts.kind == "interval" else 0
        )
        self._numbers = readings.NumberTally()
        self._lengths: list[pl.DataFrame] = []  # minutes, count
        self._left_out = dict.fromkeys(opts.rows_where, 0)
        self._waiting: list[pl.DataFrame] = []
        self._cut: int | None = None
        self._records = 0

    def piece(self, body: Body) -> Piece:
        """Return the readings and rejects of a block; the last block brings the rows that waited."""
        sieve = Sieve(delimited_rows.rows(body, self._opts.delimiter, self._layout))
        self._drop_ragged(sieve, body.block)
        self._leave_out(sieve)
        self._locals(sieve)
        self._count(sieve.rows)
        if self._civil:
            self._put_off(sieve, body.block)
        pieces = [self._finish(sieve, body.block)]
        if body.block.last and self._waiting:
            pieces.append(self._finish(Sieve(pl.concat(self._waiting)), body.block))
        found, refused = _merged([p[0] for p in pieces]), _merged([p[1] for p in pieces])
        self._numbers.add(refused, found.height)
        self._records += found.height + refused.height
        return found, refused

    def findings(self, name: str) -> list[Finding]:
        """Return the findings of the whole file, when its last block has been read."""
        found = []
        if self._cut is not None:
            words = "Filens sista rad saknar radslut; den kan vara avkapad."
            found.append(Finding("no_final_newline", "info", words, row_no=self._cut))
        for column, left in self._left_out.items():
            if left:
                kept = " eller ".join(_kept(self._opts.rows_where[column]))
                words = f"{left} rader lästes inte: «{column}» är inte {kept} (rows_where)."
                found.append(Finding("rows_left_out", "info", words))
        usual = self._usual() or 0
        found += self._dst.findings(usual if usual > 0 else self._opts.interval_minutes)
        found += self._numbers.findings(self._opts.decimal)
        if not self._records:
            words = f"{name}: inga rader under rubrikraden {self._layout.header_row}."
            found.append(Finding("no_rows", "warning", words))
        return found

    def _drop_ragged(self, sieve: Sieve, block: Block) -> None:
        """Move rows that do not fit the header to the rejects; note where the file may have been cut."""
        if block.cut_short and sieve.rows.height:
            text, row = sieve.rows.select("original", "row_no").row(-1)
            ends = row + (text.count("\n") if text else 0)
            self._cut = row if ends == block.first_row + block.rows - 1 else None
        ragged = (pl.col("cells_no") < self._layout.width_needed) | pl.col("surplus")
        shape = pl.format("raden har {} fält, rubriken {}", "cells_no", pl.lit(len(self._layout.header)))
        if self._cut is not None:
            words = pl.format("{}; raden är filens sista och saknar radslut: filen är avkapad", shape)
            sieve.drop(ragged & (pl.col("row_no") == self._cut), "truncated_row", words)
        sieve.drop(ragged, "ragged_row", shape)

    def _leave_out(self, sieve: Sieve) -> None:
        """Leave out the rows `rows_where` does not ask for; they are told in a finding, not counted as records."""
        for column, wanted in self._opts.rows_where.items():
            chosen = sieve.rows[cell(column)].is_in(_kept(wanted)).fill_null(False)
            left = sieve.rows.height - int(chosen.sum())
            if left:
                sieve.rows = sieve.rows.filter(chosen)
                self._left_out[column] += left

    def _locals(self, sieve: Sieve) -> None:
        """Give the rows `local` and, with an end column, `local_end`; refuse texts that are no times."""
        opts = self._opts
        start = cell(opts.time_column)
        sieve.rows = sieve.rows.with_columns(clocks.parse(sieve.rows[start], opts.time_format).alias("local"))
        self._no_time(sieve, opts.time_column, "local")
        if opts.end_column:
            rows = sieve.rows
            ends = clocks.parse_ends(rows[cell(opts.end_column)], rows[start], rows["local"], opts.time_format)
            sieve.rows = rows.with_columns(ends.alias("local_end"))
            self._no_time(sieve, opts.end_column, "local_end")

    def _no_time(self, sieve: Sieve, column: str, target: str) -> None:
        forms = pl.lit(" eller ".join(self._opts.time_format))
        words = pl.format("tiden «{}» i kolumnen «{}» passar inte {}", quoted(cell(column)), pl.lit(column), forms)
        sieve.drop(pl.col(target).is_null(), "bad_time", words)

    def _count(self, rows: pl.DataFrame) -> None:
        """Count what the findings of the whole file and the usual length of a row need."""
        self._dst.add(rows["local"], self._group(rows))
        if "local_end" in rows.columns and rows.height:
            length = (rows["local_end"] - rows["local"]).dt.total_minutes().alias("minutes")
            if length.min() == length.max():
                counts = pl.DataFrame({"minutes": length.head(1), "count": [rows.height]})
            else:
                counts = length.value_counts()
            self._lengths.append(counts.select("minutes", pl.col("count").cast(pl.Int64)))

    def _group(self, rows: pl.DataFrame) -> pl.Series:
        meter = self._opts.meter_column
        return rows[cell(meter)] if meter else pl.repeat("", rows.height, dtype=pl.String, eager=True)

    def _usual(self) -> int | None:
        """Return the most common length of the rows so far [min], the least of several; None where none is told."""
        if not self._lengths:
            return None
        lengths = pl.concat(self._lengths).group_by("minutes").agg(pl.col("count").sum())
        most = lengths.filter(pl.col("count") == pl.col("count").max())["minutes"].min()
        return most if isinstance(most, int) else None

    def _put_off(self, sieve: Sieve, block: Block) -> None:
        """Let the rows of days on which the clock changes wait for the whole file."""
        late = clocks.on_change_days(sieve.rows["local"], self._opts.clock)
        if "local_end" in sieve.rows.columns:
            late = late | clocks.on_change_days(sieve.rows["local_end"], self._opts.clock)
        if late.any():
            waiting = _with_originals(sieve.rows.filter(late), block)
            own = waiting.select(pl.col(pl.String) + "")  # texts of their own, so that those of the block can go
            self._waiting.append(waiting.with_columns(own))
            sieve.rows = sieve.rows.filter(~late)

    def _finish(self, sieve: Sieve, block: Block) -> Piece:
        """Return the readings and rejects of rows whose naive times are known."""
        opts, rows = self._opts, sieve.rows
        instants, rule = clocks.to_utc(rows["local"], opts.clock, self._group(rows))
        sieve.rows = rows.with_columns(instant=instants, time_rule=rule)
        readings.drop_clock(sieve, cell(opts.time_column), opts.clock)
        sieve.rows = sieve.rows.with_columns(readings.span(sieve.rows, opts, self._usual()))
        if opts.end_column:
            bad = pl.col("end_utc") <= pl.col("start_utc") if opts.kind == "interval" else pl.lit(False)
            sieve.drop(bad | pl.col("end_utc").is_null(), "bad_interval", "sluttiden ligger inte efter starttiden")
        tables, rejects = [], [readings.copied(sieve.rejects(), self._values)]
        for value in self._values:
            table, refused = readings.values(sieve.rows, value, opts)
            tables.append(table)
            rejects.append(refused)
        return _merged(tables), _with_originals(_merged(rejects), block, shortened(pl.col("original")))


def _kept(wanted: Any) -> list[str]:
    return [wanted] if isinstance(wanted, str) else [str(w) for w in wanted]


def _merged(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return frames of one kind as one, in row order."""
    held = [f for f in frames if f.height] or [frames[0]]
    return held[0] if len(held) == 1 else pl.concat(held).sort("row_no", maintain_order=True)


def _with_originals(rows: pl.DataFrame, block: Block, told: pl.Expr | str = "original") -> pl.DataFrame:
    """Return rows with `original` filled in, as `told`, of those that were read without it."""
    lacking = rows["original"].is_null()
    if not lacking.any():
        return rows
    texts = delimited_rows.originals(block, rows["row_no"].filter(lacking))
    filled = rows.filter(lacking).with_columns(texts.alias("original")).with_columns(told)
    return pl.concat([rows.filter(~lacking), filled]).sort("row_no", maintain_order=True)
