"""Score Energibok and its peers on the same real meters. Run: make bench-peers (or python -m tests.peers.bench)

The peers are installed from PyPI, each in an environment of its own, and run once a meter: what they predict is kept in
`bench-peers/`, so that Energibok is scored anew without them. Needs the real data. Writes docs/peers.md and
tests/peers/results.csv. Options: --ours runs no peer, --publish runs nothing and writes from what is kept.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import real_folder
from tests.peers.cases import all_cases
from tests.peers.publish import publish
from tests.peers.scores import scored

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
KEPT = ROOT / "bench-peers"
# environment -> (what pip installs, adapter, engines in the order they run)
PEERS: dict[str, tuple[tuple[str, ...], str, tuple[str, ...]]] = {
    ".venv-peers-camber": (
        ("camber-toolkit==0.110.0",), "camber_adapter",
        ("camber.cp", "camber.towt", "camber.rmv2", "camber.caltrack_daily", "camber.caltrack_hourly"),
    ),
    ".venv-peers-opendsm": (
        # 1.2.7 brings a multimethod that its own scikit-fda cannot be imported with
        ("opendsm==1.2.7", "multimethod<2"), "opendsm_adapter", ("opendsm.hourly", "opendsm.daily"),
    ),
}  # fmt: skip
OWN = (("towt", "towt"), ("own_adapter", "energibok"))
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


def install(environment: str, packages: tuple[str, ...]) -> Path:
    """Return the Python of an environment of its own, made and filled the first time."""
    python = ROOT / environment / "bin" / "python"
    if not python.exists():
        print(f"installing {' '.join(packages)} into {environment} …", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(ROOT / environment)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        try:
            subprocess.run([*pip, *packages], check=True)
        except subprocess.CalledProcessError as error:
            shutil.rmtree(ROOT / environment)
            raise SystemExit(f"bench-peers: {' '.join(packages)} could not be installed ({error})") from error
    return python


def run(python: Path, adapter: str, engine: str, own: bool = False) -> None:
    """Run one engine over the cases in a process of its own; what is done is kept."""
    words = [str(python), str(HERE / "worker.py"), adapter, engine, str(KEPT / "cases"), str(KEPT / "results")]
    paths = {"PYTHONPATH": str(ROOT)} if own else {}
    subprocess.run(words, check=True, env={**os.environ, **ONE_THREAD, **paths}, cwd=HERE)


def main() -> int:
    """Write the cases, run every engine, publish."""
    parser = argparse.ArgumentParser(prog="python -m tests.peers.bench", description=__doc__)
    parser.add_argument("--ours", action="store_true", help="run Energibok and the plain model only")
    parser.add_argument("--publish", action="store_true", help="write the pages from what is kept")
    wanted = parser.parse_args()
    cases = all_cases(real_folder())
    if not cases:
        raise SystemExit(f"bench-peers: needs the real data, which is not in {real_folder()}")
    (KEPT / "cases").mkdir(parents=True, exist_ok=True)
    for case in cases:
        case.write(KEPT / "cases")
    if not wanted.publish:
        for adapter, engine in OWN:
            shutil.rmtree(KEPT / "results" / engine, ignore_errors=True)  # ours is always scored as it is now
            run(Path(sys.executable), adapter, engine, own=True)
    if not (wanted.publish or wanted.ours):
        for environment, (packages, adapter, engines) in PEERS.items():
            python = install(environment, packages)
            for engine in engines:
                run(python, adapter, engine)
    rows = scored(cases, KEPT / "results")
    for path in publish(rows, ROOT):
        print(f"{path.relative_to(ROOT)} written", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
