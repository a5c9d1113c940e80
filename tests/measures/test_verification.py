"""The verification of a done measure by hand: its periods, the meter that pays, and the words of the verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from energy.calendar import month_starts
from energy.measures.verification import (
    Period,
    credited,
    innermost,
    judged,
    period_of,
    resolved,
    through_payer,
    without,
)
from energy.model import Band, Load
from energy.savings.saved.counterfactual import Counterfactual
from tests.measures.facility import HEAT, HOURS, POWER, START, column

MONTHS = month_starts(date(2020, 1, 1), date(2023, 12, 1))
YEAR = Band(50_000.0, 30_000.0, 70_000.0)
DONE = Period(date(2020, 1, 1), date(2022, 1, 1), tuple(MONTHS[24:]), 0)


def test_the_baseline_reaches_back_two_years_and_whole_months_follow() -> None:
    found = period_of(date(2022, 11, 15), MONTHS)
    assert (found.baseline_from, found.months[0], found.months[-1]) == (
        date(2020, 11, 1), date(2022, 12, 1), date(2023, 12, 1),
    )  # fmt: skip
    assert (len(found.months), found.needed, found.reason, found.cut) == (13, 0, None, None)


def test_the_first_of_a_month_is_a_whole_month() -> None:
    assert period_of(date(2023, 4, 1), MONTHS).months[0] == date(2023, 4, 1)
    assert period_of(date(2023, 4, 1), MONTHS).needed == 3


def test_an_earlier_change_on_the_meter_shortens_the_baseline_until_there_is_none() -> None:
    assert period_of(date(2022, 11, 15), MONTHS, earlier=date(2021, 6, 10)).baseline_from == date(2021, 6, 10)
    short = period_of(date(2022, 5, 1), MONTHS, earlier=date(2021, 6, 10))
    assert short.reason == (
        "kan inte bedömas: baslinjen behöver 12 månader före åtgärden, det finns 10 sedan förändringen före den på "
        "samma mätare."
    )
    assert "det finns 6." in (period_of(date(2020, 7, 1), MONTHS).reason or "")


def test_a_later_change_on_the_meter_ends_the_months() -> None:
    found = period_of(date(2022, 1, 1), MONTHS, later=date(2022, 7, 15))
    assert found.months[-1] == date(2022, 6, 1) and found.needed == 6
    said = judged(60_000.0, found, YEAR, YEAR, YEAR).text
    assert said == (
        "Kan inte bedömas: bara 6 hela månader är mätta. Räknas till 2022-07-15, då nästa förändring på samma mätare "
        "börjar."
    )


@pytest.mark.parametrize(
    ("promised", "year", "verdict"),
    [
        (60_000.0, YEAR, "confirmed"),  # 50 of 60 is more than four fifths
        (63_000.0, YEAR, "partly"),
        (60_000.0, Band(5_000.0, -3_000.0, 13_000.0), "not_confirmed"),
        (60_000.0, Band(30_000.0, -10_000.0, 70_000.0), "not_assessed"),  # holds nothing and the whole promise
        (None, YEAR, "confirmed"),
        (None, Band(5_000.0, -3_000.0, 13_000.0), "not_confirmed"),
        (60_000.0, Band(-20_000.0, -30_000.0, -10_000.0), "not_confirmed"),
    ],
)
def test_the_verdict_is_what_the_band_allows(promised: float | None, year: Band, verdict: str) -> None:
    found = judged(promised, DONE, YEAR, year, YEAR)
    assert found.verdict == verdict
    assert found.text.startswith(
        {"confirmed": "Bekräftad", "partly": "Delvis", "not_confirmed": "Inte bekräftad"}.get(
            verdict, "Kan inte bedömas"
        )
    )


def test_too_early_tells_how_many_months_are_missing_and_what_is_known_so_far() -> None:
    found = judged(60_000.0, period_of(date(2023, 4, 1), MONTHS), Band(9_000.0, 4_000.0, 14_000.0), YEAR, YEAR)
    assert found.verdict == "too_early" and np.isnan(found.per_year.value) and found.so_far.value == 9_000.0
    assert found.text == (
        "Kan inte bedömas än: 9 av 12 hela månader är mätta sedan åtgärden, 3 till behövs. Hittills 9\u00a0000 kr "
        "(4\u00a0000 till 14\u00a0000 kr)."
    )


def test_what_only_waits_for_months_is_too_early_and_what_gets_no_more_is_not_assessed() -> None:
    none = Band(np.nan, np.nan, np.nan, reason="kan inte bedömas än: ingen hel månad är mätt")
    assert judged(60_000.0, DONE, none, none, none).verdict == "too_early"
    cut = replace(period_of(date(2023, 4, 1), MONTHS), cut="Nästa åtgärd började 2024-01-01.")
    found = judged(60_000.0, cut, YEAR, YEAR, YEAR)
    assert found.verdict == "not_assessed" and found.text.startswith("Kan inte bedömas: bara 9 hela månader")


def test_what_the_baseline_refuses_gives_no_figure_but_its_reason() -> None:
    none = Band(np.nan, np.nan, np.nan, reason="kan inte bedömas: för spridd")
    found = judged(60_000.0, DONE, none, none, none)
    assert found.verdict == "not_assessed" and np.isnan(found.so_far.value)
    assert found.text == "Kan inte bedömas: för spridd."


def test_the_innermost_meter_is_the_one_to_look_at() -> None:
    parents = {"main": None, "hall": "main", "pump": "hall", "other": "main"}
    assert innermost(["main", "hall", "pump"], parents) == ["pump"]
    assert innermost(["main", "other", "pump"], parents) == ["other", "pump"]
    assert innermost(["main"], parents) == ["main"]


def test_a_submeter_is_paid_for_by_the_meter_above() -> None:
    """The pump took 10 kW and takes 4: without the measure the main meter's 100 kW would have been 106."""
    reporting = np.arange(HOURS) >= HOURS // 2
    own = Load(POWER, START, column(np.where(reporting, 4.0, 10.0)))
    drawn = Load(POWER, START, np.repeat(column(10.0), 3, axis=1))
    found = Counterfactual(own, drawn, reporting, np.zeros(HOURS, dtype=bool), None)
    paid = through_payer(found, Load(HEAT, START, column(100.0), volume_m3=column(1.0)))
    assert paid.actual.energy_kwh.shape == (HOURS, 1) and paid.load.energy_kwh.shape == (HOURS, 3)
    assert set(paid.load.energy_kwh[reporting].ravel()) == {106.0}
    assert set(paid.load.energy_kwh[~reporting].ravel()) == {100.0}
    assert paid.load.volume_m3 is not None and paid.load.volume_m3.shape == (HOURS, 3)
    with pytest.raises(ValueError, match="same hours"):
        through_payer(found, Load(HEAT, START[1:], column(1.0)[1:]))


def test_money_to_be_had_back_once_is_verified_by_its_credit() -> None:
    assert credited(58_292.57, []).verdict == "too_early"
    whole = credited(58_292.57, [58_292.57])
    assert whole.verdict == "confirmed" and whole.so_far.low == whole.so_far.high == 58_292.57
    assert credited(58_292.57, [20_000.0]).text == "Delvis: 20\u00a0000,00 kr av 58\u00a0292,57 kr är krediterat."


@pytest.mark.parametrize("amounts", [[0.0], [500.0, -500.0], [-500.0]])
def test_what_gave_nothing_back_is_no_verdict(amounts: list[float]) -> None:
    found = credited(-500.0 if amounts == [-500.0] else 1_000.0, amounts)
    assert found.verdict == "too_early" and np.isnan(found.so_far.value)
    assert "debiterat på nytt" in found.text


@pytest.mark.parametrize(
    ("settles", "is_open", "last", "latest", "verdict"),
    [
        ("gone", True, date(2020, 1, 1), date(2023, 12, 1), "not_confirmed"),  # old hours that are still missing
        ("gone", False, None, date(2023, 12, 1), "confirmed"),
        ("no_later", True, date(2023, 6, 1), date(2023, 12, 1), "not_confirmed"),
        ("no_later", True, date(2023, 5, 1), date(2023, 12, 1), "confirmed"),  # the months before stay as they were
        ("no_later", True, date(2023, 5, 1), date(2023, 5, 1), "too_early"),
        ("no_later", False, None, None, "too_early"),
        ("no_later", True, None, date(2023, 12, 1), "not_assessed"),  # it is seen: never confirmed
    ],
)
def test_a_mended_fault_is_verified_by_what_the_checks_see(
    settles: str, is_open: bool, last: date | None, latest: date | None, verdict: str
) -> None:
    found = resolved(None, settles, is_open, last, date(2023, 5, 10), latest)
    assert found.verdict == verdict and np.isnan(found.so_far.value)


def test_a_posting_that_is_mended_counts_its_amount_once() -> None:
    found = resolved(16_473.24, "gone", False, None, date(2023, 5, 10), date(2023, 12, 1))
    assert (found.so_far.value, found.verdict) == (16_473.24, "confirmed")
    assert found.text == "Bekräftad: avvikelsen syns inte längre; 16\u00a0473,24 kr är rättade." and np.isnan(
        found.per_year.value
    )


def test_a_verdict_says_which_months_its_figures_leave_out() -> None:
    told = judged(50_000.0, DONE, YEAR, YEAR, YEAR)
    assert without(told, "") is told
    assert without(told, "exklusive feb 2023").text == f"{told.text} Räknat exklusive feb 2023."
    early = judged(50_000.0, replace(DONE, reason="kan inte bedömas: ingen baslinje"), YEAR, YEAR, YEAR)
    assert without(early, "exklusive feb 2023") == early
