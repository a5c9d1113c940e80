"""The rules that look for savings, one file each. A new rule is one file, one line here, one golden test."""

from __future__ import annotations

from energy.measures import (
    billed_heat_power,
    closed_hours_base_load,
    duplicate_invoice,
    heat_bought_while_rejecting,
    high_return_temperature,
)
from energy.measures.base import EvidenceRow, Measure, MeasureContext, MeasureFinding, Silent

__all__ = ["MEASURES", "EvidenceRow", "Measure", "MeasureContext", "MeasureFinding", "Silent", "assess_all"]

MEASURES: tuple[Measure, ...] = tuple(
    Measure(rule.ID, rule.TITLE, rule.assess)
    for rule in (
        billed_heat_power,
        high_return_temperature,
        closed_hours_base_load,
        heat_bought_while_rejecting,
        duplicate_invoice,
    )
)


def assess_all(context: MeasureContext) -> tuple[list[MeasureFinding], list[Silent]]:
    """Return (findings, the largest saving first; silences in order of rule). Every rule runs once.

    The savings overlap and must not be added: each is the bill with that one change against the bill as it was.
    """
    results = [result for rule in MEASURES for result in rule.assess(context)]
    findings = [result for result in results if isinstance(result, MeasureFinding)]
    findings.sort(key=lambda found: (-found.saving_sek_per_year.value, found.key))
    return findings, [result for result in results if isinstance(result, Silent)]
