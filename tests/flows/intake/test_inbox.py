"""A hostile inbox: links, pipes, devices, unfinished and changing files, names that try things."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flows.intake.inbox import Unread, files_in, open_file, printable
from flows.store import Store
from tests.flows.homes import csv, make_home, run


def test_links_pipes_and_unfinished_copies_are_told_and_left(tmp_path: Path) -> None:
    secret = tmp_path / "hemlig.csv"
    secret.write_bytes(csv("666,0"))
    home = make_home(tmp_path / "hem", {"el/a.csv": csv("1,0"), "el/b.csv.part": csv("2,0"), "el/~$a.csv": b"x"})
    inbox = home / "inbox"
    (inbox / "el/lank.csv").symlink_to(secret)
    (inbox / "mapp").symlink_to(tmp_path)
    os.mkfifo(inbox / "el/ror.csv")
    found = run(home)
    assert found["el/a.csv"].loaded == 1
    assert {name for name, r in found.items() if r.status == "skipped"} == {
        "el/b.csv.part", "el/lank.csv", "mapp", "el/ror.csv",
    }  # fmt: skip
    with Store.write(home) as store:
        assert store.rows("select value from raw.readings") == [(1.0,)]
        kept = [p for p in store.archive.root.rglob("*") if p.is_file()]
    assert all(b"666" not in p.read_bytes() for p in kept)


def test_an_inbox_that_is_itself_a_link_to_a_share_is_read(tmp_path: Path) -> None:
    home = make_home(tmp_path / "hem", {})
    share = tmp_path / "delad"
    (share / "el").mkdir(parents=True)
    (share / "el/a.csv").write_bytes(csv("1,0"))
    (home / "inbox").symlink_to(share)
    assert run(home)["el/a.csv"].loaded == 1


def test_a_link_put_in_place_after_the_look_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "hemlig").write_text("x")
    (tmp_path / "lank").symlink_to(tmp_path / "hemlig")
    with pytest.raises(Unread), open_file(tmp_path / "lank"):
        pass


def test_a_file_that_grows_while_it_is_read_waits_for_next_time(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"half")
    with pytest.raises(Unread, match="skrivs fortfarande"), open_file(path) as opened:
        path.write_bytes(b"half and more")
        opened.check_still()


def test_a_file_copied_halfway_then_whole_is_loaded_once(tmp_path: Path) -> None:
    whole = csv(*[f"{i},5" for i in range(48)])
    home = make_home(tmp_path, {"el/a.csv": whole[:700]})
    half = run(home)["el/a.csv"]
    assert half.rejected <= 1
    make_home(tmp_path, {"el/a.csv": whole})
    found = run(home)["el/a.csv"]
    assert found.rows_in == 48
    assert found.duplicates == half.loaded
    with Store.write(home) as store:
        assert store.rows("select count(*), count(distinct start_utc) from raw.readings") == [(48, 48)]


def test_an_untouched_file_is_not_read_again_and_a_touched_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = make_home(tmp_path, {"el/a.csv": csv("1,0")})
    path = home / "inbox/el/a.csv"
    os.utime(path, (1_700_000_000, 1_700_000_000))
    run(home)
    opened: list[Path] = []

    def spy(path: Path, real: object = open_file) -> object:
        opened.append(path)
        return real(path)  # type: ignore[operator]

    monkeypatch.setattr("flows.intake.ingest.open_file", spy)
    assert run(home)["el/a.csv"].status == "known"
    assert opened == []
    os.utime(path, (1_700_000_100, 1_700_000_100))
    assert run(home)["el/a.csv"].status == "known"
    assert opened == [path]
    path.write_bytes(csv("2,0"))
    assert run(home)["el/a.csv"].loaded == 1


def test_names_that_try_things_are_shown_harmless(tmp_path: Path) -> None:
    name = "=cmd|' \x1b[31m\n.csv"
    home = make_home(tmp_path, {f"el/{name}": csv("1,0")})
    found = run(home)
    assert [r.status for r in found.values()] == ["loaded"]
    assert next(iter(found)) == "el/=cmd|' \\x1b[31m\\n.csv"
    assert printable(os.fsdecode(b"\xff.csv")) == "\\udcff.csv"


def test_a_broken_byte_name_is_loaded(tmp_path: Path) -> None:
    home = make_home(tmp_path, {})
    (home / "inbox/el").mkdir(parents=True)
    place = Path(os.fsdecode(os.fsencode(home / "inbox/el") + b"/\xe5r.csv"))
    try:
        place.write_bytes(csv("1,0"))
    except OSError:
        return  # a file system that takes only whole characters
    assert [r.loaded for r in run(home).values()] == [1]


def test_device_and_missing_paths() -> None:
    assert [f.refused is not None for f in files_in([Path("/dev/null")])] == [True]
    assert list(files_in([Path("/finns/inte")])) == []
