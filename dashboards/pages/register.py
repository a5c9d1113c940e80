"""The register of measures on the page Åtgärder: promised, done and verified apart, and every measure by its stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards import text
from dashboards.charts import Chart, measure
from dashboards.pages.base import Col, Facility, Row, Table, View, coded, dash, plain, table

GO = ("do", "underway", "done")
JUDGED = ("confirmed", "partly", "not_confirmed")
MARKS = {"returned": "warn", "declined": "none", "unjudged": "none", "gone": "none"}
NEVER = "Utlovat, genomfört och verifierat är tre olika siffror: de läggs aldrig ihop."
SHARED = (
    "Där flera beslutade åtgärder gäller samma mätare räknas bara den största, så att inget räknas två gånger; "
    "i det genomförda bara den största av de genomförda, så det behöver inte vara en del av det utlovade. "
    "Bandet för det verifierade är summans: åtgärderna läggs ihop dragning för dragning, så att det som rör dem "
    "tillsammans, som vädret, också gör det i summan."
)


@dataclass(frozen=True)
class Figure:
    """One of the three figures: its word, the amount a year, the band or "", and what it holds."""

    label: str
    figure: str
    band: str
    about: str


def figures(view: View, facility: Facility) -> list[Figure]:
    """Return promised, done and verified, each by itself; none where nothing is decided."""
    rows = view.rows("measure_register", facility=facility.id)
    decided = rows.filter(pl.col("decision").is_in(GO))
    if decided.is_empty():
        return []
    yearly = decided.filter(~pl.col("one_off").fill_null(False))
    done = yearly.filter(pl.col("decision") == "done")
    judged = done.filter(pl.col("verdict").is_in(JUDGED))
    verified, band = _verified_together(view, facility, judged)
    unknown = done.filter(pl.col("verdict") == "not_assessed").height
    left = done.height - judged.height - unknown
    counts = [text.counted(judged.height, "bedömd", "bedömda")] if judged.height else []
    counts += [text.counted(left, "väntar på utfall", "väntar på utfall")] if left else []
    counts += [text.counted(unknown, "kan inte bedömas", "kan inte bedömas")] if unknown else []
    counts += [came] if (came := _came_back(view, rows)) else []
    promises = f"{text.counted(yearly.height, 'beslutad', 'beslutade')}{_once(view, decided)}"
    kept = f"{text.counted(done.height, 'genomförd', 'genomförda')}, som de lovades, räknat för sig"
    return [
        Figure("Utlovat", _worth(view, yearly), "", promises),
        Figure("Genomfört", _worth(view, done), "", kept),
        Figure("Verifierat", verified, band, ", ".join(counts) or "ingen är genomförd"),
    ]


def _verified_together(view: View, facility: Facility, judged: pl.DataFrame) -> tuple[str, str]:
    """Return what those with a verdict saved together a year, and its band: that of the sum, never the summed ends."""
    if judged.is_empty():
        return "inget än", ""
    unit = view.options.amount_unit
    known = view.rows("measure_verified", facility=facility.id).drop_nulls("verified_sek_per_year")
    rows = known if known.height else judged
    figure = f"{text.amount(float(rows['verified_sek_per_year'].sum()), unit)} per år"
    if rows.height > 1:  # decided on since the last run: their sum has no band until it is worked out again
        return figure, ""
    low, high = (rows[f"verified_sek_per_year_{end}"].item() for end in ("low", "high"))
    return figure, text.band(low, high, "SEK", unit)


def _once(view: View, decided: pl.DataFrame) -> str:
    """Return what was decided on that comes back once, apart from the sum a year."""
    once = decided.filter(pl.col("one_off").fill_null(False)).drop_nulls("promised_sek_per_year")
    if once.is_empty():
        return ""
    amount = text.amount(float(once["promised_sek_per_year"].sum()), view.options.amount_unit)
    return f" och {text.counted(once.height, 'engångsbelopp', 'engångsbelopp')} för sig ({amount})"


def _came_back(view: View, rows: pl.DataFrame) -> str:
    """Return what has come back once, credited or corrected."""
    came = rows.filter(pl.col("one_off").fill_null(False)).drop_nulls("verified_sek")
    if came.is_empty():
        return ""
    return f"{text.amount(float(came['verified_sek'].sum()), view.options.amount_unit)} tillbaka en gång, för sig"


def _worth(view: View, rows: pl.DataFrame) -> str:
    """Return what was promised a year [SEK], of each meter the largest only."""
    if rows["promised_sek_per_year"].null_count() == rows.height:
        return text.MISSING
    meter = pl.coalesce("metering_point", "measure_key")
    largest = rows.group_by(meter).agg(pl.col("promised_sek_per_year").max())
    return f"{text.amount(float(largest['promised_sek_per_year'].sum()), view.options.amount_unit)} per år"


def short(view: View, facility: Facility) -> str:
    """Return the three figures in one line, for the overview and the letter; "" where nothing is decided."""
    found = figures(view, facility)
    said = "; ".join(
        f"{one.label.lower()} {one.figure}{f', {one.band}' if one.band else ''}, {one.about}" for one in found
    )
    return f"Beslutade åtgärder: {said}." if said else ""


def by_stage(view: View, facility: Facility) -> Table:
    """Return what has become of measures, by stage; proposals without a decision are counted, and listed elsewhere."""
    known = view.rows("measure_register", facility=facility.id)
    waits = (pl.col("stage") == "candidate") & pl.col("decision").is_null()
    rows = known.filter(~waits.fill_null(False))
    waiting = known.height - rows.height
    unit = view.options.amount_unit

    def worth(column: str) -> Any:
        return lambda r: _amount(r, column, unit)

    word = view.unit_word
    columns = [
        Col("title", "Åtgärd", plain, long=True),
        Col("stage", "Läge", coded("stage"), mark=lambda v: MARKS.get(v, "none")),
        Col("latest_sek_per_year", f"Värde nu ({word}/år)", of=worth("latest_sek_per_year"), numeric=True),
        Col("promised_sek_per_year", f"Utlovat ({word}/år)", of=worth("promised_sek_per_year"), numeric=True),
        Col("verified_sek_per_year", f"Verifierat ({word}/år)", of=lambda r: _verified(r, unit), numeric=True),
        Col("decided_on", "Beslut", of=_decided, long=True),
        Col("stage_note", "Om läget", dash, long=True),
    ]
    listed = f"{text.counted(waiting, 'förslag utan beslut', 'förslag utan beslut')} står ovan. " if waiting else ""
    empty = f"Ingen åtgärd är beslutad än. {listed}".strip()
    return table(f"{facility.anchor}-register", f"Register, {facility.name}", rows, columns,
                 empty, fine=True, note=f"{listed}{NEVER} {SHARED}")  # fmt: skip


def _amount(row: Row, column: str, unit: Any) -> str:
    once = " en gång" if row["one_off"] else ""
    return "–" if row[column] is None else f"{text.amount_number(row[column], unit)}{once}"


def _verified(row: Row, unit: Any) -> str:
    if row["verdict"] is None:
        return "–"
    word = text.code("verdict", row["verdict"])
    if row["one_off"] and row["verified_sek"] is not None:
        return f"{text.amount_number(row['verified_sek'], unit)} en gång ({word})"
    if row["verified_sek_per_year"] is None:
        return word
    return f"{text.amount_number(row['verified_sek_per_year'], unit)} ({word})"


def _decided(row: Row) -> str:
    if row["decision"] is None:
        return "–"
    by = f", {row['owner_role']}" if row["owner_role"] else ""
    why = f": {row['note']}" if row["note"] else ""
    start = f" Från {text.day(row['start_on'])}." if row["start_on"] else ""
    return text.capital(f"{text.code('decision', row['decision'])} {text.day(row['decided_on'])}{by}{why}.{start}")


def verification(view: View, facility: Facility) -> list[dict[str, str]]:
    """Return what is known of each measure that is done: the verdict in words, the periods, what it overlaps."""
    rows = view.rows("measure_verification", facility=facility.id)
    return [
        {
            "title": r["title"] or "",
            "text": text.tied(r["text"] or text.MISSING),
            "period": _period(r),
            "overlaps": text.tied(r["overlaps"] or ""),
            "evidence_key": r["evidence_key"] or "",
        }
        for r in rows.iter_rows(named=True)
    ]


def _period(row: Row) -> str:
    if row["from_month"] is None or row["trained_from"] is None:
        return ""
    fit = f"Baslinje {text.day(row['trained_from'])} till {text.day(row['trained_to'])}"
    return f"{fit}, mätt {text.month(row['from_month'])} till {text.month(row['to_month'])}."


def facts(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Return who can act, what it costs and takes, how it will be seen to work, and what is known of it elsewhere."""
    told = (
        ("Vem", row["actor"]),
        ("Kostnad", cost(row)),
        ("Svårighet", row["difficulty"] and text.code("difficulty", row["difficulty"])),
        ("Så verifieras den", row["verification"]),
        ("Om läget", row["stage_note"]),
        ("På annat håll", row["dismissed_elsewhere"]),
    )
    return [(word, text.tied(text.capital(said))) for word, said in told if said]


def cost(row: Row) -> str:
    """Return the class of a measure's cost and what is assumed of it until there is a quotation; "" where none is."""
    if not row["cost_class"]:
        return ""
    told, assumed = text.code("cost_class", row["cost_class"]), row["assumed_cost_sek"]
    if not assumed:
        return told
    amount, saved = f"{told}, antaget {text.number(assumed / 1000)} tkr", row["saving_sek_per_year"]
    return f"{amount}, intjänat på {_years(assumed / saved)}" if saved and saved > 0 else amount


def _years(years: float) -> str:
    return text.counted(round(years), "år", "år") if years >= 1.5 else "ett år" if years >= 0.75 else "ett halvår"


def picture(view: View, row: dict[str, Any]) -> Chart | None:
    """Return the picture of a measure, None where its rule draws none."""
    found = measure.chart(row, view.rows("measure_series", measure_key=row["measure_key"]))
    return None if found.missing else found
