"""Run the rules on facilities with and without faults, and sum up: how often, how well, how wrongly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from energy.measures import MEASURES, Measure, MeasureFinding
from tests.measure_bench.faults import FAULTS, Fault
from tests.measure_bench.world import World

__all__ = ["COLUMNS", "false_flags", "flagged", "known_rules", "summary", "without_fault"]

COLUMNS = {
    "rule": pl.String, "fault": pl.String, "step": pl.Int64, "seed": pl.Int64, "true_sek": pl.Float64,
    "value_sek": pl.Float64, "low_sek": pl.Float64, "high_sek": pl.Float64, "confidence": pl.String,
}  # fmt: skip
NONE = "none"  # the fault of a facility without one
GRADES = ("hög", "medel", "låg")


def known_rules() -> dict[str, Measure]:
    """Return the rules of the program by id; findings of invoices and meters are tested on benches of their own."""
    return {rule.id: rule for rule in MEASURES}


@dataclass(frozen=True)
class Told:
    """What a rule said of a facility, all its findings together; a band of several is the sum of their edges."""

    value: float
    low: float
    high: float
    confidence: str

    @classmethod
    def of(cls, findings: Sequence[MeasureFinding]) -> Told | None:
        """Return what the findings say together, None where there are none."""
        if not findings:
            return None
        bands = [found.saving_sek_per_year for found in findings]
        sums = (float(sum(getattr(band, edge) for band in bands)) for edge in ("value", "low", "high"))
        return cls(*sums, max((found.confidence for found in findings), key=GRADES.index))


@lru_cache(maxsize=4)
def _well(seed: int, heat_kind: str | None) -> tuple[World, float]:
    world = World.well(seed, heat_kind)
    return world, world.cost_sek()


def without_fault(rules: Iterable[Measure], seed: int) -> Iterator[dict[str, object]]:
    """Yield a row per rule that says something of the facility of a seed with nothing wrong; one empty row if quiet.

    A rule of the store's operation is tried where the store is run well: the ordinary facility's simple control costs
    more than need be, which is no fault of the rule to say.
    """
    well = _well(seed, None)[0]
    context = well.context()
    for rule in rules:
        base = next((f.base for f in FAULTS if f.rule == rule.id and f.silent_in_base), None)
        findings = rule.find(context if base is None else base(well).context())
        yield from (_row(rule.id, NONE, 0, seed, 0.0, Told.of([found])) for found in findings)
        if not findings:
            yield _row(rule.id, NONE, 0, seed, 0.0, None)


def flagged(rule: Measure, fault: Fault, seed: int) -> Iterator[dict[str, object]]:
    """Yield what the rule says of a fault at its three strengths in the facility of a seed."""
    kind = fault.heat_kinds[seed % len(fault.heat_kinds)] if fault.heat_kinds else None
    well, cost = _well(seed, kind)
    if fault.base is not None:
        well = fault.base(well)
        cost = well.cost_sek()
    for step, strength in enumerate(fault.strengths, 1):
        world = fault.change(well, strength)
        truth = world.cost_sek() - cost if fault.truth is None else fault.truth(well, world)
        yield _row(rule.id, fault.name, step, seed, truth, Told.of(rule.find(world.context())))


def _row(rule: str, fault: str, step: int, seed: int, truth: float, told: Told | None) -> dict[str, object]:
    return {
        "rule": rule, "fault": fault, "step": step, "seed": seed, "true_sek": round(truth, 1),
        "value_sek": None if told is None else round(told.value, 1),
        "low_sek": None if told is None else round(told.low, 1),
        "high_sek": None if told is None else round(told.high, 1),
        "confidence": None if told is None else told.confidence,
    }  # fmt: skip


def summary(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row per fault and step: shares of seeds [-], relative half-width and bias [-], medians."""
    inside = pl.col("true_sek").is_between(pl.col("low_sek"), pl.col("high_sek")).fill_null(False)
    half = (pl.col("high_sek") - pl.col("low_sek")) / 2 / pl.col("value_sek").abs()
    order = {fault.name: at for at, fault in enumerate(FAULTS)}
    return (
        rows.filter(pl.col("fault") != NONE)
        .group_by("fault", "rule", "step")
        .agg(
            seeds=pl.len(),
            true_sek=pl.col("true_sek").median(),
            flagged=pl.col("value_sek").is_not_null().mean(),
            inside=inside.mean(),
            half_width=half.median(),
            bias=(pl.col("value_sek") / pl.col("true_sek") - 1).median(),
        )
        .sort(pl.col("fault").replace_strict(order, default=999), "step")
    )


def false_flags(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row per rule: seeds run without a fault, findings per facility-year by confidence, median value."""
    quiet = rows.filter(pl.col("fault") == NONE)
    return (
        quiet.group_by("rule")
        .agg(
            seeds=pl.col("seed").n_unique(),
            **{name: (pl.col("confidence") == grade).sum() / pl.col("seed").n_unique()
               for name, grade in (("high", "hög"), ("medium", "medel"), ("low", "låg"))},
            value_sek=pl.col("value_sek").median(),
        )
        .sort("rule")
    )  # fmt: skip


def half_is_narrow(found: float | None) -> bool:
    """Return whether a median half-width is within half of the value."""
    return found is not None and bool(np.isfinite(found)) and found <= 0.5
