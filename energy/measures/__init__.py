"""The rules that look for savings, one file each. A new rule is one file, one line in its folder, one golden test."""

from __future__ import annotations

from energy.measures import invoice, operation, store, tariff
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
)

__all__ = [
    "MEASURES", "About", "Effect", "EvidenceRow", "Measure", "MeasureContext", "MeasureFinding", "Picture", "Series",
    "Silent", "State", "assess_all",
]  # fmt: skip

MEASURES: tuple[Measure, ...] = tuple(
    Measure(rule.ID, rule.TITLE, rule.ABOUT, rule.assess)
    for folder in (tariff, operation, store, invoice)
    for rule in folder.RULES
)


def assess_all(context: MeasureContext) -> tuple[list[MeasureFinding], list[Silent]]:
    """Return (findings, the largest saving first; silences in order of rule). Every rule runs once.

    The savings overlap and must not be added: each is the bill with that one change against the bill as it was.
    """
    results = [result for rule in MEASURES for result in rule.assess(context)]
    findings = [result for result in results if isinstance(result, MeasureFinding)]
    findings.sort(key=lambda found: (-found.saving_sek_per_year.value, found.key))
    return findings, [result for result in results if isinstance(result, Silent)]
