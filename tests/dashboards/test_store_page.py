"""The page Lagret: two sums or factors that are both true say why, and contradicted meters give no figure."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from dashboards.charts import dispatch as picture
from dashboards.charts.store import net, performance
from dashboards.conform import conform
from dashboards.options import SiteOptions
from dashboards.pages import coherence, dispatch
from dashboards.pages import store as page
from dashboards.pages.base import Table, View


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def changed(marts: dict[str, pl.DataFrame], mart: str, **values: Any) -> View:
    """Return a view whose `mart` has some columns set."""
    kept = conform(marts)
    found = kept[mart].with_columns(**{
        name: pl.lit(value).cast(kept[mart].schema[name]) for name, value in values.items()
    })  # fmt: skip
    return View({**kept, mart: found}, SiteOptions())


def the_store(view: View) -> dict[str, Any]:
    """Return the one store of the page."""
    (found,) = [one for section in page.context(view)["sections"] for one in section["stores"]]
    return found


def written(table: Table, heading: str) -> list[str]:
    at = [head for head, _ in table.heads].index(heading)
    return [cells[at].text for _, cells in table.rows]


def test_a_surplus_is_the_operations_and_says_that_the_capital_is_left_out(marts: dict[str, pl.DataFrame]) -> None:
    view = changed(marts, "storage", delivered_kwh=500_000.0, electricity_cost_sek=100_000.0)
    said = plain(" ".join(the_store(view)["said"]))
    assert "Driften av lagret lönade sig: varje levererad MWh var värd 590 kr och kostade 200 kr i el." in said
    assert "Vad lagret kostade att bygga och sköta ingår inte" in said


def test_classes_have_their_units_in_the_heading_and_no_factor_without_delivery(marts: dict[str, pl.DataFrame]) -> None:
    hours = the_store(View(conform(marts), SiteOptions()))["hours"]
    assert written(hours, "Elpris (öre/kWh)") == ["under 42", "över 80", "ingen urladdning"]
    assert written(hours, "Värmepris (kr/MWh)") == ["över 576", "under 443", "–"]
    assert written(hours, "Ute (°C)") == ["kallare än 0", "varmare än 10", "–"]
    assert "Elen till att ladda står på sista raden" in hours.note


@pytest.mark.parametrize(("low", "high", "words"), [(-7.0, 3.0, True), (-7.0, -3.0, False)])
def test_a_drift_within_its_band_is_no_sure_change(
    marts: dict[str, pl.DataFrame], low: float, high: float, words: bool
) -> None:
    view = changed(marts, "storage", drift_pct=-5.0, drift_pct_low=low, drift_pct_high=high)
    drift = the_store(view)["figures"][3]
    assert plain(drift["figure"]) == "−5,0 %" and ("ingen säker ändring" in drift["beside"]) is words


def test_the_days_after_are_held_against_what_the_reference_expects_of_them() -> None:
    days = pl.DataFrame({
        "day": [date(2022, 1, 1), date(2023, 1, 1), date(2023, 1, 2)], "condition_name": ["lyft (K)"] * 3,
        "condition": [40.0, 30.0, 32.0], "cop": [3.0, 3.4, 3.3], "expected_cop": [3.0, 3.5, 3.4],
        "is_reference": [True, False, False],
    })  # fmt: skip
    drawn = performance(days, "k", "")
    assert plain(drawn.title) == (
        "Efter referensåret: värmefaktor 3,35 i medel av 2 dygn, referensen väntade 3,45 vid samma villkor"
    )
    assert plain(performance(days.head(1), "k", "").title) == "Värmefaktor 3,00 i medel av 1 dygn"


def test_a_worth_in_a_month_without_delivery_is_explained(marts: dict[str, pl.DataFrame]) -> None:
    idle = changed(marts, "storage_monthly", delivered_kwh=0.0, value_sek=2_900.0)
    assert "effektavgiften räknas på flera månaders högsta" in the_store(idle)["months"].note
    assert the_store(changed(marts, "storage_monthly", delivered_kwh=9.0))["months"].note == ""


def test_why_a_store_year_has_no_efficiency_is_told_once_below(marts: dict[str, pl.DataFrame]) -> None:
    years = the_store(changed(marts, "storage_years", reason="kan inte bedömas: bara 245 dygn"))["years"]
    assert years.note.count("kan inte bedömas: bara 245 dygn.") == 1 and "Orsak" not in dict(years.heads)


def test_two_sums_of_loss_and_two_contents_say_why_they_differ(marts: dict[str, pl.DataFrame]) -> None:
    view = View(conform(marts), SiteOptions())
    key = view.marts["storage"]["store"][0]
    assert "Lagerårets förlust räknas från årets första dygn till dess sista" in str(the_store(view)["years"].note)
    assert "räknas här från innehållet vid årets början" in str(dispatch.part(view, key, "a")["chart"])
    days = pl.DataFrame({"day": [date(2023, 1, 1), date(2023, 1, 2)], "content_kwh": [284e3, 286e3]})
    known = days.with_columns(pl.col("content_kwh").alias("reckoned_content_kwh"), operation=pl.lit("actual"))
    read = days.with_columns(pl.col("content_kwh") - 2_500)
    apart = picture._apart(known, read, "MWh", 1000.0)
    assert plain(apart) == ", och månadens medel skiljer därför som mest 2,5 MWh från det här"
    assert "kan därför visa något annat" in picture._apart(known, read.clear(), "MWh", 1000.0)


def test_a_net_without_some_of_its_months_says_how_many() -> None:
    ends = {f"{name}_sek": [None, 5_000.0, 3_000.0] for name in ("value", "electricity_cost", "net_value")}
    bands = {f"net_value_sek_{end}": [None, 5_000.0, 3_000.0] for end in ("low", "high")}
    months = pl.DataFrame(
        {"month": [date(2023, m, 1) for m in (1, 2, 3)], "reason": ["x", None, None], **ends, **bands}
    )
    assert plain(net(months, "k", "tkr").title) == ("1 månad kan inte bedömas; de andra 2 månaderna gav 8,0 tkr netto")
    assert plain(net(months.tail(2), "k", "tkr").title).startswith("Lagret gav 8,0 tkr netto februari 2023")


def test_the_net_is_of_the_months_drawn_also_where_one_of_them_is_unknown() -> None:
    """Five years of a thousand a month, the last unknown: 48 months are drawn, and 47 of them are summed."""
    year = [date(2019 + n // 12, n % 12 + 1, 1) for n in range(60)]
    worth = [1_000.0] * 59 + [None]
    columns = dict.fromkeys(("value_sek", "electricity_cost_sek", "net_value_sek", "net_value_sek_low",
                             "net_value_sek_high"), worth)  # fmt: skip
    months = pl.DataFrame({"month": year, "reason": [None] * 59 + ["x"], **columns})
    assert plain(net(months, "k", "tkr").title) == "1 månad kan inte bedömas; de andra 47 månaderna gav 47 tkr netto"


def operated(marts: dict[str, pl.DataFrame], billed_sek: float) -> View:
    """Return a view where the actual operation costs 4 609 tkr and the bills of its one meter `billed_sek`."""
    kept = conform(marts)
    ways = kept["storage_optimum"].filter(pl.col("operation") == "actual").head(1)
    months = {"from_month": date(2023, 1, 1), "to_month": date(2023, 12, 1)}
    ways = ways.with_columns(cost_sek=pl.lit(4_609_000.0), electricity_kwh=pl.lit(188_000.0),
                             **{name: pl.lit(day) for name, day in months.items()})  # fmt: skip
    lines = kept["storage_optimum_bill"].filter(pl.col("operation") == "actual").head(1)
    lines = lines.with_columns(metering_point=pl.lit("m"))
    cost = (
        kept["monthly_cost"]
        .head(1)
        .with_columns(metering_point=pl.lit("m"), month=pl.lit(date(2023, 5, 1)), amount_sek=pl.lit(billed_sek))
    )
    store = kept["storage"].with_columns(electricity_kwh=pl.lit(203_000.0),
                                         **{name: pl.lit(day) for name, day in months.items()})  # fmt: skip
    changes = {"storage_optimum": ways, "storage_optimum_bill": lines, "monthly_cost": cost, "storage": store}
    return View({**kept, **changes}, SiteOptions())


def test_the_operations_cost_and_electricity_are_joined_to_the_other_sums(marts: dict[str, pl.DataFrame]) -> None:
    view = operated(marts, 4_592_000.0)
    key = view.marts["storage"]["store"][0]
    note = plain(dispatch.part(view, key, "a")["tables"][0].note)
    assert "Den verkliga driften, 4 609 tkr, är de räkningar som lagret rör, 4 592 tkr ur mätarna" in note
    assert "(+17 tkr)" in note
    assert "Elen är den som följer laddning och leverans, 188 MWh av lagrets 203 MWh; resten, 15 MWh" in note
    same = operated(marts, 4_609_000.0)
    assert dispatch.as_if_repeated(same, key) == ""


def test_contradicted_meters_are_told_on_the_page_and_on_the_overview(marts: dict[str, pl.DataFrame]) -> None:
    kept = conform(marts)
    why = "kan inte bedömas: mätarna motsäger varandra: 662 MWh har tagits ut men bara 390 MWh laddats"
    nothing = {name: pl.lit(None, pl.Float64) for name in ("value_sek", "net_value_sek", "value_sek_per_mwh")}
    store = kept["storage"].with_columns(worth_reason=pl.lit(why), **nothing)
    limits = kept["storage_limits"].with_columns(
        level=pl.lit("warning"), contradicts=True, message=pl.lit(why.removeprefix("kan inte bedömas: "))
    )
    view = View({**kept, "storage": store, "storage_limits": limits}, SiteOptions())
    shown = the_store(view)
    said = " ".join(shown["said"])
    assert "de motsäger varandra, så varken värde, netto eller bättre drift räknas" in said and "lönade sig" not in said
    assert shown["figures"][0]["figure"] == "" and "390 MWh laddats" in shown["figures"][0]["cannot"]
    here = next(f for f in view.facilities() if f.id == store["facility"][0])
    (told,) = coherence._unknown(view, here)
    assert told.endswith(f"{why}.")
    assert coherence._unknown(View(kept, SiteOptions()), here) == []
