"""The invoices: one a month and supply, billed on the true loads, with the mistakes that were put in and no others."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from energy.demo import plan
from energy.demo.invoicing import MISTAKES
from energy.model import Parsed


@pytest.fixture(scope="module")
def invoices(parsed: dict[str, Parsed]) -> pl.DataFrame:
    return pl.concat([p.tables["invoices"] for name, p in parsed.items() if name.startswith("fakturor/")])


@pytest.fixture(scope="module")
def lines(parsed: dict[str, Parsed]) -> pl.DataFrame:
    return pl.concat([p.tables["invoice_lines"] for name, p in parsed.items() if name.startswith("fakturor/")])


def test_one_invoice_a_month_and_supply_and_three_more(parsed, invoices):
    assert invoices.height == 3 * 72 + 3
    assert invoices["invoice_no"].n_unique() == invoices.height
    assert [f for name, p in parsed.items() if name.startswith("fakturor/") for f in p.findings] == []
    assert invoices["supplier"].str.starts_with("Syntetisk").all()
    assert set(invoices["metering_point"]) == {plan.HEAT_MAIN, plan.EL_MAIN}


def test_lines_add_up_and_follow_the_months(invoices, lines):
    sums = lines.group_by("supplier_id", "invoice_no").agg(pl.col("amount_sek").sum())
    joined = invoices.join(sums, on=["supplier_id", "invoice_no"])
    assert (joined["net_sek"] - joined["amount_sek"]).abs().max() < 0.005
    assert (lines["period_start"].dt.day() == 1).all()
    assert (lines["period_end"] == lines["period_start"].dt.month_end()).all()


def test_heat_energy_on_invoices_is_what_the_meter_measured(lines, readings):
    heat = lines.filter((pl.col("component") == "energy") & (pl.col("supplier_id") == plan.HEAT_SUPPLIER[1]))
    billed = heat.group_by(pl.col("period_start").alias("month")).agg(pl.col("quantity").sum())
    metered = (
        readings.filter((pl.col("metering_point") == plan.HEAT_MAIN) & (pl.col("quantity") == "energy_kwh"))
        .with_columns(month=pl.col("start_utc").dt.offset_by("1h").dt.truncate("1mo").dt.date())
        .group_by("month")
        .agg(pl.col("value").sum())
    )
    both = billed.join(metered, on="month").with_columns(off=(pl.col("quantity") - pl.col("value")).abs())
    assert both.height == 72
    assert both.filter(pl.col("off") > 0.01)["month"].to_list() == [date(2022, 2, 1)]  # the duplicate, and only that


def test_the_estimate_was_credited_and_billed_anew(invoices):
    (mistake,) = (m for m in MISTAKES if m.rule == "estimated_reading")
    supplier = invoices.filter(pl.col("supplier_id") == plan.HEAT_SUPPLIER[1]).sort("issue_date", "invoice_no")
    credit = supplier.filter(pl.col("document_type") == "381")
    guessed = supplier.filter(pl.col("invoice_no") == credit["references_invoice"][0])
    anew = supplier.filter(pl.col("invoice_no").str.ends_with("-R"))
    assert credit.height == guessed.height == anew.height == 1
    assert guessed["net_sek"][0] + credit["net_sek"][0] == pytest.approx(0, abs=0.005)
    assert guessed["net_sek"][0] > 1.05 * anew["net_sek"][0] > 0
    assert guessed["issue_date"][0] < credit["issue_date"][0] == anew["issue_date"][0]
    assert guessed["issue_date"][0].month == mistake.month.month + 1


def test_the_duplicate_bills_the_same_lines_under_a_new_number(lines):
    again = lines.filter(pl.col("invoice_no").str.ends_with("-2"))
    first = lines.filter(pl.col("invoice_no") == again["invoice_no"][0].removesuffix("-2"))
    same = ["item", "quantity", "amount_sek", "period_start", "period_end"]
    assert again.height > 0
    assert again.select(same).equals(first.select(same))


def test_one_power_stands_out_and_one_tax_rate_is_late(lines):
    power = lines.filter((pl.col("component") == "demand") & (pl.col("supplier_id") == plan.HEAT_SUPPLIER[1]))
    months = power.filter(pl.col("period_start").dt.year() == 2023).sort("period_start")["quantity"]
    assert months[1] == pytest.approx(1.18 * months[2], rel=1e-3)
    tax = lines.filter(pl.col("component") == "tax").sort("period_start")
    rate = dict(zip(tax["period_start"], (tax["amount_sek"] / tax["quantity"]).round(4), strict=True))
    assert rate[date(2023, 1, 1)] == rate[date(2022, 12, 1)] < rate[date(2023, 2, 1)]


def test_the_tariff_change_of_2021_brings_the_return_temperature(lines):
    first = lines.filter(pl.col("component") == "return_temperature")["period_start"].min()
    assert first == date(2021, 1, 1)
