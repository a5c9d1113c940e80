"""The receipts of the steps: what ran, on which inputs, with which settings and program, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from uuid import uuid4

from flows.archive import file_hash
from flows.settings.load import Settings
from flows.store import Store

_PROGRAM = Path(__file__).resolve().parent.parent


@contextmanager
def run(store: Store, step: str, settings: Settings, until: date | None = None) -> Iterator[str]:
    """Yield a run id and keep the receipt of the step: version, settings, inputs, outcome."""
    # the lock is ours: what still says «running» was killed
    store.con.execute(
        "update ledger.runs set status = 'aborted', ended_at = ?, message = 'avbruten innan den var klar' "
        "where status = 'running'",
        [datetime.now(UTC)],
    )
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{uuid4().hex[:6]}"
    store.con.execute(
        "insert into ledger.runs values (?, ?, ?, null, 'running', ?, ?, null, null)",
        [run_id, step, datetime.now(UTC), version("energibok"), settings_hash(store.home, settings, until)],
    )
    try:
        yield run_id
    except Exception as error:
        with suppress(Exception):  # a full disk takes no receipt either
            _end(store, run_id, "failed", str(error)[:2000])
        raise
    _end(store, run_id, "done", None)


def _end(store: Store, run_id: str, status: str, message: str | None) -> None:
    """Write how the step ended."""
    with store.transaction():
        store.con.execute(
            "update ledger.runs set ended_at = ?, status = ?, message = ?, inputs_sha256 = ? where run_id = ?",
            [datetime.now(UTC), status, message, inputs_hash(store), run_id],
        )


def settings_hash(home: Path, settings: Settings, until: date | None) -> str:
    """Return a hash of all that decides the figures beside the inputs: settings, price lists, last month, program."""
    told = [settings.model_dump_json(), str(until)]
    told += [f"{p.name} {file_hash(p.read_bytes())}" for p in sorted((home / "tariffs").glob("*.toml"))]
    for folder in ("energy", "flows", "sql"):
        found = sorted(p for p in (_PROGRAM / folder).rglob("*") if p.suffix in (".py", ".sql", ".toml"))
        told += [f"{p.relative_to(_PROGRAM)} {p.stat().st_size} {p.stat().st_mtime_ns}" for p in found]
    return file_hash("\n".join(told).encode())


def inputs_hash(store: Store) -> str:
    """Return a hash of the files of the ledger, of how each was read and what became of it, and of what was decided."""
    rows = store.rows("select sha256, file_name, status, read_as, message from raw.files order by all")
    seen = store.rows("select sha256, file_name from raw.deliveries order by all")
    decided = store.rows(
        "select project, metering_point, why, decided_by, outcome from ledger.rebaselinings order by all"
    )
    measures = store.rows(
        "select * exclude (recorded_at), recorded_at::varchar from ledger.measure_decisions order by all"
    )
    return file_hash(repr((rows, seen, decided, measures)).encode())


def unchanged_since(store: Store, step: str, settings: Settings, until: date | None = None) -> str | None:
    """Return the id of the last whole run of a step where nothing that decides its outcome has changed since."""
    last = store.rows(
        "select run_id, status, settings_sha256, inputs_sha256 from ledger.runs where step = ? "
        "order by started_at desc limit 1",
        [step],
    )
    now = ("done", settings_hash(store.home, settings, until), inputs_hash(store))
    return str(last[0][0]) if last and last[0][1:] == now else None
