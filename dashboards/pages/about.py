"""Om siffrorna: definitions, method, the baseline card, versions, receipts, accessibility."""

from __future__ import annotations

from typing import Any

from dashboards import text
from dashboards.pages.base import Col, Facility, Table, View, coded, dash, table
from dashboards.pages.parts import PLACEBO

DEFINITIONS = (
    ("Justerad baslinje", "Den energi anläggningen hade använt utan projektet, med rapportperiodens väder och drift."),
    ("Undviken energi", "Justerad baslinje minus uppmätt energi. Negativ när mer användes än utan projektet."),
    (
        "Undviken kostnad",
        "Skillnaden mellan två hela fakturor: en räknad på den justerade baslinjen, en på uppmätt last. "
        "Båda går genom samma prislista, med energi, effekt, flöde, returtemperatur och skatt.",
    ),
    (
        "90 %-band",
        "Gränserna som den sanna siffran ligger mellan med 90 procents sannolikhet, enligt modellens egna fel.",
    ),
    ("Förbrukningsmånad", "Månaden då energin användes. Besparingar följer den."),
    ("Bokföringsperiod", "Månaden då fakturan ställdes ut. Budgetutfall följer den."),
    (
        "Debiteringsgrund",
        "Den mängd som priset gäller: energi, effekt, flöde eller temperatur så som prislistan räknar den.",
    ),
    ("CV(RMSE) och NMBE", "Modellens spridning och medelfel mot uppmätta värden, i procent av medelvärdet."),
    ("Normaltid", "Klockan UTC+1 året om. Månader och debiteringsdygn räknas i den; öppettider i lokal tid."),
    ("Data saknas", "Värdet finns inte eller kan inte bedömas. Det är aldrig detsamma som noll."),
)
METHOD = (
    "Varje fil sparas orörd. Mätvärden och fakturor läses till en gemensam form, och rader som inte går att läsa "
    "avvisas med orsak.",
    "Kostnaden räknas om från mätarna med den prislista som gällde, avgiftsdel för avgiftsdel. "
    "Inget räknas med medelpris.",
    "Baslinjen anpassas till basperioden med utetemperatur, tid på veckan, värmetröghet och driftkalender. En modell "
    "som inte klarar sina krav ger ingen siffra, utan texten «Kan inte bedömas» och orsaken.",
    "Bryggan räknar om fakturan steg för steg i den ordning som visas. Stegen summerar exakt till skillnaden, och "
    "resten visas alltid.",
    "Alla belopp är exklusive moms.",
)


def context(view: View) -> dict[str, Any]:
    """Return what the template of the page needs."""
    return {
        "definitions": DEFINITIONS,
        "method": METHOD,
        "placebo": PLACEBO,
        "sections": [_section(view, facility) for facility in view.facilities()],
        "publication": _publication(view),
    }


def _section(view: View, facility: Facility) -> dict[str, Any]:
    projects = view.rows("projects", facility=facility.id)
    return {
        "facility": facility,
        "projects": [_plan(view, row) for row in projects.iter_rows(named=True)],
        "baselines": _baselines(view, facility),
    }


def _plan(view: View, row: dict[str, Any]) -> dict[str, Any]:
    until = text.day(row["reporting_to"]) if row["reporting_to"] else "tills vidare"
    basis = {"reporting_period": "rapportperiodens priser", "base_year": "basårets priser"}
    facts = [
        ("IPMVP-alternativ", row["ipmvp_option"] or text.MISSING),
        ("Basperiod", text.span(row["baseline_from"], row["baseline_to"])),
        ("Rapportperiod", f"{text.day(row['reporting_from'])} och {until}"),
        ("Mätgräns", row["boundary_text"] or text.MISSING),
        ("Statiska faktorer", row["static_factors"] or text.MISSING),
        ("Prisbas", basis.get(row["price_basis"], row["price_basis"] or text.MISSING)),
        ("Investering", text.amount(row["investment_sek"], view.options.amount_unit)),
    ]
    return {"name": row["name"] or row["project"], "placebo": bool(row["placebo"]), "facts": facts}


def _baselines(view: View, facility: Facility) -> Table:
    columns = [
        Col("carrier", "Energislag", coded("carrier")),
        Col("target", "Storhet", coded("quantity_name")),
        Col("metering_point", "Mätpunkt", dash),
        Col("trained_from", "Anpassad från", text.day),
        Col("trained_to", "till", text.day),
        Col("hours", "Timmar", text.number, True),
        Col("days", "Dygn", text.number, True),
        Col("lag_h", "Tröghet (h)", lambda v: text.number(v, 0), True),
        Col("cvrmse_daily_pct", "CV(RMSE) dygn (%)", lambda v: text.number(v, 1), True),
        Col("cvrmse_hourly_pct", "CV(RMSE) timme (%)", lambda v: text.number(v, 1), True),
        Col("nmbe_pct", "NMBE (%)", lambda v: text.number(v, 2), True),
        Col("drift_sd_pct", "Drift, std (%)", lambda v: text.number(v, 1), True),
        Col("extrapolation", "Extrapolering", coded("extrapolation")),
        Col(
            "disqualified",
            "Krav",
            long=True,
            write=lambda v: "klarar kraven" if v is None else text.cannot_assess(v),
            mark=lambda v: "good" if v is None else "bad",
        ),
        Col("version", "Modell", dash),
        Col("input_hash", "Indata (hash)", dash, key=True),
    ]
    return table(
        f"{facility.anchor}-baslinjer",
        f"Baslinjer, {facility.name}",
        view.rows("baselines", facility=facility.id),
        columns,
        "Ingen baslinje är anpassad.",
    )


def _publication(view: View) -> list[tuple[str, str]]:
    rows = view.marts["publication"]
    if rows.is_empty():
        return []
    row = rows.row(0, named=True)
    return [
        ("Program", f"Energibok {row['version'] or ''}".strip()),
        ("Körning", row["run_id"] or text.MISSING),
        ("Publicerad", row["published_at"] or text.MISSING),
        ("Data till och med", text.day(row["data_to"])),
        ("Stängda månader", text.number(row["months_closed"])),
        ("Hem", row["home_name"] or text.MISSING),
    ]
