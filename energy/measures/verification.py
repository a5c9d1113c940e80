"""Did a measure that is done save what it was to save? Periods, the meter that pays, the verdict; no fit is made here.

The baseline, its gates, the counterfactual and the bills are those of `energy.savings`, as for a project: whole-meter
measurement before and after, or of the measure's own meter under the one that pays (retrofit isolation).
Sources: IPMVP Core Concepts (EVO 10000-1:2022), options B and C; ASHRAE Guideline 14-2014 for the baseline period.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np

from energy.calendar import add_months, next_month
from energy.measures.assumptions import assumption
from energy.measures.shared.days import sv
from energy.model import Band, Floats, Load
from energy.savings.saved.counterfactual import Counterfactual
from energy.savings.saved.loads import map_load

__all__ = [
    "Period",
    "Verdict",
    "Verified",
    "credited",
    "innermost",
    "judged",
    "period_of",
    "resolved",
    "through_payer",
    "without",
]

Verdict = Literal["confirmed", "partly", "not_confirmed", "too_early", "not_assessed"]
RULE = "verification"
_NAN = float("nan")
CANNOT = "kan inte bedömas"


@dataclass(frozen=True)
class Period:
    """What a measure is verified on: the baseline [baseline_from, start_on), and whole months after it, in order.

    `needed` is how many whole months are missing for a figure a year; `reason` why there is no figure at all.
    """

    baseline_from: date
    start_on: date
    months: tuple[date, ...]
    needed: int
    reason: str | None = None
    cut: str | None = None  # what ends the months early, in Swedish


def period_of(start_on: date, months: Sequence[date], earlier: date | None = None, later: date | None = None) -> Period:
    """Return the baseline before a measure and the whole months after it, of the `months` with data, in order.

    The baseline reaches back 24 months at most, not beyond the data nor the change before it on the same meter
    (`earlier`), and needs 12. The months end where the next change on the same meter begins (`later`): what it saves is
    its own, and is never counted twice.
    """
    least, most = (int(x) for x in _baseline_months())
    wanted = add_months(start_on.replace(day=1), -most)
    first = max(x for x in (wanted, months[0] if months else wanted, earlier) if x is not None)
    begins = start_on if start_on.day == 1 else next_month(start_on.replace(day=1))
    after = tuple(m for m in months if m >= begins and (later is None or next_month(m) <= later))
    needed = max(0, int(assumption(RULE, "least_months").central) - len(after))
    before = (start_on.year - first.year) * 12 + start_on.month - first.month - (first.day > start_on.day)
    reason = None
    if before < least:
        since = " sedan förändringen före den på samma mätare" if earlier is not None and first == earlier else ""
        reason = f"{CANNOT}: baslinjen behöver {least} månader före åtgärden, det finns {max(before, 0)}{since}."
    cut = f"Räknas till {later}, då nästa förändring på samma mätare börjar." if later is not None and needed else None
    return Period(first, start_on, after, needed, reason, cut)


def _baseline_months() -> tuple[float, float]:
    found = assumption(RULE, "baseline_months")
    return found.low, found.high


def innermost(points: Collection[str], parents: Mapping[str, str | None]) -> list[str]:
    """Return the points with no other of them below, in order of id: the meters nearest to what was changed."""
    above: set[str] = set()
    for point in points:
        at = parents.get(point)
        while at is not None and at not in above:
            above.add(at)
            at = parents.get(at)
    return sorted(point for point in points if point not in above)


def through_payer(own: Counterfactual, payer: Load) -> Counterfactual:
    """Return the meter that pays with and without the measure, from the counterfactual of a meter below it (k draws).

    Without the measure the paying meter would have shown so much more as its submeter would have. Both on the same
    hours (n,); what the submeter does not tell in an hour changes nothing there. Other quantities stay as metered.
    Raises ValueError when the hours differ.
    """
    hours = payer.start_utc.astype("datetime64[s]")
    if len(hours) != len(own.actual.start_utc) or bool((hours != own.actual.start_utc).any()):
        raise ValueError("verification: the two meters must lie on the same hours")
    more = own.load.energy_kwh - own.actual.energy_kwh
    more = np.where(own.reporting[:, None], more, 0.0)

    def change(quantity: str, values: Floats) -> Floats:
        return values + more if quantity == "energy_kwh" else np.repeat(values, more.shape[1], axis=1)

    load = map_load(payer, change, hours)
    return replace(own, actual=replace(payer, start_utc=hours), load=load, unfit={})


@dataclass(frozen=True)
class Verified:
    """What a done measure has saved: so far and a year [SEK excl. VAT], energy so far [kWh], and the verdict on it."""

    so_far: Band
    per_year: Band
    energy: Band
    verdict: Verdict
    text: str  # Swedish


def judged(promised: float | None, found: Period, so_far: Band, per_year: Band, energy: Band) -> Verified:
    """Return the verdict on a measure, in words that the band allows.

    `per_year` is the saving of the last twelve months. With less than twelve there is no verdict, but what is known so
    far; a band that holds both nothing and the whole promise gives none either. Confirmed: the whole band above zero
    and the figure at least four fifths of the promise (an assumption); partly: the band above zero; else not confirmed.
    """
    reason = found.reason or (so_far.reason if not _known(so_far) else None)
    if reason:
        none = Band(_NAN, _NAN, _NAN, so_far.level, reason)
        waits: Verdict = "too_early" if reason.startswith(f"{CANNOT} än") else "not_assessed"
        return Verified(none, none, energy if _known(energy) else none, waits, _sentence(reason))
    if found.needed:  # what another change has cut short gets no more months
        short: Verdict = "not_assessed" if found.cut else "too_early"
        return Verified(so_far, _unknown(per_year), energy, short, _too_early(found, so_far))
    if not _known(per_year):
        return Verified(so_far, per_year, energy, "not_assessed", _sentence(per_year.reason or CANNOT))
    return Verified(so_far, per_year, energy, *_verdict(promised, per_year))


def _verdict(promised: float | None, year: Band) -> tuple[Verdict, str]:
    worth = f"{sv(year.value)} kr per år (band {sv(year.low)} till {sv(year.high)} kr)"
    aim = f" av utlovade {sv(promised)} kr" if promised else "; inget belopp var utlovat"
    if year.low > 0:
        if promised and year.value < assumption(RULE, "confirmed_share").central * promised:
            return "partly", f"Delvis: {worth}{aim}."
        return "confirmed", f"Bekräftad: {worth}{aim}."
    if promised and year.high >= promised:
        return "not_assessed", f"Kan inte bedömas: bandet rymmer både noll och hela löftet, {worth}{aim}."
    why = "hela bandet ligger under noll" if year.high < 0 else "bandet rymmer noll"
    return "not_confirmed", f"Inte bekräftad: {why}, {worth}{aim}."


def _too_early(found: Period, so_far: Band) -> str:
    done, least = len(found.months), len(found.months) + found.needed
    if found.cut:
        return f"{_sentence(CANNOT)[:-1]}: bara {done} hela månader är mätta. {found.cut}"
    more = f"{done} av {least} hela månader är mätta sedan åtgärden, {found.needed} till behövs"
    return f"Kan inte bedömas än: {more}. Hittills {sv(so_far.value)} kr ({sv(so_far.low)} till {sv(so_far.high)} kr)."


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:].rstrip('.')}."


def _known(found: Band) -> bool:
    return all(math.isfinite(x) for x in (found.value, found.low, found.high))


def _unknown(found: Band) -> Band:
    return Band(_NAN, _NAN, _NAN, found.level, found.reason)


def without(found: Verified, excludes: str) -> Verified:
    """Return a verdict that also says what its figures leave out, «exklusive feb 2023»; unchanged without."""
    return replace(found, text=f"{found.text} Räknat {excludes}.") if excludes and _known(found.so_far) else found


def resolved(
    promised: float | None, settles: str, is_open: bool, last_month: date | None, start_on: date, latest: date | None
) -> Verified:
    """Return the verdict on a fault that is said to be mended, from what the checks of the latest run see.

    `settles` "gone": no check may see it any longer; "no_later": the months before the start (whose values stay as they
    were) may show it, a later one may not. `last_month` is the last that shows it, `latest` the last month that this
    check could judge on this meter. What was to be had back once [SEK] counts as had when the deviation is gone. A
    check that has judged no month since, or that sees the deviation but not in which month, gives no verdict.
    """
    none = Band(_NAN, _NAN, _NAN)
    begins = start_on if start_on.day == 1 else next_month(start_on.replace(day=1))
    if is_open and (settles == "gone" or (last_month is not None and last_month >= begins)):
        month = f" (senast {last_month:%Y-%m})" if last_month else ""
        return Verified(none, none, none, "not_confirmed", f"Inte bekräftad: avvikelsen syns fortfarande{month}.")
    if is_open and settles == "no_later" and last_month is None:
        text = "Kan inte bedömas: avvikelsen syns, men inte i vilken månad, så den kan vara från tiden före åtgärden."
        return Verified(none, none, none, "not_assessed", text)
    if settles == "no_later" and (latest is None or latest < begins):
        text = "Kan inte bedömas än: ingen hel månad efter åtgärden har kunnat kontrolleras."
        return Verified(none, none, none, "too_early", text)
    worth = Band(promised, promised, promised) if promised else none
    amount = f"; {sv(promised, 2)} kr är rättade" if promised else ""
    return Verified(worth, none, none, "confirmed", f"Bekräftad: avvikelsen syns inte längre{amount}.")


def credited(promised: float | None, amounts: Sequence[float]) -> Verified:
    """Return the verdict on money to be had back once, from the `amounts` of the credits found [SEK, positive].

    A credit is known to the öre, so the band has no width. Nothing credited yet is no verdict, nor is a sum of nothing
    or less: what was charged anew has given nothing back.
    """
    total = float(sum(amounts))
    band = Band(total, total, total)
    none = Band(_NAN, _NAN, _NAN)
    zero = Band(0.0, 0.0, 0.0)
    if not total > 0:
        text = "Kan inte bedömas än: ingen kreditfaktura är inläst sedan beslutet."
        if amounts:
            text = "Kan inte bedömas än: det som är krediterat är debiterat på nytt, inget har kommit tillbaka."
        return Verified(none, none, none, "too_early", text)
    aim = f" av {sv(promised, 2)} kr" if promised else ""
    enough = promised is None or total >= assumption(RULE, "credited_share").central * promised
    word: tuple[Verdict, str] = ("confirmed", "Bekräftad") if enough else ("partly", "Delvis")
    return Verified(band, none, zero, word[0], f"{word[1]}: {sv(total, 2)} kr{aim} är krediterat.")
