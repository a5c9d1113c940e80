"""The month's steps: a run with nothing new changes nothing and does no work; anything that decides a figure does."""

from __future__ import annotations

from pathlib import Path

from flows.month import analyse_step, ingest_step, publish_step
from flows.store import Store
from tests.flows.homes import csv, make_home


def month(home: Path) -> tuple[str, dict[str, Path]]:
    ingest_step(home)
    return analyse_step(home), publish_step(home, again=False)


def test_nothing_new_leaves_the_figures_and_the_pages_alone(tmp_path: Path) -> None:
    home = make_home(tmp_path, {"el/a.csv": csv(*["1,0"] * 48)})
    first, places = month(home)
    page = places["Sidor"].stat().st_mtime_ns
    assert month(home) == (first, places)
    assert places["Sidor"].stat().st_mtime_ns == page
    with Store.write(home) as store:
        steps = store.rows("select step, count(*) from ledger.runs where status = 'done' group by step order by step")
    assert steps == [("analyse", 1), ("ingest", 2), ("publish", 1)]


def test_a_new_file_a_changed_setting_and_a_broken_file_are_something_new(tmp_path: Path) -> None:
    home = make_home(tmp_path, {"el/a.csv": csv(*["1,0"] * 48)})
    seen = {month(home)[0]}
    make_home(home, {"el/b.csv": csv(*["1,0"] * 24, first_day=3)})
    seen.add(month(home)[0])
    settings = home / "energibok.toml"
    settings.write_text('organisation = "Kommunen"\n' + settings.read_text(encoding="utf-8"), encoding="utf-8")
    seen.add(month(home)[0])
    (home / "inbox/el/trasig.csv").write_bytes(b"Datum\n1\n")
    seen.add(month(home)[0])
    assert len(seen) == 4


def test_a_publication_with_a_part_missing_is_made_again(tmp_path: Path) -> None:
    home = make_home(tmp_path, {"el/a.csv": csv(*["1,0"] * 48)})
    _, places = month(home)
    places["Brev"].unlink()
    assert month(home)[1]["Brev"].is_file()


def test_a_run_that_was_killed_is_told_as_aborted(tmp_path: Path) -> None:
    home = make_home(tmp_path, {"el/a.csv": csv("1,0")})
    with Store.write(home) as store:
        store.con.execute("insert into ledger.runs values ('x', 'ingest', now(), null, 'running', '0', '', null, null)")
    ingest_step(home)
    with Store.write(home) as store:
        assert store.rows("select status, message from ledger.runs where run_id = 'x'") == [
            ("aborted", "avbruten innan den var klar")
        ]
