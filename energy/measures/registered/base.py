"""What a registered finding is: the rule that found it, in the words of the list of measures, and what settles it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from energy.measures.base import About, Confidence

__all__ = ["Registered", "Settles", "plain_key"]

# what shows that it is done: a credit, that no run sees it any longer, or that no later month shows it
Settles = Literal["credit", "gone", "no_later"]


@dataclass(frozen=True)
class Registered:
    """A kind of finding: `id` is the rule of the audit or the check that makes it; `missing` why it has no amount."""

    id: str
    title: str  # Swedish
    about: About
    settles: Settles
    confidence: Confidence = "hög"
    missing: str = ""  # Swedish: the reason of a kind that never has an amount


def plain_key(text: str | None) -> str:
    """Return a text that can stand in a key: letters, digits, dots, hyphens and underscores."""
    return re.sub(r"[^\w.-]", "_", text or "okänd")
