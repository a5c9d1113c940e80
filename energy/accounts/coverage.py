"""Which days the books cover, and which years of an account have invoices at all: what is outside is told once."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from energy.calendar import add_months

FAR = date(2200, 1, 1)


def covered(lines: pl.DataFrame) -> list[tuple[date, date]]:
    """Return the spans [first day, last day] for which vouchers have been read, in order, adjoining ones as one.

    A fiscal year is covered from its start to its last voucher; to its end if that lies in the last month, unless no
    later year follows.
    """
    year = pl.coalesce("fiscal_year_start", pl.col("voucher_date").dt.truncate("1y"))
    years = lines.group_by(year.alias("start")).agg(pl.col("voucher_date").max().alias("last")).sort("start")
    spans: list[tuple[date, date]] = []
    for number, (start, last) in enumerate(years.iter_rows()):
        end = add_months(start, 12) - timedelta(days=1)
        is_whole = number + 1 < years.height and last >= end.replace(day=1)
        until = max(last, end) if is_whole else last
        if spans and start <= spans[-1][1] + timedelta(days=1):
            spans[-1] = (spans[-1][0], max(spans[-1][1], until))
        else:
            spans.append((start, until))
    return spans


def gaps(spans: list[tuple[date, date]]) -> pl.DataFrame:
    """Return the days that no span covers, as rows gap_from, gap_to; null where a side is open."""
    edges: list[tuple[date | None, date | None]] = []
    before: date | None = None
    for first, last in spans:
        edges.append((before, first - timedelta(days=1)))
        before = last + timedelta(days=1)
    edges.append((before, None))
    return pl.DataFrame(edges, schema={"gap_from": pl.Date, "gap_to": pl.Date}, orient="row")


def in_gap(invoices: pl.DataFrame, spans: list[tuple[date, date]], days_to_book: int) -> pl.DataFrame:
    """Return (invoice, gap_from, gap_to) for the invoices that should have been posted in days no books cover."""
    due = invoices.select("invoice", "issue_date", due=pl.col("issue_date").dt.offset_by(f"{days_to_book}d"))
    pairs = due.join(gaps(spans), how="cross")
    meets = (pl.col("due") >= pl.col("gap_from").fill_null(date(1, 1, 1))) & (
        pl.col("issue_date") <= pl.col("gap_to").fill_null(FAR)
    )
    found = pairs.filter(meets).sort("invoice", "gap_from", nulls_last=False)
    return found.unique("invoice", keep="first", maintain_order=True).select("invoice", "gap_from", "gap_to")
