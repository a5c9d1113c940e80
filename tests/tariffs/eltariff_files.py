"""Answers of the Eltariff-API written by hand, in both shapes, for tests."""

from __future__ import annotations

import json
from typing import Any

YEAR = {"fromIncluding": "2025-01-01", "toExcluding": "2026-01-01"}
# the weekday holidays of 2025 that grid companies commonly leave out of high-load time
HOLIDAYS = ["2025-01-01", "2025-01-06", "2025-04-18", "2025-04-21", "2025-12-24", "2025-12-25", "2025-12-26",
            "2025-12-31"]  # fmt: skip
PATTERNS = [
    {"reference": "weekdays", "frequency": "P1W", "days": [1, 2, 3, 4, 5]},
    {"reference": "weekends", "frequency": "P1W", "days": [6, 7]},
    {"reference": "holidays", "frequency": "P1Y", "days": [], "dates": HOLIDAYS},
]


def price(sek: float) -> dict[str, Any]:
    return {"priceExVat": sek, "priceIncVat": sek * 1.25, "currency": "SEK"}


def times(*active: tuple[str, str, list[str], list[str]], name: str = "main") -> list[dict[str, Any]]:
    """One recurring period of (from, to, include, exclude)."""
    periods = [
        {"fromIncluding": f"{a}:00", "toExcluding": f"{b}:00",
         "calendarPatternReferences": {"include": include, "exclude": exclude}}
        for a, b, include, exclude in active
    ]  # fmt: skip
    return [{"reference": name, "frequency": "P1D", "activePeriods": periods}]


def fixed(sek: float = 1200.0, **more: Any) -> dict[str, Any]:
    return {"id": "f", "name": "Abonnemang", "type": "public", "reference": "main", "validPeriod": YEAR,
            "price": price(sek), "pricedPeriod": "P1Y"} | more  # fmt: skip


def energy(sek: float = 0.2, **more: Any) -> dict[str, Any]:
    return {"id": "e", "name": "Överföring", "type": "public", "reference": "main", "validPeriod": YEAR,
            "price": price(sek), "unit": "kWh", "recurringPeriods": []} | more  # fmt: skip


def power(sek: float = 40.0, peaks: int = 3, **more: Any) -> dict[str, Any]:
    settings = {"peakFunction": "peak(main)", "peakIdentificationPeriod": "P1D", "peakDuration": "PT1H",
                "numberOfPeaksForAverageCalculation": peaks}  # fmt: skip
    return {"id": "p", "name": "Effekt", "type": "peak", "reference": "main", "validPeriod": YEAR, "price": price(sek),
            "unit": "kW", "peakIdentificationSettings": settings, "recurringPeriods": []} | more  # fmt: skip


def tariff(fixed_: Any = None, energy_: Any = None, power_: Any = None, **more: Any) -> dict[str, Any]:
    """A tariff of version 0.3 with these components."""
    groups = {"fixedPrice": ("sum(price(c))", fixed_), "energyPrice": ("sum(energy(c)*price(c))", energy_),
              "powerPrice": ("sum(peak(c)*price(c))", power_)}  # fmt: skip
    return {
        "id": "411973e6", "name": "Effektabonnemang 80 A", "product": "E80", "companyName": "Provnät AB",
        "companyOrgNo": "559999-0011", "direction": "consumption", "timeZone": "Europe/Stockholm",
        "published": "2024-11-01T00:00:00", "validPeriod": YEAR, "billingPeriod": "P1M",
    } | {
        group: {"id": group, "name": group, "costFunction": function, "components": parts or []}
        for group, (function, parts) in groups.items()
    } | more  # fmt: skip


def answer(*tariffs: dict[str, Any], patterns: Any = PATTERNS) -> bytes:
    return json.dumps({"tariffs": list(tariffs), "calendarPatterns": patterns}).encode()


# the older shape: dates with a clock, unit by group, a fixed price without components, patterns called `name`
OLD = {
    "tariffs": [
        {
            "id": "ddc4", "name": "Säkring 63 A", "product": "S63", "companyName": "Provnät AB",
            "companyOrgNo": "559999-0011", "direction": "consumption", "timeZone": "Europe/Stockholm",
            "lastUpdated": "2025-04-17T09:55:00.72+00:00", "validPeriod": None, "billingPeriod": "P1M",
            "fixedPrice": {
                "id": "1", "name": "Säkring 63 A", "pricedPeriod": "P1M", "price": price(900),
                "validPeriod": {"fromIncluding": "2025-01-01T00:00:00", "toExcluding": "2026-01-01T00:00:00"},
            },
            "energyPrice": {
                "name": "Överföring", "costFunction": "sum(energy(c)*price(c))", "unit": "kWh",
                "components": [
                    {"name": "Överföring", "type": "kwh", "reference": "main", "price": price(0.064),
                     "validPeriod": YEAR, "spotPriceSettings": None, "recurringPeriods": []},
                    {"name": "Energiskatt", "type": "kwh", "reference": "tax", "price": price(0.439),
                     "validPeriod": YEAR, "spotPriceSettings": None, "recurringPeriods": []},
                ],
            },
            "powerPrice": {
                "name": "Effekt", "costFunction": "sum(peak(c)*price(c))", "unit": "kW",
                "components": [
                    {"name": "Högtid", "type": "peak", "reference": "main", "price": price(76),
                     "validPeriod": {"fromIncluding": "2025-01-01", "toExcluding": "2025-04-01"},
                     "peakIdentificationSettings": {
                         "peakFunction": "peak(main)", "peakIdentificationPeriod": "P1D", "peakDuration": "PT1H",
                         "numberOfPeaksForAverageCalculation": 3},
                     "recurringPeriods": times(("07:00", "20:00", ["weekdays"], ["weekends"]))},
                ],
            },
        }
    ],
    "calendarPatterns": [{"name": "weekdays", "frequency": "P1W", "days": [1, 2, 3, 4, 5], "dates": []},
                         {"name": "weekends", "frequency": "P1W", "days": [6, 7], "dates": []}],
}  # fmt: skip
