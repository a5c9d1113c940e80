"""The measure register on the demonstration: a done measure verified; decisions by workbook, file and command line."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import polars as pl
import pytest

from dashboards import workbook
from dashboards.pages import stake
from energy.demo import invoice_truth, plan
from energy.demo.decisions import PROMISED_SEK, PUMP
from energy.demo.physics import simulate
from flows.cli import main
from flows.decisions import deciding
from flows.intake.ingest import ingest
from flows.measures.recombining import recombine
from flows.measures.register import MARTS, REBUILT, remember
from flows.settings.load import load_settings
from flows.storage import dispatch
from flows.store import Store
from tests.e2e.reading import mart, printed

CSV = "Åtgärdsnyckel;Beslut;Beslutat den;Ansvarig roll;Anteckning\n"


def test_a_done_measure_is_verified_against_what_it_was_to_save(home: Path) -> None:
    """The pump's meter is 16 kW until its speed follows the load: the band holds what the physics knows it spared."""
    row = mart(home, "measure_verification").filter(measure_key=PUMP).row(0, named=True)
    physics = simulate(1)
    since = physics.time.since(row["from_month"], plan.END)
    spared = float((16.0 * physics.time.ice[since]).sum() - physics.el_brine_kwh[since].sum())
    assert row["avoided_energy_kwh_low"] < spared < row["avoided_energy_kwh_high"]
    assert row["promised_sek_per_year"] == PROMISED_SEK and row["months"] == 13 and row["months_needed"] == 0
    assert row["verdict"] in ("confirmed", "partly") and row["verified_sek_per_year_low"] > 0
    assert row["start_on"] == plan.BRINE_SPEED_FROM and row["trained_from"] == date(2020, 11, 1)
    register = mart(home, "measure_register").filter(measure_key=PUMP).row(0, named=True)
    assert register["stage"] == "verified" and np.isclose(register["cost_sek"], 45_000)
    page = (home / "published/site/atgarder.html").read_text(encoding="utf-8")
    assert "räknat för sig" in page and "Varvtalsstyrd" not in page  # the register's own title is the rule's


def test_the_life_of_a_measure_can_be_followed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for kind in ("register", "history", "verification"):
        steps = printed(capsys, "explain", f"{kind}/{PUMP}", "--home", str(home))["steps"]
        assert any(step.get("file_name") == "beslut/syntetiska_beslut.csv" for step in steps), kind
    rows = printed(capsys, "measures", "--history", PUMP, "--home", str(home))["measure_history"]
    assert [row["event"] for row in rows] == ["decided", "decided", "verified"]
    document = printed(capsys, "measures", "--register", "--home", str(home))
    assert len(document["measure_register"]) > 5 and len(document["measure_verification"]) == 1
    assert main(["measures", "--history", "nonsens", "--home", str(home)]) == 2


def test_every_mistake_put_into_the_invoices_is_registered_once_with_its_amount(home: Path) -> None:
    """But what is settled already, what never came, and the idle meter, which a rule of its own values by the year."""
    elsewhere = ("estimated_reading", "missing_invoice", "dormant_meter")
    truth = invoice_truth().filter(~pl.col("rule").is_in(elsewhere)).to_dicts()
    claims = mart(home, "measures").filter(pl.col("code").str.starts_with("I")).to_dicts()
    assert all(one["one_off"] for one in claims)
    for wrong in truth:
        mine = [c for c in claims if c["measure_id"] == wrong["rule"]]
        mine = [
            c for c in mine if wrong["rule"] == "period_not_aligned" or c["measure_key"].endswith(wrong["invoice_no"])
        ]
        (one,) = mine
        amount = one["saving_sek_per_year"]
        assert amount == (pytest.approx(wrong["amount_sek"], abs=0.02) if wrong["amount_sek"] > 0 else None), wrong
    # what is claimed of suppliers is one sum, on the page of invoices and on that of measures
    told = mart(home, "invoice_findings").filter(facility=claims[0]["facility"])
    claimed = {what: stake.total(rows) for what, _, rows in stake.kinds(told)}[stake.CLAIM]
    of_suppliers = sum(c["saving_sek_per_year"] or 0.0 for c in claims if c["measure_id"] not in stake.BOOKS)
    assert claimed == pytest.approx(of_suppliers, abs=0.01)
    others = {c["measure_id"] for c in claims} - {wrong["rule"] for wrong in truth}
    assert others == {"posted_gross"}  # found in the books
    evidence = mart(home, "measure_evidence").filter(pl.col("measure_key").is_in([c["measure_key"] for c in claims]))
    assert evidence.filter(pl.col("at").str.contains(r"rad \d+$")).height > 20
    assert set(evidence["measure_key"]) == {c["measure_key"] for c in claims}
    steps = mart(home, "measures_combined")
    assert not set(steps["measure_key"]) & {c["measure_key"] for c in claims}  # never in what is saved a year


def test_the_page_groups_invoices_and_meters_and_the_register_takes_decisions_on_them(
    home: Path, own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (home / "published/site/atgarder.html").read_text(encoding="utf-8")
    for said in ("Fakturor: att få tillbaka eller rätta", "Mätare och mätdata: att rätta", "Fel omräkningsfaktor på"):
        assert said in page, said
    rows = printed(capsys, "measures", "--home", str(home))["measures"]
    codes = [row["code"][0] for row in rows if row["saving_sek_per_year"] is not None]
    assert codes == sorted(codes, key=lambda code: code == "I")  # what comes once stands after what comes every year
    claim = mart(own, "measures").filter(measure_id="wrong_power")["measure_key"].item()
    fault = mart(own, "measures").filter(measure_id="values_missing")["measure_key"][0]
    for key, word in ((claim, "done"), (fault, "no")):
        assert main(["decide", key, word, "--by", "controller", "--why", "skäl", "--home", str(own)]) == 0
    stages = dict(mart(own, "measure_register").select("measure_key", "stage").iter_rows())
    assert (stages[claim], stages[fault]) == ("done", "declined")
    quiet = mart(own, "measures").filter("is_quiet")["measure_key"].to_list()
    assert {claim, fault} <= set(quiet)


def test_a_set_is_answered_from_what_the_analysis_kept(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first two of the marginal list give what it says, without the store's best operation worked out again."""
    monkeypatch.setattr(dispatch, "operations", lambda *_: pytest.fail("worked out anew"))
    steps = mart(home, "measures_combined").sort("rank").head(2)
    asked = ",".join(steps["measure_key"])
    rows = printed(capsys, "measures", "--set", asked, "--home", str(home))["measures_combined"]
    for name in ("marginal_sek_per_year", "cumulative_sek_per_year_low", "cumulative_sek_per_year_high"):
        assert [row[name] for row in rows] == pytest.approx(steps[name].to_list(), abs=0.01), name
    with Store.read(home) as store:  # one of them is an operation's, whose effect is kept hour by hour
        kept = {key for (key,) in store.rows("select measure_key from analysis.measure_changes")}
    assert kept & set(steps["measure_key"])


def test_a_decision_leaves_a_marginal_list_of_what_is_still_to_be_done(
    home: Path, own: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A no makes the list anew without its measure, as --set adds the same ones up; taken back, it is as it was."""
    monkeypatch.setattr(deciding, "recombine", recombine)
    shutil.copytree(home / "tariffs", own / "tariffs", dirs_exist_ok=True)
    before = mart(own, "measures_combined").sort("rank")
    gone = before["measure_key"][2]
    words = ("--by", "driftchef", "--why", "skäl", "--home", str(own))
    assert main(["decide", gone, "no", *words]) == 0
    after = mart(own, "measures_combined").sort("rank")
    assert set(after["measure_key"]) == set(before["measure_key"]) - {gone}
    assert after["rank"].to_list() == list(range(1, before.height))
    capsys.readouterr()
    first = after.head(4)
    rows = printed(capsys, "measures", "--set", ",".join(first["measure_key"]), "--home", str(own))["measures_combined"]
    assert [row["marginal_sek_per_year"] for row in rows] == pytest.approx(first["marginal_sek_per_year"].to_list())
    assert main(["decide", gone, "--undo", *words]) == 0
    again = mart(own, "measures_combined").sort("rank")
    assert again["measure_key"].to_list() == before["measure_key"].to_list()
    sums = [frame["cumulative_sek_per_year"].to_list() for frame in (again, before)]
    assert sums[0] == pytest.approx(sums[1], abs=0.01)


@pytest.fixture
def own(home: Path, tmp_path: Path) -> Iterator[Path]:
    """Yield a home of its own with the demonstration's figures, whose pages are not written anew."""
    place = tmp_path / "hem"
    for name in ("energibok.toml", "store/energibok.duckdb", "store/published.duckdb"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(home / name, place / name)
    (place / "inbox").mkdir()
    (place / "tariffs").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deciding, "publish_step", _publish)
        patch.setattr(deciding, "recombine", lambda *_: False)  # dear, and has a test of its own
        yield place


def _publish(home: Path) -> None:
    with Store.write(home) as store:
        store.publish()


def _again(home: Path, *files: Path) -> None:
    """Read the files and do with the register what an analysis that finds the same measures does."""
    with Store.write(home) as store:
        assert all(found.status == "loaded" for found in ingest(store, load_settings(home), list(files)))
        with store.transaction():
            store.build("staging")
            store.build("core", REBUILT)
            remember(store)
            store.build("marts", MARTS)
        store.publish()


def _filled(home: Path, key: str, word: str, on: date) -> bytes:
    """Return the workbook's sheet as a reader leaves it, one more decision chosen."""
    marts = {name: mart(home, name) for name in ("measure_register", "facilities")}
    book = openpyxl.load_workbook(io.BytesIO(workbook.build(marts)))
    sheet = book["Beslut"]
    row = next(n for n in range(2, sheet.max_row + 1) if sheet.cell(n, 1).value == key)
    sheet.cell(row, 5, word)
    sheet.cell(row, 6, on)
    sheet.cell(row, 7, "driftchef")
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_decisions_by_workbook_file_and_command_line_survive(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    named = mart(own, "measures").filter(pl.col("saving_sek_per_year").is_not_null()).sort("rank")
    first, second, third = named["measure_key"].head(3).to_list()
    (own / "inbox/nej.csv").write_text(f"{CSV}{first};nej;2024-02-01;driftchef;stör skolan\n", encoding="utf-8")
    (own / "inbox/Energibok.xlsx").write_bytes(_filled(own, second, "genomför", date(2024, 2, 2)))
    _again(own, own / "inbox/nej.csv", own / "inbox/Energibok.xlsx")
    assert main(["decide", third, "later", "--by", "driftchef", "--why", "efter sommaren", "--home", str(own)]) == 0
    assert "senare" in capsys.readouterr().out
    stages = {"declined": first, "decided": second, "waiting": third, "verified": PUMP}
    for _ in range(2):
        register = mart(own, "measure_register")
        assert {s: register.filter(measure_key=k)["stage"].item() for s, k in stages.items()} == {s: s for s in stages}
        measures = mart(own, "measures").sort("rank")
        assert first in measures.filter("is_quiet")["measure_key"] and measures["is_quiet"].is_sorted()
        (own / "inbox/igen.xlsx").write_bytes(_filled(own, second, "genomför", date(2024, 2, 2)))
        before = mart(own, "measure_history").height
        _again(own, own / "inbox/igen.xlsx")  # the same decisions told again, and a run that sees the same measures
        assert mart(own, "measure_history").height == before
        (own / "inbox/igen.xlsx").unlink()
    assert main(["decide", first, "--undo", "--by", "driftchef", "--why", "fel åtgärd", "--home", str(own)]) == 0
    assert mart(own, "measure_register").filter(measure_key=first)["stage"].item() == "candidate"
    assert main(["decide", "nonsens", "yes", "--by", "driftchef", "--why", "skäl", "--home", str(own)]) == 2
    assert "ingen åtgärd i registret" in capsys.readouterr().err
    assert main(["decide", first[:-1], "nej", "--by", "driftchef", "--why", "skäl", "--home", str(own)]) == 2
    assert f"Menade du «{first}»" in capsys.readouterr().err
