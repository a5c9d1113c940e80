"""The report page of `evaluate`: baselines put to the test on anybody's meters. One file, asks no network for anything.

Not a page of the site: it is made of the scores of one command, which the caller gives as frames.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import comb
from typing import Any

import polars as pl

from dashboards import furniture, text
from dashboards.charts import evaluation as charts
from dashboards.charts.base import Chart
from dashboards.pages.base import Col, Row, Table, dash, table
from dashboards.site import environment, read

LEVEL = 0.90
FEWEST = 10  # meters: with fewer nearly any number of bands that hold zero would be as many as expected
LEAST_MOVED = 2.0  # percent: less is nothing beside the band
NAMED = 5  # meters named in a sentence
# column -> Swedish heading, in the text table of the command as on the page
HEADS: Mapping[str, str] = {
    "meter_id": "Mätare", "carrier": "Energislag", "site": "Plats", "cvrmse_hourly_pct": "CV(RMSE) timme (%)",
    "cvrmse_daily_pct": "CV(RMSE) dygn (%)", "cvrmse_period_pct": "CV(RMSE) period (%)",
    "nmbe_pct": "NMBE, mätare minus modell (%)",
    "resolution": "Upplösning", "difference": "Modell minus mätare (MWh, % av modellen)",
    "half_width_pct": "Bandets halva bredd (%)", "interval_score_pct": "Intervallpoäng (%)",
    "covers_zero": "Rymmer noll", "lag_h": "Tröghet (h)", "n_train": "Värden, anpassning", "n_test": "Värden, prov",
    "n_left_out": "Utelämnade värden",
    "fit_seconds": "Anpassning (s)", "disqualified": "Kan inte bedömas",
}  # fmt: skip
RESOLUTIONS = {"hourly": "timme", "daily": "dygn", "billing": "period"}
SUMMARY_HEADS: Mapping[str, str] = {
    "carrier": "Energislag", "meters": "Mätare", "assessed": "Bedömda", "cvrmse_hourly_pct": "CV(RMSE) timme (%)",
    "cvrmse_daily_pct": "CV(RMSE) dygn (%)", "cvrmse_period_pct": "CV(RMSE) period (%)",
    "abs_nmbe_median_pct": "|NMBE|, median (%)",
    "abs_nmbe_mean_pct": "|NMBE|, medel (%)", "covered": "Band som rymmer noll",
    "half_width_pct": "Bandets halva bredd (%)", "interval_score_pct": "Intervallpoäng, medel (%)",
    "fit_seconds": "Anpassning (s)",
}  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What was put to the test: names of the files, first and last day of the periods, program, when, doubts."""

    readings: str
    weather: str
    train: tuple[date, date]
    test: tuple[date, date]
    version: str
    written: str
    doubts: tuple[str, ...] = ()  # what was odd in the files, a sentence each


def build(found: pl.DataFrame, sums: pl.DataFrame, months: Mapping[str, pl.DataFrame], facts: Facts) -> str:
    """Return the page as HTML, style and script inside it.

    `found` and `sums` are COLUMNS and `summary` of `energy.savings.scores.scoring`; `months` meter_id -> month,
    metered_kwh, predicted_kwh. Every text of them is hostile until the template has escaped it.
    """
    script, style = read("assets/energibok.js"), read("assets/energibok.css")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page = environment("evaluation.html").get_template("evaluation.html")
    return page.render(
        w=furniture.words("sv"),
        facts=facts,
        train=text.span(*facts.train),
        test=text.span(*facts.test),
        statement=f"{coverage(found)} {moved(found)}".rstrip(),
        sums=_sums(sums),
        differences=charts.differences(found, "skillnader"),
        errors=charts.errors(found, "fel"),
        examples=_examples(found, months),
        meters=_meters(found),
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'",
    )


def coverage(found: pl.DataFrame) -> str:
    """Return in words how many bands hold zero, and how many would if each held it with its nominal probability."""
    known = found.drop_nulls("covers_zero")
    n = known.height
    if not n:
        return "Ingen mätare har kunnat bedömas, så bandens träff kan inte prövas."
    held = int(known["covers_zero"].sum())
    share = f"Bandet rymmer noll för {held} av {text.counted(n, 'mätare', 'mätare')}"
    missed = _missed(known.filter(~pl.col("covers_zero"))["meter_id"].to_list())
    if n < FEWEST:
        return f"{share}. {missed}Så få mätare prövar inte metoden: det gör först {FEWEST} eller fler."
    low, high = expected_range(n)
    word = "Det är fler än väntat: banden kan vara onödigt breda." if held > high else (
        "Det är färre än väntat: banden är för smala för de här mätarna, eller så har något ändrats mellan perioderna."
        if held < low else f"Det är inom det väntade{', i underkant' * (held == low)}."
    )  # fmt: skip
    return (
        f"{share} ({text.percent(100.0 * held / n, 0)}). Lovat är 90{text.NBSP}%, och om mätarna var oberoende skulle "
        f"{low} till {high} av {n} band rymma noll i nio fall av tio. {word} {missed}Talet säger något om metoden bara "
        "om inget projekt genomförts mellan perioderna."
    )


def _missed(meters: list[str]) -> str:
    """Return what to think of the meters whose band misses zero; "" without any."""
    if not meters:
        return ""
    more = text.counted(len(meters) - NAMED, "mätare", "mätare") if len(meters) > NAMED else ""
    names = ", ".join(meters[:NAMED]) + (f" och {more} till" if more else "")
    return (
        f"Det rymmer inte noll för {names}: där har något ändrats mellan perioderna, eller så är bandet för smalt för "
        "just den mätaren. "
    )


def moved(found: pl.DataFrame) -> str:
    """Return which assessed meters seem to have taken a step within the training, and what that does to their bands.

    A step that is certain and large refuses the meter; these are the others, whose bands are wider by what it may mean.
    "" without any.
    """
    rows = found.filter(pl.col("disqualified").is_null(), pl.col("moved_pct") >= LEAST_MOVED).sort(
        "moved_pct", descending=True
    )
    if rows.is_empty():
        return ""
    each = [f"{r['meter_id']} ({text.percent(r['moved_pct'], 0)})" for r in rows.head(NAMED).to_dicts()]
    more = rows.height - NAMED
    names = ", ".join(each) + (f" och {text.counted(more, 'mätare', 'mätare')} till" if more > 0 else "")
    return (
        "Under anpassningen ser användningen ut att ha ändrats, utan att väder eller kalender förklarar det, i "
        f"{names}. Modellen blir då ett medel av före och efter och kan vara fel med så många procent; bandet är "
        "bredare för det. Välj en period på ena sidan av ändringen."
    )


def expected_range(n: int, level: float = LEVEL) -> tuple[int, int]:
    """Return the central 90 % range of how many of n independent bands of nominal `level` hold the truth."""
    shares = [comb(n, k) * level**k * (1 - level) ** (n - k) for k in range(n + 1)] if n < 900 else []
    if not shares:
        middle, sd = n * level, (n * level * (1 - level)) ** 0.5
        return round(middle - 1.645 * sd), round(middle + 1.645 * sd)
    below, low, high = 0.0, n, n
    for k, share in enumerate(shares):
        if below <= 0.05 < below + share:
            low = k
        below += share
        if below >= 0.95:
            high = k
            break
    return low, high


def difference(row: Row) -> str:
    """Return predicted minus metered with its band in MWh, and as a share of the predicted; a dash without."""
    if text.is_absent(row["difference_kwh"]):
        return "–"
    largest = max(abs(row[c]) for c in ("difference_kwh", "band_low_kwh", "band_high_kwh"))
    value, low, high = (
        text.number(row[c] / 1e3, 0 if largest >= 1e5 else 1 if largest >= 1e3 else 3)
        for c in ("difference_kwh", "band_low_kwh", "band_high_kwh")
    )
    share = f", {text.percent(100.0 * row['difference_kwh'] / row['predicted_kwh'])}" if row["predicted_kwh"] else ""
    return f"{value} ({low} till {high}){share}"


def _decimal(places: int) -> Any:
    return lambda value: "–" if text.is_absent(value) else text.number(value, places)


def _yes(value: bool | None) -> str:
    return "–" if value is None else text.yes_no(value)


def _carrier(value: str | None) -> str:
    return text.capital(text.code("carrier", value)) if value else "–"


def _meters(found: pl.DataFrame) -> Table:
    """Return the table of the meters, worst first; those without figures last with their reason."""
    columns = [
        Col("meter_id", HEADS["meter_id"], dash),
        Col("carrier", HEADS["carrier"], _carrier),
        Col("site", HEADS["site"], dash),
        Col("resolution", HEADS["resolution"], lambda v: RESOLUTIONS.get(v, "–")),
        Col("cvrmse_hourly_pct", HEADS["cvrmse_hourly_pct"], _decimal(1), True),
        Col("cvrmse_daily_pct", HEADS["cvrmse_daily_pct"], _decimal(1), True),
        Col("cvrmse_period_pct", HEADS["cvrmse_period_pct"], _decimal(1), True),
        Col("nmbe_pct", HEADS["nmbe_pct"], _decimal(1), True),
        Col("difference_kwh", HEADS["difference"], dash, True, of=difference),
        Col("half_width_pct", HEADS["half_width_pct"], _decimal(1), True),
        Col("interval_score_pct", HEADS["interval_score_pct"], _decimal(1), True),
        Col("covers_zero", HEADS["covers_zero"], _yes, mark=lambda v: {True: "good", False: "bad"}.get(v, "")),
        Col("lag_h", HEADS["lag_h"], _decimal(0), True),
        Col("n_train", HEADS["n_train"], _decimal(0), True),
        Col("n_test", HEADS["n_test"], _decimal(0), True),
        Col("n_left_out", HEADS["n_left_out"], _decimal(0), True),
        Col("fit_seconds", HEADS["fit_seconds"], _decimal(2), True),
        Col("disqualified", HEADS["disqualified"], lambda v: text.sentence(text.why(v)) if v else "–", long=True),
    ]
    ordered = found.sort("cvrmse_daily_pct", descending=True, nulls_last=True)
    return table("matare", "Alla mätare", ordered, columns, "Filen har inga mätare.", sortable=True)


def _sums(sums: pl.DataFrame) -> Table:
    columns = [
        Col("carrier", SUMMARY_HEADS["carrier"], lambda v: _carrier(v) if v else "Alla mätare"),
        Col("meters", SUMMARY_HEADS["meters"], _decimal(0), True),
        Col("assessed", SUMMARY_HEADS["assessed"], _decimal(0), True),
        Col("cvrmse_hourly_pct", SUMMARY_HEADS["cvrmse_hourly_pct"], _decimal(1), True),
        Col("cvrmse_daily_pct", SUMMARY_HEADS["cvrmse_daily_pct"], _decimal(1), True),
        Col("cvrmse_period_pct", SUMMARY_HEADS["cvrmse_period_pct"], _decimal(1), True),
        Col("abs_nmbe_median_pct", SUMMARY_HEADS["abs_nmbe_median_pct"], _decimal(1), True),
        Col("abs_nmbe_mean_pct", SUMMARY_HEADS["abs_nmbe_mean_pct"], _decimal(1), True),
        Col("covered", SUMMARY_HEADS["covered"], _decimal(0), True),
        Col("half_width_pct", SUMMARY_HEADS["half_width_pct"], _decimal(1), True),
        Col("interval_score_pct", SUMMARY_HEADS["interval_score_pct"], _decimal(1), True),
        Col("fit_seconds", SUMMARY_HEADS["fit_seconds"], _decimal(2), True),
    ]
    note = "CV(RMSE), halv bredd och tid är medianer över mätarna. Procent av det uppmätta."
    return table("per-energislag", "Per energislag", sums, columns, "Inga mätare.", note=note)


def _examples(found: pl.DataFrame, months: Mapping[str, pl.DataFrame]) -> list[tuple[str, Chart]]:
    """Return (heading, months) of the meter that is hit best, the middle one and the worst, by daily error."""
    ordered = found.drop_nulls("cvrmse_daily_pct").sort("cvrmse_daily_pct")
    chosen = {0: "Bäst träff", ordered.height // 2: "Mitten", ordered.height - 1: "Sämst träff"}
    rows = [(chosen[at], ordered.row(at, named=True)) for at in sorted(chosen) if 0 <= at < ordered.height]
    return [
        (word, charts.months(months[row["meter_id"]], text.identifier("manader", str(n)), row["meter_id"],
                             row["cvrmse_daily_pct"]))
        for n, (word, row) in enumerate(rows)
    ]  # fmt: skip
