"""`make coverage`: derive the drift table from placebo pairs, write the public tables of coverage and known savings.

python -m tests.coverage            everything: needs the real data (20 minutes on one core)
python -m tests.coverage --pairs    only the pairs and energy/savings/baselines/drift.toml
python -m tests.coverage --truth    only docs/known-savings.md, from simulations: needs no real data
python -m tests.coverage --facilities 60 --known 100    how many simulated facilities, and those of known savings
"""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from energy.savings.bands.calibration import Pairs, to_toml
from tests.coverage import meters, page, simulations, truth
from tests.coverage.real import Pair, from_csv, measured, placebo_pairs, to_csv
from tests.real import data_folder

ROOT = Path(__file__).resolve().parents[2]
KEPT = Path(__file__).with_name("pairs.csv")
TABLE = ROOT / "energy" / "savings" / "baselines" / "drift.toml"
PAGE = ROOT / "docs" / "coverage.md"
KNOWN = ROOT / "docs" / "known-savings.md"
SOURCE = "EECi, University of Cambridge, DOI 10.5281/zenodo.10955332, own calculation"
HOW = (
    "34 meters of 27 university buildings (16 electricity, 18 gas for heating), each baseline fitted on 2018 and 2019",
    "predicted, and the other way round in a mirror; no project known. Left out: gas b75 (a copy of b74), electricity",
    "b12 and b49 (2019/2018 outside 3/5 to 5/3); flagged hours are missing; years of the pandemic are not used. Share",
    "and scale by posterior mean square, a carrier's pooled towards that of all (energy/savings/bands/calibration.py).",
    "The pairs are kept in tests/coverage/pairs.csv; docs/coverage.md tells how each building did with the drift",
    "of the others.",
)


def table(pairs: Pairs, dated: str) -> str:
    """Return the text of drift.toml that these pairs give."""
    return to_toml(pairs, SOURCE, dated, HOW)


def main() -> int:
    """Run what was asked for and write the files."""
    parser = argparse.ArgumentParser(prog="make coverage")
    parser.add_argument("--pairs", action="store_true", help="only the pairs and the drift table")
    parser.add_argument("--truth", action="store_true", help="only the page of known savings")
    parser.add_argument("--facilities", type=int, default=40)
    parser.add_argument("--known", type=int, default=50, help="facilities with a known saving")
    parser.add_argument("--costed", type=int, default=50, help="facilities with a known avoided cost")
    parser.add_argument("--dated", default=date.today().isoformat())
    arguments = parser.parse_args()
    if arguments.truth:
        KNOWN.write_text(truth.text(arguments.known, arguments.costed, arguments.dated), encoding="utf-8")
        return 0
    if not (data_folder() / "cambridge_estates").is_dir():
        print(f"make coverage needs the real data: {data_folder()} (docs/real-data.md)")
        return 3
    real, refused = placebo_pairs(data_folder())
    pairs = measured(real)
    KEPT.write_text(to_csv(pairs), encoding="utf-8")
    pairs = from_csv(KEPT)  # the table is derived from what is kept, rounding and all
    TABLE.write_text(table(pairs, arguments.dated), encoding="utf-8")
    print("\n".join([f"{len(real)} placebo pairs", *refused]), flush=True)
    if not arguments.pairs:
        write_page(real, pairs, refused, arguments)
        KNOWN.write_text(truth.text(arguments.known, arguments.costed, arguments.dated), encoding="utf-8")
    return 0


def write_page(real: list[Pair], pairs: Pairs, refused: list[str], arguments: argparse.Namespace) -> None:
    """Write docs/coverage.md from the pairs and from simulated facilities."""
    rows = meters.rows(real, pairs)
    print("\n".join(str(r) for r in rows), flush=True)
    sums = meters.summed(real, pairs, joint=True) + meters.summed(real, pairs, joint=False)
    simulated = [r for s in simulations.scenarios() for r in simulations.rows(s, arguments.facilities)]
    text = page.text(rows, sums, simulated, pairs, refused, arguments.dated, arguments.facilities)
    PAGE.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    sys.exit(main())
