"""The points of ENTSO-E periods -> one price per interval: repeated prices drawn forward, and told.

Nothing is drawn over a price that could not be read, nor in a period where a position could not be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from energy.model import UTC, Finding
from energy.sources import text
from energy.sources.base import Sieve, quoted

LONG_TAIL = 0.25  # share of a period drawn after its last price from which the publication may have been cut


@dataclass(frozen=True)
class Period:
    """A period of one series: `count` intervals of `minutes` from `start`; points are (line, position, price)."""

    area: str
    currency: str
    start: datetime
    minutes: int
    count: int
    draws: bool  # positions left out repeat the price before them
    points: tuple[tuple[int | None, str, str], ...]
    line: int
    problem: tuple[str, str] | None = None  # (rule, message) where nothing of it can be read


def prices(periods: Sequence[Period]) -> tuple[pl.DataFrame, pl.DataFrame, list[Finding]]:
    """Return (prices, rejects, findings); every point is in the prices or the rejects, once."""
    heads = _heads(periods)
    sieve = Sieve(_points(periods).join(heads, on="period", how="left", maintain_order="left"))
    for rule in sorted({p.problem[0] for p in periods if p.problem}):
        sieve.drop(pl.col("rule") == rule, rule, pl.col("problem"))
    position = pl.col("position").str.extract("^([1-9][0-9]{0,6})$").cast(pl.Int64)
    sieve.rows = sieve.rows.with_columns(place=position, price_per_mwh=text.number(sieve.rows["price"], "."))
    unread = pl.col("place").is_null() | (pl.col("place") > pl.col("count"))
    blind = sieve.rows.filter(unread)["period"].unique()
    outside = pl.format("positionen «{}» finns inte i perioden (1 till {})", quoted("position"), "count")
    sieve.drop(unread, "bad_position", outside)
    given = sieve.rows.select("period", "place").unique()
    sieve.drop(pl.col("price") == "", "missing_value", "priset saknas")
    sieve.drop(pl.col("price_per_mwh").is_null(), "not_a_number", pl.format("«{}» är inget pris", quoted("price")))
    _repeated(sieve)
    drawn = _drawn(heads, given, sieve.rows, blind)
    return drawn, sieve.rejects(), _findings(drawn, given, heads)


def _heads(periods: Sequence[Period]) -> pl.DataFrame:
    names = ("area", "currency", "start", "minutes", "count", "draws", "line")
    columns = {name: [getattr(p, name) for p in periods] for name in names}
    problems = [p.problem or (None, None) for p in periods]
    schema: dict[str, Any] = {
        "area": pl.String, "currency": pl.String, "start": UTC, "minutes": pl.Int64, "count": pl.Int64,
        "draws": pl.Boolean, "line": pl.Int64, "rule": pl.String, "problem": pl.String,
    }  # fmt: skip
    data = {**columns, "rule": [rule for rule, _ in problems], "problem": [words for _, words in problems]}
    return pl.DataFrame(data, schema=schema).with_row_index("period")


def _points(periods: Sequence[Period]) -> pl.DataFrame:
    rows = [(n, line or p.line, place, price) for n, p in enumerate(periods) for line, place, price in p.points]
    schema = {"period": pl.UInt32, "row_no": pl.Int64, "position": pl.String, "price": pl.String}
    original = pl.format("position {}: {}", pl.col("position").str.slice(0, 80), pl.col("price").str.slice(0, 200))
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(original=original)


def _repeated(sieve: Sieve) -> None:
    """Refuse a position given again: the later ones where the prices agree, all of them where they do not."""
    key = ["period", "place"]
    sieve.rows = sieve.rows.with_columns(
        prices=pl.col("price_per_mwh").n_unique().over(key), turn=pl.int_range(pl.len()).over(key)
    )
    sieve.drop(pl.col("prices") > 1, "conflicting_position",
               pl.format("positionen {} har flera olika priser", "place"))  # fmt: skip
    sieve.drop(pl.col("turn") > 0, "repeated_position", pl.format("positionen {} kommer en gång till", "place"))


def _drawn(heads: pl.DataFrame, given: pl.DataFrame, good: pl.DataFrame, blind: pl.Series) -> pl.DataFrame:
    """Return one row per interval that has a price, with `given` telling whether it stands in the document."""
    grid = (
        heads.filter(pl.col("rule").is_null())
        .with_columns(place=pl.int_ranges(1, pl.col("count") + 1))
        .explode("place")
        .join(given.with_columns(given=True), on=["period", "place"], how="left", maintain_order="left")
    )
    drawing = pl.col("draws") & ~pl.col("period").is_in(blind.to_list())
    source = pl.when("given").then(pl.col("place")).forward_fill().over("period")
    told = good.select("period", source="place", told_row="row_no", told_price="price_per_mwh")
    grid = grid.with_columns(source=pl.when(drawing | pl.col("given")).then(source))
    grid = grid.join(told, on=["period", "source"], how="left", maintain_order="left")
    start = pl.col("start") + pl.duration(minutes=(pl.col("place") - 1) * pl.col("minutes"))
    return grid.filter(pl.col("told_price").is_not_null()).select(
        "period", "place", "area", "currency", pl.col("given").fill_null(False), row_no="told_row", start_utc=start,
        end_utc=start + pl.duration(minutes=pl.col("minutes")), price_per_mwh="told_price",
    )  # fmt: skip


def _findings(drawn: pl.DataFrame, given: pl.DataFrame, heads: pl.DataFrame) -> list[Finding]:
    """Return what was drawn, what is missing or unreadable, and where the publication may have been cut."""
    found = []
    bad = heads.filter(pl.col("rule").is_not_null())
    if bad.height:
        words = f"{bad.height} perioder kan inte läsas; den första: {bad['problem'][0]}."
        found.append(Finding("bad_period", "error", words, row_no=int(bad["line"][0])))
    repeated = drawn.filter(~pl.col("given")).height
    if repeated:
        words = f"{repeated} av {drawn.height} priser står inte i filen: de upprepar priset före (kurvtyp A03)."
        found.append(Finding("prices_drawn_forward", "info", words))
    good = heads.filter(pl.col("rule").is_null())
    missing = int(good["count"].sum()) - drawn.height
    if missing:
        found.append(Finding("missing_prices", "warning", f"{missing} priser saknas i filens perioder."))
    last = given.group_by("period").agg(last=pl.col("place").max())
    tails = good.filter("draws").join(last, on="period").filter(
        (pl.col("count") - pl.col("last")) / pl.col("count") > LONG_TAIL
    )  # fmt: skip
    for row in tails.sort("start", "area").head(20).iter_rows(named=True):
        words = (
            f"Sista priset i perioden från {row['start']:%Y-%m-%d %H:%M} UTC ({row['area']}) står på position "
            f"{row['last']} av {row['count']}; resten upprepar det. Perioden kan vara avhuggen: hämta den igen."
        )
        found.append(Finding("prices_cut", "warning", words, row_no=row["line"]))
    return found
