"""`make bench-measures`: false findings on sound facilities, and each fault against its rule; docs/measure-bench.md.

    python -m tests.measure_bench                                        every rule and fault, 20 seeds (an hour)
    python -m tests.measure_bench --rule runs_when_not_booked --seeds 20  one rule: its faults and its silence
    python -m tests.measure_bench --rule high_return_temperature --first 0 --seeds 3 --show   a look, nothing written
    python -m tests.measure_bench --fault warm_return --show             one fault
    python -m tests.measure_bench --page                                 only write the page again from the kept rows

Seeds from 100 on are those of the page; rules are mended with others (`--first 0`), so that the page tells of
facilities nobody has looked at.
Rows of a rule and seed that are run replace the kept ones (results.csv here); the others stay. `--show` prints every
seed: true value, what the rule told, its band and confidence; `--why` the reasons of a rule that was silent.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import polars as pl

from energy.measures import Measure
from tests.measure_bench.faults import FAULTS, Fault
from tests.measure_bench.page import page
from tests.measure_bench.score import COLUMNS, NONE, false_flags, flagged, known_rules, summary, without_fault
from tests.measure_bench.world import World

HERE = Path(__file__).parent
KEPT = HERE / "results.csv"
ORDER = ("rule", "fault", "step", "seed", "value_sek")
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
    for name, rule in chosen.items() if not asked.page else ():
        fresh = _run(rule, [fault for fault in faults if fault.rule == name], asked)
        if not (asked.show or asked.fault):
            again = fresh.select("rule", "fault", "seed").unique()  # seeds not run now keep their rows
            kept = _kept().join(again, on=["rule", "fault", "seed"], how="anti", nulls_equal=True)
            pl.concat([kept, fresh]).sort(*ORDER).write_csv(KEPT)
    if asked.show or asked.fault:
        return 0
    PAGE.write_text(page(_kept().filter(pl.col("rule").is_in(list(rules)))), encoding="utf-8")
    return 0


def _kept() -> pl.DataFrame:
    return pl.read_csv(KEPT, schema=COLUMNS) if KEPT.exists() else pl.DataFrame(schema=COLUMNS)


def _run(rule: Measure, faults: list[Fault], asked: argparse.Namespace) -> pl.DataFrame:
    """Return the rows of one rule, and print what they say."""
    rows: list[dict[str, object]] = []
    for seed in range(asked.first, asked.first + asked.seeds):
        rows += without_fault([rule], seed)
        if seed < asked.first + (asked.seeds if asked.fault_seeds is None else asked.fault_seeds):
            rows += [row for fault in faults for row in flagged(rule, fault, seed)]
            if asked.why:
                _tell_why(rule, faults, seed)
    fresh = pl.DataFrame(rows, schema=COLUMNS)
    with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_width_chars=200, fmt_str_lengths=40):
        if asked.show:
            print(fresh.filter(pl.col("value_sek").is_not_null() | (pl.col("fault") != NONE)).drop("rule"))
        print(false_flags(fresh), summary(fresh).drop("rule"), sep="\n", flush=True)
    return fresh


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-measures")
    parser.add_argument("--rule", action="append", help="only this rule (again for more)")
    parser.add_argument("--fault", action="append", help="only this fault (again for more); nothing is written")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=100, help="the first seed; those below 100 are for mending rules")
    parser.add_argument("--fault-seeds", type=int, help="fewer seeds for the faults than for the silence")
    parser.add_argument("--show", action="store_true", help="print every seed; nothing is written")
    parser.add_argument("--why", action="store_true", help="print why rules were silent about their faults")
    parser.add_argument("--page", action="store_true", help="only write the page again")
    return parser.parse_args()


def _tell_why(rule: Measure, faults: list[Fault], seed: int) -> None:
    """Print the reasons for silence at each fault's middle strength."""
    for fault in faults:
        kind = fault.heat_kinds[seed % len(fault.heat_kinds)] if fault.heat_kinds else None
        well = World.well(seed, kind)
        world = fault.change(well if fault.base is None else fault.base(well), fault.strengths[1])
        print(f"seed {seed} {fault.name}: {rule.why_silent(world.context()) or 'not silent'}")


if __name__ == "__main__":
    raise SystemExit(main())
