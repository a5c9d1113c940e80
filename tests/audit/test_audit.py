"""The audit on a small world: right invoices give nothing, every error its one finding, each at two strengths."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from energy.audit.rules import POSTED_GROSS, RULES
from tests.audit import world as w
from tests.audit.world import DEMAND, ENERGY, FIXED, G1, H1, component, finding, scaled


def test_right_invoices_agree_and_give_no_finding() -> None:
    found = w.audited(w.right())
    assert found.lines.height == 24 * 11  # 24 months, 5 heat lines and 6 grid lines
    assert found.lines["verdict"].unique().to_list() == ["agrees"]
    assert found.lines["difference_sek"].abs().max() <= 0.0051  # öre rounding
    assert found.findings.is_empty()
    assert found.missing.is_empty()


def test_the_order_of_rows_does_not_matter() -> None:
    lines = w.more(
        w.again(H1, "dup", date(2023, 3, 1)), w.again("heat-2022-05", "credit", date(2022, 8, 1), -1.0, "381")
    )
    lines = lines.with_columns(
        amount_sek=pl.when(DEMAND, pl.col("invoice_no") == G1).then(pl.col("amount_sek") * 1.3).otherwise("amount_sek")
    )
    one, other = w.audited(lines), w.audited(w.shuffled(lines, 3), head=w.shuffled(w.heads(lines), 4))
    assert_frame_equal(one.lines, other.lines)
    assert_frame_equal(one.findings, other.findings)
    assert one.findings.height == 2
    assert one.missing["consumption_month"].to_list() == [date(2022, 5, 1)]  # credited, never charged anew


def test_rules_and_their_names() -> None:
    assert POSTED_GROSS not in RULES
    assert {"duplicate_invoice", "overlapping_period", "wrong_price_list", "missing_credit", "foreign_meter"} <= set(
        RULES
    )
    assert len(RULES) + 1 == 17


# --- I1 duplicates and overlaps ----------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [1.0, 1.003])
def test_a_duplicate_is_one_finding_of_its_whole_amount(factor: float) -> None:
    copy = w.again(H1, "dup", date(2023, 3, 1), factor)
    found = w.audited(w.more(copy))
    one = finding(found, "duplicate_invoice")
    assert w.rules(found) == [("duplicate_invoice", "dup", "error")]
    assert one["amount_sek"] == pytest.approx(copy["amount_sek"].sum(), rel=0.004)
    assert set(w.verdicts(found, "dup").values()) == {"wrong_period"}
    assert set(w.verdicts(found, H1).values()) == {"agrees"}
    assert H1 in str(one["message"])
    assert "kreditera dubbletten" in str(one["supplier_text"])


def test_a_credited_duplicate_is_closed() -> None:
    copy, credit = w.again(H1, "dup", date(2023, 3, 1)), w.again(H1, "credit", date(2023, 3, 20), -1.0, "381")
    found = w.audited(w.more(copy, credit), names={"credit": "dup"})
    assert w.rules(found) == [("duplicate_invoice", "dup", "info")]
    assert finding(found, "duplicate_invoice")["amount_sek"] == 0.0
    assert set(w.verdicts(found, "credit").values()) == {"agrees"}


def test_a_duplicate_without_contract_or_bill_is_found_all_the_same() -> None:
    lines = w.more(w.again(H1, "dup", date(2023, 3, 1)))
    found = w.audited(lines, bills=w.billed().filter(pl.col("contract_kind") != "heat"))
    assert ("duplicate_invoice", "dup", "error") in w.rules(found)


@pytest.mark.parametrize("days", [5, 15])
def test_overlapping_days_are_charged_twice(days: int) -> None:
    """February's invoice begins `days` before February: those days are January's already."""
    start, end = date(2023, 2, 1) - timedelta(days=days), date(2023, 2, 28)
    own = w.bill_of(w.HEAT, "heat", start, end + timedelta(days=1))
    own = own.with_columns(period_start=pl.lit(start), period_end=pl.lit(end))
    parts = own.group_by("label", maintain_order=True).agg(
        pl.all().exclude("label", "amount_sek", "quantity").first(),
        pl.col("amount_sek").sum(),
        pl.col("quantity").sum(),
    )
    mean = pl.when(pl.col("unit") == "kW").then(pl.col("quantity") / 2).otherwise("quantity")
    late = w.invoice(parts.with_columns(quantity=mean), "heat-2023-02", date(2023, 3, 7), start, end)
    lines = pl.concat([w.right().filter(pl.col("invoice_no") != "heat-2023-02"), late], how="diagonal_relaxed")
    found = w.audited(lines, own_days=own)
    told = finding(found, "overlapping_period")
    assert f"{days} dagar" in str(told["message"])
    charged = late.filter(pl.col("amount_sek") > 0)["amount_sek"].sum()
    assert told["amount_sek"] == pytest.approx(charged * days / (28 + days), rel=0.1)  # by days, about
    rest = w.billed().filter(
        pl.col("contract_kind") == "heat", pl.col("month") == date(2023, 2, 1), pl.col("amount_sek") > 0
    )
    assert told["amount_sek"] == pytest.approx(charged - rest["amount_sek"].sum(), abs=0.05)
    assert w.rules(found) == [("overlapping_period", "heat-2023-02", "error")]


# --- I2 wrong list, band, period ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["heat", "grid"])
def test_last_years_list_is_one_finding(kind: str) -> None:
    """2023 billed by the list of 2022: prices 1.08 and 1.06 times lower, taxes and levies as they are."""
    level = {"heat": 1.08, "grid": 1.06}[kind]
    number = f"{kind}-2023-02"
    dear = ~pl.col("component").is_in(["tax", "other"])
    lines = w.edit(number, "amount_sek", lambda c: (c / level).round(2), dear)
    found = w.audited(lines)
    assert w.rules(found) == [("wrong_price_list", number, "warning")]  # too little: not an error of ours to pay
    told = finding(found, "wrong_price_list")
    before = w.right().filter(pl.col("invoice_no") == number, dear)["amount_sek"].sum()
    assert told["amount_sek"] == pytest.approx(before / level - before, abs=0.05)
    assert "2022" in str(told["message"])
    assert "2023" in str(told["message"])
    assert " rader till har samma fel" in str(told["message"])


def test_next_years_list_costs_us() -> None:
    found = w.audited(w.edit("heat-2022-03", "amount_sek", lambda c: (c * 1.08).round(2), ENERGY))
    assert w.rules(found) == [("wrong_price_list", "heat-2022-03", "error")]


@pytest.mark.parametrize(("fixed", "price", "band"), [(1000, 900, "0–50"), (9000, 790, "över 100")])
def test_another_band_is_told_with_both_bands(fixed: float, price: float, band: str) -> None:
    """Power between 50 and 100 kW; billed by the first and by the last band of 2023, 31 days of 365."""
    power = component(w.right(), H1, "Effekt")["quantity"]
    assert isinstance(power, float)
    assert 50 < power < 100
    amount = round((fixed + price * power) * 1.08 * 31 / 365, 2)
    found = w.audited(w.edit(H1, "amount_sek", lambda _: pl.lit(amount), DEMAND))
    told = finding(found, "wrong_band")
    assert w.verdicts(found, H1)["2"] == "wrong_band"
    assert band in str(told["message"])
    assert "50–100 kW" in str(told["message"])


@pytest.mark.parametrize(("days", "months"), [(30, 1), (62, 2)])
def test_a_fee_for_other_days_is_a_wrong_period(days: int, months: int) -> None:
    found = w.audited(w.edit(H1, "amount_sek", lambda c: (c * days / 31).round(2), FIXED))
    assert w.verdicts(found, H1)["1"] == "wrong_period"
    assert finding(found, "overlapping_period")["amount_sek"] == pytest.approx(
        6000 * 1.08 * (days - 31) / 365, abs=0.02
    )


def test_another_months_quantity_is_a_wrong_period() -> None:
    other = component(w.right(), "heat-2022-06", "Energi")
    ratio = float(str(other["quantity"])) / float(str(component(w.right(), H1, "Energi")["quantity"]))
    lines = w.edit(H1, "quantity", lambda c: c * ratio, ENERGY)
    lines = lines.with_columns(
        amount_sek=pl.when(ENERGY, pl.col("invoice_no") == H1)
        .then(pl.col("amount_sek") * ratio)
        .otherwise("amount_sek")
    )
    found = w.audited(lines)
    line = found.lines.filter(pl.col("invoice_no") == H1, pl.col("line_id") == "3").row(0, named=True)
    assert line["verdict"] == "wrong_period"
    assert "2022-06" in line["reason"]


# --- I3, I4 estimates, credits, what is missing --------------------------------------------------------------------


@pytest.mark.parametrize("factor", [1.07, 0.78])
def test_estimated_credited_and_charged_anew_belong_together(factor: float) -> None:
    lines = scaled(H1, factor)
    guess = lines.filter(pl.col("invoice_no") == H1)
    credit = guess.with_columns(
        -pl.col("amount_sek", "quantity"),
        invoice_no=pl.lit("K"),
        issue_date=pl.lit(date(2023, 5, 2)),
        document_type=pl.lit("381"),
    )
    anew = w.again(H1, "R", date(2023, 5, 2))
    found = w.audited(pl.concat([lines, credit, anew]), notes={H1: "Beräknad förbrukning"}, names={"K": H1})
    assert w.rules(found) == [("estimated_reading", H1, "info")]
    told = finding(found, "estimated_reading")
    assert told["amount_sek"] == 0.0
    assert told["consumption_month"] == date(2023, 1, 1)
    assert "rättat på faktura K" in str(told["message"])
    assert set(w.verdicts(found, "R").values()) == {"agrees"}
    assert set(w.verdicts(found, "K").values()) == {"agrees"}
    mine = found.lines.filter(pl.col("consumption_month") == date(2023, 1, 1), pl.col("contract_kind") == "heat")
    right = w.billed().filter(pl.col("month") == date(2023, 1, 1), pl.col("contract_kind") == "heat")
    assert mine["invoiced_sek"].sum() == pytest.approx(right["amount_sek"].sum(), abs=0.05)  # restated to January


def test_a_correction_on_a_later_invoice_closes_the_estimate() -> None:
    lines = scaled(H1, 1.2, ("kWh",))
    wrong = component(lines, H1, "Energi")
    back = w.right().filter(pl.col("invoice_no") == H1, ENERGY).with_columns(
        amount_sek=pl.col("amount_sek") - pl.lit(wrong["amount_sek"]),
        quantity=pl.col("quantity") - pl.lit(wrong["quantity"]),
        invoice_no=pl.lit("heat-2023-02"), line_id=pl.lit("9"), issue_date=pl.lit(date(2023, 3, 7)),
    )  # fmt: skip
    found = w.audited(pl.concat([lines, back]), notes={H1: "uppskattad avläsning"})
    assert w.rules(found) == [("estimated_reading", H1, "info")]
    assert w.verdicts(found, "heat-2023-02")["9"] == "agrees"


@pytest.mark.parametrize(("number", "rule"), [(H1, "missing_credit"), ("heat-2023-11", "estimated_reading")])
def test_an_estimate_waits_and_then_is_a_missing_credit(number: str, rule: str) -> None:
    """Known to January 2024: that of January 2023 is too old to wait for, that of November is not."""
    found = w.audited(scaled(number, 1.15), notes={number: "Preliminär avläsning"})
    assert [(r, n) for r, n, _ in w.rules(found)] == [(rule, number)]
    assert float(str(finding(found, rule)["amount_sek"])) > 0


@pytest.mark.parametrize("number", [H1, "heat-2022-07"])
def test_a_rebate_that_is_left_out_is_a_missing_credit(number: str) -> None:
    lines = w.right().filter(~((pl.col("invoice_no") == number) & (pl.col("item") == "Returbonus")))
    found = w.audited(lines)
    bonus = component(w.right(), number, "Returbonus")["amount_sek"]
    assert w.rules(found) == [("missing_credit", number, "error")]
    assert finding(found, "missing_credit")["amount_sek"] == pytest.approx(-float(str(bonus)), abs=0.01)
    row = found.lines.filter(pl.col("verdict") == "missing_component").row(0, named=True)
    assert (row["invoiced_sek"], row["line_id"]) == (None, "saknas-5")


@pytest.mark.parametrize("item", ["Elberedskapsavgift", "Månadseffekt"])
def test_a_charge_that_is_left_out_is_told_as_too_little(item: str) -> None:
    lines = w.right().filter(~((pl.col("invoice_no") == G1) & (pl.col("item") == item)))
    found = w.audited(lines)
    assert w.rules(found) == [("missing_component", G1, "warning")]
    assert float(str(finding(found, "missing_component")["amount_sek"])) < 0


# --- I5 VAT, I6 tax ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", [ENERGY, pl.lit(value=True)])
def test_vat_in_the_price(where: pl.Expr) -> None:
    found = w.audited(w.edit(H1, "amount_sek", lambda c: (c * 1.25).round(2), where))
    assert w.rules(found) == [("vat_error", H1, "error")]
    net = w.right().filter(pl.col("invoice_no") == H1, where)["amount_sek"].sum()
    assert finding(found, "vat_error")["amount_sek"] == pytest.approx(net * 0.25, abs=0.06)


@pytest.mark.parametrize("percent", [0.0, 12.0])
def test_another_rate_of_vat(percent: float) -> None:
    found = w.audited(w.edit(H1, "vat_percent", lambda _: pl.lit(percent), ENERGY))
    assert w.verdicts(found, H1)["3"] == "vat"
    net = component(w.right(), H1, "Energi")["amount_sek"]
    one = finding(found, "vat_error")
    assert one["amount_sek"] == pytest.approx(float(str(net)) * (percent - 25) / 100, abs=0.01)
    assert "kr moms för lite" in str(one["message"])
    assert "Alla belopp är exklusive moms" not in str(one["supplier_text"])
    assert "är moms" in str(one["supplier_text"])


def test_a_wrong_sum_of_vat() -> None:
    head = w.heads(w.right()).with_columns(
        vat_sek=pl.when(pl.col("invoice_no") == H1).then(pl.col("vat_sek") + 900).otherwise("vat_sek")
    )
    found = w.audited(w.right(), head=head)
    assert finding(found, "vat_error")["amount_sek"] == pytest.approx(900, abs=0.05)
    assert "Alla belopp är exklusive moms" not in str(finding(found, "vat_error")["supplier_text"])
    assert set(w.verdicts(found, H1).values()) == {"agrees"}


@pytest.mark.parametrize("rate", [0.360, 0.356])
def test_last_years_tax(rate: float) -> None:
    """2023 taxed as 2022 (36,0 öre) and as 2021 (35,6 öre) instead of 39,2 öre per kWh."""
    kwh = float(str(component(w.right(), G1, "Energiskatt")["quantity"]))
    found = w.audited(w.edit(G1, "amount_sek", lambda _: pl.lit(round(kwh * rate, 2)), pl.col("component") == "tax"))
    assert w.rules(found) == [("wrong_tax", G1, "warning")]
    told = finding(found, "wrong_tax")
    assert told["amount_sek"] == pytest.approx(kwh * (rate - 0.392), abs=0.02)
    assert f"{rate * 100:.1f}".replace(".", ",") in str(told["message"])


def test_tax_on_an_invoice_that_carries_none() -> None:
    tax = w.right().filter(pl.col("invoice_no") == H1).head(1).with_columns(
        item=pl.lit("Energiskatt"), component=pl.lit("tax"), line_class=pl.lit("tax"), unit=pl.lit("kWh"),
        quantity=pl.lit(1000.0), amount_sek=pl.lit(392.0), line_id=pl.lit("9"),
    )  # fmt: skip
    found = w.audited(w.more(tax))
    assert w.rules(found) == [("wrong_tax", H1, "error")]
    assert finding(found, "wrong_tax")["amount_sek"] == 392.0


# --- I7, I8, I10 meters and power ----------------------------------------------------------------------------------


def test_someone_elses_meter() -> None:
    strange = w.again(H1, "other", date(2023, 2, 8)).with_columns(
        metering_point=pl.lit("999"), facility=pl.lit(None, pl.String), contract_kind=pl.lit(None, pl.String)
    )
    found = w.audited(w.more(strange))
    assert w.rules(found) == [("foreign_meter", "other", "error")]
    assert finding(found, "foreign_meter")["amount_sek"] == pytest.approx(strange["amount_sek"].sum(), abs=0.01)
    assert set(w.verdicts(found, "other").values()) == {"not_assessed"}


def test_a_meter_whose_contract_has_ended() -> None:
    ended = w.contracts().with_columns(
        valid_to=pl.when(pl.col("kind") == "grid").then(date(2023, 11, 1)).otherwise("valid_to")
    )
    late = (pl.col("contract_kind") == "grid") & (pl.col("period_start") >= date(2023, 11, 1))
    lines = w.right().with_columns(contract_kind=pl.when(late).then(None).otherwise("contract_kind"))
    found = w.audited(lines, contract=ended)
    assert w.rules(found) == [("foreign_meter", f"grid-2023-{m}", "error") for m in (11, 12)]
    assert "gällde till 2023-11-01" in str(found.findings["message"][0])


@pytest.mark.parametrize("months", [3, 8])
def test_a_dormant_meter_costs_its_fees(months: int) -> None:
    """No energy for some months, fees only: 848 kr fixed and 10 kr levy a month, 10 296 kr a year."""
    idle = (pl.col("contract_kind") == "grid") & (pl.col("month") >= date(2023, 13 - months, 1))
    counted = pl.col("unit").is_in(["kWh", "kW"])
    bills = w.billed().with_columns(
        pl.when(idle & counted).then(0.0).otherwise(pl.col(c)).alias(c) for c in ("quantity", "amount_sek")
    )
    first = date(2023, 13 - months, 1)
    empty = (pl.col("contract_kind") == "grid") & (pl.col("period_start") >= first) & counted
    lines = w.right().with_columns(
        pl.when(empty).then(0.0).otherwise(pl.col(c)).alias(c) for c in ("quantity", "amount_sek")
    )
    found = w.audited(lines, bills=bills)
    assert w.rules(found) == [("dormant_meter", "grid-2023-12", "warning")]
    assert finding(found, "dormant_meter")["amount_sek"] == pytest.approx(12 * (848 + 10), abs=0.1)


@pytest.mark.parametrize("factor", [10.0, 0.5])
def test_a_wrong_multiplier(factor: float) -> None:
    lines = scaled(G1, factor, ("kWh", "kW"))
    found = w.audited(lines)
    assert [(r, n) for r, n, _ in w.rules(found)] == [("wrong_multiplier", G1)]
    assert "omräkningsfaktor" in str(finding(found, "wrong_multiplier")["message"])
    told = "fakturerat är 10,0 gånger det uppmätta" if factor > 1 else "uppmätt är 2,0 gånger det fakturerade"
    reasons = found.lines.filter(pl.col("verdict") == "unexplained")["reason"]
    assert len(reasons) > 0
    assert all(str(one).startswith(f"multiplikator: {told}") for one in reasons)
    assert ("(−50,0 %)" in reasons[0]) == (factor == 0.5)


@pytest.mark.parametrize("factor", [1.18, 1.02])
def test_charged_power_against_metered(factor: float) -> None:
    found = w.audited(scaled(H1, factor, ("kW",)))
    assert w.rules(found) == [("wrong_power", H1, "error")]
    assert w.verdicts(found, H1)["2"] == "wrong_power"


def test_twice_the_power_with_the_right_energy_is_no_multiplier() -> None:
    assert w.rules(w.audited(scaled(H1, 2.0, ("kW",)))) == [("wrong_power", H1, "error")]


@pytest.mark.parametrize(
    ("factor", "units", "told"),
    [
        (1.18, ("kW",), []),  # the peak may lie in the hours we lack
        (0.9, ("kW",), [("wrong_power", H1, "warning")]),  # more is metered than charged: no lost hour explains it
        (1.01, ("kWh", "m3"), []),  # three hours of 744 may hold 1 %
        (1.1, ("kWh", "m3"), [("unexplained_difference", H1, "warning")]),  # and not 10 %
    ],
)
def test_what_lost_hours_may_explain_is_no_fault_of_the_supplier(
    factor: float, units: tuple[str, ...], told: list[tuple[str, str, str]]
) -> None:
    lost = w.billed().with_columns(estimated_hours=pl.lit(3, pl.Int64))
    found = w.audited(scaled(H1, factor, units), bills=lost)
    assert w.rules(found) == told
    unjudged = found.lines.filter(pl.col("invoice_no") == H1, pl.col("verdict") == "not_assessed")
    assert unjudged.height == (0 if told else len({"kW": "d", "kWh": "em"}[units[0]]))
    assert unjudged["reason"].str.starts_with("3 av mätarens timmar saknas och är uppskattade här: ").all()
