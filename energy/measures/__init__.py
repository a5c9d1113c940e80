"""The rules that look for savings, one file each. A new rule is one file, one line in its folder, one golden test."""

from __future__ import annotations

from math import isnan

from energy.measures import operation, store, tariff
from energy.measures.base import (
    About,
    Effect,
    EvidenceRow,
    Measure,
    MeasureContext,
    MeasureFinding,
    Picture,
    Series,
    Silent,
    State,
    acts_on,
)

__all__ = [
    "MEASURES", "About", "Effect", "EvidenceRow", "Measure", "MeasureContext", "MeasureFinding", "Picture", "Series",
    "Silent", "State", "acts_on", "assess_all",
]  # fmt: skip

MEASURES: tuple[Measure, ...] = tuple(
    Measure(rule.ID, rule.TITLE, rule.ABOUT, rule.assess)
    for folder in (tariff, operation, store)
    for rule in folder.RULES
)


def _dearest_first(found: MeasureFinding) -> tuple[bool, float, str]:
    """Return what findings are sorted by: those without an amount last."""
    value = found.saving_sek_per_year.value
    return isnan(value), 0.0 if isnan(value) else -value, found.key


def assess_all(context: MeasureContext) -> tuple[list[MeasureFinding], list[Silent]]:
    """Return (findings, the largest saving first; silences in order of rule). Every rule runs once.

    The savings overlap and must not be added: each is the bill with that one change against the bill as it was.
    """
    results = [result for rule in MEASURES for result in rule.assess(context)]
    findings = [result for result in results if isinstance(result, MeasureFinding)]
    findings.sort(key=_dearest_first)
    return findings, [result for result in results if isinstance(result, Silent)]
