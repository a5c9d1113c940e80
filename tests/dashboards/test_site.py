"""The site: whole, accessible in its markup, safe against its own data, quiet on the network."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import polars as pl
import pytest

from dashboards import text
from dashboards.options import SiteOptions
from dashboards.site import build

PAGES = ("index.html", "manaden.html", "ekonomi.html", "projektkalkyl.html", "fakturor.html", "anlaggning.html",
         "lagret.html", "atgarder.html", "datakvalitet.html", "om.html")  # fmt: skip
VOID = {"meta", "link", "img", "br", "hr", "input"}


class Reader(HTMLParser):
    """Collects every element with its attributes, checks nesting, and gathers the text outside script and style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, (tag, self.open[-4:])
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of every element of one kind."""
        return [attributes for name, attributes in self.found if name == tag]


def test_the_site_has_its_pages_and_style(site: dict[str, str]) -> None:
    assert set(site) == {*PAGES, "assets/energibok.css"}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_well_formed_swedish_and_has_a_way_in(page: str, site: dict[str, str]) -> None:
    read = Reader(site[page])
    assert read.open == []
    assert read.all("html")[0]["lang"] == "sv"
    assert len(read.all("h1")) == 1
    ids = [a["id"] for _, a in read.found if a.get("id")]
    assert len(set(ids)) == len(ids), sorted({i for i in ids if ids.count(i) > 1})[:5]
    inside = {str(a["href"])[1:] for a in read.all("a") if str(a.get("href", "")).startswith("#")}
    assert "innehall" in inside and inside <= set(ids)
    assert [a["href"] for a in read.all("a") if a.get("aria-current") == "page"] == [page]


@pytest.mark.parametrize("page", PAGES)
def test_links_between_pages_reach_something(page: str, site: dict[str, str]) -> None:
    for link in Reader(site[page]).all("a"):
        target, _, anchor = str(link["href"]).partition("#")
        if target in PAGES and anchor:
            assert f'id="{anchor}"' in site[target], link


@pytest.mark.parametrize("page", PAGES)
def test_tables_have_scopes_and_figures_have_sentences(page: str, site: dict[str, str]) -> None:
    read = Reader(site[page])
    assert all(a.get("scope") in ("col", "row") for a in read.all("th"))
    assert site[page].count("<table") == site[page].count("<caption")
    figures, drawings = read.all("figure"), read.all("svg")
    assert all(a["role"] == "group" and a["aria-labelledby"] for a in figures)
    assert all(a["role"] == "img" and len(str(a["aria-label"])) > 20 for a in drawings)
    assert not re.search(r"<t[dh][^>]*></t[dh]>", site[page]), "tomma celler"


@pytest.mark.parametrize("page", PAGES)
def test_nothing_points_outside(page: str, site: dict[str, str]) -> None:
    for name, attributes in Reader(site[page]).found:
        for attribute in ("src", "href", "xlink:href", "action", "data", "poster", "srcset"):
            value = str(attributes.get(attribute) or "")
            assert not re.match(r"(?i)\s*(https?:|//|ftp:|javascript:)", value), (name, attribute, value)
    assert "http" not in site[page].replace("http-equiv", "")
    assert "url(" not in site["assets/energibok.css"] and "@import" not in site["assets/energibok.css"]


def test_headlines_are_written_as_text_writes_them(site: dict[str, str], marts: dict[str, pl.DataFrame]) -> None:
    for row in marts["headline"].iter_rows(named=True):
        for page in ("index.html", "ekonomi.html"):
            assert f">{text.figure(row['value'], row['unit'], 'tkr')}<" in site[page]
            assert text.band(row["low"], row["high"], row["unit"], "tkr") in site[page]
            assert f"energibok explain {row['evidence_key']}" in site[page]


def test_every_evidence_key_of_a_shown_row_is_on_a_page(site: dict[str, str], marts: dict[str, pl.DataFrame]) -> None:
    everything = "".join(site[page] for page in PAGES)
    for mart in (
        "savings_total",
        "savings_monthly",
        "bridge",
        "measures",
        "findings",
        "invoice_findings",
        "missing_invoices",
        "forecast",
        "deviations",
        "accruals",
        "allocation",
        "economics_returns",
    ):
        missing = [k for k in marts[mart]["evidence_key"].drop_nulls() if k not in everything]
        assert missing == [], mart
    so_far = marts["budget_period"].filter((pl.col("period") == "ytd") | (pl.col("dimension") == "facility"))
    assert so_far.height > 10 and all(k in everything for k in so_far["evidence_key"])


def test_closed_months_and_what_would_change_are_shown(site: dict[str, str], marts: dict[str, pl.DataFrame]) -> None:
    page = site["ekonomi.html"]
    assert "70\u00a0månader är stängda (januari\u00a02018 till och med oktober\u00a02023)" in page
    assert 'id="andrade-siffror"' in page and "undviken kostnad (kr)" in page and "\u22121\u00a0050,0" in page
    assert ">stängd<" in page and ">öppen<" in page
    without = {n: f for n, f in marts.items() if n in ("facilities", "projects", "savings_monthly")}
    open_months = without["savings_monthly"].with_columns(is_closed=pl.lit(False))
    other = str(build(without | {"savings_monthly": open_months}, SiteOptions())["ekonomi.html"])
    assert "Inga månader är stängda" in other and "Siffror som skulle ändras" not in other


def test_silent_rules_stand_under_measures_and_information_is_folded(site: dict[str, str]) -> None:
    measures, quality = site["atgarder.html"], site["datakvalitet.html"]
    assert "Regler som inte gav något förslag, och varför" in measures
    assert "Returtemperaturen 33,3\u00a0°C är redan låg." in measures
    # of which meter, where the reason does not say
    assert "<dt>Returtemperatur, Fjärrvärme huvudmätare</dt>" in measures
    assert "är redan låg" not in quality
    # a proposal without an amount is a proposal here as in `energibok measures`: it stands by its status
    proposed = measures.partition("Förslag utan utlovat belopp, och varför")[2].partition("Regler som inte gav")[0]
    assert "<dt>Samma faktura två gånger (förslag)</dt>" in proposed and "är redan låg" not in proposed
    assert "<summary>Upplysningar (1 rad)</summary>" in quality


def test_files_tell_their_message_and_the_unknown_are_told_apart(site: dict[str, str]) -> None:
    page = site["datakvalitet.html"]
    assert "26\u00a0filer, varav 1 i karantän och 1 som ingen källa känner igen." in page
    assert "Filen är avklippt på rad 3." in page and '<span class="mark warn">okänd källa</span>' in page


@pytest.mark.parametrize("raw", ["billed_power_kw", "measure_silent", "not_a_number", "Etc/GMT-1", "last_12_months<"])
def test_no_code_is_shown_raw(raw: str, site: dict[str, str]) -> None:
    assert all(raw not in re.sub(r"<code.*?</code>", "", site[page], flags=re.DOTALL) for page in PAGES)


def test_a_facility_without_readings_has_no_empty_headings(marts: dict[str, pl.DataFrame]) -> None:
    names = ("facilities", "invoice_lines")
    why = pl.DataFrame({"facility": marts["facilities"]["facility"], "level": ["info"],
                        "rule": ["facility_not_assessed"],
                        "message": ["kan inte bedömas: hallen har inga mätvärden"]})  # fmt: skip
    pages = {p: str(c) for p, c in build({n: marts[n] for n in names} | {"findings": why}, SiteOptions()).items()}
    assert "Hallen har inga mätvärden." in pages["anlaggning.html"] and "<figure" not in pages["anlaggning.html"]
    assert "<h3" not in pages["anlaggning.html"]
    assert "Från före till efter" not in pages["index.html"] and "fakturor, " in pages["index.html"]
    assert "Fakturorna går inte att räkna om. Hallen har inga mätvärden." in pages["fakturor.html"]
    assert "kan inte bedömas: kan inte" not in "".join(pages.values()).lower()


def test_invoice_rows_can_be_linked_to(site: dict[str, str]) -> None:
    assert 'id="faktura-H202203-rad-' in site["fakturor.html"]


def test_sortable_tables_have_buttons_and_say_their_order(site: dict[str, str]) -> None:
    table = site["atgarder.html"].split("<table", 1)[1].split("</thead>", 1)[0]
    assert table.count("<button") == table.count('aria-sort="none"') == table.count("<th ") > 5


@pytest.mark.parametrize("page", PAGES)
def test_synthetic_data_is_said_on_every_page(page: str, site: dict[str, str]) -> None:
    assert "<strong>Syntetiska data</strong>" in site[page]


def test_real_data_has_no_banner(marts: dict[str, pl.DataFrame]) -> None:
    real = marts | {"facilities": marts["facilities"].with_columns(synthetic=pl.lit(False))}
    only = {name: real[name] for name in ("facilities", "publication", "headline")}
    assert all("Syntetiska data" not in str(page) for page in build(only, SiteOptions()).values())


def test_hostile_texts_stay_texts(hostile: dict[str, pl.DataFrame]) -> None:
    evil = SiteOptions(organisation='<script>o()</script>"onload="x', generated_text="<img src=x onerror=y()>")
    for page, content in build(hostile, evil).items():
        if not page.endswith(".html"):
            continue
        read = Reader(str(content))
        assert len(read.all("script")) == 1
        assert not read.all("img") and not read.all("iframe")
        assert not [a for _, a in read.found if any(k.startswith("on") for k in a)]
        assert "<script>alert" not in str(content) and "<img" not in str(content)
        assert "49" not in re.findall(r"«(\d+)»", " ".join(read.words))
        assert "<script>alert(1)</script>" in "".join(read.words) or page == "om.html"


def test_no_marts_at_all_gives_pages_that_say_so() -> None:
    pages = build({}, SiteOptions())
    assert all("Data saknas" in str(pages[page]) for page in PAGES)


def test_a_facility_with_nothing_else_gives_pages_that_say_why(marts: dict[str, pl.DataFrame]) -> None:
    pages = build({"facilities": marts["facilities"]}, SiteOptions())
    for page in PAGES:
        Reader(str(pages[page]))
        assert "Data saknas" in str(pages[page]), page
    assert "Inget energiprojekt är inlagt" in str(pages["index.html"])


def test_a_disqualified_baseline_is_a_reason_and_no_figure(marts: dict[str, pl.DataFrame]) -> None:
    why = "för få dygn under basperioden"
    head = marts["headline"].with_columns(
        *(pl.lit(None, pl.Float64).alias(c) for c in ("value", "low", "high")), reason=pl.lit(why))  # fmt: skip
    names = ("facilities", "projects")
    page = str(build({n: marts[n] for n in names} | {"headline": head}, SiteOptions())["index.html"])
    assert page.count(f"Kan inte bedömas: {why}") == 3
    assert 'class="figure"' not in page


@pytest.mark.parametrize(
    ("zero", "said"), [(True, "rätt när inget har hänt"), (False, "Skillnaden är ingen besparing")]
)
def test_a_placebo_is_a_test_of_the_method(marts: dict[str, pl.DataFrame], zero: bool, said: str) -> None:
    changed = {
        "facilities": marts["facilities"],
        "headline": marts["headline"],
        "projects": marts["projects"].with_columns(placebo=pl.lit(True)),
        "savings_total": marts["savings_total"].with_columns(holds_zero=pl.lit(zero)),
    }
    page = str(build(changed, SiteOptions())["index.html"])
    assert "Prov av metoden: inget projekt är känt här." in page
    assert said in page


def test_several_facilities_are_listed_first(marts: dict[str, pl.DataFrame]) -> None:
    other = marts["facilities"].with_columns(facility=pl.lit("b"), name=pl.lit("Badhuset"))
    two = {"facilities": pl.concat([marts["facilities"], other]), "headline": marts["headline"],
           "projects": marts["projects"]}  # fmt: skip
    page = str(build(two, SiteOptions())["index.html"])
    assert page.index('id="anlaggningar"') < page.index('id="anl-torvalla-syntetisk"') < page.index('id="anl-b"')


def test_the_unit_of_the_house_and_english_furniture(marts: dict[str, pl.DataFrame], options: SiteOptions) -> None:
    some = {name: marts[name] for name in ("facilities", "headline", "projects")}
    page = str(build(some, replace(options, amount_unit="kkr", language="en"))["index.html"])
    assert "804\u00a0kkr" in page and "tkr" not in page
    assert '<html lang="en">' in page and '<main id="innehall" lang="sv"' in page and ">Economy<" in page


def test_no_page_says_that_a_placebo_project_did_something(
    marts: dict[str, pl.DataFrame], options: SiteOptions
) -> None:
    names = ("facilities", "headline", "bridge", "savings_total", "cusum", "events")
    some = {n: marts[n] for n in names} | {"projects": marts["projects"].with_columns(placebo=pl.lit(True))}
    pages = build(some, options)
    for page in ("index.html", "ekonomi.html", "anlaggning.html"):
        assert "Energiprojektet" not in str(pages[page])
        assert "inget projekt är känt" in str(pages[page])
    assert "Provdatumet" in str(pages["index.html"])


def test_a_file_wrong_on_every_row_does_not_drown_the_page(marts: dict[str, pl.DataFrame]) -> None:
    one = marts["findings"].filter(pl.col("row_no").is_not_null()).head(1)
    many = pl.concat([one] * 3000).with_columns(row_no=pl.int_range(3000, dtype=one.schema["row_no"]))
    page = build({**marts, "findings": many}, SiteOptions())["datakvalitet.html"]
    assert page.count("<tr") < 500
    assert f"{text.number(2975)} till av samma slag" in " ".join(Reader(page).words)
