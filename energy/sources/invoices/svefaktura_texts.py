"""What Svefaktura 1.0 leaves to free text: units of quantities, metering points and periods, read without guessing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from energy.units import REC20, UNITS

_UNIT_TEXTS = frozenset(UNITS) | frozenset(REC20.values())
# words, whatever their case
_WORDS: dict[str, str] = {
    "kilowattimme": "kWh", "kilowattimmar": "kWh", "kilowatt-timmar": "kWh", "kwh": "kWh", "megawattimme": "MWh",
    "megawattimmar": "MWh", "gigawattimmar": "GWh", "gwh": "GWh", "wattimmar": "Wh", "kilowatt": "kW", "kw": "kW",
    "megawatt": "MW", "kvar": "kvar", "kvarh": "kvarh", "kubikmeter": "m3", "kbm": "m3", "m3": "m3", "m³": "m3",
    "liter": "l", "ltr": "l", "st": "st", "st.": "st", "styck": "st", "stk": "st", "pce": "st", "pcs": "st",
    "dag": "dag", "dagar": "dag", "dygn": "dag", "vecka": "vecka", "veckor": "vecka", "mån": "mån", "mån.": "mån",
    "månad": "mån", "månader": "mån", "år": "år", "timme": "h", "timmar": "h", "tim": "h", "procent": "%",
}  # fmt: skip
# symbols where the case of the M tells mega from milli: "mwh" is neither and stays as written
_MEGA: dict[str, str] = {"Mwh": "MWh", "Mw": "MW", "Mj": "MJ"}

# an "anläggnings-id" of electricity and heat: a GS1 service relation number, 18 digits, of Sweden's energy branch
_GSRN = re.compile(r"(?<![0-9])735(?:[ ]?[0-9]){15}(?![0-9])")
_LABELLED = re.compile(
    r"\b(?:anläggnings?|anl\.?|mätpunkts?|leveranspunkts?)[ -]?(?:id|nr|nummer|identitet)?\.?"
    r"\s*[:=]\s*([0-9]{4,18})(?![0-9])",
    re.IGNORECASE,
)
_DAY = r"((?:19|20)[0-9]{2}-?[01][0-9]-?[0-3][0-9])"
_RANGE = re.compile(rf"(?<![0-9-]){_DAY}\s*(?:--?|–|—|till(?:\s+och\s+med)?|t\.?\s?o\.?\s?m\.?)\s*{_DAY}(?![0-9-])")
_SEARCHED = 4000  # characters of a note that are searched


def unit_of(code: str) -> tuple[str, bool]:
    """Return (unit, whether it is known) of a `quantityUnitCode`: Rec 20 codes, symbols and Swedish words.

    Case matters where physics makes it matter: «mWh» and «mwh» are not taken for MWh. An unknown text is kept.
    """
    if code in _UNIT_TEXTS:
        return code, True
    found = REC20.get(code) or _MEGA.get(code) or _WORDS.get(code.casefold())
    return found or code, found is not None


def metering_points(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the metering points that texts name, each once: 18 digits from 735, or digits after «Anläggnings-id:»."""
    found: dict[str, None] = {}
    for text in texts:
        part = text[:_SEARCHED]
        found |= dict.fromkeys(match.replace(" ", "") for match in _GSRN.findall(part))
        found |= dict.fromkeys(_LABELLED.findall(part))
    return tuple(found)


def period_of(text: str) -> tuple[date, date] | None:
    """Return the only range of days a text names, both included (2024-01-01 – 2024-01-31), else None."""
    found: set[tuple[date, date]] = set()
    for first, last in _RANGE.findall(text[:_SEARCHED]):
        try:
            days = date.fromisoformat(first), date.fromisoformat(last)
        except ValueError:
            continue
        if days[0] <= days[1]:
            found.add(days)
    return found.pop() if len(found) == 1 else None
