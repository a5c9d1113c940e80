"""Effects and their combination: one effect gives the finding's own value, two that meet give less than their sum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.errors import SettingsError
from energy.measures import MeasureContext, MeasureFinding, assess_all
from energy.measures.base import State
from energy.measures.combined import NO_MORE, TAKES, Combined, cost_sek, most_for
from energy.measures.shared.effects import scaled
from energy.model import Band, Load
from tests.measures.facility import COOLER, HEAT, HOURS, POWER, START, Facility, column
from tests.measures.tariff.test_billed_heat_power import with_peaks
from tests.measures.test_registry import healthy


def faulty() -> Facility:
    """Return the facility without faults, given four: peaks, a warm return, nights, heat thrown away."""
    tested = healthy(1)
    loads, heat = dict(tested.loads), tested.loads[HEAT]
    peaks = with_peaks(heat.energy_kwh[:, 0].reshape(-1, 24).mean(axis=1), 330.0).energy_kwh
    back = column(33.0 + 15.0 * (np.arange(HOURS) // 24 % 7 > 1))
    volume = peaks / (1.163 * (80 - back))
    loads[HEAT] = Load(HEAT, START, peaks, volume, volume * 80, volume * back)
    nights = (tested.open_hours == 0) & (np.arange(HOURS) >= 365 * 24)
    loads[POWER] = Load(POWER, START, loads[POWER].energy_kwh + 30.0 * nights[:, None])
    loads[COOLER] = Load(COOLER, START, column(60.0))
    return tested.but(loads=loads)


@pytest.fixture(scope="module")
def case() -> tuple[MeasureContext, list[MeasureFinding]]:
    context = replace(faulty().context(), draws=2)
    return context, assess_all(context)[0]


def test_every_effect_alone_gives_the_value_of_its_finding(
    case: tuple[MeasureContext, list[MeasureFinding]],
) -> None:
    context, findings = case
    combined = Combined(context, findings)
    assert {found.measure_id for found in combined.findings} >= {
        "billed_heat_power", "high_return_temperature", "closed_hours_base_load", "heat_bought_while_rejecting",
    }  # fmt: skip
    for found in combined.findings:
        assert combined.worth([found.key]) == pytest.approx(found.saving_sek_per_year.value, rel=1e-6), found.key
        assert found.picture and all(len(s.x) == len(s.y) > 0 for s in found.picture.series)


def test_measures_that_meet_give_less_than_their_sum_in_every_order(
    case: tuple[MeasureContext, list[MeasureFinding]],
) -> None:
    combined = Combined(*case)
    keys = [found.key for found in combined.findings]
    steps = combined.marginal_list()
    assert [step.rank for step in steps] == list(range(1, len(keys) + 1))
    assert steps[-1].cumulative.value == pytest.approx(combined.worth(keys))
    assert steps[-1].cumulative.value == pytest.approx(combined.worth(reversed(keys)))
    assert steps[-1].cumulative.value == pytest.approx(sum(step.marginal.value for step in steps))
    assert steps[-1].cumulative.value < steps[-1].separate_sek - 1000  # the thrown away heat also needs less flow
    assert all(step.cumulative.low <= step.cumulative.value <= step.cumulative.high for step in steps)


def halves(values: dict[str, float], kinds: dict[str, str], factors: dict[str, float]) -> Combined:
    """Return made-up measures, each of which multiplies a constant 100 kW of electricity at 1 kr/kWh."""
    listed = healthy(0).lists[1]
    facility = Facility({POWER: Load(POWER, START, column(100.0))}, {POWER: "electricity"}, [listed])
    findings = [
        MeasureFinding(
            kinds[key], key, "prov", key, key, Band(value, 0.5 * value, 1.5 * value), 0.0, "hög", "", (),
            effect=scaled(POWER, column(factors[key])),
        )
        for key, value in values.items()
    ]  # fmt: skip
    return Combined(facility.context(), findings)


def test_a_set_by_hand() -> None:
    # 876 000 kr a year. a saves 40 %, b 30 % (of what is left): 0.4 + 0.6 · 0.3 = 0.58, that is 508 080 kr; alone they
    # are 350 400 and 262 800. c costs nothing and saves 10 %: of 0.6 · 0.7 that is 36 792 more.
    kinds = {"a": "heat_bought_while_rejecting", "b": "high_return_temperature", "c": "billed_heat_power"}
    values = {"a": 350_400.0, "b": 262_800.0, "c": 87_600.0}
    combined = halves(values, kinds, {"a": 0.6, "b": 0.7, "c": 0.9})
    steps = combined.marginal_list()
    assert [step.key for step in steps] == ["a", "b", "c"]
    assert [step.marginal.value for step in steps] == pytest.approx([350_400, 157_680, 36_792])
    # with a under way the others are worth what it leaves, and it is in no sum
    left = combined.marginal_list(["a"])
    assert [step.key for step in left] == ["b", "c"]
    assert [step.marginal.value for step in left] == pytest.approx([157_680, 36_792])
    assert [step.cumulative.value for step in left] == pytest.approx([157_680, 194_472])
    assert left[-1].separate_sek == pytest.approx(262_800 + 87_600)
    assert [step.separate_sek for step in steps] == pytest.approx([350_400, 613_200, 700_800])
    # half-widths: 175 200 of a, 78 840 of b, added: they may rest on the same assumption
    assert steps[1].cumulative.high == pytest.approx(508_080 + 175_200 + 78_840)
    assert steps[1].cumulative.low == pytest.approx(508_080 - 175_200 - 78_840)
    # a costs a million by its class, b 25 000, c nothing: what can be had for 100 000 kr is b and c
    chosen = most_for(combined, 100_000)
    assert ([step.key for step in chosen.steps], chosen.cost_sek, chosen.exact) == (["b", "c"], 25_000, True)
    assert chosen.steps[-1].cumulative.value == pytest.approx(876_000 * (1 - 0.7 * 0.9))
    assert most_for(combined, 0).steps[0].key == "c"
    assert cost_sek(combined.by_key("a")) == 1_000_000


def test_a_step_that_adds_nothing_adds_0_and_counts_among_what_all_give_one_by_one() -> None:
    # a saves 40 % of 876 000 kr; b leaves what a has left as it is, and c makes it dearer by 10 %: 52 560 kr
    kinds = {"a": "heat_bought_while_rejecting", "b": "high_return_temperature", "c": "billed_heat_power"}
    combined = halves({"a": 350_400.0, "b": 5_000.0, "c": 1_000.0}, kinds, {"a": 0.6, "b": 1.0, "c": 1.1})
    first, *rest = combined.marginal_list()
    assert first.key == "a" and first.reason is None
    said = {step.key: (step.marginal.value, step.reason) for step in rest}
    assert said["b"] == (0.0, NO_MORE)
    assert said["c"] == (pytest.approx(-52_560), TAKES)
    assert rest[-1].cumulative.value == pytest.approx(350_400)
    assert rest[-1].separate_sek == pytest.approx(356_400)
    assert [step.key for step in most_for(combined, 1e7).steps] == ["a"]


def test_with_many_measures_the_money_goes_where_it_gives_most() -> None:
    values = {f"m{n}": 8_760.0 for n in range(9)}
    combined = halves(values, dict.fromkeys(values, "high_return_temperature"), dict.fromkeys(values, 0.99))
    chosen = most_for(combined, 60_000)  # 25 000 each: two of them
    assert not chosen.exact and len(chosen.steps) == 2
    assert chosen.steps[-1].cumulative.value == pytest.approx(876_000 * (1 - 0.99**2))


def test_an_unknown_key_names_those_there_are() -> None:
    combined = halves({"a": 1.0}, {"a": "billed_heat_power"}, {"a": 0.9})
    with pytest.raises(SettingsError, match="Finns: a"):
        combined.worth(["b"])


def test_scaling_leaves_the_first_state_alone() -> None:
    state = healthy(0).context().state()
    after: State = scaled(POWER, column(0.5))(state)
    assert after.loads[POWER].energy_kwh.sum() == pytest.approx(0.5 * state.loads[POWER].energy_kwh.sum())
    assert after.loads[HEAT] is state.loads[HEAT]
