"""The letter: one page, the headline figures, and no text that acts as markup."""

from __future__ import annotations

import io
import re

import polars as pl
from pypdf import PdfReader

from dashboards import letter
from dashboards.options import SiteOptions
from dashboards.text import band, figure


def _read(pdf: bytes) -> tuple[int, str]:
    reader = PdfReader(io.BytesIO(pdf))
    return len(reader.pages), re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages))


def test_the_letter_is_one_page_with_the_headline_figures(marts: dict[str, pl.DataFrame], options: SiteOptions) -> None:
    pages, words = _read(letter.build(marts, options))
    assert pages == 1
    for row in marts["headline"].iter_rows(named=True):
        assert re.sub(r"\s", " ", figure(row["value"], row["unit"], "tkr")) in words
        assert re.sub(r"\s", " ", band(row["low"], row["high"], row["unit"], "tkr")).split(" (")[0] in words
    assert "Syntetiska data" in words and "Energiprojektet sänkte kostnaden med 764 tkr" in words
    assert "142 tkr per år" in words and "Exempelkommunen" in words
    assert "Prognosen för helåret 2023 är 3 867 tkr (3 814 till 3 919 tkr), 117 tkr över budget" in words


def test_the_letter_tells_what_the_year_assumes_and_which_months_are_from_the_meters(
    marts: dict[str, pl.DataFrame], options: SiteOptions
) -> None:
    told = marts | {"forecast": marts["forecast"].with_columns(reason=pl.lit("elpriset antas bli som i fjol"))}
    pages, words = _read(letter.build(told, options))
    assert pages == 1
    assert "Elpriset antas bli som i fjol." in words
    assert "är räknade från mätarna: fakturorna är inte inlästa." in words
    endless = marts | {"forecast": marts["forecast"].with_columns(reason=pl.lit("elpriset " * 60))}
    assert "elpriset elpriset" not in _read(letter.build(endless, options))[1]


def test_hostile_and_endless_texts_stay_texts_on_one_page(hostile: dict[str, pl.DataFrame]) -> None:
    long = {n: f.with_columns(pl.col(c) * 1 if f[c].dtype != pl.String else pl.concat_str([pl.col(c)] * 20)
                              for c in f.columns if c in ("name", "title", "reason", "description", "period_text"))
            for n, f in hostile.items()}  # fmt: skip
    pages, words = _read(letter.build(long, SiteOptions(organisation='#import "x"; $a$ *b*' * 30)))
    assert pages == 1
    assert "<script>alert(1)" in words and '#import "x"; $a$ *b*' in words


def test_without_marts_the_letter_says_so() -> None:
    pages, words = _read(letter.build({}))
    assert pages == 1 and "Data saknas" in words


def test_what_cannot_be_assessed_is_said(marts: dict[str, pl.DataFrame]) -> None:
    head = marts["headline"].with_columns(
        *(pl.lit(None, pl.Float64).alias(c) for c in ("value", "low", "high")), reason=pl.lit("för få dygn")
    )
    pages, words = _read(letter.build({"facilities": marts["facilities"], "headline": head}))
    assert pages == 1 and words.count("Kan inte bedömas: för få dygn") == 3


def test_without_a_bridge_the_letter_shows_savings_per_month(marts: dict[str, pl.DataFrame]) -> None:
    some = {n: marts[n] for n in ("facilities", "headline", "projects", "savings_monthly")}
    pages, words = _read(letter.build(some))
    assert pages == 1 and "Fjärrvärme: lägre kostnad i 40 av 40 månader" in words


def test_the_same_marts_give_the_same_bytes(marts: dict[str, pl.DataFrame]) -> None:
    some = {n: marts[n] for n in ("facilities", "headline")}
    assert letter.build(some) == letter.build(some)
