"""The chart of two price lists: both widths, Swedish numbers, no verdict on a partial bill, hostile names harmless."""

from __future__ import annotations

import re

import polars as pl
import pytest

from dashboards.charts import tariffs

FRAME = pl.DataFrame(
    [("fixed", 12000.0, 0.0), ("energy", 152300.0, 161000.0), ("return_temperature", -2300.0, 0.0)],
    schema={"component": pl.String, "cost_a_sek": pl.Float64, "cost_b_sek": pl.Float64}, orient="row",
)  # fmt: skip
NAMES = ("Göteborg 2024", "Borlänge 2024")


def make(frame=FRAME, totals=(162000.0, 161000.0), names=NAMES):
    return tariffs.chart(frame, totals, names, "k", "tkr")


def test_it_draws_twice_and_tells_its_finding():
    """161 000 - 162 000 = -1 000 SEK, 0.6 % of 162 000."""
    found = make()
    for drawing, width in ((found.wide, 760), (found.narrow, 330)):
        assert drawing.startswith('<svg role="img" aria-label="') and "http" not in drawing
        assert float(re.search(r'width="([\d.]+)"', drawing)[1]) <= width + 60
        assert "NaN" not in drawing and "null" not in drawing
    assert found.title == "B (Borlänge 2024) är 1,0\u00a0tkr (0,6\u00a0%) billigare än A (Göteborg 2024)"
    assert "energiavgift 152,3\u00a0tkr mot 161,0\u00a0tkr" in found.alt and found.alt.endswith(".")
    assert found.table.columns == ["Del", "A (tkr)", "B (tkr)", "Skillnad (tkr)"]
    assert found.table.row(-1) == ("Summa", 162.0, 161.0, -1.0)


def test_a_partial_bill_gets_no_verdict():
    frame = FRAME.with_columns(cost_b_sek=pl.when(pl.col("component") == "energy").then(None).otherwise("cost_b_sek"))
    found = make(frame, (162000.0, None))
    assert "kan inte bedömas" in found.title and "B kan inte bedömas" in found.wide
    assert found.table["Skillnad (tkr)"].to_list()[-1] is None


def test_nothing_known_is_said():
    frame = FRAME.with_columns(cost_a_sek=pl.lit(None, pl.Float64), cost_b_sek=pl.lit(None, pl.Float64))
    found = make(frame, (None, None))
    assert found.missing and not found.wide and "data saknas" in found.alt


def test_equal_costs_are_called_equal():
    assert "lika mycket" in make(totals=(5.0, 5.0)).title


@pytest.mark.parametrize("make_page", [lambda found: tariffs.page(found), lambda found: found.wide])
def test_hostile_names_are_harmless(make_page):
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
    out = make_page(make(names=(evil, evil * 9)))
    assert "<script" not in out and "<img" not in out


def test_the_page_has_drawing_table_and_no_address():
    out = tariffs.page(make())
    assert out.startswith("<!doctype html>") and 'lang="sv"' in out and "<svg" in out and "currentColor" not in out
    assert "<td>−2,3" in out and "http" not in out.replace("http-equiv", "")
    assert "<p>Ingen del" in tariffs.page(make(FRAME.clear(), (None, None)))
