"""Made-up marts of what the store could have earned: three ways of operating it, and the gap by cause."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from marts_base import FACILITY, HEAT, Marts, rows_of

STORE = "borrhal"
WAYS = ("actual", "day_ahead", "optimal")
CAUSES = (("S6", 0.02), ("S2", 0.7), ("S1", 0.08), ("rest", 0.2))


def build() -> Marts:
    """Return the marts storage_optimum*: 4.7 million a year, of which 230 and 450 thousand could have been saved."""
    gains = dict(zip(WAYS, (0.0, 230_000.0, 450_000.0), strict=True))
    first, last = date(2023, 1, 1), date(2023, 12, 1)
    flows = (440_000.0, 1_008_000.0, 520_000.0, 203_000.0)
    ways = [
        (
            STORE,
            FACILITY,
            way,
            first,
            last,
            4_690_000.0 - gain,
            gain,
            0.9 * gain,
            1.05 * gain,
            *flows,
            None,
            f"dispatch/{STORE}/{way}",
        )
        for way, gain in gains.items()
    ]
    causes = [
        (STORE, FACILITY, way, no, code, share * gains[way], 0.8 * share * gains[way], 1.2 * share * gains[way],
         200.0 * no, -1000.0 * no, f"dispatch/{STORE}/{way}/{code}")
        for way in WAYS[1:]
        for no, (code, share) in enumerate(CAUSES, start=1)
    ]  # fmt: skip
    days = [first + timedelta(days=n) for n in range(365)]
    content = 300_000 - 150_000 * np.sin(2 * np.pi * np.arange(365) / 365)
    daily = [
        (
            STORE,
            FACILITY,
            way,
            day,
            float(content[n]) + 9_000 * at,
            380.0 - 0.4 * n - 40 * at,
            f"dispatch/{STORE}/{way}/{day:%Y-%m}",
        )
        for at, way in enumerate(WAYS)
        for n, day in enumerate(days)
    ]
    months = [
        (
            STORE,
            FACILITY,
            way,
            date(2023, m, 1),
            *(v / 12 for v in flows),
            float(content[30 * m]),
            f"dispatch/{STORE}/{way}/2023-{m:02}",
        )
        for way in WAYS
        for m in range(1, 13)
    ]
    classes = [
        (STORE, FACILITY, "district_heating", HEAT, "Effekt", "över 500 till 1000 kW", "över 250 till 500 kW",
         "över 100 till 250 kW", 4_100.0, 6_900.0, 560.0, 383.0, 131.0, 3_400.0, 2_480.0, 4_100.0, None,
         f"dispatch/{STORE}/class/{HEAT}/Effekt")
    ]  # fmt: skip
    lines = [
        (STORE, FACILITY, way, m, date(2023, m, 1), HEAT, "energy", "Energi", "billed_energy_kwh", 500_000.0, "kWh",
         (4_690_000.0 - gains[way]) / 12, f"dispatch/{STORE}/{way}/2023-{m:02}")
        for way in WAYS
        for m in range(1, 13)
    ]  # fmt: skip
    notes = [(STORE, FACILITY, 1, "Året räknas som om åren före varit likadana.")]
    moved = "charge_kwh discharge_kwh direct_kwh electricity_kwh"
    content = "reckoned_content_kwh"
    gain = "gain_sek gain_sek_low gain_sek_high"
    return {
        "storage_optimum": rows_of(
            f"store facility operation from_month to_month cost_sek {gain} {moved} reason evidence_key", ways
        ),
        "storage_optimum_cause": rows_of(
            f"store facility operation no gap_cause {gain} hours stored_kwh evidence_key", causes
        ),
        "storage_optimum_month": rows_of(
            f"store facility operation month {moved} reckoned_content_kwh evidence_key", months
        ),
        "storage_optimum_day": rows_of(
            "store facility operation day reckoned_content_kwh power_kw evidence_key", daily
        ),
        "storage_optimum_class": rows_of(
            "store facility carrier metering_point label class_without_store class_with_store class_optimal "
            "class_with_store_sek class_optimal_sek power_without_store_kw power_with_store_kw power_optimal_kw "
            "utilisation_without_store_h utilisation_with_store_h utilisation_optimal_h reason evidence_key",
            classes,
        ),
        "storage_optimum_bill": rows_of(
            "store facility operation no month metering_point component label determinant quantity unit amount_sek "
            "evidence_key",
            lines,
        ),
        "storage_optimum_note": rows_of("store facility no text", notes),
    }
