"""Bands of a price, as price lists print them: edges, whole-number bands, holes and overlaps, rounding of kW.

A list may print «51-200 kW» after «6-50 kW»: whole numbers, and no hole. Which band holds a value on an edge (or
between two whole numbers) differs between companies, so it is said with `edge`; many lists are not continuous there.
At 200 kW Boden 2024 gives 184 174 SEK/year, the next band 184 070 (bodensenergi.se price list 2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
from pydantic import Field
from pydantic_core import PydanticCustomError

from energy.model import Floats
from energy.swedish import sv_short
from energy.tariffs.strict import Strict

Edge = Literal["lower", "upper"]
_EXACT = 9  # decimals of steps: noise of the sums behind a power is smaller


class Band(Strict):
    """One row of a banded price, up to and including `up_to`; a last row without it has no end."""

    begins: float | None = Field(None, alias="from")  # where the list prints it: «51-200 kW» begins at 51
    up_to: float | None = None
    fixed: float = 0.0
    price: float


class Rounding(Strict):
    """How billed power is rounded before it is priced."""

    step: float = Field(1.0, gt=0)  # [kW]
    mode: Literal["half_up", "up", "down"] = "half_up"
    least: float = Field(0.0, ge=0)  # the least power billed [kW]

    def apply(self, power_kw: Floats) -> Floats:
        """Return the power rounded to whole steps [kW], at least `least`; NaN stays NaN."""
        steps = np.round(power_kw / self.step, _EXACT)
        whole = {"half_up": np.floor(steps + 0.5), "up": np.ceil(steps), "down": np.floor(steps)}[self.mode]
        found: Floats = np.maximum(np.round(whole * self.step, _EXACT), self.least)
        return found


def check_bands(bands: Sequence[Band], above: float | None, step: float) -> None:
    """Raise a pydantic error naming the hole or overlap, unless the bands follow each other.

    Two bands follow when the upper begins where the lower ends, or at most `step` later: «50» and «51» in whole kW.
    """
    if not bands or any(band.up_to is None for band in bands[:-1]):
        raise _wrong("ett band utan up_to före det sista", "band med up_to; bara det sista får sakna det")
    if above is not None and bands[0].begins is not None:
        raise _wrong("både above och from i första bandet", "en av dem")
    for at, band in enumerate(bands):
        start = band.begins if band.begins is not None else bands[at - 1].up_to if at else above
        if band.up_to is not None and start is not None and band.up_to <= start:
            raise _wrong(f"bandet {sv_short(start)}-{sv_short(band.up_to)}", "band med stigande up_to")
    for lower, upper in pairwise(bands):
        if lower.up_to is None or upper.begins is None:
            continue
        if upper.begins < lower.up_to:
            found = f"två band mellan {sv_short(upper.begins)} och {sv_short(lower.up_to)}"
            raise _wrong(found, "band som inte överlappar")
        if round(upper.begins - lower.up_to - step, _EXACT) > 0:
            found = f"inget band mellan {sv_short(lower.up_to)} och {sv_short(upper.begins)}"
            raise _wrong(found, f"band utan hål: nästa from är förra up_to, eller högst {sv_short(step)} mer")


def band_of(bands: Sequence[Band], edge: Edge, quantity: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
    """Return the index of the band each value falls in, (k,); outside the list's ends the nearest."""
    ends = [band.up_to for band in bands[:-1]]
    if edge == "lower":
        return np.searchsorted(np.array(ends, np.float64), quantity, side="left")
    begins = [end if band.begins is None else band.begins for end, band in zip(ends, bands[1:], strict=True)]
    return np.searchsorted(np.array(begins, np.float64), quantity, side="right")


def band_amount(band: Band, quantity: float) -> float:
    """Return fixed + price·quantity of one band, in SEK per the price's own time."""
    return band.fixed + band.price * quantity


def band_texts(bands: Sequence[Band], above: float | None) -> list[str]:
    """Return «över 50 till 200» or, as printed, «51 till 200», a band each."""
    out, last = [], above or 0.0
    for band in bands:
        start = f"över {sv_short(last)}" if band.begins is None else sv_short(band.begins)
        until = "" if band.up_to is None else f" till {sv_short(band.up_to)}"
        out.append(start + (until or (" och uppåt" if band.begins is not None else "")))
        last = last if band.up_to is None else band.up_to
    return out


def _wrong(found: str, allowed: str) -> PydanticCustomError:
    return PydanticCustomError("energibok", "{allowed}", {"allowed": allowed, "key": "bands", "found": found})
