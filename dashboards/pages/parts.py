"""Parts that several pages show: headline figures, words about placebo projects, savings tables, bridges."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards import honesty, text
from dashboards.charts import Chart, bridge
from dashboards.options import AmountUnit
from dashboards.pages.base import RECEIPT, Col, Facility, Row, Table, View, band_col, coded, money, table, values
from dashboards.pages.ways import other_ways

HEADLINES = ("avoided_cost_last_12", "avoided_energy_last_12", "avoided_cost_reporting")
PLACEBO = (
    "Prov av metoden: inget projekt är känt här. Ett påhittat startdatum visar om metoden hittar en besparing där "
    "ingen ska finnas."
)


@dataclass(frozen=True)
class Headline:
    """One of the large figures, written."""

    label: str
    figure: str
    band: str
    beside: str  # what the band allows one to say
    holds_zero: bool
    period: str
    cannot: str
    evidence_key: str


@dataclass(frozen=True)
class ProjectCard:
    """A project with its headline figures and what must be said beside them."""

    id: str
    name: str
    placebo: bool
    headlines: tuple[Headline, ...]
    remarks: tuple[str, ...]


def headline(row: dict[str, Any], view: View, placebo: bool = False) -> Headline:
    """Return one row of the mart `headline`, written."""
    unit, value = str(row["unit"] or ""), row["value"]
    amount_unit = view.options.amount_unit
    known = isinstance(value, float)
    return Headline(
        label=text.code("placebo_key" if placebo and row["key"] in text.CODES["placebo_key"] else "key", row["key"]),
        figure=text.figure(value, unit, amount_unit) if isinstance(value, float) else "–",
        band=text.band(row["low"], row["high"], unit, amount_unit) if known else "",
        beside=f"{honesty.beside(row['value'], row['low'], row['high'], placebo)} {honesty.also(row, placebo)}".strip()
        if known
        else "",
        holds_zero=honesty.verdict(row["value"], row["low"], row["high"]) == "zero",
        period=str(row["period_text"] or ""),
        cannot="" if known else text.cannot_assess(row["reason"]),
        evidence_key=str(row["evidence_key"] or ""),
    )


def project_cards(view: View, facility: Facility) -> list[ProjectCard]:
    """Return the projects of a facility with their headline figures."""
    shown = view.rows("headline", facility=facility.id)
    projects = {r["project"]: r for r in view.rows("projects", facility=facility.id).iter_rows(named=True)}
    cards = []
    for project in dict.fromkeys([*projects, *values(shown, "project")]):
        rows = {r["key"]: r for r in shown.filter(pl.col("project") == project).iter_rows(named=True)}
        known = projects.get(project, {})
        placebo = bool(known.get("placebo")) or facility.placebo_only
        ordered = [rows[k] for k in (*HEADLINES, *sorted(set(rows) - set(HEADLINES))) if k in rows]
        cards.append(
            ProjectCard(
                project,
                project_name(known.get("name") or project, placebo),
                placebo,
                tuple(headline(r, view, placebo) for r in ordered),
                remarks(view, project, placebo),
            )
        )
    return cards


def project_name(name: str, placebo: bool) -> str:
    """Return the project's name; a placebo's without the word that the page writes before it."""
    return (re.sub(r"^(placebo|prov av metoden)\W*", "", name, flags=re.IGNORECASE) or name) if placebo else name


def remarks(view: View, project: str, placebo: bool) -> tuple[str, ...]:
    """Return what must be said beside a project's figures: placebo, zero inside a band, what is measured or missing."""
    said = [PLACEBO] if placebo else []
    totals = view.rows("savings_total", project=project, period="reporting")
    several = totals.get_column("carrier").n_unique() > 2
    shown = totals.filter(pl.lit(several) | (pl.col("carrier") != "all")) if placebo else totals
    for row in shown.drop_nulls("holds_zero").iter_rows(named=True):
        if not placebo and row["carrier"] == "all":
            continue  # the cards say it of all carriers together
        kind = honesty.verdict(*(row[f"avoided_energy_kwh{end}"] for end in ("", "_low", "_high")))
        sentence = zero_sentence(row["carrier"], row["holds_zero"], placebo)
        if kind == "measured":
            name = text.capital(text.code("carrier", row["carrier"]))
            sentence = f"{name}: {honesty.MEASURED}, därför utan band. Bryggan visar hela huvudmätaren."
        said += [sentence] if sentence else []
    said += [] if placebo else _by_carrier(view, project)
    said += _why_wide(view, project)
    said += [] if placebo else other_ways(view, project)
    bad = view.rows("baselines", project=project).drop_nulls("disqualified")
    said += [
        f"{text.capital(text.code('carrier', carrier))}: {text.cannot_assess(why)}"
        for carrier, why in bad.select("carrier", "disqualified").unique(maintain_order=True).iter_rows()
    ]
    return tuple(dict.fromkeys(said))


def _by_carrier(view: View, project: str) -> list[str]:
    """Return what the avoided cost of the last twelve months is made of, where there are several carriers."""
    last = view.rows("savings_total", project=project, period="last_12_months").filter(pl.col("carrier") != "all")
    known = last.drop_nulls("avoided_cost_sek").sort("avoided_cost_sek", descending=True)
    if known.height < 2:
        return []
    unit, parts = view.options.amount_unit, []
    for row in known.iter_rows(named=True):
        value, low, high = (row[f"avoided_cost_sek{end}"] for end in ("", "_low", "_high"))
        ends = f"{text.amount_number(low, unit)} till {text.amount_number(high, unit)}"
        sure = "mätt" if honesty.verdict(value, low, high) == "measured" else ends
        parts.append(f"{text.code('carrier', row['carrier'])} {text.amount(value, unit)} ({sure})")
    return [f"Undviken kostnad, senaste 12 månaderna: {text.listing(parts)}."]


def _why_wide(view: View, project: str) -> list[str]:
    """Return why the bands are wide, where one of the headline figures holds zero."""
    heads = view.rows("headline", project=project).select("value", "low", "high").iter_rows()
    if not any(honesty.verdict(*row) == "zero" for row in heads):
        return []
    drift = view.rows("baselines", project=project).get_column("drift_sd_pct").drop_nulls().max()
    return [honesty.why_wide(drift if isinstance(drift, float) else None)]


def zero_sentence(carrier: str, holds_zero: bool, placebo: bool) -> str:
    """Return in words what it means that the band of avoided energy holds, or does not hold, zero."""
    name = text.capital(text.code("carrier", carrier))
    if placebo and holds_zero:
        return f"{name}: bandet innehåller noll. Metoden ser ingen besparing, och det är rätt när inget har hänt."
    if placebo:
        return (
            f"{name}: bandet innehåller inte noll. Något annat än ett projekt har ändrats, eller så missar modellen "
            "något. Skillnaden är ingen besparing."
        )
    if holds_zero:
        return f"{name}: bandet för undviken energi innehåller noll. Det går inte att säga att något har sparats."
    return ""


def bridges(view: View, facility: Facility) -> list[tuple[str, Chart]]:
    """Return (carrier in words, bridge) of a facility, all carriers together first."""
    rows = view.rows("bridge", facility=facility.id)
    found = []
    for project in values(rows, "project"):
        of_project = rows.filter(pl.col("project") == project)
        for carrier in sorted(drawn(of_project), key=lambda c: (c != "all", c)):
            frame = of_project.filter(pl.col("carrier") == carrier)
            found.append((text.code("carrier", carrier), bridge_chart(view, frame, facility, project, carrier)))
    return found or [("", bridge_chart(view, rows, facility, "", "all"))]


def drawn(rows: pl.DataFrame) -> list[str]:
    """Return the carriers worth a drawing of their own: the sum of one carrier alone is that carrier again."""
    carriers = values(rows, "carrier")
    return [c for c in carriers if c != "all"] if len(carriers) == 2 and "all" in carriers else carriers


def bridge_chart(view: View, frame: pl.DataFrame, facility: Facility, project: str, carrier: str) -> Chart:
    """Return one bridge, drawn once however many pages show it."""
    placebo = is_placebo(view, facility, project)
    gap = _gap(view, facility, frame)
    return view.once(
        lambda key: bridge.chart(frame, key, view.options.amount_unit, placebo, gap),
        "brygga",
        facility.id,
        project,
        carrier,
    )


def _gap(view: View, facility: Facility, frame: pl.DataFrame) -> str:
    """Return why there is no bridge, as near its cause as the marts tell: the first month without a known cost."""
    if frame.is_empty():
        return view.not_assessed(facility.id)
    first, last = frame.get_column("base_from").min(), frame.get_column("reporting_to").max()
    gaps = view.rows("monthly_cost", facility=facility.id).filter(
        pl.col("amount_sek").is_null(), pl.col("reason").is_not_null(), pl.col("month").is_between(first, last)
    )
    if not frame.get_column("amount_sek").null_count() or gaps.is_empty():
        return ""
    row = gaps.sort("month").row(0, named=True)
    return text.sentence(f"{text.month(row['month'])} går inte att prissätta: {row['reason']}")


def step_word(step: str, placebo: bool) -> str:
    """Return the word of a step of the bridge; without a known project the step is called what it is."""
    return bridge.names(placebo).get(step, step)


def is_placebo(view: View, facility: Facility, project: str) -> bool:
    """Return True where no project is known and its result only tests the method."""
    return facility.placebo_only or bool(view.rows("projects", project=project, placebo=True).height)


def only_placebo(view: View, facility: Facility) -> bool:
    """Return True where every project of a facility only tests the method."""
    projects = view.rows("projects", facility=facility.id).get_column("placebo").fill_null(False)
    return facility.placebo_only or (len(projects) > 0 and bool(projects.all()))


def difference(view: View, facility: Facility, word: str) -> str:
    """Return the word for what was saved; where no project is known nothing was, and it is a difference."""
    return "Skillnad mot baslinjen" if only_placebo(view, facility) else word


def without(view: View, facility: Facility) -> str:
    """Return the heading of the cost of the adjusted baseline."""
    return "Enligt baslinjen" if only_placebo(view, facility) else "Utan projektet"


def savings_columns(view: View, frame: pl.DataFrame, facility: Facility) -> list[Col]:
    """Return the columns that every savings table has."""
    kr, word = money(view.options, frame), view.unit_word
    mwh, band = text.mwh, f"90{text.NBSP}%-band"
    return [
        Col("metered_kwh", "Uppmätt (MWh)", mwh, True),
        Col("adjusted_baseline_kwh", "Justerad baslinje (MWh)", mwh, True),
        Col("avoided_energy_kwh", f"{difference(view, facility, 'Undviken energi')} (MWh)", mwh, True),
        band_col("avoided_energy_kwh", f"{band} (MWh)", mwh),
        Col("actual_cost_sek", f"Verklig kostnad ({word})", kr, True),
        Col("adjusted_baseline_cost_sek", f"{without(view, facility)} ({word})", kr, True),
        Col("avoided_cost_sek", f"{difference(view, facility, 'Undviken kostnad')} ({word})", kr, True),
        band_col("avoided_cost_sek", f"{band} ({word})", kr),
        Col("reason", "Kommentar", long=True, of=remark),
        RECEIPT,
    ]


def remark(row: Row) -> str:
    """Return why there is no figure, or what the figure leaves out."""
    if row["reason"]:
        return text.cannot_assess(row["reason"])
    return text.capital(row["excludes"]) if row["excludes"] else "–"


def totals_table(view: View, facility: Facility) -> Table:
    """Return the savings of every project, carrier and period of a facility, the latest twelve months first."""
    frame = view.rows("savings_total", facility=facility.id).join(
        view.marts["projects"].select("project", project_name="name"), on="project", how="left", maintain_order="left"
    )
    frame = by_period(frame.with_columns(pl.coalesce("project_name", "project")))
    several = frame.get_column("project").n_unique() > 1
    lead = [
        Col("period", "Period", coded("period")),
        Col("carrier", "Energislag", coded("carrier")),
        *([Col("project_name", "Projekt", str)] if several else []),
    ]
    tail = [Col("avoided_pct", "Andel (%)", lambda v: "–" if v is None else text.number(v, 1), True)]
    columns = savings_columns(view, frame, facility)
    return table(
        f"{facility.anchor}-besparing",
        f"{difference(view, facility, 'Besparing')} per period, {facility.name}",
        frame,
        lead + columns[:-2] + tail + columns[-2:],
        "Ingen besparing är bedömd.",
        sortable=True,
        note=_totals_note(frame, only_placebo(view, facility)),
    )


def _totals_note(frame: pl.DataFrame, placebo: bool) -> str:
    said = "Negativ betyder att mer användes än " + ("baslinjen. " if placebo else "utan projektet. ")
    exact = frame.filter(
        pl.col("avoided_energy_kwh") == pl.col("avoided_energy_kwh_low"),
        pl.col("avoided_energy_kwh") == pl.col("avoided_energy_kwh_high"),
    )
    said += f"Mätt betyder {honesty.MEASURED}: där finns inget band. " if exact.height else ""
    return said + text.ROUNDING_NOTE


def by_period(frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows with the latest twelve months first, then the whole period, then the years, newest first."""
    order = pl.col("period").replace_strict({"last_12_months": 0, "reporting": 1}, default=2)
    year = pl.col("period").cast(pl.Int64, strict=False).fill_null(0)
    return frame.sort(order, -year, maintain_order=True)


def saving(row: dict[str, Any], unit: AmountUnit) -> str:
    """Return what a measure is worth and how often."""
    worth = text.amount(row["saving_sek_per_year"], unit)
    return f"{worth}, en gång" if row["one_off"] else f"{worth} per år"


def saving_band(row: dict[str, Any], unit: AmountUnit) -> str:
    """Return the band of a measure; "" where the amount is known to the öre."""
    low, high = row["saving_sek_per_year_low"], row["saving_sek_per_year_high"]
    return "" if low == high else text.band(low, high, "SEK", unit)
