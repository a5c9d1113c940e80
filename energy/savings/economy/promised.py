"""Promised against delivered: a promised yearly saving beside the measured one, in words that the band allows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from energy.model import Band
from energy.swedish import sv

Verdict = Literal["delivered", "below", "cannot_be_told"]
_NAN = float("nan")


@dataclass(frozen=True)
class Delivery:
    """`difference` is measured less promised in their unit, `delivered_pct` measured of promised; `text` in Swedish."""

    promised: float | None
    measured: Band
    difference: Band
    delivered_pct: Band
    verdict: Verdict
    text: str


def promised_against_delivered(
    promised: float | None, measured: Band, counted: float = 1.0, draws: int | None = None
) -> Delivery:
    """Return whether a promised saving is delivered: the whole band at or above it, the whole band below, or neither.

    Both in the same unit a year, kWh or SEK. Of a year of which a share `counted` is measured, that share of the
    promise is asked for. A band of `draws` draws ends where chance lets it: an end nearer to the promise than that
    tells neither. No promise, a promise that is not positive, or a saving that is not known cannot be told, and the
    text says why.
    """
    if promised is None or not math.isfinite(promised) or promised <= 0:
        return _untold(promised, measured, "kan inte bedömas: ingen besparing är utlovad för projektet")
    if not all(math.isfinite(x) for x in (measured.value, measured.low, measured.high)):
        return _untold(promised, measured, measured.reason or "kan inte bedömas: den uppmätta besparingen är inte känd")
    promised = promised * counted
    points = (measured.value, measured.low, measured.high)
    value, low, high = points
    difference = Band(value - promised, low - promised, high - promised, measured.level)
    share = Band(100 * value / promised, 100 * low / promised, 100 * high / promised, measured.level)
    verdict: Verdict = "cannot_be_told"
    chance = _chance(measured, draws)
    if measured.low - chance >= promised:
        verdict = "delivered"
    elif measured.high + chance < promised:
        verdict = "below"
    near = verdict == "cannot_be_told" and not low <= promised <= high
    text = _words(verdict, share, near=near)
    if counted < 1:
        text += f" Jämfört med {sv(100 * counted, 1)} % av årets löfte: resten av årets timmar räknas inte."
    return Delivery(promised, measured, difference, share, verdict, text)


def _chance(measured: Band, draws: int | None) -> float:
    """Return two standard errors of a band's end as a quantile of so many draws, as of a normal distribution.

    √(p(1-p)/k) / φ(z) standard deviations: Serfling, R. J. (1980), Approximation Theorems of Mathematical Statistics,
    §2.3.3. With 200 draws 0.30 of the deviation, a tenth of the band's width.
    """
    if not draws:
        return 0.0
    tail = (1.0 - measured.level) / 2
    normal = NormalDist()
    z = normal.inv_cdf(1.0 - tail)
    deviation = (measured.high - measured.low) / (2 * z)
    return 2.0 * deviation * math.sqrt(tail * (1.0 - tail) / draws) / normal.pdf(z)


def _words(verdict: Verdict, share: Band, *, near: bool) -> str:
    value, low, high = (sv(end) for end in (share.value, share.low, share.high))
    interval = f"{value} % av det utlovade, band {low} till {high} %"
    if verdict == "delivered":
        return f"Levererat: {interval}; hela bandet når löftet."
    if verdict == "below":
        return f"Under det utlovade: {interval}; inget av bandet når löftet."
    if near:
        return f"Kan inte avgöras: {interval}; bandets ände ligger så nära löftet att slumpen i beräkningen avgör."
    return f"Kan inte avgöras: {interval}; bandet rymmer både mer och mindre än löftet."


def _untold(promised: float | None, measured: Band, reason: str) -> Delivery:
    nothing = Band(_NAN, _NAN, _NAN, measured.level, reason)
    return Delivery(promised, measured, nothing, nothing, "cannot_be_told", reason)
