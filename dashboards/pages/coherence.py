"""How the large figures of a project hang together: what each measures, and whether they contradict each other.

The avoided cost of the headline, the project's step in the bridge and the net of the store answer three questions, over
other periods and boundaries; each is taken from its mart as it stands there, none is computed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards import honesty, text
from dashboards.options import AmountUnit
from dashboards.pages import dispatch, parts, year
from dashboards.pages.base import Facility, Row, View

TITLE = "Så hänger siffrorna ihop"
_USE = (
    "Undviken kostnad svarar på vad projektet har gett, bryggan på varför kostnaden blev en annan, lagrets netto på om "
    "driften av lagret lönar sig. De läggs aldrig ihop."
)
_AVOIDED = (
    "Köpt energi mot vad baslinjen väntar i samma väder, båda genom prislistorna.{metered} Allt annat som har ändrats "
    "i byggnaden följer med, därav bandet."
)
_BRIDGE = (
    "Projektets del av skillnaden mellan {before} och {after} (minus är lägre kostnad), vägd över båda periodernas "
    "priser och väder och räknad på hela huvudmätarna. Oförklarat, {unexplained}, står för sig."
)
_STORE = (
    "Det lagret levererade, mätt, mot vad det hade kostat att köpa i samma timmar, minus elen till lagret. Inget annat "
    "i byggnaden räknas."
)


@dataclass(frozen=True)
class Figure:
    """One figure beside the others: its saving [SEK] with bounds, written, what it measures and where it stands."""

    label: str
    figure: str
    band: str
    measures: str
    href: str
    sek: float
    low: float | None = None
    high: float | None = None


def block(view: View, facility: Facility) -> dict[str, Any] | None:
    """Return the title, the figures and the sentences of the block; None with less than two figures to compare."""
    found = figures(view, facility)
    if len(found) < 2:
        return None
    said = [_contradiction(found), *_unknown(view, facility), _USE, _levels(view, facility)]
    said += _operations(view, facility)
    return {"title": TITLE, "figures": found, "said": [text.tied(s) for s in said if s]}


def sentence(view: View, facility: Facility) -> str:
    """Return the block in one sentence, for the letter; "" where there is no block."""
    found = figures(view, facility)
    if len(found) < 2:
        return ""
    listed = text.listing([f"{one.label[:1].lower()}{one.label[1:]} {one.figure}" for one in found])
    return f"{text.capital(listed)} mäter olika saker och läggs inte ihop: se «{TITLE}» på Översikt."


def figures(view: View, facility: Facility) -> list[Figure]:
    """Return the figures of the facility's project; none where it has no project of its own or several."""
    projects = view.rows("projects", facility=facility.id)
    if projects.height != 1 or parts.only_placebo(view, facility):
        return []
    project = projects.get_column("project").item()
    found = [_avoided(view, facility, project), _bridge(view, facility, project), *_stores(view, facility)]
    return [one for one in found if one is not None] if found[0] is not None else []


def _avoided(view: View, facility: Facility, project: str) -> Figure | None:
    rows = view.rows("headline", project=project, key="avoided_cost_last_12").drop_nulls("value")
    if rows.is_empty():
        return None
    row, unit = rows.row(0, named=True), view.options.amount_unit
    return Figure(
        label="Undviken kostnad",
        figure=text.amount(row["value"], unit),
        band=text.band(row["low"], row["high"], "SEK", unit),
        measures=_AVOIDED.format(metered=_metered(view, project)),
        href=f"ekonomi.html#{facility.anchor}",
        sek=row["value"],
        low=row["low"],
        high=row["high"],
    )


def _metered(view: View, project: str) -> str:
    """Return which carriers stand in the avoided cost as metered at the project's own meters."""
    last = view.rows("savings_total", project=project, period="last_12_months").filter(pl.col("carrier") != "all")
    names = [
        text.code("carrier", row["carrier"])
        for row in last.iter_rows(named=True)
        if honesty.verdict(*(row[f"avoided_cost_sek{end}"] for end in ("", "_low", "_high"))) == "measured"
    ]
    return f" {text.capital(text.listing(names))} är mätt med projektets egen mätare." if names else ""


def _bridge(view: View, facility: Facility, project: str) -> Figure | None:
    rows = view.rows("bridge", project=project)
    carrier = next(iter(sorted(parts.drawn(rows), key=lambda c: (c != "all", c))), "all")
    steps = {r["step"]: r for r in rows.filter(pl.col("carrier") == carrier).iter_rows(named=True)}
    row, unit = steps.get("project"), view.options.amount_unit
    if row is None or row["amount_sek"] is None:
        return None
    left = steps.get("unexplained", {}).get("amount_sek")
    return Figure(
        label="Energiprojektet i bryggan",
        figure=text.amount(row["amount_sek"], unit, sign=True),
        band=text.band(row["amount_sek_low"], row["amount_sek_high"], "SEK", unit),
        measures=_BRIDGE.format(
            before=_span(row, "base"), after=_span(row, "reporting"), unexplained=text.amount(left, unit, sign=True)
        ),
        href=f"ekonomi.html#{facility.anchor}",
        sek=-row["amount_sek"],
    )


def _span(row: Row, part: str) -> str:
    first, last = row[f"{part}_from"], row[f"{part}_to"]
    return (
        str(first.year)
        if (first.month, last.month, first.year) == (1, 12, last.year)
        else f"{text.month(first)} till {text.month(last)}"
    )


def _stores(view: View, facility: Facility) -> list[Figure]:
    unit = view.options.amount_unit
    rows = view.rows("storage", facility=facility.id).drop_nulls(["store", "net_value_sek"])
    return [
        Figure(
            label="Lagrets netto" if rows.height == 1 else f"Netto, {row['name'] or row['store']}",
            figure=text.amount(row["net_value_sek"], unit),
            band=_ends(row, unit),
            measures=_STORE,
            href=f"lagret.html#{text.identifier('lager', row['store'])}",
            sek=row["net_value_sek"],
        )
        for row in rows.iter_rows(named=True)
    ]


def _ends(row: Row, unit: AmountUnit) -> str:
    """Return the ends of a store's net, which hold readings of the return and no chance: no band of 90 %."""
    low, high = row["net_value_sek_low"], row["net_value_sek_high"]
    if low is None or high is None or low == high:
        return ""
    return f"{text.amount(low, unit)} till {text.amount(high, unit)} beroende på returen utan lagret"


def _unknown(view: View, facility: Facility) -> list[str]:
    """Return of each store without a net why it has none, with the numbers of the reason."""
    rows = view.rows("storage", facility=facility.id).drop_nulls("store").filter(pl.col("net_value_sek").is_null())
    return [
        text.sentence(f"Netto, {row['name'] or row['store']}: kan inte bedömas: {text.why(row['worth_reason'])}")
        for row in rows.drop_nulls("worth_reason").iter_rows(named=True)
    ]


def _contradiction(found: list[Figure]) -> str:
    """Return whether the band of the avoided cost holds the other figures."""
    first, others = found[0], found[1:]
    if first.low is None or first.high is None:
        return ""
    outside = [one.label for one in others if not first.low <= one.sek <= first.high]
    if not outside:
        which = "båda de andra" if len(others) == 2 else "den andra" if len(others) == 1 else "de andra"
        return f"De motsäger inte varandra: bandet kring undviken kostnad rymmer {which}."
    verb = "ligger utanför bandet kring undviken kostnad"
    return f"{text.capital(text.listing([o[:1].lower() + o[1:] for o in outside]))} {verb}: de mäter inte samma sak."


def _operations(view: View, facility: Facility) -> list[str]:
    """Return why the year costs another sum on the page of the store, for each store of which that is so."""
    keys = view.rows("storage", facility=facility.id).drop_nulls("store").get_column("store").to_list()
    told = [said for key in keys if (said := dispatch.as_if_repeated(view, key))]
    return [f"På Lagret: {said[:1].lower()}{said[1:]}" for said in told]


def _levels(view: View, facility: Facility) -> str:
    """Return why the year's outcome and the last level of the bridge differ, where both are of the same year."""
    found = year.of(view, facility)
    after = view.rows("bridge", facility=facility.id, step="after", carrier="all").drop_nulls("amount_sek")
    whole = None if found is None else found.forecast
    if whole is None or whole["forecast_sek"] is None or not year.is_over(whole) or after.is_empty():
        return ""
    row, unit = after.row(0, named=True), view.options.amount_unit
    if _span(row, "reporting") != str(whole["year"]) or round(row["amount_sek"] - whole["forecast_sek"]) == 0:
        return ""
    paid = view.rows("bridge_paid", facility=facility.id, comparison="base", carrier="all", step="one_off")
    once = paid.get_column("amount_sek").drop_nulls()
    kept = f"engångsposter ({text.amount(once[0], unit, sign=True)}), " if len(once) and round(once[0]) else ""
    spent, recomputed = text.amount(whole["forecast_sek"], unit), text.amount(row["amount_sek"], unit)
    return (
        f"Helåret {spent} är fakturerat, och räknat från mätarna där faktura saknas; bryggans sista stapel, "
        f"{recomputed}, är alla räkningar omräknade ur mätarna. Skillnaden är {kept}fel på fakturor och mätare utanför "
        "projektet."
    )
