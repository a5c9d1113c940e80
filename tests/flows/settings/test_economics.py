"""Investments and assumptions of a project: what is wrong is told in Swedish with its key."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from energy.errors import SettingsError
from flows.settings.economics import first_full_year
from flows.settings.load import load_settings

HOME = """
organisation = "Prov"
[[cost_bearer]]
id = "idrott"
name = "Idrottsnämnden"
[[facility]]
id = "hall"
name = "Hallen"
weather_station = "98040"
[[metering_point]]
id = "735"
facility = "hall"
name = "Värme"
carrier = "district_heating"
[[project]]
id = "lager"
name = "Lager"
facility = "hall"
boundary_meters = ["735"]
baseline_from = 2018-01-01
baseline_to = 2020-03-01
reporting_from = 2020-09-01
"""
INVESTMENT = {
    "name": '"Borrhål"', "cost_bearer": '"idrott"', "amount_sek": "1000000", "year": "2020", "lifetime_years": "50",
    "subsidy_sek": "200000", "granter": '"Bidraget"',
}  # fmt: skip
ECONOMICS = {"decided_by": '"ekonomichefen"', "discount_rate_pct": "3"}
PROMISE = {"promised_sek_per_year": "310000", "promised_document": '"Förstudie"', "promised_on": "2019-11-18"}


def load(tmp_path: Path, investment: dict[str, str] | None = None, economics: dict[str, str] | None = None):
    text = HOME
    for head, found in (("[[project.investment]]", investment), ("[project.economics]", economics)):
        if found is not None:
            text += "\n".join([head, *(f"{k} = {v}" for k, v in found.items()), ""])
    (tmp_path / "energibok.toml").write_text(text, encoding="utf-8")
    return load_settings(tmp_path).project[0]


def without(found: dict[str, str], *keys: str) -> dict[str, str]:
    return {k: v for k, v in found.items() if k not in keys}


def test_what_is_right_is_read(tmp_path: Path) -> None:
    project = load(tmp_path, INVESTMENT, ECONOMICS | PROMISE)
    assert (project.investment[0].subsidy_sek, project.investment[0].granter) == (2e5, "Bidraget")
    assert project.economics is not None and project.economics.promised_on == date(2019, 11, 18)
    assert load(tmp_path).economics is None


@pytest.mark.parametrize(
    ("investment", "said"),
    [
        (without(INVESTMENT, "lifetime_years"), "investment[1].lifetime_years» saknas"),
        (without(INVESTMENT, "name"), "investment[1].name» saknas"),
        (INVESTMENT | {"lifetime_years": "0"}, "investment[1].lifetime_years»: fann 0"),
        (INVESTMENT | {"subsidy_sek": "-1"}, "investment[1].subsidy_sek»: fann -1"),
        (INVESTMENT | {"amount_sek": "-5"}, "investment[1].amount_sek»: fann -5"),
        (INVESTMENT | {"amount_sek": "nan"}, "investment[1].amount_sek»: fann nan"),
        (INVESTMENT | {"subsidy_sek": "1000001"}, "bidraget är en del av beloppet"),
        (INVESTMENT | {"granter": '" "'}, "vem som gav bidraget"),
        (INVESTMENT | {"cost_bearer": '"fastighet"'}, "investment[1].cost_bearer»: fann 'fastighet'"),
        (INVESTMENT | {"year": "2022"}, "investment[1].year senast 2021, första hela driftåret, inte 2022"),
        (INVESTMENT | {"lifetime": "20"}, "Tillåtet: nycklarna amount_sek"),
    ],
)
def test_a_wrong_investment_is_told(tmp_path: Path, investment: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(tmp_path, investment)
    assert said in str(error.value) and "energibok.toml" in str(error.value)


@pytest.mark.parametrize(
    ("economics", "said"),
    [
        (without(ECONOMICS, "decided_by"), "economics.decided_by» saknas"),
        (ECONOMICS | {"discount_rate_pct": "300"}, "economics.discount_rate_pct»: fann 300"),
        (ECONOMICS | {"horizon_years": "0"}, "economics.horizon_years»: fann 0"),
        (ECONOMICS | {"promised_sek_per_year": "-1"}, "economics.promised_sek_per_year»: fann -1"),
        (ECONOMICS | without(PROMISE, "promised_on"), "promised_document och promised_on"),
        (ECONOMICS | without(PROMISE, "promised_document"), "promised_document och promised_on"),
        (ECONOMICS | {"internal_rate_pct": "2", "hold_last_rate": "true"}, "internal_rate_pct ensam"),
        (ECONOMICS | {"internal_rate_by_year_pct": '{ "24" = 2.5 }'}, "år skrivna ÅÅÅÅ"),
        (ECONOMICS | {"internal_rate_by_year_pct": '{ "2024" = 250 }'}, "år skrivna ÅÅÅÅ"),
    ],
)
def test_a_wrong_assumption_is_told(tmp_path: Path, economics: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(tmp_path, None, economics)
    assert said in str(error.value)


def test_no_bearer_may_be_called_all_and_none_twice(tmp_path: Path) -> None:
    for wrong, said in (('id = "all"', "alla kostnadsbärare tillsammans"), ('id = "idrott"', "varje id får anges")):
        text = HOME + f'[[cost_bearer]]\n{wrong}\nname = "Två"\n'
        (tmp_path / "energibok.toml").write_text(text, encoding="utf-8")
        with pytest.raises(SettingsError, match=said):
            load_settings(tmp_path)


def test_the_first_full_year_begins_with_a_new_year() -> None:
    assert first_full_year(date(2020, 9, 1)) == first_full_year(date(2021, 1, 1)) == 2021
