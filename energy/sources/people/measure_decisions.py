"""Decisions on measures: the sheet «Beslut» of Energibok's own workbook, filled in and dropped back, or a CSV like it.

One row per measure; a row without a decision is not a record. The decision is one of do, wait, reject, underway and
done, also in Swedish; who is responsible is a role: what looks like a person's name or address is left out, with a
warning. What the measure was worth to who decided is read where the file tells it. The workbook's sheet «Avvikelser» is
read with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from energy.errors import SourceError
from energy.model import Finding, Parsed, frame
from energy.sources import grid
from energy.sources.base import Sieve, options_of, quoted, refuse_values
from energy.sources.people import deviation_causes, people
from energy.sources.people.persons import persons, without_persons

NAME = "measure_decisions"
VERSION = 4

SHEET = "Beslut"
# as the workbook writes them: the first word is the heading there
REQUIRED: people.Words = {
    "measure_key": ("Åtgärdsnyckel", "åtgärd"),
    "decision": ("Beslut",),
}
OPTIONAL: people.Words = {
    "decided_on": ("Beslutat den", "beslutsdatum", "beslutad", "beslutat", "decided on"),
    "owner_role": ("Ansvarig roll", "ansvarig", "roll", "owner role"),
    "start_on": ("Startar den", "start", "startdatum", "start on"),
    "cost_sek": ("Beslutad kostnad (SEK)", "kostnad (sek)", "kostnad (kr)", "kostnad sek", "kostnad"),
    "note": ("Anteckning", "anmärkning", "kommentar", "skäl"),
}
TOLD: people.Words = {
    "promised_sek": (
        "Värde (per år eller en gång) (SEK)", "besparing per år (sek)", "besparing per år", "besparing (sek)",
        "utlovat",
    )
}  # fmt: skip
DECISIONS: Mapping[str, str] = {
    "ja": "do", "senare": "wait", "nej": "reject", "pågår": "underway", "genomförd": "done",
    "genomför": "do", "genomförs": "do", "genomföra": "do", "beslutad": "do", "beställ": "do",
    "avvakta": "wait", "avvaktar": "wait", "vänta": "wait", "utred": "wait", "utreds": "wait",
    "avslå": "reject", "avslås": "reject", "avslag": "reject", "avböjd": "reject", "avböj": "reject",
    "avfärda": "reject", "avfärdas": "reject",
    "påbörjad": "underway", "påbörjat": "underway", "under arbete": "underway",
    "klar": "done", "klart": "done", "genomfört": "done", "färdig": "done",
}  # fmt: skip
CHOICES = ("ja", "senare", "nej", "pågår", "genomförd")  # what the workbook lets a reader choose from
FILE_NAMES = ("energibok", "beslut", "åtgärd", "atgard", "decision")


@dataclass(frozen=True)
class Options:
    """Settings of a file of decisions."""

    sheet: str | None = None  # of a workbook; without it «Beslut», else the first
    decimal: str = ","


def detect(head: bytes, name: str) -> bool:
    """Return whether the first line has a measure's key and a decision, or a workbook is named as ours or as one."""
    return people.has(people.headings(head), REQUIRED, *REQUIRED) or people.named(head, name, FILE_NAMES)


def recognise(data: bytes) -> bool:
    """Return whether a workbook holds «Beslut» or «Avvikelser» with our headings, whatever it is called."""
    return grid.is_workbook(data) and any(
        people.sheet_has(data, sheet, required)
        for sheet, required in ((SHEET, REQUIRED), (deviation_causes.SHEET, deviation_causes.REQUIRED))
    )


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    opts = options_of(Options, given, where)
    refuse_values(opts, [("decimal", opts.decimal in (",", "."), ", eller .")], where)
    return opts


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the decisions, costs in SEK, and of a workbook the causes on «Avvikelser» as well.

    Raises SourceError where the headings of key and decision are missing and there is no cause to read either: one
    sheet that cannot be read does not take the other with it.
    """
    opts = check(options, name)
    if opts.sheet or not grid.is_workbook(data):
        return people.parsed(NAME, data, [decisions(people.load(data, name, opts.sheet), name, opts)])
    beside = _causes(data, name)
    try:
        decided = decisions(people.load_sheet(data, name, None, SHEET), name, opts)
    except SourceError as error:
        if not isinstance(beside, people.Read):
            raise
        return people.parsed(NAME, data, [beside], [_unread(error)])
    if isinstance(beside, people.Read):
        both = [decided, beside]
        return people.parsed(NAME, data, both, _untouched(both))
    return people.parsed(NAME, data, [decided], [_unread(beside)] if beside else [])


def _untouched(read: Sequence[people.Read]) -> list[Finding]:
    """Return a word that nobody has filled in anything, where that is so."""
    if any(one.rows.height or one.rejects.height for one in read):
        return []
    text = "arbetsboken är känd, men inget beslut och ingen orsak är ifylld: det finns inget att läsa in."
    return [Finding("nothing_filled_in", "info", text)]


def _causes(data: bytes, name: str) -> people.Read | SourceError | None:
    """Return the causes of the workbook's sheet «Avvikelser»; the error where its headings are missing; else None."""
    try:
        lines = people.load(data, name, deviation_causes.SHEET)
    except SourceError:
        return None
    try:
        return deviation_causes.causes(lines, name)
    except SourceError as error:
        return error


def _unread(error: SourceError) -> Finding:
    return Finding("sheet_not_read", "warning", f"ett blad är inte läst: {error}")


def decisions(lines: grid.Lines, name: str, opts: Options) -> people.Read:
    """Return the decisions of one sheet or text; raise SourceError where a required heading is missing."""
    table = grid.find(lines, name, REQUIRED, {**OPTIONAL, **TOLD})
    sieve = Sieve(table.rows.with_columns(people.lacking(lines, table, {**REQUIRED, **OPTIONAL})))
    sieve.drop(pl.col("lacking"), "ragged_row", "raden har färre fält än rubriken")
    findings = _undecided(sieve)
    sieve.drop(pl.col("measure_key") == "", "missing_key", "åtgärdens nyckel saknas")
    sieve.rows = sieve.rows.rename({"decision": "decision_text"})
    sieve.drop(pl.col("decision_text") == "", "missing_decision", "raden är ifylld, men beslutet saknas")
    people.refuse_words(sieve, "decision_text", "decision", DECISIONS, "beslut")
    people.day_cell(sieve, "decided_on", "beslutat den")
    sieve.drop(pl.col("decided_on").is_null(), "missing_date", "datum för beslutet saknas: skriv ÅÅÅÅ-MM-DD")
    people.day_cell(sieve, "start_on", "startar den")
    people.numbers(sieve, "cost_sek", "cost", table.excel, opts.decimal)
    negative = pl.format("kostnaden {} är negativ: skriv vad åtgärden kostar, noll eller mer", quoted("cost_sek"))
    sieve.drop(pl.col("cost") < 0, "negative_cost", negative)
    people.numbers(sieve, "promised_sek", "promised", table.excel, opts.decimal)
    findings += persons(sieve.rows, "owner_role", "note", table.sheet)
    sieve.rows = without_persons(sieve.rows, "owner_role", "note")
    found = sieve.rows.with_columns(
        pl.col("cost").alias("cost_sek"),
        pl.col("promised").alias("promised_sek"),
        *(pl.when(pl.col(c) != "").then(pl.col(c)).alias(c) for c in ("owner_role", "note")),
    )
    rejects = people.placed(sieve.rejects(), table.sheet)
    return people.Read(NAME, frame(NAME, found), rejects, findings, table.encoding, table.sheet)


def _undecided(sieve: Sieve) -> list[Finding]:
    """Leave out the rows nobody has filled in; tell how many."""
    filled = pl.any_horizontal(pl.col(c) != "" for c in ("decision", *OPTIONAL))
    left = sieve.rows.height
    sieve.rows = sieve.rows.filter(filled)
    left -= sieve.rows.height
    return [Finding("measures_undecided", "info", f"{left} åtgärder har inget beslut i filen.")] if left else []
