"""The store does not discharge on the days (or hours) that set the billed power.

Signal: on days whose power is above what the better operation is billed for, store and heat pump delivered less than
they could. The value is the bill without those peaks, less the worth of the energy taken out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from energy.measures.base import About, EvidenceRow, MeasureContext, MeasureFinding, Picture, Silent
from energy.measures.shared.better_store import Case, assess_cause
from energy.measures.shared.days import sv
from energy.measures.shared.pictures import by_month
from energy.model import Floats

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
_STILL = 0.05  # of what it could give: less is standing still
_LEAST_MWH = 0.05
_WARM = (3, 4, 5, 6, 7, 8)  # April to September, counted from 0: nobody expects a peak there
MONTHS = (
    "januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november",
    "december",
)  # fmt: skip


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
    top = worst[0]
    text = (
        f"{case.name}: {sv(float(moved.sum()))} dygn ligger över den effekt som {case.better_name} betalar för, som"
        f" mest {sv(float(power[top]))} kW {days[top]} mot {sv(float(could[top]))} kW samma dygn."
        f" {_by_season(days[moved])} {_idle(gave[moved], might[moved])}{_parts(case)}{_straight(case, moved)}"
        f" {_advice(case, days[moved], float(could[moved].max()))}"
    )
    evidence = tuple(
        EvidenceRow(
            "Dygn som styr effekten", str(days[i]), float(power[i]), "kW",
            f"lagret gav {sv(float(gave[i]))} kW, kunde ge {sv(float(might[i]))} kW",
        )
        for i in worst
    )  # fmt: skip
    month = days.astype("datetime64[M]")
    highest = {
        name: [float(values[month == np.datetime64(one, "M")].max()) for one in context.months]
        for name, values in (("Verkligt", power), ("Bättre drift", could))
    }
    return text, evidence, by_month(context, "Månadens högsta dygn, köpt effekt (kW)", highest)


def _by_season(days: npt.NDArray[np.datetime64]) -> str:
    """Return how many of the days lie in each month, in Swedish."""
    months, count = np.unique(days.astype("datetime64[M]"), return_counts=True)
    listed = [f"{MONTHS[one.item().month - 1]} {n}" for one, n in zip(months, count, strict=True)]
    return f"Dygnen per månad: {', '.join(listed)}."


def _idle(gave: Floats, might: Floats) -> str:
    still = int((gave <= _STILL * might).sum())
    return f"{sv(still)} av dem stod lagret och värmepumpen stilla. " if still else ""


def _parts(case: Case) -> str:
    """Return what the change is in energy and in SEK by part, in Swedish: also what it costs."""
    part, taken = case.alone, -case.reached * case.cause.stored_kwh / 1000
    heat, *power = (case.reached * float(change.sum()) / 1000 for change in case.cause.load_change_kwh)
    text = f"Av beloppet är {sv(part.power_sek)} kr lägre effekt och {sv(part.bought_sek)} kr mindre köpt energi"
    text += f" ({sv(-heat, 1)} MWh)"
    if part.other_sek:
        text += f"; {sv(-part.other_sek)} kr i el ({sv(sum(power), 1)} MWh) är avdragna"
    if taken > _LEAST_MWH:
        text += f". {_left(case, taken)}"
    elif taken < -_LEAST_MWH:
        text += f". {_gained(case, -taken)}"
    return f"{text}."


def _straight(case: Case, moved: npt.NDArray[np.bool_]) -> str:
    """Return what of the heat is taken past the store on those days, in Swedish; "" where it is next to nothing.

    It is condenser heat that O3 (`heat_bought_while_rejecting`) counts too; a set of both counts it once.
    """
    more = (case.better.direct_kwh - case.actual.direct_kwh).reshape(-1, 24).sum(axis=1)
    mwh = case.reached * float(more[moved].sum()) / 1000
    if not mwh >= 1:
        return ""
    return (
        f" {sv(mwh)} MWh av värmen tas direkt från källan, förbi lagret: det förutsätter att den värmen kan tas emot de"
        " dygnen, och är samma värme som «Fjärrvärme köps medan kylmaskinerna kyler bort värme» räknar på. Tillsammans"
        " räknas den en gång."
    )


def _left(case: Case, taken_mwh: float) -> str:
    """Return what an emptier store costs, in Swedish: its energy, and the heat pump's electricity if colder."""
    energy, ends = case.alone.stored_sek - case.warmth_sek, case.operation.optimum
    text = f"Lagret slutar året {sv(taken_mwh, 1)} MWh tommare, vilket kostar {sv(-energy)} kr"
    if case.warmth_sek < 0:
        text += f", och är kallare, vilket kostar {sv(-case.warmth_sek)} kr i el till värmepumpen; båda är avdragna"
    else:
        text += " och är avdraget"
    each = -energy / taken_mwh / 10  # öre/kWh
    if ends is None or round(each, 1) == round(100 * ends.end_sek_per_kwh, 1):
        return text
    return (
        f"{text}. Varje kWh räknas till vad den var värd den dag den togs, {sv(each, 1)} öre i medel; på sidan Lagret "
        f"räknas det som är kvar vid årets slut till {sv(100 * ends.end_sek_per_kwh, 1)} öre"
    )


def _gained(case: Case, more_mwh: float) -> str:
    """Return what a fuller store is worth, in Swedish: its energy, and what its warmth does to the heat pump."""
    text = f"Lagret slutar året {sv(more_mwh, 1)} MWh fullare, värt {sv(case.alone.stored_sek - case.warmth_sek)} kr"
    if case.warmth_sek > 0:
        warmer = f"och är varmare, vilket sparar {sv(case.warmth_sek)} kr i el till värmepumpen"
        return f"{text}, {warmer}; båda är inräknade"
    if case.warmth_sek < 0:
        return f"{text}, vilket är inräknat, men kallare, vilket kostar {sv(-case.warmth_sek)} kr i el till värmepumpen"
    return f"{text}, vilket är inräknat"


def _advice(case: Case, days: npt.NDArray[np.datetime64], limit_kw: float) -> str:
    """Return what to do: a limit for the control, and when it is passed."""
    months = np.unique(days.astype("datetime64[M]").astype(np.int64) % 12)
    warm = [MONTHS[m] for m in months.tolist() if m in _WARM]
    text = f"Sätt en gräns i styrningen: när dygnets köpta effekt närmar sig {sv(limit_kw)} kW går lagret och"
    text += f" värmepumpen in{f', också i {_listed(warm)}' if warm else ''}"
    spare = " Spara energi till de dygnen." if case.cause.stored_kwh < 0 else ""
    return f"{text}.{spare} Lägg service och stopp på dygn under gränsen."


def _listed(names: Sequence[str]) -> str:
    """Return months in order as «april–juni» where there are more than two, else with an «och»."""
    return f"{names[0]}–{names[-1]}" if len(names) > 2 else " och ".join(names)
