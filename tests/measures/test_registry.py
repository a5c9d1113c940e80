"""The registry, the context's promises, and all rules on one facility without faults."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import date

import numpy as np
import pytest

from energy.measures import MEASURES, assess_all
from energy.measures.shared.valuation import Difference, bill_of, combine, difference
from energy.model import BillingContext, Load
from tests.measures.facility import (
    COOLER,
    DAYS,
    DEMAND,
    ENERGY,
    FLOW,
    HEAT,
    MONTHS,
    POWER,
    START,
    Facility,
    clock_hour,
    column,
    constant_heat,
    hourly,
    price_list,
)  # fmt: skip


def healthy(seed: int) -> Facility:
    """Return a facility without faults: load by weather, nights lower, cold return, the cooler idle."""
    rng = np.random.default_rng(seed)
    season = 6 - 11 * np.cos(2 * np.pi * (np.arange(DAYS) - 20) / 365)
    temperature = season + 3 * np.convolve(rng.standard_normal(DAYS), np.full(5, 5**-0.5), "same")
    is_open = (clock_hour() >= 6) & (clock_hour() < 22)
    heat = hourly(60 + 5 * np.maximum(0, 15 - temperature) + 6 * rng.standard_normal(DAYS))
    power = hourly(90 + 5 * rng.standard_normal(DAYS)) * np.where(is_open, 1.0, 0.5)
    back = hourly(33 + rng.standard_normal(DAYS))
    volume = heat / (1.163 * (80 - back))
    return Facility(
        {
            HEAT: Load(HEAT, START, column(heat), column(volume), column(volume * 80), column(volume * back)),
            POWER: Load(POWER, START, column(power)),
            COOLER: Load(COOLER, START, column(0.0)),
        },
        {HEAT: "district_heating", POWER: "electricity", COOLER: "rejected_heat"},
        [
            price_list("varme", "district_heating", ENERGY.format(price=500), DEMAND, FLOW),
            price_list("el", "electricity", ENERGY.format(price=1000)),
        ],
        temperature=hourly(temperature),
        open_hours=is_open.astype(np.float64),
        billing={HEAT: BillingContext(system_return_c=dict.fromkeys(MONTHS, 42.0))},
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_facility_without_faults_gets_no_measure_and_a_reason_from_every_rule(seed: int) -> None:
    findings, silences = assess_all(healthy(seed).context())
    assert findings == []
    assert {found.measure_id for found in silences} == {rule.id for rule in MEASURES}
    assert all(found.reason.endswith(".") for found in silences)


def test_every_rule_is_named_by_its_file_and_has_a_swedish_title() -> None:
    for rule in MEASURES:
        assert rule.assess.__module__.split(".")[2] in ("tariff", "operation", "store")
        assert rule.assess.__module__.split(".")[3] == rule.id
        assert rule.title[0].isupper()
    assert len({rule.id for rule in MEASURES}) == len(MEASURES)


def test_several_faults_are_ranked_by_their_value_and_the_same_in_every_run() -> None:
    tested = healthy(1)
    loads = dict(tested.loads)
    loads[COOLER] = Load(COOLER, START, column(150.0))
    nights = (tested.open_hours == 0) & (np.arange(len(START)) >= 365 * 24)
    loads[POWER] = Load(POWER, START, loads[POWER].energy_kwh + 30.0 * nights[:, None])
    findings, silences = assess_all(tested.but(loads=loads).context())
    assert [found.measure_id for found in findings] == ["heat_bought_while_rejecting", "closed_hours_base_load"]
    assert findings == assess_all(tested.but(loads=loads).context())[0]
    # 30 kW · 8 h · 365 days at 1 kr/kWh, within the scatter of the nights
    assert findings[1].saving_sek_per_year.value == pytest.approx(87_600, rel=0.05)
    assert len({found.key for found in findings}) == 2 and {s.measure_id for s in silences} >= {"billed_heat_power"}
    for found in findings:
        band = found.saving_sek_per_year
        assert 0 < band.low <= band.value <= band.high and found.evidence and "90 %" in found.method


def test_find_and_why_silent_split_the_same_assessment() -> None:
    rule = MEASURES[0]
    context = constant_heat().context()
    assert rule.find(context) == []
    assert rule.why_silent(context) == "inget dygn ligger över vad vädret förklarar."


def test_a_finding_and_a_context_cannot_be_changed() -> None:
    context = constant_heat().context()
    with pytest.raises(FrozenInstanceError):
        context.facility = "en annan"  # type: ignore[misc]


def test_a_shifted_load_or_hole_in_the_hours_is_refused() -> None:
    context = constant_heat().context()
    late = Load(HEAT, START + np.timedelta64(3600, "s"), column(100.0))
    with pytest.raises(ValueError, match="common hours"):
        replace(context, loads={HEAT: late})
    with pytest.raises(ValueError, match="air_temperature_c"):
        replace(context, air_temperature_c=np.zeros(3))
    with pytest.raises(ValueError, match="consecutive"):
        replace(context, months=[date(2023, 1, 1), date(2023, 3, 1)])
    with pytest.raises(ValueError, match="contiguous"):
        replace(context, start_utc=np.delete(START, 5), air_temperature_c=np.zeros(1), open_hours=np.zeros(1))


def test_a_point_inside_another_is_no_main() -> None:
    context = replace(constant_heat().context(), parents={HEAT: POWER})
    assert context.mains("district_heating") == []


def test_a_contract_without_price_list_is_a_reason_not_a_crash() -> None:
    context = replace(healthy(0).context(), price_lists=[])
    findings, silences = assess_all(context)
    assert findings == []
    assert any("kan inte prissättas" in found.reason for found in silences)


def test_difference_leaves_out_what_cannot_be_priced_and_says_so() -> None:
    # flow in January unknown: 11 of 12 flow posts are priced, which is enough; 9 of 12 would not be
    tested = healthy(0)
    load = tested.loads[HEAT]
    assert load.volume_m3 is not None
    for months, enough in ((1, True), (3, False)):
        volume = load.volume_m3.copy()
        volume[365 * 24 : 365 * 24 + months * 30 * 24] = np.nan
        context = tested.but(loads={HEAT: replace(load, volume_m3=volume)}).context()
        bill = bill_of(context, context.loads[HEAT])
        found = difference(bill, bill)
        assert (found.reason("flow") is None) == enough
        assert found.reason("demand") is None and len(found.unpriced) == months
        assert found.saving_sek.tolist() == [0.0]


def test_the_net_of_two_bills_names_both() -> None:
    one = Difference(np.array([10.0]), {"Energi": np.array([10.0])}, (), {"energy": (2, 2)})
    two = Difference(np.array([-4.0]), {"Energi": np.array([-4.0])}, ("2023-01 Energi: x",), {"energy": (1, 2)})
    net = combine(one, "fjärrvärme", two, "el")
    assert net.saving_sek[0] == 6.0 and net.posts == {"energy": (3, 4)}
    assert "fjärrvärme energi 10 kr, el energi −4 kr" in net.text() and "1 post kunde" in net.text()
