"""The flow itself: Prefect with no server of its own running, on a small home, as a user starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

from tests.flows import homes

SETTINGS = 'organisation = "Prov"' + homes.SETTINGS.replace("el/*.csv", "*.csv")


def small_home(place: Path) -> Path:
    (place / "inbox").mkdir(parents=True)
    (place / "tariffs").mkdir()
    (place / "energibok.toml").write_text(SETTINGS, encoding="utf-8")
    start = datetime(2024, 1, 1)
    rows = [f"{start + timedelta(hours=h):%Y-%m-%d %H:%M};{h % 24},5" for h in range(24 * 60)]
    (place / "inbox" / "el.csv").write_text("Tid;El (kWh)\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return place


def test_monthly_runs_as_a_flow_without_a_server(tmp_path: Path) -> None:
    home = small_home(tmp_path / "hem")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", "monthly", "--home", str(home), "--json"],
        capture_output=True, text=True, check=False, env=environment, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    document = json.loads(done.stdout)
    assert document["command"] == "monthly" and document["contradicted_stores"] == []
    for place in document["places"].values():
        assert Path(place).is_file()
    assert "Prefect kunde inte starta" not in done.stderr
    assert list((home / "store" / "prefect").glob("prefect.db*")), "the run is not recorded"
    assert "Traceback" not in done.stderr
