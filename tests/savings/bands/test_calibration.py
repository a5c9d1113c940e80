"""The drift table: found again where it was put in, pooled, correlated, and the packaged one derived from its pairs."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from energy.savings.bands.calibration import FREEDOM, Pairs, calibrate, correlations, without
from energy.savings.baselines.drift import Drift, packaged_drift
from tests.coverage.__main__ import KEPT, TABLE, table
from tests.coverage.real import from_csv, measured, placebo_pairs


def made(count: int, scale: float, share: float, *, common: float = 0.0, seed: int = 4) -> Pairs:
    """Return pairs of `count` buildings with a meter of each kind and a known drift."""
    rng = np.random.default_rng(seed)
    model = np.repeat(rng.uniform(0.02, 0.08, count), 2)
    shared = np.repeat(rng.standard_normal(count), 2)
    normal = np.sqrt(common) * shared + np.sqrt(1 - common) * rng.standard_normal(2 * count)
    drift = scale * normal * np.sqrt(FREEDOM / rng.chisquare(FREEDOM, 2 * count))
    change = drift + share * model * rng.standard_normal(2 * count)
    names = np.repeat(np.array([f"b{i}" for i in range(count)]), 2)
    return Pairs(
        names, np.tile(["electricity", "heat"], count), np.full(2 * count, 2018), change, model, *[0 * model] * 3
    )


def test_what_was_put_in_is_found_again():
    found = calibrate(made(500, 0.05, 0.8))
    for kind in ("all", "electricity", "heat"):
        assert found[kind]["sd"] == pytest.approx(0.05 * np.sqrt(FREEDOM / (FREEDOM - 2)), rel=0.2)
        assert found[kind]["share"] == pytest.approx(0.8, abs=0.3)


def test_a_carrier_with_few_buildings_leans_on_all():
    pairs = made(40, 0.05, 0.0)
    wild = replace(pairs, change=np.where(pairs.kind == "heat", 4.0, 1.0) * pairs.change)
    heat = wild.where((wild.kind == "electricity") | (np.arange(len(wild.kind)) < 6))
    alone, few = calibrate(wild)["heat"]["sd"], calibrate(heat)["heat"]["sd"]
    assert calibrate(heat)["all"]["sd"] < few < alone


def test_how_much_of_a_step_is_kept_is_found_again():
    pairs, rng = made(200, 0.02, 0.0), np.random.default_rng(8)
    assert calibrate(pairs)["heat"]["kept"] == pytest.approx(1.0, abs=0.02)  # without a step the prior is all there is
    step = 0.05 * rng.standard_normal(len(pairs.change))
    for kept in (0.2, 1.0):
        told = replace(pairs, level_step=step, change=(1 + pairs.change) * (1 + kept * step) / (1 + step) - 1)
        found = calibrate(told)
        assert [found[k]["kept"] for k in ("all", "heat")] == pytest.approx([kept, kept], abs=0.15)
        assert told.keeping(kept).change == pytest.approx(pairs.change)
    doubtful = replace(pairs, model_sd=np.full(400, 0.05), level_sd=np.full(400, 0.03))
    assert doubtful.keeping(0.0).model_sd == pytest.approx(0.04) and doubtful.keeping(1.0).model_sd == pytest.approx(
        0.05
    )


def test_all_meters_of_a_building_leave_together():
    left = without(made(5, 0.05, 0.5), "b3")
    assert len(left.change) == 8 and "b3" not in left.building


def test_correlation_of_meters_of_a_building_is_found_and_bands_use_one_error_more():
    pairs = made(300, 0.05, 0.0, common=0.6)
    within, between = correlations(pairs, calibrate(pairs))
    assert within.estimate == pytest.approx(0.52, abs=0.15)  # cutting the long tails takes some of 0.6
    assert within.count == 300
    assert abs(between.estimate) < 0.05 and between.used >= between.estimate
    assert within.used == pytest.approx(within.estimate + within.error)


def test_the_packaged_table_is_what_the_kept_pairs_give():
    packaged = TABLE.read_text(encoding="utf-8")
    dated = tomllib.loads(packaged)["dated"].isoformat()
    assert table(from_csv(KEPT), dated) == packaged


def test_the_packaged_drift_is_dated_data_with_a_source():
    for carrier in ("electricity", "district_heating", None):
        found = packaged_drift(carrier)
        assert 0.02 < found.sd < 0.2 and 0.0 <= found.share <= 1.25 and "10.5281/zenodo.10955332" in found.source
        assert found.freedom == FREEDOM and 0.0 <= found.between_sites <= found.within_site < 1.0
    assert packaged_drift("gas") == packaged_drift("district_heating") != packaged_drift("electricity")


def test_sizes_are_of_mean_square_one_and_those_of_a_normal_drift_are_one():
    rng = np.random.default_rng(1)
    assert np.array_equal(Drift(0.1, "prov").sizes(rng, 3), np.ones(3))
    assert np.mean(Drift(0.1, "prov", freedom=4).sizes(rng, 200_000) ** 2) == pytest.approx(1.0, abs=0.1)


@pytest.mark.real
def test_kept_pairs_are_those_of_the_real_meters(real_data: Path):
    found = measured(placebo_pairs(real_data, lambda building, meter: (building, meter) == ("b111", "gas"))[0])
    kept = from_csv(KEPT)
    mine = kept.where((kept.building == "b111") & (kept.kind == "heat"))
    assert found.change == pytest.approx(mine.change, abs=0.02)  # the model may have been mended a little since
    assert found.model_sd == pytest.approx(mine.model_sd, rel=0.25)
