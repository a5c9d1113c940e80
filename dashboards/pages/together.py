"""What the measures of a facility are worth together: the marginal list, in which nothing is counted twice."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboards import text
from dashboards.options import AmountUnit
from dashboards.pages.base import Col, Facility, Table, View, band_col, coded, count, dash, money, plain, table

LONGEST_YEARS = 15  # to pay back: more outlasts much of what is installed, and stands after what pays sooner
_NOT_NEXT = ("senare", "pågår")  # decided on, and not what to decide or begin next


def marginal(view: View, facility: Facility) -> Table:
    """Return the marginal list, the measure that adds most at each step first."""
    rows = view.rows("measures_combined", facility=facility.id).sort("rank")
    kr, word = money(view.options, rows), view.unit_word
    columns = [
        Col("rank", "Steg", count, True),
        Col("title", "Åtgärd", plain, long=True, href=lambda r: f"#{text.identifier('atgard', r['measure_key'])}"),
        Col("marginal_sek_per_year", f"Tillkommer ({word}/år)", kr, True),
        Col("cumulative_sek_per_year", f"Tillsammans ({word}/år)", kr, True),
        band_col("cumulative_sek_per_year", f"90{text.NBSP}%-band ({word})", kr, "känt belopp"),
        Col("separate_sek_per_year", f"Var för sig, summa ({word}/år)", kr, True),
        Col("cost_class", "Kostnad", coded("cost_class")),
        Col("reason", "Anmärkning", dash),
    ]
    return table(
        f"{facility.anchor}-tillsammans",
        "Åtgärderna tillsammans",
        rows,
        columns,
        "Inga åtgärder att räkna ihop.",
        fine=True,
        note=_note(view, rows),
    )


def _note(view: View, rows: pl.DataFrame) -> str:
    if rows.is_empty():
        return ""
    last, unit = rows.row(rows.height - 1, named=True), view.options.amount_unit
    if last["cumulative_sek_per_year"] is None:
        return text.sentence(last["reason"] or "")
    whole, parts = (text.amount(last[f"{name}_sek_per_year"], unit) for name in ("cumulative", "separate"))
    return (
        f"Varje steg är den åtgärd som ger mest utöver dem ovanför, räknat genom att köra om räkningarna med alla deras"
        f" verkningar i följd. Tillsammans {whole} per år; {_apart(last, whole, parts)}.{_more(rows, unit)}"
        " Banden läggs ihop som om osäkerheterna följdes åt, eftersom åtgärder delar antaganden:"
        " summans band kan vara för brett men inte av det skälet för smalt."
        " Belopp som kommer en gång ingår inte, och inte heller åtgärder som är beslutade till senare; det som pågår"
        " eller är genomfört räknas som redan gjort."
    )


def _apart(last: dict[str, Any], whole: str, parts: str) -> str:
    """Return what the measures sum to one by one, and why that is another sum where it is the larger."""
    if whole == parts:
        return "var för sig summerar de till lika mycket"
    overlap = last["separate_sek_per_year"] > last["cumulative_sek_per_year"]
    why = ", för att de delvis gäller samma kilowattimmar" if overlap else ""
    return f"var för sig hade de summerat till {parts}{why}"


def _more(rows: pl.DataFrame, unit: AmountUnit) -> str:
    """Return a sentence on the steps that add more than the measure gives alone; "" where none is seen to."""
    alone = pl.col("separate_sek_per_year").diff().fill_null(pl.col("separate_sek_per_year"))
    known = rows.with_columns(alone=alone).drop_nulls(["marginal_sek_per_year", "alone"])
    told = [
        f"{row['title']} ({added} mot {own})"
        for row in known.filter(pl.col("marginal_sek_per_year") > pl.col("alone")).iter_rows(named=True)
        for added, own in [[text.amount(row[c], unit) for c in ("marginal_sek_per_year", "alone")]]
        if added != own
    ]
    return f" Mer efter de andra än var för sig ger {text.listing(told)}." if told else ""


def to_decide(measures: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the mart measures that have an amount and are to be decided on or begun."""
    return measures.drop_nulls("saving_sek_per_year").filter(
        ~pl.col("is_quiet").fill_null(value=False),  # decided against, or done
        ~pl.col("status").is_in(_NOT_NEXT),
    )


def actions(view: View, facility: Facility, most: int) -> pl.DataFrame:
    """Return the measures most worth doing next, each with what it adds to those before it; what comes once last.

    The columns are those of the mart measures, with the amounts of the marginal list. Where there is no such list, the
    measures with the most money, one by one; where a decision has made its amounts void, only the one with the most
    of those that save every year, for such amounts overlap.
    """
    measures = to_decide(view.rows("measures", facility=facility.id))
    steps = view.rows("measures_combined", facility=facility.id).drop_nulls("marginal_sek_per_year")
    if steps.is_empty():
        if _is_void(view, facility):
            comes_once = pl.col("one_off").fill_null(value=False)
            yearly = measures.filter(~comes_once).sort("saving_sek_per_year", "measure_key", descending=[True, False])
            return pl.concat([yearly.head(1), measures.filter(comes_once).sort("rank", "measure_key")]).head(most)
        return measures.sort("rank", "measure_key", nulls_last=True).head(most)
    amounts = [
        pl.col(f"marginal_sek_per_year{end}").alias(f"saving_sek_per_year{end}") for end in ("", "_low", "_high")
    ]
    # its energy is told for the measure alone, and energy overlaps as money does
    beside = measures.drop("saving_sek_per_year", "saving_sek_per_year_low", "saving_sek_per_year_high").with_columns(
        saving_kwh_per_year=pl.lit(None, pl.Float64)
    )
    stepped = beside.join(steps.select("measure_key", *amounts), on="measure_key").filter(
        pl.col("saving_sek_per_year") > 0
    )
    once = measures.filter(pl.col("one_off")).select(stepped.columns)
    slow = pl.col("assumed_cost_sek").fill_null(0.0) > LONGEST_YEARS * pl.col("saving_sek_per_year")
    # as the mart ranks them, but for those that hardly pay back beside the ones before them
    order = [pl.col("one_off").fill_null(value=False), slow, "saving_sek_per_year", "measure_key"]
    return pl.concat([stepped, once]).sort(order, descending=[False, False, True, False]).head(most)


def is_known(view: View, facility: Facility) -> bool:
    """Return whether what the measures give together is known, so that `actions` tells what each adds."""
    steps = view.rows("measures_combined", facility=facility.id)
    return not steps.drop_nulls("marginal_sek_per_year").is_empty()


def _is_void(view: View, facility: Facility) -> bool:
    """Return whether there is a marginal list, but a decision since has made its amounts void."""
    return not view.rows("measures_combined", facility=facility.id).is_empty() and not is_known(view, facility)


def note(view: View, facility: Facility) -> str:
    """Return how the amounts of `actions` are to be read."""
    if _is_void(view, facility):
        return (
            "Av det som sparar varje år visas bara den största åtgärden: vad de ger tillsammans räknas om vid nästa"
            f" månadskörning.{_left_out(view, facility)}"
        )
    if not is_known(view, facility):
        return f"Beloppen är räknade var för sig och får inte läggas ihop.{_left_out(view, facility)}"
    return (
        "Varje belopp är vad åtgärden ger utöver dem före den: samma kilowattimme räknas inte två gånger. Det som med"
        f" antagen kostnad betalar sig först efter {LONGEST_YEARS} år står efter det som betalar sig snabbare."
        f"{_left_out(view, facility)}"
    )


def _left_out(view: View, facility: Facility) -> str:
    """Return how many measures are put off or under way, and so not among those to do next; "" where none is."""
    rows = view.rows("measures", facility=facility.id).drop_nulls("saving_sek_per_year")
    counts = [(rows.filter(pl.col("status") == stage).height, stage) for stage in _NOT_NEXT]
    words = {"senare": "är beslutad till senare", "pågår": "pågår redan"}
    told = [f"{number} {words[stage]}" for number, stage in counts if number]
    return f" Utanför listan: {text.listing(told)}." if told else ""
