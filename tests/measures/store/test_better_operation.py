"""What three rules make of a better operation, by hand: each alone in a year with nothing else to better."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.measures import MeasureFinding
from energy.measures.combined import Combined
from energy.measures.shared import better_store
from energy.measures.store import charged_too_little, idle_at_peaks, run_when_uneconomic
from energy.storage.optimum.operation import Operation
from energy.storage.optimum.plant import Side
from tests.measures.facility import HEAT, HOURS, MONTHS
from tests.measures.store.facility import finding, silent
from tests.measures.store.operated import DAY, DRAWS, HOURS_A_YEAR, STORE, operated, schedule

REACHED = 0.95
RULES = (charged_too_little, idle_at_peaks, run_when_uneconomic)
HOUR = np.arange(HOURS_A_YEAR)


def test_idle_on_the_days_that_are_billed() -> None:
    """Three days of 200 kW could have been 150: 50 kW · 1 000 kr, 3 600 kWh at 0.6 kr less 0.2 kr as stored."""
    cold = np.isin(DAY, (20, 21, 22))
    found = operated(np.where(cold, 200.0, 100.0), schedule(), schedule(draw=np.where(cold, 50.0, 0.0)), stored=0.2)
    one = finding(idle_at_peaks.assess, found)
    assert one.saving_sek_per_year.value == pytest.approx(REACHED * (50_000 + 3_600 * (0.6 - 0.2)))
    assert one.saving_kwh_per_year == pytest.approx(REACHED * 3_600)
    assert "3 dygn" in one.description and "200" in one.description and "150" in one.description
    assert [row.value for row in one.evidence] == [200.0] * 3
    assert one.confidence == "medel" and one.key == "measure:prov:idle_at_peaks:s"
    assert (
        "över orsakens eget belopp på sidan Lagret, 51\u00a0440 kr: bandet räknar med att 65 till 120 % kan nås"
        in one.method
    )
    assert "för driften med det som var känt dagen innan är inte den bästa." in one.method
    assert one.saving_sek_per_year.high > 51_440
    others = [rule.assess(found)[0] for rule in (charged_too_little, run_when_uneconomic)]
    assert not any(isinstance(other, MeasureFinding) for other in others)


def test_a_band_that_reaches_zero_is_no_saving() -> None:
    """The same year, but a tenth of the draws of its cause lose: the band of 90 % holds a loss."""
    cold = np.isin(DAY, (20, 21, 22))
    found = operated(np.where(cold, 200.0, 100.0), schedule(), schedule(draw=np.where(cold, 50.0, 0.0)), stored=0.2)
    gap = found.operations["s"].ahead_gap
    assert gap is not None
    lost = np.where(np.arange(DRAWS + 1) % 10 == 1, -0.1, 1.0)
    causes = tuple(replace(cause, value_sek=cause.value_sek * lost) for cause in gap.causes)
    doubted = replace(found.operations["s"], ahead_gap=replace(gap, causes=causes))
    told = silent(idle_at_peaks.assess, replace(found, operations={"s": doubted}))
    assert "kan inte skiljas från vanlig spridning" in told


def test_run_when_the_stored_heat_is_worth_more_later() -> None:
    """10 000 kWh drawn for 0.6 kr each though a stored kWh is worth 0.9: 0.3 kr lost on each."""
    in_vain = np.where((HOUR >= 3000) & (HOUR < 3100), 100.0, 0.0)
    need = np.where(np.isin(DAY, (20, 21, 22)), 200.0, 100.0)
    found = operated(need, schedule(draw=in_vain), schedule(), stored=0.9)
    one = finding(run_when_uneconomic.assess, found)
    assert one.saving_sek_per_year.value == pytest.approx(REACHED * 10_000 * 0.3)
    assert one.saving_kwh_per_year == pytest.approx(-REACHED * 10_000)
    assert "100 timmar" in one.description and "10,0 MWh" in one.description
    assert "bara 0 kr/år" in silent(idle_at_peaks.assess, found)


def test_hours_that_would_set_the_billed_power_are_no_running_in_vain() -> None:
    """The same hours in the cold days that are billed: what is drawn there stays, whatever a stored kWh is worth."""
    cold = np.isin(DAY, (20, 21, 22))
    need = np.where(cold, 200.0, 100.0)
    run = schedule(draw=np.where(cold, 100.0, 0.0))
    found = operated(need, run, schedule(draw=np.where(cold, 90.0, 0.0)), stored=0.9)
    assert "kr/år" in silent(run_when_uneconomic.assess, found)


def test_what_better_charging_brings_is_its_own_worth() -> None:
    """20 000 kWh charged for nothing and drawn for 0.6 kr: all of it is the charge's, not only the last kWh's 0.2."""
    charge = np.where((HOUR >= 4000) & (HOUR < 5000), 20.0, 0.0)
    draw = np.where((HOUR >= 7000) & (HOUR < 8000), 20.0, 0.0)
    found = operated(100.0, schedule(), schedule(charge, draw), stored=0.2)
    one = finding(charged_too_little.assess, found)
    assert one.saving_sek_per_year.value == pytest.approx(REACHED * 20_000 * 0.6)
    assert "driften med det som var känt dagen innan laddar 20 MWh" in one.description
    assert {row.label for row in one.evidence} == {"Mer att ladda"} and "Ladda så snart" in one.description
    gap = found.operations["s"].ahead_gap
    assert gap is not None and gap.cause("rest").value_sek == pytest.approx(0.0)
    assert np.sum([cause.value_sek for cause in gap.causes], axis=0) == pytest.approx(gap.total_sek)


def test_half_of_what_is_drawn_is_the_charges_where_it_brought_half() -> None:
    """20 000 kWh drawn, 10 000 of them charged: S1 has 10 000 · 0.2 and half of the rest, 20 000 · (0.6 - 0.2)."""
    charge = np.where((HOUR >= 4000) & (HOUR < 4500), 20.0, 0.0)
    draw = np.where((HOUR >= 7000) & (HOUR < 8000), 20.0, 0.0)
    found = operated(100.0, schedule(), schedule(charge, draw), stored=0.2)
    one = finding(charged_too_little.assess, found)
    assert one.saving_sek_per_year.value == pytest.approx(REACHED * (10_000 * 0.2 + 0.5 * 20_000 * 0.4))


def test_the_effect_is_what_is_reached_in_this_year_and_the_one_before() -> None:
    cold = np.isin(DAY, (20, 21, 22))
    found = operated(np.where(cold, 200.0, 100.0), schedule(), schedule(draw=np.where(cold, 50.0, 0.0)), stored=0.2)
    effect = finding(idle_at_peaks.assess, found).effect
    assert effect is not None
    after = effect(found.state()).loads[HEAT].energy_kwh[:, 0]
    before = found.loads[HEAT].energy_kwh[:, 0]
    daily = (before - after).reshape(-1, 24).sum(axis=1)
    assert daily[[20, 385, 400]] == pytest.approx([REACHED * 1200, REACHED * 1200, 0.0])
    assert len(after) == HOURS


@pytest.mark.parametrize("rule", RULES)
def test_why_there_is_no_better_operation_is_said(rule: object) -> None:
    assess = rule.assess  # type: ignore[attr-defined]
    found = operated(100.0, schedule(), schedule(), stored=0.2)
    assert silent(assess, found) == "Tanken: bara 0 kr/år att vinna."
    assert silent(assess, replace(found, stores=())) == "anläggningen har inget energilager."
    assert silent(assess, replace(found, operations={})) == "saknar data: driften av s är inte beräknad."
    unknown = Operation(STORE, tuple(MONTHS), reason="kan inte bedömas: inladdningen mäts inte")
    assert "inladdningen mäts inte" in silent(assess, replace(found, operations={"s": unknown}))


def test_foresight_alone_has_low_confidence() -> None:
    cold = np.isin(DAY, (20, 21, 22))
    found = operated(np.where(cold, 200.0, 100.0), schedule(), schedule(draw=np.where(cold, 50.0, 0.0)), stored=0.2)
    blind = replace(found.operations["s"], ahead=None, ahead_gap=None, ahead_reason="kan inte bedömas: ett år")
    one = finding(idle_at_peaks.assess, replace(found, operations={"s": blind}))
    assert one.confidence == "låg" and "allt känt i förväg" in one.method


def test_a_set_of_one_is_worth_what_the_list_says() -> None:
    """10 000 kWh more charged and drawn than 20 000: what is taken out of the store is priced in the set as well."""
    cold = np.isin(DAY, (20, 21, 22))
    charge = np.where((HOUR >= 4000) & (HOUR < 4500), 20.0, 0.0)
    draw = np.where((HOUR >= 7000) & (HOUR < 8000), 20.0, 0.0)
    in_vain = np.where((HOUR >= 3000) & (HOUR < 3100), 100.0, 0.0)
    cases = (
        (operated(np.where(cold, 200.0, 100.0), schedule(), schedule(draw=np.where(cold, 50.0, 0.0)), 0.2), "S2"),
        (operated(np.where(cold, 200.0, 100.0), schedule(draw=in_vain), schedule(), 0.9), "S6"),
        (operated(100.0, schedule(), schedule(charge, draw), 0.2), "S1"),
        (
            operated(np.where(cold, 200.0, 100.0), schedule(draw=in_vain), schedule(charge, draw + 50.0 * cold), 0.2),
            "*",
        ),
    )
    for found, code in cases:
        listed = [one for rule in RULES for one in rule.assess(found) if isinstance(one, MeasureFinding)]
        assert listed, code
        for one in listed:
            alone = Combined(found, [one]).worth([one.key])
            assert alone == pytest.approx(one.saving_sek_per_year.value, abs=0.01), (code, one.key)
            assert one.saving_sek_per_year.low <= alone <= one.saving_sek_per_year.high
    two = [finding(rule.assess, cases[3][0]) for rule in (idle_at_peaks, charged_too_little)]
    whole = Combined(cases[3][0], two).worth([one.key for one in two])
    assert whole == pytest.approx(sum(one.saving_sek_per_year.value for one in two))


def test_the_words_follow_the_sign_of_what_better_charging_changes() -> None:
    """10 000 kWh charged though each costs the store 0.2 kr: 2 000 kr are lost, and the advice is to charge less."""
    charge = np.where((HOUR >= 3000) & (HOUR < 3500), 20.0, 0.0)
    label, shown, advice = charged_too_little._advice(2.0, 12.0, [2.0, -12.0])
    assert (label, shown) == ("Mindre att ladda", [0.0, 12.0])
    assert "för mycket: 12 MWh" in advice and "2 MWh mer" in advice and "så snart" not in advice
    found = operated(100.0, schedule(charge), schedule(), stored=-0.2)
    one = finding(charged_too_little.assess, found)
    assert one.saving_sek_per_year.value == pytest.approx(REACHED * 10_000 * 0.2)
    assert "laddades 10 MWh" in one.description and "laddar 0 MWh" in one.description
    assert {row.label for row in one.evidence} == {"Mindre att ladda"} and all(row.value > 0 for row in one.evidence)
    assert sum(row.value for row in one.evidence) == pytest.approx(10.0)
    assert "Ladda mindre" in one.description and "så snart" not in one.description


def test_the_year_before_is_changed_on_its_own_days() -> None:
    """Last year's idle days lay in December: there is the change of the year before, not on this year's January."""
    cold = np.isin(DAY, (20, 21, 22))
    found = operated(np.where(cold, 200.0, 100.0), schedule(), schedule(draw=np.where(cold, 50.0, 0.0)), stored=0.2)
    theirs = np.where(np.isin(DAY, (350, 351, 352)), -40.0, 0.0)
    known = replace(found.operations["s"], before_kwh={"S2": (theirs,)})
    effect = finding(idle_at_peaks.assess, replace(found, operations={"s": known})).effect
    assert effect is not None
    taken = found.loads[HEAT].energy_kwh[:, 0] - effect(found.state()).loads[HEAT].energy_kwh[:, 0]
    daily = taken.reshape(-1, 24).sum(axis=1)
    assert daily[[20, 350, 385]] == pytest.approx([0.0, REACHED * 960.0, REACHED * 1200.0])


def test_a_gain_within_the_tolerance_of_the_meters_is_not_told() -> None:
    """876 MWh delivered at 0.6 kr are worth 525 600 kr: of 3 000 kr, less than 3 % of that, nothing is said."""
    run = np.full(HOURS_A_YEAR, 100.0)
    stopped = np.where((HOUR >= 3000) & (HOUR < 3100), 0.0, run)
    found = operated(np.where(DAY < 3, 500.0, 300.0), schedule(draw=run), schedule(draw=stopped), stored=0.9)
    assert "mindre än mätarnas fel" in silent(run_when_uneconomic.assess, found)


def test_a_warmer_store_is_worth_the_electricity_it_saves() -> None:
    """1 000 kWh kept in the first hour of a store of 500 kWh/K, nothing lost: 2 K all year, and 2 K left by the year
    before. 10 kWh drawn an hour for a fifth in electricity at 1 kr: 17 520 kr, of which 2.5 % for each of 4 K."""
    found = operated(100.0, schedule(draw=10.0), schedule(draw=np.where(HOUR == 0, 0.0, 10.0)), stored=0.9)
    year = found.operations["s"].year
    assert year is not None
    ones = np.ones(HOURS_A_YEAR)
    power = Side("el", "electricity", 0 * ones, 0 * ones, 0.2 * ones, ones)
    store = replace(STORE, heat_capacity_kwh_per_k=500.0)
    one = replace(found.operations["s"], store=store)
    cause = replace(one.ahead_gap.causes[0], net_kwh=np.where(HOUR == 0, 1000.0, 0.0))  # type: ignore[union-attr]
    year = replace(year, sides=(*year.sides, power))
    case = better_store.Case(one, year, year.observed.actual, year.observed.actual, cause)
    assert better_store._warmth_sek(found, case)[0] == pytest.approx(0.2 * 10 * HOURS_A_YEAR * 0.025 * 4.0)
    blind = replace(case, operation=replace(one, store=STORE))
    assert (better_store._warmth_sek(found, blind) == 0.0).all()


def test_a_loss_is_a_cost_and_says_why_its_cause_is_a_gain() -> None:
    cold = np.isin(DAY, (20, 21, 22))
    found = operated(np.where(cold, 200.0, 100.0), schedule(), schedule(draw=np.where(cold, 50.0, 0.0)), stored=0.2)
    one = found.operations["s"]
    assert one.year is not None and one.ahead_gap is not None
    actual, value = one.year.observed.actual, np.full(3, 4_000.0)
    cause = replace(one.ahead_gap.cause("S2"), value_sek=value)
    case = better_store.Case(one, one.year, actual, actual, cause, reached=0.5, warmth_sek=-6_000.0)
    band = better_store.band_of(np.full(3, -4_000.0))
    told = better_store._too_little(case, band)
    assert told == (
        "ingen vinst. Orsaken är +4 000 kr/år på sidan Lagret, men där räknas inte att lagret blir kallare: 12 000 kr"
        " mer i el till värmepumpen. Av det räknas 50 %: en kostnad på 4 000 kr/år."
    ).replace("4 000", "4\u00a0000").replace("12 000", "12\u00a0000")
    told = str(better_store._too_little(replace(case, warmth_sek=0.0), band))
    assert "ensam på räkningarna är den en kostnad på" in told and "kallare" not in told
    told = str(better_store._too_little(replace(case, cause=replace(cause, value_sek=-value)), band))
    assert told.startswith("ingen vinst: det som ändras är en kostnad på") and "att vinna" not in told


def test_an_emptier_store_costs_its_energy_and_its_cold() -> None:
    """1 440 kr, of them 720 for 3 600 kWh: 20 öre the day it was drawn, where the year's end has 25."""
    cold = np.isin(DAY, (20, 21, 22))
    found = operated(np.where(cold, 200.0, 100.0), schedule(), schedule(draw=np.where(cold, 50.0, 0.0)), stored=0.2)
    one = found.operations["s"]
    assert one.year is not None and one.ahead_gap is not None and one.optimum is not None
    cause, alone = one.ahead_gap.cause("S2"), better_store.Alone(0.0, 0.0, 0.0, -1_440.0)
    one = replace(one, optimum=replace(one.optimum, end_sek_per_kwh=0.25))
    actual = one.year.observed.actual
    case = better_store.Case(one, one.year, actual, actual, cause, warmth_sek=-720.0, alone=alone)
    said = idle_at_peaks._parts(case)
    assert "3,6 MWh tommare, vilket kostar 720 kr, och är kallare, vilket kostar 720 kr i el till värmepumpen" in said
    assert "den dag den togs, 20,0 öre i medel" in said and "vid årets slut till 25,0 öre" in said
    same = idle_at_peaks._parts(replace(case, warmth_sek=0.0, alone=replace(alone, stored_sek=-900.0)))
    assert "vilket kostar 900 kr och är avdraget." in same and "öre" not in same


def test_a_fuller_store_is_worth_its_energy_and_its_warmth_apart() -> None:
    """3 600 kWh more left, worth 720 kr as energy; of 1 440 kr in all the rest is what a warmer store saves."""
    cold = np.isin(DAY, (20, 21, 22))
    found = operated(np.where(cold, 200.0, 100.0), schedule(), schedule(draw=np.where(cold, 50.0, 0.0)), stored=0.2)
    one = found.operations["s"]
    assert one.year is not None and one.ahead_gap is not None
    cause, alone = replace(one.ahead_gap.cause("S2"), stored_kwh=3_600.0), better_store.Alone(0.0, 0.0, 0.0, 1_440.0)
    actual = one.year.observed.actual
    case = better_store.Case(one, one.year, actual, actual, cause, warmth_sek=720.0, alone=alone)
    said = idle_at_peaks._parts(case)
    assert "3,6 MWh fullare, värt 720 kr, och är varmare, vilket sparar 720 kr i el till värmepumpen; båda är" in said
    assert "fullare, värt 1\u00a0440 kr, vilket är inräknat." in idle_at_peaks._parts(replace(case, warmth_sek=0.0))
    colder = idle_at_peaks._parts(replace(case, warmth_sek=-60.0))
    assert "fullare, värt 1\u00a0500 kr, vilket är inräknat, men kallare, vilket kostar 60 kr i el" in colder
