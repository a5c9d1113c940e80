"""Every Swedish word and number a reader sees: formats, units, names of codes. No layout, no data."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from dashboards.options import AmountUnit

NBSP = "\u00a0"
MINUS = "\u2212"
MISSING = "Data saknas"
# d3's own Swedish month names begin with capitals, which Swedish does not
MONTHS = ("januari", "februari", "mars", "april", "maj", "juni", "juli",
          "augusti", "september", "oktober", "november", "december")  # fmt: skip
SHORT_MONTHS = ("jan.", "feb.", "mars", "apr.", "maj", "juni", "juli", "aug.", "sep.", "okt.", "nov.", "dec.")
ROUNDING_NOTE = "Avrundning kan göra att summan avviker."

# unit of amounts -> (SEK per unit, word after the figure)
AMOUNT_UNITS: Mapping[AmountUnit, tuple[float, str]] = {"SEK": (1.0, "kr"), "tkr": (1e3, "tkr"), "kkr": (1e3, "kkr")}

CODES: Mapping[str, Mapping[str, str]] = {
    "carrier": {
        "district_heating": "fjärrvärme", "electricity": "el", "rejected_heat": "bortkyld värme",
        "store_heat": "värme från lagret", "other": "övrigt", "all": "alla energislag",
    },
    "component": {
        "fixed": "fast avgift", "energy": "energiavgift", "demand": "effektavgift", "flow": "flödesavgift",
        "return_temperature": "returtemperatur", "reactive": "reaktiv effekt", "overrun": "överuttag",
        "tax": "energiskatt", "other": "övrigt",
    },
    "contract_kind": {"heat": "fjärrvärme", "grid": "elnät", "retail": "elhandel"},
    "verdict": {
        "agrees": "stämmer", "differs": "avviker", "missing_invoice": "faktura saknas",
        "not_recomputed": "kan inte räknas om",
    },
    "level": {"info": "upplysning", "warning": "varning", "error": "fel"},
    "status": {
        "loaded": "inläst", "quarantined": "i karantän", "förslag": "förslag",
    },
    "period": {
        "reporting": "hela rapportperioden", "last_12_months": "senaste 12 månaderna", "before": "före",
        "after": "efter",
    },
    "step": {
        "before": "Före", "price": "Pris och prislista", "weather": "Väder", "operations": "Drift och öppettider",
        "project": "Energiprojektet", "rest": "Rest (oförklarat)", "after": "Efter",
    },
    "phase": {"before": "före", "implementation": "genomförande", "after": "efter", "excluded": "utesluten"},
    "quantity_name": {
        "energy_kwh": "energi", "volume_m3": "volym", "supply_m3c": "framledning, m³·°C", "return_m3c": "retur, m³·°C",
        "supply_temperature_c": "framledningstemperatur", "return_temperature_c": "returtemperatur",
        "power_kw": "effekt",
    },
    "extrapolation": {"in_range": "inom erfarenheten", "moderate": "måttlig", "severe": "stark"},
    "kind": {
        "ice_season": "issäsong", "open": "öppet", "closed": "stängt", "non_routine": "avvikande händelse",
        "project": "projekt", "note": "anteckning",
    },
    "treatment": {"exclude": "utesluts", "indicator": "egen förklaringsvariabel"},
    "key": {
        "avoided_cost_last_12": "Undviken kostnad, senaste 12 månaderna",
        "avoided_energy_last_12": "Undviken energi, senaste 12 månaderna",
        "avoided_cost_reporting": "Undviken kostnad sedan starten",
    },
    "confidence": {"hög": "hög", "medel": "medel", "låg": "låg"},
}  # fmt: skip


def code(kind: str, value: object) -> str:
    """Return the Swedish word of a code; an unknown code as it is, an absent one as "Data saknas"."""
    if value is None:
        return MISSING
    return CODES.get(kind, {}).get(str(value), str(value))


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


def amount_number(sek: float | None, unit: AmountUnit, sign: bool = False) -> str:
    """Return an amount [SEK] as a whole number of `unit`, without the word."""
    if sek is None:
        return MISSING
    scaled = sek / AMOUNT_UNITS[unit][0]
    return signed(scaled) if sign else number(scaled)


def amount(sek: float | None, unit: AmountUnit, sign: bool = False) -> str:
    """Return an amount [SEK] with its unit, for example ``1 234 tkr``."""
    text = amount_number(sek, unit, sign)
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
    lower, upper = figure(low, unit, amount_unit), figure(high, unit, amount_unit)
    word = NBSP + upper.rsplit(NBSP, 1)[-1]
    return f"{lower.removesuffix(word)} till {upper} (90{NBSP}%-band)"


def day(value: date | datetime | str | None) -> str:
    """Return a date as 2026-10-31."""
    if value is None:
        return MISSING
    return value if isinstance(value, str) else f"{value:%Y-%m-%d}"


def normal_time(value: datetime | None) -> str:
    """Return an instant in Swedish normal time (UTC+1 all year): the day alone at midnight, else with its minute."""
    if value is None:
        return MISSING
    local = value + timedelta(hours=1)
    return f"{local:%Y-%m-%d}" if (local.hour, local.minute) == (0, 0) else f"{local:%Y-%m-%d %H:%M}"


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
    """Return a period of days in words."""
    return MISSING if first is None or last is None else f"{day(first)} till {day(last)}"


def yes_no(value: bool | None) -> str:
    """Return ja, nej or that nobody knows."""
    return MISSING if value is None else ("ja" if value else "nej")


def cannot_assess(reason: str | None) -> str:
    """Return the sentence that stands where a figure cannot."""
    return f"Kan inte bedömas: {reason or 'underlag saknas'}"


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
