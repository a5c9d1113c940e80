"""The marts of the event ledger's effect and of the changes found in the meters, made up like the rest."""

from __future__ import annotations

from datetime import date

import polars as pl
from marts_base import FACILITY, HEAT, POWER, PROJECT, Marts

CLOSED = "Stängt för allmänheten, is och bassäng delvis igång"
_DAYS = {"event_from": pl.Date, "event_to": pl.Date}


def build() -> Marts:
    """Return the marts non_routine and event_proposals."""
    return {"non_routine": _ledger(), "event_proposals": _changes()}


def _ledger() -> pl.DataFrame:
    rows = [
        (0, "without", None, None, None, None, None, None, None, 3_300_000.0, 2_150_000.0),
        (1, "adjustment", date(2020, 12, 18), date(2021, 2, 7), "exclude", CLOSED, "Kommunstyrelsen", None, None,
         -210_000.0, -128_000.0),
        (2, "adjustment", date(2022, 4, 4), date(2022, 4, 24), "engineering", "Bassängen tömd", "Fastighetschefen",
         -30.0, 8.0, -40_000.0, -21_000.0),
        (3, "with", None, None, None, None, None, None, None, 3_050_000.0, 2_001_000.0),
    ]  # fmt: skip
    names = "row_no entry event_from event_to treatment event_reason decided_by effect_pct effect_band_pct kwh sek"
    return pl.DataFrame(rows, schema=names.split(), orient="row", schema_overrides=_DAYS).select(
        pl.lit(PROJECT).alias("project"), pl.lit(FACILITY).alias("facility"), pl.lit("all").alias("carrier"),
        pl.lit("reporting").alias("period"), "row_no", "entry", "event_from", "event_to",
        pl.lit(None, pl.String).alias("event_carrier"), "treatment", "event_reason", "decided_by", "effect_pct",
        "effect_band_pct", pl.col("kwh").alias("avoided_energy_kwh"),
        (pl.col("kwh") - 9_000).alias("avoided_energy_kwh_low"),
        (pl.col("kwh") + 9_000).alias("avoided_energy_kwh_high"),
        pl.col("sek").alias("avoided_cost_sek"), (pl.col("sek") - 7_000).alias("avoided_cost_sek_low"),
        (pl.col("sek") + 7_000).alias("avoided_cost_sek_high"), pl.lit(None, pl.String).alias("remark"),
        pl.lit(None, pl.String).alias("reason"),
    )  # fmt: skip


def _changes() -> pl.DataFrame:
    rows = [
        ("electricity", POWER, "step", date(2022, 10, 3), None, 410.0, 9.0, 3.1, 31.0, "hög",
         "Från 3 oktober 2022 används 410 kWh per dygn mer (+9,0 ± 3,1 procent) än vad väder och kalender förklarar.",
         "proposed", None, f"{FACILITY};non_routine;2022-10-03;2022-10-03;electricity;rebaseline;;;;;"),
        ("district_heating", HEAT, "temporary", date(2020, 12, 19), date(2021, 2, 6), -1500.0, -24.0, 6.0, 44.0, "hög",
         "Från 19 december 2020 till och med 6 februari 2021 användes 1 500 kWh per dygn mindre än förut.",
         "handled", f"{CLOSED} (beslutat av Kommunstyrelsen)", None),
    ]  # fmt: skip
    names = (
        "carrier metering_point kind event_from event_to size_kwh_per_day size_pct size_band_pct likelihood_ratio "
        "confidence message status handled_by ready_row"
    )
    return pl.DataFrame(rows, schema=names.split(), orient="row", schema_overrides=_DAYS).select(
        pl.lit(PROJECT).alias("project"), pl.lit(FACILITY).alias("facility"), *names.split(),
        pl.lit("[[event]]").alias("ready_toml"),
    )  # fmt: skip
