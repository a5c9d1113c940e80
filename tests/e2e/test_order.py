"""Files of every kind, in any order of arrival and cut into any parts, give the same tables."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from energy.demo import files
from flows.analysis.dimensions import write_settings
from flows.intake.ingest import ingest
from flows.settings.load import load_settings
from flows.store import Store

# what tells where a value came from, and not what is true; files that were delivered are told of in the audit
ORIGIN = {"file_id", "row_no", "file_name", "sha256", "issued_at", "evidence_key", "recorded_at"}
CUT = ("fjarrvarme/", "el/", "undermatare/", "lagervarme/")  # delimited meter files: a header and rows
HOUSE = {"run_id": "r", "published_at": "2024-01-01", "version": "1"}


@pytest.fixture(scope="module")
def delivered() -> dict[str, bytes]:
    """A year of the demo's files, and what has no year."""
    found = files(seed=1)
    return {n: d for n, d in found.items() if not n.startswith("inbox/") or "2022" in n or "20" not in n}


def in_parts(name: str, data: bytes, dice: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield a meter file cut between two rows, each part with the header; other files whole."""
    lines = data.split(b"\n")
    if not name.removeprefix("inbox/").startswith(CUT) or not name.endswith(".csv") or len(lines) < 100:
        yield name, data
        return
    at = dice.randrange(10, len(lines) - 10)
    head = 1 if b"Exportdatum" not in lines[0] else 2
    yield name.replace(".csv", "_a.csv"), b"\n".join(lines[:at]) + b"\n"
    yield name.replace(".csv", "_b.csv"), b"\n".join([*lines[:head], *lines[at:]])


def tables(home: Path, given: dict[str, bytes], seed: int | None) -> dict[str, str]:
    """Deliver the files, shuffled and cut where a seed is given, in a few rounds; return core table -> hash."""
    dice = random.Random(seed)
    inbox = [item for item in given.items() if item[0].startswith("inbox/")]
    if seed is not None:
        parts = [part for name, data in inbox for part in in_parts(name, data, dice)]
        assert len(parts) > len(inbox) + 2
        inbox = parts
        dice.shuffle(inbox)
    for name, data in given.items():
        if not name.startswith("inbox/"):
            write(home / name, data)
    settings = load_settings(home)
    with Store.write(home) as store:
        for start in range(0, len(inbox), max(1, len(inbox) // 4)):
            paths = [write(home / n, d) for n, d in inbox[start : start + max(1, len(inbox) // 4)]]
            ingest(store, settings, paths)
        write_settings(store, settings, HOUSE)
        store.build("staging")
        store.build("core")
        assert not store.rows("select file_name from raw.files where rows_in <> loaded + rejected + duplicates")
        return {name: content(store, name) for name in store.tables("core") if name not in ("audit", "versions")}


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def content(store: Store, name: str) -> str:
    query = (
        "select column_name from information_schema.columns where table_schema = 'core' and table_name = ? order by 1"
    )
    columns = [f'"{c}"' for (c,) in store.rows(query, [name]) if c not in ORIGIN]
    rows = store.rows(f"select {', '.join(columns)} from core.{name} order by all") if columns else []
    return f"{len(rows)} {hashlib.sha256(repr(rows).encode()).hexdigest()}"


def test_any_order_and_any_cut_give_the_same_tables(
    tmp_path_factory: pytest.TempPathFactory, delivered: dict[str, bytes]
) -> None:
    as_listed = tables(tmp_path_factory.mktemp("ordning"), delivered, None)
    assert int(as_listed["readings"].split()[0]) > 50_000
    assert int(as_listed["invoice_lines"].split()[0]) > 50
    assert tables(tmp_path_factory.mktemp("blandat"), delivered, 1) == as_listed
