"""A facility's key figures beside published ones -> rows of analysis.reference_values."""

from __future__ import annotations

from typing import Any

from energy.measures import MeasureContext
from energy.measures.reference import Reference, key_figures


def reference_rows(context: MeasureContext, run_id: str) -> list[dict[str, Any]]:
    """Return one row per published value, with the facility's own or the reason why it has none."""
    return [
        {
            "facility": context.facility, "key_figure": one.reference.id, "label": one.reference.name,
            "value": one.value, "unit": one.reference.unit, "reference_low": span[0],
            "reference": one.reference.central, "reference_high": span[1], "verdict": one.verdict,
            "reason": one.reason, "source_text": one.reference.source, "noted_on": one.reference.set_on,
            "run_id": run_id,
        }
        for one in key_figures(context)
        for span in [_span(one.reference)]
    ]  # fmt: skip


def _span(reference: Reference) -> tuple[float | None, float | None]:
    """Return the ends of the published span; none where a single value is published."""
    return (None, None) if reference.low == reference.high else (reference.low, reference.high)
