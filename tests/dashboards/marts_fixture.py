"""Plausible, made-up marts of one sports centre: 1.9 GWh of district heat before its store, 0.9 after.

Everything is drawn from a seeded generator; the marts agree with each other where the pages compare them.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import marts_economics
import marts_events
import marts_money
import marts_optimum
import marts_storage
import marts_year
import numpy as np
import polars as pl
from marts_base import FACILITY, HEAT, MONTHS, POWER, PROJECT, START, Marts, days, facts, hours, quality, rows_of
from marts_register import register


def build() -> Marts:
    """Return every mart of the contract for the made-up facility."""
    rng = np.random.default_rng(7)
    marts: Marts = {}
    for part in (facts, days, hours, _costs, _savings, _bridge, _measures, register, quality):
        marts |= part(rng)
    return (
        marts_money.valued(marts)
        | marts_year.build(marts["monthly_cost"])
        | marts_economics.build()
        | marts_events.build()
        | marts_storage.build()
        | marts_optimum.build()
    )


COSTS = (
    (HEAT, "district_heating", "heat", "fixed", "Fast avgift", 3.1, "månad", 1),
    (HEAT, "district_heating", "heat", "energy", "Energiavgift", 76.0, "kWh", 150000),
    (HEAT, "district_heating", "heat", "demand", "Effektavgift", 41.0, "kW", 480),
    (HEAT, "district_heating", "heat", "flow", "Flödesavgift", 9.0, "m³", 3100),
    (HEAT, "district_heating", "heat", "return_temperature", "Returtemperatur", 4.5, "m³·°C", 14000),
    (POWER, "electricity", "grid", "fixed", "Fast avgift", 1.4, "månad", 1),
    (POWER, "electricity", "grid", "demand", "Månadens högsta timme", 24.0, "kW", 430),
    (POWER, "electricity", "grid", "energy", "Elöverföring", 13.0, "kWh", 217000),
    (POWER, "electricity", "grid", "tax", "Energiskatt", 78.0, "kWh", 217000),
    (POWER, "electricity", "retail", "energy", "Rörligt pris per timme", 105.0, "kWh", 217000),
)


def _costs(rng: np.random.Generator) -> Marts:
    cost, lines, check = [], [], []
    for n, month in enumerate(MONTHS):
        cold = 1 + 0.8 * np.cos(2 * np.pi * (month.month - 1) / 12)
        for point, carrier, kind, component, label, tkr, unit, quantity in COSTS:
            scale = (cold * (0.5 if month >= START else 1.0) if kind == "heat" and component != "fixed" else 1.0) * (
                1 + 0.02 * n / 12
            )
            sek = round(1000 * tkr * scale * (1 + 0.02 * rng.normal()), 2)
            receipt = f"cost:{FACILITY}:{point}:{month:%Y-%m}:{kind}:{component}"
            cost.append(
                (
                    FACILITY,
                    carrier,
                    point,
                    kind,
                    month,
                    component,
                    label,
                    f"billed_{component}",
                    quantity * scale,
                    unit,
                    sek,
                    f"demo-{kind}-{month.year}",
                    3 if n == 60 else 0,
                    None,
                    n < 70,
                    receipt,
                )
            )
            wrong = n in (50, 61) and component == "demand" and kind == "heat"
            missing = n == 71 and kind == "retail"
            billed = None if missing else round(sek + (8123.5 if wrong else 0.0), 2)
            check.append(
                (
                    FACILITY,
                    carrier,
                    point,
                    kind,
                    "Fjärrvärmebolaget AB" if kind == "heat" else "Elbolaget AB",
                    month,
                    component,
                    billed,
                    sek,
                    None if missing else round(billed - sek, 2),
                    quantity * scale,
                    quantity * scale,
                    unit,
                    "missing_invoice" if missing else "differs" if wrong else "agrees",
                    "Leverantören räknar med 498 kW, mätarna ger 431 kW" if wrong else None,
                    f"check:{FACILITY}:{point}:{month:%Y-%m}:{kind}:{component}",
                )
            )
            if n >= 48 and not missing:
                lines.append(
                    (
                        FACILITY,
                        carrier,
                        point,
                        "Fjärrvärmebolaget AB" if kind == "heat" else "Elbolaget AB",
                        "5560000001" if kind == "heat" else "5560000002",
                        f"{kind[0].upper()}{month:%Y%m}",
                        month + timedelta(days=38),
                        "invoice",
                        str(len(lines) % 5 + 1),
                        label,
                        component,
                        quantity * scale,
                        unit,
                        billed,
                        25.0,
                        month,
                        month + timedelta(days=27),
                        month,
                        (month + timedelta(days=38)).replace(day=1),
                        f"fakturor/{kind}-{month:%Y-%m}.xml",
                        14 + len(lines) % 5,
                        f"line:{kind}:{month:%Y-%m}:{component}",
                    )
                )
    names = (
        "facility carrier metering_point contract_kind month component label determinant quantity unit amount_sek "
        "price_list estimated_hours reason is_closed evidence_key"
    )
    check_names = (
        "facility carrier metering_point contract_kind supplier consumption_month component invoiced_sek "
        "recomputed_sek difference_sek invoiced_quantity recomputed_quantity unit verdict reason "
        "evidence_key"
    )
    line_names = (
        "facility carrier metering_point supplier supplier_id invoice_no issue_date document_type line_id "
        "item component quantity unit amount_sek vat_percent period_start period_end consumption_month "
        "accounting_period file_name row_no evidence_key line_class"
    )
    return {
        "monthly_cost": rows_of(names, cost),
        "invoice_check": rows_of(check_names, check),
        "invoice_lines": rows_of(line_names, [(*row, row[10]) for row in lines]),
    }


def _band(frame: pl.DataFrame, name: str, share: float) -> pl.DataFrame:
    width = pl.col(name).abs() * share
    return frame.with_columns((pl.col(name) - width).alias(f"{name}_low"), (pl.col(name) + width).alias(f"{name}_high"))


def _savings(rng: np.random.Generator) -> Marts:
    months = [m for m in MONTHS if m >= START]
    rows = []
    for month in months:
        cold = 1 + 0.8 * np.cos(2 * np.pi * (month.month - 1) / 12)
        base = 158_000 * cold * (1 + 0.05 * rng.normal())
        met = base * 0.47 * (1 + 0.06 * rng.normal())
        rows.append(
            (
                PROJECT,
                FACILITY,
                "district_heating",
                month,
                met,
                base,
                base - met,
                met * 0.92,
                base * 0.90,
                base * 0.90 - met * 0.92,
                744 if month == date(2021, 1, 1) else 0,
                None,
                month < MONTHS[70],
                f"savings:{PROJECT}:district_heating:{month:%Y-%m}",
            )
        )
        rows.append(
            (
                PROJECT,
                FACILITY,
                "electricity",
                month,
                228_000.0,
                217_500.0,
                -10_500.0,
                231_000.0,
                220_500.0,
                -10_500.0,
                0,
                None,
                month < MONTHS[70],
                f"savings:{PROJECT}:electricity:{month:%Y-%m}",
            )
        )
    names = (
        "project facility carrier month metered_kwh adjusted_baseline_kwh avoided_energy_kwh actual_cost_sek "
        "adjusted_baseline_cost_sek avoided_cost_sek excluded_hours reason is_closed evidence_key"
    )
    monthly = _band(_band(rows_of(names, rows), "avoided_energy_kwh", 0.14), "avoided_cost_sek", 0.17)
    total = pl.concat(
        [
            _total(monthly, c, p)
            for c in ("district_heating", "electricity", "all")
            for p in ("reporting", "last_12_months", "2021", "2022", "2023")
        ]
    )
    component = _components(total)
    return {
        "savings_monthly": monthly,
        "savings_total": total,
        "savings_component": component,
        "headline": _headline(total),
    }


def _total(monthly: pl.DataFrame, carrier: str, period: str) -> pl.DataFrame:
    rows = monthly if carrier == "all" else monthly.filter(pl.col("carrier") == carrier)
    year = "2023" if period == "last_12_months" else period
    rows = rows if period == "reporting" else rows.filter(pl.col("month").dt.year() == int(year))
    bare = [c for c in monthly.columns if not c.endswith(("_low", "_high"))]
    sums = [c for c in bare if c.endswith(("_kwh", "_sek", "_hours"))]
    found = rows.select(
        pl.lit(PROJECT).alias("project"),
        pl.lit(FACILITY).alias("facility"),
        pl.lit(carrier).alias("carrier"),
        pl.lit(period).alias("period"),
        pl.col("month").min().alias("from_month"),
        pl.col("month").max().alias("to_month"),
        *(pl.col(s).sum() for s in sums),
    ).with_columns(
        avoided_pct=100 * pl.col("avoided_energy_kwh") / pl.col("adjusted_baseline_kwh"),
        holds_zero=pl.lit(carrier == "electricity"),
        cost_holds_zero=pl.lit(carrier == "electricity"),
        reason=pl.lit(None, pl.String),
        evidence_key=pl.lit(f"savings:{PROJECT}:{carrier}:{period}"),
    )
    return _band(_band(found, "avoided_energy_kwh", 0.09), "avoided_cost_sek", 0.11)


def _components(total: pl.DataFrame) -> pl.DataFrame:
    heat = total.filter(pl.col("carrier") == "district_heating", pl.col("period") == "last_12_months")
    saved = heat["avoided_cost_sek"][0]
    shares = {"energy": 0.58, "demand": 0.29, "flow": 0.09, "return_temperature": 0.04, "fixed": 0.0}
    rows = [
        (PROJECT, FACILITY, "district_heating", c, "last_12_months", saved * s * 0.9, saved * s * 1.9, saved * s, None)
        for c, s in shares.items()
    ]
    names = (
        "project facility carrier component period actual_cost_sek adjusted_baseline_cost_sek avoided_cost_sek reason"
    )
    return _band(rows_of(names, rows), "avoided_cost_sek", 0.15)


def _headline(total: pl.DataFrame) -> pl.DataFrame:
    rows = []
    for key, column, period, unit in (
        ("avoided_cost_last_12", "avoided_cost_sek", "last_12_months", "SEK"),
        ("avoided_energy_last_12", "avoided_energy_kwh", "last_12_months", "kWh"),
        ("avoided_cost_reporting", "avoided_cost_sek", "reporting", "SEK"),
    ):
        found = total.filter(pl.col("carrier") == "all", pl.col("period") == period).row(0, named=True)
        rows.append(
            (
                FACILITY,
                PROJECT,
                key,
                found[column],
                found[f"{column}_low"],
                found[f"{column}_high"],
                unit,
                None,
                f"{found['from_month']:%Y-%m} till {found['to_month']:%Y-%m}",
                f"headline:{PROJECT}:{key}",
            )
        )
    return rows_of("facility project key value low high unit reason period_text evidence_key", rows)


_CAUSES = ("price", "tax", "weather", "operations", "project", "unexplained")
_PARTS = {"energy": 0.6, "demand": 0.4}


def _bridge(rng: np.random.Generator) -> Marts:
    rows = []
    for carrier, steps in (
        ("all", (4_312_000, 600_000, 12_000, -88_000, 41_000, -764_000, -23_000)),
        ("district_heating", (1_702_000, 96_000, 0, -88_000, 12_000, -872_000, -9_000)),
        ("electricity", (2_610_000, 504_000, 12_000, 0, 29_000, 108_000, -14_000)),
    ):
        levels = dict(zip(("before", *_CAUSES), steps, strict=True)) | {"after": sum(steps)}
        for comparison in ("base", "2021-2022", "2022-2023"):
            for n, (step, sek) in enumerate(levels.items()):
                rows += [_bridge_cell(comparison, carrier, n, step, part, sek * share) for part, share in
                         {**_PARTS, "all": 1.0}.items()]  # fmt: skip
    cells = rows_of(
        "project facility comparison carrier step_no step component amount_sek amount_sek_low amount_sek_high "
        "energy_kwh base_from base_to reporting_from reporting_to reason note evidence_key",
        rows,
    )
    main = cells.filter(comparison="base", component="all").drop("comparison", "component", "note")
    return {"bridge": main, "bridge_matrix": cells, "bridge_paid": _paid(cells), "bridge_bearer": _bearers(cells)}


def _paid(cells: pl.DataFrame) -> pl.DataFrame:
    """Return the same bridge from invoice to invoice: 85 tkr of support and 12 tkr of errors after."""
    rows = cells.filter(component="all").drop("component", "energy_kwh", "note")
    key = pl.col("evidence_key").str.replace("bridge:", "bridge_paid:")
    steps = rows.filter(pl.col("step") != "after").with_columns(evidence_key=key)
    after = rows.filter(step="after").with_columns(pl.col("amount_sek") - 73_000.0, step_no=20, evidence_key=key)
    once, wrong = (
        rows.filter(step="after").with_columns(
            amount_sek=pl.lit(sek),
            step_no=n,
            step=pl.lit(step),
            amount_sek_low=pl.lit(sek),
            amount_sek_high=pl.lit(sek),
        )
        for n, step, sek in ((18, "one_off", -85_000.0), (19, "invoicing", 12_000.0))
    )
    named = [one.with_columns(evidence_key=pl.col("evidence_key").str.replace("bridge:", "bridge_paid:").str.replace(
        "after", step)) for one, step in ((once, "one_off"), (wrong, "invoicing"))]  # fmt: skip
    return pl.concat([steps, *named, after], how="diagonal_relaxed").sort("comparison", "carrier", "step_no")


def _bearers(cells: pl.DataFrame) -> pl.DataFrame:
    """Return the whole's bridge shared 82 to 18 before, 75 to 25 after."""
    rows = cells.filter(component="all", carrier="all").drop("component", "energy_kwh")
    levels = {c: dict(rows.filter(comparison=c).select("step", "amount_sek").iter_rows()) for c in ("base",)}
    middle = (levels["base"]["before"] + levels["base"]["after"]) / 2
    found = []
    for bearer, before, after in (("idrott", 0.82, 0.75), ("skola", 0.18, 0.25)):
        share = pl.when(pl.col("step") == "before").then(before).when(pl.col("step") == "after").then(after)
        mine = rows.with_columns(
            *(
                (pl.col(c) * share.otherwise((before + after) / 2))
                for c in ("amount_sek", "amount_sek_low", "amount_sek_high")
            ),
            cost_bearer=pl.lit(bearer),
        )
        moved = mine.filter(step="after").with_columns(
            step=pl.lit("allocation"), step_no=15, amount_sek=pl.lit((after - before) * middle)
        )
        found += [mine, moved]
    return pl.concat(found, how="diagonal_relaxed").sort("comparison", "carrier", "cost_bearer", "step_no")


def _bridge_cell(comparison: str, carrier: str, n: int, step: str, part: str, sek: float) -> tuple[Any, ...]:
    wide = abs(sek) * 0.16 if step in ("project", "unexplained", "weather") else None
    first, last = (2019, 2023) if comparison == "base" else map(int, comparison.split("-"))
    return (
        PROJECT, FACILITY, comparison, carrier, n, step, part, float(sek),
        sek - wide if wide else None, sek + wide if wide else None, 1_910_000.0 if step == "before" else None,
        date(first, 1, 1), date(first, 12, 31), date(last, 1, 1), date(last, 12, 31), None, None,
        f"bridge:{PROJECT}:{carrier}:{step}",
    )  # fmt: skip


def _measures(rng: np.random.Generator) -> Marts:
    made = (
        ("heat_while_rejecting", "Värme köps medan ishallarna kyler bort värme", 142_000.0, 310_000.0, "hög", None),
        ("billed_heat_power", "Den debiterade värmeeffekten är för hög", 96_500.0, 0.0, "medel", None),
        ("night_base_load", "Nattlasten är hög när anläggningen är stängd", 71_200.0, 64_000.0, "medel", None),
        ("return_temperature", "Returen är för varm vintertid", 38_900.0, 0.0, "låg", None),
        (
            "duplicate_invoice",
            "Samma faktura två gånger",
            None,
            None,
            "hög",
            "Ingen faktura förekommer två gånger i underlaget.",
        ),
    )
    rows, evidence = [], []
    for rank, (key, title, sek, kwh, sure, silent) in enumerate(made, start=1):
        rows.append(
            (
                f"{FACILITY}:{key}",
                key,
                FACILITY,
                title,
                "Under 1 870 timmar köptes fjärrvärme samtidigt som kylmedelskylaren blåste bort värme."
                if rank == 1
                else "Se underlaget för de timmar eller dygn som avgör.",
                sek,
                sek and sek * 0.7,
                sek and sek * 1.25,
                kwh,
                sure,
                "förslag",
                "Fakturan räknad om med ändrad last, hela prislistan.",
                silent,
                *(
                    "T2",
                    "ingen",
                    0.0,
                    "lätt",
                    "driftteknikern",
                    "debiterad effekt efter nästa toppdygn",
                    "el",
                    rank == 5,
                ),
                *(("line", "Dygn", "Effekt (kW)") if rank == 1 else (None, None, None)),
                *(False, None, "Avböjd vid Bollnäs sporthall 2023-03-01: stör skolan" if rank == 1 else None),
                f"measure:{FACILITY}:{key}",
                rank,
            )
        )
        evidence += [
            (
                f"{FACILITY}:{key}",
                no,
                "Samtidig värme och bortkylning",
                f"2023-01-{no + 3:02d} 0{no}:00",
                212.4 - 9 * no,
                "kW",
                "gratis värme hade räckt",
            )
            for no in range(1, 4)
            if sek
        ]
    names = (
        "measure_key measure_id facility title description saving_sek_per_year saving_sek_per_year_low "
        "saving_sek_per_year_high saving_kwh_per_year confidence status method silent_reason code cost_class "
        "assumed_cost_sek difficulty actor verification metering_point one_off picture_kind picture_x picture_y "
        "is_quiet stage_note dismissed_elsewhere evidence_key rank"
    )
    drawn = [(f"{FACILITY}:{made[0][0]}", no, "Köpt värme", f"2023-01-{no:02d}", 200.0 + 9 * no) for no in range(1, 20)]
    # step by step: the second and fourth meet the first, and add less than they are worth one by one
    steps = [(rank, f"{FACILITY}:{key}", title, sek * share)
             for rank, ((key, title, sek, *_), share) in enumerate(zip(made, (1, 0.6, 1, 0.3), strict=False), start=1)
             if sek]  # fmt: skip
    together = [
        (FACILITY, rank, key, title, added, 0.7 * added, 1.25 * added, total, 0.8 * total, 1.15 * total,
         sum(m[2] or 0 for m in made[:rank]), "ingen", None)
        for (rank, key, title, added), total in zip(steps, np.cumsum([s[3] for s in steps]).tolist(), strict=True)
    ]  # fmt: skip
    return {
        "measures_combined": rows_of(
            "facility rank measure_key title marginal_sek_per_year marginal_sek_per_year_low "
            "marginal_sek_per_year_high cumulative_sek_per_year cumulative_sek_per_year_low "
            "cumulative_sek_per_year_high separate_sek_per_year cost_class reason",
            together,
        ),
        "reference_values": rows_of(
            "facility key_figure label value unit reference_low reference reference_high verdict others others_value "
            "reason source_text noted_on",
            [
                (
                    FACILITY,
                    "sports_all",
                    "Köpt energi per m², idrottsanläggningar",
                    311.4,
                    "kWh/m²",
                    None,
                    270.0,
                    None,
                    "above_span",
                    0,
                    None,
                    None,
                    "STIL2",
                    date(2026, 11, 30),
                ),
                (
                    FACILITY,
                    "pool_all",
                    "Köpt energi per m², badhus",
                    None,
                    "kWh/m²",
                    400.0,
                    450.0,
                    500.0,
                    None,
                    0,
                    None,
                    "kan inte bedömas: värdet gäller badhus för sig, och anläggningen har också is.",
                    "Belok",
                    date(2026, 11, 30),
                ),
            ],
        ),
        "measures": rows_of(names, rows),
        "measure_series": rows_of("measure_key no series x y", drawn),
        "measure_evidence": rows_of("measure_key no label at value unit note", evidence),
    }
