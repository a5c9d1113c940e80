"""The block that joins the large figures: each as its mart has it, and whether they contradict each other."""

from __future__ import annotations

import polars as pl
import pytest

from dashboards.conform import conform
from dashboards.options import SiteOptions
from dashboards.pages import coherence
from dashboards.pages.base import Facility, View


def looking(marts: dict[str, pl.DataFrame], projects: int = 1) -> View:
    """Return a view of the made-up centre with so many projects of its own."""
    kept = conform(marts)
    rows = kept["projects"].filter(pl.col("facility") == kept["storage"]["facility"][0])
    return View({**kept, "projects": rows.head(projects).with_columns(placebo=pl.lit(value=False))}, SiteOptions())


def of_store(view: View) -> Facility:
    wanted = view.marts["storage"]["facility"][0]
    return next(f for f in view.facilities() if f.id == wanted)


@pytest.fixture
def view(marts: dict[str, pl.DataFrame]) -> View:
    return looking(marts)


def test_each_figure_is_its_marts_own(view: View) -> None:
    here = of_store(view)
    avoided, bridged, store = coherence.figures(view, here)
    head = view.rows("headline", facility=here.id, key="avoided_cost_last_12").row(0, named=True)
    assert (avoided.sek, avoided.low, avoided.high) == (head["value"], head["low"], head["high"])
    step = view.rows("bridge", facility=here.id, step="project", carrier="all")["amount_sek"].item()
    assert bridged.sek == -step and bridged.figure.startswith("−" if step < 0 else "+")
    assert store.sek == view.marts["storage"]["net_value_sek"][0]
    assert "minus är lägre kostnad" in bridged.measures and "{" not in bridged.measures + avoided.measures


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(-1e9, 1e9, "De motsäger inte varandra"), (1.0, 2.0, "ligger utanför bandet kring undviken kostnad")],
)
def test_whether_they_contradict_each_other_is_told(view: View, low: float, high: float, said: str) -> None:
    band = view.marts["headline"].with_columns(low=pl.lit(low), high=pl.lit(high))
    found = coherence.block(View({**view.marts, "headline": band}, view.options), of_store(view))
    assert found is not None and said in found["said"][0]


def test_the_letter_names_them_in_one_sentence(view: View) -> None:
    here = of_store(view)
    said = coherence.sentence(view, here)
    assert said.startswith("Undviken kostnad ") and said.count(".") == 1
    assert all(one.figure in said for one in coherence.figures(view, here))


def test_nothing_is_joined_where_there_is_one_figure_or_no_project(marts: dict[str, pl.DataFrame]) -> None:
    view = looking(marts)
    here = of_store(view)
    none = {name: view.marts[name].clear() for name in ("storage", "bridge")}
    alone = View({**view.marts, **none}, view.options)
    assert coherence.block(alone, here) is None and coherence.sentence(alone, here) == ""
    unknown = view.marts["headline"].with_columns(value=pl.lit(None, pl.Float64))
    assert coherence.block(View({**view.marts, "headline": unknown}, view.options), here) is None
    assert coherence.block(looking(marts, projects=0), here) is None
