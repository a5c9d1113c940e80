"""The months that `invoices` and `ledger` can be asked for: those with an invoice, and those that lack one."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from energy.errors import SettingsError
from flows.show import month as show_month
from flows.store import Store

Marts = Mapping[str, list[dict[str, Any]]]
OCTOBER, NOVEMBER, DECEMBER = (date(2023, month, 1) for month in (10, 11, 12))


def published(patch: pytest.MonkeyPatch, marts: Marts) -> None:
    """Let the commands read these marts; any other is empty."""

    class Published:
        def records(self, name: str) -> list[dict[str, Any]]:
            return marts.get(name.removeprefix("marts."), [])

    @contextmanager
    def read(home: Path) -> Iterator[Published]:
        yield Published()

    patch.setattr(Store, "read", read)


def asked(command: str, first: str) -> Namespace:
    return Namespace(command=command, home=Path(), json=True, facility="hall", first=first, last=None)


def test_a_month_that_lacks_its_invoice_can_be_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def row(month: date | None) -> dict[str, Any]:
        return {"facility": "hall", "consumption_month": month}

    marts = {"invoice_audit": [row(OCTOBER)], "missing_invoices": [row(NOVEMBER)], "invoice_findings": [row(None)]}
    published(monkeypatch, marts)
    assert show_month.invoices(asked("invoices", "2023-11")) == 0
    told = json.loads(capsys.readouterr().out)
    assert [r["consumption_month"] for r in told["missing_invoices"]] == ["2023-11-01"]
    assert told["invoice_audit"] == []
    with pytest.raises(SettingsError, match="uppgifterna går från 2023-10 till 2023-11"):
        show_month.invoices(asked("invoices", "2023-12"))
    published(monkeypatch, {**marts, "invoice_findings": [row(DECEMBER)]})  # a charge for a month with no other line
    assert show_month.invoices(asked("invoices", "2023-12")) == 0


@pytest.mark.parametrize("is_json", [True, False])
def test_findings_of_level_error_are_told_by_the_status_as_quality_tells_them(
    monkeypatch: pytest.MonkeyPatch, is_json: bool
) -> None:
    def asked_of(command: str, month: str) -> Namespace:
        return Namespace(**{**vars(asked(command, month)), "json": is_json, "last": month})

    def finding(month: date, level: str) -> dict[str, Any]:
        shown = dict.fromkeys(show_month._SHOWN["invoice_findings"].split())
        return {**shown, "facility": "hall", "consumption_month": month, "level": level}

    def voucher(month: date, verdict: str) -> dict[str, Any]:
        shown = dict.fromkeys(show_month._SHOWN["ledger_match"].split())
        return {**shown, "facility": "hall", "accounting_period": month, "verdict": verdict}

    found = [finding(OCTOBER, "error"), finding(NOVEMBER, "warning")]
    booked = [voucher(OCTOBER, "posted_twice"), voucher(NOVEMBER, "wrong_account"), voucher(DECEMBER, "posted_gross")]
    published(monkeypatch, {"invoice_findings": found, "ledger_match": booked})
    assert [show_month.invoices(asked_of("invoices", month)) for month in ("2023-10", "2023-11")] == [1, 0]
    told = [show_month.ledger(asked_of("ledger", month)) for month in ("2023-10", "2023-11", "2023-12")]
    assert told == [1, 0, 1]


def test_a_month_with_an_accrual_alone_can_be_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def row(month: date) -> dict[str, Any]:
        return {"facility": "hall", "accounting_period": month}

    published(monkeypatch, {"ledger_match": [row(OCTOBER)], "accruals": [row(NOVEMBER)]})
    assert show_month.ledger(asked("ledger", "2023-11")) == 0
    told = json.loads(capsys.readouterr().out)
    assert [r["accounting_period"] for r in told["accruals"]] == ["2023-11-01"] and told["ledger_match"] == []
    with pytest.raises(SettingsError, match="uppgifterna går från 2023-10 till 2023-11"):
        show_month.ledger(asked("ledger", "2023-12"))
