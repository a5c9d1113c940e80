"""`make bench-measures`: false findings on sound facilities, and each fault against its rule; docs/measure-bench.md.

    python -m tests.measure_bench                                        every rule and fault, 20 seeds (an hour)
    python -m tests.measure_bench --rule runs_when_not_booked --seeds 20  one rule: its faults and its silence
    python -m tests.measure_bench --rule high_return_temperature --first 0 --seeds 3 --show   a look, nothing written
    python -m tests.measure_bench --fault warm_return --show             one fault
    python -m tests.measure_bench --page                                 only write the page again from the kept rows

Seeds from 100 on are those of the page; rules are mended with others (`--first 0`), so that the page tells of
facilities nobody has looked at.
Rows of a rule that is run replace the kept ones of that rule (results.csv here); the others stay. `--show` prints every
seed: true value, what the rule told, its band and confidence; `--why` the reasons of a rule that was silent.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import polars as pl

from tests.measure_bench.faults import FAULTS
from tests.measure_bench.page import page
from tests.measure_bench.score import COLUMNS, false_flags, flagged, known_rules, summary, without_fault
from tests.measure_bench.world import World

HERE = Path(__file__).parent
KEPT = HERE / "results.csv"
PAGE = HERE.parents[1] / "docs" / "measure-bench.md"


def main() -> int:
    """Run what was asked for, keep the rows and write the page."""
    asked = _arguments()
    rules = known_rules()
    chosen = {name: rule for name, rule in rules.items() if not asked.rule or name in asked.rule}
    faults = [f for f in FAULTS if f.rule in chosen and (not asked.fault or f.name in asked.fault)]
    if asked.fault:
        chosen = {f.rule: rules[f.rule] for f in faults}
    if unknown := set(asked.rule or ()) - set(rules):
        print(f"no such rule: {', '.join(sorted(unknown))}. There are: {', '.join(sorted(rules))}")
        return 2
    kept = pl.read_csv(KEPT, schema=COLUMNS) if KEPT.exists() else pl.DataFrame(schema=COLUMNS)
    if not asked.page:
        rows: list[dict[str, object]] = []
        for seed in range(asked.first, asked.first + asked.seeds):
            rows += without_fault(chosen.values(), seed)
            rows += [row for fault in faults for row in flagged(chosen[fault.rule], fault, seed)]
            if asked.why:
                _tell_why(chosen, faults, seed)
        fresh = pl.DataFrame(rows, schema=COLUMNS)
        with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_width_chars=200, fmt_str_lengths=40):
            print(fresh.filter(pl.col("value_sek").is_not_null() | (pl.col("fault") != "none")) if asked.show else "")
            print(false_flags(fresh), summary(fresh), sep="\n", flush=True)
        if asked.show or asked.fault:
            return 0
        kept = pl.concat([kept.filter(~pl.col("rule").is_in(list(chosen))), fresh])
        kept = kept.sort("rule", "fault", "step", "seed", "value_sek")
        kept.write_csv(KEPT)
    PAGE.write_text(page(kept.filter(pl.col("rule").is_in(list(rules)))), encoding="utf-8")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-measures")
    parser.add_argument("--rule", action="append", help="only this rule (again for more)")
    parser.add_argument("--fault", action="append", help="only this fault (again for more); nothing is written")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=100, help="the first seed; those below 100 are for mending rules")
    parser.add_argument("--show", action="store_true", help="print every seed; nothing is written")
    parser.add_argument("--why", action="store_true", help="print why rules were silent about their faults")
    parser.add_argument("--page", action="store_true", help="only write the page again")
    return parser.parse_args()


def _tell_why(chosen: dict[str, object], faults: list[object], seed: int) -> None:
    """Print the reasons for silence at each fault's middle strength."""
    rules = known_rules()
    for fault in FAULTS:
        if fault in faults:
            kind = fault.heat_kinds[seed % len(fault.heat_kinds)] if fault.heat_kinds else None
            well = World.well(seed, kind)
            world = fault.change(well if fault.base is None else fault.base(well), fault.strengths[1])
            print(f"seed {seed} {fault.name}: {rules[fault.rule].why_silent(world.context()) or 'not silent'}")


if __name__ == "__main__":
    raise SystemExit(main())
