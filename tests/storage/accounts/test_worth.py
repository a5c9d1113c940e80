"""What a store is worth, counted by hand: energy and power of both bills, flow and return temperature, battery."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from energy.calendar import month_starts
from energy.errors import TariffError
from energy.model import BillingContext
from energy.storage.accounts.displaced import KWH_PER_M3_K, return_by_load, with_delivery_bought, with_energy
from energy.storage.accounts.hours import hour_classes
from energy.storage.accounts.worth import worth
from tests.storage.bills import FLOW, HEAT_PARTS, JANUARY, billing, load, without_contract
from tests.storage.plant import HEAT, OUTDOOR, START, N

MONTHS = month_starts(date(2023, 5, 1), date(2024, 4, 1))
HOURS = 31 * 24


def test_a_winter_month_by_hand() -> None:
    """January: 80 kW delivered every hour, 20 kW of electricity.

    Heat: 59 520 kWh · 0.5 = 29 760; 80 kW less billed power · 1000 / 12 = 6 666.67. Electricity: 14 880 kWh · 1 =
    14 880; 20 kW of the month's peak · 50 = 1 000.
    """
    found = worth(billing(), [JANUARY], "fjv", HEAT, {"el": 0.25 * HEAT})
    assert found.value_sek[0] == pytest.approx([29_760 + 6_666.67], abs=0.01)
    assert found.cost_sek[0] == pytest.approx([15_880])
    assert {p.component: float(p.amount_sek[0]) for p in found.cost_parts} == pytest.approx(
        {"energy": 14_880, "demand": 1_000}
    )
    assert found.said == ("flöde och returtemperatur mäts inte och ingår inte i värdet",)


def test_the_power_saved_in_winter_is_paid_for_in_summer_too() -> None:
    found = worth(billing(), [date(2023, 7, 1)], "fjv", HEAT, {"el": 0.25 * HEAT})
    assert found.value_sek[0] == pytest.approx([6_666.67], abs=0.01)
    assert found.cost_sek[0] == pytest.approx([0.0])


def test_what_lacks_a_meter_or_a_contract_has_a_reason_and_no_figure() -> None:
    own = {"el": 0.25 * HEAT}
    cases = [
        (worth(billing(), [JANUARY], "fjv", None, own), "value", "okänt: ingen mätare för urladdad energi"),
        (worth(billing(), [JANUARY], None, HEAT, own), "value", "displaces"),
        (worth(billing(), [JANUARY], "fjv", HEAT, {}), "cost", "okänt: ingen mätare för lagrets el"),
        (
            worth(without_contract(billing(), "huvud"), [JANUARY], "fjv", HEAT, own),
            "cost",
            "under någon mätare med avtal",
        ),
    ]
    for found, side, words in cases:
        assert np.isnan(getattr(found, f"{side}_sek")).all()
        assert words in getattr(found, f"{side}_reasons")[JANUARY]


def test_an_unknown_hour_makes_its_month_unknown_and_says_why() -> None:
    holed = HEAT.copy()
    holed[(np.datetime64("2024-01-10") <= START) & (np.datetime64("2024-01-20") > START)] = np.nan
    found = worth(billing(), [date(2023, 12, 1), JANUARY], "fjv", holed, {"el": 0.25 * HEAT})
    assert np.isfinite(found.value_sek[0]).all() and np.isnan(found.value_sek[1]).any()
    assert JANUARY in found.value_reasons and date(2023, 12, 1) not in found.value_reasons


def heat_with_water() -> tuple[np.ndarray, ...]:
    """Return energy, volume and integrals of a main whose return is 50 °C at 20 kW and 40 °C at 100 kW, supply 80."""
    energy = np.where(np.arange(N) % 48 < 24, 20.0, 100.0)  # idle days show both loads
    energy = np.where(HEAT > 0, 20.0, energy)
    back = np.where(energy > 50, 40.0, 50.0)
    volume = energy / (KWH_PER_M3_K * (80.0 - back))
    return energy, volume, volume * 80.0, volume * back


def test_the_return_without_the_store_is_that_of_idle_hours_at_the_same_load() -> None:
    """At 20 + 80 = 100 kW the return would be 40 °C: 100 / (1.163 · 40) m³ instead of 20 / (1.163 · 30)."""
    energy, volume, supply, back = heat_with_water()
    main = load("fjv", energy, volume_m3=volume, supply_m3c=supply, return_m3c=back)
    curve = return_by_load(main, HEAT)
    assert curve is not None
    found = with_delivery_bought(main, HEAT[:, None], curve)
    hour = int(np.flatnonzero(HEAT)[100])
    assert found.volume_m3 is not None and found.return_m3c is not None
    assert found.volume_m3[hour] == pytest.approx([100 / (1.163 * 40)] * 2 + [100 / (1.163 * 30)])
    assert found.return_m3c[hour] / found.volume_m3[hour] == pytest.approx([40.0, 40.0, 50.0])
    idle = int(np.flatnonzero(HEAT == 0)[0])
    assert found.volume_m3[idle] == pytest.approx([volume[idle]] * 3)


def test_outside_the_loads_seen_the_curve_goes_on_and_twice_as_steep_in_the_bands_end() -> None:
    """Seen: 44 °C at 60 kW and 40 °C at 100 kW, so 48 at 20 kW, or 52 twice as steep; metered, 50 °C.

    From 20 to 100 kW the return falls by 8 K, by 12 K, or not at all: to 42, 38 or 50 °C.
    """
    energy = np.full(N, 20.0)
    volume = energy / (KWH_PER_M3_K * 30.0)
    main = load("fjv", energy, volume_m3=volume, supply_m3c=volume * 80.0, return_m3c=volume * 50.0)
    curve = np.array([0.0, 60.0, 100.0, 200.0]), np.array([50.0, 44.0, 40.0, 30.0])
    found = with_delivery_bought(main, np.full((N, 1), 80.0), curve)
    assert found.volume_m3 is not None
    assert found.volume_m3[0] == pytest.approx([100 / (1.163 * (80 - back)) for back in (42, 38, 50)])


def test_a_meter_of_volume_alone_keeps_its_own_water_per_kilowatt_hour() -> None:
    """2 m³ for 20 kWh is 0.1 m³/kWh: 100 kWh take 10 m³, and an hour as metered keeps its own."""
    main = load("fjv", np.full(N, 20.0), volume_m3=np.full(N, 2.0))
    found = with_energy(main, np.where(np.arange(N)[:, None] == 5, 100.0, 20.0), None)
    assert found.volume_m3 is not None and found.volume_m3[:8, 0].tolist() == [2, 2, 2, 2, 2, 10, 2, 2]


def test_flow_is_part_of_the_worth_with_the_return_as_its_band() -> None:
    energy, volume, supply, back = heat_with_water()
    main = load("fjv", energy, volume_m3=volume, supply_m3c=supply, return_m3c=back)
    found = worth(billing(main, None, *HEAT_PARTS, FLOW), [JANUARY], "fjv", HEAT, {"el": 0.25 * HEAT})
    flow = next(p.amount_sek for p in found.value_parts if p.component == "flow")
    before = 20 / (1.163 * 30)
    colder, as_metered = (4 * HOURS * (100 / (1.163 * fall) - before) for fall in (40, 30))
    assert flow == pytest.approx([colder, colder, as_metered])


def test_a_battery_is_paid_in_sequence_first_what_it_gave_then_what_it_took() -> None:
    """Charged 30 kW by night, given 27 kW by day at the peak of 60 kW: energy cannot pay, the peak can.

    A day: 8 h · 27 = 216 kWh given, 8 h · 30 = 240 taken. Peak without: 60 kW, with: max(40 + 30, 60 - 27, 40) = 70.
    """
    clock = np.arange(N) % 24
    charge, give = np.where(clock < 8, 30.0, 0.0), np.where((clock >= 8) & (clock < 16), 27.0, 0.0)
    base = np.where((clock >= 8) & (clock < 16), 60.0, 40.0)
    found = worth(billing(power=base + charge - give), [JANUARY], "huvud", give, {}, charge)
    assert found.value_sek[0] == pytest.approx([31 * 216 + 50 * (70 - 70)])
    assert found.cost_sek[0] == pytest.approx([31 * 240 + 50 * (70 - 60)])


def test_classes_of_hours_and_the_break_even() -> None:
    """Electricity 1 000 SEK/MWh over heat 500 SEK/MWh: break-even 2, the store gives 4: it pays in every class."""
    spot = np.where(np.arange(N) % 2 == 0, 0.2, 1.2)
    priced = replace(billing(), context=BillingContext(spot_sek_per_kwh=spot))
    price = dict.fromkeys((12, 1, 2), 500.0)
    found = hour_classes(priced, MONTHS, "fjv", HEAT, ["el"], 0.25 * HEAT, OUTDOOR, price)
    delivering, idle = found[:-1], found[-1]
    assert sum(c.hours for c in found) == 366 * 24
    assert sum(c.delivered_kwh for c in delivering) == pytest.approx(91 * 24 * 80)
    for one in delivering:
        assert (one.heat, one.outdoor) == ("500 kr/MWh", "0 till 10 °C")
        assert one.heat_price_sek_per_mwh == pytest.approx(500)
        assert one.electricity_price_sek_per_mwh == pytest.approx(1000)
        assert (one.cop, one.break_even_cop, one.verdict) == (pytest.approx(4.0), pytest.approx(2.0), "pays")
    assert (idle.spot, idle.verdict, idle.delivered_kwh) == ("ingen urladdning", "standby", 0.0)


def test_what_charges_the_store_while_it_delivers_is_no_part_of_delivering() -> None:
    """30 kW of pumps charge in every hour of January: a delivery at COP 4 gives as much for its own electricity as
    before, and the last class takes the 744 · 30 kWh."""
    january = (np.datetime64("2023-12-31T23") <= START) & (np.datetime64("2024-01-31T23") > START)
    pumps = np.where(january, 30.0, 0.0)
    own = 0.25 * HEAT + pumps
    priced = replace(billing(power=30.0 + own), context=BillingContext())
    price = dict.fromkeys((12, 1, 2), 500.0)
    plain, apart = (
        hour_classes(priced, MONTHS, "fjv", HEAT, ["el"], own, OUTDOOR, price, charging) for charging in (None, pumps)
    )
    assert plain[0].cop < apart[0].cop == pytest.approx(4.0)
    assert (plain[-1].electricity_kwh, apart[-1].electricity_kwh) == (0.0, pytest.approx(744 * 30))
    for found in (plain, apart):
        assert sum(c.electricity_kwh for c in found) == pytest.approx(float(own[-366 * 24 :].sum()))


def test_hours_of_unknown_delivery_tell_nothing_of_the_return_without_the_store() -> None:
    """Half of the first year has no value of delivery, and a return of its own: the classes are worth the same."""
    lost = np.arange(N) < 4000
    kwh = 20.0 + np.arange(N) % 5
    values = []
    for odd in (40.0, 60.0):
        back = np.where(lost, odd, 40.0 + np.arange(N) % 5)
        flow = kwh / (KWH_PER_M3_K * (70.0 - back))
        heat = load("fjv", kwh, volume_m3=flow, supply_m3c=70.0 * flow, return_m3c=back * flow)
        priced = billing(heat, None, *HEAT_PARTS, FLOW)
        delivered = np.where(lost, np.nan, HEAT)
        found = hour_classes(priced, MONTHS, "fjv", delivered, ["el"], 0.25 * HEAT, OUTDOOR, {1: 500.0})
        values.append([one.value_sek.value for one in found])
    assert values[0] == pytest.approx(values[1])


def test_electricity_that_two_contracts_pay_for_has_no_classes_of_hours() -> None:
    """What is bought at one price list is not billed at another's."""
    both = billing()
    pump = replace(both.contracts[1], metering_point="pump")
    both = replace(both, loads={**both.loads, "pump": load("pump", 0.05 * HEAT)}, contracts=[*both.contracts, pump])
    with pytest.raises(TariffError, match=r"flera mätare med avtal \(huvud, pump\)"):
        hour_classes(both, MONTHS, "fjv", HEAT, ["el", "pump"], 0.3 * HEAT, OUTDOOR, {1: 500.0})
    with pytest.raises(TariffError, match="okänd ligger inte under någon mätare med avtal"):
        hour_classes(both, MONTHS, "fjv", HEAT, ["el", "okänd"], 0.3 * HEAT, OUTDOOR, {1: 500.0})


def test_below_the_break_even_it_does_not_pay() -> None:
    poor = 0.6 * HEAT  # 1.67 units of heat for one of electricity, at twice the price
    priced = replace(billing(power=30.0 + poor), context=BillingContext())
    found = hour_classes(priced, MONTHS, "fjv", HEAT, ["el"], poor, OUTDOOR, dict.fromkeys((12, 1, 2), 500.0))
    assert found[0].spot == "elpriset okänt (saknar spotpriser)"
    assert found[0].break_even_cop == pytest.approx(2.0)
    assert found[0].cop < found[0].break_even_cop


def test_the_months_worked_example_of_the_docs_is_what_the_program_computes() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs/storage.md").read_text(encoding="utf-8")
    told = {}
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0].startswith(("heat,", "electricity,")):
            told[cells[0]] = float(cells[3].replace(" ", ""))
    found = worth(billing(), [JANUARY], "fjv", HEAT, {"el": 0.25 * HEAT})
    sides = {"heat": found.value_parts, "electricity": found.cost_parts}
    words = {"energy": "energy", "demand": "power"}
    computed = {f"{s}, {words[p.component]}": float(p.amount_sek[0]) for s, parts in sides.items() for p in parts}
    assert computed == pytest.approx(told, abs=0.005)
    net = float(found.value_sek[0, 0] - found.cost_sek[0, 0])
    assert f"net {net:,.2f} SEK".replace(",", " ") in page
