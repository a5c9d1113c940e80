"""The words of page furniture in Swedish and English: menus, headings, banners. Other words live in text.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

_WORDS: Mapping[str, tuple[str, str]] = {
    "skip": ("Hoppa till innehållet", "Skip to content"),
    "menu": ("Sidor", "Pages"),
    "overview": ("Översikt", "Overview"),
    "economy": ("Ekonomi", "Economy"),
    "facility": ("Anläggning", "Facility"),
    "measures": ("Åtgärder", "Measures"),
    "quality": ("Datakvalitet", "Data quality"),
    "about": ("Om siffrorna", "About the figures"),
    "synthetic": ("Syntetiska data", "Synthetic data"),
    "synthetic_text": (
        "Anläggningen är påhittad. Inga siffror här gäller en verklig byggnad.",
        "The facility is made up. No figure here describes a real building.",
    ),
    "swedish_content": ("", "Menus and headings are in English; tables, findings and sentences are in Swedish."),
    "show_table": ("Visa siffrorna som tabell", "Show the figures as a table"),
    "evidence": ("Kvitto", "Receipt"),
    "on_page": ("På sidan", "On this page"),
    "workbook": ("Arbetsbok (Excel)", "Workbook (Excel)"),
    "letter": ("Månadsbrev (PDF)", "Letter (PDF)"),
    "bridge": ("Från före till efter", "From before to after"),
    "best_measures": ("Mest att spara härnäst", "What to save next"),
    "freshness": ("Hur färska är siffrorna?", "How fresh are the figures?"),
    "facilities": ("Anläggningar", "Facilities"),
    "cost": ("Kostnad per månad", "Cost per month"),
    "savings": ("Uppmätt mot baslinjen", "Metered against the baseline"),
    "placebo_monthly": ("Skillnad mot baslinjen per månad", "Difference from the baseline by month"),
    "placebo_cusum": ("Skillnad mot baslinjen, summerad", "Difference from the baseline, cumulative"),
    "savings_monthly": ("Besparing per månad", "Savings per month"),
    "invoice_check": ("Fakturakontroll", "Invoice check"),
    "invoice_lines": ("Fakturarader", "Invoice lines"),
    "invoices": ("Fakturor", "Invoices"),
    "restatements": ("Siffror som skulle ändras", "Figures that would change"),
    "silent": ("Regler som inte gav något förslag, och varför", "Rules without a proposal, and why"),
    "absent": ("Visas inte", "Not shown"),
    "common_findings": ("Iakttagelser som inte hör till en anläggning", "Findings of no single facility"),
    "signature": ("Energisignatur", "Energy signature"),
    "heatmap": ("Dygnets timmar, dag för dag", "Hour by hour, day by day"),
    "duration": ("Varaktighet", "Load duration"),
    "return": ("Returtemperatur", "Return temperature"),
    "cusum": ("Summerad undviken energi", "Cumulative avoided energy"),
    "peaks": ("De dyraste topparna", "The costliest peaks"),
    "events": ("Händelser", "Events"),
    "coverage": ("Täckning per mätare och månad", "Coverage by meter and month"),
    "files": ("Filer", "Files"),
    "findings": ("Iakttagelser", "Findings"),
    "definitions": ("Definitioner", "Definitions"),
    "method": ("Så räknas det", "Method"),
    "baseline_card": ("Baslinjen", "The baseline"),
    "plan": ("Projekt och mätplan", "Project and measurement plan"),
    "versions": ("Versioner", "Versions"),
    "receipts": ("Följ en siffra bakåt", "Trace a figure"),
    "accessibility": ("Tillgänglighetsredogörelse", "Accessibility statement"),
}


def words(language: Literal["sv", "en"]) -> dict[str, str]:
    """Return every furniture word in one language."""
    return {key: pair[0 if language == "sv" else 1] for key, pair in _WORDS.items()}
