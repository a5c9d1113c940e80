"""Rules that look at single hours or at the weather, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.measures import MeasureContext, MeasureFinding, Silent
from energy.measures.operation import (
    ground_heating_without_need,
    heat_in_drained_water,
    old_lighting,
    pool_hall_too_dry,
    sauna_hours,
    steep_heating_curve,
)
from energy.measures.shared.moisture import day_mean_c, vapour_g_per_kg
from energy.model import Facts, Floats, Load
from tests.measures.facility import DAYS, HOURS, START, clock_hour, column, hourly
from tests.measures.operation.plant import SECOND_YEAR, only, plant, trend

HOUR = clock_hour()
SEASON = hourly(6 - 12 * np.cos(2 * np.pi * np.arange(DAYS) / 365))


def sauna(first: int, last: int) -> MeasureContext:
    return plant({"b": ("sauna", np.where((first <= HOUR) & (last > HOUR), 24.0, 0.2))})


def test_a_sauna_hot_for_nine_hours() -> None:
    # 12-21 is nine hours, five are enough: 4 h · 24 kW · 365 days
    one = only(sauna_hours.assess, sauna(12, 21))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(4 * 24 * 365)


def test_a_sauna_hot_when_closed_loses_those_hours_first() -> None:
    # 19-24: five hours, two of them after closing at 22
    one = only(sauna_hours.assess, sauna(19, 24))
    assert isinstance(one, MeasureFinding) and one.confidence == "hög"
    assert one.saving_sek_per_year.value == pytest.approx(2 * 24 * 365)


def test_a_sauna_hot_in_the_evening_is_silent() -> None:
    assert isinstance(only(sauna_hours.assess, sauna(16, 21)), Silent)
    assert "saknar data" in only(sauna_hours.assess, plant({})).reason


def ground(limit_c: float) -> MeasureContext:
    return plant({"m": ("ground_heating", np.where(limit_c > SEASON, 20.0, 0.0))}, temperature=SEASON)


def test_ground_heated_far_above_freezing() -> None:
    # 20 kW in the hours of 2023 between 1 and 8 degrees
    one = only(ground_heating_without_need.assess, ground(8.0))
    assert isinstance(one, MeasureFinding), one
    hours = ((SEASON > 1.0) & (SEASON < 8.0) & SECOND_YEAR).sum()
    assert one.saving_sek_per_year.value == pytest.approx(20.0 * hours)


def test_ground_heated_round_freezing_is_silent() -> None:
    assert isinstance(only(ground_heating_without_need.assess, ground(0.8)), Silent)
    assert "saknar data" in only(ground_heating_without_need.assess, plant({})).reason


def lit(full_kw: float) -> MeasureContext:
    on = (HOUR >= 8) & (HOUR < 20)
    lamps = {"l": ("lighting", np.where(on, full_kw, 0.0))}
    return plant(lamps, temperature=SEASON, facts=Facts(area_m2=1000.0))  # type: ignore[arg-type]


def test_lamps_of_20_watts_a_square_metre() -> None:
    # LED takes 4,5 W/m²: 15,5 of 20 kW, 12 hours a day at 1 kr/kWh. Below 12 °C three quarters of it, but no more
    # than the 1 W/(m²·K) the rooms lose, must be bought as heat at 0,50 kr/kWh
    one = only(old_lighting.assess, lit(20.0))
    assert isinstance(one, MeasureFinding), one
    outdoors = SEASON[SECOND_YEAR][(HOUR[SECOND_YEAR] >= 8) & (HOUR[SECOND_YEAR] < 20)]
    missed = np.clip(12.0 - outdoors, 0.0, 15.5 * 0.75).sum()
    assert one.saving_sek_per_year.value == pytest.approx(15.5 * 12 * 365 - missed * 0.5)
    assert isinstance(only(old_lighting.assess, lit(7.0)), Silent)
    assert "yta" in only(old_lighting.assess, plant({"l": ("lighting", np.ones(HOURS))})).reason


def drained(m3_h: float) -> MeasureContext:
    from dataclasses import replace

    context = plant({}, {"bad": ("pool", np.full(HOURS, 100.0))}, facts=Facts(pool_area_m2=400.0))
    water = Load("spad", START, column(np.nan), volume_m3=column(m3_h))
    return replace(
        context,
        loads={**context.loads, "spad": water},
        carriers={**context.carriers, "spad": "water"},
        uses={**context.uses, "spad": "make_up_water"},
    )


def test_eight_thousand_cubic_metres_a_year() -> None:
    # 8 760 m³ less 400 · 1,3 m³ that evaporate, 60 % of 1,163 · 19 K each, at 0,50 kr/kWh
    one = only(heat_in_drained_water.assess, drained(1.0))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx((8760 - 520) * 0.6 * 1.163 * 19 * 0.5, rel=1e-6)
    assert isinstance(only(heat_in_drained_water.assess, drained(0.15)), Silent)
    assert "saknar data" in only(heat_in_drained_water.assess, plant({})).reason


def hall(humidity: Floats | float) -> MeasureContext:
    values = np.broadcast_to(np.asarray(humidity, dtype=np.float64), (HOURS,)).copy()
    sensors = [
        trend("humidity_pct", values, "simhall"),
        trend("indoor_temperature_c", np.full(HOURS, 30.0), "simhall", "GT2"),
    ]
    return plant(
        {}, {"bad": ("pool", np.full(HOURS, 200.0))}, sensors, np.full(HOURS, 0.0), facts=Facts(pool_area_m2=500.0)
    )


def test_a_pool_hall_at_forty_per_cent() -> None:
    # 0,18 kg/m²h · 500 m² in the 16 open hours and 0,07 in the others, carried off by air from 0 °C and 80 %: over
    # x(40 %) - x_out against x(55 %) - x_out
    out, now, then = (
        float(vapour_g_per_kg(np.array(t), np.array(r))) for t, r in ((0.0, 0.8), (30.0, 0.40), (30.0, 0.55))
    )
    kg_h = 500_000 * (16 * 0.18 + 8 * 0.07) / 24 * (1 / (now - out) - 1 / (then - out))
    one = only(pool_hall_too_dry.assess, hall(40.0))
    assert isinstance(one, MeasureFinding), one
    # the fans: 2,2 kW per m³/s of air of 1,2 kg/m³, at 1 kr/kWh
    fans = kg_h / 3600 / 1.2 * 2.2 * 8760
    assert one.saving_sek_per_year.value == pytest.approx(kg_h / 3600 * 30 * (1 - 0.62) * 8760 * 0.5 + fans)
    assert isinstance(only(pool_hall_too_dry.assess, hall(54.0)), Silent)
    assert "saknar data" in only(pool_hall_too_dry.assess, plant({})).reason


def test_water_vapour_of_saturated_air_is_the_table_value() -> None:
    # 14,7 g/kg at 20 °C and 3,8 g/kg at 0 °C, saturated, 1 013 hPa (Mollier chart)
    found = vapour_g_per_kg(np.array([20.0, 0.0]), np.array([1.0, 1.0]))
    assert found.tolist() == pytest.approx([14.7, 3.8], abs=0.1)


def test_the_vapour_out_of_doors_is_told_by_the_mean_of_the_day() -> None:
    swings = 10.0 + 5.0 * np.cos(2 * np.pi * HOUR / 24)
    found = day_mean_c(START, swings)
    assert found[24:-24] == pytest.approx(10.0)
    assert day_mean_c(START[:5], swings[:5]) == pytest.approx(swings[:5])  # no whole day


def rooms(inside: float, asked: float | None) -> MeasureContext:
    heat = 5.0 * np.maximum(0.0, 16.0 - SEASON)
    sensors = [trend("indoor_temperature_c", np.full(HOURS, inside), "sporthall")]
    if asked is not None:
        sensors.append(trend("set_point_c", np.full(HOURS, asked), "sporthall", "BV1"))
    return plant({}, {"vs": ("space_heating", heat)}, sensors, SEASON)


def test_rooms_two_degrees_above_their_set_point() -> None:
    # 2,5 K less half a degree allowed · 5 kW/K · 95 % in the cold hours, at 0,50 kr/kWh, never more than half the heat
    one = only(steep_heating_curve.assess, rooms(21.5, 19.0))
    assert isinstance(one, MeasureFinding), one
    heat = 5.0 * np.maximum(0.0, 16.0 - SEASON)
    fall = np.where(SEASON < 10.0, np.minimum(2.0 * 5.0 * 0.95, 0.5 * heat), 0.0)
    assert one.saving_sek_per_year.value == pytest.approx(float(fall[SECOND_YEAR].sum()) * 0.5, rel=0.02)
    assert isinstance(only(steep_heating_curve.assess, rooms(19.4, 19.0)), Silent)
    assert isinstance(only(steep_heating_curve.assess, rooms(20.4, None)), Silent)
    assert "saknar data" in only(steep_heating_curve.assess, plant({})).reason


def test_days_whose_recovered_heat_is_unknown_do_not_tell_the_slope() -> None:
    # 5 kW/K below 16 °C, 40 % of it recovered: 100 kW · (1 + 2,9) less what is rejected; no reading January-February
    need = 5.0 * np.maximum(0.0, 16.0 - SEASON)
    rejected = 390.0 - 0.4 * need
    rejected[np.arange(HOURS) // 24 % 365 < 59] = np.nan
    context = plant(
        {"km": ("ice_plant", np.full(HOURS, 100.0))}, {"vs": ("space_heating", 0.6 * need)},
        [trend("indoor_temperature_c", np.full(HOURS, 21.5), "sporthall"),
         trend("set_point_c", np.full(HOURS, 19.0), "sporthall", "BV1")], SEASON,
    )  # fmt: skip
    context = replace(
        context,
        loads={**context.loads, "kmk": Load("kmk", START, column(rejected))},
        carriers={**context.carriers, "kmk": "rejected_heat"},
    )
    one = only(steep_heating_curve.assess, context)
    assert isinstance(one, MeasureFinding), one
    assert one.parameters["slope_kw_per_k"] == pytest.approx(5.0, rel=0.02)
