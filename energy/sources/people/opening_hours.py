"""Weekly opening hours as CSV or Excel: facility, weekday or range of weekdays, opens, closes, from and to which day.

Civil time. A row for mån–fre is five records. `valid_to` is the last day in the file, the first day no longer valid in
the table. A day marked «stängt» has neither opens nor closes. Swedish and English headings and weekdays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from energy.calendar import CIVIL_TIME
from energy.model import Parsed, frame
from energy.sources import grid
from energy.sources.base import Sieve, options_of, quoted
from energy.sources.people import people

NAME = "opening_hours"
VERSION = 1

REQUIRED: people.Words = {
    "weekday": ("veckodag", "veckodagar", "dag", "dagar", "weekdays", "day", "days"),
    "opens": ("öppnar", "öppet från", "öppettid", "öppettider", "open", "hours"),
}
OPTIONAL: people.Words = {
    "facility": ("anläggning",),
    "closes": ("stänger", "öppet till", "close"),
    "valid_from": ("gäller från", "gäller fr.o.m.", "från och med", "fr.o.m.", "valid from"),
    "valid_to": ("gäller till", "gäller t.o.m.", "till och med", "t.o.m.", "valid to"),
}
WEEKDAYS = (
    ("mån", "måndag", "måndagar", "mon", "monday", "1"),
    ("tis", "tisdag", "tisdagar", "tue", "tuesday", "2"),
    ("ons", "onsdag", "onsdagar", "wed", "wednesday", "3"),
    ("tor", "tors", "torsdag", "torsdagar", "thu", "thursday", "4"),
    ("fre", "fredag", "fredagar", "fri", "friday", "5"),
    ("lör", "lördag", "lördagar", "sat", "saturday", "6"),
    ("sön", "söndag", "söndagar", "sun", "sunday", "7"),
)
EVERY_DAY = ("alla dagar", "alla", "varje dag", "dagligen", "every day", "daily")
CLOSED = ("stängt", "stängd", "closed")
FILE_NAMES = ("öppettid", "oppettid", "opening_hours", "opening hours")
_RANGE = re.compile(r"\s*(?:-|–|—|\btill\b|\bto\b)\s*")
_MOST_TEXTS = 2000  # different texts of weekdays that are looked at; a year of any facility has a dozen


@dataclass(frozen=True)
class Options:
    """Settings of a file of opening hours."""

    facility: str | None = None  # of the whole file, where it has no such column
    facilities: Mapping[str, str] = field(default_factory=dict)  # name in the file -> id in energibok.toml
    sheet: str | None = None


def detect(head: bytes, name: str) -> bool:
    """Return whether the first line has weekday, opens and closes, or a workbook is named as opening hours."""
    found = people.headings(head)
    return people.has(found, {**REQUIRED, **OPTIONAL}, "weekday", "opens", "closes") or people.named(
        head, name, FILE_NAMES
    )


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    return options_of(Options, given, where)


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return one record per weekday; 00:00 as closing time is the midnight that ends the day, 24:00.

    Raises SourceError where the headings are missing. A row that closes before it opens is refused: hours past
    midnight are two rows, for each its own day.
    """
    opts = check(options, name)
    lines = people.load(data, name, opts.sheet)
    required = REQUIRED if opts.facility else {"facility": OPTIONAL["facility"], **REQUIRED}
    optional = {key: words for key, words in OPTIONAL.items() if key not in required}
    table = grid.find(lines, name, required, optional)
    sieve = Sieve(table.rows.with_columns(people.lacking(lines, table, {**required, **optional})))
    sieve.drop(pl.col("lacking"), "ragged_row", "raden har färre fält än rubriken")
    people.facilities(sieve, opts.facility, opts.facilities)
    _weekdays(sieve)
    _hours(sieve)
    _validity(sieve)
    found = sieve.rows.explode("weekdays").with_columns(
        pl.col("weekdays").alias("weekday"),
        people.clock_text("opens_minute").alias("opens"),
        people.clock_text("closes_minute").alias("closes"),
    )
    return Parsed(
        NAME,
        {"opening_hours": frame("opening_hours", found)},
        people.placed(sieve.rejects(), table.sheet),
        (),
        table.encoding,
        CIVIL_TIME,
        people.saved_at(data),
        table.sheet,
    )


def _weekdays(sieve: Sieve) -> None:
    """Give the rows `weekdays`, a list of numbers from 1 for Monday; refuse texts that are no weekdays."""
    told = sieve.rows["weekday"].unique().sort().to_list()[:_MOST_TEXTS]
    known = {text: days for text in told if (days := weekdays(text))}
    table = pl.DataFrame(
        {"weekday": list(known), "weekdays": list(known.values())},
        schema={"weekday": pl.String, "weekdays": pl.List(pl.Int64)},
    )
    sieve.rows = sieve.rows.join(table, on="weekday", how="left", maintain_order="left")
    message = pl.format("«{}» är ingen veckodag: skriv mån, mån–fre, mån, ons eller 1–7", quoted("weekday"))
    sieve.drop(pl.col("weekdays").is_null(), "unknown_weekday", message)


def weekdays(text: str) -> list[int]:
    """Return the weekdays of a text in order, 1 for Monday, for example of «mån–fre», «lör, sön», «1-5»; [] if none.

    A range that ends before it begins goes on past Sunday.
    """
    whole = people.fold(text).strip().rstrip(".")
    if len(whole) > 100:
        return []
    if whole in EVERY_DAY:
        return [1, 2, 3, 4, 5, 6, 7]
    found: set[int] = set()
    for part in re.split(r"\s*(?:,|;|/|&|\+|\boch\b|\band\b)\s*", whole):
        ends = [_weekday(word) for word in _RANGE.split(part)]
        if len(ends) > 2 or 0 in ends:
            return []
        first, last = ends[0], ends[-1]
        found |= {(first - 1 + n) % 7 + 1 for n in range((last - first) % 7 + 1)}
    return sorted(found)


def _weekday(word: str) -> int:
    return next((n for n, words in enumerate(WEEKDAYS, start=1) if word.strip(" .") in words), 0)


def _hours(sieve: Sieve) -> None:
    """Give the rows `opens_minute` and `closes_minute`, null on a day marked as closed; refuse other texts."""
    both = pl.col("opens").str.extract_groups(r"^(.*?\d)\s*[-–—]\s*(?:kl\.?\s*)?(\d[\d:.]*)$")
    split = (pl.col("closes") == "") & both.struct.field("2").is_not_null()
    rows = sieve.rows.with_columns(
        pl.when(split).then(both.struct.field("1")).otherwise("opens").alias("from_text"),
        pl.when(split).then(both.struct.field("2")).otherwise("closes").alias("to_text"),
        shut=pl.col("opens").str.to_lowercase().is_in(list(CLOSED)),
    )
    closes = people.minutes(rows["to_text"])
    sieve.rows = rows.with_columns(
        people.minutes(rows["from_text"]).alias("opens_minute"),
        closes.replace(0, people.DAY_MINUTES).alias("closes_minute"),
    )
    contradiction = pl.col("shut") & ~pl.col("closes").str.to_lowercase().is_in(["", "-", "–", *CLOSED])
    sieve.drop(contradiction, "closed_with_hours", pl.format("stängt, men stänger «{}»", quoted("closes")))
    bad = ~pl.col("shut") & (pl.col("opens_minute").is_null() | pl.col("closes_minute").is_null())
    message = pl.format(
        "öppettiden «{}» till «{}» kan inte läsas: skriv 06:00 och 22:00, eller «stängt»",
        quoted("opens"), quoted("closes"),
    )  # fmt: skip
    sieve.drop(bad, "bad_time", message)
    sieve.drop(
        pl.col("closes_minute") <= pl.col("opens_minute"), "bad_interval",
        pl.format("stänger {} före {}: tider över midnatt skrivs som två rader, en för var dag",
                  quoted("to_text"), quoted("from_text")),
    )  # fmt: skip


def _validity(sieve: Sieve) -> None:
    """Make `valid_from` and `valid_to` days, null where open; the last day told becomes the first no longer valid."""
    people.day_cell(sieve, "valid_from", "gäller från")
    people.day_cell(sieve, "valid_to", "gäller till")
    sieve.rows = sieve.rows.with_columns(pl.col("valid_to").dt.offset_by("1d"))
    bad = pl.col("valid_to") <= pl.col("valid_from")
    sieve.drop(bad, "bad_interval", "sista dagen ligger före den första")
