"""What the register tells of measures not judged now and of late promises; the day and the words of the command."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from energy.errors import SettingsError
from flows.cli import main
from flows.decisions import deciding
from flows.store import Store
from tests.flows.homes import make_home
from tests.flows.measures.test_register import BAD, DECEMBER, HEAD, NIGHT, PEAK, SETTINGS, _decide, looked, stages, told


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return make_home(tmp_path, {}, SETTINGS)


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with Store.write(home) as opened:
        looked(opened, DECEMBER, {NIGHT: (100.0, 70.0), PEAK: (50.0, 40.0), BAD: (30.0, 20.0)})
        yield opened


def test_what_a_rule_cannot_judge_in_this_run_is_not_called_gone(store: Store) -> None:
    noted = "select stage, stage_note from marts.measure_register where measure_key = ?"
    swapped = "Lagret: kan inte bedömas: mätarna motsäger varandra."
    looked(store, DECEMBER, {NIGHT: (100.0, 70.0)}, silent={"billed_heat_power": swapped})
    said = "Kan inte bedömas nu: Lagret: mätarna motsäger varandra. Senast sedd i data till och med 2023-12."
    assert store.rows(noted, [PEAK]) == [("unjudged", said)]
    assert store.rows("select event from marts.measure_history where measure_key = ?", [PEAK]) == [("proposed",)]
    looked(store, DECEMBER, {NIGHT: (100.0, 70.0)}, silent={"billed_heat_power": "topparna är jämna."})
    gone = "Inte längre synlig: senast sedd i data till och med 2023-12."
    assert store.rows(noted, [PEAK]) == [("gone", gone)]


@pytest.mark.parametrize(("start", "worth", "late"), [
    ("2023-06-01", "", True),
    ("2024-02-01", "", False),  # the proposal came first
    ("2023-06-01", "94", False),  # a promise of one's own, whenever it was made
])  # fmt: skip
def test_a_promise_made_after_the_measure_was_done_is_told_as_such(
    home: Path, store: Store, start: str, worth: str, late: bool
) -> None:
    head = HEAD.replace("\n", ";Besparing per år (SEK)\n")
    told(home, store, "klar.csv", f"{head}{NIGHT};klar;{start};driftchef;{start};;;{worth}\n")
    looked(store, DECEMBER, {NIGHT: (100.0, 70.0)})
    said = (
        "Löftet är satt i efterhand: värdet är räknat på data till och med 2023-12, efter att åtgärden började "
        "2023-06-01."
    )
    query = "select stage, stage_note from marts.measure_register where measure_key = ?"
    assert store.rows(query, [NIGHT]) == [("done", said if late else None)]


class _Midnight(datetime):
    """Half past midnight in Sweden on 2 July 2024; UTC still has the first."""

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return datetime(2024, 7, 1, 22, 30, tzinfo=UTC).astimezone(tz)


def test_a_decision_just_after_midnight_has_the_swedish_day(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """And it is not in the future: the last day anything came in is Swedish as well."""
    monkeypatch.setattr(deciding, "datetime", _Midnight)
    _decide(store, NIGHT, "yes", "--by", "driftchef", "--why", "skäl", "--on", "2024-07-02")
    _decide(store, PEAK, "yes", "--by", "driftchef", "--why", "skäl")
    days = store.rows("select decided_on from marts.measure_register where decision is not null")
    assert days == [(date(2024, 7, 2),)] * 2


def test_a_wrong_key_is_answered_with_three_near_ones_at_most(store: Store) -> None:
    keys = [f"measure:hall:closed_hours_base_load:735{n}" for n in range(9)]
    looked(store, DECEMBER, dict.fromkeys(keys, (100.0, 70.0)))
    by = ("--by", "driftchef", "--why", "skäl")
    for words, near in (
        ((f"{keys[0]}9", "yes"), 3),
        ((keys[0], "--undo"), 0),
        ((keys[0], "no", "--on", "2019-01-01"), 0),
    ):
        with pytest.raises(SettingsError, match="energibok measures --register") as refused:
            _decide(store, *words, *by)
        assert str(refused.value).count("measure:") == 1 + near


def test_a_claim_that_comes_once_is_not_headed_as_a_year(
    home: Path, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    store.publish()
    assert main(["measures", "--register", "--home", str(home)]) == 0
    head = capsys.readouterr().out
    assert "Bara en gång" in head and "Senaste värde (per år eller en gång)" in head
    assert "Senaste värde per år" not in head and "Utlovat per år" not in head


def test_a_promise_far_above_what_the_measure_can_give_is_told_and_the_registers_own_counts(
    home: Path, store: Store
) -> None:
    head = HEAD.replace("\n", ";Besparing per år (SEK)\n")
    rows = f"{NIGHT};ja;2024-01-10;driftchef;;;;999999999\n{PEAK};ja;2024-01-10;driftchef;;;;290\n"
    told(home, store, "beslut.csv", head + rows)
    looked(store, DECEMBER, {NIGHT: (100.0, 70.0), PEAK: (50.0, 40.0)})
    promised = dict(store.rows("select measure_key, promised_sek_per_year from marts.measure_register"))
    assert promised[NIGHT] == 100.0  # what was seen; its upper end is 200
    assert promised[PEAK] == 290.0  # not quite three times the upper end of 100
    [(row, said)] = store.rows("select row_no, remark from core.measure_history where remark is not null")
    assert row == 2
    assert "utlovar 999\xa0999\xa0999 kr, mer än 3 gånger" in said and "(200 kr)" in said


def test_a_decision_of_a_file_without_role_or_reason_is_told_and_holds(home: Path, store: Store) -> None:
    told(home, store, "beslut.csv", f"{HEAD}{NIGHT};nej;2024-01-10;;;;\n{PEAK};ja;2024-01-10;driftchef;;;\n")
    looked(store, DECEMBER, {NIGHT: (100.0, 70.0), PEAK: (50.0, 40.0)})
    [(row, said)] = store.rows("select row_no, remark from core.measure_history where remark is not null")
    assert row == 2 and "saknar ansvarig roll och skäl (anteckning)" in said
    assert stages(store)[NIGHT] == "declined"
