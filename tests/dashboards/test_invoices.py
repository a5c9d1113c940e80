"""Fakturor: dearest first, told-only findings never added, what to do in the books, a key's change is no saving."""

from __future__ import annotations

import re

import polars as pl

from dashboards import text
from dashboards.conform import conform
from dashboards.options import SiteOptions
from dashboards.pages import books, invoices, stake
from dashboards.pages.base import View
from dashboards.site import build

Marts = dict[str, pl.DataFrame]
S = text.NBSP


def _section(marts: Marts) -> dict[str, object]:
    found: dict[str, object] = invoices.context(View(conform(marts), SiteOptions()))["sections"][0]
    return found


def test_money_at_stake_is_added_by_kind_and_what_is_only_told_is_left_out(marts: Marts) -> None:
    said = [sentence for sentence, _ in stake.stakes(conform(marts)["invoice_findings"])]
    # 41 230.50 + 8 123.50 + 2 210.00 + 1 480.25 = 53 044.25; the told 930 is in no sum
    assert said == [
        f"53{S}044{S}kr att kräva tillbaka av leverantörerna (4{S}iakttagelser).",
        f"5{S}512{S}kr att rätta i bokföringen (1{S}iakttagelse).",
        f"640{S}kr för lite fakturerat, som kan komma i efterhand (1{S}iakttagelse).",
        f"1{S}iakttagelse har inget belopp.",
    ]
    told = marts["invoice_findings"].with_columns(level=pl.lit("info"))
    assert stake.stakes(told) == []


def test_vat_is_never_added_to_amounts_excluding_vat(marts: Marts) -> None:
    findings = marts["invoice_findings"]
    # the dearest claim becomes one of VAT: 53 044.25 - 41 230.50 = 11 813.75 is left to claim
    first = pl.col("amount_sek") == 41230.5
    vat = findings.with_columns(rule=pl.when(first).then(pl.lit("vat_error")).otherwise("rule"))
    said = [sentence for sentence, _ in stake.stakes(conform(marts | {"invoice_findings": vat})["invoice_findings"])]
    assert said[0] == f"11{S}814{S}kr att kräva tillbaka av leverantörerna (3{S}iakttagelser)."
    assert f"Moms att rätta: 41{S}231{S}kr (1{S}iakttagelse)." in said
    view = View(conform(marts | {"invoice_findings": vat}), SiteOptions())
    short = stake.short(view, view.facilities()[0])
    assert short.startswith(f"Fakturagranskningen: 12{S}tkr att kräva tillbaka")
    assert short.endswith(f"Moms att rätta: 41{S}tkr.")
    less = vat.with_columns(amount_sek=pl.when(first).then(-pl.col("amount_sek")).otherwise("amount_sek"))
    said = [sentence for sentence, _ in stake.stakes(less)]
    assert f"640{S}kr för lite fakturerat, som kan komma i efterhand (1{S}iakttagelse)." in said
    assert f"Moms att rätta: 41{S}231{S}kr (1{S}iakttagelse)." in said


def test_findings_stand_dearest_first_with_the_text_to_send(marts: Marts, site: dict[str, str]) -> None:
    findings = _section(marts)["findings"]
    assert isinstance(findings, list)
    assert [f["title"] for f in findings][:3] == ["Dubbel faktura", "Fel effekt", "Bokförd med moms"]
    assert findings[-1]["title"] == "Mätare utan last" and findings[-1]["amount"] == ""
    page = site["fakturor.html"]
    assert page.count('<pre class="letter" tabindex="0">') == 5
    assert "Vi ber er kontrollera och kreditera beloppet." in page
    assert "Upplysningar, inget att kräva (1 rad)" in page


def test_only_lines_that_differ_are_shown_and_each_has_its_receipt(marts: Marts, site: dict[str, str]) -> None:
    page = site["fakturor.html"]
    table = page.split('id="anl-torvalla-syntetisk-granskning"')[1].split("</table>")[0]
    audit = marts["invoice_audit"]
    differing = audit.filter(~pl.col("verdict").is_in(["agrees", "not_assessed"]))
    assert table.count('<th scope="row"') == differing.height == 4
    assert all(key in table for key in differing["evidence_key"])
    agreeing = audit.filter(pl.col("verdict") == "agrees")["evidence_key"]
    assert not [key for key in agreeing if f">{key}<" in page]
    numbers = re.findall(r"([\d\u00a0]+) (?:stämmer|fel prislista|fel effekt|avgiftsdel saknas)</span>", page)
    assert numbers[:4] == ["235", "1", "1", "1"]
    assert "Spotpris saknas för 3 timmar." in page and "kan inte bedömas: kan inte" not in page.lower()


def test_the_page_stays_light_however_much_differs(marts: Marts) -> None:
    one = marts["invoice_audit"].filter(pl.col("verdict") == "wrong_power")
    findings = marts["invoice_findings"].filter(pl.col("rule") == "wrong_power")
    many = {
        "invoice_audit": pl.concat([one] * 4000),
        "invoice_findings": pl.concat([findings] * 900).with_row_index("n").with_columns(
            finding_key=pl.format("f{}", "n")).drop("n"),
    }  # fmt: skip
    page = str(build({"facilities": marts["facilities"]} | many, SiteOptions())["fakturor.html"])
    assert page.count("<tr") < 400 and page.count("<article") == invoices.MOST_TOLD
    assert "860 till står i arbetsbokens blad «Fakturafel»." in page
    assert f"3{S}750 till står i arbetsbokens blad «Fakturagranskning»." in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_findings_of_no_facility_have_a_place(marts: Marts) -> None:
    lost = marts["invoice_findings"].with_columns(facility=pl.lit(None, pl.String))
    page = str(build(marts | {"invoice_findings": lost}, SiteOptions())["fakturor.html"])
    assert page.index("Hör inte till en anläggning") < page.index("Dubbel faktura")


def test_the_books_tell_what_to_do(marts: Marts, site: dict[str, str]) -> None:
    page = site["fakturor.html"]
    assert f"1 av 5{S}poster stämmer med bokföringen." in page
    table = page.split('id="anl-torvalla-syntetisk-bokforing"')[1].split("</table>")[0]
    assert table.count('<th scope="row"') == 4 and "5010, väntat 5110" in table
    # |19 800 - 20 410| = 610 and |18 900 - 18 640| = 260: mean 435; 870 of 20 410 + 18 640 is 2.2 %
    assert f"i medeltal 435{S}kr, 2,2{S}% av det fakturerade (2{S}periodiseringar)." in page
    assert "bokforing.csv" not in page
    linked = build(marts, SiteOptions(postings_href="../bokforing.csv"))["fakturor.html"]
    assert '<a href="../bokforing.csv">' in str(linked)


def test_a_changed_key_is_never_a_saving(marts: Marts, site: dict[str, str]) -> None:
    assert books.NO_SAVING in site["fakturor.html"]
    shares = conform(marts)["allocation"]
    changes = books._changes(shares)
    assert len(changes) == 2 and all(c.startswith(f"Juli{S}2023, el, ") for c in changes)
    assert f"Kultur- och fritidsnämnden: från 62,0{S}% till 55,0{S}%." in changes[1]
    # new words for the same share are no change
    assert books._changes(shares.with_columns(share_pct=pl.lit(50.0))) == []


def test_without_an_audit_the_page_says_why(marts: Marts) -> None:
    some = {name: marts[name] for name in ("facilities", "invoice_lines")}
    assert "Fakturorna går inte att räkna om." in str(build(some, SiteOptions())["fakturor.html"])
    assert "Inga fakturor är inlästa." in str(
        build({"facilities": marts["facilities"]}, SiteOptions())["fakturor.html"]
    )
