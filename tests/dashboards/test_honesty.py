"""No page, sheet or letter tells as a finding what a band does not allow."""

from __future__ import annotations

import io
import re

import fastexcel
import polars as pl
import pytest
from pypdf import PdfReader

from dashboards import honesty, letter, text, workbook
from dashboards.charts import bridge, cusum, savings
from dashboards.conform import conform
from dashboards.options import SiteOptions
from dashboards.pages.base import View
from dashboards.pages.ways import other_ways
from dashboards.site import build

Marts = dict[str, pl.DataFrame]
HEAT = "district_heating"


def _wide(frame: pl.DataFrame, name: str, half: float) -> pl.DataFrame:
    value = pl.col(name)
    return frame.with_columns((value - half).alias(f"{name}_low"), (value + half).alias(f"{name}_high"))


@pytest.fixture(scope="module")
def unsure(marts: Marts) -> Marts:
    """Return the marts with bands of cost that all hold zero, and electricity by a meter of the project's own."""
    head = marts["headline"].with_columns(
        low=pl.when(pl.col("unit") == "SEK").then(-pl.col("value")).otherwise(pl.col("low"))
    )
    by_meter = pl.col("carrier") == "electricity"
    exact = [pl.when(by_meter).then(pl.col(n)).otherwise(pl.col(f"{n}{end}")).alias(f"{n}{end}")
             for n in ("avoided_energy_kwh", "avoided_cost_sek") for end in ("_low", "_high")]  # fmt: skip
    return marts | {
        "headline": head,
        "bridge": _wide(marts["bridge"], "amount_sek", 9e6),
        "savings_monthly": marts["savings_monthly"].with_columns(exact),
        "savings_total": marts["savings_total"].with_columns(exact),
    }


@pytest.mark.parametrize(
    ("figures", "kind"),
    [
        ((None, None, None), "unknown"),
        ((float("nan"), 1.0, 2.0), "unknown"),
        ((5.0, None, 6.0), "no_band"),
        ((5.0, 5.0, 5.0), "measured"),
        ((5.0, -1.0, 9.0), "zero"),
        ((5.0, 0.0, 9.0), "zero"),
        ((-5.0, -9.0, -1.0), "clear"),
    ],
)
def test_a_band_tells_what_may_be_said(figures: tuple[float | None, ...], kind: str) -> None:
    assert honesty.verdict(*figures) == kind


def test_the_bridge_with_zero_in_its_band_is_no_finding(unsure: Marts, marts: Marts) -> None:
    steps = conform(unsure)["bridge"].filter(pl.col("carrier") == "all")
    title = bridge.chart(steps, "k", "tkr").title
    assert title == f"Energiprojektet: 764\u00a0tkr lägre kostnad, men {honesty.NOT_TOLD_APART}"
    heat = conform(marts)["bridge"].filter(pl.col("carrier") == HEAT)
    assert bridge.chart(heat, "k", "tkr").title == "Fjärrvärme: energiprojektet sänkte kostnaden med 872\u00a0tkr"
    exact = _wide(steps, "amount_sek", 0.0).with_columns(carrier=pl.lit("electricity"))
    assert bridge.chart(exact, "k", "tkr").title == f"El: 764\u00a0tkr lägre kostnad med projektet, {honesty.MEASURED}"
    bare = steps.with_columns(amount_sek_low=pl.lit(None, pl.Float64))
    assert bridge.chart(bare, "k", "tkr").title.endswith("lägre kostnad, utan band")


def test_months_are_counted_by_where_their_band_lies(marts: Marts) -> None:
    rows = conform(marts)["savings_monthly"].filter(pl.col("carrier") == HEAT)
    some = rows.with_columns(
        avoided_cost_sek_low=pl.when(pl.int_range(pl.len()) < 10).then(-1.0).otherwise(pl.col("avoided_cost_sek_low"))
    )
    title = savings.cost(some, "k", "tkr", HEAT).title
    assert title == "Fjärrvärme: lägre kostnad i 30 av 40\u00a0månader; i 10 innehåller bandet noll"


def test_a_carrier_that_only_costs_more_is_said_so(marts: Marts) -> None:
    rows = conform(marts)["savings_monthly"].filter(pl.col("carrier") == "electricity")
    assert savings.cost(rows, "k", "tkr", "electricity").title == "El: högre kostnad i 40 av 40\u00a0månader"


def test_what_a_meter_of_its_own_counts_is_measured(unsure: Marts) -> None:
    rows = conform(unsure)["savings_monthly"].filter(pl.col("carrier") == "electricity")
    found = savings.cost(rows, "k", "tkr", "electricity")
    assert found.title == f"El: 420\u00a0tkr högre kostnad på 40\u00a0månader, {honesty.MEASURED}"
    assert "90" not in found.note and "inget band" in found.note
    assert "mätt med egen mätare" in savings.energy(rows, "k", "electricity").title


def test_the_sum_of_days_tells_its_band(marts: Marts) -> None:
    shown = conform(marts)
    days, events = shown["cusum"].filter(pl.col("carrier") == HEAT), cusum.numbered(shown["events"].head(0))

    def title(low: float, high: float) -> str:
        total = {"avoided_energy_kwh": 2e6, "avoided_energy_kwh_low": low, "avoided_energy_kwh_high": high}
        return cusum.chart(days, events, "k", HEAT, total).title

    assert title(-1e6, 4e6).endswith("men bandet innehåller noll")
    assert title(1e6, 4e6).endswith("(1\u00a0000 till 4\u00a0000\u00a0MWh, 90\u00a0%-band)")
    assert "mätt med egen mätare" in title(2e6, 2e6)


def test_cards_say_it_and_why(unsure: Marts, options: SiteOptions) -> None:
    page = str(build(unsure, options)["index.html"])
    assert page.count(f"Bandet innehåller noll: {honesty.NOT_TOLD_APART}.") == 2
    assert page.count("Hela bandet ligger över noll.") == 1
    assert "ändras från år till år även utan projekt" in page
    assert "sänkte kostnaden" not in page
    assert "mätt med egen mätare, prissatt på marginalen, därför utan band." in page


def test_letter_and_workbook_say_the_same(unsure: Marts, options: SiteOptions) -> None:
    reader = PdfReader(io.BytesIO(letter.build(unsure, options)))
    words = re.sub(r"\s+", " ", " ".join(p.extract_text() for p in reader.pages))
    assert len(reader.pages) == 1
    assert words.count("Bandet innehåller noll: det går inte att skilja") == 2
    assert "sänkte kostnaden" not in words and "även utan projekt" in words
    few = {n: unsure[n] for n in ("facilities", "projects", "headline")}
    sheet = pl.DataFrame(fastexcel.read_excel(workbook.build(few)).load_sheet("Nyckeltal i text").to_arrow())
    told = sheet["Vad bandet säger"].to_list()
    assert sum(said.startswith(f"Bandet innehåller noll: {honesty.NOT_TOLD_APART}.") for said in told) == 2


def test_the_baseline_s_card_tells_how_bands_did_on_fictitious_dates(marts: Marts) -> None:
    page = str(build(marts, SiteOptions())["om.html"]).replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ")
    assert "modellen prövad på 2 fiktiva projektdatum före projektet: bandet höll i 1 av 2" in page
    assert "bandet höll i 1 av 1" in page and "inte ändringen mellan år" in page
    assert "Fiktiva projektdatum" in page


def test_odds_are_rounded_on_pages_as_in_sentences() -> None:
    assert honesty.sure(58.5) == f"59{text.NBSP}%" and honesty.sure(58.49) == f"58{text.NBSP}%"
    assert (honesty.sure(100.0), honesty.sure(0.0), honesty.sure(None)) == (
        f"över 99{text.NBSP}%",
        f"under 1{text.NBSP}%",
        "",
    )


def test_beside_a_steady_figure_stands_the_steady_figure_of_other_prices(marts: Marts) -> None:
    """The fixture's steady figure is 1.2 times the cash one, and base-year prices 0.9 times."""
    frame = conform(marts)["avoided_cost"].filter(pl.col("carrier") == "all")
    project = frame["project"][0]
    cash = frame.filter(pl.col("project") == project, pl.col("effect") == "cash", pl.col("is_headline_basis"))
    value = cash["avoided_cost_sek"].item()

    def said(kept: pl.DataFrame) -> str:
        view = View({**conform(marts), "avoided_cost": kept}, SiteOptions(organisation="Provkommun"))
        return other_ways(view, project)[0]

    assert f"i basårets priser {text.amount(1.2 * 0.9 * value, 'tkr')} " in said(frame)
    assert "kontant" not in said(frame)
    steady_base = (pl.col("effect") == "steady") & (pl.col("price_basis") == "base_year")
    without = said(frame.filter(~steady_base))
    assert f"; kontant nu, i basårets priser {text.amount(0.9 * value, 'tkr')} " in without
