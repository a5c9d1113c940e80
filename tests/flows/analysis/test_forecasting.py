"""The forecast from the ledger's tables: invoiced months, recomputed months, drawn months; seasons that go on."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from flows.analysis import figures, forecasting
from flows.analysis.inputs import FacilityInputs
from flows.settings.load import load_settings
from flows.store import Store
from tests.flows import controller


def made(store: Store) -> dict[str, list[dict[str, object]]]:
    settings = load_settings(store.home)
    inputs = [FacilityInputs.of(store, settings, one, None) for one in settings.facility]
    found = forecasting.forecast(store, settings, [], inputs, "r", lambda _: None)
    return {name: frame.to_dicts() for name, frame in found.items()}


def test_months_are_invoiced_else_recomputed_and_a_model_without_a_year_gives_no_figure(tmp_path: Path) -> None:
    with controller.hall(tmp_path) as store:
        line = {"metering_point": "E", "contract_kind": "retail", "month": date(2024, 2, 1), "line_no": 1,
                "component": "energy", "amount_sek": 777.0, "price_list": "p"}  # fmt: skip
        controller.build(store, bill=[line])
        found = made(store)
    months = {(r["carrier"], r["month"]): r for r in found["forecast_monthly"]}
    heat = months["district_heating", date(2024, 2, 1)]
    assert (heat["basis"], heat["amount_sek"], heat["energy_kwh"]) == ("outcome", 1300, 696)
    power = months["electricity", date(2024, 2, 1)]  # one invoice lacks: the month is the recomputed bill
    assert (power["basis"], power["amount_sek"]) == ("accrued", 777)
    assert months["all", date(2024, 2, 1)]["basis"] == "accrued"
    assert months["electricity", date(2024, 1, 1)]["amount_sek"] == 1100
    coming = months["district_heating", date(2024, 3, 1)]
    assert (coming["basis"], coming["amount_sek"]) == ("forecast", None)
    (whole,) = [r for r in found["forecast"] if r["carrier"] == r["component"] == "all"]
    assert whole["made_from"] == date(2024, 2, 1)
    assert whole["outcome_sek"] == 1500 + 1300 + 1100 + 777
    assert whole["forecast_sek"] is None
    assert str(whole["reason"]).startswith("kan inte bedömas: väder finns för 0 tidigare år")


def test_tables_have_the_columns_of_the_analysis_also_when_empty(tmp_path: Path) -> None:
    with controller.hall(tmp_path) as store:
        controller.build(store)
        found = forecasting.forecast(store, load_settings(store.home), [], [], "r", lambda _: None)
    assert {name: frame.columns for name, frame in found.items()} == {
        name: figures.frames({})[name].columns for name in forecasting.TABLES
    }


def test_an_ice_season_comes_back_where_the_events_do_not_reach() -> None:
    year = 52 * 168
    state = np.zeros(3 * year)
    state[1000:3000] = 1.0
    found = forecasting._repeated(state, year)
    assert np.flatnonzero(found).tolist() == [i + y * year for y in range(3) for i in range(1000, 3000)]
    state[year + 500 : year + 700] = 1.0  # the next season is told, and ends early
    found = forecasting._repeated(state, year)
    assert found[: year + 700].tolist() == state[: year + 700].tolist()
    assert found[year + 700 : year + 1000].sum() == 0
    assert found[2 * year + 500 : 2 * year + 700].all()
    assert forecasting._repeated(np.zeros(9), 3).tolist() == [0.0] * 9
