"""The facts, days, hours and files of the made-up sports centre; its money is in marts_fixture."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl

FACILITY = "torvalla-syntetisk"
PROJECT = "energilager"
HEAT, POWER, PUMPS = "735999100000000010", "735999100000000027", "735999100000000034"
MONTHS = [date(2018 + m // 12, m % 12 + 1, 1) for m in range(72)]
DAYS = [date(2018, 1, 1) + timedelta(days=d) for d in range((date(2024, 1, 1) - date(2018, 1, 1)).days)]
START = date(2020, 9, 1)
Marts = dict[str, pl.DataFrame]


def _phase(day: date) -> str:
    if day < date(2020, 3, 1):
        return "before"
    if day < START:
        return "implementation"
    return "excluded" if date(2020, 12, 18) <= day < date(2021, 2, 8) else "after"


def _weather(rng: np.random.Generator) -> np.ndarray:
    turn = np.arange(len(DAYS)) / 365.25
    noise = np.convolve(rng.normal(0, 4.2, len(DAYS) + 6), np.ones(7) / 2.6, "valid")
    return 4.5 - 12.5 * np.cos(2 * np.pi * (turn - 0.05)) + noise


def facts(rng: np.random.Generator) -> Marts:
    return {
        "facilities": pl.DataFrame(
            {
                "facility": [FACILITY],
                "name": ["Torvallaliknande sportcenter"],
                "area_m2": [18400.0],
                "cost_bearer": ["Kultur- och fritidsnämnden"],
                "cost_centre": ["4711"],
                "synthetic": [True],
                "placebo_only": [False],
            }
        ),
        "publication": pl.DataFrame(
            {
                "run_id": ["2024-01-04-0001"],
                "published_at": ["2024-01-04 06:12"],
                "version": ["0.1.0"],
                "data_to": [date(2023, 12, 31)],
                "home_name": ["demo"],
                "languages": ["sv"],
                "months_closed": [70],
            }
        ),
        "projects": pl.DataFrame(
            {
                "project": [PROJECT],
                "name": ["Energilager med värmepump"],
                "facility": [FACILITY],
                "ipmvp_option": ["C"],
                "baseline_from": [date(2018, 1, 1)],
                "baseline_to": [date(2020, 3, 1)],
                "reporting_from": [START],
                "reporting_to": [None],
                "boundary_text": [
                    "Huvudmätaren för fjärrvärme och huvudmätaren för el. Lagrets "
                    "egen el ligger inom huvudmätaren och räknas därför en gång."
                ],
                "static_factors": ["två isytor, 25-metersbassäng, 18 400 m² uppvärmd area"],
                "price_basis": ["reporting_period"],
                "investment_sek": [9_400_000.0],
                "placebo": [False],
            },
            schema_overrides={"reporting_to": pl.Date},
        ),
        "baselines": pl.DataFrame(
            {
                "project": [PROJECT] * 2,
                "facility": [FACILITY] * 2,
                "carrier": ["district_heating", "electricity"],
                "metering_point": [HEAT, POWER],
                "target": ["energy_kwh"] * 2,
                "trained_from": [date(2018, 1, 1)] * 2,
                "trained_to": [date(2020, 3, 1)] * 2,
                "hours": [18768.0, 18744.0],
                "days": [782.0, 781.0],
                "lag_h": [18.0, 6.0],
                "cvrmse_daily_pct": [9.4, 5.1],
                "cvrmse_hourly_pct": [17.2, 9.9],
                "nmbe_pct": [0.02, -0.01],
                "drift_sd_pct": [2.1, 1.8],
                "extrapolation": ["in_range", "moderate"],
                "disqualified": [None, None],
                "version": ["towt-3"] * 2,
                "input_hash": ["9f2c41d07a", "b8310e55cc"],
                "frozen_version": [1, 2],
                "frozen_on": [date(2021, 2, 3), date(2022, 5, 9)],
                "frozen_why": ["första anpassningen som klarade kraven", "rättade mätvärden för 2019"],
                "decided_by": [None, "energicontroller"],
            },
            schema_overrides={"disqualified": pl.String},
        ),
        "placebos": pl.DataFrame(
            {
                "project": [PROJECT] * 3,
                "facility": [FACILITY] * 3,
                "carrier": ["district_heating", "district_heating", "electricity"],
                "metering_point": [HEAT, HEAT, POWER],
                "no": [1, 2, 1],
                "placebo_kind": ["years", "years", "weeks"],
                "period_start": [date(2019, 1, 1), date(2019, 6, 1), date(2019, 3, 1)],
                "period_end": [date(2019, 12, 31), date(2020, 2, 29), date(2019, 3, 28)],
                "metered_kwh": [1.9e6, 1.1e6, 80_000.0],
                "predicted_kwh": [2.0e6, 1.4e6, 81_000.0],
                "predicted_kwh_low": [1.8e6, 1.2e6, 78_000.0],
                "predicted_kwh_high": [2.2e6, 1.6e6, 84_000.0],
                "placebo_error_pct": [5.3, 27.3, 1.3],
                "held": [True, False, True],
            }
        ),
        "events": pl.DataFrame(
            {
                "facility": [FACILITY] * 4,
                "kind": ["closed", "project", "closed", "non_routine"],
                "start_utc": [_utc(2020, 3, 14), _utc(2020, 9, 1), _utc(2020, 12, 18), _utc(2022, 4, 4)],
                "end_utc": [_utc(2020, 6, 15), _utc(2020, 9, 1), _utc(2021, 2, 8), _utc(2022, 4, 25)],
                "carrier": [None, None, None, "district_heating"],
                "treatment": ["exclude", None, "exclude", "indicator"],
                "reason": [
                    "Delvis stängt på grund av pandemin",
                    "Energilagret togs i drift",
                    "Stängt för allmänheten, is och bassäng delvis igång",
                    "Bassängen tömd för ny kakelsättning",
                ],
                "decided_by": ["Kommunstyrelsen", None, "Kommunstyrelsen", "Fastighetschefen"],
            }
        ),
    }


def _utc(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC) - timedelta(hours=1)


def days(rng: np.random.Generator) -> Marts:
    air = _weather(rng)
    after = np.array([d >= START for d in DAYS])
    phase = [_phase(d) for d in DAYS]
    adjusted = np.clip(90 + 11.5 * np.clip(17 - air, 0, None), 60, None)
    heat = adjusted * np.where(after, 0.47, 1.0) + rng.normal(0, 14, len(DAYS))
    power = 285 + 1.2 * np.clip(air, 0, None) + np.where(after, 14, 0) + rng.normal(0, 12, len(DAYS))
    retur = 47 - np.where(after, 3, 0) + 3 * np.sin(np.arange(len(DAYS)) / 60) + rng.normal(0, 1.2, len(DAYS))
    supply = 88 - 0.9 * air + rng.normal(0, 1, len(DAYS))
    signature = pl.DataFrame(
        {
            "day": DAYS,
            "phase": phase,
            "mean_power_kw": np.clip(heat, 5, None),
            "air_temperature_c": air,
            "adjusted_mean_power_kw": adjusted,
        }
    ).with_columns(facility=pl.lit(FACILITY), metering_point=pl.lit(HEAT), carrier=pl.lit("district_heating"))
    daily = pl.concat(
        [
            pl.DataFrame(
                {
                    "metering_point": [HEAT] * len(DAYS),
                    "name": ["Fjärrvärme huvudmätare"] * len(DAYS),
                    "carrier": ["district_heating"] * len(DAYS),
                    "day": DAYS,
                    "energy_kwh": heat * 24,
                    "volume_m3": heat * 24 / (1.16 * (supply - retur)),
                    "supply_temperature_c": supply,
                    "return_temperature_c": retur,
                    "air_temperature_c": air,
                    "phase": phase,
                }
            ),
            pl.DataFrame(
                {
                    "metering_point": [POWER] * len(DAYS),
                    "name": ["El huvudmätare"] * len(DAYS),
                    "carrier": ["electricity"] * len(DAYS),
                    "day": DAYS,
                    "energy_kwh": power * 24,
                    "volume_m3": None,
                    "supply_temperature_c": None,
                    "return_temperature_c": None,
                    "air_temperature_c": air,
                    "phase": phase,
                }
            ),
        ],
        how="vertical_relaxed",
    ).with_columns(facility=pl.lit(FACILITY))
    saved = np.where(after, (adjusted - heat) * 24, 0.0)[after]
    cusum = pl.DataFrame({"day": [d for d in DAYS if d >= START], "cumulative_avoided_kwh": np.cumsum(saved)})
    cusum = cusum.with_columns(project=pl.lit(PROJECT), facility=pl.lit(FACILITY), carrier=pl.lit("district_heating"))
    return {"signature": signature, "daily": daily, "cusum": cusum}


def hours(rng: np.random.Generator) -> Marts:
    days = [d for d in DAYS if d.year == 2023]
    hour = np.tile(np.arange(24), len(days))
    season = np.repeat(1 + 0.75 * np.cos(2 * np.pi * (np.arange(len(days)) - 15) / 365), 24)
    heat = 95 * season * (1 + 0.35 * ((hour >= 6) & (hour < 22))) + rng.normal(0, 9, hour.size)
    power = 260 + 60 * ((hour >= 7) & (hour < 22)) + rng.normal(0, 14, hour.size)
    heat[(np.repeat(np.arange(len(days)), 24) >= 200) & (np.repeat(np.arange(len(days)), 24) < 206)] = np.nan
    frames = [
        pl.DataFrame(
            {"day": np.repeat(np.array(days, "datetime64[D]"), 24), "hour": hour, "power_kw": np.maximum(v, 4.0)}
        ).with_columns(facility=pl.lit(FACILITY), metering_point=pl.lit(m), carrier=pl.lit(c))
        for m, c, v in ((HEAT, "district_heating", heat), (POWER, "electricity", power))
    ]
    share = np.linspace(0, 100, 200)
    duration = pl.concat(
        [
            pl.DataFrame({"rank_pct": share, "power_kw": top * (1 - share / 100) ** 1.4 + low}).with_columns(
                facility=pl.lit(FACILITY),
                metering_point=pl.lit(HEAT),
                carrier=pl.lit("district_heating"),
                period=pl.lit(p),
            )
            for p, top, low in (("before", 620.0, 60.0), ("after", 345.0, 22.0))
        ]
    )
    peaks = pl.DataFrame(
        {
            "facility": [FACILITY] * 12,
            "metering_point": [HEAT] * 3 + [POWER] * 9,
            "carrier": ["district_heating"] * 3 + ["electricity"] * 9,
            "rank": [1, 2, 3, *range(1, 10)],
            "start_local": ["2023-01-06", "2023-12-05", "2023-12-04"]
            + [f"2023-{m:02d}-1{m % 9} 17:00" for m in range(1, 10)],
            "power_kw": [331.4, 322.9, 318.0] + [442.0 - 4.3 * m for m in range(9)],
            "note": ["ett av de tre högsta dygnen"] * 3 + ["månadens högsta timme"] * 9,
        }
    )
    return {"heatmap": pl.concat(frames), "duration": duration, "peaks": peaks}


def rows_of(names: str, rows: list[tuple[object, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=names.split(), orient="row", infer_schema_length=None)


def quality(rng: np.random.Generator) -> Marts:
    points = (
        (HEAT, "Fjärrvärme huvudmätare", "district_heating"),
        (POWER, "El huvudmätare", "electricity"),
        (PUMPS, "Lagrets värmepump och pumpar", "electricity"),
    )
    cover, fresh = [], []
    for point, name, carrier in points:
        for month in MONTHS:
            expected = 744
            present = 744 - (310 if (month == date(2019, 7, 1) and point == HEAT) else 0)
            present = 0 if point == PUMPS and month < START else present
            cover.append(
                (
                    FACILITY,
                    point,
                    name,
                    carrier,
                    "energy_kwh",
                    month,
                    expected,
                    present,
                    100 * present / expected,
                    2.0 if month.month == 7 else 0.0,
                )
            )
        fresh.append(
            (FACILITY, point, name, carrier, "energy_kwh", _utc(2018, 1, 1), _utc(2024, 1, 1), 52584, 52274, 99.4, 0.3)
        )
    files = [
        (
            f"f{n:03d}",
            f"inbox/fjarrvarme/{m:%Y-%m}.csv",
            "delimited",
            f"{n:064x}",
            "2024-01-04 06:11",
            2232,
            2230,
            1,
            1,
            "utf-8-sig",
            "Etc/GMT-1",
            None,
            "loaded",
            None,
        )
        for n, m in enumerate(MONTHS[-24:])
    ]
    files += [
        (key, name, "", letter * 64, "2024-01-04 06:11", 0, 0, 0, 0, "", "", None, status, message)
        for key, name, letter, status, message in (
            ("f999", "inbox/trasig.csv", "e", "quarantined", "Filen är avklippt på rad 3."),
            ("f998", "inbox/okand.bin", "d", "unknown", "Ingen källa känner igen filen."),
        )
    ]
    findings = [
        (
            FACILITY,
            "error",
            "quarantined_file",
            "inbox/okand.bin: känner inte igen formatet. Öppna filen och spara som CSV.",
            "inbox/okand.bin",
            None,
            None,
            None,
            None,
            None,
            None,
            "file:f999",
        ),
        (
            FACILITY,
            "warning",
            "not_a_number",
            "«1 234,5x» är inget tal.",
            "inbox/fjarrvarme/2023-02.csv",
            None,
            412,
            "2023-02-17 10:00;1 234,5x",
            HEAT,
            date(2023, 2, 1),
            None,
            "row:f013:412",
        ),
        (
            FACILITY,
            "info",
            "clock_normal_time",
            "Filens klocka är normaltid: dygnet 2023-03-26 har 24 timmar.",
            "inbox/fjarrvarme/2023-03.csv",
            None,
            None,
            None,
            HEAT,
            date(2023, 3, 1),
            None,
            "file:f014",
        ),
        (
            FACILITY,
            "info",
            "measure_silent_high_return_temperature",
            "returtemperaturen 33,3 °C är redan låg.",
            *[None] * 4,
            HEAT,
            None,
            None,
            None,
        ),
    ]
    changed = [
        (MONTHS[60], 1, f"savings:{PROJECT}:district_heating:{MONTHS[60]:%Y-%m}", m, old, new, new - old)
        for m, old, new in (("avoided_cost_sek", 48_200.0, 47_150.0), ("metered_kwh", 104_100.0, 105_300.0))
    ]
    names = (
        "facility metering_point name carrier quantity month expected_values values_present coverage_pct estimated_pct"
    )
    return {
        "coverage": rows_of(names, cover),
        "points": rows_of(
            "facility point name kind unit metering_point first_utc last_utc samples missing_pct",
            [
                (
                    FACILITY,
                    "AS01.GT11",
                    "Tilluft <sal>",
                    "supply_temperature_c",
                    "°C",
                    None,
                    _utc(2023, 1, 1),
                    _utc(2024, 1, 1),
                    8700,
                    0.7,
                ),
                (FACILITY, "AS01.P1", "Pump", "status", None, HEAT, None, None, 0, None),
            ],
        ),
        "freshness": rows_of(names.replace("month", "first_utc last_utc"), fresh),
        "files": rows_of(
            "file_id file_name source sha256 received_at rows_in loaded rejected duplicates encoding clock "
            "issued_at status message sheet ended_why ended_at",
            [(*row, None, None, None) for row in files],
        ),
        "restatements": rows_of("month version evidence_key measure closed_value new_value difference", changed),
        "findings": rows_of(
            "facility level rule message file_name sheet row_no original metering_point month amount_sek evidence_key",
            findings,
        ),
    }
