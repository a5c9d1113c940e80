"""An invoice line across months is parted by what was metered, by hand, and its parts are always the line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from energy.model import frame
from flows.store import Store
from tests.flows import controller
from tests.flows.homes import make_home

JAN, FEB = date(2024, 1, 1), date(2024, 2, 1)
PERIOD = (date(2024, 1, 16), date(2024, 2, 15))  # 16 and 15 days


def prices(first: date, days: int) -> pl.DataFrame:
    """Return 1 SEK/kWh in January and 2 SEK/kWh in February, normal time."""
    start = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(hours=1)
    hours = [start + timedelta(hours=h) for h in range(24 * days)]
    february = datetime(2024, 1, 31, 23, tzinfo=UTC)
    return frame("prices", [
        {"row_no": n, "area": "SE3", "start_utc": at, "end_utc": at + timedelta(hours=1), "currency": "SEK",
         "price_per_mwh": 2000.0 if at >= february else 1000.0}
        for n, at in enumerate(hours, start=2)
    ])  # fmt: skip


def line(kind: str, component: str, amount: float, **more: Any) -> dict[str, Any]:
    supplier, point = controller.SUPPLIERS[kind]
    head = {"supplier_id": supplier, "invoice_no": f"{kind} {component} {amount}", "issue_date": date(2024, 2, 25),
            "document_type": "380"}  # fmt: skip
    return {
        **head, "row_no": 1, "line_id": "1", "metering_point": point, "item": component, "component": component,
        "line_class": component, "amount_sek": amount, "quantity": 1104.0, "period_start": PERIOD[0],
        "period_end": PERIOD[1], **more,
    }  # fmt: skip


def parted(store: Store, one: dict[str, Any]) -> dict[date, tuple[float, float]]:
    """Return consumption month -> (amount, quantity)."""
    query = "select consumption_month, amount_sek, quantity from core.invoice_months where invoice_no = ? order by 1"
    return {at: (amount, quantity) for at, amount, quantity in store.rows(query, [one["invoice_no"]])}


CASES = [
    # 16 x 24 x 1 = 384 kWh and 15 x 24 x 2 = 720 kWh; at spot 384 and 1 440 SEK
    (line("retail", "energy", 1824.0), 384.0, 1440.0),
    (line("retail", "energy", 1900.0), 400.0, 1500.0),  # with a markup in the line: 1 900 x 384/1 824
    (line("retail", "energy", 110.4), 38.4, 72.0),  # a markup alone is no spot cost: by kWh
    (line("retail", "energy", -110.4), -38.4, -72.0),  # a credit
    (line("grid", "energy", 1104.0), 384.0, 720.0),
    (line("grid", "tax", 552.0), 192.0, 360.0),
    (line("heat", "energy", 1104.0), 384.0, 720.0),
    (line("grid", "fixed", 31.0), 16.0, 15.0),  # by days
    (line("grid", "demand", 62.0), 32.0, 30.0),
    (line("retail", "other", 0.0), 0.0, 0.0),
]
LATER = {"period_start": date(2023, 1, 16), "period_end": date(2023, 2, 15)}  # metered as a year later, without prices
UNPRICED = line("retail", "energy", 1824.1, **LATER)
UNMETERED = line("retail", "energy", 30.0, period_start=date(2022, 6, 16), period_end=date(2022, 7, 15))
LONG = [
    line("grid", "fixed", amount, period_start=date(2023, 12, 20), period_end=date(2024, 3, 31))
    for amount in (0.01, 100.0, 99_999.99, -7.77)
]
WITHIN = line("grid", "energy", 12.345, period_start=JAN, period_end=date(2024, 1, 31))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """1 kWh an hour in January and 2 in February, of 2023 and 2024; prices of 2024 alone."""
    home = make_home(tmp_path_factory.mktemp("hall"), {}, controller.SETTINGS)
    lines = [*(one for one, _, _ in CASES), UNPRICED, UNMETERED, *LONG, WITHIN]
    keys = ("supplier_id", "invoice_no", "issue_date", "document_type", "metering_point")
    heads = [{**{k: one[k] for k in keys}, "row_no": 1, "supplier": "x"} for one in lines]
    with Store.write(home) as found:
        januaries, februaries = [JAN.replace(year=2023), JAN], [FEB.replace(year=2023), FEB]
        metered = [
            controller.readings(point, months, kwh)
            for point in ("V", "E")
            for months, kwh in ((januaries, 1.0), (februaries, 2.0))
        ]
        controller.add(found, readings=pl.concat(metered), prices=prices(JAN, 60))
        controller.add(found, invoices=frame("invoices", heads), invoice_lines=frame("invoice_lines", lines))
        controller.build(found)
        yield found


@pytest.mark.parametrize(("one", "first", "second"), CASES)
def test_by_metered_cost_energy_or_days(store: Store, one: dict[str, Any], first: float, second: float) -> None:
    found = parted(store, one)
    assert {at: amount for at, (amount, _) in found.items()} == pytest.approx({JAN: first, FEB: second})
    energy = one["component"] in ("energy", "tax")
    assert found[JAN][1] == pytest.approx(384.0 if energy else 1104 * 16 / 31)


def test_without_metered_values_or_prices_the_next_best_holds(store: Store) -> None:
    by_days = parted(store, UNMETERED)
    assert [amount for amount, _ in by_days.values()] == [15, 15]
    by_energy = parted(store, UNPRICED)  # 1 824.10 x 384/1 104 = 634.47
    assert by_energy[date(2023, 1, 1)][0] == pytest.approx(634.47)


@pytest.mark.parametrize("one", LONG)
def test_the_parts_are_the_line(store: Store, one: dict[str, Any]) -> None:
    found = parted(store, one)
    assert len(found) == 4
    assert round(sum(part for part, _ in found.values()), 6) == one["amount_sek"]
    assert all(round(part, 2) == part for part, _ in found.values())


def test_a_line_within_a_month_is_the_month_s(store: Store) -> None:
    assert parted(store, WITHIN) == {JAN: (12.345, 1104.0)}
