"""Times as a file writes them -> UTC, by the clock the file is declared to keep.

A fixed clock is a subtraction. Civil time has an hour that does not exist and one that comes twice; the double hour is
told apart by the order of the file, and where the order does not tell, the row is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from energy.calendar import CIVIL_TIME
from energy.errors import SourceError
from energy.model import Finding

NAIVE = pl.Datetime("us")
DIRECTIVES = frozenset("YymdjHMSFTR%")
FIRST_YEAR, LAST_YEAR = 1900, 2199  # a stamp outside is a typing error or a code for "unknown"


def check(clock: str, formats: Sequence[str], file: str) -> None:
    """Raise SourceError for a clock or a time format that cannot be used."""
    if fixed_offset(clock) is None:
        try:
            if not re.fullmatch(r"[A-Z][a-z]+/[A-Z][A-Za-z_]+", clock):
                raise pl.exceptions.ComputeError(clock)
            pl.Series([None], dtype=NAIVE).dt.replace_time_zone(clock)
        except pl.exceptions.PolarsError as error:
            raise SourceError.from_file(
                file, f"okänd klocka {clock!r}.", "Tillåtna: UTC, Etc/GMT-1 (normaltid) eller Europe/Stockholm."
            ) from error
    for form in formats:
        unknown = set(re.findall(r"%(.)", form)) - DIRECTIVES
        if unknown or "%" not in form or form.endswith("%") or not _usable(form):
            raise SourceError.from_file(
                file, f"tidsformatet {form!r} går inte att använda.", "Skriv till exempel %Y-%m-%d %H:%M."
            )


def _usable(form: str) -> bool:
    """Return whether Polars can read times by a format; some it refuses, for example hours without minutes."""
    try:
        _parse_one(pl.Series(["1"]), form)
    except pl.exceptions.PolarsError:
        return False
    return True


def fixed_offset(clock: str) -> timedelta | None:
    """Return the offset east of Greenwich of a fixed clock; None for civil time. ``Etc/GMT-1`` is one hour *east*."""
    if clock in ("UTC", "Etc/UTC"):
        return timedelta(0)
    found = re.fullmatch(r"Etc/GMT([+-])(\d{1,2})", clock)
    if not found:
        return None
    hours = int(found[2])
    return timedelta(hours=hours if found[1] == "-" else -hours) if hours <= 14 else None


def parse(values: pl.Series, formats: Sequence[str]) -> pl.Series:
    """Return naive times [Datetime us] by the first format that fits each text; null where none does."""
    result = _parse_one(values, formats[0])
    for form in formats[1:]:
        if result.null_count() == 0:
            break
        result = result.zip_with(result.is_not_null(), _parse_one(values, form))
    year = result.dt.year()
    odd = (year < FIRST_YEAR) | (year > LAST_YEAR)
    if odd.any():
        result = result.zip_with(~odd.fill_null(False), pl.Series([None], dtype=NAIVE))
    return result


def parse_ends(values: pl.Series, starts: pl.Series, known: pl.Series, formats: Sequence[str]) -> pl.Series:
    """Return `parse(values, formats)` where `known` is `parse(starts, formats)`, which none of is null.

    Most intervals end, in the same words, where the next row begins; only the others are read.
    """
    same = (values == starts.shift(-1)).fill_null(False)
    if not same.any():
        return parse(values, formats)
    others = parse(values.filter(~same), formats)
    ends = known.shift(-1)
    if others.len():
        place = pl.arange(0, values.len(), eager=True).filter(~same)
        ends = ends.scatter(place, others)
    return ends


def _parse_one(values: pl.Series, form: str) -> pl.Series:
    if re.search(r"%[HTR]", form):
        return values.str.to_datetime(form, time_unit="us", strict=False, cache=False)
    return values.str.to_date(form, strict=False, cache=False).cast(NAIVE)


def to_utc(
    local: pl.Series, clock: str, group: pl.Series | None = None, by_order: bool = True
) -> tuple[pl.Series, pl.Series]:
    """Return (instants in UTC, rule) of naive `local` times in file order.

    `rule` is null where the time is good, ``nonexistent_time`` for an hour that summer time skips and
    ``ambiguous_time`` for one of a double hour that cannot be told apart. It can be where the same time comes exactly
    twice within `group` (one meter) and the rows of that day never go back in time once the first is read as summer
    time; `by_order=False` tells that the order of the file means nothing.
    """
    offset = fixed_offset(clock)
    if offset is not None:
        good = pl.repeat(None, len(local), dtype=pl.String, eager=True).alias("rule")
        return (local - offset).dt.replace_time_zone("UTC"), good
    early = local.dt.replace_time_zone(clock, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")
    late = local.dt.replace_time_zone(clock, ambiguous="latest", non_existent="null").dt.convert_time_zone("UTC")
    rows = pl.DataFrame({"local": local, "early": early, "late": late}).with_columns(
        group=pl.lit("") if group is None else group, double=pl.col("early") != pl.col("late")
    )
    if rows["double"].any():
        rows = _told_apart(rows) if by_order else rows.with_columns(unclear=pl.col("double"))
    else:
        rows = rows.with_columns(unclear=False)
    rule = (
        pl.when(pl.col("early").is_null() & pl.col("local").is_not_null())
        .then(pl.lit("nonexistent_time"))
        .when("unclear")
        .then(pl.lit("ambiguous_time"))
    )
    return rows["early"].rename(local.name), rows.select(rule.alias("rule")).to_series()


def _told_apart(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with `early` set to the instant meant in double hours, and `unclear` where that cannot be told."""
    rows = rows.with_row_index("n").with_columns(day=pl.col("local").dt.date())
    days = rows.filter("double").select("day").unique()
    day_rows = rows.join(days, on="day", how="semi", maintain_order="left")
    key = ["group", "local"]
    day_rows = day_rows.with_columns(turn=pl.col("n").cum_count().over(key), times=pl.len().over(key)).with_columns(
        meant=pl.when(pl.col("double") & (pl.col("turn") == 2)).then("late").otherwise("early")
    )
    forward = (pl.col("meant").diff() >= timedelta(0)).fill_null(True).all().over("group", "day")
    day_rows = day_rows.with_columns(unclear=pl.col("double") & ~((pl.col("times") == 2) & forward)).select(
        "n", "meant", "unclear"
    )
    return (
        rows.join(day_rows, on="n", how="left", maintain_order="left")
        .with_columns(early=pl.coalesce("meant", "early"), unclear=pl.col("unclear").fill_null(False))
        .drop("n", "day", "meant")
    )


def dst_findings(label: pl.Series, group: pl.Series, clock: str, minutes: int, shift_minutes: int = 0) -> list[Finding]:
    """Return a finding where the Sundays of the clock change contradict the declared clock.

    A file in civil time has 23 hours of rows on the Sunday in spring, none between 02 and 03, and 25 on the one in
    autumn; a file with a fixed clock has 24 on both. `label` are the naive times as written, `shift_minutes` what takes
    an end stamp back to its start. Only days with rows before and after them in the same group are judged.
    """
    if minutes > 60 or 60 % minutes:
        return []
    tally = DstTally(clock, shift_minutes)
    tally.add(label, group)
    return tally.findings(minutes)


class DstTally:
    """What `dst_findings` needs to know of a file, gathered from any number of its pieces."""

    def __init__(self, clock: str, shift_minutes: int = 0) -> None:
        self._clock, self._shift = clock, timedelta(minutes=shift_minutes)
        self._counts: list[pl.DataFrame] = []
        self._spans: list[pl.DataFrame] = []

    def add(self, label: pl.Series, group: pl.Series) -> None:
        """Count the rows of a piece on the days of the clock change, and note the days its groups span."""
        rows = pl.DataFrame({"label": label, "group": group}).drop_nulls("label")
        if rows.is_empty():
            return
        day = (rows["label"] - self._shift if self._shift else rows["label"]).dt.date()
        rows = rows.with_columns(day.alias("day"))
        self._spans.append(rows.group_by("group").agg(first=pl.col("day").min(), last=pl.col("day").max()))
        changes = _change_days(rows["day"])
        if changes.height:
            chosen = rows.filter(pl.col("day").is_in(changes["day"].implode())).join(changes, on="day")
            at_two = (pl.col("label").dt.hour() == 2).sum()
            self._counts.append(chosen.group_by("group", "day", "hours").agg(rows=pl.len(), at_two=at_two))

    def findings(self, minutes: int) -> list[Finding]:
        """Return the findings of `dst_findings` for rows that are `minutes` long."""
        if minutes > 60 or 60 % minutes or not self._counts:
            return []
        per_hour = 60 // minutes
        spans = pl.concat(self._spans).group_by("group").agg(pl.col("first").min(), pl.col("last").max())
        counts = (
            pl.concat(self._counts)
            .group_by("group", "day", "hours")
            .agg(pl.col("rows", "at_two").sum())
            .join(spans, on="group", how="left", nulls_equal=True)
            .filter((pl.col("day") > pl.col("first")) & (pl.col("day") < pl.col("last")))
        )
        civil_two = pl.when(pl.col("hours") == 23).then(0).otherwise(2 * per_hour)
        civil = (pl.col("rows") == pl.col("hours") * per_hour) & (pl.col("at_two") == civil_two)
        fixed = (pl.col("rows") == 24 * per_hour) & (pl.col("at_two") == per_hour)
        declared_fixed = fixed_offset(self._clock) is not None
        against = counts.filter(civil if declared_fixed else fixed).sort("day", "group")
        return [_contradiction(against, counts.height, self._clock, declared_fixed)] if against.height else []


def on_change_days(local: pl.Series, clock: str) -> pl.Series:
    """Return which naive times fall on a day on which the civil `clock` is changed; only there does its order count."""
    days = local.dt.date()
    if days.null_count() == len(days):
        return pl.repeat(False, len(days), dtype=pl.Boolean, eager=True)
    return days.is_in(_change_days(days, clock)["day"].implode()).fill_null(False)


def _change_days(days: pl.Series, clock: str = CIVIL_TIME) -> pl.DataFrame:
    """Return `day` and `hours` (23 or 25) of the days within the span of `days` on which the civil clock changes."""
    first, last = days.min(), days.max()
    span = pl.date_range(first, last, eager=True).alias("day")  # type: ignore[arg-type]
    start = span.cast(NAIVE).dt.replace_time_zone(clock, ambiguous="earliest", non_existent="null")
    end = span.dt.offset_by("1d").cast(NAIVE).dt.replace_time_zone(clock, ambiguous="earliest", non_existent="null")
    hours = (end - start).dt.total_hours()
    return pl.DataFrame({"day": span, "hours": hours}).filter(pl.col("hours").ne_missing(24))


def _contradiction(against: pl.DataFrame, judged: int, clock: str, declared_fixed: bool) -> Finding:
    days = [f"{row['day']} har {row['rows']} rader" for row in against.head(4).iter_rows(named=True)]
    found = (
        "filen följer då svensk sommartid (23 timmar i mars, 25 i oktober)"
        if declared_fixed
        else "filen har då 24 timmar båda omställningsdagarna, alltså en fast klocka"
    )
    todo = CIVIL_TIME if declared_fixed else "Etc/GMT-1"
    return Finding(
        "clock_dst_rows",
        "error",
        f"Angiven klocka är {clock}, men {against.height} av {judged} omställningsdygn säger annat: {', '.join(days)}; "
        f"{found}. Ange clock = «{todo}» om det stämmer.",
    )
