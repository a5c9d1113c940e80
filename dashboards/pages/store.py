"""Lagret: what the energy store holds and loses, how its heat pump does, when it pays, and what cannot be told."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboards import text
from dashboards.charts import store as pictures
from dashboards.pages import dispatch, store_tables
from dashboards.pages.base import Facility, Row, View
from energy.model import Band
from energy.storage.accounts.doubt import one_sided

# boundaries H1 to H4: Zottl, Nordman and Miara (2012), SEPEMO-Build D4.2, §3
FACTORS = (
    "Tre värmefaktorer finns på sidan, och de skiljs av vad som räknas in. Värmepumpens är dess värme per dess el, "
    "utan laddningens pumpar. Anläggningens årsvärmefaktor är all levererad värme, även den som går direkt, per all "
    "el. Levererat per el är samma värme i de timmar som raden gäller, per deras el utan laddningens pumpar. Enligt "
    "SEPEMO är gränsen H1 med bara kompressorn på elmätaren, H2 med källans pump, H3 med tillsatsvärme och H4 med "
    "värmesidans pumpar: vilken det är avgörs av vad som sitter på lagrets elmätare, så jämför med andra först när "
    "det är känt."
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
        "hours": store_tables.hours(view, anchor, key),
        "dispatch": dispatch.part(view, key, anchor),
        "years": store_tables.years(view, anchor, key),
        "months": store_tables.months(view, anchor, months),
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
    return bool(view.rows("storage_limits", store=key).get_column("contradicts").any())


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
    return _reasons_once(figures if pump else figures[:2])


def _reasons_once(figures: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the figures with a reason that several share written out at the first of them."""
    told = [one["cannot"] for one in figures]
    return [
        {**one, "cannot": "Kan inte bedömas, av samma skäl."}
        if one["cannot"] and one["cannot"] in told[:n] else one
        for n, one in enumerate(figures)
    ]  # fmt: skip


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
