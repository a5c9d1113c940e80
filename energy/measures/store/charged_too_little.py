"""The store is charged too late, too little or too much.

Signal: the better operation charges in hours when the source (rejected heat, cheap energy) was there and the store was
not charged, or does not where it was. The value is what that energy is worth in the store, less the electricity of
charging; the words follow its sign.
"""

from __future__ import annotations

from collections.abc import Sequence

from energy.measures.base import About, EvidenceRow, MeasureContext, MeasureFinding, Picture, Silent
from energy.measures.better_store import Case, assess_cause, by_month_kwh, rows_by_month
from energy.measures.days import sv
from energy.measures.pictures import by_month

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "charged_too_little"
TITLE = "Lagret laddas för sent, för lite eller för mycket"
LEAST_MWH = 0.05  # of a year: less is no change
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
    change = [b - a for a, b in zip(done, could, strict=True)]
    more, less = sum(max(m, 0.0) for m in change), sum(max(-m, 0.0) for m in change)
    text = f"{case.name}: under året laddades {sv(sum(done))} MWh; {case.better_name} laddar {sv(sum(could))} MWh. "
    notes = [
        f"laddat {sv(a, 1)} MWh, {sv(max(s, 0.0), 1)} MWh fanns kvar i källan" for a, s in zip(done, left, strict=True)
    ]
    label, shown, advice = _advice(more, less, change)
    evidence = tuple(rows_by_month(context, label, shown, notes))
    return text + advice, evidence, by_month(context, "Laddat (MWh)", {"Verkligt": done, "Bättre drift": could})


def _advice(more: float, less: float, change: Sequence[float]) -> tuple[str, Sequence[float], str]:
    """Return the label and values of the evidence and the advice: of the months that hold most of the change."""
    if less > more:
        advice = (
            f"Lagret laddades för mycket: {sv(less)} MWh i månader då den driften laddar mindre. Ladda mindre i de "
            "månaderna: det som lagras då är värt mindre än det kostar att ladda."
        )
        if more >= LEAST_MWH:
            advice += f" I andra månader laddar den {sv(more)} MWh mer."
        return "Mindre att ladda", [max(-m, 0.0) for m in change], advice
    if more >= LEAST_MWH:
        advice = f"I månader då det laddades mindre laddar den {sv(more)} MWh mer."
        return (
            "Mer att ladda",
            [max(m, 0.0) for m in change],
            f"{advice} Ladda så snart källan finns och lagret har plats.",
        )
    return "Annan laddning", change, "Lika mycket laddas, men i andra timmar: ladda när det kostar minst."
