"""Projektkalkyl: what the project cost, what it gives, to whom, how sure that is, and what was promised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards import honesty, text
from dashboards.charts import Chart, payback, tornado
from dashboards.pages import parts
from dashboards.pages.base import (
    RECEIPT,
    Col,
    Facility,
    Row,
    Table,
    View,
    band_col,
    coded,
    coded_or_dash,
    dash,
    money,
    table,
    values,
)

ALL = "all"
SOON = 10  # years of the calculation that the page shows unfolded
TO_FILL_IN = (
    "Ange investeringen i energibok.toml, en rad [[project.investment]] per komponent: name (till exempel Borrhål), "
    "cost_bearer, amount_sek, year och lifetime_years, och subsidy_sek med granter om någon gav bidrag. Antaganden och "
    "vad som utlovades står i [project.economics]. Kör sedan «energibok monthly»."
)
NEVER = "längre än kalkyltiden"


@dataclass(frozen=True)
class Figure:
    """One of the large figures, written."""

    label: str
    figure: str
    band: str = ""
    beside: str = ""
    cannot: str = ""


def context(view: View) -> dict[str, Any]:
    """Return what the template of the page needs."""
    return {"sections": [_section(view, facility) for facility in view.facilities()], "to_fill_in": TO_FILL_IN}


def _section(view: View, facility: Facility) -> dict[str, Any]:
    projects = view.rows("projects", facility=facility.id).drop_nulls("project")
    told = [row for row in projects.iter_rows(named=True) if not parts.is_placebo(view, facility, row["project"])]
    return {
        "facility": facility,
        "projects": [_project(view, facility, row) for row in told],
        "none": _none(view, facility, projects.height),
    }


def _none(view: View, facility: Facility, projects: int) -> str:
    if not projects:
        return "Inget energiprojekt är inlagt, så det finns ingen kalkyl."
    return "Projektet är ett prov av metoden: inget har investerats, så det finns ingen kalkyl." if projects else ""


def _project(view: View, facility: Facility, project: dict[str, Any]) -> dict[str, Any]:
    key, rows = project["project"], view.rows("economics_returns", project=project["project"])
    group = rows.filter(pl.col("cost_bearer") == ALL)
    whole = group.row(0, named=True) if group.height else None
    years = view.rows("economics_years", project=key)
    anchor = text.identifier("kalkyl", key)
    return {
        "name": project["name"] or key,
        "anchor": anchor,
        "whole": whole is not None,
        "said": _said(view, whole) if whole else (),
        "figures": _figures(view, whole) if whole else (),
        "key": (whole or {}).get("evidence_key") or "",
        "charts": _charts(view, key, whole, years) if whole else (),
        "bearers": _bearers(view, anchor, rows),
        "worth": _worth(view, anchor, rows),
        "soon": _years(view, anchor, ALL, years, SOON),
        "all_years": [_years(view, anchor, who, years) for who in [ALL, *_bearers_of(years)]],
        "components": _components(view, anchor, key),
        "promised": promised(view, anchor, key),
        "promise": _promise(view, key),
        "assumptions": view.rows("economics_assumptions", project=key).get_column("text").drop_nulls().to_list(),
    }


def _bearers_of(years: pl.DataFrame) -> list[str]:
    return [who for who in values(years, "cost_bearer") if who != ALL]


# --- in words ----------------------------------------------------------------------------------------------------


def payback_words(row: Row) -> str:
    """Return the payback with its band in words, or why none can be shown; never an endless number."""
    value = row["simple_payback_years"]
    if text.is_absent(value):
        return text.cannot_assess(row["simple_payback_reason"])
    return f"{text.number(value, 1)} år ({years_band(row, 'simple_payback_years')}, 90{text.NBSP}%-band)"


def years_band(row: Row, name: str) -> str:
    """Return a band of years in words; an end that is never reached says so."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    ends = [NEVER if text.is_absent(end) else f"{text.number(end, 1)}" for end in (low, high)]
    return f"{ends[0]} till {ends[1]}" + ("" if text.is_absent(high) else " år")


def short(view: View, facility: Facility) -> str:
    """Return the facility's calculations in one line each; "" without any."""
    said = []
    rows = view.rows("economics_returns", facility=facility.id, cost_bearer=ALL)
    names = dict(view.rows("projects", facility=facility.id).select("project", "name").iter_rows())
    for row in rows.iter_rows(named=True):
        if parts.is_placebo(view, facility, row["project"]):
            continue
        name = f" {names.get(row['project']) or row['project']}" if rows.height > 1 else ""
        if text.is_absent(row["simple_payback_years"]):
            why = text.sentence(text.why(row["simple_payback_reason"]))
            said.append(f"Projektkalkyl{name}: återbetalning kan inte bedömas. {why}")
        else:
            odds = honesty.sure(row["pays_back_pct"])
            said.append(
                f"Projektkalkyl{name}: investeringen betalar sig på {payback_words(row)}; sannolikhet inom "
                f"{row['horizon_years']} år {odds}."
            )
    return " ".join(said)


def _said(view: View, row: dict[str, Any]) -> tuple[str, ...]:
    unit = view.options.amount_unit
    paid = f"Investeringen är {text.amount(row['investment_sek'], unit)}"
    if row["subsidy_sek"]:
        net = text.amount(row["net_investment_sek"], unit)
        paid += f", varav {text.amount(row['subsidy_sek'], unit)} är bidrag; {net} ska betalas av besparingen"
    back = row["simple_payback_years"]
    if not text.is_absent(back):
        said = f"Återbetalningstiden är {payback_words(row)}."
    else:
        said = (
            f"Återbetalningstid kan inte visas. {text.sentence(text.capital(text.why(row['simple_payback_reason'])))}"
        )
    basis = f"Årsbesparingen är {row['saving_basis']}." if not text.is_absent(row["saving_sek_per_year"]) else ""
    return tuple(filter(None, (f"{paid}.", said, basis)))


def _figures(view: View, row: dict[str, Any]) -> tuple[Figure, ...]:
    """Return the four large figures of the group."""
    within = f"Sannolikhet att den betalar sig inom {row['horizon_years']} år"
    odds, back = honesty.sure(row["pays_back_pct"]), row["simple_payback_years"]
    told = "Utan ränta, återanskaffningarnas förslitning medräknad."
    ends = f"{years_band(row, 'simple_payback_years')} (90{text.NBSP}%-band)"
    return (
        _sek(view, row, "Besparing per år", "saving_sek_per_year", row["saving_reason"]),
        Figure("Återbetalningstid", "", cannot=text.cannot_assess(row["simple_payback_reason"]))
        if text.is_absent(back)
        else Figure("Återbetalningstid", f"{text.number(back, 1)} år", ends),
        _sek(view, row, "Nuvärde", "npv_sek", row["npv_reason"]),
        Figure(within, odds, beside=told)
        if odds
        else Figure(within, "", cannot=text.cannot_assess(row["simple_payback_reason"])),
    )


def _sek(view: View, row: dict[str, Any], label: str, name: str, reason: str | None) -> Figure:
    value, low, high = row[name], row[f"{name}_low"], row[f"{name}_high"]
    if text.is_absent(value):
        return Figure(label, "", cannot=text.cannot_assess(reason))
    unit = view.options.amount_unit
    beside = "Bandet innehåller noll." if honesty.verdict(value, low, high) == "zero" else ""
    return Figure(label, text.amount(value, unit), text.band(low, high, "SEK", unit), beside)


def _promise(view: View, key: str) -> str:
    """Return what was promised where, and whether what was delivered can be told from it."""
    rows = view.rows("promised_delivered", project=key)
    if rows.is_empty():
        return ""
    row = rows.row(0, named=True)
    said = [f"Utlovat i {row['document']}, {text.day(row['promised_on'])}."]
    for unit, basis in rows.select("unit", "price_basis").unique(maintain_order=True).iter_rows():
        mine = rows.filter(pl.col("unit") == unit, pl.col("price_basis").eq_missing(pl.lit(basis)))
        what = "Energi" if unit == "kWh" else f"Kostnad i {text.code('price_basis', basis)}" if basis else "Kostnad"
        said.append(f"{what}: {_verdicts(mine)}")
    return " ".join(said)


def _verdicts(rows: pl.DataFrame) -> str:
    counts = dict(rows.group_by("verdict").len().iter_rows())
    whole, below = counts.get("delivered", 0), counts.get("below", 0)
    if not whole and not below:
        return "om löftet är hållet kan inte avgöras för något år."
    parts = [f"hållet i {whole}", f"inte hållet i {below}", f"kan inte avgöras i {rows.height - whole - below}"]
    return f"{', '.join(parts)} av {text.counted(rows.height, 'år', 'år')}."


# --- charts and tables -------------------------------------------------------------------------------------------


def _charts(view: View, key: str, whole: dict[str, Any], years: pl.DataFrame) -> list[Chart]:
    unit, group = view.options.amount_unit, years.filter(pl.col("cost_bearer") == ALL)
    bars = view.rows("economics_tornado", project=key, cost_bearer=ALL)
    return [
        view.once(lambda name: payback.chart(group, whole, name, unit), "aterbetalning", key),
        view.once(lambda name: tornado.chart(bars, name, unit), "kanslighet", key),
    ]


def _bearers(view: View, anchor: str, rows: pl.DataFrame) -> Table:
    """Return who pays for the project and who saves."""
    kr, word = money(view.options, rows.select("net_investment_sek", "^saving_sek.*$")), view.unit_word
    columns = [
        Col("cost_bearer", "Kostnadsbärare", coded("cost_bearer")),
        Col("net_investment_sek", f"Egen investering ({word})", kr, True),
        Col("saving_sek_per_year", f"Besparing per år ({word})", kr, True),
        band_col("saving_sek_per_year", f"90{text.NBSP}%-band ({word})", kr),
        Col("text", "I ord", of=lambda r: text.tied(text.sentence(r["text"] or text.MISSING)), long=True),
        RECEIPT,
    ]
    return table(
        f"{anchor}-barare",
        "Vem som betalar och vem som sparar",
        rows,
        columns,
        "Ingen kalkyl är gjord.",
        note="Den ene kan betala medan den andre sparar: raden «alla tillsammans» är det projektet ger. Det som bara "
        f"flyttas mellan bärare är ingen besparing. {text.ROUNDING_NOTE}",
    )


def _worth(view: View, anchor: str, rows: pl.DataFrame) -> Table:
    """Return payback, odds, value and return of each cost bearer and of all together."""
    kr, word = money(view.options, rows.select("^npv_sek.*$")), view.unit_word
    columns = [
        Col("cost_bearer", "Kostnadsbärare", coded("cost_bearer")),
        Col("simple_payback_years", "Återbetalningstid", of=_short_payback("simple_payback"), long=True),
        Col("discounted_payback_years", "Med ränta", of=_short_payback("discounted_payback"), long=True),
        Col("pays_back_pct", "Sannolikhet att den betalar sig", lambda v: honesty.sure(v) or "–", True),
        Col("npv_sek", f"Nuvärde ({word})", lambda v: "–" if v is None else kr(v), True),
        band_col("npv_sek", f"90{text.NBSP}%-band ({word})", kr, certain="utan besparing, därför utan band"),
        Col("internal_rate_of_return_pct", "Avkastning, IRR (%)", of=_return, numeric=True),
    ]
    return table(f"{anchor}-lonsamhet", "Lönsamhet", rows, columns, "Ingen kalkyl är gjord.", note=_to_others(rows))


def _to_others(rows: pl.DataFrame) -> str:
    """Return that what one bearer pays for is saved by others, so that its net present value is a cost; or ""."""
    own = rows.filter(pl.col("cost_bearer") != ALL)
    paying = own.filter(pl.col("net_investment_sek") > 0, pl.col("saving_sek_per_year") == 0)
    saving = own.filter(pl.col("saving_sek_per_year").fill_null(0) != 0)
    if paying.is_empty() or saving.is_empty():
        return ""
    payers, savers = (text.listing([str(n) for n in rows.get_column("cost_bearer")]) for rows in (paying, saving))
    return text.tied(
        f"{payers} bär investeringen, men besparingen tillfaller {savers}. Nuvärdet för den som betalar är därför bara "
        f"kostnaden; om projektet som helhet lönar sig står på raden «{text.code('cost_bearer', ALL)}»."
    )


def _short_payback(name: str) -> Any:
    def words(row: Row) -> str:
        if not text.is_absent(row[f"{name}_years"]):
            return f"{text.number(row[f'{name}_years'], 1)} år ({years_band(row, f'{name}_years')})"
        if not row["net_investment_sek"]:
            return "ingen egen investering"
        reason = row[f"{name}_reason"] or text.MISSING
        return "kan inte visas" if "kan inte bedömas" in reason else text.tied(reason)

    return words


def _return(row: Row) -> str:
    value, low, high = (row[f"internal_rate_of_return_pct{end}"] for end in ("", "_low", "_high"))
    if text.is_absent(value):
        return "–"
    ends = [text.number(end, 1) if not text.is_absent(end) else "ingen" for end in (low, high)]
    return text.number(value, 1) if low == high else f"{text.number(value, 1)} ({ends[0]} till {ends[1]})"


def _years(view: View, anchor: str, who: str, years: pl.DataFrame, first: int | None = None) -> Table:
    """Return capital cost, saving and effect on the operating budget by year of one bearer, or of all."""
    rows = years.filter(pl.col("cost_bearer") == who).sort("year")
    kr, word = money(view.options, rows), view.unit_word
    shown = rows.head(first) if first else rows
    columns = [
        Col("year", "År", str),
        Col("is_measured", "Besparingen är", lambda v: "mätt" if v else "antagen"),
        Col("book_value_sek", f"Bokfört värde 1 januari ({word})", kr, True),
        Col("depreciation_sek", f"Avskrivning ({word})", kr, True),
        Col("internal_interest_sek", f"Internränta ({word})", kr, True),
        Col("capital_cost_sek", f"Kapitalkostnad ({word})", kr, True),
        Col("saving_sek", f"Besparing ({word})", kr, True),
        band_col("saving_sek", f"90{text.NBSP}%-band ({word})", kr),
        Col("net_effect_sek", f"Effekt på driftbudgeten ({word})", kr, True),
        band_col("net_effect_sek", f"90{text.NBSP}%-band, effekt ({word})", kr),
        Col("reason", "Kommentar", lambda v: "–" if v is None else text.cannot_assess(v), long=True),
    ]
    name = text.capital(text.code("cost_bearer", who))
    return table(
        text.identifier(anchor, "ar", who, "forst" if first else "alla"),
        f"{name}, år för år" + (f", de första {shown.height} åren" if first and rows.height > first else ""),
        shown,
        columns,
        "Inga år är räknade.",
        note="Effekt på driftbudgeten är besparing minus kapitalkostnad: mer än noll lättar budgeten. Ett mätt år har "
        "den undvikna kostnad det fick; senare år antas ha årsbesparingen. Kapitalkostnad är linjär avskrivning plus "
        f"internränta på bokfört värde vid årets början. {text.ROUNDING_NOTE}",
    )


def _components(view: View, anchor: str, key: str) -> Table:
    rows = view.rows("economics_components", project=key)
    kr, word = money(view.options, rows), view.unit_word
    columns = [
        Col("name", "Komponent", str),
        Col("cost_bearer", "Betald av", str),
        Col("year", "År", str),
        Col("amount_sek", f"Belopp ({word})", kr, True),
        Col("subsidy_sek", f"Bidrag ({word})", kr, True),
        Col("granter", "Bidragsgivare", dash),
        Col("net_investment_sek", f"Att betala ({word})", kr, True),
        Col("lifetime_years", "Livslängd (år)", text.number, True),
        Col("depreciation_sek", f"Avskrivning per år ({word})", kr, True),
    ]
    return table(f"{anchor}-delar", "Investeringen, komponent för komponent", rows, columns, TO_FILL_IN)


def promised(view: View, anchor: str, key: str) -> Table:
    """Return promised against delivered by year, energy and money in units of their own."""
    order = (pl.col("unit") != "kWh", pl.col("price_basis") == "base_year", pl.col("period"))
    rows = view.rows("promised_delivered", project=key).sort(*order, nulls_last=False)
    unit = view.options.amount_unit

    def written(name: str) -> Any:
        return lambda row: text.figure(row[name], row["unit"], unit)

    def ends(row: Row) -> str:
        found = text.band(row["measured_low"], row["measured_high"], row["unit"], unit)
        return found.split(" (")[0] or "–"

    columns = [
        Col("period", "Period", coded("period")),
        Col("unit", "Vad", of=lambda r: "energi" if r["unit"] == "kWh" else "kostnad"),
        Col("price_basis", "Priser", coded_or_dash("price_basis")),
        Col("promised", "Utlovat per år", of=written("promised"), numeric=True),
        Col("measured", "Levererat", of=written("measured"), numeric=True),
        Col("measured_low", f"90{text.NBSP}%-band", of=ends, numeric=True),
        Col("verdict", "Utfall", coded("verdict")),
        Col("text", "I ord", of=lambda r: text.tied(text.sentence(r["text"] or "")), long=True),
        Col("excluded_hours", "Uteslutna timmar", lambda v: text.number(v) if v else "–", True),
    ]
    return table(
        f"{anchor}-utlovat",
        "Utlovat och levererat, år för år",
        rows,
        columns,
        "Ingen besparing är utlovad i [project.economics].",
        note="Energi: köpt energi av alla slag, efter projektets egen el. Kostnad i rapportperiodens priser är vad som "
        "undveks på fakturorna; i basårets priser syns inga prisändringar, och de ligger närmast vad som utlovades. "
        "Uteslutna timmar ger ingen besparing.",
    )
