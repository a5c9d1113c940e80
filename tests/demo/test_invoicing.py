"""The invoices: one a period and supply, billed on the true loads, with the mistakes that were put in and no others."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from energy import demo
from energy.demo import plan
from energy.demo.invoicing import MISTAKES, SUPPLIES
from energy.model import Parsed

RULES = {  # those of invoice_findings that an invoice alone can break, and the one of missing_invoices
    "duplicate_invoice", "overlapping_period", "wrong_price_list", "wrong_band", "missing_credit", "estimated_reading",
    "vat_error", "wrong_tax", "foreign_meter", "dormant_meter", "wrong_multiplier", "one_off_in_operations",
    "wrong_power", "period_not_aligned", "missing_component", "missing_invoice",
}  # fmt: skip
ELSEWHERE = ("overlapping_period", "period_not_aligned")  # their invoices do not follow the months
SUPPLIED = {(s.supplier.org_number, s.metering_point): s.kind for s in SUPPLIES}


@pytest.fixture(scope="module")
def invoices(parsed: dict[str, Parsed]) -> pl.DataFrame:
    return pl.concat([p.tables["invoices"] for name, p in parsed.items() if name.startswith("fakturor/")])


@pytest.fixture(scope="module")
def lines(parsed: dict[str, Parsed]) -> pl.DataFrame:
    return pl.concat([p.tables["invoice_lines"] for name, p in parsed.items() if name.startswith("fakturor/")])


@pytest.fixture(scope="module")
def truth() -> pl.DataFrame:
    return demo.invoice_truth(1)


def of_rule(truth: pl.DataFrame, rule: str) -> dict[str, object]:
    (row,) = truth.filter(rule=rule).to_dicts()
    return row


def of_invoice(lines: pl.DataFrame, number: object) -> pl.DataFrame:
    return lines.filter(pl.col("invoice_no") == number)


def test_one_invoice_a_period_and_supply_four_more_and_one_less(parsed, invoices):
    # more: a credit, what replaces it, a duplicate, somebody else's; less: the one that was lost
    assert invoices.height == 3 * 72 + 12 + 4 - 1
    assert invoices["invoice_no"].n_unique() == invoices.height
    assert [f for name, p in parsed.items() if name.startswith("fakturor/") for f in p.findings] == []
    assert invoices["supplier"].str.starts_with("Syntetisk").all()
    assert set(invoices["metering_point"]) == {plan.HEAT_MAIN, plan.EL_MAIN, plan.EL_LIGHTING, plan.SOMEBODY_ELSES}


def test_lines_add_up_and_follow_the_months(invoices, lines, truth):
    sums = lines.group_by("supplier_id", "invoice_no").agg(pl.col("amount_sek").sum())
    joined = invoices.join(sums, on=["supplier_id", "invoice_no"])
    assert (joined["net_sek"] - joined["amount_sek"]).abs().max() < 0.005
    odd = truth.filter(pl.col("rule").is_in(ELSEWHERE))["invoice_no"].to_list()
    monthly = lines.filter(~pl.col("invoice_no").is_in(odd), pl.col("metering_point") != plan.EL_LIGHTING)
    assert (monthly["period_start"].dt.day() == 1).all()
    assert (monthly["period_end"] == monthly["period_start"].dt.month_end()).all()
    quarters = lines.filter(pl.col("metering_point") == plan.EL_LIGHTING).select("period_start", "period_end").unique()
    assert quarters.height == 12
    assert (quarters["period_end"] == quarters["period_start"].dt.offset_by("2mo").dt.month_end()).all()


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


def test_every_kind_of_mistake_is_there_and_the_truth_tells_its_invoice(invoices, truth):
    assert {m.rule for m in MISTAKES} == set(truth["rule"]) == RULES
    assert truth.height == len(MISTAKES)
    often = {"dormant_meter": 12, "period_not_aligned": 2}
    assert dict(truth["rule"].value_counts().iter_rows()) == {rule: often.get(rule, 1) for rule in RULES}
    assert truth["month"].is_sorted()
    assert truth.filter(pl.col("invoice_no").is_null())["rule"].to_list() == ["missing_invoice"]
    told = truth.filter(pl.col("invoice_no").is_not_null())
    known = told.join(invoices, on=["supplier_id", "invoice_no", "metering_point"])
    assert known.height == told.height
    kinds = [SUPPLIED.get((r["supplier_id"], r["metering_point"]), "grid") for r in truth.to_dicts()]
    assert truth["kind"].to_list() == kinds


def test_electricity_is_billed_as_metered_but_in_the_months_told(lines, readings):
    local = pl.col("start_utc").dt.offset_by("1h").dt.truncate("1mo").dt.date().alias("period_start")
    main = readings.filter(pl.col("metering_point") == plan.EL_MAIN)
    metered = main.group_by(local).agg(pl.col("value").sum())
    off = {}
    for item in ("Påslag", "Elöverföring"):
        mine = lines.filter(pl.col("item") == item, pl.col("metering_point") == plan.EL_MAIN)
        billed = mine.group_by("period_start").agg(pl.col("quantity").sum())
        both = metered.join(billed, on="period_start", how="left").sort("period_start")
        right = (pl.col("quantity") - pl.col("value")).abs() < 0.01
        off[item] = [f"{day:%Y-%m}" for day in both.filter(~right.fill_null(False))["period_start"]]
    assert off["Påslag"] == ["2018-01", "2020-05", "2022-09", "2022-10"]  # six readings of January 2018 are unreadable
    assert off["Elöverföring"] == ["2018-01", "2021-06", "2023-11"]


def test_what_was_sent_less_what_is_wrong_is_the_bill_by_hand(invoices, truth):
    wrong = of_rule(truth, "wrong_price_list")
    net = invoices.filter(invoice_no=wrong["invoice_no"])["net_sek"].item()
    # January 2022 by its own list: fixed 6 170 x 31/365 = 524.03, power (30 250 + 1 250 x 364.8144 kW) x 31/365
    # = 41 299.48, energy 67.912627 MWh x 495 = 33 616.75, flow 1 436.482 m³ x 3.08 = 4 424.36, return
    # -153.789 MWh·°C x 5.09 = -782.79; together 79 081.83
    assert net - wrong["amount_sek"] == pytest.approx(79_081.83, abs=0.02)


def test_the_estimate_was_credited_and_billed_anew(invoices, truth):
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
    told = of_rule(truth, "estimated_reading")
    assert told["amount_sek"] == pytest.approx(guessed["net_sek"][0] - anew["net_sek"][0], abs=0.005)


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
    tax = lines.filter((pl.col("component") == "tax") & (pl.col("metering_point") == plan.EL_MAIN)).sort("period_start")
    rate = dict(zip(tax["period_start"], (tax["amount_sek"] / tax["quantity"]).round(4), strict=True))
    assert rate[date(2023, 1, 1)] == rate[date(2022, 12, 1)] < rate[date(2023, 2, 1)]


def test_the_tariff_change_of_2021_brings_the_return_temperature(lines):
    first = lines.filter(pl.col("component") == "return_temperature")["period_start"].min()
    assert first == date(2021, 1, 1)


def test_the_wrong_band_prices_the_right_power_by_the_next_band(lines, truth):
    wrong = of_rule(truth, "wrong_band")
    power = of_invoice(lines, wrong["invoice_no"]).filter(component="demand").row(0, named=True)
    kw = power["quantity"]
    assert 250 < kw < 500
    # the list of 2023: 250-500 kW 31 100 + 1 287 a kW, 500-1 000 kW 65 100 + 1 219 a kW; October is 31 of 365 days
    right, next_up = ((fixed + price * kw) * 31 / 365 for fixed, price in ((31_100, 1_287), (65_100, 1_219)))
    assert power["amount_sek"] == pytest.approx(next_up, abs=0.1)  # the quantity has three decimals
    assert wrong["amount_sek"] == pytest.approx(next_up - right, abs=0.1)


def test_the_wrong_list_has_last_years_prices(lines, truth):
    number = of_rule(truth, "wrong_price_list")["invoice_no"]
    price = {r["period_start"]: r["price"] for r in lines.filter(item="Flöde").to_dicts()}
    assert of_invoice(lines, number)["period_start"].unique().to_list() == [date(2022, 1, 1)]
    assert price[date(2022, 1, 1)] == pytest.approx(price[date(2021, 12, 1)], abs=1e-4)
    assert price[date(2022, 3, 1)] == pytest.approx(3.08, abs=1e-4)  # the list of 2022


def test_what_is_left_out_is_a_rebate_once_and_a_fee_once(lines, truth):
    credit, fee = of_rule(truth, "missing_credit"), of_rule(truth, "missing_component")
    assert "return_temperature" not in of_invoice(lines, credit["invoice_no"])["component"].to_list()
    assert credit["amount_sek"] > 50
    assert "fixed" not in of_invoice(lines, fee["invoice_no"])["component"].to_list()
    assert fee["amount_sek"] == -1900.0  # the grid's fixed fee of 2021
    rebates = lines.filter(pl.col("component") == "return_temperature", pl.col("amount_sek") < 0)
    assert rebates["period_start"].unique().len() >= 3  # other months have their rebate


def test_the_wrong_multiplier_doubles_energy_and_tax_but_no_power(lines, truth):
    wrong = of_rule(truth, "wrong_multiplier")
    mine = of_invoice(lines, wrong["invoice_no"])
    retail = lines.filter(item="Påslag", period_start=date(2021, 6, 1))["quantity"].item()
    for component in ("energy", "tax"):
        assert mine.filter(component=component)["quantity"].item() == pytest.approx(2 * retail, rel=1e-6)
    doubled = mine.filter(pl.col("component").is_in(["energy", "tax"]))["amount_sek"].sum()
    assert wrong["amount_sek"] == pytest.approx(doubled / 2, abs=0.02)


def test_the_meter_that_is_somebody_elses_is_in_no_settings(home, lines, truth):
    wrong = of_rule(truth, "foreign_meter")
    assert wrong["metering_point"] == plan.SOMEBODY_ELSES
    assert plan.SOMEBODY_ELSES.encode() not in home["energibok.toml"]
    assert of_invoice(lines, wrong["invoice_no"])["amount_sek"].sum() == pytest.approx(wrong["amount_sek"], abs=0.005)


def test_the_dormant_supply_costs_its_fee_and_delivers_nothing(lines, truth):
    mine = lines.filter(pl.col("metering_point") == plan.EL_LIGHTING)
    metered = mine.filter(pl.col("unit") == "kWh")
    assert metered.height == 24
    assert metered["quantity"].abs().sum() == metered["amount_sek"].abs().sum() == 0
    assert (metered["price"] > 0).all()
    # 4 380 a year by days: 90 of 365 days are 1 080
    assert truth.filter(rule="dormant_meter", month=date(2022, 1, 1))["amount_sek"].item() == 1080.0
    assert truth.filter(rule="dormant_meter")["amount_sek"].sum() == pytest.approx(3 * 4380.0)


def test_vat_is_25_percent_but_on_one_invoice_and_on_support(lines, truth):
    odd = lines.filter(pl.col("vat_percent") != 25)
    vat, support = of_rule(truth, "vat_error"), of_rule(truth, "one_off_in_operations")
    assert set(odd.filter(vat_percent=12)["invoice_no"]) == {vat["invoice_no"]}
    net = of_invoice(lines, vat["invoice_no"])["amount_sek"].sum()
    assert vat["amount_sek"] == pytest.approx(-0.13 * net, abs=0.01)
    free = odd.filter(vat_percent=0)
    assert free.select("invoice_no", "amount_sek", "line_class").rows() == [
        (support["invoice_no"], -85_000.0, "one_off")
    ]


def test_periods_that_meet_in_the_middle_of_a_month_charge_every_day_once(lines, truth):
    numbers = truth.filter(rule="period_not_aligned")["invoice_no"].to_list()
    mine = lines.filter(pl.col("invoice_no").is_in(numbers))
    periods = mine.select("period_start", "period_end").unique().sort("period_start").rows()
    assert periods == [(date(2022, 9, 1), date(2022, 10, 15)), (date(2022, 10, 16), date(2022, 10, 31))]
    grid = lines.filter(
        pl.col("item") == "Elöverföring", pl.col("metering_point") == plan.EL_MAIN,
        pl.col("period_start").is_in([date(2022, 9, 1), date(2022, 10, 1)]),
    )  # fmt: skip
    assert mine.filter(item="Påslag")["quantity"].sum() == pytest.approx(grid["quantity"].sum(), abs=0.01)


def test_the_overlap_charges_ten_days_twice(lines, truth, readings):
    wrong = of_rule(truth, "overlapping_period")
    mine = of_invoice(lines, wrong["invoice_no"])
    assert mine.select("period_start", "period_end").unique().rows() == [(date(2020, 4, 21), date(2020, 5, 31))]
    local = pl.col("start_utc").dt.offset_by("1h").dt.date()
    metered = readings.filter(
        pl.col("metering_point") == plan.EL_MAIN, local.is_between(date(2020, 4, 21), date(2020, 5, 31))
    )["value"].sum()
    assert mine.filter(item="Påslag")["quantity"].item() == pytest.approx(metered, abs=0.01)
    assert wrong["amount_sek"] > 1000


def test_the_lost_invoice_is_in_no_file_and_no_book(home, parsed, truth):
    lost = of_rule(truth, "missing_invoice")
    assert (lost["month"], lost["kind"]) == (date(2023, 11, 1), "grid")
    number = "EN20230071"
    assert not any(number in path for path in home)
    assert not any(number.encode() in data for path, data in home.items() if path.startswith("inbox/huvudbok/"))
    assert lost["amount_sek"] < -100_000
