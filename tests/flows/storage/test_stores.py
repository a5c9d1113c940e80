"""A battery from meters to page, by hand; and stores whose meters cannot be right, or are not there: their limits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dashboards.conform import conform
from dashboards.options import SiteOptions
from dashboards.pages import store as page
from dashboards.pages.base import View
from energy.model import Load
from flows.analysis.dimensions import price_lists
from flows.analysis.figures import ANALYSIS, Rows
from flows.analysis.inputs import FacilityInputs
from flows.cli import main
from flows.explain.dispatch import KINDS
from flows.explain.receipts import Trail
from flows.measures.context import context_of
from flows.month import analyse_step
from flows.settings.load import Settings, load_settings
from flows.storage.dispatch import operations, optimum_rows
from flows.storage.stores import explain_stores
from flows.store import Store
from tests.flows import stored

DAYS = 365
# every day 60 kWh are given at 1.40 instead of 27, for 60 / 0.9 taken at 0.40 instead of 30; and 60 kWh over the ten
# hours of 80 kW lower every month's highest hour by 6 kW
GAIN = DAYS * (33 * 1.4 - (60 / 0.9 - 30) * 0.4) + 12 * 60 * 6
POWER_POINT, BATTERY = "huvud", "batteri"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = stored.home(tmp_path_factory.mktemp("lager"))
    analyse_step(made)
    with Store.write(made) as store:
        store.publish()
    return made


@pytest.fixture(scope="module")
def marts(home: Path) -> dict[str, pl.DataFrame]:
    with Store.read(home) as store:
        return {name: store.table(f"marts.{name}") for name in store.tables("marts")}


def rows(marts: dict[str, pl.DataFrame], name: str, **where: Any) -> list[dict[str, Any]]:
    return marts[name].filter(*[pl.col(column) == value for column, value in where.items()]).to_dicts()


def test_a_batterys_account_and_worth_by_hand(marts: dict[str, pl.DataFrame]) -> None:
    (found,) = rows(marts, "storage")
    assert (found["charged_kwh"], found["drawn_kwh"]) == pytest.approx((DAYS * 30, DAYS * 27))
    assert found["value_sek"] == pytest.approx(DAYS * 27 * 1.4)  # the peak of 80 kW stands in other hours
    assert found["electricity_cost_sek"] == pytest.approx(DAYS * 30 * 0.4)
    assert found["worth_text"] is None and "10,0 % av det som laddas" in found["content_text"]


def test_a_batterys_best_operation_by_hand(marts: dict[str, pl.DataFrame]) -> None:
    (actual,) = rows(marts, "storage_optimum", operation="actual")
    (best,) = rows(marts, "storage_optimum", operation="optimal")
    assert best["gain_sek"] == pytest.approx(GAIN, rel=1e-4)
    assert actual["cost_sek"] - best["cost_sek"] == pytest.approx(best["gain_sek"], abs=0.01)
    assert best["discharge_kwh"] == pytest.approx(DAYS * 60, rel=1e-4)
    causes = {row["gap_cause"]: row["gain_sek"] for row in rows(marts, "storage_optimum_cause")}
    assert sum(causes.values()) == pytest.approx(GAIN, rel=1e-4)
    assert abs(causes["rest"]) < 0.01 * GAIN and min(causes["S1"], causes["S2"]) > 0  # the causes tell nearly all of it
    lines = rows(marts, "storage_optimum_bill", operation="optimal")
    assert sum(line["amount_sek"] for line in lines) == pytest.approx(best["cost_sek"], abs=0.01)
    (peak,) = [r for r in lines if r["label"] == "Effekt" and r["month"].month == 1]
    assert (peak["quantity"], peak["amount_sek"]) == pytest.approx((74, 74 * 60))


def test_a_batterys_page_has_its_figures_and_receipts(marts: dict[str, pl.DataFrame]) -> None:
    (section,) = page.context(View(conform(marts), SiteOptions()))["sections"]
    (found,) = section["stores"]
    told = " ".join(found["said"])
    assert "Batteri, i drift sedan" in told and "minus vad den kostade att ladda" in told and "värmen" not in told
    assert found["figures"][0]["figure"] and not found["figures"][0]["cannot"]
    shown = json.dumps([str(table) for table in found["dispatch"]["tables"]], ensure_ascii=False)
    assert f"dispatch/{BATTERY}/optimal" in shown and "Vinsten ligger nära bandets övre ände" in " ".join(
        found["dispatch"]["notes"]
    )


def test_the_command_prints_the_best_operation_and_how_it_is_counted(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["storage", "--home", str(home)]) == 0
    shown = capsys.readouterr().out
    assert (
        "Lagrets bästa drift:" in shown
        and "Batteriet, så är det räknat:" in shown
        and "Vinsten ligger nära bandets övre ände" in shown
    )


def told(home: Path, key: str) -> str:
    with Store.read(home) as store:
        trail = Trail(store)
        KINDS["dispatch"](trail, key)
    return "\n".join("  " * step["depth"] + step["text"].replace("\N{NO-BREAK SPACE}", " ") for step in trail.steps)


def test_every_figure_of_the_best_operation_is_followed_back(home: Path, marts: dict[str, pl.DataFrame]) -> None:
    best = told(home, f"{BATTERY}/optimal")
    assert "  huvud, Effekt: 53 280,00 SEK" in best  # 12 · 74 kW · 60
    assert "  Kvar i lagret: " in best and f"dispatch/{BATTERY}/optimal/S2: " in best
    month = told(home, f"{BATTERY}/optimal/2023-01")
    assert "huvud, Effekt: 4 440,00 SEK (74 kW)" in month and f"dispatch/{BATTERY}/actual/2023-01" in month
    assert "mätvärden ur fil" in told(home, f"{BATTERY}/actual/2023-01")
    cause = told(home, f"{BATTERY}/optimal/S1")
    assert f"som åtgärd: measure:hall:charged_too_little:{BATTERY}" in cause
    unknown = told(home, f"{BATTERY}/day_ahead")
    assert unknown.startswith("batteri 2023-01 – 2023-12, med det som var känt dagen innan: Kan inte bedömas")
    for name in ("", "_cause", "_month", "_bill", "_day"):
        for key in marts[f"storage_optimum{name}"].get_column("evidence_key").unique().to_list()[:2]:
            assert told(home, key.removeprefix("dispatch/"))


# --- a borehole field whose meters cannot be right, or are not there -------------------------------------------------


@dataclass(frozen=True)
class Facility:
    """The home's facility with the ground store, ready to be read with other meters."""

    inputs: FacilityInputs
    loads: dict[str, Load]
    lists: list[Any]

    def limits(self, changed: dict[str, float] | None = None, **store: Any) -> tuple[Rows, Rows]:
        """Return the rows of account and best operation with some meters multiplied and some settings changed."""
        (ground,) = self.inputs.settings.store
        settings = self.inputs.settings.model_copy(update={"store": [ground.model_copy(update=store)]})
        inputs = replace(self.inputs, settings=settings)
        loads = {
            p: replace(load, energy_kwh=load.energy_kwh * (changed or {}).get(p, 1.0)) for p, load in self.loads.items()
        }
        found: Rows = {name: [] for name in ANALYSIS}
        explain_stores(inputs, self.lists, "r", found, loads)
        context = context_of(inputs, self.lists, loads)
        return found, optimum_rows(replace(context, operations=operations(context)), "r")


@pytest.fixture(scope="module")
def ground(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facility]:
    place = tmp_path_factory.mktemp("inställningar")
    text = stored.SETTINGS.split("[[store]]")[0] + stored.GROUND
    (place / "energibok.toml").write_text(text, encoding="utf-8")
    settings: Settings = load_settings(place)
    with Store.write(home) as store:
        inputs = FacilityInputs.of(store, settings, settings.facility[0], None)
        loads = {point.id: inputs.load(point.id) for point in settings.metering_point}
        yield Facility(inputs, loads, price_lists(home))


def _none(value: Any) -> bool:
    return value is None or bool(np.isnan(value))


@pytest.mark.parametrize(
    ("changed", "store", "code", "words", "unknown"),
    [
        ({"borr": 20.0, "ut": 20.0}, {}, "contradiction", "mätarna motsäger varandra", "drawn_kwh"),
        (
            {},
            {"charge": ["ut"], "discharge": ["in"], "store_out": []},
            "electricity_while_charging",
            "Kontrollera att charge och discharge inte är omkastade",
            "efficiency_pct",
        ),
        ({}, {"discharge": []}, "unknown_discharge", "ingen mätare för urladdad energi", "net_value_sek"),
        ({"vp": 6.0}, {}, "cop_outside_physics", "värmefaktorn 0,61 är mindre än 1 (värme ut, el vp)", "cop"),
        (
            {},
            {"capacity_kwh": 1000.0, "loss_pct_per_month": 1.0},
            "beyond_capacity",
            "svängning på",
            "trend_pct_per_year",
        ),
    ],
    ids=[
        "meters that contradict",
        "meters in each other's place",
        "no discharge meter",
        "COP below one",
        "more than it holds",
    ],
)
def test_bad_input_is_an_explained_limit_and_no_number(
    ground: Facility, changed: dict[str, float], store: dict[str, Any], code: str, words: str, unknown: str
) -> None:
    account, best = ground.limits(changed, **store)
    (limit,) = [row for row in account["storage_limits"] if row["code"] == code]
    assert words in limit["message"]
    assert _none(account["storage"][0][unknown])
    sized = code != "beyond_capacity"  # a size its own meters deny is not told, nor a share of it
    assert _none(account["storage"][0]["capacity_kwh"]) != sized
    assert all(_none(day["capacity_kwh"]) != sized for day in account["storage_daily"])
    if code != "beyond_capacity":  # what the store is told to hold says nothing of what it delivered
        assert _none(account["storage"][0]["value_sek"]) and _none(account["storage"][0]["net_value_sek"])
        assert not account["storage_hours"]
    for way in best["storage_optimum"]:
        assert _none(way["cost_sek"]) and _none(way["gain_sek"]) and way["reason"].startswith("kan inte bedömas: ")
    assert not best["storage_optimum_cause"] and not best["storage_optimum_bill"]


def test_a_battery_with_meters_in_each_others_place_gives_no_number(home: Path, tmp_path: Path) -> None:
    """30 kWh out for 27 kWh in, every day of the year: 11 MWh out and 10 in, 3 % more is the meters' own error."""
    (tmp_path / "energibok.toml").write_text(stored.SETTINGS, encoding="utf-8")
    settings = load_settings(tmp_path)
    with Store.write(home) as store:
        inputs = FacilityInputs.of(store, settings, settings.facility[0], None)
        battery = Facility(inputs, {p.id: inputs.load(p.id) for p in settings.metering_point}, price_lists(home))
        account, best = battery.limits(charge=["but"], discharge=["bin"])
    (found,) = account["storage"]
    assert all(_none(found[name]) for name in ("value_sek", "electricity_cost_sek", "net_value_sek", "efficiency_pct"))
    assert "11 MWh har tagits ut men bara 10 MWh laddats" in found["worth_reason"].replace("\N{NO-BREAK SPACE}", " ")
    assert all(_none(row["net_value_sek"]) and row["reason"] for row in account["storage_monthly"])
    assert all("11 MWh har tagits ut" in way["reason"] for way in best["storage_optimum"])


def test_a_month_outside_physics_has_no_worth_and_the_year_says_which(ground: Facility) -> None:
    """Six times the electricity in January: a coefficient of performance of 0.6 there, and of no other month."""
    vp = ground.loads["vp"]
    january = stored.hours() < np.datetime64("2023-01-31T23:00:00")
    more = replace(vp, energy_kwh=np.where(january[:, None], 6.0, 1.0) * vp.energy_kwh)
    account, best = replace(ground, loads={**ground.loads, "vp": more}).limits()
    first, second = account["storage_monthly"][:2]
    assert _none(first["value_sek"]) and _none(first["electricity_cost_sek"]) and _none(first["net_value_sek"])
    assert first["reason"].startswith("kan inte bedömas: mätarna motsäger varandra: värmefaktorn 0,6")
    assert second["value_sek"] > 0 and second["reason"] is None
    assert {row["month"].month for row in account["storage_components"]} == {2, 3, 12}  # those with delivery
    assert "vad andra månader gjorde med effekten, och 2023-01" in account["storage_monthly"][5]["reason"]
    (store,) = account["storage"]
    assert _none(store["net_value_sek"])
    assert store["worth_reason"].startswith("kan inte bedömas: 9 av 12 månader har ingen siffra (2023-01, ")
    assert all(way["reason"].startswith("kan inte bedömas: 2023-01: mätarna") for way in best["storage_optimum"])


def test_missing_spot_prices_leave_the_cost_of_electricity_unknown(ground: Facility) -> None:
    elsewhere = ground.inputs.settings.model_copy(update={"spot_area": "SE4"})  # no prices of that area are loaded
    account, best = replace(ground, inputs=replace(ground.inputs, settings=elsewhere)).limits()
    (store,) = account["storage"]
    assert store["value_sek"] > 0 and _none(store["electricity_cost_sek"]) and _none(store["net_value_sek"])
    assert "spotpris" in store["worth_reason"]
    assert all("kan inte prissättas" in way["reason"] for way in best["storage_optimum"])


def test_the_limits_stand_on_the_page_where_the_figures_are_not(ground: Facility) -> None:
    account, best = ground.limits({"borr": 20.0, "ut": 20.0})
    made = {name: pl.DataFrame(found, infer_schema_length=None) for name, found in (account | best).items() if found}
    facilities = pl.DataFrame({"facility": ["hall"], "name": ["Hallen"]})
    limits = made["storage_limits"].with_columns(facility=pl.lit("hall"))
    view = View(conform({**made, "storage_limits": limits, "facilities": facilities}), SiteOptions())
    (section,) = page.context(view)["sections"]
    (found,) = section["stores"]
    assert any("Mätarna motsäger varandra" in message for _, message in found["limits"])
    assert {one["figure"] for one in found["figures"][:2]} == {""}
    assert "mätarna motsäger varandra" in found["figures"][0]["cannot"]
    assert found["figures"][1]["cannot"] == "Kan inte bedömas, av samma skäl."
