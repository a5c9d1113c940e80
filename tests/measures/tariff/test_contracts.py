"""The rules of contract, by hand: subscribed power, reactive power, fuses, dormant and several meters, hedging."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import ModuleType

import numpy as np
import pytest

from energy.calendar import hours_between
from energy.measures import MeasureContext, MeasureFinding, Silent
from energy.measures.combined import Combined
from energy.measures.tariff import (
    dormant_meter,
    hedge_share,
    oversized_fuse,
    reactive_power,
    several_metering_points,
    subscribed_power,
)
from energy.model import BillingContext, Contract, Load
from tests.measures.facility import (
    ENERGY,
    FIXED,
    HEAT,
    HOURS,
    MONTHLY_PEAK,
    POWER,
    SPOT,
    START,
    Facility,
    clock_hour,
    column,
    price_list,
)

SECOND = "el2"
PEAK = MONTHLY_PEAK.format(price=50)
SUBSCRIBED = """
[[component]]
component = "demand"
label = "Abonnerad effekt"
determinant = { method = "subscribed" }
price = { unit = "SEK/kW,year", spread = "twelfths", value = 600 }
[[component]]
component = "overrun"
label = "Överuttag"
determinant = { method = "overrun", of = "daily_mean" }
price = { unit = "SEK/kW,month", value = 100 }
"""
REACTIVE = """
[[component]]
component = "reactive"
label = "Reaktiv effekt"
determinant = { method = "reactive_peak_above_share", share = 0.5 }
price = { unit = "SEK/kVAr,month", value = 20 }
"""


def only(rule: ModuleType, context: MeasureContext) -> MeasureFinding | Silent:
    (found,) = rule.assess(context)
    return found


def valued(found: MeasureFinding | Silent, context: MeasureContext) -> float:
    """Return the central value, having seen that its effect alone gives it."""
    assert isinstance(found, MeasureFinding), found
    value = found.saving_sek_per_year
    assert value.low <= value.value <= value.high and found.picture and found.evidence
    assert Combined(context, [found]).worth([found.key]) == pytest.approx(value.value, rel=1e-6)
    return value.value


def electric(energy: np.ndarray | float, *parts: str, **options: float) -> MeasureContext:
    """Return a facility of one electricity main under one list with the contract's options."""
    load = Load(POWER, START, column(energy))
    context = Facility({POWER: load}, {POWER: "electricity"}, [price_list("el", "electricity", *parts)]).context()
    return replace(context, contracts=[replace(c, options=options) for c in context.contracts])


# --- subscribed power ------------------------------------------------------------------------------------------------


def wintry(subscribed_kw: float, years: int = 12) -> MeasureContext:
    """Return heat of 20 kW + 4 kW per degree below 15 °C, in a sinus of weather; every year of the station is alike."""
    first = np.datetime64(f"{2022 - years}-12-31T23", "s")
    hours = hours_between(first, START[-1] + np.timedelta64(3600, "s"))
    day = ((hours + np.timedelta64(3600, "s")).astype("datetime64[D]")).astype(int)
    station = 5.0 - 12.0 * np.cos(2 * np.pi * (day - 20) / 365.2425)
    own = station[-HOURS:]
    heat = 20 + 4 * np.maximum(0, 15 - own)
    facility = Facility(
        {HEAT: Load(HEAT, START, column(heat))},
        {HEAT: "district_heating"},
        [price_list("varme", "district_heating", ENERGY.format(price=500), SUBSCRIBED)],
        temperature=own,
    )
    context = facility.context()
    contracts = [replace(c, options={"subscribed_kw": subscribed_kw}) for c in context.contracts]
    return replace(context, contracts=contracts, station_start_utc=hours, station_temperature_c=station)


def test_too_much_power_is_subscribed() -> None:
    # the coldest day is 15 + 7 = 22 K below 15 °C: 20 + 4 · 22 = 108 kW. 200 kW costs 600 kr/kW a year. A kW less pays
    # 600 kr and costs 100 kr in each month above it: with six months above, nothing is gained any more.
    context = wintry(200.0)
    found = only(subscribed_power, context)
    assert isinstance(found, MeasureFinding)
    best = found.parameters["best_kw"]
    assert found.parameters["winters"] >= 10
    monthly = np.array([context.loads[HEAT].energy_kwh[-8760:, 0][
        ((START[-8760:] + np.timedelta64(3600, "s")).astype("datetime64[M]").astype(int) % 12) == m].max()
        for m in range(12)])  # fmt: skip
    highest = np.sort(monthly)[::-1]
    assert highest[6] - 5 <= best <= highest[5] + 5
    by_hand = 600 * (200 - best) - 100 * np.maximum(0, monthly - best).sum()
    assert found.saving_sek_per_year.value == pytest.approx(by_hand, rel=0.02)
    assert "överuttag i" in found.description and "låter kunden välja" in found.description
    assert found.effect is not None
    assert found.effect(context.state()).contracts[0].options["subscribed_kw"] == best


def test_too_little_power_is_subscribed() -> None:
    # at 40 kW the winter's months lie far above: each kW more costs 600 and saves 100 in more than six months
    found = only(subscribed_power, wintry(40.0))
    assert isinstance(found, MeasureFinding)
    assert found.parameters["best_kw"] > 60 and "lägre än" in found.description


def test_subscribed_power_is_silent_where_it_fits_and_where_winters_lack() -> None:
    best = only(subscribed_power, wintry(200.0))
    assert isinstance(best, MeasureFinding)
    found = only(subscribed_power, wintry(best.parameters["best_kw"]))
    assert isinstance(found, Silent) and "ligger inom" in found.reason
    found = only(subscribed_power, wintry(200.0, years=6))
    assert isinstance(found, Silent) and found.reason.startswith("saknar data: väder för")
    found = only(subscribed_power, electric(100.0, ENERGY.format(price=500)))
    assert isinstance(found, Silent) and "kunden väljer" in found.reason


# --- reactive power --------------------------------------------------------------------------------------------------


def test_a_bank_takes_the_reactive_power_away() -> None:
    # 100 kW and 90 kVAr, 50 free: 40 kVAr · 20 kr · 12 = 9 600 kr, and a bank of 40 kVAr takes all of it
    context = electric(100.0, ENERGY.format(price=500), REACTIVE)
    load = replace(context.loads[POWER], reactive_kvarh=column(90.0))
    context = replace(context, loads={POWER: load})
    found = only(reactive_power, context)
    assert valued(found, context) == pytest.approx(9_600)
    assert isinstance(found, MeasureFinding)
    assert found.saving_sek_per_year.low >= 0.9 * 9_600 and "40 kVAr" in found.description


def test_what_the_contract_states_is_told_with_low_confidence() -> None:
    context = electric(100.0, REACTIVE, billed_reactive_kvar=30.0)
    found = only(reactive_power, context)
    assert valued(found, context) == pytest.approx(30 * 20 * 12)
    assert isinstance(found, MeasureFinding) and found.confidence == "låg"


def test_reactive_power_is_silent_below_what_is_free_without_meter_and_without_price() -> None:
    context = electric(100.0, REACTIVE)
    low = replace(context, loads={POWER: replace(context.loads[POWER], reactive_kvarh=column(40.0))})
    assert "fria andelen" in only(reactive_power, low).reason  # type: ignore[union-attr]
    assert only(reactive_power, context).reason.startswith("saknar data")  # type: ignore[union-attr]
    assert "ingen avgift" in only(reactive_power, electric(1.0, PEAK)).reason  # type: ignore[union-attr]


# --- fuses and meters ------------------------------------------------------------------------------------------------


def fused(kw: float) -> MeasureContext:
    """Return a load under the list of 63 A, with those of 25 and 35 A in the home."""
    lists = [
        price_list(f"s{ampere}", "electricity", ENERGY.format(price=500),
                   FIXED.format(label=f"Säkring {ampere} A", price=100 * ampere))
        for ampere in (25, 35, 63)
    ]  # fmt: skip
    context = Facility({POWER: Load(POWER, START, column(kw))}, {POWER: "electricity"}, lists).context()
    return replace(context, contracts=[Contract(POWER, "s63", date(2020, 1, 1), date(2030, 1, 1))])


@pytest.mark.parametrize(("kw", "saving"), [(8.0, 3_800.0), (12.0, 2_800.0)])
def test_the_smallest_fuse_that_carries_the_peak(kw: float, saving: float) -> None:
    # 25 A carries 0.4 · 25 = 10 kW, 35 A 14 kW: fees of 6 300, 3 500 and 2 500 kr
    context = fused(kw)
    assert valued(only(oversized_fuse, context), context) == pytest.approx(saving)


def test_fuses_are_silent_where_none_smaller_carries_and_where_no_fuse_is_told() -> None:
    assert "ingen mindre säkring" in only(oversized_fuse, fused(20.0)).reason  # type: ignore[union-attr]
    assert "ingen säkringsstorlek" in only(oversized_fuse, electric(10.0, PEAK)).reason  # type: ignore[union-attr]
    assert "ingen last" in only(oversized_fuse, fused(0.0)).reason  # type: ignore[union-attr]


def test_a_meter_that_stands_still_costs_its_fee() -> None:
    energy = np.where(np.arange(HOURS) < 24 * 300, 10.0, 0.0)
    context = electric(energy, FIXED.format(label="Fast avgift säkring 25 A", price=4_380))
    found = only(dormant_meter, context)
    assert valued(found, context) == pytest.approx(4_380)
    assert isinstance(found, MeasureFinding) and "senast den 2022-10-27" in found.description
    assert "fast avgift säkring 25 A 4\u00a0380 kr" in found.method


def test_a_meter_without_values_is_not_called_dormant() -> None:
    fee = FIXED.format(label="Fast avgift", price=4_380)
    assert only(dormant_meter, electric(np.nan, fee)).reason.startswith("saknar data")  # type: ignore[union-attr]
    assert "har förbrukning" in only(dormant_meter, electric(10.0, fee)).reason  # type: ignore[union-attr]


def two_mains(second: np.ndarray | float) -> MeasureContext:
    day = (clock_hour() >= 8) & (clock_hour() < 16)
    loads = {POWER: Load(POWER, START, column(np.where(day, 100.0, 50.0))), SECOND: Load(SECOND, START, column(second))}
    listed = price_list("el", "electricity", FIXED.format(label="Fast", price=10_000), PEAK)
    return Facility(loads, {POWER: "electricity", SECOND: "electricity"}, [listed]).context()


def test_two_meters_as_one_save_a_fee_and_the_diversity() -> None:
    # peaks 100 by day and 40 by night, 100 + 20 together: 20 kW · 50 · 12 = 12 000 kr and a fee of 10 000 kr
    night = np.where((clock_hour() >= 8) & (clock_hour() < 16), 20.0, 40.0)
    context = two_mains(night)
    found = only(several_metering_points, context)
    assert valued(found, context) == pytest.approx(22_000)
    assert isinstance(found, MeasureFinding) and found.confidence == "låg" and "20,0 kW lägre" in found.description


def test_one_meter_with_load_is_nothing_to_merge() -> None:
    assert "högst en huvudmätare" in only(several_metering_points, two_mains(0.0)).reason  # type: ignore[union-attr]


# --- hedging ---------------------------------------------------------------------------------------------------------


def at_spot(prices: tuple[float, ...], share: float | None = None) -> MeasureContext:
    """Return 100 kW at spot, each year of the history at one price."""
    n = 365 * 24 * len(prices)
    start = hours_between(START[-1] - np.timedelta64((n - 1) * 3600, "s"), START[-1] + np.timedelta64(3600, "s"))
    spot = np.repeat(prices, 365 * 24)
    part = SPOT if share is None else SPOT.replace('"spot_energy"', f'"spot_energy", of = "unhedged", share = {share}')
    context = Facility({}, {POWER: "electricity"}, [price_list("el", "electricity", part)]).context()
    return replace(
        context, start_utc=start, air_temperature_c=np.zeros(n), open_hours=np.ones(n),
        loads={POWER: Load(POWER, start, np.full((n, 1), 100.0))},
        billing={POWER: BillingContext(spot_sek_per_kwh=spot)},
    )  # fmt: skip


def test_a_risk_is_told_and_no_saving() -> None:
    # 876 MWh a year at 2, 1 and 0.5 kr (a year is 52 weeks here): mean about 1.167, the dearest 0.833 kr/kWh above
    found = only(hedge_share, at_spot((0.5, 1.0, 2.0)))
    assert isinstance(found, MeasureFinding)
    value = found.saving_sek_per_year
    assert np.isnan(value.value) and value.reason and value.reason.startswith("ingen besparing utlovas")
    assert found.parameters["risk_sek"] == pytest.approx(876_000 * 0.8333, rel=0.02)
    assert found.effect is None
    half = only(hedge_share, at_spot((0.5, 1.0, 2.0), 0.5))
    assert isinstance(half, MeasureFinding) and "50 % prissäkrat" in half.description


def test_a_year_without_prices_does_not_lend_its_name_to_another() -> None:
    found = only(hedge_share, at_spot((0.5, 1.0, np.nan, 2.0)))
    assert isinstance(found, MeasureFinding)
    last = int(found.evidence[0].at)
    assert [(last - int(row.at), round((row.value or 0.0) / 876_000, 1)) for row in found.evidence] == [
        (0, 2.0), (2, 1.0), (3, 0.5),
    ]  # fmt: skip


def test_the_risk_is_silent_when_hedged_even_or_unknown() -> None:
    assert isinstance(only(hedge_share, at_spot((0.5, 1.0, 2.0), 1.0)), Silent)
    assert isinstance(only(hedge_share, at_spot((1.0, 1.0, 1.0))), Silent)
    assert "minst 3 behövs" in only(hedge_share, at_spot((1.0, 2.0))).reason  # type: ignore[union-attr]
    assert "ingen energi till spotpris" in only(hedge_share, electric(1.0, PEAK)).reason  # type: ignore[union-attr]
