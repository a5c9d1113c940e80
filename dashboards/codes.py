"""The Swedish word of every code that a mart, a source or a rule uses, by the name of the column it stands in."""

from __future__ import annotations

from collections.abc import Mapping

_QUANTITIES = {
    "energy_kwh": "energi", "volume_m3": "volym", "supply_m3c": "framledning, m³·°C", "return_m3c": "retur, m³·°C",
    "supply_temperature_c": "framledningstemperatur", "return_temperature_c": "returtemperatur",
    "power_kw": "effekt", "air_temperature_c": "utetemperatur",
}  # fmt: skip

CODES: Mapping[str, Mapping[str, str]] = {
    "carrier": {
        "district_heating": "fjärrvärme", "electricity": "el", "rejected_heat": "bortkyld värme",
        "store_heat": "värme från lagret", "other": "övrigt", "all": "alla energislag",
    },
    "component": {
        "fixed": "fast avgift", "energy": "energiavgift", "demand": "effektavgift", "flow": "flödesavgift",
        "return_temperature": "returtemperatur", "reactive": "reaktiv effekt", "overrun": "överuttag",
        "tax": "energiskatt", "other": "övrigt",
    },
    "determinant": {
        "fixed": "fast", "billed_energy_kwh": "debiterad energi", "billed_power_kw": "debiterad effekt",
        "billed_high_load_power_kw": "debiterad effekt, höglasttid", "billed_flow_m3": "debiterat flöde",
        "return_temperature_mwh_c": "energi gånger returtemperaturens avvikelse",
        "billed_reactive_kvar": "debiterad reaktiv effekt",
    },
    "contract_kind": {"heat": "fjärrvärme", "grid": "elnät", "retail": "elhandel"},
    "verdict": {
        "agrees": "stämmer", "differs": "avviker", "missing_invoice": "faktura saknas",
        "not_recomputed": "kan inte räknas om",
    },
    "level": {"info": "upplysning", "warning": "varning", "error": "fel"},
    "status": {
        "loaded": "inläst", "quarantined": "i karantän", "unknown": "okänd källa",
        "known": "redan inläst", "withdrawn": "återtagen", "replaced": "läst på nytt", "skipped": "inte läst",
        "förslag": "förslag",
        "measured": "mätt", "manual": "avläst för hand", "derived": "härledd", "interpolated": "interpolerad",
        "estimated": "uppskattad", "suspect": "misstänkt", "missing": "saknas", "invalid": "ogiltig",
    },
    "period": {
        "reporting": "hela rapportperioden", "last_12_months": "senaste 12 månaderna", "before": "före",
        "after": "efter",
    },
    "step": {
        "before": "Före", "price": "Pris och prislista", "weather": "Väder", "operations": "Drift och öppettider",
        "project": "Energiprojektet", "rest": "Rest (oförklarat)", "after": "Efter",
    },
    "phase": {"before": "före", "implementation": "genomförande", "after": "efter", "excluded": "utesluten"},
    "quantity_name": _QUANTITIES,
    "quantity": _QUANTITIES,
    "target": _QUANTITIES,
    "extrapolation": {"in_range": "inom erfarenheten", "moderate": "måttlig", "severe": "stark"},
    "point_kind": {
        "supply_temperature_c": "framledningstemperatur", "return_temperature_c": "returtemperatur",
        "indoor_temperature_c": "rumstemperatur", "outdoor_temperature_c": "utetemperatur",
        "humidity_pct": "luftfuktighet", "co2_ppm": "koldioxid", "status": "driftläge", "set_point_c": "börvärde",
        "pressure_pa": "tryck", "valve_pct": "ventilläge", "flow_m3_h": "flöde", "power_kw": "effekt",
        "other": "övrigt",
    },
    "kind": {
        "ice_season": "issäsong", "open": "öppet", "closed": "stängt", "non_routine": "avvikande händelse",
        "project": "projekt", "note": "anteckning",
    },
    "treatment": {"exclude": "utesluts", "indicator": "egen förklaringsvariabel"},
    "key": {
        "avoided_cost_last_12": "Undviken kostnad, senaste 12 månaderna",
        "avoided_energy_last_12": "Undviken energi, senaste 12 månaderna",
        "avoided_cost_reporting": "Undviken kostnad sedan starten",
    },
    # where no project is known, nothing has been avoided
    "placebo_key": {
        "avoided_cost_last_12": "Kostnad: baslinje minus verklig, senaste 12 månaderna",
        "avoided_energy_last_12": "Energi: baslinje minus uppmätt, senaste 12 månaderna",
        "avoided_cost_reporting": "Kostnad: baslinje minus verklig sedan provdatumet",
    },
    "confidence": {"hög": "hög", "medel": "medel", "låg": "låg"},
    "price_basis": {"reporting_period": "rapportperiodens priser", "base_year": "basårets priser"},
    "document_type": {"380": "faktura", "381": "kreditfaktura", "invoice": "faktura", "credit_note": "kreditfaktura"},
    "unit": {"SEK": "kr", "m3": "m³", "h": "timmar"},
    "source": {
        "bookings": "Bokningar", "opening_hours": "Öppettider", "budget": "Budget", "trends": "Trender ur styrsystem",
        "measure_decisions": "Beslut om åtgärder",
        "peppol": "faktura (Peppol)", "smhi": "väder (SMHI)", "entsoe_portal": "elpris (ENTSO-E)",
        "ecb": "växelkurs (ECB)", "events": "händelser", "spot_parquet": "elpris (Parquet)",
        "meter_parquet": "mätvärden (Parquet)", "delimited": "mätvärden (avgränsad text)",
    },
    "clock": {
        "UTC": "UTC", "Etc/GMT-1": "normaltid (UTC+1)", "Europe/Stockholm": "svensk lokal tid",
    },
    "measure": {
        "metered_kwh": "uppmätt energi (kWh)", "adjusted_baseline_kwh": "justerad baslinje (kWh)",
        "avoided_energy_kwh": "undviken energi (kWh)", "actual_cost_sek": "verklig kostnad (kr)",
        "adjusted_baseline_cost_sek": "kostnad utan projektet (kr)", "avoided_cost_sek": "undviken kostnad (kr)",
        "amount_sek": "belopp (kr)",
    },
    "measure_id": {
        "billed_heat_power": "Debiterad fjärrvärmeeffekt", "closed_hours_base_load": "Last när det är stängt",
        "duplicate_invoice": "Dubbla fakturor", "heat_bought_while_rejecting": "Värme köps medan värme kyls bort",
        "high_return_temperature": "Returtemperatur",
    },
    "rule": {
        "file_without_facility": "okänd anläggning i fil", "opening_hours_conflict": "olika öppettider",
        "budget_conflict": "olika budget", "unknown_measure": "beslut utan åtgärd", "unknown_point": "okänd punkt",
        "point_unit": "punktens enhet", "booking_past_midnight": "bokning över midnatt",
        "budget_rows_without_values": "budgetrader utan värden", "measures_undecided": "åtgärder utan beslut",
        "owner_is_person": "ansvarig är en person", "hidden_cell": "dold cell",
        "missing_facility": "anläggning saknas", "unknown_weekday": "okänd veckodag",
        "closed_with_hours": "stängt med tider", "bad_date": "fel datum", "bad_month": "fel månad",
        "bad_year": "fel år", "bad_number": "fel antal", "key_twice": "samma rad två gånger",
        "no_value": "rad utan värde", "missing_version": "version saknas", "missing_key": "nyckel saknas",
        "missing_decision": "beslut saknas", "missing_date": "datum saknas", "unknown_decision": "okänt beslut",
        "unknown_carrier": "okänt energislag", "unknown_component": "okänd avgiftsdel",
        "missing_point": "punkt saknas",
        "conflicting_values": "olika värden för samma tid", "implausible_value": "orimligt värde",
        "invoice_conflict": "faktura med två belopp", "invoice_unmatched": "faktura utan avtal",
        "file_delivered_twice": "fil levererad två gånger", "event_without_facility": "händelse utan anläggning",
        "weather_missing": "väder saknas", "values_missing": "mätvärden saknas", "undecided": "obeslutad händelse",
        "month_not_there": "månaden finns inte än", "bill_not_computed": "räkning kan inte göras",
        "ambiguous_time": "tvetydig tid", "amount_missing": "belopp saknas", "bad_interval": "fel intervall",
        "bad_time": "oläslig tid", "clock_dst_rows": "sommartid i filen", "decimal_sign": "decimaltecken",
        "facility_not_assessed": "anläggningen bedöms inte", "file_quarantined": "fil i karantän",
        "file_unknown": "okänd fil", "half_open_period": "period utan slut", "header_amount": "belopp i huvudet",
        "header_date": "datum i huvudet", "header_sum": "summan i huvudet", "line_amount": "radens belopp",
        "line_currency": "radens valuta", "line_id_duplicate": "radnummer två gånger",
        "line_id_missing": "radnummer saknas", "missing_meter": "mätare saknas", "missing_prices": "priser saknas",
        "missing_value": "värde saknas", "no_final_newline": "filen slutar mitt i en rad", "no_rows": "inga rader",
        "nonexistent_time": "tid som inte finns", "not_a_number": "inget tal", "org_number_check":
        "organisationsnummer", "payable_sum": "summa att betala", "period_days": "periodens dagar",
        "period_missing": "period saknas", "period_reversed": "period baklänges", "price_gaps": "hål i priserna",
        "quantity_missing": "mängd saknas", "ragged_row": "fel antal kolumner",
        "reading_difference": "mätarställningar", "register_backwards": "mätaren går bakåt",
        "rows_left_out": "rader som inte läses", "station_moved": "stationen har flyttats",
        "truncated_row": "avklippt rad", "unclassified_line": "rad utan avgiftsdel",
        "unknown_metering_point": "okänd mätpunkt", "unknown_quality": "okänd kvalitetskod",
        "unknown_status": "okänd status", "unknown_unit": "okänd enhet", "weather_interpolated": "ifyllt väder",
        "wrong_currency": "fel valuta", "register_gap": "uppehåll mellan ställningar",
        "register_replaced": "mätarbyte", "register_rollover": "räkneverket har slagit runt",
        "unit_suspect": "misstänkt enhet", "off_the_hour": "värden över timskiften", "file_withdrawn": "återtagen fil",
    },
}  # fmt: skip
RULE_PREFIXES: Mapping[str, str] = {"measure_silent_": "åtgärdsregel utan förslag", "not_assessed_": "bedöms inte"}
