"""Lagret: what the energy store holds and loses, how its heat pump does, when it pays, and what cannot be told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from dashboards import text
from dashboards.charts import store as pictures
from dashboards.pages import dispatch
from dashboards.pages.base import Col, Facility, Row, Table, View, coded, dash, money, plain, table
from energy.model import Band
from energy.storage.doubt import one_sided

MARKS = {"pays": "good", "does_not_pay": "bad", "uncertain": "warn", "standby": "none", "unknown": "none"}
# boundaries H1 to H4: Zottl, Nordman and Miara (2012), SEPEMO-Build D4.2, §3
FACTORS = (
    "Tre värmefaktorer finns på sidan, och de skiljs av vad som räknas in. Värmepumpens är dess värme per dess el, "
    "utan laddningens pumpar. Anläggningens årsvärmefaktor är all levererad värme, även den som går direkt, per all "
    "el. Levererat per el är detsamma, men bara i de timmar som raden gäller. Enligt SEPEMO är gränsen H1 med bara "
    "kompressorn på elmätaren, H2 med källans pump, H3 med tillsatsvärme och H4 med värmesidans pumpar: vilken det är "
    "avgörs av vad som sitter på lagrets elmätare, så jämför med andra först när det är känt."
)
NONE = (
    "Inget energilager är beskrivet. Lägg till [[store]] i energibok.toml med de mätare som finns (charge, discharge, "
    "electricity) och kör «energibok monthly»."
)


def context(view: View) -> dict[str, Any]:
    """Return what the template of the page needs."""
    return {"sections": [_section(view, facility) for facility in view.facilities()], "none": NONE}


def _section(view: View, facility: Facility) -> dict[str, Any]:
    stores = view.rows("storage", facility=facility.id).drop_nulls("store")
    return {"facility": facility, "stores": [_store(view, row) for row in stores.iter_rows(named=True)]}


def _store(view: View, row: dict[str, Any]) -> dict[str, Any]:
    key = row["store"]
    months, anchor = view.rows("storage_monthly", store=key), text.identifier("lager", key)
    return {
        "anchor": anchor,
        "name": row["name"] or key,
        "said": [text.tied(s) for s in _said(view, row)],
        "figures": _figures(view, row),
        "key": row["evidence_key"] or "",
        "charts": _charts(view, row, months),
        "hours": _hours(view, anchor, key),
        "dispatch": dispatch.part(view, key, anchor),
        "years": _years(view, anchor, key),
        "months": _months(view, anchor, months),
        "how": [text.tied(s) for s in _how(row)],
        "limits": [
            (text.capital(r["what"] or ""), text.tied(text.sentence(text.capital(r["message"] or text.MISSING))))
            for r in view.rows("storage_limits", store=key).iter_rows(named=True)
        ],
    }


def _said(view: View, row: Row) -> list[str]:
    """Return what the store is and did, in sentences."""
    kind = text.code("store_kind", row["store_kind"])
    said = [f"{text.capital(kind)}, i drift sedan {text.day(row['commissioned'])}."]
    if row["from_month"] is not None:
        parts = [
            f"{word} {text.energy(row[name])}"
            for name, word in (("charged_kwh", "laddades"), ("drawn_kwh", "togs ur lagret"),
                               ("delivered_kwh", "levererades"), ("electricity_kwh", "elen var"))
            if row[name] is not None
        ]  # fmt: skip
        if parts:
            span = f"{text.capital(text.month(row['from_month']))} till {text.month(row['to_month'])}"
            said.append(f"{span}: {text.listing(parts)}.")
    against = _against(view, row["store"])
    if against:
        said.append(
            "Det är vad mätarna visar, men de motsäger varandra, så varken värde, netto eller bättre drift räknas. "
            "Vad som är fel står under «Vad som inte kan visas, och varför»."
        )
    if row["net_value_sek"] is not None:
        if row["net_value_sek_low"] <= 0 <= row["net_value_sek_high"]:
            said.append("Under samma tid gick det inte att avgöra om driften av lagret lönade sig.")
        else:
            verb = "lönade sig" if row["net_value_sek_low"] > 0 else "lönade sig inte"
            said.append(
                f"Driften av lagret {verb}: varje levererad MWh var värd {text.number(row['value_sek_per_mwh'])} kr"
                f"{_spent(row)}. Vad lagret kostade att bygga och sköta ingår inte: se Projektkalkyl."
            )
        said.append(
            "Det är vad den levererade värmen var värd på marginalen. Bandet rymmer bara hur returen hade varit utan"
            " lagret. Hur hela byggnadens kostnad ändrades står på Översikt, med mycket större osäkerhet."
            if row["store_kind"] != "battery"
            else "Det är vad den levererade elen var värd på marginalen, minus vad den kostade att ladda."
        )
        said += _end_of_band(row)
    return said


def _against(view: View, key: str) -> bool:
    """Return whether meters of the store contradict each other."""
    told = view.rows("storage_limits", store=key, level="warning").get_column("message").drop_nulls()
    return bool(told.str.starts_with("mätarna motsäger varandra").any())


def _spent(row: Row) -> str:
    """Return what a delivered MWh took in electricity, in words; "" where it is unknown."""
    cost, heat = row["electricity_cost_sek"], row["delivered_kwh"]
    return "" if cost is None or not heat else f" och kostade {text.number(1000 * cost / heat)} kr i el"


def _end_of_band(row: Row) -> list[str]:
    """Return in words that the net lies at an end of its band, where it does: a reader takes it for the middle."""
    net = Band(row["net_value_sek"], row["net_value_sek_low"], row["net_value_sek_high"])
    end = one_sided(net)
    if end is None:
        return []
    where, other = ("nedre", "mer") if end == "low" else ("övre", "mindre")
    return [
        f"Siffran ligger nära bandets {where} ände, så tvivlet går mest åt ett håll: den räknar med att returen följer"
        f" lasten, som mätarna visar, och hade den varit som uppmätt blir det {other}."
    ]


def _figures(view: View, row: Row) -> list[dict[str, str]]:
    """Return the large figures, each with its band or why there is none."""
    unit = view.options.amount_unit

    def shown(label: str, name: str, write: Any, reason: str | None, beside: str = "") -> dict[str, str]:
        value, low, high = row[name], row.get(f"{name}_low"), row.get(f"{name}_high")
        if value is None:
            return {"label": label, "figure": "", "band": "", "beside": "", "cannot": text.cannot_assess(reason)}
        band = _ends(write(low), write(high)) if low is not None and high is not None and low != high else ""
        return {"label": label, "figure": write(value), "band": band, "beside": beside, "cannot": ""}

    year = f"lageråret {row['efficiency_year']}" if row["efficiency_year"] else ""
    pump = row["store_kind"] != "battery"
    figures = [
        shown("Netto, 12 månader", "net_value_sek", lambda v: text.amount(v, unit), row["worth_reason"]),
        shown("Verkningsgrad", "efficiency_pct", lambda v: text.percent(v, 0), row["efficiency_reason"], year),
        shown("Värmepumpens värmefaktor", "cop", lambda v: text.number(v, 2), row["drift_reason"],
              "12 månader, laddningen borträknad"),
        _drift(row, shown("Värmepumpen mot referensåret", "drift_pct", lambda v: text.signed(v, 1) + f"{text.NBSP}%",
                          row["drift_reason"], "vid samma villkor och last")),
    ]  # fmt: skip
    return figures if pump else figures[:2]


def _drift(row: Row, shown: dict[str, str]) -> dict[str, str]:
    """Return the drift's figure, and in words where its band holds no change."""
    low, high = row["drift_pct_low"], row["drift_pct_high"]
    if row["drift_pct"] is None or low is None or not low <= 0 <= high:
        return shown
    return {**shown, "beside": f"{shown['beside']}: ingen säker ändring"}


def _ends(low: str, high: str) -> str:
    """Return a band whose unit is told once."""
    unit = text.NBSP + high.rsplit(text.NBSP, 1)[-1]
    return f"{low.removesuffix(unit)} till {high}"


def _charts(view: View, row: Row, months: pl.DataFrame) -> list[Any]:
    key, unit = row["store"], view.options.amount_unit
    days, cop = view.rows("storage_daily", store=key), view.rows("storage_cop", store=key)
    heat = row["store_kind"] != "battery"
    drawn = [
        view.once(lambda k: pictures.content(days, k), "lager", key, "innehall"),
        view.once(lambda k: pictures.months(months, k), "lager", key, "manader"),
        view.once(lambda k: pictures.net(months, k, unit), "lager", key, "netto"),
    ]
    if heat:
        told = row["drift_reason"] or ""
        drawn.insert(2, view.once(lambda k: pictures.performance(cop, k, told), "lager", key, "varmefaktor"))
    return drawn


def _hours(view: View, anchor: str, key: str) -> Table:
    rows = view.rows("storage_hours", store=key).sort("no")
    kr, word = money(view.options, rows), view.unit_word
    columns = [
        Col("spot_class", "Elpris (öre/kWh)", of=_without("spot_class", " öre")),
        Col("heat_class", "Värmepris (kr/MWh)", of=_without("heat_class", " kr/MWh")),
        Col("outdoor_class", "Ute (°C)", of=_without("outdoor_class", " °C")),
        Col("verdict", "Utfall", coded("verdict"), mark=lambda v: MARKS.get(v, "none")),
        Col("hours", "Timmar", text.number, True),
        Col("delivered_kwh", "Levererat (MWh)", text.mwh, True),
        Col("value_sek", f"Värde ({word})", kr, True),
        Col("electricity_cost_sek", f"El ({word})", kr, True),
        Col("net_value_sek", f"Netto ({word})", kr, True),
        Col("cop", "Levererat per el", lambda v: "–" if v is None else text.number(v, 1), True),
        Col("break_even_cop", "Jämnt ut vid", lambda v: "–" if v is None else text.number(v, 1), True),
        Col("reason", "Orsak", dash),
    ]
    note = (
        "Varje rad är räkningarna körda om som om just de timmarnas värme hade köpts och deras el inte använts. "
        "Raderna går inte att lägga ihop när flera delar på samma effekttopp. Jämnt ut: marginellt elpris "
        "delat med marginellt värmepris. Elen till att ladda står på sista raden, även när värme levereras i samma "
        "timme: den värme som laddas används senare."
    )
    return table(f"{anchor}-tabell-timmar", "När lagret lönar sig, de senaste tolv månaderna", rows, columns,
                 "Timklasser kan inte räknas: se vad som inte kan visas.", sortable=True, note=note)  # fmt: skip


def _without(column: str, unit: str) -> Callable[[Row], str]:
    """Return the writer of a class without its unit, which the heading tells."""
    return lambda row: dash(row[column]).replace(unit, "")


def _years(view: View, anchor: str, key: str) -> Table:
    columns = [
        Col("storage_year", "Lagerår (maj till april)", plain),
        Col("days", "Dygn", text.number, True),
        Col("charged_kwh", "Laddat (MWh)", text.mwh, True),
        Col("drawn_kwh", "Uttaget (MWh)", text.mwh, True),
        Col("loss_kwh", "Förlust (MWh)", text.mwh, True),
        Col("change_kwh", "Ändrat innehåll (MWh)", text.mwh, True),
        Col("efficiency_pct", "Verkningsgrad", lambda v: "–" if v is None else text.percent(v, 0), True),
        Col("corrected_pct", "Korrigerad", numeric=True, of=_corrected),
        Col("store_temperature_c", "Medel (°C)", lambda v: "–" if v is None else text.number(v, 1), True),
        Col(
            "seasonal_performance",
            "Anläggningens årsvärmefaktor",
            lambda v: "–" if v is None else text.number(v, 1),
            True,
        ),
        Col("reason", "Orsak", dash, long=True),
    ]
    note = (
        "Verkningsgraden är uttaget delat med laddat. Den korrigerade räknar också det som lagret håller kvar mer, "
        "eller mindre, vid årets slut. Anläggningens årsvärmefaktor är all levererad "
        "värme per all el, laddningens pumpar inräknade."
    )
    rows = view.rows("storage_years", store=key).sort("year_from")
    return table(f"{anchor}-tabell-ar", "Lagerår", rows, columns, "Inga lagerår finns.", note=note)


def _corrected(row: Row) -> str:
    """Return the corrected efficiency with its band."""
    value, low, high = (row[f"corrected_pct{end}"] for end in ("", "_low", "_high"))
    if value is None:
        return "–"
    band = f" ({text.number(low)}–{text.number(high)})" if low is not None and low != high else ""
    return text.percent(value, 0) + band


def _idle_worth(months: pl.DataFrame) -> str:
    """Return why months without delivery have a value, where they have."""
    idle = months.filter(pl.col("delivered_kwh") == 0, pl.col("value_sek").abs() >= 0.5)
    if idle.is_empty():
        return ""
    return (
        "En månad utan leverans kan ändå ha ett värde: effektavgiften räknas på flera månaders högsta dygn eller "
        "timmar, och de blev lägre när lagret levererade då."
    )


def _months(view: View, anchor: str, months: pl.DataFrame) -> Table:
    rows = months.sort("month", descending=True)
    kr, word = money(view.options, rows), view.unit_word
    columns = [
        Col("month", "Månad", text.month),
        Col("charged_kwh", "Laddat (MWh)", text.mwh, True),
        Col("drawn_kwh", "Uttaget (MWh)", text.mwh, True),
        Col("delivered_kwh", "Levererat (MWh)", text.mwh, True),
        Col("electricity_kwh", "El (MWh)", text.mwh, True),
        Col("cop", "Värmepumpens värmefaktor", lambda v: "–" if v is None else text.number(v, 2), True),
        Col("value_sek", f"Värde ({word})", kr, True),
        Col("electricity_cost_sek", f"El ({word})", kr, True),
        Col("net_value_sek", f"Netto ({word})", kr, True),
        Col("reason", "Orsak", dash, long=True),
        Col("evidence_key", "Kvitto", dash, key=True),
    ]
    note = _idle_worth(months)
    return table(f"{anchor}-tabell-manader", "Månad för månad", rows, columns, "Inga månader finns.", note=note)


def _how(row: Row) -> list[str]:
    """Return how the figures came about: what is metered, how the content and the worth are computed."""
    parts = [("Det här mäts", row["metered_text"]), ("Innehållet", row["content_text"]),
             ("Värmepumpens värmefaktor", row["cop_basis"]), ("Värdet", row["worth_text"])]  # fmt: skip
    said = [f"{head}: {value}." for head, value in parts if value]
    said += [FACTORS] if row["cop_basis"] else []
    if row["content_drift_kwh_per_year"] is not None:
        said.append(
            "Balansen och temperaturen glider isär med"
            f" {text.number(row['content_drift_kwh_per_year'] / 1000, 1)} MWh per år."
        )
    if row["warming_k_per_year"] is not None:
        said.append(
            f"Lagrets medeltemperatur ändras {text.signed(row['warming_k_per_year'], 1)} K per år över hela lagerår."
        )
    trend = row["trend_pct_per_year"]
    said.append(
        f"Verkningsgradens trend: {text.signed(trend, 1)} procentenheter per år."
        if trend is not None
        else text.sentence(f"Verkningsgradens trend: {row['trend_reason'] or 'okänd'}")
    )
    return said
