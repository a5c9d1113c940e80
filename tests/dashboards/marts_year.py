"""The controller's year and the checked invoices of the made-up sports centre: nine months of 2023 are in the books."""

from __future__ import annotations

from datetime import date

import polars as pl
from marts_base import FACILITY, HEAT, POWER, Marts, rows_of

NAME = "Torvallaliknande sportcenter"
YEAR, LAST = 2023, date(2023, 9, 1)  # the last month with an outcome
ACCOUNTS = {"district_heating": ("5120", "Fjärrvärme"), "electricity": ("5110", "El")}
SUPPLIERS = {"heat": ("Fjärrvärmebolaget AB", "5560000001"), "grid": ("Elbolaget AB", "5560000002"),
             "retail": ("Elbolaget AB", "5560000002")}  # fmt: skip
SUMS = ("budget_sek", "outcome_sek", "last_year_sek", "budget_kwh", "outcome_kwh", "last_year_kwh")


def build(monthly_cost: pl.DataFrame) -> Marts:
    cells = _cells(monthly_cost)
    month = _budget_month(cells)
    return {
        "budget_month": month,
        "budget_period": _budget_period(month),
        **_forecast(cells),
        "deviations": _deviations(),
        "climate": _climate(cells),
        **_audit(monthly_cost),
        **_books(),
    }


def _cells(cost: pl.DataFrame) -> pl.DataFrame:
    """Return budget, cost and last year's cost per month of the year, carrier and component, with its energy."""
    kwh = pl.when(pl.col("component") == "energy", pl.col("contract_kind") != "grid").then(pl.col("quantity"))
    summed = cost.group_by("carrier", "component", "month").agg(pl.col("amount_sek").sum().alias("sek"),
                                                                 kwh.sum().alias("kwh"))  # fmt: skip
    last = summed.select(
        "carrier",
        "component",
        pl.col("month").dt.offset_by("1y"),
        pl.col("sek").alias("last_year_sek"),
        pl.col("kwh").alias("last_year_kwh"),
    )
    known = pl.col("month") <= LAST
    return (
        summed.filter(pl.col("month").dt.year() == YEAR)
        .join(last, on=["carrier", "component", "month"])
        .with_columns(
            budget_sek=(pl.col("last_year_sek") * 0.99 / 1000).round(0) * 1000,
            budget_kwh=(pl.col("last_year_kwh") * 0.98 / 1000).round(0) * 1000,
            outcome_sek=pl.when(known).then("sek"),
            outcome_kwh=pl.when(known).then("kwh"),
        )
        .sort("month", "carrier", "component")
    )


def _budget_month(cells: pl.DataFrame) -> pl.DataFrame:
    account = pl.col("carrier").replace_strict({c: a for c, (a, _) in ACCOUNTS.items()})
    named = pl.col("carrier").replace_strict({c: n for c, (_, n) in ACCOUNTS.items()})
    cuts = (
        ("facility", pl.lit(FACILITY), pl.lit(NAME), pl.lit("all")),
        ("carrier", pl.col("carrier"), pl.lit(None, pl.String), pl.col("carrier")),
        ("component", pl.col("component"), pl.lit(None, pl.String), pl.col("carrier")),
        ("account", account, named, pl.col("carrier")),
        ("cost_centre", pl.lit("4711"), pl.lit("Sportcentrum <drift>"), pl.lit("all")),
    )
    keys = ["dimension", "dimension_key", "dimension_name", "carrier", "month"]
    parts = []
    for dimension, key, name, carrier in cuts:
        cut = cells.with_columns(
            dimension=pl.lit(dimension), dimension_key=key, dimension_name=name, carrier=carrier)  # fmt: skip
        known = pl.col("month").first() <= LAST
        outcomes = [pl.when(known).then(pl.col(c).sum()).alias(c) for c in ("outcome_sek", "outcome_kwh")]
        rest = [pl.col(c).sum() for c in SUMS if not c.startswith("outcome")]
        parts.append(cut.group_by(keys, maintain_order=True).agg(*rest, *outcomes))
    return _written(pl.concat(parts)).with_columns(
        is_closed=pl.col("month") < LAST,
        evidence_key=pl.format("budget/{}/{}/{}/{}", pl.lit(FACILITY), "dimension", "dimension_key",
                               pl.col("month").dt.strftime("%Y-%m")),
    )  # fmt: skip


def _written(frame: pl.DataFrame) -> pl.DataFrame:
    off = pl.col("outcome_sek") - pl.col("budget_sek")
    return frame.with_columns(
        facility=pl.lit(FACILITY),
        deviation_sek=off,
        deviation_pct=pl.when(pl.col("budget_sek") != 0).then(100 * off / pl.col("budget_sek")),
        reason=pl.lit(None, pl.String),
    )


def _budget_period(month: pl.DataFrame) -> pl.DataFrame:
    spans = {"ytd": (1, 9), "t1": (1, 4), "t2": (5, 8), "t3": (9, 12), "year": (1, 12)}
    keys = ["dimension", "dimension_key", "dimension_name", "carrier"]
    parts = []
    for period, (first, last) in spans.items():
        rows = month.filter(pl.col("month").dt.month().is_between(first, last))
        whole = last <= LAST.month  # outcome and last year only where every month has its outcome
        summed = rows.group_by(keys, maintain_order=True).agg(
            pl.col(c).sum() if whole or c.startswith("budget") else pl.lit(None, pl.Float64).alias(c) for c in SUMS
        )
        parts.append(
            summed.with_columns(
                period=pl.lit(period),
                from_month=pl.lit(date(YEAR, first, 1)),
                to_month=pl.lit(date(YEAR, last, 1)),
                told=pl.lit(
                    None if whole else f"utfall finns för {10 - first} av {last - first + 1} månader", pl.String
                ),
            )
        )
    year = month.group_by(keys).agg(pl.col("budget_sek").sum().alias("whole"), pl.col("outcome_sek").sum().alias("so"))
    found = _written(pl.concat(parts)).join(year, on=keys, nulls_equal=True)
    return found.with_columns(
        reason=pl.col("told"),
        year=pl.lit(YEAR),
        remaining_budget_sek=pl.col("whole") - pl.col("so"),
        evidence_key=pl.format("budget/{}/{}/{}/{}", pl.lit(FACILITY), "dimension", "dimension_key", "period"),
    ).drop("whole", "so", "told")


def _forecast(cells: pl.DataFrame) -> Marts:
    monthly, yearly = [], []
    for carrier in ("district_heating", "electricity"):
        wide = 0.12 if carrier == "district_heating" else 0.03
        of_carrier = cells.filter(pl.col("carrier") == carrier)
        for at, rows in of_carrier.group_by("month", maintain_order=True):
            basis = "outcome" if at[0] < LAST else "accrued" if at[0] == LAST else "forecast"  # type: ignore[operator]
            half = wide if basis == "forecast" else 0.0
            sek, kwh = float(rows["sek"].sum()), float(rows["kwh"].sum())
            monthly.append(
                (FACILITY, carrier, at[0], basis, sek, sek * (1 - half), sek * (1 + half), kwh, kwh * (1 - half),
                 kwh * (1 + half), None)
            )  # fmt: skip
        for component in ("all", *of_carrier["component"].unique().sort()):
            rows = of_carrier if component == "all" else of_carrier.filter(pl.col("component") == component)
            yearly.append(_year(carrier, component, rows, wide if component not in ("fixed", "tax") else 0.0))
    yearly.append(_year("all", "all", cells, 0.05))
    names = (
        "facility carrier month basis amount_sek amount_sek_low amount_sek_high energy_kwh energy_kwh_low "
        "energy_kwh_high reason"
    )
    months = rows_of(names, monthly)
    sums = [c for c in names.split() if "_sek" in c or "_kwh" in c]
    together = months.group_by("month", "basis", maintain_order=True).agg(pl.col(c).sum() for c in sums)
    every = together.with_columns(
        facility=pl.lit(FACILITY), carrier=pl.lit("all"), reason=pl.lit(None, months.schema["reason"])
    )
    return {
        "forecast": rows_of(
            "facility year carrier component made_from outcome_sek remaining_sek remaining_sek_low remaining_sek_high "
            "forecast_sek forecast_sek_low forecast_sek_high budget_sek deviation_sek previous_forecast_sek change_sek "
            "outcome_kwh forecast_kwh forecast_kwh_low forecast_kwh_high weather_years reason evidence_key",
            yearly,
        ),
        "forecast_monthly": pl.concat([months, every.select(months.columns)]),
    }


def _year(carrier: str, component: str, rows: pl.DataFrame, half: float) -> tuple[object, ...]:
    sek, kwh = float(rows["sek"].sum()), float(rows["kwh"].sum())
    out, out_kwh, budget = (float(rows[c].sum()) for c in ("outcome_sek", "outcome_kwh", "budget_sek"))
    low, high = out + (sek - out) * (1 - half), out + (sek - out) * (1 + half)
    last = round(sek * 0.985, 2)
    key = f"forecast/{FACILITY}/{YEAR}/{carrier}/{component}"
    energy = (
        (out_kwh, kwh, kwh * (1 - half / 3), kwh * (1 + half / 3)) if component in ("all", "energy") else (None,) * 4
    )
    return (
        FACILITY, YEAR, carrier, component, LAST, out, sek - out, low - out, high - out, sek, low, high, budget,
        sek - budget, last, sek - last, *energy, 20, None, key,
    )  # fmt: skip


def _deviations() -> pl.DataFrame:
    rows = []
    for n, (month, carrier, budget, outcome, likely, answer) in enumerate(
        (
            (date(2023, 2, 1), "district_heating", 121_000.0, 151_400.0, "Kallare än budgeterat: 38 graddagar fler",
             ("Kallt väder och läckande port", "driftchef", date(2023, 3, 14), "Porten lagad")),
            (date(2023, 6, 1), "electricity", 226_000.0, 262_900.0, "Dyrare elhandel: 17 öre/kWh högre pris", None),
            (date(2023, 9, 1), "district_heating", 41_000.0, 12_800.0, None, None),
        )
    ):  # fmt: skip
        rows.append(
            (FACILITY, f"{FACILITY}/carrier/{carrier}/{month:%Y-%m}", "carrier", carrier, None, carrier, month, budget,
             outcome, outcome - budget, 100 * (outcome - budget) / budget, likely, "answered" if answer else "asked",
             *(answer or (None,) * 4), f"budget/{FACILITY}/carrier/{carrier}/{month:%Y-%m}#{n}")
        )  # fmt: skip
    return rows_of(
        "facility deviation_key dimension dimension_key dimension_name carrier month budget_sek outcome_sek "
        "deviation_sek deviation_pct likely_cause status cause owner_role answered_on note evidence_key",
        rows,
    )


def _climate(cells: pl.DataFrame) -> pl.DataFrame:
    rows = []
    for carrier, method, factor, source in (
        ("district_heating", "supplier", 31.0, "Fjärrvärmebolaget AB, miljövärden 2022"),
        ("electricity", "location_based", 28.0, "Exempelmyndigheten, elens utsläpp 2022"),
        ("electricity", "market_based", None, None),
    ):
        for at, of_month in cells.filter(pl.col("carrier") == carrier).group_by("month", maintain_order=True):
            if at[0] > LAST:  # type: ignore[operator]
                continue
            kwh, sek = float(of_month["kwh"].sum()), float(of_month["sek"].sum())
            why = None if factor else "kan inte bedömas: ingen klimatfaktor är angiven för 2023"
            rows.append(
                (FACILITY, carrier, method, YEAR, at[0], kwh, sek, factor, factor and kwh / 1e3 * factor, source, why,
                 f"climate/{FACILITY}/{carrier}/{method}/{at[0]:%Y-%m}")
            )  # fmt: skip
    return rows_of(
        "facility carrier emission_method year month energy_kwh amount_sek kg_per_mwh co2e_kg factor_source reason "
        "evidence_key",
        rows,
    )


AUDIT = (
    "facility carrier metering_point contract_kind supplier supplier_id invoice_no issue_date document_type line_id "
    "item component period_start period_end consumption_month accounting_period price_list invoiced_quantity "
    "recomputed_quantity unit invoiced_sek recomputed_sek difference_sek verdict reason file_name row_no evidence_key"
)
WRONG = {
    (date(2022, 3, 1), "heat", "demand"): ("wrong_power", 8123.5, "Fakturan har 498 kW, mätarna ger 431 kW."),
    (date(2023, 2, 1), "heat", "energy"): ("wrong_price_list", 2210.0, "Priset är 2022 års."),
    (date(2023, 5, 1), "heat", "return_temperature"): ("missing_component", -1480.25, "Bonus för låg retur saknas."),
    (date(2022, 7, 1), "heat", "energy"): ("estimated_reading", -930.0, "Avläsningen är uppskattad."),
    (date(2023, 4, 1), "retail", "energy"): ("not_assessed", None, "kan inte bedömas: spotpris saknas för 3 timmar"),
}  # fmt: skip


def _audit(cost: pl.DataFrame) -> Marts:
    rows = []
    for n, r in enumerate(cost.filter(pl.col("month") >= date(2022, 1, 1)).iter_rows(named=True)):
        month, kind = r["month"], r["contract_kind"]
        verdict, off, why = WRONG.get((month, kind, r["component"]), ("agrees", 0.0, None))
        number = f"{kind[0].upper()}{month:%Y%m}"
        after = (month.replace(day=28)).replace(day=28)
        billed = None if verdict == "missing_component" else round(r["amount_sek"] + (off or 0.0), 2)
        rows.append(
            (FACILITY, r["carrier"], r["metering_point"], kind, *SUPPLIERS[kind], number, after, "380", str(n % 5 + 1),
             r["label"], r["component"], month, after, month, month, r["price_list"], r["quantity"],
             None if off is None else r["quantity"], r["unit"], billed, None if off is None else r["amount_sek"], off,
             verdict, why, f"fakturor/{kind}-{month:%Y-%m}.xml", 14 + n % 5, f"invoice/{number}/{n}")
        )  # fmt: skip
    return {"invoice_audit": rows_of(AUDIT, rows), "invoice_findings": _findings(), "missing_invoices": _missing()}


def _findings() -> pl.DataFrame:
    letter = (
        "Hej!\n\nFaktura {no} för {what} verkar ha ett fel på {sek} kr exklusive moms.\n"
        "Vi ber er kontrollera och kreditera beloppet.\n\nMed vänlig hälsning\nExempelkommunen"
    )
    rows = []
    for rule, level, sek, no, kind, month, message in (
        ("duplicate_invoice", "error", 41_230.50, "H202211", "heat", date(2022, 10, 1), "Fakturan finns två gånger."),
        ("wrong_power", "error", 8_123.50, "H202204", "heat", date(2022, 3, 1), "Debiterat 498 kW, mätt 431 kW."),
        ("posted_gross", "warning", 5_512.00, "E202301", "grid", date(2023, 1, 1), "Fakturan är bokförd med moms."),
        ("wrong_price_list", "warning", 2_210.00, "H202303", "heat", date(2023, 2, 1), "Priset är förra årets."),
        ("missing_credit", "warning", 1_480.25, "H202306", "heat", date(2023, 5, 1), "Bonus för låg retur saknas."),
        ("missing_component", "warning", -640.00, "E202306", "grid", date(2023, 5, 1), "Energiskatten saknas."),
        ("dormant_meter", "warning", None, "E202307", "grid", date(2023, 6, 1), "Ingen last på ett år."),
        ("estimated_reading", "info", 930.00, "H202208", "heat", date(2022, 7, 1), "Uppskattad avläsning."),
    ):  # fmt: skip
        point, carrier = (HEAT, "district_heating") if kind == "heat" else (POWER, "electricity")
        text = letter.format(no=no, what=f"{month:%Y-%m}", sek=sek) if sek and sek > 0 and level != "info" else None
        rows.append(
            (FACILITY, carrier, point, kind, *SUPPLIERS[kind], no, month, rule, level, sek, message,
             f"Faktura {no}, rad 3: 498 kW. Mätarens tre högsta dygn: 2023-01-12 431 kW.", text, f"{rule}-{no}",
             f"finding/{rule}-{no}")
        )  # fmt: skip
    return rows_of(
        "facility carrier metering_point contract_kind supplier supplier_id invoice_no consumption_month rule level "
        "amount_sek message evidence supplier_text finding_key evidence_key",
        rows,
    )


def _missing() -> pl.DataFrame:
    return rows_of(
        "facility carrier metering_point contract_kind supplier supplier_id consumption_month expected_on days_late "
        "estimated_sek message evidence_key",
        [
            (FACILITY, "electricity", POWER, "retail", "Elbolaget AB", "5560000002", date(2023, 12, 1),
             date(2024, 1, 3), 1, 105_400.0, "Faktura för december 2023 väntades senast 2024-01-03.",
             f"cost/{POWER}/2023-12/1"),
        ],
    )  # fmt: skip


def _books() -> Marts:
    match = []
    for kind, month, net, posted, verdict, message in (
        ("heat", date(2023, 1, 1), 241_000.0, 241_000.0, "matched", None),
        ("grid", date(2023, 1, 1), 22_048.0, 27_560.0, "posted_gross", "Boka om momsen 5 512,00 kr."),
        ("heat", date(2023, 8, 1), 31_420.0, None, "not_posted", "Inte bokförd. Bokför den på konto 5120."),
        ("retail", date(2023, 7, 1), 109_800.0, 109_800.0, "wrong_account", "Bokförd på 5010, väntat 5110."),
        ("heat", None, None, 12_000.0, "no_invoice", "Verifikation A 812 har ingen faktura."),
    ):  # fmt: skip
        account, named = ("5120", 1) if kind == "heat" else ("5110", 2)
        number = month and f"{kind[0].upper()}{month:%Y%m}"
        when = (month or date(2023, 5, 1)).replace(day=28)
        match.append(
            (FACILITY, "district_heating" if kind == "heat" else "electricity", HEAT if kind == "heat" else POWER, kind,
             *SUPPLIERS[kind], number, month and when, month and "380", month, when.replace(day=1), net, posted,
             None if net is None or posted is None else posted - net, verdict,
             "5010" if verdict == "wrong_account" else account if posted else None, account,
             "4711" if posted else None, "4711", f"A {810 + named}" if posted else None, when if posted else None,
             message, "bokforing/2023.se" if posted else f"fakturor/{number}.xml", 210 + named,
             f"voucher/ab12cd34/{210 + named}" if posted else f"invoice/{number}")
        )  # fmt: skip
    accruals = []
    for n, (point, kind, month, sek, billed, status) in enumerate(
        (
            (HEAT, "heat", date(2023, 6, 1), 19_800.0, 20_410.0, "reversed"),
            (HEAT, "heat", date(2023, 7, 1), 18_900.0, 18_640.0, "reversed"),
            (HEAT, "heat", LAST, 26_300.0, None, "open"),
            (POWER, "retail", LAST, 108_200.0, None, "open"),
        )
    ):
        error = None if billed is None else sek - billed
        accruals.append(
            (FACILITY, "district_heating" if kind == "heat" else "electricity", point, kind, SUPPLIERS[kind][0], month,
             month, sek, date(2023, month.month + 1, 1), status, "Uppmätt last och gällande prislista", billed, error,
             None if error is None or billed is None else 100 * error / billed, None, f"accrual/{point}/{kind}/{n}")
        )  # fmt: skip
    postings = []
    for point, kind, sek in ((HEAT, "heat", 26_300.0), (POWER, "retail", 108_200.0)):
        account = "5120" if kind == "heat" else "5110"
        for day, cost, debt in ((date(2023, 9, 30), sek, None), (date(2023, 10, 1), None, sek)):
            for number, debit, credit in ((account, cost, debt), ("2990", debt, cost)):
                postings.append((day, number, "4711", "{}", debit, credit,
                                 f"Periodisering {kind} 2023-09", LAST, point, kind))  # fmt: skip
    return {
        "ledger_match": rows_of(
            "facility carrier metering_point contract_kind supplier supplier_id invoice_no issue_date document_type "
            "consumption_month accounting_period net_sek posted_sek difference_sek verdict account expected_account "
            "cost_centre expected_cost_centre voucher voucher_date message file_name row_no evidence_key",
            match,
        ),
        "accruals": rows_of(
            "facility carrier metering_point contract_kind supplier consumption_month accounting_period accrual_sek "
            "reversal_period status method invoiced_sek error_sek error_pct reason evidence_key",
            accruals,
        ),
        "accrual_postings": rows_of(
            "posting_date account cost_centre objects debit_sek credit_sek text consumption_month metering_point "
            "contract_kind",
            postings,
        ),
        "allocation": _allocation(),
    }


def _allocation() -> pl.DataFrame:
    rows = []
    for n in range(1, 10):
        month, share = date(YEAR, n, 1), 62.0 if n < 7 else 55.0
        key = "fast andel 62 %" if n < 7 else "fast andel 55 % från 2023-07-01: ny hyresgäst i ishallen"
        for bearer, part in (("Kultur- och fritidsnämnden", share), ("Idrottsföreningen", 100 - share)):
            rows.append(
                (FACILITY, "electricity", POWER, bearer, month, part, 2170.0 * part, 2200.0 * part, key, None,
                 f"allocation/{POWER}/{month:%Y-%m}/{bearer}")
            )  # fmt: skip
    return rows_of(
        "facility carrier metering_point cost_bearer month share_pct energy_kwh cost_sek key_text reason evidence_key",
        rows,
    )
