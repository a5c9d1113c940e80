"""Bookings of spaces as CSV or Excel: where, when, what kind of activity, how many. Never who.

Who booked is dropped at the door. Only the columns named here are read; a free text comes out as one of a few
categories; a cell that does not look like what its column should hold is hidden wherever a row is quoted. `Parsed.kept`
is all the archive should keep of the file. Source: Regulation (EU) 2016/679 (GDPR), art. 5.1 c, data minimisation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from energy.calendar import CIVIL_TIME
from energy.errors import SourceError
from energy.model import Finding, Parsed, frame
from energy.sources import clocks, grid
from energy.sources.base import Sieve, options_of, refuse_values
from energy.sources.people import people

NAME = "bookings"
VERSION = 1
PRIVATE = True  # the original holds personal data: it is never archived, not even when it cannot be read

REQUIRED: people.Words = {
    "start": ("start", "starttid", "start time", "från", "från kl", "från kl.", "from", "börjar"),
    "end": ("slut", "sluttid", "end time", "till", "till kl", "till kl.", "to", "slutar"),
}
OPTIONAL: people.Words = {
    "facility": ("anläggning",),
    "space": ("lokal", "yta", "sal", "hall", "plan", "resurs", "utrymme"),
    "date": ("datum", "startdatum", "bokningsdatum", "start date", "dag"),
    "end_date": ("slutdatum", "end date"),
    "activity": ("aktivitet", "aktivitetstyp", "bokningstyp", "kind", "slag", "typ"),
    "participants": ("deltagare", "antal deltagare", "antal"),
}
COLUMNS = ("facility", "space", "date", "start", "end_date", "end", "activity", "participants")
# category -> the words that mean it; a cell that begins with one of them is of that category
CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "träning": ("träning", "training", "practice"),
    "match": ("match", "game"),
    "allmänhetens åkning": ("allmänhetens åkning", "allmänhetens", "public skating"),
    "allmänhetens bad": ("allmänhetens bad", "public swim"),
    "simskola": ("simskola", "simundervisning", "swimming school", "swim school"),
    "skola": ("skola", "skolidrott", "school"),
    "tävling": ("tävling", "cup", "turnering", "competition", "tournament"),
    "underhåll": ("underhåll", "service", "spolning", "maintenance"),
    "uthyrning": ("uthyrning", "rental"),
    "evenemang": ("evenemang", "arrangemang", "event"),
    "möte": ("möte", "meeting"),
    "övrigt": ("övrigt", "other"),
}
OTHER = "övrigt"
HIDDEN = "(dold)"  # stands where a cell may tell who somebody is
FILE_NAMES = re.compile(r"(bokning|booking)[^/]*(/[^/]+)?\.(csv|txt|tsv|xlsx|xlsm|xlsb|xls|ods)$")
TIMES = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H.%M")
# headings that no calendar of events has: of a booking, or of somebody
_TELLING = frozenset(
    {"space", "activity", "participants", *OPTIONAL["space"], "aktivitet", "aktivitetstyp", "bokningstyp"}
    | {*OPTIONAL["participants"], "bokning", "bokad av", "bokare", "booked by", "kund", "customer", "hyresgäst"}
    | {"förening", "kontakt", "kontaktperson", "e-post", "epost", "email", "e-mail", "telefon", "phone", "personnummer"}
)
# a heading of what is kept of a workbook: when that was saved
_ISSUED = re.compile(r"issued_at=(\d{4}-\d\d-\d\dT[\d:]{5,8}Z)")
# an address, a telephone or a personal number: no facility and no space is called so
_PERSONAL = r"@|\d{6}|\d(?:[ -]?\d){6}"
_TIMELIKE = r"^[0-9T:. -]{0,30}$"
_LONGEST = 60  # characters of the name of a facility or a space
_LONGEST_NIGHT = 12 * 60  # minutes a booking may last past midnight where only one date is told


@dataclass(frozen=True)
class Options:
    """Settings of a file of bookings. No encoding and no delimiter: what is kept of the file is read the same way."""

    facility: str | None = None  # of the whole file, where it has no such column
    facilities: Mapping[str, str] = field(default_factory=dict)  # name in the file -> id in energibok.toml
    activities: Mapping[str, str] = field(default_factory=dict)  # text in the file -> category
    time_format: tuple[str, ...] = TIMES  # of a moment, date and clock time
    sheet: str | None = None


def detect(head: bytes, name: str) -> bool:
    """Return whether the headings, or the name of a file of text or a workbook, are those of bookings.

    The name is enough, for a file of bookings nobody can read must not be archived as one of unknown kind.
    """
    found = people.headings(head)
    when = people.has(found, REQUIRED, "start", "end")
    return (when and not found.isdisjoint(_TELLING)) or FILE_NAMES.search(people.fold(name)) is not None


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    opts = options_of(Options, given, where)
    refuse_values(opts, [("time_format", bool(opts.time_format), "minst ett format")], where)
    clocks.check(CIVIL_TIME, opts.time_format, where)
    return opts


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the bookings; `kept` is a CSV with the columns that are read, each row on its own row number.

    A booking that ends earlier in the day than it starts goes on past midnight. Raises SourceError where the headings
    are not found; it names none of the file's own, which may be a row of names.
    """
    opts = check(options, name)
    table, lacking = _table(data, name, opts)
    rows = _harmless(table, lacking, opts)
    original = pl.concat_str([pl.col(c) for c in COLUMNS], separator=";")
    sieve = Sieve(rows, original.str.strip_chars_end(";"))
    sieve.drop(pl.col("ragged"), "ragged_row", "raden har inte lika många fält som rubriken; innehållet är dolt")
    _places(sieve, opts)
    findings = _times(sieve, opts)
    people.numbers(sieve, "participants", "number", table.excel, ",")
    sieve.drop(pl.col("number") < 0, "bad_number", "antalet deltagare är negativt")
    found = sieve.rows.with_columns(
        pl.col("number").alias("participants"),
        pl.when(pl.col("space") != "").then("space").alias("space"),
        pl.when(pl.col("activity") != "").then("activity").alias("activity"),
    )
    told = (mark[1] for heading in table.header if (mark := _ISSUED.fullmatch(heading)))
    issued = people.saved_at(data) or next(told, None)
    return Parsed(
        NAME,
        {"bookings": frame("bookings", found)},
        people.placed(sieve.rejects(), table.sheet),
        findings,
        table.encoding,
        CIVIL_TIME,
        issued,
        table.sheet,
        _kept(rows, table.excel, issued),
    )


def _table(data: bytes, name: str, opts: Options) -> tuple[grid.Grid, pl.Series]:
    """Return the asked columns and which rows do not fit the headings; an error quotes nothing of the file."""
    required = REQUIRED if opts.facility else {"facility": OPTIONAL["facility"], **REQUIRED}
    optional = {key: words for key, words in OPTIONAL.items() if key not in required}
    try:
        lines = people.load(data, name, opts.sheet)
    except SourceError:
        if opts.sheet is None:
            raise
        raise SourceError.from_file(
            name, f"bladet «{opts.sheet[:60]}» kan inte läsas som bokningar.", "Rätta sheet, eller spara om filen."
        ) from None
    try:
        table = grid.find(lines, name, required, optional)
    except SourceError:
        raise SourceError.from_file(
            name,
            "rubrikerna för bokningar finns inte. Filens egna visas inte, eftersom de kan vara en rad med namn.",
            f"Rubrikraden ska ha {', '.join(words[0] for words in required.values())}, på svenska eller engelska. "
            "Saknas anläggning: ange facility.",
        ) from None
    return table, people.lacking(lines, table, {**required, **optional}) | table.rows["surplus"]


def _harmless(table: grid.Grid, ragged: pl.Series, opts: Options) -> pl.DataFrame:
    """Return `row_no`, `ragged` and COLUMNS, every text that may tell who somebody is hidden or made a category."""
    rows = table.rows.with_columns(ragged.alias("ragged"))
    place = pl.col("facility", "space").str.replace_all(r"\s+", " ")
    known = [opts.facility or "", *opts.facilities, *opts.facilities.values()]
    hidden = (place.str.contains(_PERSONAL) | (place.str.len_chars() > _LONGEST)) & ~place.is_in(known)
    empty = pl.all_horizontal(pl.col(c) == "" for c in COLUMNS)
    times = pl.col("date", "start", "end_date", "end")
    amount = pl.col("participants")
    shown = rows.with_columns(
        pl.when(hidden).then(pl.lit(HIDDEN)).otherwise(place).name.keep(),
        pl.when(times.str.contains(_TIMELIKE)).then(times).otherwise(pl.lit(HIDDEN)).name.keep(),
        pl.when(amount.str.contains(r"^[0-9., -]{0,9}$")).then(amount).otherwise(pl.lit(HIDDEN)).name.keep(),
        _category(opts).alias("activity"),
    )
    # a row that does not fit its headings may hold anything anywhere; one of nothing but other columns is still a row
    shown = shown.with_columns(pl.when(empty).then(pl.lit(HIDDEN)).otherwise("facility").alias("facility"))
    return shown.select(
        "row_no", "ragged", *(pl.when("ragged").then(pl.lit(HIDDEN)).otherwise(pl.col(c)).alias(c) for c in COLUMNS)
    )


def _category(opts: Options) -> pl.Expr:
    """Return the category of each activity: by the settings, by a known first word, else «övrigt»; "" where empty."""
    text = pl.col("activity").str.to_lowercase()
    own = {HIDDEN: HIDDEN} | {people.fold(word): category for word, category in opts.activities.items()}
    own |= {people.fold(category): category for category in opts.activities.values()}
    told = text.replace_strict(own, default=None, return_dtype=pl.String)
    for category, words in CATEGORIES.items():
        pattern = rf"^(?:{'|'.join(re.escape(word) for word in words)})(?:\P{{L}}|$)"
        told = pl.coalesce(told, pl.when(text.str.contains(pattern)).then(pl.lit(category)))
    return pl.when(text == "").then(pl.lit("")).otherwise(told.fill_null(OTHER))


def _places(sieve: Sieve, opts: Options) -> None:
    """Give the rows the facility's id; refuse rows without one, and names that look like a person's address."""
    personal = (pl.col("facility") == HIDDEN) | (pl.col("space") == HIDDEN)
    sieve.drop(personal, "hidden_cell", "anläggning eller lokal ser ut att hålla personuppgifter och är dold")
    named = pl.col("facility").replace(dict(opts.facilities))
    if opts.facility:
        named = pl.when(named == "").then(pl.lit(opts.facility)).otherwise(named)
    sieve.drop(named == "", "missing_facility", "anläggning saknas")
    sieve.rows = sieve.rows.with_columns(named.alias("facility"))


def _times(sieve: Sieve, opts: Options) -> list[Finding]:
    """Give the rows `start_utc` and `end_utc`; refuse what cannot be read, told apart or ordered."""
    rows = sieve.rows.with_columns(pl.col("date", "end_date").str.strip_suffix(people.MIDNIGHT))
    rows = rows.with_columns(last_date=pl.when(pl.col("end_date") != "").then("end_date").otherwise("date"))
    first, last = _moments(rows, "date", "start", opts), _moments(rows, "last_date", "end", opts)
    over = rows.select((pl.col("date") != "") & (pl.col("end_date") == "")).to_series() & (last < first)
    over &= (last - first).dt.total_minutes() + people.DAY_MINUTES <= _LONGEST_NIGHT
    sieve.rows = sieve.rows.with_columns(
        first.alias("local"), (last + over.fill_null(False).cast(pl.Int64) * pl.duration(days=1)).alias("local_end")
    )
    for what, column in (("start", "local"), ("slut", "local_end")):
        shown = "start" if column == "local" else "end"
        bad = pl.format("{} «{} {}» kan inte läsas: skriv ÅÅÅÅ-MM-DD TT:MM, eller datum och klockslag i var sin kolumn",
                        pl.lit(what), pl.col("date"), pl.col(shown))  # fmt: skip
        sieve.drop(pl.col(column).is_null(), "bad_time", bad)
    for column, target in (("local", "start_utc"), ("local_end", "end_utc")):
        utc, rule = clocks.to_utc(sieve.rows[column], CIVIL_TIME, by_order=False)
        sieve.rows = sieve.rows.with_columns(utc.alias(target), rule.alias("time_rule"))
        sieve.drop(pl.col("time_rule") == "nonexistent_time", "nonexistent_time", "tiden finns inte: sommartid börjar")
        sieve.drop(pl.col("time_rule") == "ambiguous_time", "ambiguous_time", "tiden kommer två gånger: sommartid slut")
    sieve.drop(pl.col("end_utc") <= pl.col("start_utc"), "bad_interval", "slutet ligger inte efter starten")
    nights = int(over.fill_null(False).sum())
    told = f"{nights} bokningar slutar tidigare på dygnet än de börjar och är lästa som till nästa dag."
    return [Finding("booking_past_midnight", "info", told)] if nights else []


def _moments(rows: pl.DataFrame, date: str, time: str, opts: Options) -> pl.Series:
    """Return naive moments: `time` as written where it is a whole moment, else the day of `date` and its clock time."""
    day, minute = people.days(rows[date]), people.minutes(rows[time])
    joined = pl.DataFrame({"day": day, "minute": minute}).select(
        pl.col("day").cast(clocks.NAIVE) + pl.duration(minutes="minute")
    )
    found = joined.to_series()
    return found.zip_with(found.is_not_null(), clocks.parse(rows[time], opts.time_format))


def _kept(rows: pl.DataFrame, excel: bool, issued: str | None) -> bytes:
    """Return the file as it may be kept: CSV in UTF-8, only COLUMNS, each row on the line of its row number.

    A row stands after the headings, so its number is never 1. Read again with the same settings it gives the same.
    """
    amount = pl.col("participants").str.replace(".", ",", literal=True) if excel else pl.col("participants")
    cells = rows.select("row_no", *COLUMNS).with_columns(amount.alias("participants"))
    quoted = '"' + pl.col(COLUMNS).str.replace_all('"', '""', literal=True) + '"'
    cells = cells.with_columns(
        pl.when(pl.col(COLUMNS).str.contains('[;"]')).then(quoted).otherwise(pl.col(COLUMNS)).name.keep()
    )
    last = cells["row_no"].max()
    numbers = pl.int_range(2, (last if isinstance(last, int) else 1) + 1, dtype=pl.Int64, eager=True)
    written = cells.select("row_no", line=pl.concat_str(COLUMNS, separator=";"))
    lines = numbers.alias("row_no").to_frame().join(written, on="row_no", how="left", maintain_order="left")
    head = ";".join((*COLUMNS, f"issued_at={issued}") if issued else COLUMNS)
    return "\n".join([head, *lines["line"].fill_null("").to_list(), ""]).encode()
