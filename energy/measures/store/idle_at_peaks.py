"""The store does not discharge on the days (or hours) that set the billed power.

Signal: on days whose power is above what the better operation is billed for, store and heat pump delivered less than
they could. The value is the bill without those peaks, less the worth of the energy taken out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures.base import About, EvidenceRow, MeasureContext, MeasureFinding, Picture, Series, Silent
from energy.measures.better_store import Case, assess_cause
from energy.measures.days import sv

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "idle_at_peaks"
TITLE = "Lagret urladdas inte vid topparna"
ABOUT = About(
    code="S2",
    needs="lagrets mätare för laddning och urladdning, den debiterade mätarens timvärden, priser timme för timme",
    cost_class="ingen",
    difficulty="medel",
    actor="driftteknikern",
    verification="effekt från lagret de dygn som sätter den debiterade effekten",
    reference="linear programme over the year, Rockafellar and Uryasev (2000) for billed powers; docs/dispatch.md",
)
_SHOWN = 15  # days


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result per store."""
    return assess_cause(context, ID, TITLE, "S2", _tell)


def _tell(context: MeasureContext, case: Case) -> tuple[str, tuple[EvidenceRow, ...], Picture]:
    side = case.year.sides[0]
    days = (case.year.plant.start_utc[::24] + np.timedelta64(3600, "s")).astype("datetime64[D]")
    power, could, gave, might = (
        values.reshape(-1, 24).mean(axis=1)
        for values in (
            side.load_kwh(case.actual), side.load_kwh(case.better),
            -side.per_draw * case.actual.out_kwh, -side.per_draw * case.better.out_kwh,
        )
    )  # fmt: skip
    moved = np.abs(case.cause.load_change_kwh[0]).reshape(-1, 24).sum(axis=1) > 0
    worst = np.flatnonzero(moved)[np.argsort(-power[moved], kind="stable")][:_SHOWN]
    text = (
        f"{case.name}: {sv(float(moved.sum()))} dygn ligger över den effekt som en bättre drift betalar för, som mest "
        f"{sv(float(power[worst[0]]))} kW mot {sv(float(could[worst[0]]))} kW. Håll lagret och värmepumpen "
        "tillgängliga de kallaste dygnen: spara energi till dem och lägg service utanför dem."
    )
    evidence = tuple(
        EvidenceRow(
            "Dygn som styr effekten", str(days[i]), float(power[i]), "kW",
            f"lagret gav {sv(float(gave[i]))} kW, kunde ge {sv(float(might[i]))} kW",
        )
        for i in worst
    )  # fmt: skip
    shown = np.sort(worst)
    at = [str(day) for day in days[shown]]
    series = (
        Series("Verkligt", at, [float(v) for v in power[shown]]),
        Series("Bättre drift", at, [float(v) for v in could[shown]]),
    )
    return text, evidence, Picture("bar", "Dygn", "Dygnsmedeleffekt (kW)", series)
