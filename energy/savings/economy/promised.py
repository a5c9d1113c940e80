"""Promised against delivered: a promised yearly saving beside the measured one, in words that the band allows."""

from __future__ import annotations

import math
from dataclasses import dataclass
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


def promised_against_delivered(promised: float | None, measured: Band) -> Delivery:
    """Return whether a promised saving is delivered: the whole band at or above it, the whole band below, or neither.

    Both in the same unit a year, kWh or SEK. No promise, a promise that is not positive, or a saving that is not known
    cannot be told, and the text says why.
    """
    if promised is None or not math.isfinite(promised) or promised <= 0:
        return _untold(promised, measured, "kan inte bedömas: ingen besparing är utlovad för projektet")
    if not all(math.isfinite(x) for x in (measured.value, measured.low, measured.high)):
        return _untold(promised, measured, measured.reason or "kan inte bedömas: den uppmätta besparingen är inte känd")
    points = (measured.value, measured.low, measured.high)
    value, low, high = points
    difference = Band(value - promised, low - promised, high - promised, measured.level)
    share = Band(100 * value / promised, 100 * low / promised, 100 * high / promised, measured.level)
    verdict: Verdict = "cannot_be_told"
    if measured.low >= promised:
        verdict = "delivered"
    elif measured.high < promised:
        verdict = "below"
    return Delivery(promised, measured, difference, share, verdict, _words(verdict, share))


def _words(verdict: Verdict, share: Band) -> str:
    value, low, high = (sv(end) for end in (share.value, share.low, share.high))
    interval = f"{value} % av det utlovade, band {low} till {high} %"
    if verdict == "delivered":
        return f"Levererat: {interval}; hela bandet når löftet."
    if verdict == "below":
        return f"Under det utlovade: {interval}; inget av bandet når löftet."
    return f"Kan inte avgöras: {interval}; bandet rymmer både mer och mindre än löftet."


def _untold(promised: float | None, measured: Band, reason: str) -> Delivery:
    nothing = Band(_NAN, _NAN, _NAN, measured.level, reason)
    return Delivery(promised, measured, nothing, nothing, "cannot_be_told", reason)
