"""What the measures of a facility are worth together: findings -> rows of analysis.measures_combined."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from energy.measures import MEASURES, MeasureContext, MeasureFinding
from energy.measures.combined import Combined, Step


def combined_rows(
    context: MeasureContext, findings: Sequence[MeasureFinding], run_id: str, rejected: Collection[str] = (),
    begun: Collection[str] = (),
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the marginal list of the facility's measures, one row per step.

    Those `rejected` are left out; those `begun`, under way or done, are taken as given and have no row.
    """
    combined = Combined(context, [one for one in findings if one.key in begun or one.key not in rejected])
    return [{**row, "run_id": run_id} for row in step_rows(combined, combined.marginal_list(begun))]


def step_rows(combined: Combined, steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Return one row per step, with what the measure is called and its class of cost."""
    classes: Mapping[str, str] = {rule.id: rule.about.cost_class for rule in MEASURES}
    rows = []
    for step in steps:
        found = combined.by_key(step.key)
        row = {
            "facility": combined.context.facility, "rank": step.rank, "measure_key": step.key, "title": found.title,
            "separate_sek_per_year": step.separate_sek, "cost_class": classes[found.measure_id], "reason": step.reason,
        }  # fmt: skip
        for name, band in (("marginal", step.marginal), ("cumulative", step.cumulative)):
            row |= {
                f"{name}_sek_per_year": band.value, f"{name}_sek_per_year_low": band.low,
                f"{name}_sek_per_year_high": band.high,
            }  # fmt: skip
        rows.append(row)
    return rows
