"""A closed month keeps its budget, forecast and climate figures; reopening lists what a later run would change."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from flows.cli import main
from flows.decisions import closing
from flows.store import Store
from tests.flows import controller

JAN = date(2024, 1, 1)
FORECAST = {"facility": "hall", "year": 2024, "carrier": "all", "component": "all", "made_from": JAN,
            "outcome_sek": 2600.0, "forecast_sek": 30_000.0, "forecast_sek_low": 29_000.0,
            "forecast_sek_high": 31_000.0, "previous_forecast_sek": 28_000.0}  # fmt: skip
LATE = [("grid", JAN, "energy", 40.0)]  # a line more on January's invoice of the grid, told later


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "publish_step", lambda home: {})


def later(store: Store) -> None:
    """Let a later file and a later run tell more than was known when January was closed."""
    lines = controller.invoices(LATE)
    extra = lines["invoice_lines"].with_columns(invoice_no=controller.pl.lit("sent"))
    heads = lines["invoices"].with_columns(invoice_no=controller.pl.lit("sent"))
    controller.add(store, invoices=heads, invoice_lines=extra)
    controller.build(store, forecast=[{**FORECAST, "forecast_sek": 33_000.0}])


def electricity(store: Store) -> tuple[float, bool]:
    (row,) = store.rows(
        "select outcome_sek, is_closed from marts.budget_month where dimension_key = 'electricity' and month = ?", [JAN]
    )
    return row  # type: ignore[return-value]


def test_closed_figures_stand_and_reopening_lists_what_changed(
    tmp_path: Path, quiet: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with controller.hall(tmp_path) as store:
        controller.build(store, forecast=[FORECAST])
    assert main(["close", "2024-01", "--home", str(tmp_path)]) == 0
    with Store.write(tmp_path) as store:
        assert electricity(store) == (1100, True)
        assert store.rows("select count(*) from marts.restatements") == [(0,)]
        later(store)
        assert electricity(store) == (1100, True)
        assert store.rows("select forecast_sek, deviation_sek from marts.forecast") == [(30_000, 30_000 - 12 * 2580)]
        changed = store.rows("select evidence_key, measure, closed_value, new_value from marts.restatements")
        assert ("budget/hall/carrier/electricity/2024-01", "outcome_sek", 1100.0, 1140.0) in changed
        # it was not there when the month was closed: a new row, and its sums changed
        assert ("budget/hall/facility/hall/2024-01", "outcome_sek", 2600.0, 2640.0) in changed
        assert ("forecast/hall/2024/all/all", "forecast_sek", 30_000.0, 33_000.0) in changed
    capsys.readouterr()
    assert main(["reopen", "2024-01", "--why", "sen faktura", "--json", "--home", str(tmp_path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["message"] == f"{len(changed)} siffror ändras mot version 1"
    assert len(told["changed"]) == len(changed)
    with Store.write(tmp_path) as store:
        assert electricity(store) == (1140, False)
        assert store.rows("select forecast_sek from marts.forecast") == [(33_000,)]


def test_what_was_unknown_when_closed_and_is_known_later_is_a_change(
    tmp_path: Path, quiet: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with controller.hall(tmp_path) as store:
        controller.build(store)
    assert main(["close", "2024-02", "--home", str(tmp_path)]) == 0
    with Store.write(tmp_path) as store:
        controller.add(store, **controller.invoices([("retail", date(2024, 2, 1), "energy", 700.0)]))
        controller.build(store)
        key = "budget/hall/carrier/electricity/2024-02"
        assert store.rows(
            "select closed_value, new_value from marts.restatements where evidence_key = ? and measure = 'outcome_sek'",
            [key],
        ) == [(None, 950.0)]
        assert store.rows("select outcome_sek from marts.budget_month where evidence_key = ?", [key]) == [(None,)]
    capsys.readouterr()
    assert main(["reopen", "2024-02", "--why", "sen faktura", "--home", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "2024-02 är öppnad efter version 1" in out
    assert f"{key} outcome_sek: saknas blir 950,00" in out


def test_the_forecast_of_the_month_before_is_the_one_that_was_closed(tmp_path: Path, quiet: None) -> None:
    with controller.hall(tmp_path) as store:
        controller.build(store, forecast=[FORECAST])
    assert main(["close", "2024-01", "--home", str(tmp_path)]) == 0
    with Store.write(tmp_path) as store:
        after = {**FORECAST, "made_from": date(2024, 2, 1), "forecast_sek": 32_000.0, "previous_forecast_sek": 31_500.0}
        controller.build(store, forecast=[after])
        row = store.rows("select forecast_sek, previous_forecast_sek, change_sek from marts.forecast")
    assert row == [(32_000, 30_000, 2_000)]
