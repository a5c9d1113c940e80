"""Invoice lines by the thousand, for the speed of the audit. Run: python -m tests.bench_audit

`lines` makes them and `seconds` audits them; tests/bench.py calls `seconds` in a process of its own.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import polars as pl

from energy.audit.audit import AuditInputs, audit
from tests.audit import world

WRONG_EVERY = 10  # every tenth invoice has something wrong


def lines(n: int) -> AuditInputs:
    """Return at least `n` invoice lines over many metering points, a tenth of them wrong, with their bills."""
    each = world.right().height
    copies = [str(number) for number in range(-(-n // each))]
    right = world.right().with_row_index("at").with_columns(wrong=pl.col("at") // 6 % WRONG_EVERY == 0).drop("at")
    scale = pl.when("wrong", pl.col("component").is_in(["energy", "demand", "fixed"])).then(1.17).otherwise(1.0)
    scaled = right.with_columns((pl.col("amount_sek") * scale).round(2), pl.col("quantity") * scale).drop("wrong")
    several = {
        name: pl.concat([_renamed(frame, copy) for copy in copies])
        for name, frame in {
            "lines": scaled, "bill": world.billed(), "contracts": world.contracts(), "points": world.points(),
        }.items()
    }  # fmt: skip
    base = AuditInputs(heads=pl.DataFrame(), lists=world.lists(), **several)
    return replace(base, heads=world.heads(base.lines))


def _renamed(frame: pl.DataFrame, copy: str) -> pl.DataFrame:
    """Return the frame for another pair of metering points, whose invoices have numbers of their own."""
    names = [name for name in ("metering_point", "invoice_no") if name in frame.columns]
    return frame.with_columns(pl.col(name) + pl.lit(f"-{copy}") for name in names)


def seconds(n: int = 10_000, runs: int = 3) -> tuple[float, ...]:
    """Return the time of each of `runs` audits of `n` lines, bills and lines loaded [s]."""
    inputs = lines(n)
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        audit(inputs)
        taken.append(time.perf_counter() - start)
    return tuple(taken)


def main() -> None:
    """Print the times."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print(", ".join(f"{one:.2f} s" for one in seconds(count)))


if __name__ == "__main__":
    main()
