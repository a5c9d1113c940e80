"""Månaden: sentences say no more than the band allows, every dimension stands there, absence has its reason."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from dashboards import text
from dashboards.conform import conform
from dashboards.options import SiteOptions
from dashboards.pages import climate, month, overview, year
from dashboards.pages.base import View
from dashboards.site import build

Marts = dict[str, pl.DataFrame]
S = text.NBSP


def _view(marts: Marts) -> View:
    return View(conform(marts), SiteOptions())


def _said(marts: Marts) -> list[str]:
    view = _view(marts)
    return list(month.context(view)["sections"][0]["said"])


def test_the_year_is_told_in_sentences(marts: Marts) -> None:
    said = _said(marts)
    so_far = marts["budget_period"].filter(pl.col("dimension") == "facility", pl.col("period") == "ytd")
    spent = text.amount(so_far["outcome_sek"][0], "tkr")
    assert said[0].startswith(f"Utfallet januari till september{S}2023 är {spent}, ")
    assert f"90{S}tkr över budget (3,3{S}%)" in said[0]
    assert said[1] == (
        f"Prognosen för helåret 2023 är 3{S}867{S}tkr (3{S}814 till 3{S}919{S}tkr), 117{S}tkr över budget; "
        "hela bandet ligger över budgeten."
    )
    assert said[2] == f"Det är 58{S}tkr högre än förra prognosen (3{S}809{S}tkr)."


def test_a_band_that_holds_the_budget_is_told_as_such(marts: Marts) -> None:
    wide = marts["forecast"].with_columns(forecast_sek_low=pl.col("budget_sek") - 1.0)
    assert "budgeten ligger inom bandet" in _said(marts | {"forecast": wide})[1]


def test_a_year_that_is_over_is_no_forecast(marts: Marts) -> None:
    done = marts["forecast"].with_columns(
        made_from=pl.lit(date(2023, 12, 1)), forecast_sek_low="forecast_sek", forecast_sek_high="forecast_sek"
    )
    said = _said(marts | {"forecast": done})
    assert said[1] == f"Helåret 2023 är 3{S}867{S}tkr, 117{S}tkr över budget."
    assert said[-1] == "September fjärrvärme och el är räknade från mätarna: fakturorna är inte inlästa."
    unnamed = {"forecast": done, "forecast_monthly": marts["forecast_monthly"].clear()}
    assert _said(marts | unnamed)[-1] == "I helåret är månader utan faktura räknade från mätarna."
    page = str(build(marts | {"forecast": done}, SiteOptions())["manaden.html"])
    assert ">Helår 2023<" in page and "Prognos helår 2023" not in page and "Året är slut." in page


def test_the_year_followed_is_the_latest_with_an_outcome_and_the_next_is_told_after_it(marts: Marts) -> None:
    none = [c for c in marts["forecast"].columns if c.endswith(("_sek", "_kwh", "_low", "_high"))]
    coming = marts["forecast"].with_columns(
        *(pl.lit(None, pl.Float64).alias(c) for c in none), year=pl.lit(2024, pl.Int64),
        reason=pl.lit("kan inte bedömas: väder saknas"), evidence_key=pl.lit("forecast/x/2024"),
    )  # fmt: skip
    both = pl.concat([marts["forecast"], coming.select(marts["forecast"].columns)], how="vertical_relaxed")
    said = _said(marts | {"forecast": both})
    assert said[1].startswith("Prognosen för helåret 2023 är")
    assert said[-1] == "Prognosen för helåret 2024 kan inte bedömas: väder saknas."


def test_every_dimension_has_a_table_with_energy_beside_money(marts: Marts, site: dict[str, str]) -> None:
    section = month.context(_view(marts))["sections"][0]
    assert [kind for kind, _ in section["dimensions"]] == ["carrier", "component", "account", "cost_centre"]
    for _, table in section["dimensions"]:
        heads = [head for head, _ in table.heads]
        assert {"Budget (tkr)", "Utfall (tkr)", "Avvikelse (tkr)", "Avvikelse (%)", "Energi (MWh)"} <= set(heads)
        assert {"Samma period i fjol (tkr)", "Kvar av årets budget (tkr)"} <= set(heads)
    names = [cells[0].text for _, cells in section["dimensions"][2][1].rows]
    assert names == ["5110 El", "5120 Fjärrvärme"]
    assert "4711 Sportcentrum &lt;drift&gt;" in site["manaden.html"]
    periods = [cells[0].text for _, cells in section["periods"].rows]
    assert periods == ["Månaden", "Hittills i år", "Tertial 1", "Tertial 2", "Tertial 3", "Helår"]


def test_deviations_tell_what_is_asked_and_where_to_answer(site: dict[str, str]) -> None:
    page = site["manaden.html"]
    assert f"2{S}avvikelser väntar på orsak. {month.ANSWER}" in page
    assert '<a href="energibok.xlsx">' in page.split(month.ANSWER)[1][:80]
    table = page.split('id="anl-torvalla-syntetisk-avvikelser"')[1].split("</table>")[0]
    assert table.count('<span class="mark warn">väntar på orsak</span>') == 2
    assert "Kallt väder och läckande port" in table and "driftchef" in table
    assert table.index("september") < table.index("februari")


def test_many_deviations_are_folded(marts: Marts) -> None:
    many = pl.concat([marts["deviations"]] * 20).with_row_index("n")
    many = many.with_columns(deviation_key=pl.format("{}-{}", "deviation_key", "n")).drop("n")
    section = month.context(_view(marts | {"deviations": many}))["sections"][0]
    assert len(section["deviations"].rows) == 12 and len(section["other"].rows) == 48


def test_greenhouse_gases_are_never_added_over_methods_or_years(marts: Marts) -> None:
    older = marts["climate"].with_columns(year=pl.lit(2022, pl.Int64), month=pl.col("month").dt.offset_by("-1y"))
    both = pl.concat([marts["climate"], older.select(marts["climate"].columns)], how="vertical_relaxed")
    view = _view(marts | {"climate": both})
    found = climate.tables(view, view.facilities()[0])
    assert len(found["last"].rows) == len(found["before"].rows) == 3
    cells = [[cell.text for cell in row] for _, row in found["last"].rows]
    assert [row[1] for row in cells] == ["leverantörens årsvärde", "platsbaserad", "marknadsbaserad"]
    kwh = marts["climate"].filter(pl.col("emission_method") == "supplier")["energy_kwh"].sum()
    assert text.number(kwh / 1e3 * 31.0) in cells[0]
    assert "Fjärrvärmebolaget AB, miljövärden 2022" in cells[0]
    assert cells[2][-1] == "Kan inte bedömas: ingen klimatfaktor är angiven för 2023" and "–" in cells[2]


def test_a_month_without_a_factor_leaves_the_year_unknown(marts: Marts) -> None:
    gap = marts["climate"].with_columns(
        co2e_kg=pl.when(pl.col("month") == date(2023, 3, 1)).then(None).otherwise("co2e_kg")
    )
    view = _view(marts | {"climate": gap})
    heads = [head for head, _ in climate.tables(view, view.facilities()[0])["last"].heads]
    assert "Energi (MWh)" in heads and "Klimatpåverkan (kg CO2e)" not in heads  # unknown for every carrier: left out


def test_without_a_budget_the_outcome_stands_with_the_reason(marts: Marts) -> None:
    names = [c for c in marts["budget_period"].columns if c.startswith(("budget", "deviation", "remaining"))]
    bare = marts["budget_period"].with_columns(*(pl.lit(None, pl.Float64).alias(c) for c in names),
                                               reason=pl.lit("budget saknas"))  # fmt: skip
    said = year.outcome_sentence(year.of(_view(marts | {"budget_period": bare}),  # type: ignore[arg-type]
                                         _view(marts).facilities()[0]), "tkr")  # fmt: skip
    assert said == f"Utfallet januari till september{S}2023 är 2{S}820{S}tkr. Budget saknas."


@pytest.mark.parametrize("left", [(), ("forecast",), ("budget_period",), ("forecast_monthly", "budget_month")])
def test_what_is_left_is_shown_and_what_is_missing_is_said(marts: Marts, left: tuple[str, ...]) -> None:
    some = {name: marts[name] for name in ("facilities", *left)}
    page = str(build(some, SiteOptions())["manaden.html"])
    assert "Data saknas" in page
    assert (year.NOTHING in page) == (not {"forecast", "budget_period"} & set(left))


def test_overview_tells_the_year_and_the_money_at_stake_with_links(site: dict[str, str]) -> None:
    page = site["index.html"]
    assert f"Prognosen för helåret 2023 är 3{S}867{S}tkr" in page
    assert (
        'href="manaden.html#anl-torvalla-syntetisk"' in page and 'href="fakturor.html#anl-torvalla-syntetisk"' in page
    )
    assert f"Fakturagranskningen: 53{S}tkr att kräva tillbaka av leverantörerna och 5,5{S}tkr att rätta" in page


def test_what_the_forecast_assumes_stands_beside_its_band(marts: Marts) -> None:
    told = marts["forecast"].with_columns(reason=pl.lit("elpriset antas bli som i fjol"))
    assert _said(marts | {"forecast": told})[1].endswith("Elpriset antas bli som i fjol.")
    page = str(build(marts | {"forecast": told}, SiteOptions())["manaden.html"])
    assert '<dd class="period">Elpriset antas bli som i fjol.</dd>' in page


def test_months_from_the_meters_and_months_that_lack_are_told(marts: Marts) -> None:
    electricity = pl.col("carrier") == "electricity"
    months = marts["forecast_monthly"].with_columns(
        basis=pl.when(pl.col("basis") == "forecast").then("basis")
        .when(electricity, pl.col("month") == date(2023, 8, 1)).then(pl.lit("accrued")).otherwise(pl.lit("outcome"))
    )  # fmt: skip
    words = "Augusti el är räknad från mätarna: fakturan är inte inläst."
    found = marts | {"forecast_monthly": months}
    assert words in _said(found)
    assert words in text.tied(str(build(found, SiteOptions())["index.html"]))
    gone = (pl.col("dimension") == "carrier") & electricity & (pl.col("month") == date(2023, 8, 1))
    budget = marts["budget_month"].with_columns(outcome_sek=pl.when(~gone).then("outcome_sek"))
    assert "Utfallet saknar augusti el." in _said(marts | {"budget_month": budget})
    none = months.with_columns(basis=pl.lit("outcome"))
    assert not [one for one in _said(marts | {"forecast_monthly": none}) if "från mätarna" in one]
    every = months.with_columns(basis=pl.lit("accrued"))
    assert "12 månader är räknade från mätarna: fakturorna är inte inlästa." in _said(
        marts | {"forecast_monthly": every}
    )


def test_the_year_that_the_overview_tells_stands_in_the_table_of_periods_too(marts: Marts) -> None:
    done = marts["forecast"].with_columns(
        made_from=pl.lit(date(2023, 12, 1)), forecast_sek_low="forecast_sek", forecast_sek_high="forecast_sek"
    )
    lacking = marts["budget_period"].with_columns(
        outcome_sek=pl.when(pl.col("period") == "year").then(None).otherwise("outcome_sek"),
        reason=pl.when(pl.col("period") == "year").then(pl.lit("utfall finns för 11 av 12 månader")),
    )
    view = _view(marts | {"forecast": done, "budget_period": lacking})
    shown = month.context(view)["sections"][0]["periods"]
    rows = {cells[0].text: [cell.text for cell in cells] for _, cells in shown.rows}
    spent = text.amount_number(done.filter(carrier="all", component="all", year=2023)["forecast_sek"][0], "tkr")
    assert spent in rows["Helår, räknat"] and spent in overview.context(view)["sections"][0]["year"]
    assert "ofullständigt" in rows["Helår"] and text.MISSING not in rows["Helår"]
    assert "Helår, räknat" in shown.note
    ongoing = month.context(_view(marts))["sections"][0]["periods"]
    assert all(cells[0].text != "Helår, räknat" for _, cells in ongoing.rows)
