"""Whether a ledger adds up: every voucher sums to zero, every account goes from opening to closing balance.

Nothing is mended here; each difference is a finding with its amount, the account or voucher and the line.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from energy.model import Finding
from energy.sources.ledger.sie_head import Head, listed
from energy.swedish import sv

MAX_TOLD = 20  # differences of one kind that are told one by one
HALF_ORE = 0.005  # SEK


def sek(amount: float) -> str:
    """Return an amount in Swedish form, `−1 234,50`."""
    return sv(amount, 2)


def vouchers(heads: pl.DataFrame, lines: pl.DataFrame, rejects: pl.DataFrame, head: Head) -> list[Finding]:
    """Return the findings about vouchers: unbalanced, outside the fiscal years, unnumbered, numbered twice.

    `heads` has one row per voucher (`voucher`, `row_no`, `series`, `voucher_no`, dates), `lines` their `amount`.
    """
    found = [*unbalanced(heads, lines, rejects, head.currency)]
    told = heads.filter(pl.col("voucher_date").is_not_null())
    outside = told.filter(pl.col("fiscal_year_start").is_null())
    if outside.height:
        why = "utanför filens räkenskapsår (#RAR)" if head.years else "i en fil utan räkenskapsår (#RAR)"
        count = f"{outside.height} verifikation{'er' * (outside.height > 1)}"
        message = f"{count} har datum {why}, den första {outside['voucher_date'][0]}."
        found.append(
            Finding("voucher_outside_year", "warning" if head.years else "info", message, int(outside["row_no"][0]))
        )
    nameless = heads.filter(pl.col("voucher_no") == "")
    if nameless.height:
        message = (
            f"{nameless.height} verifikationer saknar nummer; samma verifikation i två filer kan då inte kännas igen."
        )
        found.append(Finding("voucher_without_number", "info", message, int(nameless["row_no"][0])))
    found += _numbered_twice(heads)
    return found


def unbalanced(heads: pl.DataFrame, lines: pl.DataFrame, rejects: pl.DataFrame, currency: str = "SEK") -> list[Finding]:
    """Return `voucher_unbalanced` (error) for each voucher whose lines do not sum to zero, the largest first."""
    sums = lines.group_by("voucher").agg(pl.col("amount").sum().round(2)).filter(pl.col("amount").abs() > HALF_ORE)
    off = heads.join(sums, on="voucher").sort(pl.col("amount").abs(), "row_no", descending=[True, False])
    count = f"{rejects.height} rad{'er' * (rejects.height > 1)}"
    unread = f" {count} i filen kunde inte läsas och saknas i summorna." if rejects.height else ""
    found = [
        Finding(
            "voucher_unbalanced",
            "error",
            f"Verifikation {series} {number} {day} summerar till {sek(amount)}, ska vara 0.{unread}",
            row_no,
            amount_sek=amount if currency == "SEK" else None,
        )
        for series, number, day, row_no, amount in off.head(MAX_TOLD)
        .select("series", "voucher_no", "voucher_date", "row_no", "amount")
        .iter_rows()
    ]
    if off.height > MAX_TOLD:
        message = f"Ytterligare {off.height - MAX_TOLD} verifikationer summerar inte till 0.{unread}"
        found.append(Finding("voucher_unbalanced", "error", message))
    return found


def _numbered_twice(heads: pl.DataFrame) -> Iterable[Finding]:
    """Yield one finding about numbers that several vouchers of a fiscal year and series bear."""
    key = ("fiscal_year_start", "series", "voucher_no")
    twice = heads.filter(pl.col("voucher_no") != "").group_by(key, maintain_order=True).agg(
        pl.len().alias("count"), pl.col("row_no").last()
    ).filter(pl.col("count") > 1)  # fmt: skip
    if twice.height:
        names = listed((f"{s} {n}" for _, s, n, *_ in twice.iter_rows()), twice.height)
        message = f"Samma verifikationsnummer används flera gånger: {names}. Raderna är lästa som en verifikation."
        yield Finding("voucher_number_repeated", "warning", message, int(twice["row_no"][0]))


def accounts(lines: pl.DataFrame, balances: pl.DataFrame, head: Head) -> list[Finding]:
    """Return `account_unreconciled` (error) for each account and year that does not go together.

    Opening balance + Σ lines = closing balance, and Σ lines = result of a result account; an account that has lines
    but no balance must sum to zero. Only balances without objects count, and only years that have both lines and
    balances. An absent balance is zero in this sum, since the format lets zero balances out.
    """
    whole = balances.filter((pl.col("objects") == "{}") & pl.col("kind").is_in(["opening", "closing", "result"]))
    key = ["fiscal_year_start", "account"]
    wide = whole.group_by(key).agg(
        *(
            pl.col("amount").filter(pl.col("kind") == kind).sum().alias(kind)
            for kind in ("opening", "closing", "result")
        ),
        (pl.col("kind") == "result").any().alias("of_result"),
        (pl.col("kind") != "result").any().alias("of_balance"),
        pl.col("row_no").last(),
    )
    moved = lines.drop_nulls("fiscal_year_start").group_by(key).agg(
        pl.col("amount").sum().alias("moved"), pl.col("row_no").first().alias("moved_row")
    )  # fmt: skip
    both = wide.filter(pl.col("of_balance") | pl.col("of_result")).select("fiscal_year_start").unique()
    both = both.join(moved.select("fiscal_year_start").unique(), on="fiscal_year_start")
    rows = wide.join(moved, on=key, how="full", coalesce=True).join(both, on="fiscal_year_start", how="semi")
    rows = rows.with_columns(
        pl.col("opening", "closing", "result", "moved").fill_null(0.0),
        pl.col("of_result", "of_balance").fill_null(False),
        pl.col("row_no").fill_null(pl.col("moved_row")),
    ).with_columns(expected=pl.when(pl.col("of_balance")).then("closing").otherwise("result"))
    rows = rows.with_columns(difference=(pl.col("opening") + pl.col("moved") - pl.col("expected")).round(2))
    off = rows.filter(pl.col("difference").abs() > HALF_ORE)
    return [*_told(off.sort(pl.col("difference").abs(), "account", descending=[True, False]), head)]


def _told(off: pl.DataFrame, head: Head) -> Iterable[Finding]:
    names = off.join(head.names, on="account", how="left", maintain_order="left").head(MAX_TOLD)
    for row in names.iter_rows(named=True):
        account = (
            f"Konto {row['account']} «{(row['account_name'] or '')[:40]}», räkenskapsår {row['fiscal_year_start']}: "
        )
        if row["of_balance"]:
            sums = f"ingående {sek(row['opening'])} + verifikationer {sek(row['moved'])} = "
            sums += f"{sek(row['opening'] + row['moved'])}, men utgående balans är {sek(row['closing'])}"
        elif row["of_result"]:
            sums = f"verifikationer {sek(row['moved'])}, men resultatet är {sek(row['result'])}"
        else:
            sums = f"verifikationer {sek(row['moved'])}, men kontot har varken saldo eller resultat"
        yield Finding(
            "account_unreconciled",
            "error",
            f"{account}{sums} (skillnad {sek(row['difference'])}).",
            row["row_no"],
            amount_sek=row["difference"] if head.currency == "SEK" else None,
        )
    if off.height > MAX_TOLD:
        yield Finding("account_unreconciled", "error", f"Ytterligare {off.height - MAX_TOLD} konton stämmer inte.")
