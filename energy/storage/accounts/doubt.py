"""Whether a figure lies at an end of its band, so that the doubt goes one way: a reader must be told, and why."""

from __future__ import annotations

from typing import Literal

from energy.model import Band
from energy.storage.assumed import assumed

__all__ = ["one_sided"]


def one_sided(found: Band) -> Literal["low", "high"] | None:
    """Return the end of its band that a figure lies at; None where it lies between them, is unknown or has no band.

    At an end is within an assumed share of the band's width of it.
    """
    width = found.high - found.low
    if not width > 0:
        return None
    share = (found.value - found.low) / width
    near = assumed("one_sided_share").central
    return "low" if share <= near else "high" if share >= 1.0 - near else None
