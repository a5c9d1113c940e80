"""The register on the page, the overview and the letter: three figures apart, the quiet ones quiet, pictures small."""

from __future__ import annotations

import polars as pl
import pytest

from dashboards import letter
from dashboards.charts import measure
from dashboards.conform import conform
from dashboards.options import SiteOptions
from dashboards.pages import measures, overview, register, registered, stake
from dashboards.pages.base import View

FACILITY = "torvalla-syntetisk"
Marts = dict[str, pl.DataFrame]


def _view(marts: Marts) -> View:
    return View(conform(marts), SiteOptions())


def _with(marts: Marts, mart: str, key: str, **told: object) -> Marts:
    """Return the marts with something changed for one measure."""
    frame = marts[mart]
    mine = pl.col("measure_key") == f"{FACILITY}:{key}"
    changed = [pl.when(mine).then(pl.lit(v, frame.schema[c])).otherwise(pl.col(c)).alias(c) for c, v in told.items()]
    return {**marts, mart: frame.with_columns(changed)}


def test_promised_done_and_verified_stand_apart(marts: Marts) -> None:
    """94 and 60 tkr were promised on two meters, 60 is done, and 43 of it is verified."""
    view = _view(marts)
    found = register.figures(view, view.facilities()[0])
    assert [(one.label, one.figure) for one in found] == [
        ("Utlovat", "154\u00a0tkr per år"), ("Genomfört", "60\u00a0tkr per år"),
        ("Verifierat", "43\u00a0tkr per år"),
    ]  # fmt: skip
    assert found[2].band == "28 till 58\u00a0tkr (90\u00a0%-band)"
    said = register.short(view, view.facilities()[0])
    assert said in overview.context(view)["sections"][0]["register"] and said == letter.content(view)["register"]


def test_measures_of_one_meter_are_not_added(marts: Marts) -> None:
    one = _with(marts, "measure_register", "brine_pump_speed", metering_point="735999100000000010")
    two = _with(one, "measure_register", "billed_heat_power", metering_point="735999100000000010")
    view = _view(two)
    assert register.figures(view, view.facilities()[0])[0].figure == "94\u00a0tkr per år"


def test_what_cannot_be_assessed_does_not_wait(marts: Marts) -> None:
    """The larger of a meter is only decided on: what is done is no part of it, and is not called one."""
    meter = {"metering_point": "735999100000000010"}
    one = _with(marts, "measure_register", "brine_pump_speed", verdict="not_assessed", **meter)
    two = _with(one, "measure_register", "sauna_hours", decision="done", promised_sek_per_year=8_000.0)
    view = _view(_with(two, "measure_register", "billed_heat_power", **meter))
    promised, done, verified = register.figures(view, view.facilities()[0])
    assert (promised.figure, done.figure) == ("102\u00a0tkr per år", "68\u00a0tkr per år")
    assert (done.label, done.about) == ("Genomfört", "2\u00a0genomförda, som de lovades, räknat för sig")
    assert verified.about == "1\u00a0väntar på utfall, 1\u00a0kan inte bedömas"


def test_nothing_is_said_where_nothing_is_decided(marts: Marts) -> None:
    view = _view({**marts, "measure_register": marts["measure_register"].filter(pl.col("decision").is_null())})
    assert register.figures(view, view.facilities()[0]) == [] and register.short(view, view.facilities()[0]) == ""


def test_a_quiet_measure_is_neither_proposed_nor_in_the_letter(marts: Marts) -> None:
    quiet = _with(marts, "measures", "heat_while_rejecting", is_quiet=True)
    view = _view(_with(quiet, "measure_register", "heat_while_rejecting", stage="declined", decision="no"))
    title = "Värme köps medan ishallarna kyler bort värme"
    assert title not in [m["title"] for m in overview.best_measures(view, view.facilities()[0])]
    section = measures.context(view)["sections"][0]
    assert title not in [d["title"] for d in section["details"]] + [r[1][0].text for r in section["table"].rows]
    assert title in [cells[0].text for _, cells in section["register"].rows]


def test_a_proposal_nobody_decided_on_is_counted_in_the_register_and_listed_above(marts: Marts) -> None:
    told = measures.context(_view(marts))["sections"][0]
    waiting = marts["measure_register"].filter((pl.col("stage") == "candidate") & pl.col("decision").is_null())
    assert waiting.height
    listed = [cells[0].text for _, cells in told["register"].rows]
    assert not set(waiting["title"]) & set(listed)
    assert told["register"].note.startswith(f"{waiting.height}\u00a0förslag utan beslut står ovan. ")


def test_a_measure_tells_who_what_it_takes_and_what_is_known_elsewhere(site: dict[str, str]) -> None:
    page = site["atgarder.html"]
    assert "Avböjd vid Bollnäs sporthall" in page and "Driftteknikern" in page
    assert "Inte längre synlig" in page and "föreningarna betalar själva" in page
    assert "räknas inte ihop" in page and page.count('class="picture"') == 1


@pytest.mark.parametrize(
    ("kind", "x"),
    [
        ("line", ["2023-01-01", "2023-01-02"]),
        ("step", ["2023-01-01T05:00:00", "2023-01-01T06:00:00"]),
        ("line", ["2023-01", "2023-02"]),
        ("scatter", ["-3.5", "12"]),
        ("bar", ["faktura 1", "faktura <b>2</b>"]),
    ],
)
def test_every_kind_of_picture_is_drawn_small(kind: str, x: list[str]) -> None:
    row = {"measure_key": "m", "title": "T", "picture_kind": kind, "picture_x": "Läge", "picture_y": "Effekt (kW)"}
    points = [("nu", x[0], 1.0), ("nu", x[1], 2.0), ("mål <b>", x[0], 1.5), ("mål <b>", x[1], None)]
    series = (
        pl.DataFrame(points, ["series", "x", "y"], orient="row")
        .with_row_index("no")
        .with_columns(measure_key=pl.lit("m"))
    )
    found = measure.chart(row, series)
    assert found.missing is None and 500 < len(found.narrow) < 20_000 and "<b>" not in found.narrow
    assert found.alt == "T. Effekt (kW) mot läge: nu och mål <b>; värdena går från 1,0 till 2,0."
    assert measure.chart({**row, "picture_kind": None}, series).missing


def test_bars_of_two_series_are_not_put_on_top_of_each_other() -> None:
    """300 and 200 on one day are drawn to 300, never to 500."""
    row = {"measure_key": "m", "title": "T", "picture_kind": "bar", "picture_x": "Dygn", "picture_y": "kW"}
    points = [(n, name, day, y) for n, (name, day, y) in enumerate(
        [("nu", "2023-01-01", 300.0), ("mål", "2023-01-01", 200.0), ("nu", "2023-01-02", 290.0)]
    )]  # fmt: skip
    series = pl.DataFrame(points, ["no", "series", "x", "y"], orient="row")
    assert ">300<" in (drawn := measure.chart(row, series).narrow) and ">400<" not in drawn and ">500<" not in drawn


def test_claims_are_summed_by_whose_money_it_is_as_the_page_of_invoices_sums_them() -> None:
    """58 292,57 and 4 761,84 of suppliers, 16 473,24 of the books, 1 000 of VAT: never one figure of 80 tkr."""
    told = [
        ("duplicate_invoice", 58292.57), ("foreign_meter", 4761.84), ("posted_gross", 16473.24), ("vat_error", 1000.0),
        ("wrong_tax", None),
    ]  # fmt: skip
    frame = pl.DataFrame(
        [{"facility": FACILITY, "measure_key": rule, "measure_id": rule, "code": "I1", "title": rule,
          "saving_sek_per_year": sek, "one_off": True} for rule, sek in told]
    )  # fmt: skip
    findings = frame.select(
        "facility", pl.col("measure_id").alias("rule"), pl.col("saving_sek_per_year").alias("amount_sek"),
        pl.col("measure_key").alias("finding_key"), pl.lit("error").alias("level"),
    ).filter(pl.col("rule") != "posted_gross")  # fmt: skip
    place = {"facilities": pl.DataFrame({"facility": [FACILITY], "name": ["Torvalla"]})}
    view = View(conform({"measures": frame, "invoice_findings": findings, **place}), SiteOptions())
    facility = view.facilities()[0]
    ((_, found),) = registered.groups(view, facility, view.marts["measures"])
    said = (found.note or "").replace("\u00a0", " ")
    assert said.startswith(
        "63 tkr att kräva tillbaka av leverantörerna (2 fynd), 16 tkr att rätta i bokföringen (1 fynd) och "
        "1,0 tkr moms att rätta (1 fynd). Samma krav står på sidan Fakturor"
    )
    assert "engångsposter, som sidan Fakturor också räknar" in said
    assert "63 tkr att kräva tillbaka av leverantörerna" in stake.short(view, facility).replace("\u00a0", " ")
