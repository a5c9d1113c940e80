"""Draws, quantiles and bands: limit cases by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from energy.errors import SettingsError
from energy.measures import MEASURES
from energy.measures.assumptions import SHARED, Assumption, assumption, parse, table
from energy.measures.shared.bands import band, confidence, generator, shared, triangle, week_weights, weighted_quantile
from energy.measures.shared.days import Days, sv
from energy.measures.shared.signature import fit_signature
from energy.model import Band
from tests.measures.facility import DAYS, START, column
from tests.measures.operation.plant import plant


def given(low: float, central: float, high: float) -> Assumption:
    return Assumption(low, central, high, "", date(2026, 1, 1), True, "test")


def test_triangle_begins_with_the_central_value_and_follows_its_distribution() -> None:
    drawn = triangle(given(1, 2, 5), 4000, generator(1, "a"))
    assert drawn[0] == 2
    assert drawn[1:].mean() == pytest.approx((1 + 2 + 5) / 3, abs=0.01)  # mean of a triangle
    assert (drawn[1:] < 2).mean() == pytest.approx(1 / 4, abs=0.01)  # (mode - low) / (high - low)
    assert drawn.min() >= 1 and drawn.max() <= 5


def test_triangle_with_its_mode_at_the_edge() -> None:
    drawn = triangle(given(0.7, 1, 1), 100, generator(1, "a"))
    assert drawn[0] == 1 and drawn.min() >= 0.7 and drawn.max() <= 1
    assert (triangle(given(3, 3, 3), 4, generator(1, "a")) == 3).all()


def test_same_seed_and_names_give_the_same_draws() -> None:
    one, two, other = (triangle(given(0, 1, 2), 5, generator(7, name)) for name in ("a", "a", "b"))
    assert (one == two).all() and (one != other).any()


def test_week_weights_keep_weeks_whole_and_the_number_of_weeks() -> None:
    day = np.arange(np.datetime64("2023-01-05"), np.datetime64("2023-03-30"))  # 12 whole weeks of seven days
    weights = week_weights(day, 30, generator(1, "a"))
    assert (weights[:, 0] == 1).all()
    assert (weights.sum(axis=0) == len(day)).all()
    assert (weights.reshape(12, 7, 31) == weights.reshape(12, 7, 31)[:, :1]).all()


def test_weighted_quantile_by_hand() -> None:
    values = np.array([[3.0, 3.0, 3.0], [1.0, 1.0, 1.0], [2.0, 2.0, 2.0], [4.0, 4.0, 4.0]])
    weights = np.array([[1.0, 0.0, 0.0], [1.0, 4.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    found = weighted_quantile(values, weights, 0.5)
    assert found[:2] == pytest.approx([2.0, 1.0])
    assert np.isnan(found[2])


def test_band_holds_the_central_case_even_at_the_edge_of_the_draws() -> None:
    found = band(np.array([10.0, 1.0, 2.0, 3.0]))
    assert (found.value, found.high) == (10.0, 10.0) and found.low < 2.0


@pytest.mark.parametrize(("half", "grade"), [(0.2, "hög"), (0.4, "medel"), (0.6, "låg")])
def test_confidence_follows_the_width_of_the_band(half: float, grade: str) -> None:
    assert confidence(Band(100, 100 - 100 * half, 100 + 100 * half)) == grade
    assert confidence(Band(100, 100 - 100 * half, 100 + 100 * half), "låg") == "låg"


def test_signature_finds_its_own_parameters_in_spite_of_outliers() -> None:
    temperature = np.linspace(-20, 25, 365)
    power = 40 + 6 * np.maximum(0, 12 - temperature)
    power[::40] += 300
    fitted = fit_signature(power, temperature, np.ones((365, 2)))
    assert fitted.base_kw == pytest.approx([40, 40], abs=0.5)
    assert fitted.slope_kw_per_k == pytest.approx([6, 6], abs=0.05)
    assert (fitted.balance_c == 12).all()


def test_signature_of_a_load_that_falls_with_cold_is_flat() -> None:
    temperature = np.linspace(-20, 25, 365)
    fitted = fit_signature(200 + temperature, temperature, np.ones((365, 1)))
    assert fitted.slope_kw_per_k[0] == 0.0
    assert fitted.base_kw[0] == pytest.approx(200 + np.median(temperature), abs=0.2)


def test_days_are_whole_days_of_normal_time_and_a_missing_hour_unmakes_one() -> None:
    days = Days.of(START[5:-3])
    assert str(days.day[0]) == "2022-01-02" and str(days.day[-1]) == "2023-12-30" and days.first == 19
    values = column(1.0)[:, 0]
    values[30] = np.nan
    means = Days.of(START).mean(values)
    assert len(means) == DAYS and np.isnan(means[1]) and np.isfinite(np.delete(means, 1)).all()


def test_numbers_are_written_as_swedes_write_them() -> None:
    assert sv(-1234567.891, 1) == "−1\u00a0234\u00a0567,9"
    assert sv(float("nan")) == "saknas"


def test_every_assumption_has_unit_date_and_source_and_belongs_to_a_rule() -> None:
    assert set(table()) - set(SHARED) <= {rule.id for rule in MEASURES}
    assert set(SHARED) <= set(table())
    for entries in table().values():
        for found in entries.values():
            assert found.unit and found.set_on >= date(2026, 1, 1)
            assert found.own == found.source.startswith("eget antagande")
    assert assumption("heat_bought_while_rejecting", "usable_share").high == 0.71


@pytest.mark.parametrize(
    "text",
    [
        "[a.b]\ncentral = 1.0\n",
        '[a.b]\ncentral = 1.0\nunit = "kr"\nset = 2026-01-01\nown = true\nsource = ""\n',
        '[a.b]\nlow = 2.0\ncentral = 1.0\nunit = "kr"\nset = 2026-01-01\nown = true\nsource = "x"\n',
        '[a.b]\ncentral = 1.0\nunit = "kr"\nset = 2026-01-01\nown = true\nsource = "x"\nguess = 1\n',
    ],
)
def test_a_wrong_assumption_is_an_error_that_names_file_and_key(text: str) -> None:
    with pytest.raises(SettingsError, match=r"assumptions\.toml: nyckel «a\.b»"):
        parse(text)


def test_a_shared_assumption_is_one_draw_in_the_whole_facility() -> None:
    context = plant({})
    one, again = shared(context, "ice", "cop"), shared(context, "ice", "cop")
    assert (one == again).all() and one[0] == assumption("ice", "cop").central and len(one) == 1 + context.draws
    assert (one != shared(replace(context, facility="annan"), "ice", "cop"))[1:].all()
    assert abs(np.corrcoef(one, shared(context, "ice", "lift_cop"))[0, 1]) < 0.5


def test_numbers_of_the_rules_stand_in_the_tables() -> None:
    expected = {
        ("steep_heating_curve", "least_slope"): 0.3,
        ("nights", "late_days"): 120.0,
        ("nights", "sure"): 4.0,
        ("billed_heat_power", "level_days"): 10.0,
        ("billed_heat_power", "scatter_days"): 30.0,
        ("winters", "odd_spreads"): 4.0,
        ("winters", "years"): 40.0,
        ("monthly_power_peaks", "level_days"): 5.0,
        ("monthly_power_peaks", "scatter_days"): 15.0,
        ("closed_hours_base_load", "least_months"): 6.0,
        ("heat_pump_cop_drift", "most"): 0.9,
        ("dehumidifier_set_too_dry", "most"): 0.9,
        ("dehumidifier_set_too_dry", "least_hours"): 12.0,
    }
    assert {key: assumption(*key).central for key in expected} == expected
