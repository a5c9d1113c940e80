"""Every chart: draws with data, says what is missing without, and never shows an English month or number."""

from __future__ import annotations

import re
from collections.abc import Callable

import polars as pl
import pytest

from dashboards.charts import (
    Chart,
    bridge,
    budget,
    cost,
    coverage,
    cusum,
    duration,
    heatmap,
    payback,
    savings,
    signature,
    temperature,
    tornado,
)
from dashboards.conform import conform

HEAT = "district_heating"


def _of(mart: str, carrier: str | None) -> Callable[[dict[str, pl.DataFrame]], pl.DataFrame]:
    return lambda marts: marts[mart] if carrier is None else marts[mart].filter(pl.col("carrier") == carrier)


def _group(mart: str) -> Callable[[dict[str, pl.DataFrame]], pl.DataFrame]:
    return lambda marts: marts[mart].filter(pl.col("cost_bearer") == "all")


RETURNS = {"net_investment_sek": 6.56e6, "simple_payback_years": 11.2, "pays_back_pct": 100.0, "horizon_years": 50}
CASES: dict[
    str, tuple[Callable[[dict[str, pl.DataFrame]], pl.DataFrame], Callable[[pl.DataFrame, pl.DataFrame], Chart]]
]
CASES = {
    "bridge": (_of("bridge", "all"), lambda f, e: bridge.chart(f, "k", "tkr")),
    "budget": (
        lambda marts: marts["forecast_monthly"].filter(pl.col("carrier") == HEAT),
        lambda f, e: budget.chart(conform({})["budget_month"], f, "k", "tkr", "fjärrvärme", 2023),
    ),
    "cost": (_of("monthly_cost", HEAT), lambda f, e: cost.chart(f, "k", "tkr", HEAT)),
    "savings_cost": (_of("savings_monthly", HEAT), lambda f, e: savings.cost(f, "k", "tkr", HEAT)),
    "savings_energy": (_of("savings_monthly", HEAT), lambda f, e: savings.energy(f, "k", HEAT)),
    "signature": (_of("signature", HEAT), lambda f, e: signature.chart(f, "k", HEAT)),
    "duration": (_of("duration", HEAT), lambda f, e: duration.chart(f, "k", HEAT)),
    "temperature": (_of("daily", HEAT), lambda f, e: temperature.chart(f, "k")),
    "cusum": (_of("cusum", HEAT), lambda f, e: cusum.chart(f, cusum.numbered(e, HEAT), "k", HEAT)),
    "coverage": (_of("coverage", None), lambda f, e: coverage.chart(f, "k")),
    "payback": (_group("economics_years"), lambda f, e: payback.chart(f, RETURNS, "k", "tkr")),
    "tornado": (_group("economics_tornado"), lambda f, e: tornado.chart(f, "k", "tkr")),
    "heatmap": (_of("heatmap", HEAT), lambda f, e: heatmap.chart(f, "k", HEAT)),
}


@pytest.mark.parametrize("name", list(CASES))
def test_a_chart_draws_twice_and_tells_its_finding(name: str, marts: dict[str, pl.DataFrame]) -> None:
    shown = conform(marts)
    rows, make = CASES[name]
    chart = make(rows(shown), shown["events"])
    assert chart.missing is None
    for drawing, width in ((chart.wide, 760), (chart.narrow, 330)):
        assert drawing.startswith('<svg role="img" aria-label="')
        assert drawing.count("aria-label") == 1
        assert "http" not in drawing
        assert float(re.search(r'width="([\d.]+)"', drawing).group(1)) <= width + 60  # type: ignore[union-attr]
        assert not re.search(r">(Jan|Feb|Mar|Apr|May|Okt|Oct|NaN|null|undefined)\b", drawing)
    assert chart.title and chart.alt.endswith(".") and chart.table.height > 0
    assert chart.table.height <= 5000
    assert not any("_" in column for column in chart.table.columns), chart.table.columns


@pytest.mark.parametrize("name", list(CASES))
def test_a_chart_without_data_says_so(name: str) -> None:
    shown = conform({})
    rows, make = CASES[name]
    chart = make(rows(shown), shown["events"])
    assert chart.missing and not chart.wide and not chart.narrow
    assert "data saknas" in chart.alt


@pytest.mark.parametrize("name", list(CASES))
def test_a_chart_with_one_row_draws_or_says_why(name: str, marts: dict[str, pl.DataFrame]) -> None:
    shown = conform(marts)
    rows, make = CASES[name]
    chart = make(rows(shown).head(1), shown["events"].head(0))
    assert bool(chart.wide) != bool(chart.missing)


def test_the_bridge_ends_where_the_after_bar_ends(marts: dict[str, pl.DataFrame]) -> None:
    steps = conform(marts)["bridge"].filter(pl.col("carrier") == "all")
    shown = bridge._positions(steps, "tkr")
    ends = dict(shown.select("step", "end").iter_rows())
    assert ends["unexplained"] == pytest.approx(ends["after"])
    assert bridge.chart(steps, "k", "tkr").title == "Energiprojektet sänkte kostnaden med 764\u00a0tkr"


def test_the_bridge_with_an_unknown_step_gives_its_reason(marts: dict[str, pl.DataFrame]) -> None:
    steps = conform(marts)["bridge"].filter(pl.col("carrier") == "all").with_columns(
        amount_sek=pl.when(pl.col("step") == "project").then(None).otherwise(pl.col("amount_sek")),
        reason=pl.lit("baslinjen klarar inte kraven"))  # fmt: skip
    assert bridge.chart(steps, "k", "tkr").missing == "Baslinjen klarar inte kraven."
    assert bridge.chart(steps, "k", "tkr", gap="Mars går inte att prissätta.").missing == "Mars går inte att prissätta."


def test_the_heat_map_marks_unknown_hours_as_clear(marts: dict[str, pl.DataFrame]) -> None:
    frame = conform(marts)["heatmap"].filter(pl.col("carrier") == HEAT)
    _, _, grid = heatmap._grid(frame.drop_nulls("power_kw"))
    assert grid.shape == (24, 365)
    assert int((grid != grid).sum()) == frame.get_column("power_kw").null_count() == 144


def test_events_are_numbered_in_order_of_time(marts: dict[str, pl.DataFrame]) -> None:
    found = cusum.numbered(conform(marts)["events"])
    assert found["number"].to_list() == [1, 2, 3, 4]
    assert found["start_utc"].is_sorted()


def test_coverage_tells_meters_of_one_name_apart(marts: dict[str, pl.DataFrame]) -> None:
    same = conform(marts)["coverage"].with_columns(name=pl.lit("Mätare"))
    assert len(coverage.chart(same, "k").table.columns) == 1 + same["metering_point"].n_unique()


def test_the_year_is_outcome_then_estimate_then_forecast_beside_the_budget(marts: dict[str, pl.DataFrame]) -> None:
    shown = conform(marts)
    planned = shown["budget_month"].filter(pl.col("dimension") == "facility")
    coming = shown["forecast_monthly"].filter(pl.col("carrier") == "all")
    chart = budget.chart(planned, coming, "k", "SEK", "alla energislag", 2023)
    assert chart.table["Visar"].to_list() == ["utfall"] * 8 + ["uppskattat utfall"] + ["prognos"] * 3
    assert chart.table["Undre gräns (kr)"].null_count() == 9 and chart.table["Energi (MWh)"].null_count() == 0
    known = planned.sort("month").head(9)
    off = round(known["outcome_sek"].sum() - known["budget_sek"].sum())
    amount = f"{off:,}".replace(",", "\u00a0")
    until = "utfallet till och med september, delvis uppskattat, är"
    assert chart.title == f"Alla energislag: {until} {amount}\u00a0kr över budget"


def test_without_a_forecast_the_outcome_of_the_budget_is_drawn(marts: dict[str, pl.DataFrame]) -> None:
    planned = conform(marts)["budget_month"].filter(pl.col("dimension") == "facility")
    chart = budget.chart(planned, conform({})["forecast_monthly"], "k", "tkr", "alla energislag", 2023)
    assert chart.table["Visar"].drop_nulls().to_list() == ["utfall"] * 9
    assert chart.table.height == 12 and "prognos" not in chart.note
    other = budget.chart(planned, conform({})["forecast_monthly"], "k", "tkr", "alla energislag", 2031)
    assert other.missing == budget.NO_YEAR
