"""The store is charged too late, too little or too much.

Signal: the better operation charges in hours when the source (rejected heat, cheap energy) was there and the store was
not charged, or does not where it was. The value is what that energy is worth in the store, less the electricity of
charging; the words follow its sign.

What the autumns threw away is told by hand first (`uncharged`): no programme sees what a fuller store would have given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from energy.calendar import normal_time
from energy.measures.base import About, EvidenceRow, MeasureContext, MeasureFinding, Picture, Silent
from energy.measures.shared import margin as case_of
from energy.measures.shared.better_store import Case, assess_cause, by_month_kwh, rows_by_month
from energy.measures.shared.days import sv
from energy.measures.shared.margin import conclude
from energy.measures.shared.pictures import by_month
from energy.measures.store.uncharged import AUTUMN, Uncharged, uncharged
from energy.model import Store

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
    """Return one result per store: of one the winter empties by what the autumn threw away, else by the gap."""
    if not context.stores:
        return [Silent(ID, "anläggningen har inget energilager.")]
    return [_one(context, store) for store in context.stores]


def _one(context: MeasureContext, store: Store) -> MeasureFinding | Silent:
    found = uncharged(context, store)
    if isinstance(found, Uncharged):
        by_hand = conclude(context, ID, TITLE, _case(context, store, found))
        if isinstance(by_hand, MeasureFinding):
            return replace(by_hand, key=f"measure:{context.facility}:{ID}:{store.id}")
    (by_gap,) = assess_cause(replace(context, stores=(store,)), ID, TITLE, "S1", _tell)
    return by_gap


def _case(context: MeasureContext, store: Store, found: Uncharged) -> case_of.Case:
    month = normal_time(context.start_utc).astype("datetime64[M]")
    free, done = (
        [float(np.nansum(v[month == np.datetime64(one, "M")])) / 1000 for one in context.months]
        for v in (found.free_kwh, found.charge_kwh)
    )
    extra, warmer_k = float(found.given.extra_kwh[0]) / 1000, float(found.given.warmer_k[0])
    autumn = sum(mwh for one, mwh in zip(context.months, done, strict=True) if one.month in AUTUMN)
    empty = "" if not extra > 0 else (
        f" Det var som kallast nästan tomt, {sv(100 * found.lowest_share)} % av vad det rymmer, och gav då mindre än"
        f" det annars kan: {sv(extra)} MWh mer hade kunnat tas ut."
    )  # fmt: skip
    evidence = tuple(
        EvidenceRow("Kunde ha laddats", f"{one:%Y-%m}", mwh, "MWh", f"laddat {sv(was, 1)} MWh")
        for one, mwh, was in zip(context.months, free, done, strict=True)
        if mwh >= LEAST_MWH
    )
    return case_of.Case(
        found.point,
        found.falls,
        f"{store.name}: i augusti–november kyldes {sv(sum(free))} MWh bort som lagret hade plats för; då laddades"
        f" {sv(autumn)} MWh. Med det, och vad höstarna före hade lämnat, hade lagret varit omkring {sv(warmer_k, 1)}"
        f" grader varmare, och värmepumpen dragit mindre el.{empty} Ladda så snart källan finns och lagret har plats:"
        " se över ventiler, pumpar och börvärden för laddningen.",
        "Det som varje uppmätt höst kyldes bort läggs i lagret, förloras som lagret förlorar och tas ut de dygn lagret"
        " var för kallt för att ge vad det annars kan. Resten värmer lagret, och elen sjunker i proportion till lyftet."
        " Pumparnas el för laddningen är avdragen. Räknat för hand: beräkningen av bästa drift känner inte lagrets"
        " temperatur.",
        evidence,
        by_month(context, "Värme (MWh)", {"Laddat": done, "Kunde ha laddats till": free}),
        {"free_kwh": 1000 * sum(free), "warmer_k": warmer_k},
        "medel",
    )


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
