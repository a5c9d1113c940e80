"""Run one engine over the cases, in the environment it is installed in: python worker.py ADAPTER ENGINE CASES RESULTS

Writes a file a case as soon as it is done and skips those already there, so that a stopped run goes on where it was.
A case that fails, or takes longer than the bound, is a result with its reason.
"""

from __future__ import annotations

import importlib
import logging
import resource
import signal
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

BOUND_S = 900


class TooSlowError(Exception):
    """The case took longer than the bound."""


def _stop(*_: object) -> None:
    raise TooSlowError(f"longer than {BOUND_S} s")


def run(engine: Any, path: Path) -> dict[str, Any]:
    """Return what the engine found on a case, or why it found nothing."""
    with np.load(path) as stored:
        case = {name: stored[name] for name in stored.files}
    signal.alarm(BOUND_S)
    try:
        found: dict[str, Any] = {"failed": "", **engine(case)}
    except Exception as error:
        found = {"failed": f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"}
    finally:
        signal.alarm(0)
    return found


def peak_mb() -> float:
    """Return the largest memory of this process [MB]; Linux counts the parent's into that of getrusage."""
    status = Path("/proc/self/status")
    if status.exists():
        told = dict(line.split(":", 1) for line in status.read_text(encoding="ascii").splitlines() if ":" in line)
        return float(told["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Run the engine of the command line on every case without a result."""
    adapter, name, cases, results = sys.argv[1:]
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    signal.signal(signal.SIGALRM, _stop)
    begin = time.perf_counter()
    module = importlib.import_module(adapter)
    imported = time.perf_counter() - begin
    folder = Path(results) / name
    folder.mkdir(parents=True, exist_ok=True)
    paths = sorted(Path(cases).glob("*.npz"))
    for number, path in enumerate(paths, start=1):
        target = folder / path.name
        if target.exists():
            continue
        found = run(module.ENGINES[name], path)
        found |= {"peak_mb": peak_mb(), "import_s": imported, "version": version(module.PACKAGE)}
        written = target.with_suffix(".part.npz")
        np.savez(written, **{key: np.asarray(value) for key, value in found.items() if value is not None})
        written.rename(target)
        told = found["failed"] or f"{found['fit_s']:.2f} s"
        print(f"{name} {number}/{len(paths)} {path.stem}: {told}", file=sys.stderr, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
