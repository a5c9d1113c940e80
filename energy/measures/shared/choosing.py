"""A contract priced under every other list its point could have: the finding of the rules about the choice of list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from energy.errors import TariffError
from energy.measures.assumptions import assumption
from energy.measures.base import Confidence, EvidenceRow, MeasureContext, MeasureFinding, Picture, Series, Silent
from energy.measures.shared.bands import band, band_text, confidence, generator
from energy.measures.shared.choices import Tried, alternatives, list_now, tried, yearly
from energy.measures.shared.days import sv
from energy.measures.shared.effects import switched
from energy.measures.shared.redrawn import redrawn
from energy.measures.shared.valuation import bill_of
from energy.model import BilledComponent, Contract

__all__ = ["Choice", "assess_choice"]


@dataclass(frozen=True)
class Choice:
    """A rule about the choice of list, and the contract it looks at."""

    rule: str
    title: str
    kind: str  # heat, grid or retail
    contract: Contract
    assumes: str  # Swedish: what is taken for granted about the supplier
    evidence: Sequence[EvidenceRow] = ()


def assess_choice(context: MeasureContext, choice: Choice) -> MeasureFinding | Silent:
    """Return the cheapest alternative where it is surely cheaper, else why there is none worth telling."""
    contract = choice.contract
    load = context.loads[contract.metering_point]
    point = contract.metering_point
    asked = alternatives(context, contract, load, assumption("common", "kw_per_fuse_ampere").central)
    if not asked:
        return Silent(choice.rule, "hemmet har ingen annan prislista eller kategori för samma slags avtal.", point)
    rng = generator(context.seed, choice.rule, context.facility, point)
    drawn = redrawn(context, load, rng)
    try:
        now = bill_of(context, drawn)
        found = tried(context, contract, drawn, asked)
    except TariffError as error:
        return Silent(choice.rule, f"kan inte prissättas: {error}", point)
    priced = [(one, one.difference) for one in found if one.difference is not None]
    if not priced:
        return Silent(choice.rule, f"{asked[0].name} {found[0].reason or 'kan inte prissättas.'}", point)
    best, result = max(priced, key=lambda pair: float(pair[1].saving_sek[0]))
    value = band(result.saving_sek)
    least = assumption("common", "minimum_saving").central
    if not value.value >= least:
        others = "den andra listan är inte" if len(priced) == 1 else f"ingen av {len(priced)} andra listor är"
        return Silent(choice.rule, f"{others} minst {sv(least)} kr/år billigare.", point)
    if not value.low > 0:
        return Silent(choice.rule, "skillnaden mellan listorna ryms i årens spridning.", point)
    return _finding(context, choice, found, best, now)


def _finding(
    context: MeasureContext, choice: Choice, found: Sequence[Tried], best: Tried, now: Sequence[BilledComponent]
) -> MeasureFinding:
    result, contract, other = best.difference, choice.contract, best.alternative
    assert result is not None  # the best is one that could be priced
    value, point = band(result.saving_sek), contract.metering_point
    listed = list_now(context, contract.family)
    name = listed.name if listed else contract.family
    # a category follows from what the building is, not from a choice
    ceiling: Confidence = "låg" if other.options else "hög"
    return MeasureFinding(
        measure_id=choice.rule,
        key=f"measure:{context.facility}:{choice.rule}:{point}:{choice.kind}",
        facility=context.facility,
        title=choice.title,
        description=(
            f"{context.name(point)} prissätts enligt {name}. Samma förbrukning enligt {other.name} hade kostat"
            f" {sv(value.value)} kr mindre de senaste tolv månaderna. {choice.assumes}"
        ),
        saving_sek_per_year=value,
        saving_kwh_per_year=0.0,
        confidence=confidence(value, ceiling),
        method=(
            f"Hela räkningen har körts om med var och en av {len(found)} andra listor eller kategorier; bara månader"
            f" som båda listorna kan prissätta räknas. {result.text()} {band_text('lastens två senaste år')}"
        ),
        evidence=(*_evidence(found, now, name), *choice.evidence),
        metering_point=point,
        effect=switched(point, contract.family, other.family, other.options),
        picture=_picture(found, now, name),
    )


def _evidence(found: Sequence[Tried], now: Sequence[BilledComponent], name: str) -> list[EvidenceRow]:
    rows = [EvidenceRow(name, "tolv månader", _cost(now), "SEK", _left_out("som det är", now))]
    for one in found:
        saved = None if one.difference is None else float(one.difference.saving_sek[0])
        told = f"{sv(saved)} kr billigare" if saved and saved > 0 else f"{sv(-(saved or 0))} kr dyrare"
        note = one.reason or _left_out(told, now, one.bill)
        rows.append(EvidenceRow(one.alternative.name, "tolv månader", _cost(one.bill), "SEK", note))
    return rows


def _cost(bill: Sequence[BilledComponent]) -> float | None:
    """Return what a year costs under a list [SEK], None where a post of it is unknown."""
    cost = float(yearly(bill)[0]) if bill else float("nan")
    return cost if np.isfinite(cost) else None


def _left_out(told: str, *bills: Sequence[BilledComponent]) -> str:
    """Return the note of a list, with the months that cannot be priced whole and so are in no sum."""
    months = {one.month for bill in bills for one in bill if not np.isfinite(one.amount_sek[0])}
    if not months:
        return told
    return (
        f"{told}; {len(months)} {'månad' if len(months) == 1 else 'månader'} kan inte prissättas helt och räknas inte"
    )


def _picture(found: Sequence[Tried], now: Sequence[BilledComponent], name: str) -> Picture:
    """Return what a year costs under every list, the present one first [SEK]."""
    shown = [(one.alternative.name, float(yearly(one.bill)[0])) for one in found if one.difference is not None]
    at, costs = zip((name, float(yearly(now)[0])), *shown, strict=True)  # NaN, no bar, where a post is unknown
    return Picture(
        "bar", "Prislista", "Kostnad per år (SEK)", (Series("Tolv månader", list(at), list(np.array(costs))),)
    )
