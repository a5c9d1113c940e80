"""The public table: docs/measure-bench.md, from the kept rows."""

from __future__ import annotations

from typing import Any

import polars as pl

from tests.measure_bench.faults import FAULTS
from tests.measure_bench.faults.base import Fault
from tests.measure_bench.score import false_flags, half_is_narrow, known_rules, summary

__all__ = ["page"]

NO_SAVING = {"cost_split_unequal": "an allocation between bearers", "hedge_share": "a risk"}
ENOUGH = 10  # seeds that make a row worth counting
BILLED = frozenset(fault.name for fault in FAULTS if fault.billed)
HEAD = """# The test bench of the measures

Made by `make bench-measures` (tests/measure_bench), from rows kept in tests/measure_bench/results.csv. A simulated
sports centre (halls, pool, one or two rinks, a borehole store with a heat pump; 24-36 months of hours; weather with
month-long memory, loads with noise and drift of their own) is made from each seed, with nothing wrong and with one
fault at a time, at three strengths. The physics and the faults know nothing of the rules. A fault's true value is the
whole bill with it less the whole bill without it, through the same price lists, over the twelve months valued, unless
the list of faults below says otherwise. Rules are mended on other seeds than those of this page, but of the same
simulator, and some assumptions were set by it: a rule that does well here has still to be tried elsewhere. Seeds are
those from 100 (of `warm_return` some from 40 too), of `off_in_summer` those from 200: an earlier form of its rule had
been seen on the others.

Wanted: at most one false finding of high confidence per facility-year over all rules; of each fault, at every strength,
at least 90 % of seeds flagged with the true value inside the 90 % band, and a band no wider than ± 50 %.
"""


def page(rows: pl.DataFrame) -> str:
    """Return the page."""
    quiet, faults = false_flags(rows), summary(rows)
    return "\n".join([HEAD, *_silence(quiet), "", *_faults(faults), "", *_unseen(rows), ""])


def _silence(quiet: pl.DataFrame) -> list[str]:
    high, medium, low = (float(quiet[name].sum()) for name in ("high", "medium", "low"))
    seeds = f"{quiet['seeds'].min()}" if quiet.height else "0"
    return [
        "## Silence: facilities with nothing wrong",
        "",
        f"Findings per facility-year, over {quiet.height} rules and at least {seeds} seeds: **{high:.2f} of high"
        f" confidence**, {medium:.2f} of medium, {low:.2f} of low.",
        "",
        "| rule | seeds | high | medium | low | median value, SEK/year |",
        "| --- | --- | --- | --- | --- | --- |",
        *(
            f"| {r['rule']} | {r['seeds']} | {r['high']:.2f} | {r['medium']:.2f} | {r['low']:.2f} |"
            f" {_sek(r['value_sek'])} |"
            for r in quiet.iter_rows(named=True)
        ),
    ]  # fmt: skip


def _reached(row: dict[str, Any]) -> str:
    """Return whether a row reaches what is wanted, and whether enough seeds say so."""
    good = row["inside"] >= 0.9 and half_is_narrow(row["half_width"])
    if not good:
        return "no"
    return "few seeds" if row["seeds"] < ENOUGH else "by the bill" if row["fault"] in BILLED else "yes"


def _faults(faults: pl.DataFrame) -> list[str]:
    told = {fault.name: fault for fault in FAULTS}
    reached = [_reached(row) for row in faults.iter_rows(named=True)]
    sure, few, billed = (reached.count(word) for word in ("yes", "few seeds", "by the bill"))
    return [
        "## Faults: is it seen, and is the value right",
        "",
        f"{sure} of {len(reached)} rows reach all of what is wanted. {billed} more do so by the bill: the rule bills"
        " the very change the fault is, so that its value is the true one and only the finding is proved. Another"
        f" {few} do so on fewer than {ENOUGH} seeds, which proves little. «inside» is the share of all seeds that were"
        " flagged with the true value in the band; bias is the median of told over true value less one.",
        "",
        "| fault | rule | strength | seeds | true SEK/year | flagged | inside | half-width | bias | reached |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        *(
            f"| {told[r['fault']].code} {r['fault']} | {r['rule']} | {told[r['fault']].strengths[r['step'] - 1]:g} |"
            f" {r['seeds']} | {_sek(r['true_sek'])} | {_percent(r['flagged'])} | {_percent(r['inside'])} |"
            f" {_percent(r['half_width'])} | {_percent(r['bias'])} |"
            f" {_reached(r)} |"
            for r in faults.iter_rows(named=True)
            if r["fault"] in told
        ),
        "",
        "What each fault is:",
        "",
        *(f"- {fault.code} **{fault.name}**: {fault.what}.{_apart(fault)}" for fault in FAULTS),
    ]  # fmt: skip


def _apart(fault: Fault) -> str:
    """Return how a fault is judged where that is not by the year's bills of the common facility."""
    found = [f"In another facility: {_first(fault.base.__doc__)}"] if fault.base else []
    found += ["The rule's silence is tried there, not in the ordinary facility."] if fault.silent_in_base else []
    found += [f"Its true value: {_first(fault.truth.__doc__)}"] if fault.truth else []
    return "".join(f" {one}" for one in found)


def _first(doc: str | None) -> str:
    """Return the first sentence of a docstring, in one line."""
    return " ".join((doc or "").split()).split(". ")[0].removeprefix("Return ").rstrip(".") + "."


def _unseen(rows: pl.DataFrame) -> list[str]:
    rules = set(known_rules())
    tested = {fault.rule for fault in FAULTS if fault.rule in rules}
    missing = sorted({fault.name for fault in FAULTS if fault.rule not in rules})
    unrun = sorted(rules - set(rows["rule"]))
    few = sorted({r["rule"] for r in summary(rows).iter_rows(named=True) if r["step"] == 1 and r["seeds"] < 20})
    return [
        "## Not tested, or not enough",
        "",
        f"Rules without a fault here: {', '.join(sorted(rules - tested - set(NO_SAVING))) or 'none'}; and those that",
        f"promise no saving: {'; '.join(f'{name} ({why})' for name, why in NO_SAVING.items())}.",
        f"Faults without a rule yet: {', '.join(missing) or 'none'}.",
        f"Rules not run: {', '.join(unrun) or 'none'}. Rows are kept rule by rule: those of a rule changed since",
        "stand until that rule is run again (`make bench-measures` runs all).",
        f"Faults run on fewer than 20 seeds: those of {', '.join(few) or 'none'}.",
    ]


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


def _sek(value: float | None) -> str:
    return "–" if value is None or value != value else f"{value:,.0f}".replace(",", " ")
