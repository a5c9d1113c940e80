"""The command that prints a project's calculation. It opens the published copy read only."""

from __future__ import annotations

import argparse

from flows.answers import Rows, emit, must_exist
from flows.store import Store

# mart -> the columns of its text table, and whether only the group's rows are shown there (--json has all)
_SHOWN = {
    "economics_returns": (
        "project cost_bearer net_investment_sek saving_sek_per_year saving_sek_per_year_low saving_sek_per_year_high "
        "simple_payback_years simple_payback_years_low simple_payback_years_high pays_back_pct npv_sek npv_sek_low "
        "npv_sek_high npv_positive_pct text",
        False,
    ),
    "economics_components": (
        "project name cost_bearer amount_sek subsidy_sek granter net_investment_sek year lifetime_years "
        "depreciation_sek",
        False,
    ),
    "economics_years": (
        "project year is_measured book_value_sek capital_cost_sek saving_sek saving_sek_low saving_sek_high "
        "net_effect_sek net_effect_sek_low net_effect_sek_high reason",
        True,
    ),
    "economics_tornado": ("project parameter low high unit npv_low_sek npv_sek npv_high_sek range_reason", True),
    "promised_delivered": (
        "project period unit price_basis promised measured measured_low measured_high verdict text",
        False,
    ),
    "economics_assumptions": ("project no text", False),
}
NOTHING = (
    "Ingen projektkalkyl: ange [[project.investment]] med name, cost_bearer, amount_sek, year och lifetime_years i "
    "energibok.toml, och kör «energibok monthly»."
)


def economics(arguments: argparse.Namespace) -> int:
    """Print what each project gives, by cost bearer and for the group; status 0 also where nothing can be assessed."""
    with Store.read(arguments.home) as store:
        known = {row["project"] for row in store.records("marts.projects")}
        tables = {name: store.records(f"marts.{name}") for name in _SHOWN}
    wanted = arguments.project
    if wanted:
        must_exist("--project", wanted, known)
    tables = {name: [r for r in rows if wanted in (None, r["project"])] for name, rows in tables.items()}
    if arguments.json:
        emit(arguments, tables, {})
        return 0
    if not tables["economics_returns"]:
        print(NOTHING)
    filled = {name: _told(rows, _SHOWN[name][1]) for name, rows in tables.items() if rows}
    emit(arguments, filled, {name: _SHOWN[name][0].split() for name in filled})
    return 0


def _told(rows: Rows, only_group: bool) -> Rows:
    return [r for r in rows if not only_group or r["cost_bearer"] == "all"]
