"""The store is charged too late or too little, while its source throws heat away.

Signal: the cheapest operation charges in hours when the source (rejected heat, cheap energy) was there and the store
was not charged. The value is what that energy is worth in the store, less the electricity of charging.
"""

from __future__ import annotations

from collections.abc import Sequence

from energy.measures.base import About, EvidenceRow, MeasureContext, MeasureFinding, Picture, Silent
from energy.measures.better_store import Case, assess_cause, by_month_kwh, rows_by_month
from energy.measures.days import sv
from energy.measures.pictures import by_month

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "charged_too_little"
TITLE = "Lagret laddas för sent eller för lite"
ABOUT = About(
    code="S1",
    needs="lagrets mätare för laddning och urladdning, mätare för källan, priser timme för timme",
    cost_class="ingen",
    difficulty="medel",
    actor="driftteknikern",
    verification="laddad energi per månad mot den beräknade driften",
    reference="linear programme over the year, Rockafellar and Uryasev (2000) for billed powers; docs/dispatch.md",
)


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result per store."""
    return assess_cause(context, ID, TITLE, "S1", _tell)


def _tell(context: MeasureContext, case: Case) -> tuple[str, tuple[EvidenceRow, ...], Picture]:
    done, could = (by_month_kwh(context, case, s.charge_kwh) for s in (case.actual, case.better))
    spare = None if case.year.plant.source_kwh is None else case.year.plant.source_kwh - case.actual.charge_kwh
    left = [0.0] * 12 if spare is None else by_month_kwh(context, case, spare)
    more = [b - a for a, b in zip(done, could, strict=True)]
    text = (
        f"{case.name}: under året laddades {sv(sum(done))} MWh; den billigaste driften laddar {sv(sum(could))} MWh, "
        f"varav {sv(sum(max(m, 0.0) for m in more))} MWh i månader då det laddades mindre. Ladda så snart källan finns "
        "och lagret har plats."
    )
    notes = [
        f"laddat {sv(a, 1)} MWh, {sv(max(s, 0.0), 1)} MWh fanns kvar i källan" for a, s in zip(done, left, strict=True)
    ]
    evidence = tuple(rows_by_month(context, "Mer att ladda", more, notes))
    return text, evidence, by_month(context, "Laddat (MWh)", {"Verkligt": done, "Billigast": could})
