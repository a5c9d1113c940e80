"""What a later document has settled, by hand: only what gave something back."""

from __future__ import annotations

import polars as pl

from flows.registering import _settled

FINDING = {
    "facility": "hall", "rule": "wrong_power", "metering_point": "9", "supplier_id": "556", "invoice_no": "F1",
    "message": "Effekten är rättad.",
}  # fmt: skip


def settled(*amounts: tuple[str, float | None]) -> dict[object, object]:
    told = pl.DataFrame([FINDING | {"invoice_no": number, "settled_sek": sek} for number, sek in amounts])
    return {row["measure_key"]: row["amount_sek"] for row in _settled(told, set())}


def test_a_corrected_undercharge_or_an_error_charged_anew_is_no_credit() -> None:
    """F1 300 + 200 kr back; F2 charged too little and since corrected; F3 credited and charged anew alike; F4 open."""
    found = settled(("F1", 300.0), ("F1", 200.0), ("F2", -500.0), ("F3", 0.0), ("F4", None))
    assert found == {"measure:hall:wrong_power:9:556:F1": 500.0}
