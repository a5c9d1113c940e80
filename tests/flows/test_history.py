"""The as-of view: what was known on an earlier day, by the same SQL, and what changed it."""

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from energy.errors import SettingsError
from flows import history
from flows.store import Store
from tests.flows.metered import add, build, rows

FIRST, SECOND, THIRD = (datetime(2024, 3, day, 12, tzinfo=UTC) for day in (1, 10, 20))
JANUARY = date(2024, 1, 1)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home: January delivered, a wrong file taken back, an estimate measured later, standings."""
    with Store.write(tmp_path) as store:
        add(store, "jan.csv", rows([(h, 10) for h in range(744)]), FIRST)
        add(store, "fel.csv", rows([(0, 99)]), FIRST, issued_at="2024-02-02", ended_at=SECOND, ended_why="fel mätare",
            status="withdrawn")  # fmt: skip
        add(store, "gissat.csv", rows([(744, 50), (745, 50)], status="estimated"), FIRST)
        add(store, "mätt.csv", rows([(744, 7)]), THIRD)
        add(store, "ställning.csv", rows([(0, 1), (1, 3), (9, 11)], "register", point="736"), FIRST)
        add(store, "ställning2.csv", rows([(5, 4)], "register", point="736"), THIRD)
        build(store, '[[metering_point]]\nid = "736"\nfacility = "hall"\nname = "V"\ncarrier = "other"\n')
        store.publish()
    return tmp_path


def known(home: Path, moment: datetime, point: str = "") -> dict[tuple[str, date], tuple[object, ...]]:
    with Store.read(home) as store:
        keys = ("value_then", "value_now", "difference", "hours_then", "hours_now", "files")
        found = history.months(store, moment, point)
        return {(row["metering_point"], row["month"]): tuple(row[key] for key in keys) for row in found}


def test_what_was_known_before_anything_came(home: Path) -> None:
    found = known(home, FIRST - timedelta(seconds=1))
    assert found["735", JANUARY][:5] == (None, 7440, None, 0, 744)


def test_what_a_wrong_file_did_and_its_withdrawal_undid(home: Path) -> None:
    found = known(home, SECOND - timedelta(seconds=1))
    assert found["735", JANUARY] == (7529, 7440, -89, 744, 744, "fel.csv (återtagen 2024-03-10)")
    assert known(home, SECOND)["735", JANUARY] == (7440, 7440, 0, 744, 744, None)


def test_what_a_later_file_measured(home: Path) -> None:
    found = known(home, SECOND)
    assert found["735", date(2024, 2, 1)] == (100, 57, -43, 2, 2, "mätt.csv (mottagen 2024-03-20)")
    assert found["736", JANUARY] == (10, 10, 0, 9, 9, "ställning2.csv (mottagen 2024-03-20)")
    assert set(known(home, SECOND, "736")) == {("736", JANUARY)}


def test_as_of_now_is_what_holds(home: Path) -> None:
    with Store.read(home) as store:
        now = store.rows("select * from core.readings order by all")
        intervals = store.rows("select * from core.intervals order by all")
        history.lay_out(store, datetime.now(UTC))
        assert store.rows("select * from earlier.core.readings order by all") == now
        assert store.rows("select * from earlier.core.intervals order by all") == intervals
        assert store.rows("select * from core.readings order by all") == now
        history.lay_out(store, FIRST)  # once more, for another day
        assert store.rows("select count(*) from earlier.raw.files where ended_at is null") == [(4,)]


def test_a_day_ends_at_midnight_in_sweden() -> None:
    assert history.end_of_day("2024-03-30") == datetime(2024, 3, 30, 22, 59, 59, 999999, UTC)
    assert history.end_of_day("2024-03-31") == datetime(2024, 3, 31, 21, 59, 59, 999999, UTC)
    for wrong in ("2024-3-1", "igår", "9999-12-31"):
        with pytest.raises(SettingsError, match="ÅÅÅÅ-MM-DD"):
            history.end_of_day(wrong)


@pytest.fixture
def said(home: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[object]:
    """Return a function that runs the command and returns what it printed."""

    def run(**given: object) -> str:
        unset = dict.fromkeys(("as_of", "metering_point", "facility", "first", "last"))
        told = {**unset, "home": home, "json": False, "command": "history", **given}
        assert history.run(argparse.Namespace(**told)) == 0
        return capsys.readouterr().out

    yield run


def test_the_command_tells_a_day(said) -> None:  # type: ignore[no-untyped-def]
    found = said(as_of="2024-03-09")
    assert "fel.csv (återtagen 2024-03-10)" in found and "3 av 3 månader har ändrats" in found
    assert "fel.csv" not in said(as_of="2024-03-10")
    assert "1 av 1" in said(as_of="2024-03-10", first="2024-02", metering_point="735")
    rows_found = json.loads(said(as_of="2024-03-09", json=True))["history"]
    assert {row["month"] for row in rows_found} == {"2024-01-01", "2024-02-01"}
    with pytest.raises(SettingsError, match="735, 736"):
        said(as_of="2024-03-09", metering_point="737")
    with pytest.raises(SettingsError, match="finns inte"):
        said(as_of="2024-03-09", facility="hallen")


def test_the_command_tells_what_has_changed(said) -> None:  # type: ignore[no-untyped-def]
    found = said()
    assert "fel mätare" in found and "återtagen" in found and "uppskattad" in found
    assert "4 versioner av ändrade värden, 1 återtagna" in found
    both = json.loads(said(json=True, last="2024-01"))
    assert [row["file_name"] for row in both["versions"]] == ["jan.csv", "fel.csv"]
    assert [row["file_name"] for row in both["files"]] == ["fel.csv"]
