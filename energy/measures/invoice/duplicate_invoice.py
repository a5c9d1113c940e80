"""The same delivery is charged on two invoices.

Signal: two invoices with different numbers, from one supplier for one metering point, with lines of the same component
and document type, overlapping periods and amounts equal or nearly so, and no credit against either. A correction line,
a credit note, periods that only touch and a supplementary invoice of something else all keep the rule silent. The same
file received twice never reaches this rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from energy.measures.assumptions import assumption
from energy.measures.base import (
    About,
    Confidence,
    EvidenceRow,
    MeasureContext,
    MeasureFinding,
    Picture,
    Series,
    Silent,
)
from energy.measures.days import sv
from energy.model import Band

__all__ = ["ABOUT", "ID", "TITLE", "assess", "credits", "twins"]

ID = "duplicate_invoice"
TITLE = "Samma leverans fakturerad två gånger"
ABOUT = About(
    code="I1",
    needs="fakturarader med mätpunkt, belopp och period",
    cost_class="ingen",
    difficulty="lätt",
    actor="controllern",
    verification="krediteringen i huvudboken",
    reference="own comparison of lines",
)
CREDIT_NOTE = "381"  # UNTDID 1001
SAME_ITEM = ("other", "tax", "fixed")  # components that gather many kinds of lines: there the item must agree too
SHOWN = 24  # evidence rows
PAIR = ["supplier_id", "point", "invoice_no", "invoice_no_first"]


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one finding per invoice that repeats an earlier one and is not credited, for the facility's points."""
    lines = _lines(context)
    if _comparable(lines).is_empty():
        return [Silent(ID, "saknar data: inga fakturarader med mätpunkt, belopp och period.")]
    found = twins(lines)
    left = credits(lines, found)
    findings = []
    for (_, point, *_), pairs in found.partition_by(PAIR, as_dict=True, maintain_order=True).items():
        rows = pairs.to_dicts()
        charged = sum(row["amount_sek"] for row in rows)
        credited = _use(left, rows, charged)
        remaining = charged - credited
        least = max(assumption(ID, "minimum_amount").central, assumption(ID, "near_equal").central * charged)
        if remaining > least:
            findings.append(_finding(context, str(point), rows, remaining, credited))
    return findings or [Silent(ID, "ingen faktura upprepar en annan utan att vara krediterad.")]


def _lines(context: MeasureContext) -> pl.DataFrame:
    """Return the facility's invoice lines, and those of no point (a credit may name its invoice only).

    Added are `row`, `point` (the line's, else the head's), `references` (invoices named) and `item_key`.
    """
    head = context.invoices.select(
        "supplier_id", "invoice_no", "file_name", "supplier", "references_invoice",
        pl.col("metering_point").alias("head_point"),
    ).unique(["supplier_id", "invoice_no", "file_name"], keep="first", maintain_order=True)  # fmt: skip
    joined = context.invoice_lines.join(
        head, on=["supplier_id", "invoice_no", "file_name"], how="left", maintain_order="left"
    )
    return (
        joined.with_columns(
            pl.coalesce("metering_point", "head_point").alias("point"),
            pl.col("references_invoice").fill_null("").str.split(", ").alias("references"),
            pl.col("item").fill_null("").str.strip_chars().str.to_lowercase().alias("item_key"),
        )
        .filter(pl.col("amount_sek").is_finite())
        .filter(pl.col("point").is_in(sorted(context.carriers)) | pl.col("point").is_null())
        .with_row_index("row")
    )


def twins(lines: pl.DataFrame) -> pl.DataFrame:
    """Return one row per line that repeats one of an earlier invoice, whose columns are named `*_first`."""
    charged = _comparable(lines)
    near, overlap = assumption(ID, "near_equal").central, assumption(ID, "minimum_overlap").central
    this, first = pl.col("amount_sek"), pl.col("amount_sek_first")
    later = (pl.col("issue_date") > pl.col("issue_date_first")) | (
        (pl.col("issue_date") == pl.col("issue_date_first")) & (pl.col("invoice_no") > pl.col("invoice_no_first"))
    )
    same = charged.join(
        charged, on=["supplier_id", "point", "component", "document_type"], suffix="_first", nulls_equal=True
    )
    return (
        same.filter(
            (pl.col("invoice_no") != pl.col("invoice_no_first"))
            & later
            & (pl.max_horizontal(_shared_share(), pl.lit(0.0)) >= overlap)
            & (this.sign() == first.sign())
            & ((this - first).abs() <= near * pl.max_horizontal(this.abs(), first.abs()))
            & (~pl.col("component").is_in(SAME_ITEM) | (pl.col("item_key") == pl.col("item_key_first")))
        )
        .sort("row", (this - first).abs(), "issue_date_first", "invoice_no_first", "row_first")
        .unique("row", keep="first", maintain_order=True)
        .sort(*PAIR, "row")
    )


def _comparable(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines that charge for a metering point and a period."""
    known = [pl.col(name).is_not_null() for name in ("point", "period_start", "period_end")]
    return lines.filter(*known, pl.col("document_type").fill_null("") != CREDIT_NOTE)


def _shared_share() -> pl.Expr:
    """Return the days both periods share, as a share of the shorter one; both first and last day are included."""
    start, end = (
        pl.max_horizontal("period_start", "period_start_first"),
        pl.min_horizontal("period_end", "period_end_first"),
    )
    shared = (end - start).dt.total_days() + 1
    lengths = [(pl.col(f"period_end{s}") - pl.col(f"period_start{s}")).dt.total_days() + 1 for s in ("", "_first")]
    return shared / pl.min_horizontal(*lengths)


def credits(lines: pl.DataFrame, found: pl.DataFrame) -> list[dict[str, Any]]:
    """Return what is credited: lines of credit notes and negative lines that are no twins, `left` in SEK above zero.

    A negative line with a twin (a rebate on both invoices) belongs to the repeated invoice and is no credit.
    """
    paired = pl.concat([found["row"], found["row_first"]]).unique().implode()
    return (
        lines.filter(
            (pl.col("document_type").fill_null("") == CREDIT_NOTE)
            | ((pl.col("amount_sek") < 0) & ~pl.col("row").is_in(paired))
        )
        .with_columns(pl.col("amount_sek").abs().alias("left"))
        .to_dicts()
    )


def _use(left: list[dict[str, Any]], rows: Sequence[dict[str, Any]], charged: float) -> float:
    """Return how much of `charged` is credited [SEK], taking it from the credits so that none is used twice."""
    numbers = {rows[0]["invoice_no"], rows[0]["invoice_no_first"]}
    used = 0.0
    for credit in left:
        if credit["left"] <= 0 or used >= charged or not _against(credit, rows, numbers):
            continue
        part = min(credit["left"], charged - used)
        credit["left"] -= part
        used += part
    return used


def _against(credit: dict[str, Any], rows: Sequence[dict[str, Any]], numbers: set[str]) -> bool:
    """Return whether a credit is against one of the two invoices: named, or the same thing in the same days."""
    first = rows[0]
    if credit["supplier_id"] != first["supplier_id"] or credit["point"] not in (first["point"], None):
        return False
    if credit["invoice_no"] == first["invoice_no_first"]:
        return False  # a rebate on the first invoice says nothing about the second
    named = {number for number in credit["references"] if number}
    if named:
        return bool(named & numbers)
    return credit["point"] is not None and any(
        credit["component"] == row["component"]
        and credit["period_start"] is not None
        and credit["period_end"] is not None
        and credit["period_start"] <= row["period_end"]
        and credit["period_end"] >= row["period_start"]
        for row in rows
    )


def _finding(
    context: MeasureContext, point: str, rows: Sequence[dict[str, Any]], remaining: float, credited: float
) -> MeasureFinding:
    first = rows[0]
    supplier = first["supplier"] or first["supplier_id"]
    copy, original = first["invoice_no"], first["invoice_no_first"]
    exact = all(
        abs(row["amount_sek"] - row["amount_sek_first"]) < 0.005
        and row["period_start"] == row["period_start_first"]
        and row["period_end"] == row["period_end_first"]
        for row in rows
    )
    sure: Confidence = "hög" if exact else "medel"
    partly = f" {sv(credited, 2)} kr är redan krediterat och avdraget." if credited > 0 else ""
    return MeasureFinding(
        measure_id=ID,
        key=f"measure:{context.facility}:{ID}:{point}:{_plain(first['supplier_id'])}:{_plain(copy)}",
        facility=context.facility,
        title=TITLE,
        description=(
            f"Faktura {copy} från {supplier} upprepar {len(rows)} {'rad' if len(rows) == 1 else 'rader'} på faktura"
            f" {original} för {context.name(point)}.{partly} Begär kreditfaktura. Beloppet är en engångssumma."
        ),
        saving_sek_per_year=Band(remaining, remaining, remaining),
        saving_kwh_per_year=0.0,
        confidence=sure,
        method=(
            "Summan exklusive moms av de rader som upprepas (samma leverantör, mätpunkt, komponent och dokumenttyp,"
            " överlappande period, lika belopp) minus det som krediterats. Fakturabelopp är kända på öret, därför inget"
            " band."
        ),
        evidence=tuple(_evidence(rows))[:SHOWN],
        metering_point=point,
        parameters={name: assumption(ID, name).central for name in ("near_equal", "minimum_overlap")},
        picture=_picture(rows),
        one_off=True,
    )


def _picture(rows: Sequence[dict[str, Any]]) -> Picture:
    """Return the repeated lines of both invoices side by side [SEK]."""
    at = [f"{row['item'] or row['component']} {row['period_start']}" for row in rows[:SHOWN]]
    series = (
        Series(f"Faktura {rows[0][f'invoice_no{end}']}", at, [float(row[f"amount_sek{end}"]) for row in rows[:SHOWN]])
        for end in ("_first", "")
    )
    return Picture("bar", "Fakturarad", "Belopp (SEK)", tuple(series))


def _plain(text: str | None) -> str:
    """Return a text that can stand in a key: letters, digits, dots, hyphens and underscores."""
    return re.sub(r"[^\w.-]", "_", text or "okänd")


def _evidence(rows: Iterable[dict[str, Any]]) -> Iterable[EvidenceRow]:
    """Yield both lines of every pair, with file and row."""
    for row in rows:
        for suffix, order in (("_first", "först"), ("", "igen")):
            period = f"{row[f'period_start{suffix}']}–{row[f'period_end{suffix}']}"
            yield EvidenceRow(
                f"Faktura {row[f'invoice_no{suffix}']} ({order})",
                f"{row[f'file_name{suffix}']}, rad {row[f'row_no{suffix}']}",
                float(row[f"amount_sek{suffix}"]),
                "SEK",
                f"{row[f'item{suffix}'] or row['component']}, {period}, utfärdad {row[f'issue_date{suffix}']}",
            )
