"""kill -9 at random moments, a full disk, an inbox and a store that cannot be written: a run again mends everything."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.store import Store
from tests.flows.homes import csv, make_home

# Imports take longer than a run: one process makes them, and every run is a fork of it with a process id of its own.
SERVER = """
import json, os, resource, sys, traceback
from pathlib import Path
from flows import analyse
from flows import cli, month, publish

def work(what, home, limit):
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
        return cli.main(["ingest", "--home", home])
    month.ingest_step(Path(home))
    if what == "all":
        month.analyse_step(Path(home))
        month.publish_step(Path(home))
    return 0

print("ready", flush=True)
for line in sys.stdin:
    asked = line.rstrip("\\n").split("\\t")
    told, out = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(out, 2)
        status = 1
        try:
            status = work(*asked)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    os.close(out)
    print(child, flush=True)
    with open(told, encoding="utf-8", errors="replace") as pipe:
        text = pipe.read()
    sys.stdin.readline()  # until it is asked for, the id is nobody else's
    print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text]), flush=True)
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


@dataclass(frozen=True)
class Runner:
    """Runs the steps in processes of their own, one at a time."""

    server: subprocess.Popen[str]

    def begin(self, home: Path, what: str, limit: int | None = None) -> int:
        """Start a run, of files no larger than `limit` bytes, and return its process id."""
        return int(self._asked(f"{what}\t{home}\t{'' if limit is None else limit}"))

    def ended(self) -> tuple[int, str]:
        """Wait for the run; return its exit status, negative for the signal that ended it, and what it told."""
        status, told = json.loads(self._asked(""))
        return status, told

    def _asked(self, line: str) -> str:
        assert self.server.stdin and self.server.stdout
        self.server.stdin.write(line + "\n")
        self.server.stdin.flush()
        return self.server.stdout.readline()

    def finish(self, home: Path, what: str) -> float:
        """Run undisturbed to the end and return the seconds it took."""
        start = time.monotonic()
        self.begin(home, what)
        status, told = self.ended()
        assert status == 0, told[-2000:]
        return time.monotonic() - start


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert server.stdout and server.stdout.readline() == "ready\n"
    yield Runner(server)
    server.communicate()


@pytest.fixture(scope="module")
def undisturbed(runner: Runner, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose files were ingested without a kill."""
    home = make_home(tmp_path_factory.mktemp("undisturbed") / "home", FILES)
    runner.finish(home, "ingest")
    return home


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
    runner: Runner, tmp_path: Path, what: str, kills: int, schemas: tuple[str, ...]
) -> None:
    undisturbed = make_home(tmp_path / "undisturbed", FILES)
    whole = runner.finish(undisturbed, what)
    wanted = contents(undisturbed, schemas)
    assert len(wanted["raw.readings"]) > 3000
    home = make_home(tmp_path / "killed", FILES)
    moments = random.Random(7)
    cut_short = 0
    for _ in range(kills):
        process = runner.begin(home, what)
        time.sleep(moments.uniform(0, whole))
        os.kill(process, signal.SIGKILL)
        cut_short += runner.ended()[0] == -signal.SIGKILL
    assert cut_short
    runner.finish(home, what)
    assert contents(home, schemas) == wanted
    assert archive(home) == archive(undisturbed)
    with Store.write(home) as store:
        runs = store.rows("select distinct status from ledger.runs")
        assert ("running",) not in runs
    if what == "all":
        assert (home / "published/site/index.html").is_file()
        with Store.read(home) as store:
            assert store.rows("select count(*) from raw.readings") == [(len(wanted["raw.readings"]),)]


@pytest.mark.parametrize("limit", [0, 300, 100_000])
def test_a_full_disk_ends_in_a_clear_error_and_a_run_with_room_mends_it(
    runner: Runner, undisturbed: Path, tmp_path: Path, limit: int
) -> None:
    home = make_home(tmp_path / "full", FILES)
    runner.begin(home, "ingest", limit)
    status, told = runner.ended()
    assert status == 3, told
    assert "Traceback" not in told
    assert "kan inte" in told
    runner.finish(home, "ingest")
    assert contents(home, ("raw",)) == contents(undisturbed, ("raw",))


def test_an_inbox_that_cannot_be_written_is_no_hindrance(runner: Runner, tmp_path: Path) -> None:
    home = make_home(tmp_path, FILES)
    places = [home / "inbox/el", home / "inbox"]
    for place in places:
        place.chmod(0o555)
    try:
        runner.finish(home, "ingest")
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
