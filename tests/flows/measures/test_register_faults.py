"""Faults in the measure register: those that come again, and those of a home younger than twelve months."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from energy.calendar import add_months
from energy.errors import SettingsError
from flows.measures.verifying import _DONE, _ONCE
from flows.store import Store, migrate
from tests.flows.homes import make_home
from tests.flows.measures.test_register import (
    BAD,
    CLAIM,
    DECEMBER,
    GAP,
    HEAD,
    HELD,
    NIGHT,
    PEAK,
    SETTINGS,
    _decide,
    looked,
    stages,
    told,
)


@pytest.fixture
def audited(tmp_path: Path) -> Iterator[Store]:
    with Store.write(make_home(tmp_path, {}, SETTINGS)) as opened:
        seen = {NIGHT: (100.0, 70.0), PEAK: (50.0, 40.0), BAD: (30.0, 20.0)}
        looked(opened, DECEMBER, seen)
        opened.build("core")
        looked(opened, DECEMBER, {NIGHT: (100.0, 70.0)}, found={CLAIM: 500.0, GAP: None})
        yield opened


@pytest.fixture
def home(audited: Store) -> Path:
    return audited.home


def test_findings_of_a_home_with_less_than_twelve_months(tmp_path: Path) -> None:
    with Store.write(make_home(tmp_path, {}, SETTINGS)) as store:
        looked(store, DECEMBER, {}, without=("hall", "bad"), found={CLAIM: 500.0, GAP: None})
        by = ("--by", "controller", "--why", "skäl")
        with pytest.raises(SettingsError, match="kan beslutas när tolv hela månader är mätta"):
            _decide(store, CLAIM, "yes", *by)
        with pytest.raises(SettingsError, match="är ingen åtgärd i registret"):
            _decide(store, f"{CLAIM}x", "yes", *by)
        _decide(store, GAP, "done", *by, "--on", "2024-01-10")
        query = "select stage, one_off, is_visible from marts.measure_register where measure_key = ?"
        assert store.rows(query, [GAP]) == [("done", True, True)]
        assert [once for *_, once, _, _ in store.rows(_DONE, [_ONCE])] == [True]  # it saves nothing a year


ABOUT = "select stage, is_quiet, measures.stage_note from marts.measures inner join marts.measure_register using ("
ABOUT += "measure_key) where measure_key = ?"
LATER = date(2025, 6, 1)


def test_a_fault_that_comes_again_after_it_was_mended_is_no_longer_quiet(home: Path, audited: Store) -> None:
    told(home, audited, "klar.csv", f"{HEAD}{GAP};klar;2024-01-10;drift;;;inläst\n")
    looked(audited, date(2024, 1, 1), {})
    assert audited.rows(HELD, [GAP]) == [("verified", None, None, "confirmed")]
    looked(audited, LATER, {}, found={GAP: None}, last_month=LATER)
    note = (
        "Åter aktuell: åtgärdad från och med 2024-01-10, men felet syns fortfarande eller på nytt, i data till och med"
    )
    assert audited.rows(ABOUT, [GAP]) == [("returned", False, f"{note} 2025-06.")]
    events = audited.rows("select event from marts.measure_history where measure_key = ? order by no", [GAP])
    assert events == [("proposed",), ("decided",), ("verified",), ("returned",)]
    by = ("--by", "drift", "--why", "inläst igen")
    _decide(audited, GAP, "done", *by, "--on", "2025-07-10", "--from", "2025-07-10")
    assert audited.rows(HELD, [GAP]) == [("done", None, None, None)]  # nothing has looked at it since


def test_a_no_to_one_gap_is_no_answer_to_a_later_one(home: Path, audited: Store) -> None:
    told(home, audited, "nej.csv", f"{HEAD}{GAP};nej;2024-01-10;driftchef;;;gammal mätare\n")
    for last, expected in ((date(2024, 1, 1), "declined"), (date(2024, 2, 1), "returned")):
        looked(audited, LATER, {}, found={GAP: None}, last_month=last)
        note = None
        if expected == "returned":
            note = "Åter aktuell: avböjd 2024-01-10, men felet syns i senare data, till och med 2024-02."
        assert audited.rows(ABOUT, [GAP]) == [(expected, expected == "declined", note)]


def test_a_chronic_fault_that_was_declined_is_quiet_until_it_shows_in_half_as_many_months_again(
    home: Path, audited: Store
) -> None:
    """Declined in January 2024 when ten months showed it: quiet to the fifteenth, in June, and back in July."""
    told(home, audited, "nej.csv", f"{HEAD}{GAP};nej;2024-01-10;driftchef;;;gammal mätare\n")
    found = []
    for more in range(7):
        looked(audited, LATER, {}, found={GAP: None}, last_month=add_months(date(2024, 1, 1), more), months=10 + more)
        ((stage, is_quiet, note),) = audited.rows(ABOUT, [GAP])
        assert is_quiet == (stage == "declined") == (note is None)
        found.append(stage)
    assert found == ["declined"] * 6 + ["returned"]
    assert note == (
        "Åter aktuell: avböjd 2024-01-10 när felet syntes i 10 månader; nu syns det i 16 månader, till och med "
        "2024-07: mer än 1,5 gånger så många."
    )
    by = ("--by", "driftchef", "--why", "mätaren byts i höst")
    _decide(audited, GAP, "no", *by, "--on", "2024-07-10")  # the next answer is measured from there
    assert audited.rows(ABOUT, [GAP]) == [("declined", True, None)]


def test_a_decision_once_accepted_stands_when_the_month_is_told_again_without_the_fault(
    home: Path, audited: Store
) -> None:
    told(home, audited, "ja.csv", f"{HEAD}{GAP};ja;2024-01-10;drift;;;beställ data\n")
    looked(audited, DECEMBER, {})  # the hours have been read in, the same month is run again
    looked(audited, LATER, {}, found={GAP: None}, last_month=LATER)  # twelve months from 2024-07
    assert audited.rows("select refused, first_day from core.measure_history") == [(None, date(2023, 1, 1))]
    assert stages(audited)[GAP] == "decided"


def test_a_fault_without_amount_is_told_in_the_words_of_the_latest_month(audited: Store) -> None:
    words = "select title, told_month, first_day from ledger.measures where measure_key = ?"
    audited.con.execute("update ledger.measures set title = 'gammalt'")
    looked(audited, date(2024, 1, 1), {}, found={GAP: None})
    assert audited.rows(words, [GAP]) == [("values_missing", date(2024, 1, 1), date(2023, 1, 1))]
    audited.con.execute("update ledger.measures set title = 'nyare'")
    looked(audited, date(2023, 11, 1), {}, found={GAP: None})  # an older month tells no newer words
    assert audited.rows(words, [GAP]) == [("nyare", date(2024, 1, 1), date(2022, 12, 1))]


def test_a_ledger_of_the_version_before_knows_since_when_its_measures_are_known(audited: Store) -> None:
    audited.con.execute("alter table ledger.measures drop column first_day")
    audited.con.execute("delete from main.migrations where name = '0008_measure_first_day.sql'")
    audited.con.execute("delete from ledger.measure_sightings where measure_key = ?", [PEAK])
    migrate(audited.con)
    days = dict(audited.rows("select measure_key, first_day from ledger.measures"))
    assert (days[NIGHT], days[BAD], days[PEAK]) == (date(2023, 1, 1), DECEMBER, DECEMBER)  # two no longer sighted
