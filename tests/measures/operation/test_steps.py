"""Set points and loads that changed one day and stayed: what each rule makes of a step it can see, and of none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from energy.measures import MeasureContext, MeasureFinding, Silent
from energy.measures.operation import (
    base_load_creep,
    dehumidifier_set_too_dry,
    hot_water_rising,
    ice_too_cold,
    pool_water_temperature,
    resurfacing_volume,
    step_in_load,
    thick_ice,
    warm_rink_air,
)
from energy.measures.shared.days import Days
from energy.measures.shared.steps import share_since
from energy.model import Floats, Load, Use
from tests.measures.facility import HEAT, HOURS, POWER, START, clock_hour, column, day_index
from tests.measures.operation.plant import only, plant, trend

STEP = np.arange(HOURS) >= day_index("2023-01-01") * 24
ICE = np.ones(HOURS)


def scatter(seed: int, of: float = 0.03) -> Floats:
    return 1 + of * np.random.default_rng(seed).standard_normal(HOURS)


def stepped(before: float, after: float) -> Floats:
    return np.where(STEP, after, before)


def rink(kind: str, before: float, after: float, noise: float) -> MeasureContext:
    values = stepped(before, after) + noise * np.random.default_rng(5).standard_normal(HOURS)
    power = {"km": ("ice_plant", np.full(HOURS, 100.0)), "avf": ("dehumidifier", stepped(20.0, 25.0))}
    return plant(power, trends=[trend(kind, values, "ishall A")], ice_season=ICE)  # type: ignore[arg-type]


# rule, its sensor, level before, level after, saving at 1 kr/kWh by hand
SET_POINTS: tuple[tuple[ModuleType, str, float, float, float], ...] = (
    # 1 K colder · 6 % ice load and work (share_per_k, no area told), of which nine tenths remain
    (ice_too_cold, "ice_temperature_c", -4.0, -5.0, 0.9 * 0.06 * 100 * 8760),
    # 20 mm · 2,5 % per cm
    (thick_ice, "ice_thickness_mm", 30.0, 50.0, 0.05 * 100 * 8760),
    # 3 K · 6 %
    (warm_rink_air, "indoor_temperature_c", 6.0, 9.0, 0.18 * 100 * 8760),
    # 5 kW more the same day, 1,1 kWh a kg; 90 % of that water freezes instead: 0,79 kWh/kg of cold, COP 2,9 / 1,07
    (dehumidifier_set_too_dry, "humidity_pct", 65.0, 55.0, 5 * 8760 * (1 - 0.9 / 1.1 * 0.79 * 1.07 / 2.9)),
)


@pytest.mark.parametrize(("rule", "kind", "before", "after", "sek"), SET_POINTS, ids=lambda x: getattr(x, "ID", None))
def test_a_set_point_that_was_moved_is_valued_by_how_far(
    rule: ModuleType, kind: str, before: float, after: float, sek: float
) -> None:
    one = only(rule.assess, rink(kind, before, after, 0.05))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(sek, rel=0.02)
    assert one.effect is not None and one.picture is not None and one.evidence
    assert "2023-01-01" in one.description


@pytest.mark.parametrize(("rule", "kind", "before", "after", "sek"), SET_POINTS, ids=lambda x: getattr(x, "ID", None))
@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_silent_where_the_set_point_stands(
    rule: ModuleType, kind: str, before: float, after: float, sek: float, noise: float
) -> None:
    one = only(rule.assess, rink(kind, before, before, noise))
    assert isinstance(one, Silent) and not one.reason.startswith("saknar")


@pytest.mark.parametrize(("rule", "kind", "before", "after", "sek"), SET_POINTS, ids=lambda x: getattr(x, "ID", None))
def test_missing_without_the_sensor(rule: ModuleType, kind: str, before: float, after: float, sek: float) -> None:
    assert "saknar data" in only(rule.assess, replace(rink(kind, before, after, 0.0), trends={})).reason


def test_a_share_that_was_added_is_told_in_proportion() -> None:
    # a need that swings with the vapour outdoors and is half as large again since New Year: a third of what it is now
    days = Days.of(START)
    vapour = 6 - 4 * np.cos(2 * np.pi * np.arange(len(days.day)) / 365)
    weather = 8 + 3 * np.sin(np.arange(len(days.day)) / 9)
    since = np.datetime64("2023-01-01")
    load = (2.0 * vapour + 1.0) * np.where(days.day >= since, 1.5, 1.0)
    share = share_since(days, load, weather, vapour, since, 10, np.random.default_rng(1))
    assert share == pytest.approx(1 / 3, abs=1e-3)
    even = share_since(days, 2.0 * vapour + 1.0, weather, vapour, since, 10, np.random.default_rng(1))
    assert even == pytest.approx(0.0, abs=1e-3)


def test_a_fan_that_stepped_up_and_stayed() -> None:
    # 4 kW more in 8 760 h. It is 0 °C all year here: three quarters of the lamps' heat must be bought, at 0,50 kr/kWh
    context = plant({"lb": ("lighting", stepped(10.0, 14.0) * scatter(1))})
    one = only(step_in_load.assess, context)
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(4 * 8760 * (1 - 0.75 * 0.5), rel=0.02)
    warm = replace(context, air_temperature_c=np.full(HOURS, 20.0))
    assert only(step_in_load.assess, warm).saving_sek_per_year.value == pytest.approx(4 * 8760, rel=0.02)
    assert isinstance(only(step_in_load.assess, plant({"lb": ("lighting", 10 * scatter(1, 0.1))})), Silent)


def test_a_base_load_that_crept_up_day_and_night() -> None:
    # 8 kW more round the clock in a main of 50 kW; a submeter explains its own
    for more, sub, found in ((8.0, 0.0, True), (0.0, 20.0, False)):
        context = plant({"km": ("ice_plant", stepped(0.0, sub))})
        total = (50.0 + stepped(0.0, more)) * scatter(2, 0.02) + stepped(0.0, sub)
        context = replace(context, loads={**context.loads, POWER: Load(POWER, START, column(total))})
        one = only(base_load_creep.assess, context)
        assert isinstance(one, MeasureFinding) == found, one
        if found:
            assert one.saving_sek_per_year.value == pytest.approx(8 * 8760, rel=0.05)


def test_a_base_load_that_rose_only_at_night_is_left_to_the_closed_hours() -> None:
    context = plant({})
    night = clock_hour() < 6
    load = Load(POWER, START, column(np.where(night, stepped(30.0, 45.0), 60.0) * scatter(2, 0.02)))
    one = only(base_load_creep.assess, replace(context, loads={**context.loads, POWER: load}))
    assert isinstance(one, Silent) and "inte de andra" in one.reason


def test_circulation_that_loses_more_day_and_night() -> None:
    # 6 kW · 8 760 h at 0,50 kr/kWh
    one = only(hot_water_rising.assess, plant({}, {"vvc": ("hot_water_circulation", stepped(8.0, 14.0) * scatter(3))}))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(6 * 8760 * 0.5, rel=0.02)
    assert isinstance(
        only(hot_water_rising.assess, plant({}, {"vvc": ("hot_water_circulation", 8.0 * scatter(3))})), Silent
    )


def test_make_up_water_that_runs_away_is_heated_first() -> None:
    # 0,2 m³/h · 1,163 kWh/m³K · 19 K · 8 760 h at 0,50 kr/kWh; the water itself has no contract here
    context = plant({}, {"bad": ("pool", np.full(HOURS, 60.0))})
    water = Load("spad", START, column(np.nan), volume_m3=column(stepped(0.3, 0.5) * scatter(4)))
    context = replace(
        context,
        loads={**context.loads, "spad": water},
        carriers={**context.carriers, "spad": "water"},
        uses={**context.uses, "spad": "make_up_water"},
    )
    one = only(hot_water_rising.assess, context)
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(0.2 * 1.163 * 19 * 8760 * 0.5, rel=0.02)


def test_pool_water_that_was_made_warmer() -> None:
    # 1 K · 2,6 % of 60 kW at 0,50 kr/kWh
    def pool(before: float, after: float) -> MeasureContext:
        values = stepped(before, after) + 0.1 * np.random.default_rng(6).standard_normal(HOURS)
        sensors = [trend("pool_temperature_c", values, "simhall")]
        return plant({}, {"bad": ("pool", np.full(HOURS, 60.0))}, sensors)

    one = only(pool_water_temperature.assess, pool(27.0, 28.0))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(0.026 * 60 * 8760 * 0.5, rel=0.02)
    assert isinstance(only(pool_water_temperature.assess, pool(27.5, 27.5)), Silent)


def resurfaced(after: float, volume: bool) -> MeasureContext:
    """Return a rink whose resurfacing took 4 a booked hour and then `after`: kWh of heat, or hundredths of m³."""
    booked = ((clock_hour() >= 8) & (clock_hour() < 16)).astype(np.float64)
    used = booked * stepped(4.0, after) * scatter(7)
    heat: dict[str, tuple[Use, Floats]] = {} if volume else {"vv": ("resurfacing", used)}
    context = plant({"km": ("ice_plant", np.full(HOURS, 100.0))}, heat, booked=booked, ice_season=ICE)
    if not volume:
        return context
    return replace(
        context,
        loads={**context.loads, "vv": Load("vv", START, column(np.nan), volume_m3=column(used / 100))},
        carriers={**context.carriers, "vv": "water"},
        uses={**context.uses, "vv": "resurfacing"},
    )


@pytest.mark.parametrize(
    ("volume", "kwh_heat", "kwh_cold"),
    [
        (False, 2.0, 2.0 * 3.2),  # 2 kWh more an hour, and 3,2 times that to freeze its water
        (True, 0.02 * 1.163 * 34, 0.02 * (1.163 * 42 + 93)),  # 20 litres more, 8 -> 42 °C and then to ice
    ],
)
def test_resurfacing_with_half_as_much_water_again(volume: bool, kwh_heat: float, kwh_cold: float) -> None:
    # 8 h · 365 days. 60 % of the heat is bought at 0,50 kr where rejected heat is not metered, the rest lifted with a
    # COP of 4,5 at 1 kr; cold takes 1 / 2,9 of electricity, 7 % more at the margin (2,8 % per K · 2,5 K)
    one = only(resurfacing_volume.assess, resurfaced(6.0, volume))
    assert isinstance(one, MeasureFinding), one
    by_hand = kwh_heat * (0.6 * 0.5 + 0.4 / 4.5) + kwh_cold / 2.9 * 1.07
    assert one.saving_sek_per_year.value == pytest.approx(by_hand * 8 * 365, rel=0.03)
    assert isinstance(only(resurfacing_volume.assess, resurfaced(4.0, volume)), Silent)


def test_resurfacing_water_heated_by_electricity_saves_its_own_meter() -> None:
    # 2 kWh more an hour at 1 kr, whatever the condensers give; cold as above
    booked = ((clock_hour() >= 8) & (clock_hour() < 16)).astype(np.float64)
    used = booked * stepped(4.0, 6.0) * scatter(7)
    power: dict[str, tuple[Use, Floats]] = {"km": ("ice_plant", np.full(HOURS, 100.0)), "vv": ("resurfacing", used)}
    one = only(resurfacing_volume.assess, plant(power, booked=booked, ice_season=ICE))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx((2.0 + 2.0 * 3.2 / 2.9 * 1.07) * 8 * 365, rel=0.03)


@pytest.mark.parametrize(
    ("rule", "missing"),
    [
        (step_in_load, lambda: plant({"x": ("sauna", np.ones(HOURS))})),
        (hot_water_rising, lambda: plant({})),
        (pool_water_temperature, lambda: plant({}, {HEAT + "2": ("pool", np.ones(HOURS))})),
        (resurfacing_volume, lambda: plant({})),
    ],
    ids=lambda x: getattr(x, "ID", ""),
)
def test_missing_data_is_told(rule: ModuleType, missing: Callable[[], MeasureContext]) -> None:
    assert only(rule.assess, missing()).reason.count("saknar data") == 1
