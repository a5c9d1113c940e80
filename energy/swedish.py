"""Numbers as Swedish text: decimal comma, no-break space between thousands, real minus. One way for every message."""

from __future__ import annotations

import math

NBSP = "\u00a0"
MINUS = "\u2212"


def sv(value: float, decimals: int = 0) -> str:
    """Return a number with so many decimals, `1 234,5`; "saknas" for what is no number. Never a minus before zero."""
    if not math.isfinite(value):
        return "saknas"
    text = f"{abs(value):,.{decimals}f}".replace(",", NBSP).replace(".", ",")
    return MINUS + text if value < 0 and any(digit in text for digit in "123456789") else text


def sv_short(value: float, figures: int = 6) -> str:
    """Return a number as short as it is, at most so many figures: `12,5`, `1 200`; "saknas" for what is no number."""
    if not math.isfinite(value):
        return "saknas"
    rounded = float(f"{value:.{figures}g}")
    return sv(rounded, next((n for n in range(12) if round(rounded, n) == rounded), 12))
