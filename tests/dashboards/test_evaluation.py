"""The report page of `evaluate`: what it says of coverage, and that it stands any frame."""

from __future__ import annotations

from datetime import date

import polars as pl

from dashboards.evaluation import Facts, build, coverage, difference, expected_range, moved
from energy.savings.scores.scoring import COLUMNS, summary

FACTS = Facts("r.parquet", "w.parquet", (date(2022, 1, 1), date(2022, 12, 31)), (date(2023, 1, 1), date(2023, 12, 31)),
              "0.1", "2026-11-30 12:00")  # fmt: skip


def scored(**values: object) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(COLUMNS)
    row |= {"meter_id": "a", "n_train": 8760, "n_test": 8760, "n_left_out": 0}
    return row | values


def good(name: str, low: float, high: float) -> dict[str, object]:
    return scored(
        meter_id=name, cvrmse_hourly_pct=20.0, cvrmse_daily_pct=15.0, nmbe_pct=1.0, actual_kwh=1000.0,
        difference_kwh=(low + high) / 2, band_low_kwh=low, band_high_kwh=high, half_width_pct=(high - low) / 20,
        interval_score_pct=10.0, covers_zero=low <= 0 <= high, lag_h=24.0,
    )  # fmt: skip


def frame(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=COLUMNS)


def page(found: pl.DataFrame) -> str:
    months = pl.DataFrame({"month": [date(2023, 1, 1)], "metered_kwh": [10.0], "predicted_kwh": [11.0]})
    return build(found, summary(found), dict.fromkeys(found["meter_id"].to_list(), months), FACTS)


def test_expected_range_by_hand():
    # ten coins of 0.9: P(6 or fewer) = 0.0128, P(7 or fewer) = 0.0702, so the lower end is 7
    assert expected_range(10) == (7, 10)
    assert expected_range(1) == (0, 1)
    low, high = expected_range(2000)
    assert 1770 < low < 1785 and 1815 < high < 1830


def test_the_statement_tells_too_few_and_enough():
    few = frame(*(good(str(n), 1.0, 9.0) for n in range(10)))
    assert "0 av 10" in coverage(few) and "färre än väntat" in coverage(few)
    enough = frame(*(good(str(n), -5.0, 9.0) for n in range(9)), good("x", 1.0, 9.0))
    assert "9 av 10" in coverage(enough) and "Det är inom det väntade." in coverage(enough)
    assert "rymmer inte noll för x: där har något ändrats" in coverage(enough)  # 9 of 10 is as promised, x still moved
    assert "rymmer inte noll för 0, 1, 2, 3, 4 och 5\u00a0mätare till" in coverage(few)
    one = coverage(frame(good("x", 1.0, 9.0)))
    assert "0 av 1" in one and "rymmer inte noll för x" in one and "prövar inte metoden" in one and "väntat" not in one
    assert "Ingen mätare" in coverage(frame(scored(disqualified="kan inte bedömas: prov")))


def test_a_step_within_the_training_is_told_by_how_wrong_the_model_may_be():
    refused = scored(meter_id="c", moved_pct=40.0, disqualified="kan inte bedömas: prov")
    rows = [good("a", -5.0, 9.0) | {"moved_pct": 28.4}, good("b", -5.0, 9.0) | {"moved_pct": 0.4}, refused]
    said = moved(frame(*rows))
    assert "i a (28\u00a0%). Modellen blir då ett medel" in said and "b (" not in said and "c (" not in said
    assert "a (28\u00a0%)" in page(frame(*rows)) and moved(frame(good("b", 1.0, 2.0))) == ""


def test_the_difference_is_written_with_its_band():
    assert difference(good("a", -5000.0, 9000.0)) == "2,0 (−5,0 till 9,0)"
    saved = {**good("a", -5000.0, 9000.0), "predicted_kwh": 10_000.0}
    assert difference(saved) == "2,0 (−5,0 till 9,0), 20,0\u00a0%"  # the saving as a share of what was expected
    assert difference(scored()) == "–"


def test_a_page_of_nothing_but_refusals():
    found = page(frame(scored(disqualified="kan inte bedömas: mätaren visar samma värde hela tiden")))
    assert "Mätaren visar samma värde hela tiden." in found and "Ingen mätare har kunnat bedömas" in found


def test_a_page_shows_best_middle_and_worst():
    rows = [good(f"m{n}", -5.0, 9.0) | {"cvrmse_daily_pct": float(n)} for n in range(1, 6)]
    found = page(frame(*rows))
    assert all(word in found for word in ("Bäst träff", "Mitten", "Sämst träff", "m1: fel", "m3: fel", "m5: fel"))
    one = page(frame(rows[0]))
    assert one.count("m1: fel per dygn") >= 1
