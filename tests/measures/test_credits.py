"""Which credit gives back which claim, by hand: the supplier, the number as keys write it, and every krona once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from energy.measures.credits import Claim, Credit, shared

DONE, LATER = date(2024, 1, 10), date(2024, 2, 1)


def claim(
    rule: str, promised: float | None, *, supplier: str = "A", number: str = "1001", settled: float | None = None
) -> Claim:
    key = f"measure:hall:{rule}:9:{supplier}:{number}"
    return Claim(key, "hall", "9", None if settled is not None else DONE, promised, settled)


def credit(
    sek: float, *names: str, supplier: str = "A", point: str | None = "9", on: date = LATER, facility: str | None = None
) -> Credit:
    return Credit(supplier, names, facility, point, on, sek)


def given(claims: list[Claim], *credits: Credit) -> dict[str, list[float]]:
    return {key.split(":")[2]: back for key, back in shared(claims, credits).items()}


def test_a_number_with_signs_is_met_as_the_key_writes_it() -> None:
    assert given([claim("wrong_tax", 500.0, number="2023_117")], credit(500.0, "2023/117")) == {"wrong_tax": [500.0]}


def test_another_suppliers_credit_of_the_same_number_is_not_ours() -> None:
    mine = [claim("wrong_tax", 500.0)]
    assert given(mine, credit(500.0, "1001", supplier="B")) == {"wrong_tax": []}
    assert given(mine, credit(500.0, supplier="B")) == {"wrong_tax": []}  # nor one of the same amount
    assert given([claim("wrong_tax", 500.0, number="A")], credit(500.0, "A", supplier="B")) == {"wrong_tax": []}


def test_two_claims_on_one_invoice_share_its_credit_in_order_of_key() -> None:
    """8 000 kr back for 3 000 and 5 000: 8 000 in all. Of 6 000 the second gets what is left, 3 000."""
    both = [claim("wrong_power", 5_000.0), claim("wrong_band", 3_000.0)]
    assert given(both, credit(8_000.0, "1001")) == {"wrong_band": [3_000.0], "wrong_power": [5_000.0]}
    assert given(both, credit(6_000.0, "1001")) == {"wrong_band": [3_000.0], "wrong_power": [3_000.0]}
    assert given(both, credit(2_000.0, "1001"), credit(2_000.0, "1001")) == {
        "wrong_band": [2_000.0, 1_000.0], "wrong_power": [1_000.0],
    }  # fmt: skip


def test_what_the_audit_has_settled_with_a_credit_is_not_given_to_another_claim() -> None:
    settled = claim("wrong_power", None, settled=5_000.0)
    assert given([claim("wrong_band", 3_000.0), settled], credit(5_000.0, "1001")) == {"wrong_band": []}
    assert given([claim("wrong_band", 5_000.0), settled], credit(5_000.0)) == {"wrong_band": []}


def test_a_claim_without_an_amount_gets_what_the_others_leave() -> None:
    both = [claim("a_rule", None), claim("wrong_power", 5_000.0)]
    assert given(both, credit(8_000.0, "1001")) == {"wrong_power": [5_000.0], "a_rule": [3_000.0]}


def test_a_credit_of_another_meter_facility_or_of_before_is_not_the_claims() -> None:
    mine = [claim("wrong_tax", 500.0)]
    assert given(mine, credit(500.0, "1001", point="8")) == {"wrong_tax": []}
    assert given(mine, credit(500.0, "1001", point=None, facility="bad")) == {"wrong_tax": []}
    assert given(mine, credit(500.0, "1001", on=date(2024, 1, 9))) == {"wrong_tax": []}
    assert given(mine, credit(500.0, "1001", point=None)) == {"wrong_tax": [500.0]}  # names the invoice and no meter


def test_a_credit_that_names_no_invoice_is_one_claims_when_it_is_its_amount() -> None:
    """Within 1 % of 500: 495 is, 494 is not; and the same 495 kr are not given twice."""
    first, second = claim("wrong_tax", 500.0), claim("wrong_tax", 500.0, number="1002")
    second = replace(second, key=second.key.replace("wrong_tax", "z"))
    assert given([first], credit(494.0)) == {"wrong_tax": []}
    assert given([second, first], credit(495.0)) == {"wrong_tax": [495.0], "z": []}
    assert given([first], credit(500.0, "1002")) == {"wrong_tax": []}  # it is another invoice's


def test_of_a_number_used_in_two_years_a_credit_gives_back_the_one_it_means() -> None:
    """1001 of 2022 and of 2024: a note of 2024 means the later; one of 2023 means the first, whatever is used since."""
    both = [claim("wrong_tax", 500.0), claim("wrong_power", 500.0, number="1001:2024")]
    meant = replace(credit(500.0, "1001"), years={"1001": 2024})
    assert given(both, meant) == {"wrong_tax": [], "wrong_power": [500.0]}
    assert given(both, credit(500.0, "1001")) == {"wrong_tax": [500.0], "wrong_power": []}
    assert given(both, meant, credit(500.0, "1001")) == {"wrong_tax": [500.0], "wrong_power": [500.0]}
