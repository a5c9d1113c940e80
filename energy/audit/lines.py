"""Invoice lines made ready for the audit: whose they are, which days they charge, and what they take back.

A credit note may name only the invoice it credits: it then gets that invoice's metering point and days.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from energy.calendar import next_month
from energy.units import UNITS

__all__ = ["DOCUMENT", "PERIOD", "not_after", "prepare", "spans"]

DOCUMENT = ("supplier_id", "invoice_no", "issue_date", "document_type")
PERIOD = ("metering_point", "contract_kind", "period_start", "period_end")
CREDIT_NOTE = "381"  # UNTDID 1001
# canonical suffix of energy.units -> the unit a bill writes
_BILLED = {"kwh": "kWh", "kw": "kW", "m3": "m³", "kvar": "kVAr", "kvarh": "kVArh"}
_ESTIMATED = (
    r"(?i)uppskatta|estimer|preliminär|schablonber|beräknad (?:förbrukning|avläsning|mätar|energi|mängd)"
    r"|(?:förbrukning\w*|avläsning\w*|mätarställning\w*) (?:är |har )?beräkna"
)
_ONE_OFF = r"(?i)elstöd|elprisstöd|elprisersättning|engångs"


def prepare(lines: pl.DataFrame, heads: pl.DataFrame, until: date | None = None) -> pl.DataFrame:
    """Return the lines in order of document and row, with what the audit adds.

    `lines` is core.invoice_lines, `heads` core.invoices. Added: `row` (0…), `document` (text key), `head_note`,
    `references` (list of invoice numbers), `is_credit`, `is_estimated`, `is_one_off`, `quantity_billed` in
    `unit_billed` (kWh, kW, m³, kVAr, kVArh or st), `is_whole` (the period is whole months), `consumption_month`
    (that of the period's middle day), `months` (number of months the period touches) and `is_beyond` (it ends after the
    month `until`, the last one that is followed up; null: every month is).
    """
    named = heads.unique([*DOCUMENT], keep="first", maintain_order=True).select(
        *DOCUMENT, "supplier", "references_invoice", pl.col("note").alias("head_note"),
        pl.col("metering_point").alias("head_point"), "net_sek", "vat_sek",
    )  # fmt: skip
    # nulls_equal: a document without an issue date is a document all the same
    joined = lines.join(named, on=[*DOCUMENT], how="left", nulls_equal=True)
    keyed = joined.with_columns(
        document=pl.concat_str([pl.col(name).cast(pl.String).fill_null("") for name in DOCUMENT], separator="\x1f"),
        references=pl.col("references_invoice").fill_null("").str.split(", ").list.eval(
            pl.element().filter(pl.element() != "")
        ),
        is_credit=(pl.col("document_type") == CREDIT_NOTE).fill_null(value=False),
    )  # fmt: skip
    ordered = keyed.sort("issue_date", "document", "row_no", "line_id", "contract_kind", "amount_sek", nulls_last=True)
    filled = _from_referenced(ordered.with_row_index("row"))
    beyond = pl.lit(value=False) if until is None else pl.col("period_end") >= next_month(until)
    return _dated(_quantities(_told(filled))).with_columns(is_beyond=beyond.fill_null(value=False))


def _from_referenced(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines, those without metering point or period completed from the invoice they refer to."""
    by_item = ["supplier_id", "reference", "component", "item"]
    original = lines.filter(pl.col("metering_point").is_not_null() & pl.col("period_end").is_not_null()).select(
        "supplier_id", pl.col("invoice_no").alias("reference"), "component", "item",
        *(pl.col(c).alias(f"{c}_named") for c in (*PERIOD, "facility", "carrier")),
    )  # fmt: skip
    asking = lines.filter(
        (pl.col("metering_point").is_null() | pl.col("period_end").is_null() | pl.col("contract_kind").is_null())
        & (pl.col("references").list.len() > 0)
    ).select("row", "supplier_id", "component", "item", pl.col("references").list.first().alias("reference"))
    found = asking.join(original.unique(by_item, keep="first", maintain_order=True), on=by_item, nulls_equal=True)
    whole = original.group_by("supplier_id", "reference", maintain_order=True).agg(
        pl.col(f"{c}_named").first() if c != "period_end" else pl.col("period_end_named").max()
        for c in (*PERIOD, "facility", "carrier")
    )
    rest = asking.join(found, on="row", how="anti").join(whole, on=["supplier_id", "reference"])
    named = [f"{c}_named" for c in (*PERIOD, "facility", "carrier")]
    told = pl.concat([found.select("row", *named), rest.select("row", *named)])
    completed = lines.join(told, on="row", how="left").with_columns(
        pl.coalesce(c, f"{c}_named").alias(c) for c in (*PERIOD, "facility", "carrier")
    )
    return completed.drop(named).sort("row")


def _told(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines with what their words say: estimated, one-off."""
    own = pl.concat_str([pl.col("item").fill_null(""), pl.col("note").fill_null("")], separator=" ")
    estimated = own.str.contains(_ESTIMATED) | pl.col("head_note").fill_null("").str.contains(_ESTIMATED)
    return lines.with_columns(
        is_estimated=estimated & ~pl.col("is_credit"),
        is_one_off=(pl.col("line_class") == "one_off").fill_null(value=False) | own.str.contains(_ONE_OFF),
    )


def _quantities(lines: pl.DataFrame) -> pl.DataFrame:
    factors = {unit: factor for unit, (suffix, factor) in UNITS.items() if suffix in _BILLED}
    names = {unit: _BILLED[suffix] for unit, (suffix, _) in UNITS.items() if suffix in _BILLED}
    return lines.with_columns(
        quantity_billed=pl.col("quantity")
        * pl.col("unit").replace_strict(factors, default=1.0, return_dtype=pl.Float64),
        unit_billed=pl.col("unit").replace_strict(names, default="st", return_dtype=pl.String),
    )


def _dated(lines: pl.DataFrame) -> pl.DataFrame:
    start, end = pl.col("period_start"), pl.col("period_end")
    middle = start.dt.offset_by("0d") + pl.duration(days=(end - start).dt.total_days() // 2)
    return lines.with_columns(
        is_whole=is_whole(),
        consumption_month=middle.dt.truncate("1mo"),
        months=(end.dt.year() - start.dt.year()) * 12 + end.dt.month().cast(pl.Int32) - start.dt.month() + 1,
    )


def not_after(lines: pl.DataFrame, until: date | None) -> pl.DataFrame:
    """Return the lines of consumption months up to and including `until`; all of them where it is null.

    A line without a period belongs to the month before the one it was issued in, as far as anyone can tell.
    """
    if until is None:
        return lines
    month = pl.coalesce("consumption_month", pl.col("issue_date").dt.truncate("1mo").dt.offset_by("-1mo"))
    return lines.filter((month <= until.replace(day=1)).fill_null(value=True))


def spans(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the distinct (metering_point, contract_kind, period_start, period_end) with `is_whole`, in order.

    Those that are not whole months need a bill of their own days. Where periods overlap, what the later one has left
    is a period too.
    """
    known = lines.filter(pl.col(c).is_not_null() for c in PERIOD).filter(pl.col("period_end") >= pl.col("period_start"))
    charged = known.select(*PERIOD, "is_whole").unique().sort(*PERIOD)
    return pl.concat([charged, _rests(charged)]).unique().sort(*PERIOD)


def _rests(charged: pl.DataFrame) -> pl.DataFrame:
    """Return the days of each period after those an earlier beginning one has charged, where periods overlap."""
    of = ["metering_point", "contract_kind"]
    ended = pl.col("period_end").cum_max().shift(1).over(of)
    begins = ended.dt.offset_by("1d")
    cut = charged.with_columns(began="period_start", period_start=begins).filter(
        pl.col("began") < pl.col("period_start"), pl.col("period_start") <= pl.col("period_end")
    )
    return cut.with_columns(is_whole=is_whole()).select(charged.columns)


def is_whole() -> pl.Expr:
    """Return whether a period begins and ends with a month."""
    start, end = pl.col("period_start"), pl.col("period_end")
    return (start.dt.day() == 1) & (end == end.dt.month_end())
