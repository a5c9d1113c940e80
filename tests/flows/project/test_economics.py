"""A project's calculation carried to its rows: who saves, which rates, what was promised. By hand."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from energy.savings.saved.avoided import ALL, Cell, rows_of
from flows.analysis.figures import avoided_cost_row
from flows.project.avoided_cost import Settled
from flows.project.economics import UNSTATED, Calculation
from flows.settings.economics import Investment, ProjectEconomics
from flows.settings.model import Allocation, ContractTable, Project

POINT = "735999100000000010"
MONTHS = [date(2021 + n // 12, n % 12 + 1, 1) for n in range(24)]
KEYS = {
    "metering_point": pl.String, "cost_bearer": pl.String, "share": pl.Float64, "submeter": pl.String,
    "rest": pl.Boolean, "valid_from": pl.Date, "valid_to": pl.Date, "reason": pl.String,
}  # fmt: skip
DAYS = {"metering_point": pl.String, "day": pl.Date, "energy_kwh": pl.Float64}


def contract(bearer: str | None = None) -> ContractTable:
    return ContractTable(metering_point=POINT, kind="heat", family="f", valid_from=date(2018, 1, 1), cost_bearer=bearer)


def inputs(bearer: str | None = "idrott", keys: list[Allocation] | None = None, contracts=None):
    rows = [
        (k.metering_point, k.cost_bearer, k.share, k.submeter, k.rest, k.valid_from, k.valid_to, k.reason)
        for k in keys or []
    ]
    store = SimpleNamespace(
        table=lambda _: pl.DataFrame(rows, schema=KEYS, orient="row"), frame=lambda _: pl.DataFrame(schema=DAYS)
    )
    return SimpleNamespace(
        settings=SimpleNamespace(contract=contracts or [contract()], draws=2),
        facility=SimpleNamespace(cost_bearer=bearer), store=store,
    )  # fmt: skip


def project(economics: ProjectEconomics | None = None, paid: bool = True) -> Project:
    part = Investment(name="Pump", cost_bearer="fastighet", amount_sek=1e6, year=2020, lifetime_years=10)
    return Project(
        id="lager", name="Lager", facility="hall", boundary_meters=[POINT], baseline_from=date(2018, 1, 1),
        baseline_to=date(2020, 3, 1), reporting_from=date(2020, 9, 1), investment=[part] if paid else [],
        economics=economics,
    )  # fmt: skip


def cells(months=MONTHS) -> list[Cell]:
    """Return 10 000 SEK a month saved, 8 000 and 12 000 in the two draws; 2 000 kWh of energy."""
    money = [Cell(POINT, "district_heating", m, "energy", 5e3, np.array([1.3e4, 1.7e4])) for m in months]
    heat = [
        Cell(POINT, "district_heating", m, None, 1e3, np.array([2e3, 4e3]), hours=700, hours_known=700) for m in months
    ]
    return money + heat


def run(home, one: Project, months=MONTHS, of=None) -> dict[str, list[dict]]:
    meter = SimpleNamespace(loads=SimpleNamespace(actual=SimpleNamespace(metering_point=POINT)))
    rows: dict[str, list[dict]] = defaultdict(list)
    mine = of or cells(months)
    last = months[-12:]
    year = Settled(tuple(last), (meter,), (tuple(cells(last)),)) if len(months) >= 12 else None
    found = rows_of(mine, months)
    told = [avoided_cost_row(r, effect="cash", price_basis="reporting_period") for r in found]
    Calculation(home, [], "r1", rows).run(one, [meter], [mine], year, found, told)
    return rows


def by_bearer(rows) -> dict[str, dict]:
    return {r["cost_bearer"]: r for r in rows["economics_returns"]}


def test_the_landlord_pays_and_the_tenant_saves():
    found = by_bearer(run(inputs(), project()))
    assert list(found) == ["fastighet", "idrott", ALL]
    assert found["idrott"]["saving_sek_per_year"] == found[ALL]["saving_sek_per_year"] == 120_000
    assert found["fastighet"]["saving_sek_per_year"] == 0 and found["idrott"]["investment_sek"] == 0
    # a million by 120 000 a year; by 96 000 not within ten years: 1 of 2 draws
    assert found[ALL]["probability_pays_back_within_life"] == 0.5
    assert "2022-01 till 2022-12" in found[ALL]["saving_basis"]


def test_whole_years_are_measured_and_later_ones_are_not():
    years = [r for r in run(inputs(), project())["economics_years"] if r["cost_bearer"] == ALL]
    assert [r["year"] for r in years if r["is_measured"]] == [2021, 2022] and len(years) == 10
    assert years[0]["internal_interest_sek"] == pytest.approx(12_500)  # 1.25 % of a million in 2021
    assert years[5]["year"] == 2026 and years[5]["capital_cost_sek"] is None and "2026" in years[5]["reason"]


def test_a_year_with_a_month_that_is_not_assessed_is_not_measured():
    mine = [replace(c, reason="kan inte bedömas: lucka") if c.month == MONTHS[3] else c for c in cells()]
    rows = run(inputs(), project(), of=mine)
    years = [r for r in rows["economics_years"] if r["cost_bearer"] == ALL]
    assert [r["year"] for r in years if r["is_measured"]] == [2022]
    assert years[0]["saving_sek"] == 120_000  # the yearly saving stands in, and the table says that it is assumed


def test_a_key_moves_the_saving_between_bearers_and_makes_none():
    key = {"metering_point": POINT, "reason": "prov"}
    keys = [
        Allocation(**key, cost_bearer="skola", share=0.25, valid_to=date(2022, 7, 1)),
        Allocation(**key, cost_bearer="skola", share=0.5, valid_from=date(2022, 7, 1)),
        Allocation(**key, cost_bearer="idrott", rest=True),
    ]
    found = by_bearer(run(inputs(keys=keys), project()))
    assert found["skola"]["saving_sek_per_year"] == pytest.approx(6 * 2_500 + 6 * 5_000)
    assert found["idrott"]["saving_sek_per_year"] == pytest.approx(120_000 - 45_000)
    assert found[ALL]["saving_sek_per_year"] == by_bearer(run(inputs(), project()))[ALL]["saving_sek_per_year"]


def test_the_contract_names_its_bearer_before_the_facility_and_nobody_is_told():
    assert "skola" in by_bearer(run(inputs(contracts=[contract("skola")]), project()))
    assert UNSTATED in by_bearer(run(inputs(bearer=None), project()))


def test_eleven_months_give_capital_cost_but_no_saving():
    rows = run(inputs(), project(), MONTHS[:11])
    group = by_bearer(rows)[ALL]
    assert group["saving_sek_per_year"] is None and "tolv hela månader" in group["saving_reason"]
    assert group["text"] == group["npv_reason"] == group["saving_reason"] and group["investment_sek"] == 1e6
    assert rows["economics_years"][0]["depreciation_sek"] == 1e5


def test_a_project_without_a_figure_still_has_its_capital_cost():
    rows: dict[str, list[dict]] = defaultdict(list)
    one = Calculation(inputs(), [], "r1", rows)
    for _ in range(2):  # once only
        one.unknown(project(), "kan inte bedömas: inga mätvärden i basperioden")
    assert [r["cost_bearer"] for r in rows["economics_returns"]] == ["fastighet", ALL]
    assert all("basperioden" in r["saving_reason"] for r in rows["economics_returns"])
    assert all(bar["reason"] for bar in rows["economics_tornado"])


def test_no_investment_has_no_calculation_but_its_promise():
    promised = ProjectEconomics(
        decided_by="chefen", promised_mwh_per_year=20, promised_sek_per_year=2e5, promised_document="Förstudie",
        promised_on=date(2019, 1, 1),
    )  # fmt: skip
    rows = run(inputs(), project(promised, paid=False))
    assert not rows["economics_returns"]
    told = {(r["unit"], r["period"]): r for r in rows["promised"]}
    assert set(told) == {(unit, year) for unit in ("kWh", "SEK") for year in ("2021", "2022")}
    # 12 x 2 000 kWh of 20 000, band 12 600 to 35 400; 120 000 SEK of 200 000, the whole band below
    assert told["kWh", "2021"]["verdict"] == "cannot_be_told" and told["kWh", "2021"]["measured"] == 24_000
    assert told["SEK", "2022"]["verdict"] == "below" and told["SEK", "2022"]["difference"] == -80_000


@pytest.mark.parametrize(
    ("given", "rate"),
    [
        ({}, {2021: 1.25, 2026: None}),
        ({"internal_rate_pct": 4}, {2021: 4.0, 2026: 4.0}),
        ({"hold_last_rate": True}, {2021: 1.25, 2026: 2.5}),
        ({"internal_rate_by_year_pct": {"2021": 2.0, "2026": 3.0}}, {2021: 2.0, 2022: 1.0, 2026: 3.0, 2027: None}),
    ],
)
def test_the_own_rate_goes_before_the_published_one(given, rate):
    one = project(ProjectEconomics(decided_by="chefen", **given))
    years = {r["year"]: r for r in run(inputs(), one)["economics_years"] if r["cost_bearer"] == ALL}
    for year, expected in rate.items():
        interest, book = years[year]["internal_interest_sek"], years[year]["book_value_sek"]
        assert interest is None if expected is None else interest == pytest.approx(book * expected / 100)


def test_assumptions_say_who_decided_or_that_nobody_did():
    texts = [r["text"] for r in run(inputs(), project())["economics_assumptions"]]
    assert any("Inget är beslutat" in text for text in texts)
    one = project(ProjectEconomics(decided_by="chefen, 2020-03-16"))
    assert any(r["text"] == "Beslutat av: chefen, 2020-03-16." for r in run(inputs(), one)["economics_assumptions"])
