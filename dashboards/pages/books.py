"""Invoices against the books, accruals and the split between cost bearers, as the page Fakturor shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from dashboards import text
from dashboards.pages.base import (
    RECEIPT,
    Col,
    Facility,
    Row,
    Table,
    View,
    coded,
    coded_or_dash,
    dash,
    running,
    table,
)

MARKS = {"matched": "good", "not_assessed": "none"}
NO_SAVING = "En ändrad fördelningsnyckel flyttar kostnad mellan kostnadsbärare. Den är aldrig en besparing."
MOST = 120


@dataclass(frozen=True)
class Books:
    """What a facility's books say of its invoices."""

    matched: str
    verdicts: list[tuple[str, str, str]]
    odd: Table
    open: Table
    past: Table
    accuracy: str
    postings: Table
    shares: Table
    all_shares: Table
    changes: list[str]
    no_saving: str = NO_SAVING


def section(view: View, facility: Facility, rows: Callable[[str], pl.DataFrame]) -> Books:
    """Return the tables of one facility; `rows` gives its rows of a mart."""
    match, accruals, shares = rows("ledger_match"), rows("accruals"), rows("allocation")
    points = accruals.get_column("metering_point").unique().implode()
    latest = pl.col("month") == pl.lit(shares.get_column("month").max(), pl.Date)
    return Books(
        _matched(match),
        _verdicts(match),
        _odd(facility, match),
        _accruals(facility, accruals.filter(pl.col("status") == "open"), "oppna", "Öppna periodiseringar"),
        _accruals(facility, accruals.filter(pl.col("status") != "open"), "aterforda", "Återförda periodiseringar"),
        accuracy(accruals),
        _postings(facility, view.marts["accrual_postings"].filter(pl.col("metering_point").is_in(points))),
        _shares(facility, shares.filter(latest), "fordelning", "Fördelning"),
        _shares(facility, shares.filter(~latest), "fordelning-alla", "Fördelning, tidigare månader"),
        _changes(shares),
    )


def _matched(match: pl.DataFrame) -> str:
    if match.is_empty():
        return ""
    right = match.filter(pl.col("verdict") == "matched").height
    return f"{text.number(right)} av {text.counted(match.height, 'post', 'poster')} stämmer med bokföringen."


def _verdicts(match: pl.DataFrame) -> list[tuple[str, str, str]]:
    counts = sorted(match.group_by("verdict").len().iter_rows(), key=lambda row: (-row[1], str(row[0])))
    return [(MARKS.get(v, "bad"), text.number(n), text.code("verdict", v)) for v, n in counts]


def _odd(facility: Facility, match: pl.DataFrame) -> Table:
    rows = match.filter(pl.col("verdict") != "matched").sort(
        pl.col("verdict") == "not_assessed",
        pl.max_horizontal(pl.col("difference_sek").abs(), pl.col("posted_sek").abs() - pl.col("net_sek").fill_null(0)),
        "evidence_key",
        descending=[False, True, False],
        nulls_last=True,
    )
    columns = [
        Col("invoice_no", "Faktura", dash),
        Col("verdict", "Utfall", coded("verdict"), mark=lambda v: MARKS.get(v, "bad")),
        Col("message", "Vad som ska göras", lambda v: "–" if v is None else running(text.capital(v)), long=True),
        Col("net_sek", "Fakturans netto (kr)", _kronor, True),
        Col("posted_sek", "Bokfört (kr)", _kronor, True),
        Col("difference_sek", "Skillnad (kr)", lambda v: "–" if v is None else text.signed(v, 2), True),
        Col("accounting_period", "Bokföringsperiod", lambda v: "–" if v is None else text.short_month(v)),
        Col("supplier", "Leverantör", dash),
        Col("voucher", "Verifikation", dash),
        Col("account", "Konto", dash, of=lambda r: _wanted(r, "account")),
        Col("cost_centre", "Kostnadsställe", dash, of=lambda r: _wanted(r, "cost_centre")),
        Col("file_name", "Fil", dash),
        Col("row_no", "Radnummer i filen", lambda v: "–" if v is None else str(v), True),
        RECEIPT,
    ]
    more = rows.height - MOST
    return table(
        f"{facility.anchor}-bokforing",
        f"Fakturor som inte stämmer med bokföringen, {facility.name}",
        rows.head(MOST),
        columns,
        "Alla fakturor stämmer med bokföringen." if match.height else "Ingen bokföring är jämförd med fakturorna.",
        sortable=True,
        fine=match.height > 0,
        note=f"{text.number(more)} till står i arbetsbokens blad «Faktura mot bokföring»." if more > 0 else "",
    )


def _wanted(row: Row, name: str) -> str:
    """Return where it stands, and where it should be when that is elsewhere."""
    stands, wanted = row[name], row[f"expected_{name}"]
    if not stands:
        return f"väntat {wanted}" if wanted else "–"
    return f"{stands}, väntat {wanted}" if wanted and wanted != stands else str(stands)


def _kronor(value: float | None) -> str:
    return "–" if value is None else text.kronor(value)


def _accruals(facility: Facility, rows: pl.DataFrame, key: str, caption: str) -> Table:
    columns = [
        Col("consumption_month", "Förbrukningsmånad", text.short_month),
        Col("contract_kind", "Avtal", coded("contract_kind")),
        Col("accrual_sek", "Periodiserat (kr)", _kronor, True),
        Col("accounting_period", "I period", text.short_month),
        Col("reversal_period", "Återförs i", lambda v: "–" if v is None else text.short_month(v)),
        Col("invoiced_sek", "Fakturerat (kr)", _kronor, True),
        Col("error_sek", "Fel (kr)", lambda v: "–" if v is None else text.signed(v, 2), True),
        Col("error_pct", "Fel (%)", lambda v: "–" if v is None else text.signed(v, 1), True),
        Col("supplier", "Leverantör", dash),
        Col("method", "Så är den räknad", dash, long=True),
        Col("reason", "Kommentar", lambda v: "–" if v is None else text.cannot_assess(v), long=True),
        RECEIPT,
    ]
    return table(
        f"{facility.anchor}-{key}",
        f"{caption}, {facility.name}",
        rows.sort("consumption_month", "contract_kind", "metering_point", descending=[True, False, False]),
        columns,
        "Inget är periodiserat." if key != "oppna" else "Ingen periodisering är öppen.",
        sortable=True,
        fine=True,
    )


def accuracy(accruals: pl.DataFrame) -> str:
    """Return how near the invoices the reversed accruals came; "" where none has had its invoice.

    The share is the sum of the errors' sizes over that of the invoiced amounts: large months weigh as they should.
    """
    known = accruals.filter(pl.col("status") != "open").drop_nulls(["error_sek", "invoiced_sek"])
    if known.is_empty():
        return ""
    size, error = known.get_column("invoiced_sek").abs().sum(), known.get_column("error_sek").abs()
    part = f", {text.percent(100 * float(error.sum()) / float(size))} av det fakturerade" if size else ""
    return (
        f"Tidigare periodiseringar skilde sig från fakturan med i medeltal {text.number(float(error.mean() or 0))}"  # type: ignore[arg-type]
        f"{text.NBSP}kr{part} ({text.counted(known.height, 'periodisering', 'periodiseringar')})."
    )


def _postings(facility: Facility, rows: pl.DataFrame) -> Table:
    columns = [
        Col("posting_date", "Bokföringsdag", text.day),
        Col("account", "Konto", dash),
        Col("cost_centre", "Kostnadsställe", dash),
        Col("debit_sek", "Debet (kr)", _kronor, True),
        Col("credit_sek", "Kredit (kr)", _kronor, True),
        Col("text", "Text", dash, long=True),
        Col("consumption_month", "Förbrukningsmånad", text.short_month),
        Col("contract_kind", "Avtal", coded_or_dash("contract_kind")),
    ]
    return table(f"{facility.anchor}-forslag", f"Bokföringsförslag, {facility.name}", rows.head(MOST), columns, "Inga.")


def _shares(facility: Facility, rows: pl.DataFrame, key: str, caption: str) -> Table:
    rows = rows.sort("month", "metering_point", "cost_bearer", descending=[True, False, False])
    columns = [
        Col("cost_bearer", "Kostnadsbärare", dash),
        Col("carrier", "Energislag", coded("carrier")),
        Col("month", "Månad", text.month),
        Col("share_pct", "Andel (%)", lambda v: "–" if v is None else text.number(v, 1), True),
        Col("energy_kwh", "Energi (MWh)", lambda v: "–" if v is None else text.mwh(v), True),
        Col("cost_sek", "Kostnad (kr)", _kronor, True),
        Col("key_text", "Fördelningsnyckel", dash, long=True),
        Col("metering_point", "Mätpunkt", dash),
        Col("reason", "Kommentar", lambda v: "–" if v is None else text.sentence(text.why(v)), long=True),
        RECEIPT,
    ]
    return table(
        f"{facility.anchor}-{key}", f"{caption}, {facility.name}", rows.head(2 * MOST), columns, "Inget delas."
    )


def _changes(shares: pl.DataFrame) -> list[str]:
    """Return when a new key moved cost between bearers, the latest first, at most six."""
    rows = shares.drop_nulls(["key_text", "share_pct"]).sort("metering_point", "cost_bearer", "month")
    before = [pl.col(c).shift(1).over("metering_point", "cost_bearer").alias(f"{c}_before")
              for c in ("key_text", "share_pct")]  # fmt: skip
    changed = rows.with_columns(before).filter(
        pl.col("key_text_before") != pl.col("key_text"), (pl.col("share_pct_before") - pl.col("share_pct")).abs() > 0.05
    )
    return [
        f"{text.capital(text.month(r['month']))}, {text.code('carrier', r['carrier'])}, {r['cost_bearer']}: från "
        f"{text.percent(r['share_pct_before'])} till {text.percent(r['share_pct'])}. "
        f"{text.sentence(r['key_text'])}"
        for r in changed.sort("month", "cost_bearer", descending=[True, False]).head(6).iter_rows(named=True)
    ]
