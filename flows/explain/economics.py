"""A project's calculation followed back: figure -> what it is made of -> settings and the measured saving."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dashboards import text

if TYPE_CHECKING:
    from flows.explain.receipts import Trail

GROUP = "all"


def _economics(trail: Trail, key: str) -> None:
    """Explain what a project gives one cost bearer or the group."""
    row = trail.one("select * from marts.economics_returns where evidence_key = ?", [f"economics/{key}"])
    who = "alla kostnadsbärare" if row["cost_bearer"] == GROUP else row["cost_bearer"]
    trail.step(0, f"{row['project']}, {who}: {row['text']}", **row)
    for words, name, reason, unit in (
        ("återbetalningstid", "simple_payback_years", "simple_payback_reason", "år"),
        ("återbetalningstid med ränta", "discounted_payback_years", "discounted_payback_reason", "år"),
        ("nuvärde", "npv_sek", "npv_reason", "SEK"),
        ("avkastning", "internal_rate_of_return_pct", "internal_rate_of_return_reason", "%"),
    ):
        trail.step(1, f"{words}: {_figure(row, name, row[reason], unit)}")
    odds = "saknas" if row["pays_back_pct"] is None else f"{text.number(row['pays_back_pct'])} %"
    trail.step(1, f"sannolikhet att investeringen betalar sig inom {row['horizon_years']} år: {odds}")
    trail.step(1, f"årsbesparing: {_figure(row, 'saving_sek_per_year', row['saving_reason'], 'SEK')}")
    trail.step(2, f"{row['saving_basis']}")
    for (receipt,) in trail.store.rows(
        "select evidence_key from marts.savings_total where project = ? and carrier = 'all' and "
        "period = 'last_12_months'",
        [row["project"]],
    ):
        trail.step(2, f"hela projektets besparing: {receipt}", evidence_key=receipt)
    _components(trail, row)
    _years(trail, row)
    query = "select text from marts.economics_assumptions where project = ? order by no"
    for (said,) in trail.store.rows(query, [row["project"]]):
        trail.step(1, f"antagande: {said}")


def _figure(row: dict[str, Any], name: str, reason: str | None, unit: str) -> str:
    value, low, high = row[name], row[f"{name}_low"], row[f"{name}_high"]
    if value is None:
        return reason or text.MISSING
    digits = 0 if unit == "SEK" else 1
    ends = " till ".join(text.number(end, digits) if end is not None else "ingen gräns" for end in (low, high))
    return f"{text.number(value, digits)} {unit} (90 %: {ends})" + (f"; {reason}" if reason else "")


def _components(trail: Trail, row: dict[str, Any]) -> None:
    trail.step(1, f"investering {text.number(row['investment_sek'])} SEK, bidrag {text.number(row['subsidy_sek'])} SEK")
    query = "select * from marts.economics_components where project = ? and (? = 'all' or cost_bearer = ?) order by no"
    given = [row["project"], row["cost_bearer"], row["cost_bearer"]]
    for one in trail.store.frame(query, given).to_dicts():
        subsidy = f", varav bidrag {text.number(one['subsidy_sek'])} ({one['granter']})" if one["subsidy_sek"] else ""
        words = (
            f"{one['name']}: {text.number(one['amount_sek'])} SEK {one['year']}{subsidy}, {one['lifetime_years']} år"
        )
        trail.step(2, f"{words}; energibok.toml [[project.investment]] nr {one['no']}", **one)


def _years(trail: Trail, row: dict[str, Any]) -> None:
    """Add the first year of the calculation in full, and the measured years."""
    query = "select * from marts.economics_years where project = ? and cost_bearer = ? order by year"
    years = trail.store.frame(query, [row["project"], row["cost_bearer"]]).to_dicts()
    for one in [y for y in years if y["is_measured"]] or years[:1]:
        interest = text.number(one["internal_interest_sek"]) if one["internal_interest_sek"] is not None else "saknas"
        words = (
            f"{one['year']}: avskrivning {text.number(one['depreciation_sek'])} SEK + internränta {interest} SEK på "
            f"bokfört värde {text.number(one['book_value_sek'])} SEK"
        )
        how = "mätt" if one["is_measured"] else "antagen"
        trail.step(1, f"{words}; besparing, {how}: {_figure(one, 'saving_sek', one['reason'], 'SEK')}", **one)


KINDS: dict[str, Callable[[Trail, str], None]] = {"economics": _economics}
