"""Second thoughts: a file taken back, that taken back, and files read again after the settings were mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from energy.errors import SourceError
from flows.intake import reread
from flows.intake.ingest import FileResult
from flows.settings.load import load_settings
from flows.store import Store
from tests.flows.homes import csv, make_home, run, values


def second(home: Path, verb: str, *names: str, why: str | None = None) -> list[FileResult]:
    with Store.write(home) as store:
        settings = load_settings(home)
        if verb == "withdraw":
            return reread.withdraw(store, settings, names, why, lambda _: None)
        if verb == "restore":
            return reread.restore(store, settings, names, lambda _: None)
        return reread.retry(store, settings, lambda _: None)


def statuses(home: Path) -> list[tuple[str, str]]:
    with Store.write(home) as store:
        return store.rows("select file_name, status from raw.files order by file_id")  # type: ignore[return-value]


def test_a_file_taken_back_leaves_its_traces_and_no_values(tmp_path: Path) -> None:
    home = make_home(tmp_path, {"el/a.csv": csv("1,0", "2,0"), "el/fel.csv": csv("9,0", "9,0", "9,0", first_day=2)})
    run(home)
    assert len(values(home)) == 5
    assert second(home, "withdraw", "el/fel.csv", why="fel mätare")[0].status == "withdrawn"
    assert [v for v, _ in values(home)] == [1.0, 2.0]
    with Store.write(home) as store:
        assert store.rows("select count(*) from raw.readings") == [(5,)]
        told = store.rows(
            "select status, ended_why, ended_at is not null from raw.files where file_name = 'el/fel.csv'"
        )
    assert told == [("withdrawn", "fel mätare", True)]


def test_what_is_taken_back_stays_out_until_restored(tmp_path: Path) -> None:
    home = make_home(tmp_path, {"el/a.csv": csv("1,0")})
    run(home)
    second(home, "withdraw", "a.csv", why="fel mätare")
    again = run(home)["el/a.csv"]
    assert again.status == "withdrawn"
    assert "fel mätare" in str(again.message)
    assert values(home) == []
    second(home, "restore", "el/a.csv")
    assert values(home) == [(1.0, "measured")]
    assert run(home)["el/a.csv"].status == "known"
    with pytest.raises(SourceError, match="ingen återtagen fil heter så"):
        second(home, "restore", "el/a.csv")


def test_values_another_file_also_told_come_forward_again(tmp_path: Path) -> None:
    home = make_home(tmp_path, {"el/1.csv": csv("1,0", "2,0")})
    run(home)
    make_home(tmp_path, {"el/2.csv": csv("1,0", "2,0", "3,0")})
    assert run(home)["el/2.csv"].duplicates == 2
    second(home, "withdraw", "el/1.csv")
    assert [v for v, _ in values(home)] == [1.0, 2.0, 3.0]
    assert statuses(home) == [("el/1.csv", "withdrawn"), ("el/2.csv", "replaced"), ("el/2.csv", "loaded")]


def test_names_that_fit_no_file_or_several(tmp_path: Path) -> None:
    home = make_home(tmp_path, {"el/a.csv": csv("1,0")})
    run(home)
    make_home(tmp_path, {"el/a.csv": csv("1,0", "2,0")})
    run(home)
    with pytest.raises(SourceError, match="ingen inläst fil heter så"):
        second(home, "withdraw", "b.csv")
    with pytest.raises(SourceError, match=r"2 inlästa filer passar\. Ange början på rätt sha256"):
        second(home, "withdraw", "el/a.csv")
    with Store.write(home) as store:
        sha = store.rows("select sha256 from raw.files where rows_in = 1")[0][0]
    second(home, "withdraw", sha[:12])
    assert [v for v, _ in values(home)] == [1.0, 2.0]


def mend(home: Path, old: str, new: str) -> None:
    path = home / "energibok.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_mended_unit_reads_the_loaded_file_again(tmp_path: Path) -> None:
    home = make_home(tmp_path, {"el/a.csv": csv("1,0")})
    run(home)
    assert second(home, "retry") == []  # nothing is read otherwise today
    mend(home, 'unit = "kWh"', 'unit = "MWh"')
    with Store.write(home) as store:
        assert len(reread.outdated(store, load_settings(home))) == 1
    assert second(home, "retry")[0].loaded == 1
    assert values(home) == [(1000.0, "measured")]
    assert statuses(home) == [("el/a.csv", "replaced"), ("el/a.csv", "loaded")]


def test_rejected_rows_are_judged_again_by_mended_settings(tmp_path: Path) -> None:
    home = make_home(tmp_path, {"el/a.csv": csv("1,0", "saknas", "3,0")})
    assert run(home)["el/a.csv"].rejected == 1
    mend(home, "[source.options]", '[source.options]\nmissing_values = ["saknas"]')
    found = second(home, "retry")[0]
    assert (found.rows_in, found.loaded, found.rejected, found.duplicates) == (3, 2, 1, 0)
    with Store.write(home) as store:
        rules = "select rule from raw.rejects inner join raw.files using (file_id) where ended_at is null"
        assert store.rows(rules) == [("missing_value",)]


def test_a_file_gone_from_the_inbox_is_retried_from_the_archive(tmp_path: Path) -> None:
    home = make_home(tmp_path, {"el/a.csv": csv("1,0").replace(b"El (kWh)", b"Elenergi")})
    assert run(home)["el/a.csv"].status == "quarantined"
    (home / "inbox/el/a.csv").unlink()
    mend(home, 'column = "El (kWh)"', 'column = "Elenergi"')
    assert second(home, "retry")[0].status == "loaded"
    assert values(home) == [(1.0, "measured")]


def test_settings_made_worse_lose_nothing(tmp_path: Path) -> None:
    home = make_home(tmp_path, {"el/a.csv": csv("1,0")})
    run(home)
    mend(home, 'column = "El (kWh)"', 'column = "Finns inte"')
    found = second(home, "retry")[0]
    assert found.status == "quarantined"
    assert "Den tidigare inläsningen gäller fortfarande." in str(found.message)
    assert values(home) == [(1.0, "measured")]
    assert statuses(home) == [("el/a.csv", "loaded")]


def test_a_file_that_could_not_be_read_is_put_aside_and_taken_up_again(tmp_path: Path) -> None:
    home = make_home(tmp_path, {"el/trasig.csv": b"Datum;Energi\n1;2\n", "okand.bin": b"?"})
    run(home)
    second(home, "withdraw", "el/trasig.csv", "okand.bin", why="prov")
    assert {r.status for r in run(home).values()} == {"withdrawn"}
    with pytest.raises(SourceError, match=r"filen är redan återtagen \(prov\)"):
        second(home, "withdraw", "trasig.csv")
    second(home, "restore", "okand.bin")
    assert run(home)["okand.bin"].status == "unknown"


def test_a_copy_is_taken_back_by_its_own_name(tmp_path: Path) -> None:
    home = make_home(tmp_path, {"el/a.csv": csv("1,0"), "el/kopia.csv": csv("1,0")})
    run(home)
    assert second(home, "withdraw", "el/kopia.csv", why="fel")[0].file_name == "el/a.csv"
    assert values(home) == []


def test_names_kept_by_a_wrong_rule_go_when_the_right_one_reads_the_file(tmp_path: Path) -> None:
    head = "Anläggning;Lokal;Starttid;Sluttid;Aktivitet;Bokad av"
    booking = f"{head}\nhall;A;2024-01-01 10:00;2024-01-01 11:00;Match;Kunigunda\n"
    home = make_home(tmp_path, {"el/lista.csv": booking.encode()})
    assert run(home)["el/lista.csv"].status == "quarantined"
    mend(
        home, 'name = "el"', 'name = "bokningar"\nmatch = "el/lista.csv"\nformat = "bookings"\n[[source]]\nname = "el"'
    )
    assert second(home, "retry")[0].loaded == 1
    kept = [p.read_bytes() for p in (home / "store/archive").rglob("*") if p.is_file()]
    assert len(kept) == 1
    assert b"Kunigunda" not in kept[0]
