"""Causes of deviations from budget: the sheet «Avvikelser» of Energibok's own workbook, filled in and dropped back.

One row per deviation, or a CSV like it; a row nobody has filled in is no record. Who answers is a role, not a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from energy.model import Finding, Parsed, frame
from energy.sources import grid
from energy.sources.base import Sieve, options_of
from energy.sources.people import people
from energy.sources.people.persons import persons, without_persons

NAME = "deviation_causes"
VERSION = 2

SHEET = "Avvikelser"
# as the workbook writes them: the first word is the heading there
REQUIRED: people.Words = {
    "deviation_key": ("Nyckel till avvikelsen", "avvikelsenyckel", "avvikelse"),
    "cause": ("Orsak", "orsak till avvikelsen", "förklaring"),
}
OPTIONAL: people.Words = {
    "owner_role": ("Ansvarig roll", "ansvarig", "roll", "owner role"),
    "answered_on": ("Besvarad den", "besvarad", "svarsdatum", "answered on"),
    "note": ("Anteckning", "anmärkning", "kommentar"),
}
FILE_NAMES = ("avvikelse", "deviation")


@dataclass(frozen=True)
class Options:
    """Settings of a file of causes."""

    sheet: str | None = None  # of a workbook; without it «Avvikelser», else the first


def detect(head: bytes, name: str) -> bool:
    """Return whether the first line has a deviation's key and a cause, or a workbook is named as one of them."""
    return people.has(people.headings(head), REQUIRED, *REQUIRED) or people.named(head, name, FILE_NAMES)


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    return options_of(Options, given, where)


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the causes. Raises SourceError where the headings of key and cause are missing."""
    opts = check(options, name)
    return people.parsed(NAME, data, [causes(people.load_sheet(data, name, opts.sheet, SHEET), name)])


def causes(lines: grid.Lines, name: str) -> people.Read:
    """Return the causes of one sheet or text. Raises SourceError where the headings of key and cause are missing."""
    table = grid.find(lines, name, REQUIRED, OPTIONAL)
    sieve = Sieve(table.rows.with_columns(people.lacking(lines, table, {**REQUIRED, **OPTIONAL})))
    sieve.drop(pl.col("lacking"), "ragged_row", "raden har färre fält än rubriken")
    findings = _unanswered(sieve)
    sieve.drop(pl.col("deviation_key") == "", "missing_key", "nyckeln till avvikelsen saknas")
    sieve.drop(pl.col("cause") == "", "missing_cause", "raden är ifylld, men orsaken saknas")
    people.day_cell(sieve, "answered_on", "besvarad den")
    findings += persons(sieve.rows, "owner_role", "note", table.sheet)
    sieve.rows = without_persons(sieve.rows, "owner_role", "note")
    texts = (pl.when(pl.col(c) != "").then(pl.col(c)).alias(c) for c in ("owner_role", "note"))
    found = frame("deviation_causes", sieve.rows.with_columns(*texts))
    return people.Read(
        "deviation_causes", found, people.placed(sieve.rejects(), table.sheet), findings, table.encoding, table.sheet
    )


def _unanswered(sieve: Sieve) -> list[Finding]:
    """Leave out the rows nobody has filled in; tell how many."""
    filled = pl.any_horizontal(pl.col(c) != "" for c in ("cause", *OPTIONAL))
    left = sieve.rows.height
    sieve.rows = sieve.rows.filter(filled)
    left -= sieve.rows.height
    text = f"{left} avvikelser har ingen orsak i filen."
    return [Finding("deviations_unanswered", "info", text)] if left else []
