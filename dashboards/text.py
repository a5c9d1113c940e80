"""Every Swedish word and number a reader sees: formats, units, names of codes. No layout, no data."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from dashboards.codes import CODES as CODES
from dashboards.codes import RULE_PREFIXES
from dashboards.options import AmountUnit

NBSP = "\u00a0"
MINUS = "\u2212"
MISSING = "Data saknas"
CIVIL = ZoneInfo("Europe/Stockholm")
# d3's own Swedish month names begin with capitals, which Swedish does not
MONTHS = ("januari", "februari", "mars", "april", "maj", "juni", "juli",
          "augusti", "september", "oktober", "november", "december")  # fmt: skip
SHORT_MONTHS = ("jan.", "feb.", "mars", "apr.", "maj", "juni", "juli", "aug.", "sep.", "okt.", "nov.", "dec.")
ROUNDING_NOTE = "Avrundning kan göra att summan avviker."
BRIDGE_IS_NOT_SAVING = (
    "Energiprojektet i bryggan är inte besparingen: bryggan delar upp skillnaden mellan två perioder, i båda "
    "periodernas priser, och har projektet verkat i båda är steget bara hur verkan ändrats. Besparingen jämför med vad "
    "perioden hade kostat utan projektet, i periodens egna priser."
)

# unit of amounts -> (SEK per unit, word after the figure)
AMOUNT_UNITS: Mapping[AmountUnit, tuple[float, str]] = {"SEK": (1.0, "kr"), "tkr": (1e3, "tkr"), "kkr": (1e3, "kkr")}


def code(kind: str, value: object) -> str:
    """Return the Swedish word of a code; an unknown code as it is, an absent one as "Data saknas"."""
    if value is None or value == "":
        return MISSING
    found = CODES.get(kind, {}).get(str(value))
    if found is None and kind == "rule":
        found = next((word for start, word in RULE_PREFIXES.items() if str(value).startswith(start)), None)
    return str(value) if found is None else found


def is_absent(value: object) -> bool:
    """Return True for None and for floats that are no number: both mean not assessed."""
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def number(value: float | None, decimals: int = 0) -> str:
    """Return a number in Swedish: no-break space between thousands, comma, real minus; halves round away from zero."""
    if value is None or not math.isfinite(value):
        return MISSING
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{abs(rounded):,.{decimals}f}".replace(",", NBSP).replace(".", ",")
    return f"{MINUS}{text}" if rounded < 0 else text


def signed(value: float | None, decimals: int = 0) -> str:
    """Return the number with its sign, plus included; zero without."""
    text = number(value, decimals)
    return f"+{text}" if value is not None and value > 0 and re.search("[1-9]", text) else text


def amount_decimals(unit: AmountUnit, *sek: float | None) -> int:
    """Return the decimals that figures standing together need: one where all are below ten thousand, in thousands."""
    largest = max((abs(v) for v in sek if v is not None and math.isfinite(v)), default=0.0)
    return 1 if AMOUNT_UNITS[unit][0] > 1 and 0 < largest < 1e4 else 0


def amount_number(sek: float | None, unit: AmountUnit, sign: bool = False, decimals: int = 0) -> str:
    """Return an amount [SEK] as a number of `unit`, without the word."""
    if sek is None:
        return MISSING
    scaled = sek / AMOUNT_UNITS[unit][0]
    return signed(scaled, decimals) if sign else number(scaled, decimals)


def amount(sek: float | None, unit: AmountUnit, sign: bool = False, decimals: int | None = None) -> str:
    """Return an amount [SEK] with its unit, for example ``1 234 tkr``; below ten thousand ``4,2 tkr``."""
    text = amount_number(sek, unit, sign, amount_decimals(unit, sek) if decimals is None else decimals)
    return text if is_absent(sek) else f"{text}{NBSP}{AMOUNT_UNITS[unit][1]}"


def kronor(sek: float | None) -> str:
    """Return an amount of an invoice row with öre, without the word."""
    return number(sek, 2)


def energy(kwh: float | None) -> str:
    """Return an energy [kWh] in whole MWh; below 10 MWh with one decimal."""
    if kwh is None or not math.isfinite(kwh):
        return MISSING
    return f"{energy_number(kwh)}{NBSP}MWh"


def energy_number(kwh: float | None) -> str:
    """Return an energy [kWh] as a number of MWh, without the unit."""
    if kwh is None or not math.isfinite(kwh):
        return MISSING
    return number(kwh / 1e3, 1 if 0 < abs(kwh) < 1e4 else 0)


def mwh(kwh: float | None) -> str:
    """Return an energy [kWh] as MWh with one decimal, for columns of a table."""
    return MISSING if kwh is None else number(kwh / 1e3, 1)


def percent(value: float | None, decimals: int = 1) -> str:
    """Return a percentage with a no-break space before the sign."""
    return MISSING if is_absent(value) else f"{number(value, decimals)}{NBSP}%"


def degrees(value: float | None) -> str:
    """Return a temperature [°C] with one decimal."""
    return MISSING if is_absent(value) else f"{number(value, 1)}{NBSP}°C"


def figure(value: float | None, unit: str, amount_unit: AmountUnit) -> str:
    """Return a headline value in the unit readers use: SEK in `amount_unit`, kWh in MWh, others as they are."""
    if value is None or not math.isfinite(value):
        return MISSING
    if unit == "SEK":
        return amount(value, amount_unit)
    if unit == "kWh":
        return energy(value)
    return percent(value) if unit == "%" else f"{number(value, 1)}{NBSP}{unit}"


def band(low: float | None, high: float | None, unit: str, amount_unit: AmountUnit) -> str:
    """Return the band in words, for example ``790 till 970 tkr (90 %-band)``; "" without one."""
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return ""
    if unit == "SEK":
        decimals = amount_decimals(amount_unit, low, high)
        lower, upper = (amount(v, amount_unit, decimals=decimals) for v in (low, high))
    else:
        lower, upper = figure(low, unit, amount_unit), figure(high, unit, amount_unit)
    word = NBSP + upper.rsplit(NBSP, 1)[-1]
    return f"{lower.removesuffix(word)} till {upper} (90{NBSP}%-band)"


def day(value: date | datetime | str | None) -> str:
    """Return a date as 2026-10-31."""
    if value is None:
        return MISSING
    return value if isinstance(value, str) else f"{value:%Y-%m-%d}"


def normal_time(value: datetime | None, end: bool = False) -> str:
    """Return an instant in Swedish normal time (UTC+1 all year): the day alone at midnight, else with its minute.

    With `end` the instant is where something ends, and midnight is written as the last day included.
    """
    if value is None:
        return MISSING
    local = value + timedelta(hours=1)
    if (local.hour, local.minute) != (0, 0):
        return f"{local:%Y-%m-%d %H:%M}"
    return f"{local - timedelta(days=1) if end else local:%Y-%m-%d}"


def local_day(value: datetime | None, end: bool = False) -> str:
    """Return an instant as a day in Swedish civil time, with its minute unless midnight; `end`: last day included."""
    if value is None:
        return MISSING
    local = value.astimezone(CIVIL)
    if (local.hour, local.minute) != (0, 0):
        return f"{local:%Y-%m-%d %H:%M}"
    return f"{local.date() - timedelta(days=1) if end else local.date():%Y-%m-%d}"


def counted(count: int, one: str, many: str) -> str:
    """Return a count with its word, for example ``1 fil`` and ``2 filer``."""
    return f"{number(count)}{NBSP}{one if count == 1 else many}"


def month(value: date | None) -> str:
    """Return a month in words, for example ``oktober 2026``."""
    return MISSING if value is None else f"{MONTHS[value.month - 1]}{NBSP}{value.year}"


def short_month(value: date | None) -> str:
    """Return a month for narrow places, for example ``okt. 2026``."""
    return MISSING if value is None else f"{SHORT_MONTHS[value.month - 1]}{NBSP}{value.year}"


def span(first: date | None, last: date | None) -> str:
    """Return a period from its first to its last day in words."""
    return MISSING if first is None or last is None else f"{day(first)} till och med {day(last)}"


def yes_no(value: bool | None) -> str:
    """Return ja, nej or that nobody knows."""
    return MISSING if value is None else ("ja" if value else "nej")


def cannot_assess(reason: str | None) -> str:
    """Return the sentence that stands where a figure cannot."""
    return f"Kan inte bedömas: {why(reason) or 'underlag saknas'}"


def why(reason: str | None) -> str:
    """Return a reason without the words that already stand before it."""
    return re.sub(r"^(kan inte bedömas|saknar data):\s*", "", reason or "", flags=re.IGNORECASE)


def sentence(text: str) -> str:
    """Return the text as a sentence: a capital first and a full stop last; "" stays."""
    return capital(text) + ("" if not text or text.rstrip()[-1:] in ".!?:" else ".")


def tied(text: str) -> str:
    """Return running text in which no number is parted from its thousands or its unit at the end of a line."""
    joined = re.sub(r"(?<=\d) (?=\d{3}(?!\d))", NBSP, text)
    return re.sub(r"(?<=\d) (?=(?:%|kr|tkr|kW|kWh|MWh|m³|°C|öre|dygn|timmar)(?!\w))", NBSP, joined)


def listing(words: list[str]) -> str:
    """Return words as a Swedish list: a, b och c."""
    return " och ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def capital(text: str) -> str:
    """Return the text with its first letter as a capital, the rest untouched."""
    return text[:1].upper() + text[1:]


def identifier(*parts: Any) -> str:
    """Return a safe HTML id of any texts: letters a-z, digits and hyphens; other letters become their code numbers.

    Injective enough for anchors: hostile or foreign characters are written out, never dropped.
    """
    text = "-".join("" if p is None else str(p) for p in parts)
    return re.sub(r"[^A-Za-z0-9-]", lambda found: f"_{ord(found.group()):x}", text)[:200]
