"""The dictionary of the marts of energy stores: their columns, headings and sheets. Holds no data."""

from __future__ import annotations

from collections.abc import Mapping

# kind -> column and heading
HEADINGS: Mapping[str, str] = {
    "text": """store=Lager|metered_text=Det här mäts|content_text=Så är innehållet räknat
        efficiency_year=Lagerår för verkningsgraden|efficiency_reason=Verkningsgrad, orsak|trend_reason=Trend, orsak
        cop_basis=Värmefaktorn gäller|drift_reason=Värmefaktorns ändring, orsak|worth_text=Så är värdet räknat
        worth_reason=Värde, orsak|balance_reason=Balans, orsak|cop_reason=Värmefaktor, orsak|storage_year=Lagerår
        condition_name=Villkor|spot_class=Elpris|heat_class=Värmepris|outdoor_class=Utetemperatur, klass
        what=Vad som inte kan visas""",
    "code": "store_kind=Lagrets slag|side=Sida",
    "date": "commissioned=I drift sedan|year_from=Lagerår från|year_to=Lagerår till och med",
    "bool": "is_whole=Helt lagerår|is_reference=Referensår|contradicts=Mätare motsäger varandra",
    "percent": """efficiency_pct=Verkningsgrad|corrected_pct=Verkningsgrad, korrigerad för innehållet
        trend_pct_per_year=Verkningsgradens trend per år (procentenheter)|drift_pct=Värmefaktor mot referensen""",
    "number": """cop=Värmefaktor|expected_cop=Värmefaktor enligt referensen|cop_limit=Högsta möjliga värmefaktor
        condition=Villkorets värde|break_even_cop=Värmefaktor där det går jämnt ut|cycles=Cykler
        seasonal_performance=Årsvärmefaktor, hela anläggningen|warming_k_per_year=Lagrets uppvärmning (K/år)
        value_sek_per_mwh=Värde (SEK/MWh)|heat_price_sek_per_mwh=Marginellt värmepris (SEK/MWh)
        electricity_price_sek_per_mwh=Marginellt elpris (SEK/MWh)
        content_drift_kwh_per_year=Balansen driver från temperaturen (kWh/år)""",
    "sek": "value_sek=Värde av urladdningen|electricity_cost_sek=Elens kostnad|net_value_sek=Netto",
    "energy": """capacity_kwh=Användbart innehåll|charged_kwh=Laddat|drawn_kwh=Taget ur lagret
        delivered_kwh=Levererat|electricity_kwh=El|rejected_kwh=Värme som kunde ha laddats|loss_kwh=Förlust
        content_kwh=Innehåll enligt temperaturen|content_balance_kwh=Innehåll enligt balansen
        change_kwh=Ändrat innehåll|imbalance_kwh=Ändrat innehåll över hela lagerår""",
    "degrees": "store_temperature_c=Lagrets temperatur",
}  # fmt: skip
BANDED = ("efficiency_pct", "corrected_pct", "trend_pct_per_year", "drift_pct")
_WORTH = "value_sek* electricity_cost_sek net_value_sek*"
# mart -> (Swedish sheet title, columns in order)
MARTS: Mapping[str, tuple[str, str]] = {
    "storage": ("Lager", "store facility name store_kind commissioned from_month to_month capacity_kwh charged_kwh "
                "drawn_kwh delivered_kwh electricity_kwh efficiency_pct* efficiency_year efficiency_reason "
                "trend_pct_per_year* trend_reason warming_k_per_year imbalance_kwh content_drift_kwh_per_year "
                f"cop_basis cop drift_pct* drift_reason {_WORTH} value_sek_per_mwh worth_text worth_reason "
                "metered_text content_text evidence_key"),
    "storage_monthly": ("Lager per månad", "store facility month charged_kwh drawn_kwh delivered_kwh electricity_kwh "
                        "rejected_kwh loss_kwh content_kwh content_balance_kwh balance_reason cop expected_cop "
                        f"cop_limit cop_reason {_WORTH} value_sek_per_mwh reason evidence_key"),
    "storage_years": ("Lagerår", "store facility storage_year year_from year_to days is_whole charged_kwh drawn_kwh "
                      "change_kwh loss_kwh efficiency_pct* corrected_pct* store_temperature_c seasonal_performance "
                      "cycles reason"),
    "storage_hours": ("Lager, timklasser", "store facility no spot_class heat_class outdoor_class from_month to_month "
                      f"hours delivered_kwh electricity_kwh {_WORTH} heat_price_sek_per_mwh "
                      "electricity_price_sek_per_mwh cop break_even_cop verdict reason"),
    "storage_components": ("Lager per avgiftsdel", "store facility month side component label amount_sek* reason"),
    "storage_limits": ("Lager, vad som saknas", "store facility no level contradicts what message"),
    "storage_daily": ("Lager per dygn", "store facility day content_kwh* content_balance_kwh capacity_kwh "
                      "store_temperature_c charged_kwh drawn_kwh"),
    "storage_cop": ("Lager, värmefaktor per dygn", "store facility day condition_name condition cop expected_cop "
                    "is_reference"),
}  # fmt: skip
