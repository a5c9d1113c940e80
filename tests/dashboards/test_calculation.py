"""The page Projektkalkyl: figures with bands, odds where none can be shown, and what to fill in."""

from __future__ import annotations

import re

import polars as pl
import pytest

from dashboards.options import SiteOptions
from dashboards.site import build

PAGE = "projektkalkyl.html"
Marts = dict[str, pl.DataFrame]


def words(marts: Marts, options: SiteOptions, page: str = PAGE) -> str:
    text = re.sub(r"<(script|style|svg).*?</\1>", " ", str(build(marts, options)[page]), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text.replace("&nbsp;", " ").replace("\u00a0", " ")))


def unsure(marts: Marts) -> Marts:
    """Return the marts with a saving whose band holds zero."""
    why = "kan inte bedömas: besparingens band rymmer noll, så ingen återbetalning kan visas. Sannolikheten är 56 %"
    names = ("simple_payback", "discounted_payback")
    lost = [pl.lit(None, pl.Float64).alias(f"{n}_years{end}") for n in names for end in ("", "_low", "_high")]
    lost += [pl.lit(why).alias(f"{n}_reason") for n in names]
    returns = marts["economics_returns"].with_columns(
        *lost, pays_back_pct=pl.lit(56.0), saving_sek_per_year_low=pl.lit(-2e5)
    )
    return marts | {"economics_returns": returns}


def test_payback_value_odds_and_who_saves_are_told(marts: Marts, options: SiteOptions) -> None:
    said = words(marts, options)
    (group,) = marts["economics_returns"].filter(cost_bearer="all").iter_rows(named=True)
    assert "Investeringen är 9 400 tkr, varav 2 840 tkr är bidrag; 6 560 tkr ska betalas av besparingen." in said
    back = f"{group['simple_payback_years']:.1f}".replace(".", ",")
    assert f"Återbetalningstiden är {back} år (" in said and "90 %-band" in said
    assert "Kommunala fastighetsbolaget" in said and "alla tillsammans" in said and "ingen egen investering" in said
    assert "flyttas mellan bärare är ingen besparing" in said and "economics/energilager/all" in said
    assert "Besparingens storlek betyder mest för nuvärdet" in said
    assert f"Projektkalkyl: investeringen betalar sig på {back} år" in words(marts, options, "index.html")


def test_a_band_that_holds_zero_shows_the_odds_and_no_payback(marts: Marts, options: SiteOptions) -> None:
    said = words(unsure(marts), options)
    assert "Återbetalningstid kan inte visas. Besparingens band rymmer noll" in said and "56 %" in said
    assert "Återbetalningstiden är" not in said and "återbetald efter" not in said
    assert "Projektkalkyl: återbetalning kan inte bedömas. Besparingens band" in words(
        unsure(marts), options, "index.html"
    )


def test_a_payback_that_never_comes_is_no_number(marts: Marts, options: SiteOptions) -> None:
    endless = marts["economics_returns"].with_columns(
        simple_payback_years_high=pl.lit(float("inf")), discounted_payback_years=pl.lit(float("inf")),
        discounted_payback_reason=pl.lit("60 % av de lottade utfallen betalar sig inte inom 50 år"),
    )  # fmt: skip
    said = words(marts | {"economics_returns": endless}, options)
    assert "till längre än kalkyltiden" in said and "60 % av de lottade utfallen betalar sig inte" in said
    assert not re.search(r"(?i)\b(inf|infinity|nan)\b|∞", said)


def test_without_an_investment_the_page_says_what_to_fill_in(marts: Marts, options: SiteOptions) -> None:
    bare = {n: f.clear() if n.startswith("economics_") else f for n, f in marts.items()}
    said = words(bare, options)
    assert "Ingen investering är angiven för projektet." in said and "[[project.investment]]" in said
    assert "lifetime_years" in said and "Utlovat i Förstudie energilager" in said
    assert "Projektkalkyl:" not in words(bare, options, "index.html")


def test_a_placebo_and_no_project_at_all_have_no_calculation(marts: Marts, options: SiteOptions) -> None:
    placebo = marts | {"projects": marts["projects"].with_columns(placebo=pl.lit(True))}
    assert "prov av metoden: inget har investerats" in words(placebo, options)
    assert "Inget energiprojekt är inlagt" in words(marts | {"projects": marts["projects"].clear()}, options)


def test_a_year_without_a_rate_and_a_saving_without_a_figure_say_why(marts: Marts, options: SiteOptions) -> None:
    late = pl.col("year") >= 2026
    years = marts["economics_years"].with_columns(
        *(pl.when(~late).then(pl.col(c)).alias(c) for c in ("internal_interest_sek", "capital_cost_sek",
          "net_effect_sek", "net_effect_sek_low", "net_effect_sek_high")),
        reason=pl.when(late).then(pl.lit("kan inte bedömas: internränta saknas för 2026")),
    )  # fmt: skip
    assert "Kan inte bedömas: internränta saknas för 2026" in words(marts | {"economics_years": years}, options)
    numbers = [c for c, kind in marts["economics_returns"].schema.items() if kind == pl.Float64 and "saving" in c]
    lost = marts["economics_returns"].with_columns(
        *(pl.lit(None, pl.Float64).alias(c) for c in numbers), saving_reason=pl.lit("kan inte bedömas: för få månader")
    )
    assert "Kan inte bedömas: för få månader" in words(marts | {"economics_returns": lost}, options)


def test_whether_a_promise_is_kept_is_said_in_words(marts: Marts, options: SiteOptions) -> None:
    said = words(marts, options)
    assert "Utlovat i Förstudie energilager, sidan 12, 2019-11-18." in said
    assert "Energi: om löftet är hållet kan inte avgöras för något år." in said
    assert "Kostnad i rapportperiodens priser: hållet i 0, inte hållet i 1, kan inte avgöras i 1 av 2 år." in said


@pytest.mark.parametrize(("unit", "shown"), [("SEK", "9 400 000 kr"), ("kkr", "9 400 kkr")])
def test_amounts_are_in_the_unit_of_the_house(marts: Marts, unit: str, shown: str) -> None:
    said = words(marts, SiteOptions(amount_unit=unit))  # type: ignore[arg-type]
    assert f"Investeringen är {shown}" in said


def test_a_payer_whose_savings_go_to_others_is_told_beside_its_value(marts: Marts, options: SiteOptions) -> None:
    rows = marts["economics_returns"]
    payer = rows.filter(pl.col("cost_bearer") != "all", pl.col("net_investment_sek") > 0)["cost_bearer"][0]
    saver = "Hyresgästen"
    moved = rows.with_columns(
        saving_sek_per_year=pl.when(pl.col("cost_bearer") == payer).then(0.0).otherwise("saving_sek_per_year")
    )
    other = moved.filter(cost_bearer=payer).with_columns(
        cost_bearer=pl.lit(saver), net_investment_sek=pl.lit(0.0), saving_sek_per_year=pl.lit(9e4)
    )
    said = words(marts | {"economics_returns": pl.concat([moved, other])}, options)
    assert f"{payer} bär investeringen, men besparingen tillfaller" in said and saver in said
    kept = rows.with_columns(saving_sek_per_year=pl.lit(9e4))
    assert "bär investeringen, men" not in words(marts | {"economics_returns": kept}, options)
