"""Heat bought while the ice plant rejects heat: constant loads, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.measures import MeasureContext, Silent
from energy.measures.base import MeasureFinding
from energy.measures.operation import heat_bought_while_rejecting
from energy.model import Floats, Load, Use
from tests.measures.facility import (
    COOLER,
    DAYS,
    DEMAND,
    ENERGY,
    HEAT,
    HOURS,
    POWER,
    START,
    Facility,
    column,
    hourly,
    price_list,
)  # fmt: skip
from tests.measures.operation.plant import kwh_taken, only, plant

PEAK = """
[[component]]
component = "demand"
label = "Eleffekt"
determinant = { method = "monthly_peak_hour" }
price = { unit = "SEK/kW,month", value = 1000 }
"""


def facility(rejected_kw: Floats | float, *electric: str, bought_kw: Floats | float = 100.0) -> Facility:
    """Return 100 kW bought heat at 500 kr/MWh, 50 kW electricity at 1 000 kr/MWh, and the cooler."""
    return Facility(
        {
            HEAT: Load(HEAT, START, column(bought_kw)),
            POWER: Load(POWER, START, column(50.0)),
            COOLER: Load(COOLER, START, column(rejected_kw)),
        },
        {HEAT: "district_heating", POWER: "electricity", COOLER: "rejected_heat"},
        [
            price_list("varme", "district_heating", ENERGY.format(price=500)),
            price_list("el", "electricity", ENERGY.format(price=1000), *electric),
        ],
    )


def result(tested: Facility) -> MeasureFinding | Silent:
    (one,) = heat_bought_while_rejecting.assess(tested.context())
    return one


def test_net_of_the_electricity_that_lifts_the_heat() -> None:
    # usable 50 % of 60 kW = 30 kW; heat saved 30 · 8 760 h = 262 800 kWh · 0.5 kr = 131 400 kr
    # lift 30 / 4 = 7.5 kW · 8 760 h = 65 700 kWh · 1 kr = 65 700 kr;  net 65 700 kr and 197 100 kWh
    one = result(facility(60.0))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(65_700)
    assert one.saving_kwh_per_year == pytest.approx(197_100)
    assert one.confidence == "låg" and "vad som redan återvinns" in one.description  # the ice plant is not metered
    assert one.parameters["extra_electricity_kwh"] == pytest.approx(65_700)
    # at the ends of the assumptions: 30 % and COP 3 gives 18 · 8 760 · (0.5 - 1/3) = 26 280 kr,
    # 71 % and COP 5 gives 42.6 · 8 760 · (0.5 - 1/5) = 111 953 kr
    assert 26_280 < one.saving_sek_per_year.low < 65_700 < one.saving_sek_per_year.high < 111_953
    assert one.evidence[0].value == pytest.approx(30 * 744) and one.evidence[0].at == "2023-01"


def test_never_more_than_what_is_bought() -> None:
    # 50 % of 300 kW = 150 kW, but only 100 kW is bought: 100 · 8 760 · (0.5 - 0.25) = 219 000 kr
    one = result(facility(300.0))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(219_000)


def test_extra_electric_peak_is_counted_and_can_eat_the_saving() -> None:
    # 7.5 kW more at 1 000 kr/kW and month = 90 000 kr more than the 65 700 kr won
    one = result(facility(60.0, PEAK))
    assert isinstance(one, Silent)
    assert "−24\u00a0300 kr" in one.reason


def test_less_billed_heat_power_is_counted() -> None:
    # 30 kW less billed heat power at 1 000 kr/kW and year = 30 000 kr on top of the 65 700
    tested = facility(60.0)
    lists = [price_list("varme", "district_heating", ENERGY.format(price=500), DEMAND), tested.lists[1]]
    one = result(tested.but(lists=lists))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(95_700)


def test_silent_when_heat_and_cooling_never_meet() -> None:
    day = np.arange(DAYS) % 2 == 0
    one = result(facility(hourly(np.where(day, 60.0, 0.0)), bought_kw=hourly(np.where(day, 0.0, 100.0))))
    assert isinstance(one, Silent) and "möts aldrig" in one.reason


@pytest.mark.parametrize(("missing", "word"), [(COOLER, "bortkyld"), (HEAT, "fjärrvärme"), (POWER, "elmätare")])
def test_silent_without_one_of_the_three_meters(missing: str, word: str) -> None:
    tested = facility(60.0)
    one = result(tested.but(carriers={point: c for point, c in tested.carriers.items() if point != missing}))
    assert isinstance(one, Silent) and one.reason.startswith("saknar data") and word in one.reason


def test_hours_without_a_reading_of_rejected_heat_count_as_nothing_to_use() -> None:
    # every tenth hour unknown: nine tenths of 65 700 kr (the 8 760 hours of a year are a multiple of ten)
    rejected = np.where(np.arange(HOURS) % 10 == 0, np.nan, 60.0)
    one = result(facility(rejected))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(0.9 * 65_700)


def test_silent_when_a_third_of_the_hours_are_missing() -> None:
    one = result(facility(np.where(np.arange(HOURS) % 3 == 0, np.nan, 60.0)))
    assert isinstance(one, Silent) and "67 %" in one.reason


def test_usable_heat_of_single_hours() -> None:
    used = heat_bought_while_rejecting.usable_heat(
        np.array([10.0, 10.0, 10.0, np.nan, -5.0, 10.0]),
        np.array([100.0, 3.0, 0.0, 5.0, 5.0, np.nan]),
        np.array([0.5, 0.2]),
    )
    assert used.tolist() == [[5, 2], [3, 2], [0, 0], [0, 0], [0, 0], [0, 0]]


def rink(rejected_kw: float, stored_kw: float = 0.0, pumped_kw: float = 0.0) -> MeasureContext:
    """Return an ice plant of 100 kW that gives off 100 · (1 + 2,9) = 390 kW, 100 kW of pool, 200 kW of other heat."""
    power: dict[str, tuple[Use, Floats]] = {"km": ("ice_plant", np.full(HOURS, 100.0))}
    heat: dict[str, tuple[Use, Floats]] = {
        "bad": ("pool", np.full(HOURS, 100.0)),
        "radiatorer": ("space_heating", np.full(HOURS, 150.0)),
    }
    context = plant(power, heat)  # the mains hold 50 kW more
    meters: dict[str, tuple[float, Use | None]] = {
        COOLER: (rejected_kw, None), "laddning": (stored_kw, "charge"), "urladdning": (pumped_kw, "discharge"),
    }  # fmt: skip
    meters = {point: found for point, found in meters.items() if found[0] > 0}
    return replace(
        context,
        loads={**context.loads, **{p: Load(p, START, column(kw)) for p, (kw, _) in meters.items()}},
        carriers={
            **context.carriers,
            **{p: "store_heat" if use else "rejected_heat" for p, (_, use) in meters.items()},
        },
        uses={**context.uses, **{p: use for p, (_, use) in meters.items() if use}},
    )


def test_a_balance_of_condenser_heat_tells_what_recovery_is_missing() -> None:
    # 390 - 200 - 20 stored = 170 kW used; 71 % of 390 = 276,9 could be, of a need at low temperature of 170 + 200, of
    # which 90 % can be met: 106,9 kW more, bought at 0,50 kr, lifted with a COP of 4,5 at 1 kr
    context = rink(200.0, stored_kw=20.0)
    one = only(heat_bought_while_rejecting.assess, context)
    assert isinstance(one, MeasureFinding), one
    assert one.confidence == "medel" and one.parameters["used_share"] == pytest.approx(170 / 276.9)
    assert "Mätarna visar inte om det beror på driften" in one.description  # no more than the meters show
    assert one.saving_sek_per_year.value == pytest.approx(106.9 * 8760 * (0.5 - 1 / 4.5))
    assert kwh_taken(one, context, HEAT) == pytest.approx(106.9 * 8760)
    assert one.effect is not None
    after = one.effect(context.state()).loads[COOLER].energy_kwh
    assert after[0, 0] == pytest.approx(200 - 106.9)


def test_hours_that_a_store_s_meter_cannot_have_are_not_read_as_recovered_heat() -> None:
    """Two weeks of charge backwards, and two of it in one hour, are left out; elsewhere all is as it was."""
    context = rink(200.0, stored_kw=20.0)
    week = 24 * 7
    back, jump = slice(-6 * week, -4 * week), slice(-3 * week, -1 * week)
    charge = np.full(HOURS, 20.0)
    charge[back] = -20.0
    charge[jump] = 0.0
    charge[jump.stop - 1] = 20.0 * 2 * week
    wrong = replace(context, loads={**context.loads, "laddning": Load("laddning", START, charge[:, None])})
    one = only(heat_bought_while_rejecting.assess, wrong)
    assert isinstance(one, MeasureFinding), one
    assert one.parameters["used_share"] == pytest.approx(170 / 276.9)
    assert kwh_taken(one, wrong, HEAT) == pytest.approx(106.9 * (8760 - 4 * week))


def test_what_a_store_would_give_less_is_told_apart() -> None:
    # 20 kW bought at low temperature and 200 from the store: 136,9 more leave 83,1 short, of which the pump takes 74,8
    pumping = rink(250.0, pumped_kw=200.0)
    little = replace(pumping, loads={**pumping.loads, HEAT: Load(HEAT, START, column(120.0))})
    one = only(heat_bought_while_rejecting.assess, little)
    assert "102 i stället för köpt värme och 1\u00a0097 i stället för värme ur lagret" in one.description
    assert [series.name for series in one.picture.series] == ["Köpt", "Ur lagret", "Bortkyld", "Kunde ha använts"]
    assert "ur lagret" not in only(heat_bought_while_rejecting.assess, rink(200.0, stored_kw=20.0)).description


def test_a_heat_pump_gives_way_to_recovered_heat() -> None:
    # 390 - 250 = 140 kW used; the need at low temperature is 140 + 200 + 80 from the store, and 276,9 could be used:
    # 136,9 more leave 143,1 short, of which the pump may take 90 % = 128,8: it keeps its 80, and less is bought
    assert kwh_taken(only(heat_bought_while_rejecting.assess, rink(250.0, pumped_kw=80.0)), rink(250.0), HEAT) == (
        pytest.approx(136.9 * 8760)
    )
    # with 160 from it, 223,1 would be short but the pump may take 200,8 > 160; with 400, 463,1 and 416,8 > 400
    kept = only(heat_bought_while_rejecting.assess, rink(250.0, pumped_kw=160.0))
    assert kwh_taken(kept, rink(250.0), HEAT) == pytest.approx(136.9 * 8760)


def test_a_whole_recovery_is_left_alone_and_rebuilding_for_the_pool_is_told_with_low_confidence() -> None:
    # 390 - 130 = 260 kW used of at most 276,9 (94 %): whole
    assert isinstance(only(heat_bought_while_rejecting.assess, rink(130.0)), Silent)
    # a need at low temperature that is met to 90 %: used 180 of (180 + 20) · 0,9 = 180; the pool's 100 kW could be too
    context = rink(210.0)
    small = replace(context, loads={**context.loads, HEAT: Load(HEAT, START, column(120.0))})
    one = only(heat_bought_while_rejecting.assess, small)
    assert isinstance(one, MeasureFinding), one
    assert one.confidence == "låg" and "ombyggnad" in one.description
    more = 0.9 * (180 + 120) - 180
    assert one.saving_sek_per_year.value == pytest.approx(more * 8760 * (0.5 - 1 / 4.0))  # the pool's is a higher lift
