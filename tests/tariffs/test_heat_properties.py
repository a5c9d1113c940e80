"""What must hold for the heat methods whatever the load: sums, scaling, each draw alone, additivity over time."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.model import BillingContext, Load
from energy.tariffs.bill import bill, by_month, total
from tests.tariffs.loads import METER, component, contract, hours, price_list

FIRST, END = date(2022, 1, 1), date(2025, 1, 1)
HOURS = hours(FIRST, END)
DAYS = [FIRST + timedelta(days=i) for i in range((END - FIRST).days)]
COLD = 4 - 14 * np.cos(2 * np.pi * (np.arange(len(DAYS)) - 15) / 365.25)
OUTDOOR = COLD + np.random.default_rng(3).normal(0, 4, len(DAYS))
CONTEXT = BillingContext(
    outdoor_daily_c=dict(zip(DAYS, OUTDOOR.tolist(), strict=True)),
    normal_heating_degree_days_kd=dict.fromkeys(range(1, 13), 300.0),
)
MONTHS = [date(2024, 2, 1), date(2024, 9, 1)]
HIGHEST = '{ method = "mean_of_highest_daily_means", n = 3, window_months = 12, applies_from_month = 1 }'
POWERS = {
    "mean_of_highest_daily_means": {"n": "2", "window_months": "24", "applies_from_month": "1", "of": '"hour"'},
    "highest_daily_mean_in_season": {"season_months": "[10, 11, 12, 1, 2, 3]", "excluded_below_c": "-15.0"},
    "effect_signature": {"season_months": "[11, 12, 1, 2, 3]", "design_c": "-16.0"},
    "category_number": {"hours": "1700.0", "reset_above_share": "0.1", "weather_share": "0.7"},
    "utilisation_shortfall": {"power": HIGHEST, "reference_h": "2300.0"},
    "power_in_category": {"power": HIGHEST, "below_h": "6000.0"},
}
BODY = "".join(component(name, "SEK/kW,month", "value = 50", **each) for name, each in POWERS.items())
seeds = st.integers(0, 2**32 - 1)


def random_load(seed: int, draws: int = 1, factor: float = 1.0) -> Load:
    """A building: base, heat against the cold, and noise of hours."""
    rng = np.random.default_rng(seed)
    slope = rng.uniform(2, 6, draws)
    daily = 20 + slope * np.maximum(0, 17 - OUTDOOR)[:, None]
    energy = np.repeat(daily, 24, axis=0) * rng.gamma(20, 0.05, (len(HOURS), draws)) * factor
    return Load(METER, HOURS, energy, energy * 0.02, energy * 1.6, energy * 0.02 * rng.uniform(35, 65, energy.shape))


def billed(load: Load, body: str = BODY, months=MONTHS):
    return bill(load, [contract("prov")], [price_list(body)], months, CONTEXT)


@settings(max_examples=5, deadline=None)
@given(seeds, st.floats(0.1, 10))
def test_powers_are_homogeneous_of_degree_one(seed, factor):
    once, more = billed(random_load(seed)), billed(random_load(seed, factor=factor))
    assert len(once) == len(MONTHS) * len(POWERS)
    for one, other in zip(once, more, strict=True):
        assert other.quantity == pytest.approx(factor * one.quantity)
        assert other.amount_sek == pytest.approx(factor * one.amount_sek)


@settings(max_examples=5, deadline=None)
@given(seeds)
def test_draws_are_billed_as_if_each_were_alone_and_components_sum(seed):
    load = random_load(seed, draws=3)
    together = billed(load)
    assert total(together) == pytest.approx(sum(by_month(together).values()))
    for draw in range(3):
        arrays = (load.energy_kwh, load.volume_m3, load.supply_m3c, load.return_m3c)
        alone = billed(Load(METER, HOURS, *(values[:, [draw]] for values in arrays)))
        amounts = {(one.month, one.label): float(one.amount_sek[0]) for one in alone}
        for one in together:
            assert float(one.amount_sek[draw]) == pytest.approx(amounts.get((one.month, one.label), 0.0), rel=1e-9)


@settings(max_examples=5, deadline=None)
@given(seeds, st.integers(2, 29))
def test_two_parts_of_a_month_sum_to_the_month(seed, day):
    body = (
        BODY
        + component("billed_energy_kwh", "SEK/MWh", "value = 400")
        + component("billed_flow_m3", "SEK/m3", "value = 4")
        + component("flow_against_reference", "SEK/m3", "value = 4", reference_m3_per_mwh="19.0")
    )
    cut = f"2024-02-{day:02d}"
    halves = [price_list(body, id='"a"', valid_to=cut), price_list(body, id='"b"', valid_from=cut)]
    load = random_load(seed)
    split = bill(load, [contract("prov")], halves, MONTHS[:1], CONTEXT)
    for one in billed(load, body, MONTHS[:1]):
        same = [half.amount_sek for half in split if half.label == one.label]
        assert np.sum(same, axis=0) == pytest.approx(one.amount_sek)


def test_one_missing_hour_leaves_no_component_with_a_quiet_figure():
    load = random_load(1)
    load.energy_kwh[24 * DAYS.index(date(2023, 1, 11)) + 5] = np.nan
    for one in billed(load, months=MONTHS[:1]):
        assert np.isnan(one.amount_sek).all() and one.reason, one.label


def test_power_methods_take_what_a_day_of_the_year_gives_in_any_order_of_months():
    load = random_load(2)
    forwards, backwards = billed(load, months=MONTHS), billed(load, months=MONTHS[::-1])
    assert [one.amount_sek.tobytes() for one in forwards] == [one.amount_sek.tobytes() for one in backwards]
