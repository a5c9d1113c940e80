"""The operations calendar and the event ledger that people keep, CSV or Excel: seasons, openings, closures, changes.

Headings and words are English or Swedish. Times are civil. An end written as a day is that whole day; an end with a
clock time is that moment. A sheet does not tell a day from its midnight: there, a cell at 00:00:00 is a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl

from energy.calendar import CIVIL_TIME
from energy.model import Parsed, frame
from energy.sources import clocks, grid
from energy.sources.base import Sieve, options_of, quoted, refuse_values
from energy.sources.people import people
from energy.sources.people.persons import LEFT_OUT, persons, without_persons

NAME = "events"
VERSION = 4

KINDS = ("ice_season", "open", "closed", "non_routine", "project", "note")
TREATMENTS = ("", "exclude", "indicator", "engineering", "rebaseline")
UNITS = ("", "percent", "kwh_per_day")
CARRIERS = ("", "district_heating", "electricity", "rejected_heat", "store_heat", "water", "other")
REQUIRED: people.Words = {
    "facility": ("facility", "anläggning", "anläggnings-id"),
    "kind": ("kind", "slag", "typ", "händelse"),
    "start": ("start", "börjar", "startdatum", "från", "fr.o.m."),
    "end": ("end", "slut", "slutar", "slutdatum", "till", "t.o.m."),
}
OPTIONAL: people.Words = {
    "value": ("värde",),
    "carrier": ("energislag",),
    "treatment": ("behandling",),
    "reason": ("orsak", "skäl", "anledning"),
    "decided_by": ("beslutat av", "beslutad av"),
    "unit": ("enhet",),
    "uncertainty": ("osäkerhet",),
    "event_group": ("group", "grupp"),
}
# Swedish words for the codes of a column; other texts stay as they are and meet the lists above
WORDS: Mapping[str, Mapping[str, str]] = {
    "kind": {
        "issäsong": "ice_season", "öppet": "open", "stängt": "closed", "icke-rutin": "non_routine",
        "avvikelse": "non_routine", "projekt": "project", "notering": "note", "anteckning": "note",
    },
    "treatment": {"uteslut": "exclude", "utesluts": "exclude", "indikator": "indicator", "schablon": "engineering",
                  "beräknad": "engineering", "ny baslinje": "rebaseline", "ombaslina": "rebaseline"},
    "unit": {"%": "percent", "procent": "percent", "kwh/dygn": "kwh_per_day", "kwh per dygn": "kwh_per_day"},
    "carrier": people.CARRIERS,
}  # fmt: skip
FILE_NAMES = ("händelse", "handelse", "driftkalender", "event")
MOMENT = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")
DAY = ("%Y-%m-%d",)


@dataclass(frozen=True)
class Options:
    """Settings of an event file; without `decimal`, comma in a semicolon file and in Excel, point in a comma file."""

    decimal: str | None = None
    sheet: str | None = None  # of a workbook; the first where none is named


def detect(head: bytes, name: str) -> bool:
    """Return whether the first line names the columns of an event file, or a workbook is named as one."""
    return people.has(people.headings(head), REQUIRED, *REQUIRED) or people.named(head, name, FILE_NAMES)


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    opts = options_of(Options, given, where)
    refuse_values(opts, [("decimal", opts.decimal in (None, ",", "."), ", eller .")], where)
    return opts


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the events; without an end, an event that starts on a day lasts that day.

    Raises SourceError where one of the columns facility, kind, start and end is missing.
    """
    opts = check(options, name)
    lines = people.load(data, name, opts.sheet)
    table = grid.find(lines, name, REQUIRED, OPTIONAL)
    lacking = people.lacking(lines, table, {**REQUIRED, **OPTIONAL})
    sieve = Sieve(table.rows.with_columns(lacking))
    sieve.drop(pl.col("lacking"), "ragged_row", "raden har färre fält än rubriken")
    sieve.rows = sieve.rows.with_columns(
        pl.col(column).str.to_lowercase().replace(dict(words)).alias(f"{column}:code")
        for column, words in WORDS.items()
    ).with_columns(
        pl.when(pl.col(f"{column}:code").is_in(list(words.values())))
        .then(pl.col(f"{column}:code"))
        .otherwise(column)
        .alias(column)
        for column, words in WORDS.items()
    )
    if table.excel:
        sieve.rows = sieve.rows.with_columns(pl.col("start", "end").str.strip_suffix(people.MIDNIGHT))
    _words(sieve)
    _times(sieve)
    findings = persons(sieve.rows, "decided_by", "reason", table.sheet)
    # somebody must have decided: the words say that it was somebody
    sieve.rows = without_persons(sieve.rows, "decided_by", "reason", LEFT_OUT)
    _value(sieve, opts.decimal or ("." if lines.delimiter == "," else ","), table.excel)
    found = sieve.rows.with_columns(
        pl.when(pl.col(c) != "").then(pl.col(c)).alias(c)
        for c in ("carrier", "reason", "decided_by", "unit", "event_group")
    ).with_columns(value=pl.col("number"), uncertainty=pl.col("give_or_take"))
    return Parsed(
        NAME,
        {"events": frame("events", found)},
        people.placed(sieve.rejects(), table.sheet),
        findings,
        table.encoding,
        CIVIL_TIME,
        people.saved_at(data),
        table.sheet,
    )


def _words(sieve: Sieve) -> None:
    """Refuse rows without a facility, words outside their lists, and treatments nobody has decided and explained."""
    sieve.drop(pl.col("facility") == "", "missing_facility", "anläggning saknas i kolumnen «facility»")
    lists = (("kind", KINDS), ("treatment", TREATMENTS), ("carrier", CARRIERS), ("unit", UNITS))
    for column, allowed in lists:
        words = ", ".join(w or "(tomt)" for w in allowed)
        message = pl.format(
            "okänt värde «{}» i kolumnen «{}». Tillåtna: {}", quoted(column), pl.lit(column), pl.lit(words)
        )
        sieve.drop(~pl.col(column).is_in(list(allowed)), f"unknown_{column}", message)
    sieve.drop(
        (pl.col("treatment") != "") & ((pl.col("reason") == "") | (pl.col("decided_by") == "")), "undecided",
        pl.format("treatment är «{}», men reason och decided_by måste båda anges för att raden ska få ändra siffror",
                  quoted("treatment")),
    )  # fmt: skip


def _times(sieve: Sieve) -> None:
    """Give the rows `start_utc` and `end_utc`; refuse times that cannot be read, told apart or ordered."""
    rows = sieve.rows
    end = rows.select(pl.when(pl.col("end") == "").then("start").otherwise("end").alias("end")).to_series()
    start = clocks.parse(rows["start"], (*MOMENT, *DAY))
    end_day = clocks.parse(end, DAY) + timedelta(days=1)
    end_moment = clocks.parse(end, MOMENT)
    sieve.rows = rows.with_columns(local=start, local_end=end_day.zip_with(end_day.is_not_null(), end_moment))
    for column, target in (("start", "local"), ("end", "local_end")):
        bad = pl.format("tiden «{}» i kolumnen «{}» ska skrivas ÅÅÅÅ-MM-DD eller ÅÅÅÅ-MM-DD TT:MM",
                        quoted(column), pl.lit(column))  # fmt: skip
        sieve.drop(pl.col(target).is_null(), "bad_time", bad)
    for column, target in (("local", "start_utc"), ("local_end", "end_utc")):
        utc, rule = clocks.to_utc(sieve.rows[column], CIVIL_TIME, by_order=False)
        sieve.rows = sieve.rows.with_columns(utc.alias(target), rule.alias("time_rule"))
        sieve.drop(
            pl.col("time_rule") == "nonexistent_time", "nonexistent_time", "tiden finns inte: klockan ställs fram"
        )
        sieve.drop(
            pl.col("time_rule") == "ambiguous_time", "ambiguous_time", "tiden kommer två gånger: klockan ställs om"
        )
    sieve.drop(pl.col("end_utc") <= pl.col("start_utc"), "bad_interval", "slutet ligger inte efter starten")


def _value(sieve: Sieve, decimal: str, excel: bool) -> None:
    """Give the rows `number` and `give_or_take`: null where the cell is empty; refuse other texts and half effects."""
    people.numbers(sieve, "value", "number", excel, decimal)
    people.numbers(sieve, "uncertainty", "give_or_take", excel, decimal)
    stated = pl.col("treatment") == "engineering"
    told = pl.col("number").is_not_null() & pl.col("give_or_take").is_not_null() & (pl.col("unit") != "")
    sieve.drop(
        stated & ~told, "effect_not_stated",
        pl.lit("treatment är «engineering», och då måste value, unit (percent eller kwh_per_day) och uncertainty "
               "(±, samma enhet; 0 om uppmätt) alla anges"),
    )  # fmt: skip
    sieve.drop(
        stated & ((pl.col("give_or_take") < 0) | ((pl.col("unit") == "percent") & (pl.col("number") < -100))),
        "effect_impossible",
        pl.lit(
            "uncertainty kan inte vara negativ, och value i procent inte under -100: mer än allt kan inte försvinna"
        ),
    )
