"""Parts that several pages show: headline figures, words about placebo projects, savings tables, bridges."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from dashboards import text
from dashboards.charts import Chart, bridge
from dashboards.pages.base import RECEIPT, Col, Facility, Table, View, coded, money, table, values

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


def headline(row: dict[str, object], view: View) -> Headline:
    """Return one row of the mart `headline`, written."""
    unit, value = str(row["unit"] or ""), row["value"]
    amount_unit = view.options.amount_unit
    known = isinstance(value, float)
    return Headline(
        label=text.code("key", row["key"]),
        figure=text.figure(value, unit, amount_unit) if isinstance(value, float) else "–",
        band=text.band(row["low"], row["high"], unit, amount_unit) if known else "",  # type: ignore[arg-type]
        period=str(row["period_text"] or ""),
        cannot="" if known else text.cannot_assess(row["reason"]),  # type: ignore[arg-type]
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
                known.get("name") or project,
                placebo,
                tuple(headline(r, view) for r in ordered),
                remarks(view, project, placebo),
            )
        )
    return cards


def remarks(view: View, project: str, placebo: bool) -> tuple[str, ...]:
    """Return what must be said beside a project's figures: placebo, zero inside the band, what cannot be assessed."""
    said = [PLACEBO] if placebo else []
    totals = view.rows("savings_total", project=project, period="reporting")
    for row in totals.drop_nulls("holds_zero").iter_rows(named=True):
        sentence = zero_sentence(row["carrier"], row["holds_zero"], placebo)
        said += [sentence] if sentence else []
    bad = view.rows("baselines", project=project).drop_nulls("disqualified")
    said += [
        f"{text.capital(text.code('carrier', carrier))}: {text.cannot_assess(why)}"
        for carrier, why in bad.select("carrier", "disqualified").unique(maintain_order=True).iter_rows()
    ]
    return tuple(dict.fromkeys(said))


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
        for carrier in sorted(values(of_project, "carrier"), key=lambda c: (c != "all", c)):
            frame = of_project.filter(pl.col("carrier") == carrier)
            found.append((text.code("carrier", carrier), bridge_chart(view, frame, facility, project, carrier)))
    return found or [("", bridge_chart(view, rows, facility, "", "all"))]


def bridge_chart(view: View, frame: pl.DataFrame, facility: Facility, project: str, carrier: str) -> Chart:
    """Return one bridge, drawn once however many pages show it."""
    placebo = is_placebo(view, facility, project)
    return view.once(
        lambda key: bridge.chart(frame, key, view.options.amount_unit, placebo),
        "brygga",
        facility.id,
        project,
        carrier,
    )


def is_placebo(view: View, facility: Facility, project: str) -> bool:
    """Return True where no project is known and its result only tests the method."""
    return facility.placebo_only or bool(view.rows("projects", project=project, placebo=True).height)


def savings_columns(view: View) -> list[Col]:
    """Return the columns that every savings table has."""
    kr, word = money(view.options), view.unit_word
    mwh = text.mwh
    return [
        Col("metered_kwh", "Uppmätt (MWh)", mwh, True),
        Col("adjusted_baseline_kwh", "Justerad baslinje (MWh)", mwh, True),
        Col("avoided_energy_kwh", "Undviken energi (MWh)", mwh, True),
        Col("avoided_energy_kwh_low", "undre gräns", mwh, True),
        Col("avoided_energy_kwh_high", "övre gräns", mwh, True),
        Col("actual_cost_sek", f"Verklig kostnad ({word})", kr, True),
        Col("adjusted_baseline_cost_sek", f"Utan projektet ({word})", kr, True),
        Col("avoided_cost_sek", f"Undviken kostnad ({word})", kr, True),
        Col("avoided_cost_sek_low", "undre gräns", kr, True),
        Col("avoided_cost_sek_high", "övre gräns", kr, True),
        Col("reason", "Kommentar", lambda v: "–" if v is None else text.cannot_assess(v)),
        RECEIPT,
    ]


def totals_table(view: View, facility: Facility) -> Table:
    """Return the savings of every project, carrier and period of a facility."""
    frame = view.rows("savings_total", facility=facility.id).join(
        view.marts["projects"].select("project", project_name="name"), on="project", how="left", maintain_order="left"
    )
    frame = frame.with_columns(pl.coalesce("project_name", "project"))
    several = frame.get_column("project").n_unique() > 1
    lead = [
        Col("period", "Period", coded("period")),
        Col("carrier", "Energislag", coded("carrier")),
        *([Col("project_name", "Projekt", str)] if several else []),
    ]
    tail = [Col("avoided_pct", "Andel (%)", lambda v: text.number(v, 1), True)]
    return table(
        f"{facility.anchor}-besparing",
        f"Besparing per period, {facility.name}",
        frame,
        lead + savings_columns(view)[:-2] + tail + savings_columns(view)[-2:],
        "Ingen besparing är bedömd.",
        sortable=True,
        note=f"Gränserna är 90{text.NBSP}%-bandet. Negativ undviken energi betyder att mer användes än utan "
        f"projektet. {text.ROUNDING_NOTE}",
    )
