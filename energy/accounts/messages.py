"""The Swedish sentence beside every verdict that is not «stämmer»: what stands where, and what to do."""

from __future__ import annotations

from datetime import date

import polars as pl

from energy.accounts.rules import TOLERANCE_ORE, kronor

UNMAPPED = (
    "inget [[account]] i energibok.toml säger var fakturan hör hemma: bara nummer och belopp är jämförda. "
    "Lägg till en rad med konto"
)


def of_invoices(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with `message`; null where the invoice is where it should be."""
    unmapped = pl.col("expected_account").is_null() & pl.col("voucher").is_not_null()
    message: pl.Expr = pl.when(unmapped).then(pl.lit(f"{UNMAPPED}."))
    for verdict, text in _sentences().items():
        message = pl.when(pl.col("verdict") == verdict).then(text).otherwise(message)
    return rows.with_columns(message=message)


def _sentences() -> dict[str, pl.Expr]:
    """Return verdict -> its sentence."""
    c = pl.col
    what = pl.format("Faktura {} ({})", c("invoice_no").fill_null("utan nummer"), kronor(c("net")))
    excess = kronor((c("stands") - c("target")).abs())
    place = pl.format("konto {}", c("account").fill_null("okänt"))
    want = pl.format("konto {}", c("expected_account").fill_null("okänt"))
    at = pl.format("verifikation {}", c("voucher").fill_null("okänd"))
    centre = c("cost_centre").fill_null("inget")
    right_centre = c("expected_cost_centre").fill_null("det i [[account]]")
    absent = pl.format("{} finns inte i bokföringen. Bokför den på {}.", what, want)
    undone = pl.format("{} är bokförd och återförd ({}). Bokför den på nytt på {}.", what, at, want)
    moved = pl.format("{} står på {} i {}, men hör hemma på {}: {} fattas där. Flytta beloppet.",
                      what, place, at, want, excess)  # fmt: skip
    return {
        "not_posted": pl.when(c("voucher").is_null()).then(absent).otherwise(undone),
        "posted_twice": pl.format("{} är bokförd {} gånger ({}): {} för mycket. Vänd en av dem.",
                                  what, c("copies"), at, excess),
        "posted_gross": pl.format("{} är bokförd med momsen bland kostnaderna ({}, {}): {} för mycket. Flytta momsen "
                                  "till kontot för ingående moms.", what, at, place, excess),
        "amount_differs": _amount(what, at, excess),
        "wrong_account": pl.when(c("misplaced") == 0).then(moved).otherwise(_one_off(what, at)),
        "wrong_cost_centre": pl.format("{} står på kostnadsställe {} i {}, men hör hemma på kostnadsställe {}: {} "
                                       "fattas där. Flytta beloppet.", what, centre, at, right_centre, excess),
        "wrong_object": pl.format("{} har i {} andra objekt (verksamhet, projekt eller liknande) än [[account]] anger: "
                                  "{} fattas där. Flytta beloppet.", what, at, excess),
        "wrong_accounting_period": pl.format("{} från {} är bokförd {} ({}), utanför sin period. Flytta den om "
                                             "perioden är öppen.", what, c("issue_date"), c("voucher_date"), at),
        "not_assessed": pl.format("kan inte bedömas: faktura {} har inget nettobelopp",
                                  c("invoice_no").fill_null("utan nummer")),
    }  # fmt: skip


def _one_off(what: pl.Expr, at: pl.Expr) -> pl.Expr:
    """Return the sentence of a one-off part, or what of it stands among the costs of operation."""
    c = pl.col
    part = pl.when(c("misplaced") == c("one_off")).then(pl.lit("Den")).otherwise(
        pl.format("{} av den", kronor(c("misplaced")))
    )  # fmt: skip
    return pl.format(
        "{} har en engångspost på {}. {} hör hemma på konto {}, men står på annat konto (konto {} i {}). Flytta det "
        "beloppet.", what, kronor(c("one_off")), part, c("one_off_account").fill_null("okänt"),
        c("account").fill_null("okänt"), at,
    )  # fmt: skip


def _amount(what: pl.Expr, at: pl.Expr, excess: pl.Expr) -> pl.Expr:
    """Return the sentence of an amount that differs; VAT kept or taken off against the bearer's rule has its own."""
    c = pl.col
    more = pl.when(c("stands") > c("target")).then(pl.lit("för mycket")).otherwise(pl.lit("för lite"))
    plain = pl.format("{} är bokförd med {} ({}): {} {}. Rätta beloppet.", what, kronor(c("stands")), at, excess, more)
    unknown = pl.format(
        "{} är bokförd med momsen bland kostnaderna ({}): {} för mycket, om kostnadsbäraren får lyfta moms. "
        "Ange cost_bearer på avtalet eller anläggningen.", what, at, excess,
    )  # fmt: skip
    lifted = pl.format(
        "{} är bokförd utan moms ({}), men kostnadsbäraren får inte lyfta den: {} för lite.", what, at, excess
    )
    with_vat = (c("stands") - c("gross")).abs() <= TOLERANCE_ORE
    without = (c("stands") - c("net")).abs() <= TOLERANCE_ORE
    return (
        pl.when(with_vat & c("vat_recoverable").is_null()).then(unknown)
        .when(without & ~c("vat_recoverable").fill_null(True)).then(lifted)
        .otherwise(plain)
    )  # fmt: skip


def of_gaps(lost: pl.DataFrame, spans: list[tuple[date, date]]) -> pl.DataFrame:
    """Return one row per stretch of days without books: how many invoices wait for them, and their sum."""
    c = pl.col
    per_gap = lost.group_by("gap_from", "gap_to").agg(pl.len().alias("count"), c("net").sum(), c("issue_date").min())
    stretch = (
        pl.when(c("gap_from").is_null()).then(pl.format("före {}", c("gap_to").dt.offset_by("1d")))
        .when(c("gap_to").is_null()).then(pl.format("efter {}", c("gap_from").dt.offset_by("-1d")))
        .otherwise(pl.format("från {} till {}", "gap_from", "gap_to"))
    )  # fmt: skip
    words = pl.when(c("count") == 1).then(pl.lit("faktura")).otherwise(pl.lit("fakturor"))
    return per_gap.sort("gap_from", nulls_last=False).select(
        accounting_period=pl.coalesce("gap_from", "issue_date").dt.truncate("1mo"),
        net_sek=c("net") / 100,
        verdict=pl.lit("not_assessed"),
        message=pl.format(
            "kan inte bedömas: ingen bokföring är inläst {}, och {} {} på {} väntar på den. Lägg huvudboken "
            "(SIE 4 med verifikationer) i inbox.", stretch, "count", words, kronor(c("net")),
        ),
    )  # fmt: skip
