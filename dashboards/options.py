"""How the marts are to be shown: the few choices that are not in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AmountUnit = Literal["SEK", "tkr", "kkr"]


@dataclass(frozen=True)
class SiteOptions:
    """Language of page furniture, unit of amounts, whose house it is, and where the other products lie.

    `generated_text` is shown as it is (the clock belongs to `flows`). `workbook_href`, `letter_href` and
    `postings_href` (proposed postings as CSV) are relative addresses; None leaves the link out. Text from data is
    Swedish in both languages.
    """

    language: Literal["sv", "en"] = "sv"
    amount_unit: AmountUnit = "tkr"
    organisation: str = ""
    synthetic: bool = False
    generated_text: str = ""
    workbook_href: str | None = None
    letter_href: str | None = None
    postings_href: str | None = None
