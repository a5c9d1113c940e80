"""Two runs at once: one works, the other says which run holds the store, and waits or leaves by choice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from energy.errors import StoreError
from flows.lock import run_lock
from tests.flows.homes import csv, make_home

HOLD = """
import sys
from pathlib import Path
from flows.lock import run_lock
with run_lock(Path(sys.argv[1]), "monthly"):
    print("held", flush=True)
    sys.stdin.readline()
"""


def holder(home: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def energibok(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "flows.cli", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_second_run_is_told_who_holds_the_store_and_leaves(tmp_path: Path) -> None:
    home = make_home(tmp_path, {"el/a.csv": csv("1,0")})
    first = holder(home)
    second = energibok("ingest", "--home", str(home))
    _, told = second.communicate()
    assert second.returncode == 3
    assert f"«monthly» (process {first.pid}, sedan " in told
    assert "--wait" in told
    first.communicate("\n")


def test_the_second_run_waits_by_choice(tmp_path: Path) -> None:
    home = make_home(tmp_path, {"el/a.csv": csv("1,0")})
    first = holder(home)
    second = energibok("ingest", "--home", str(home), "--wait", "60", "--json")
    assert second.stderr is not None
    assert "väntar på «monthly»" in second.stderr.readline()
    first.communicate("\n")
    out, _ = second.communicate()
    assert second.returncode == 0
    assert json.loads(out)["files"][0]["loaded"] == 1


def test_a_killed_run_holds_nothing(tmp_path: Path) -> None:
    home = make_home(tmp_path, {})
    first = holder(home)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    with run_lock(home, "ingest"):
        pass


def test_one_process_may_take_its_own_lock_again(tmp_path: Path) -> None:
    with run_lock(tmp_path, "monthly"), run_lock(tmp_path, "ingest"):
        pass
    with run_lock(tmp_path, "monthly"):
        pass


def test_a_lock_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="kan inte öppnas"), run_lock(tmp_path, "ingest"):
        pass
