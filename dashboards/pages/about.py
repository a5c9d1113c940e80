"""Om siffrorna: definitions, method, the baseline card, versions, receipts, accessibility."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from dashboards import text
from dashboards.pages.base import Col, Facility, Table, View, coded, dash, table
from dashboards.pages.parts import PLACEBO, project_name

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
        "Gränserna som nio av tio siffror väntas ligga inom, om åren varierar som i de byggnader modellen prövats på.",
    ),
    (
        "Kapitalkostnad",
        "Linjär avskrivning per komponent, efter bidrag, plus internränta på det bokförda värdet vid årets början. "
        "Internräntan är kommunens egen eller SKR:s förslag för året.",
    ),
    (
        "Återbetalningstid",
        "Tiden från första hela driftårets början tills besparingarna har täckt inköpen och förslitningen av det som "
        "köps på nytt. Visas inte när besparingens band innehåller noll; då visas bara sannolikheten.",
    ),
    (
        "Nuvärde",
        "Alla besparingar minus alla inköp, omräknade med kalkylräntan till årsskiftet före första hela driftåret.",
    ),
    (
        "Förbrukningsmånad",
        "Månaden då energin användes. Besparingar följer den, och utfallet per anläggning, energislag och avgiftsdel.",
    ),
    (
        "Bokföringsperiod",
        "Månaden då fakturan ställdes ut eller kostnaden bokfördes. Utfallet per konto och kostnadsställe följer den.",
    ),
    ("Avvikelse från budget", "Utfall minus budget: mer än noll är dyrare än budget."),
    (
        "Uppskattat utfall",
        "En månad som har varit men vars fakturor inte har kommit: räknad från mätarna med gällande prislista.",
    ),
    (
        "Prognos",
        "Årets månader hittills och de återstående räknade med baslinjen på många års väder, genom prislistan. Bandet "
        "rymmer vädret och modellens osäkerhet, inte att priser ändras.",
    ),
    ("Periodisering", "Kostnad för använd energi vars faktura inte har kommit när månaden stängs. Den återförs sedan."),
    (
        "Debiteringsgrund",
        "Den mängd som priset gäller: energi, effekt, flöde eller temperatur så som prislistan räknar den.",
    ),
    (
        "Bandet innehåller noll",
        "Siffran kan bero på vanlig variation mellan åren. Den får inte sägas vara en besparing.",
    ),
    (
        "Mätt med egen mätare",
        "Energi som projektet självt använder. Den är mätt och prissatt på marginalen, som räkningen med mätaren mot "
        "räkningen utan den. Inget är modellerat, så det finns inget band.",
    ),
    (
        "Stängd månad",
        "Månadens siffror är låsta vid dem den stängdes med. Vad en ny körning skulle ändra visas under Ekonomi.",
    ),
    ("CV(RMSE) och NMBE", "Modellens spridning och medelfel mot uppmätta värden, i procent av medelvärdet."),
    ("Normaltid", "Klockan UTC+1 året om. Månader och debiteringsdygn räknas i den; öppettider i lokal tid."),
    ("Data saknas", "Värdet finns inte eller kan inte bedömas. Det är aldrig detsamma som noll."),
)
OPEN_YEAR = 2099  # settings write a reporting period without end as ending 2100-01-01
OPTIONS = {
    "A": "A, nyckelparametrar mäts vid projektet",
    "B": "B, allt mäts vid projektet",
    "C": "C, hela anläggningens mätare",
    "D": "D, kalibrerad simulering",
}
METHOD = (
    "Varje fil sparas orörd. Mätvärden och fakturor läses till en gemensam form, och rader som inte går att läsa "
    "avvisas med orsak.",
    "Kostnaden räknas om från mätarna med den prislista som gällde, avgiftsdel för avgiftsdel. "
    "Inget räknas med medelpris.",
    "Baslinjen anpassas till basperioden med utetemperatur, tid på veckan, värmetröghet och driftkalender. En modell "
    "som inte klarar sina krav ger ingen siffra, utan texten «Kan inte bedömas» och orsaken.",
    "Bryggan räknar om hela fakturan för varje kombination av orsaker, och varje orsak får medelvärdet över alla "
    "ordningar. Orsakerna summerar exakt till skillnaden, och det oförklarade visas alltid.",
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
        "tried": tried(view, facility),
        "placebos": _placebos(view, facility),
    }


def _plan(view: View, row: dict[str, Any]) -> dict[str, Any]:
    base = text.span(row["baseline_from"], _last_day(row["baseline_to"]))
    until = _last_day(row["reporting_to"])
    report = f"från {text.day(row['reporting_from'])}, tills vidare"
    if until and until.year < OPEN_YEAR:
        report = text.span(row["reporting_from"], until)
    facts = [
        ("IPMVP-alternativ", OPTIONS.get(row["ipmvp_option"], row["ipmvp_option"] or text.MISSING)),
        ("Basperiod", base),
        ("Rapportperiod", report),
        ("Mätgräns", row["boundary_text"] or text.MISSING),
        ("Statiska faktorer", row["static_factors"] or text.MISSING),
        ("Prisbas", text.code("price_basis", row["price_basis"])),
        ("Investering", text.amount(row["investment_sek"], view.options.amount_unit)),
    ]
    return {
        "name": project_name(row["name"] or row["project"], bool(row["placebo"])),
        "placebo": bool(row["placebo"]),
        "facts": facts,
    }


def _last_day(day: date | None) -> date | None:
    """Return the last day of a period of which the settings give the day after."""
    return None if day is None else day - timedelta(days=1)


def _baselines(view: View, facility: Facility) -> Table:
    rows = view.rows("baselines", facility=facility.id)
    columns = [
        Col("carrier", "Energislag", coded("carrier")),
        Col("target", "Storhet", coded("quantity_name")),
        Col("metering_point", "Mätpunkt", dash),
        Col(
            "disqualified",
            "Krav",
            long=rows.get_column("disqualified").null_count() < rows.height,
            write=lambda v: "klarar kraven" if v is None else text.cannot_assess(v),
            mark=lambda v: "good" if v is None else "bad",
        ),
        Col("drift_sd_pct", "Variation mellan år, std (%)", lambda v: text.number(v, 1), True),
        Col("cvrmse_daily_pct", "CV(RMSE) dygn (%)", lambda v: text.number(v, 1), True),
        Col("trained_from", "Anpassad från", text.day),
        Col("trained_to", "till", text.day),
        Col("hours", "Timmar", text.number, True),
        Col("days", "Dygn", text.number, True),
        Col("lag_h", "Tröghet (h)", lambda v: text.number(v, 0), True),
        Col("cvrmse_hourly_pct", "CV(RMSE) timme (%)", lambda v: text.number(v, 1), True),
        Col("nmbe_pct", "NMBE (%)", lambda v: text.number(v, 2), True),
        Col("extrapolation", "Extrapolering", coded("extrapolation")),
        Col("frozen_version", "Fryst version", dash, True),
        Col("frozen_on", "Fryst den", text.day),
        Col("frozen_why", "Skäl", dash, long=True),
        Col("decided_by", "Beslutat av", dash),
        Col("version", "Modell", dash),
        Col("input_hash", "Indata (hash)", dash, key=True),
    ]
    return table(
        f"{facility.anchor}-baslinjer",
        f"Baslinjer, {facility.name}",
        rows,
        columns,
        "Ingen baslinje är anpassad.",
        note="Variation mellan år: hur mycket en byggnads energianvändning brukar ändras från ett år till nästa utan "
        "något projekt, som standardavvikelse. Den ingår i bandet. En baslinje anpassas en gång och fryses; en ny "
        "version görs bara efter beslut, med «energibok rebaseline».",
    )


def tried(view: View, facility: Facility) -> list[str]:
    """Return a sentence per boundary meter: how its bands did on fictitious project dates before the project."""
    said = []
    rows = view.rows("placebos", facility=facility.id)
    for (carrier, point, kind), mine in rows.group_by("carrier", "metering_point", "placebo_kind", maintain_order=True):
        error = mine.get_column("placebo_error_pct").abs().median()
        often = f"bandet höll i {int(mine.get_column('held').sum())} av {mine.height}"
        missed = f", och felet var i median {text.percent(error, 1)}" if isinstance(error, float) else ""
        name = f"{text.capital(text.code('carrier', str(carrier)))} ({point})"
        if kind == "years":
            said.append(f"{name}: modellen prövad på {text.counted(mine.height, 'fiktivt', 'fiktiva')} projektdatum "
                        f"före projektet: {often}{missed}.")  # fmt: skip
        else:
            said.append(f"{name}: historiken räcker inte till ett år före och ett halvt efter ett fiktivt datum. "
                        f"Modellen är i stället prövad på utelämnade sträckor om fyra veckor: {often}{missed}. "
                        "Det prövar modellen, inte ändringen mellan år.")  # fmt: skip
    return said


def _placebos(view: View, facility: Facility) -> Table:
    columns = [
        Col("carrier", "Energislag", coded("carrier")),
        Col("metering_point", "Mätpunkt", dash),
        Col("placebo_kind", "Prov", coded("placebo_kind")),
        Col("period_start", "Jämfört från", text.day),
        Col("period_end", "till", text.day),
        Col("metered_kwh", "Uppmätt (kWh)", text.number, True),
        Col("predicted_kwh", "Beräknat (kWh)", text.number, True),
        Col("predicted_kwh_low", "från", text.number, True),
        Col("predicted_kwh_high", "till", text.number, True),
        Col("placebo_error_pct", "Beräknat minus mätt (%)", lambda v: text.number(v, 1), True),
        Col("held", "Bandet höll", lambda v: "ja" if v else "nej", mark=lambda v: "good" if v else "bad"),
    ]
    return table(
        f"{facility.anchor}-fiktiva",
        f"Fiktiva projektdatum, {facility.name}",
        view.rows("placebos", facility=facility.id),
        columns,
        "Inget fiktivt projektdatum kunde prövas.",
        note="Före projektet fanns inget att spara. Därför ska bandet för det beräknade hålla det uppmätta, nio "
        "gånger av tio. Sträckorna överlappar varandra, så de är inte oberoende prov.",
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
