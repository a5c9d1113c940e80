"""What is none of the common errors: one-offs, periods, what cannot be assessed, invoices that never came."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from energy.audit.audit import AuditInputs, audit
from tests.audit import world as w
from tests.audit.world import DEMAND, ENERGY, G1, H1, finding, scaled

# --- I9, I11, the rest ---------------------------------------------------------------------------------------------


def extra(item: str, amount: float, line_class: str) -> pl.DataFrame:
    return w.right().filter(pl.col("invoice_no") == G1).head(1).with_columns(
        item=pl.lit(item), amount_sek=pl.lit(amount), line_class=pl.lit(line_class), component=pl.lit("other"),
        line_id=pl.lit("9"), quantity=pl.lit(1.0), unit=pl.lit("st"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("item", "amount"), [("Elstöd oktober 2021–september 2022", -48000.0), ("Engångsavgift", 500.0)]
)
def test_one_off_support_is_told_as_such(item: str, amount: float) -> None:
    found = w.audited(w.more(extra(item, amount, "other" if "stöd" in item else "one_off")))
    assert w.rules(found) == [("one_off_in_operations", G1, "warning")]
    assert finding(found, "one_off_in_operations")["amount_sek"] == amount
    assert w.verdicts(found, G1)["9"] == "not_assessed"


@pytest.mark.parametrize(
    ("item", "line_class", "verdict"),
    [("Öresavrundning", "rounding", "agrees"), ("Påminnelseavgift", "fee", "not_assessed"),
     ("Serviceavtal", "other", "not_assessed")],
)  # fmt: skip
def test_fees_the_list_does_not_have_are_told_not_errors(item: str, line_class: str, verdict: str) -> None:
    found = w.audited(w.more(extra(item, 60.0, line_class)))
    assert found.findings.is_empty()
    assert w.verdicts(found, G1)["9"] == verdict
    assert found.lines.filter(pl.col("line_id") == "9")["reason"][0]


@pytest.mark.parametrize(
    ("start", "end"), [(date(2023, 1, 15), date(2023, 2, 14)), (date(2023, 1, 1), date(2023, 1, 20))]
)
def test_a_period_within_months_is_split(start: date, end: date) -> None:
    own = w.bill_of(w.HEAT, "heat", start, end + timedelta(days=1)).with_columns(
        period_start=pl.lit(start), period_end=pl.lit(end)
    )
    sums = own.group_by("label", maintain_order=True).agg(
        pl.all().exclude("label", "amount_sek", "quantity").first(), pl.col("amount_sek").sum(),
        quantity=pl.when(pl.col("unit").first() == "kW").then(pl.col("quantity").mean()).otherwise(
            pl.col("quantity").sum()
        ),
    )  # fmt: skip
    line = w.invoice(sums, "odd", date(2023, 3, 1), start, end)
    others = w.right().filter(~pl.col("invoice_no").is_in([H1, "heat-2023-02"]))
    found = w.audited(pl.concat([others, line]), own_days=own)
    assert set(w.verdicts(found, "odd").values()) == {"agrees"}
    told = finding(found, "period_not_aligned")
    assert "2023-01" in str(told["message"])
    assert told["amount_sek"] == 0.0


def test_a_period_that_ends_with_the_contract_is_as_it_should_be() -> None:
    end = date(2023, 1, 20)
    own = w.bill_of(w.HEAT, "heat", date(2023, 1, 1), end + timedelta(days=1)).with_columns(
        period_start=pl.lit(date(2023, 1, 1)), period_end=pl.lit(end)
    )
    contract = w.contracts().with_columns(
        valid_to=pl.when(pl.col("kind") == "heat").then(end + timedelta(days=1)).otherwise("valid_to")
    )
    before = w.right().filter((pl.col("contract_kind") != "heat") | (pl.col("period_start") < date(2023, 1, 1)))
    found = w.audited(
        pl.concat([before, w.invoice(own, "last", date(2023, 2, 7), date(2023, 1, 1), end)]),
        own_days=own,
        contract=contract,
    )
    assert found.findings.is_empty()
    assert found.missing.is_empty()


@pytest.mark.parametrize("extra_sek", [60.0, 4000.0])
def test_what_nothing_explains_is_unexplained(extra_sek: float) -> None:
    found = w.audited(w.edit(H1, "amount_sek", lambda c: c + extra_sek + 0.37, ENERGY))
    assert w.rules(found) == [("unexplained_difference", H1, "warning")]
    assert finding(found, "unexplained_difference")["amount_sek"] == pytest.approx(extra_sek + 0.37, abs=0.01)


def test_two_months_on_one_invoice_are_compared_with_their_sum() -> None:
    both = ("grid-2023-03", "grid-2023-04")
    rows = w.right().filter(pl.col("invoice_no").is_in(both))
    power = pl.when(pl.col("unit") == "kW").then(pl.col("quantity").mean()).otherwise(pl.col("quantity").sum())
    merged = rows.group_by("item", maintain_order=True).agg(
        pl.all().exclude("item", "amount_sek", "quantity").first(), pl.col("amount_sek").sum(), quantity=power.first()
    ).with_columns(
        invoice_no=pl.lit("two"), period_start=pl.lit(date(2023, 3, 1)), period_end=pl.lit(date(2023, 4, 30)),
        issue_date=pl.lit(date(2023, 5, 7)),
    )  # fmt: skip
    others = w.right().filter(~pl.col("invoice_no").is_in(both))
    found = w.audited(pl.concat([others, merged.select(others.columns)]))
    assert set(w.verdicts(found, "two").values()) == {"agrees"}
    assert found.findings.is_empty()
    assert found.missing.is_empty()


def test_lines_named_and_split_another_way_agree_by_their_sum() -> None:
    """Transfer and losses on one line: neither component alone, together both."""
    energy = (pl.col("invoice_no") == G1) & ENERGY
    total = w.right().filter(energy)["amount_sek"].sum()
    kept = w.right().filter(~(energy & (pl.col("item") != "Elöverföring")))
    lines = kept.with_columns(
        item=pl.when(energy).then(pl.lit("Rörlig nätavgift")).otherwise("item"),
        amount_sek=pl.when(energy).then(total).otherwise("amount_sek"),
    )
    found = w.audited(lines)
    assert set(w.verdicts(found, G1).values()) == {"agrees"}
    assert found.findings.is_empty()


def test_megawatt_hours_are_kilowatt_hours() -> None:
    lines = w.edit(H1, "quantity", lambda c: c / 1000, ENERGY)
    lines = lines.with_columns(unit=pl.when(ENERGY, pl.col("invoice_no") == H1).then(pl.lit("MWh")).otherwise("unit"))
    found = w.audited(lines)
    assert set(w.verdicts(found, H1).values()) == {"agrees"}


# --- what cannot be assessed ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "why"),
    [("amount_sek", "belopp"), ("contract_kind", "avtal"), ("period_end", "period"), ("metering_point", "mätpunkt")],
)
def test_lines_that_lack_something_are_not_assessed_and_say_why(column: str, why: str) -> None:
    found = w.audited(w.edit(H1, column, lambda _: pl.lit(None)))
    mine = found.lines.filter(pl.col("invoice_no") == H1)
    assert set(mine["verdict"]) == {"not_assessed"}
    assert all(why in reason for reason in mine["reason"])
    assert mine["recomputed_sek"].null_count() == 5


def test_months_without_a_whole_bill_are_not_assessed() -> None:
    gap = (pl.col("month") == date(2023, 1, 1)) & (pl.col("unit") != "st") & (pl.col("contract_kind") == "heat")
    bills = w.billed().with_columns(
        amount_sek=pl.when(gap).then(float("nan")).otherwise("amount_sek"),
        reason=pl.when(gap).then(pl.lit("mätvärden för energi saknas")).otherwise("reason"),
    )
    found = w.audited(w.right(), bills=bills)
    assert w.verdicts(found, H1) == {"1": "agrees"} | dict.fromkeys("2345", "not_assessed")
    assert found.findings.is_empty()


def test_a_credit_of_an_unknown_invoice_is_not_assessed() -> None:
    lines = pl.concat(
        [w.right().filter(pl.col("invoice_no") != H1), w.again(H1, "credit", date(2023, 3, 1), -1.0, "381")]
    )
    found = w.audited(lines)
    assert set(w.verdicts(found, "credit").values()) == {"not_assessed"}


def test_a_credit_note_that_only_names_its_invoice_takes_it_back() -> None:
    net = w.right().filter(pl.col("invoice_no") == H1)["amount_sek"].sum()
    credit = w.again(H1, "credit", date(2023, 3, 1)).head(1).with_columns(
        item=pl.lit("Kreditering"), amount_sek=pl.lit(-net), metering_point=pl.lit(None, pl.String),
        document_type=pl.lit("381"),
        period_start=pl.lit(None, pl.Date), period_end=pl.lit(None, pl.Date), component=pl.lit("other"),
        line_class=pl.lit("other"), contract_kind=pl.lit(None, pl.String), facility=pl.lit(None, pl.String),
    )  # fmt: skip
    dup = w.again(H1, "dup", date(2023, 2, 20))
    found = w.audited(w.more(dup, credit), names={"credit": "dup"})
    assert w.rules(found) == [("duplicate_invoice", "dup", "info")]
    assert w.verdicts(found, "credit") == {"1": "agrees"}


def test_nothing_at_all_is_no_error() -> None:
    empty = w.audited(w.right().clear(), bills=w.billed().clear())
    assert (empty.lines.height, empty.findings.height, empty.missing.height) == (0, 0, 0)


def test_hostile_words_stay_words() -> None:
    nasty = "<script>alert(1)</script>\n\x00{0}" * 30
    lines = scaled(H1, 1.18, ("kW",)).with_columns(
        item=pl.when(DEMAND, pl.col("invoice_no") == H1).then(pl.lit(nasty)).otherwise("item")
    )
    text = str(finding(w.audited(lines), "wrong_power")["supplier_text"])
    assert "\x00" not in text
    assert len(text) < 1200


# --- missing invoices ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", ["heat-2023-06", "grid-2022-02"])
def test_a_missing_invoice_is_told_with_what_it_should_cost(lost: str) -> None:
    found = w.audited(w.right().filter(pl.col("invoice_no") != lost))
    kind, _, text = lost.partition("-")
    month = date.fromisoformat(f"{text}-01")
    row = found.missing.row(0, named=True)
    assert found.missing.height == 1
    assert (row["contract_kind"], row["consumption_month"]) == (kind, month)
    want = w.billed().filter(pl.col("contract_kind") == kind, pl.col("month") == month)["amount_sek"].sum()
    assert row["estimated_sek"] == pytest.approx(want)
    assert row["days_late"] == (date(2024, 1, 7) - row["expected_on"]).days


def test_the_latest_month_is_waited_for_until_it_is_due() -> None:
    lines = w.right().filter(pl.col("invoice_no") != "heat-2023-12")
    assert w.audited(lines).missing.is_empty()  # due 2024-01-20, known to 2024-01-07
    late = w.audited(lines, known_to=date(2024, 1, 31)).missing
    assert late["days_late"].to_list() == [11]


def test_a_quarterly_contract_is_asked_for_by_the_quarter() -> None:
    quarterly = w.contracts().with_columns(rhythm=pl.lit("quarterly"))
    lines = w.right().filter(~pl.col("invoice_no").is_in(["heat-2023-04", "heat-2023-05", "heat-2023-06"]))
    found = w.audited(lines, contract=quarterly)
    assert found.missing["consumption_month"].to_list() == [date(2023, 4, 1)]
    assert found.missing["expected_on"].to_list() == [date(2023, 7, 20)]


# --- the month that is followed up ------------------------------------------------------------------------------


def test_nothing_after_the_chosen_month_is_audited() -> None:
    until = date(2023, 3, 1)
    lines = w.right().filter(pl.col("invoice_no") != w.name("grid", date(2023, 5, 1)))
    known = w.billed().filter(pl.col("month") <= until)
    found = audit(
        AuditInputs(lines, w.heads(lines), known, w.contracts(), w.points(), w.lists(), None, None, until)
    )  # fmt: skip
    assert found.lines["consumption_month"].max() == until
    assert set(found.lines["verdict"]) == {"agrees"}
    assert found.findings.is_empty()
    assert found.missing.is_empty()  # May's invoice is not asked for yet
    assert w.audited(lines).missing["consumption_month"].to_list() == [date(2023, 5, 1)]


def test_a_period_that_reaches_beyond_the_chosen_month_is_not_said_to_lack_readings() -> None:
    until, first, last = date(2023, 3, 1), date(2023, 3, 10), date(2023, 4, 8)
    rows = w.right().filter(pl.col("invoice_no") == w.name("heat", until)).with_columns(
        invoice_no=pl.lit("odd"), period_start=pl.lit(first), period_end=pl.lit(last)
    )  # fmt: skip
    known = w.billed().filter(pl.col("month") <= until)
    found = audit(AuditInputs(rows, w.heads(rows), known, w.contracts(), w.points(), w.lists(), None, None, until))
    assert set(found.lines["verdict"]) == {"not_assessed"}
    assert {str(one)[:45] for one in found.lines["reason"]} == {"perioden slutar efter den månad som följs upp"}
