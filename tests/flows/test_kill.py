"""kill -9 at random moments, a full disk, an inbox and a store that cannot be written: a run again mends everything."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flows.store import Store
from tests.flows.homes import csv, make_home

STEPS = """
import sys
from pathlib import Path
from flows import month
if sys.argv[2] == "all":
    from flows import analyse, publish
home = Path(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
month.ingest_step(home)
if sys.argv[2] == "all":
    month.analyse_step(home)
    month.publish_step(home)
"""
VARYING = {
    "file_id",
    "received_at",
    "run_id",
    "published_at",
    "recorded_at",
    "delivered_at",
    "size_bytes",
    "modified_ns",
}
FILES = {
    **{f"el/{n:02}.csv": csv(*[f"{n},{i:03}" for i in range(240)], first_day=1 + n, issued=f"2024-02-{n + 1:02}")
       for n in range(14)},
    "el/trasig.csv": b"Datum;Energi\n2024-01-01;1\n",
    "el/kopia.csv": csv(*[f"0,{i:03}" for i in range(240)], issued="2024-02-01"),
}  # fmt: skip


def begin(home: Path, what: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", STEPS, str(home), what], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def go(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.write(b"\n")
    process.stdin.flush()


def finish(home: Path, what: str) -> float:
    """Run undisturbed to the end and return the seconds it took."""
    process = begin(home, what)
    start = time.monotonic()
    go(process)
    _, told = process.communicate()
    assert process.returncode == 0, told.decode()[-2000:]
    return time.monotonic() - start


def contents(home: Path, schemas: tuple[str, ...]) -> dict[str, list[tuple[object, ...]]]:
    """Return every table as sorted rows, without what tells when and in which order it came to be."""
    found = {}
    with Store.write(home) as store:
        for schema in schemas:
            for name in store.tables(schema):
                columns = [
                    c for (c,) in store.rows(
                        "select column_name from information_schema.columns where table_schema = ? and table_name = ? "
                        "order by ordinal_position", [schema, name])
                    if c not in VARYING
                ]  # fmt: skip
                listed = ", ".join(f'"{c}"' for c in columns)
                found[f"{schema}.{name}"] = store.rows(f"select {listed} from {schema}.{name} order by all")
    return found


def archive(home: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in (home / "store/archive").rglob("*") if p.is_file() and p.suffix != ".part"}


@pytest.mark.parametrize(("what", "kills", "schemas"), [("ingest", 10, ("raw",)), ("all", 5, ("raw", "core", "marts"))])
def test_killed_at_random_moments_a_run_again_gives_what_an_undisturbed_run_gives(
    tmp_path: Path, what: str, kills: int, schemas: tuple[str, ...]
) -> None:
    undisturbed = make_home(tmp_path / "undisturbed", FILES)
    whole = finish(undisturbed, what)
    wanted = contents(undisturbed, schemas)
    assert len(wanted["raw.readings"]) > 3000
    home = make_home(tmp_path / "killed", FILES)
    moments = random.Random(7)
    cut_short = 0
    for _ in range(kills):
        process = begin(home, what)
        go(process)
        time.sleep(moments.uniform(0, whole))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        cut_short += process.returncode == -signal.SIGKILL
    assert cut_short
    finish(home, what)
    assert contents(home, schemas) == wanted
    assert archive(home) == archive(undisturbed)
    with Store.write(home) as store:
        runs = store.rows("select distinct status from ledger.runs")
        assert ("running",) not in runs
    if what == "all":
        assert (home / "published/site/index.html").is_file()
        with Store.read(home) as store:
            assert store.rows("select count(*) from raw.readings") == [(len(wanted["raw.readings"]),)]


FULL = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
from flows.cli import main
raise SystemExit(main(["ingest", "--home", sys.argv[1]]))
"""


@pytest.mark.parametrize("limit", [0, 300, 100_000])
def test_a_full_disk_ends_in_a_clear_error_and_a_run_with_room_mends_it(tmp_path: Path, limit: int) -> None:
    home = make_home(tmp_path / "full", FILES)
    ended = subprocess.run([sys.executable, "-c", FULL, str(home), str(limit)], capture_output=True, check=False)
    told = ended.stderr.decode()
    assert ended.returncode == 3, told
    assert "Traceback" not in told
    assert "kan inte" in told
    undisturbed = make_home(tmp_path / "undisturbed", FILES)
    for place in (home, undisturbed):
        finish(place, "ingest")
    assert contents(home, ("raw",)) == contents(undisturbed, ("raw",))


def test_an_inbox_that_cannot_be_written_is_no_hindrance(tmp_path: Path) -> None:
    home = make_home(tmp_path, FILES)
    places = [home / "inbox/el", home / "inbox"]
    for place in places:
        place.chmod(0o555)
    try:
        finish(home, "ingest")
    finally:
        for place in places:
            place.chmod(0o755)
    with Store.write(home) as store:
        assert store.rows("select count(*) from raw.files where status = 'loaded'") == [(14,)]


def test_a_file_that_may_not_be_read_is_told_and_the_rest_loaded(tmp_path: Path) -> None:
    from tests.flows.homes import run

    home = make_home(tmp_path, {"el/a.csv": csv("1,0"), "el/b.csv": csv("2,0", first_day=2)})
    (home / "inbox/el/b.csv").chmod(0)
    found = run(home)
    assert found["el/a.csv"].loaded == 1
    if os.geteuid():  # root reads everything
        assert found["el/b.csv"].status == "quarantined"
        assert "kan inte läsas" in str(found["el/b.csv"].message)
