"""What --facility, --from and --to choose, and what is said where they choose nothing."""

from __future__ import annotations

import argparse
import re
from datetime import date
from pathlib import Path

import pytest

from energy.errors import SettingsError
from flows.answers import must_exist, told_span, unused_span
from flows.cli import main
from flows.store import Store
from tests.flows.homes import make_home

ROWS = [{"facility": "hall", "month": date(2020, month, 1)} for month in (3, 4, 5)] + [
    {"facility": "bad", "month": date(2024, 1, 1)}
]


def asked(first: str | None = None, last: str | None = None, facility: str | None = "hall") -> argparse.Namespace:
    return argparse.Namespace(first=first, last=last, facility=facility)


@pytest.mark.parametrize(("first", "last"), [("2020-06", None), (None, "2020-02"), ("2023-01", "2024-12")])
def test_months_outside_the_data_are_refused_with_those_there_are(first: str | None, last: str | None) -> None:
    with pytest.raises(SettingsError, match="uppgifterna går från 2020-03 till 2020-05"):
        told_span(asked(first, last), ROWS, "month")


def test_months_partly_outside_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    told_span(asked("2019-01", "2020-04"), ROWS, "month")
    assert "--from 2019-01 --to 2020-04: uppgifterna går från 2020-03 till 2020-05." in capsys.readouterr().err


def test_months_inside_need_no_word_unless_other_tables_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    told_span(asked("2020-03", "2020-05"), ROWS, "month")
    told_span(asked(), ROWS, "month", "«Per månad»")
    assert capsys.readouterr().err == ""
    told_span(asked("2020-04"), ROWS, "month", "«Per månad»")
    assert "väljer månader i «Per månad»; övriga tabeller gäller hela tiden" in capsys.readouterr().err


def test_a_command_without_months_says_that_it_takes_none(capsys: pytest.CaptureFixture[str]) -> None:
    unused_span(asked(), "skälet.")
    assert capsys.readouterr().err == ""
    unused_span(asked("2020-04"), "skälet.")
    assert "används inte här: skälet." in capsys.readouterr().err


def test_an_id_nearly_right_gets_the_right_one() -> None:
    must_exist("--facility", "hall", ["hall", "bad"])
    with pytest.raises(SettingsError, match=re.escape("«hal» finns inte. Menade du «hall»? Finns: bad, hall.")):
        must_exist("--facility", "hal", ["hall", "bad"])
    with pytest.raises(SettingsError, match=re.escape("Det finns inga.")):
        must_exist("--store", "lager", [])


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home whose figures were published before the bills of the better operation were kept."""
    home = make_home(tmp_path_factory.mktemp("older"), {}, "")
    with Store.write(home) as store:
        for mart in ("storage", "storage_monthly", "storage_optimum", "measure_register"):
            store.con.execute(f"create schema if not exists marts; create table marts.{mart} (store varchar)")
        store.publish()
    return home


@pytest.mark.parametrize(
    "words",
    [
        ["storage"], ["storage", "--json"], ["explain", "dispatch/lager/optimal"],
        ["decide", "measure:hall:x", "yes", "--by", "driftchef", "--why", "skäl"],
    ],
)  # fmt: skip
def test_figures_of_an_older_version_are_told_as_such(
    older: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--home", str(older)]) in (2, 3)
    said = capsys.readouterr().err
    assert "är publicerat av en äldre version (utan" in said and "Kör energibok monthly." in said
