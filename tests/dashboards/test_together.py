"""The marginal list on pages and letter: nothing is counted twice, and what to do next is told by what it adds."""

from __future__ import annotations

import polars as pl
import pytest

from dashboards.conform import conform
from dashboards.options import SiteOptions
from dashboards.pages import key_figures, overview, together
from dashboards.pages.base import Facility, View


@pytest.fixture
def view(marts: dict[str, pl.DataFrame]) -> View:
    return View(conform(marts), SiteOptions(organisation="Provkommun"))


@pytest.fixture
def here(view: View) -> Facility:
    return view.facilities()[0]


def test_the_marginal_list_says_what_it_adds_up_to(view: View, here: Facility) -> None:
    table = together.marginal(view, here)
    assert [cells[0].text for _, cells in table.rows] == ["1", "2", "3", "4"]
    # 142 000 + 57 900 + 71 200 + 11 670 = 282 770 kr; one by one 348 600
    assert "Tillsammans 283" in table.note and "summerat till 349" in table.note


def test_the_note_says_overlap_only_where_the_sum_is_less_and_names_the_step_that_adds_more(
    view: View, here: Facility
) -> None:
    """Where separate and together are the same there is no overlap; 23 alone against 24 in the list is said."""
    steps = view.marts["measures_combined"]
    assert "samma kilowattimmar" in together.marginal(view, here).note
    same = steps.with_columns(separate_sek_per_year=pl.col("cumulative_sek_per_year"))
    note = together.marginal(View({**view.marts, "measures_combined": same}, view.options), here).note
    assert "summerar de till lika mycket" in note and "kilowattimmar" not in note and "Mer efter" not in note
    more = same.with_columns(
        separate_sek_per_year=pl.col("separate_sek_per_year") - 1_000 * (pl.col("rank") == pl.col("rank").max())
    )
    note = together.marginal(View({**view.marts, "measures_combined": more}, view.options), here).note
    assert "kilowattimmar" not in note and "Mer efter de andra än var för sig ger" in note
    assert "(12\u00a0tkr mot 11\u00a0tkr)" in note


def test_what_to_do_next_is_told_by_what_it_adds(view: View, here: Facility) -> None:
    rows = together.actions(view, here, 3)
    assert rows["saving_sek_per_year"].to_list() == pytest.approx([142_000, 71_200, 57_900])
    assert overview.best_measures(view, here)[1]["saving"].startswith("71")


@pytest.mark.parametrize(("stage", "said"), [("senare", "1 är beslutad till senare"), ("pågår", "1 pågår redan")])
def test_what_is_put_off_or_under_way_is_not_what_to_do_next(view: View, here: Facility, stage: str, said: str) -> None:
    first = together.actions(view, here, 1)["measure_key"].item()
    changed = view.marts["measures"].with_columns(
        status=pl.when(pl.col("measure_key") == first).then(pl.lit(stage)).otherwise("status")
    )
    after = View({**view.marts, "measures": changed}, view.options)
    assert first not in together.actions(after, here, 9)["measure_key"]
    assert said in together.note(after, here)
    assert "Utanför" not in together.note(view, here)


def test_what_comes_once_stands_after_what_comes_every_year(view: View, here: Facility) -> None:
    """An amount of 142 000 kr once is not what to do before 57 900 kr every year."""
    once = together.actions(view, here, 1)["measure_key"].item()
    changed = view.marts["measures"].with_columns(one_off=pl.col("measure_key") == once)
    steps = view.marts["measures_combined"].filter(pl.col("measure_key") != once)  # no one-off is in the list
    rows = together.actions(
        View({**view.marts, "measures": changed, "measures_combined": steps}, view.options), here, 9
    )
    assert rows["measure_key"].to_list()[-1] == once
    assert rows["saving_sek_per_year"].to_list() == pytest.approx([71_200, 57_900, 11_670, 142_000])


def test_without_a_marginal_list_the_dearest_stand_one_by_one(view: View, here: Facility) -> None:
    alone = View({**view.marts, "measures_combined": view.marts["measures_combined"].clear()}, view.options)
    assert together.actions(alone, here, 2)["saving_sek_per_year"].to_list() == [142_000, 96_500]
    assert together.marginal(alone, here).rows == ()


def test_amounts_a_decision_made_void_leave_no_overlapping_amounts_beside_each_other(
    view: View, here: Facility
) -> None:
    """Of 142 000, 96 500 … kr a year one by one, only the first may stand."""
    void = view.marts["measures_combined"].with_columns(marginal_sek_per_year=pl.lit(None, pl.Float64))
    after = View({**view.marts, "measures_combined": void}, view.options)
    rows = together.actions(after, here, 3)
    assert rows.filter(~pl.col("one_off"))["saving_sek_per_year"].to_list() == [142_000]
    assert "räknas om vid nästa månadskörning" in together.note(after, here)


def test_key_figures_with_a_value_come_first_and_the_rest_say_why(view: View, here: Facility) -> None:
    table = key_figures.beside(view, here)
    assert [cells[0].text for _, cells in table.rows] == [
        "Köpt energi per m², idrottsanläggningar", "Köpt energi per m², badhus",
    ]  # fmt: skip
    texts = [[cell.text for cell in cells] for _, cells in table.rows]
    assert "311" in texts[0] and "270" in texts[0] and "över det publicerade" in texts[0]
    assert "450 (400 till 500)" in texts[1] and any("gäller badhus för sig" in one for one in texts[1])


def test_what_hardly_pays_back_stands_after_what_does_and_says_its_cost(view: View, here: Facility) -> None:
    """71 200 kr a year for a million is fourteen years; 57 900 is more than fifteen."""
    second, third = together.actions(view, here, 3)["measure_key"].to_list()[1:]
    dear = view.marts["measures"].with_columns(
        cost_class=pl.when(pl.col("measure_key").is_in([second, third])).then(pl.lit("hög")).otherwise("cost_class"),
        assumed_cost_sek=pl.when(pl.col("measure_key").is_in([second, third])).then(1e6).otherwise("assumed_cost_sek"),
    )
    after = View({**view.marts, "measures": dear}, view.options)
    rows = together.actions(after, here, 4)
    assert rows["saving_sek_per_year"].to_list() == pytest.approx([142_000, 71_200, 11_670, 57_900])
    best = overview.best_measures(after, here)
    assert best[1]["cost"] == "över 500 tkr, antaget 1\xa0000 tkr, intjänat på 14\xa0år"
    assert best[0]["cost"] == "ingen"
