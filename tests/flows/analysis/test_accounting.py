"""The books of a tiny home, from files to marts and back: a SIE file, an invoice, a bill, a key between two bearers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dashboards.pages import books
from dashboards.schema import MARTS
from energy.accounts import BookRules, match
from energy.errors import SettingsError
from energy.model import Parsed, frame
from energy.sources.ledger import sie
from flows.analysis import figures
from flows.analysis.accounting import TABLES, account
from flows.analysis.dimensions import schema, write_settings
from flows.cli import main
from flows.explain import books as explain_books
from flows.explain import receipts as explain
from flows.settings.load import load_settings
from flows.store import SQL, Store
from tests.accounts.books import accounts_frame, frames
from tests.flows.homes import land
from tests.flows.metered import HOUSE

SETTINGS = """
[[cost_bearer]]
id = "idrott"
name = "Idrottsnämnden"
[[cost_bearer]]
id = "skola"
name = "Skolnämnden"
vat_recoverable = false
[[facility]]
id = "hall"
name = "Hallen"
weather_station = "1"
cost_bearer = "idrott"
[[metering_point]]
id = "735"
facility = "hall"
name = "Värme"
carrier = "district_heating"
[[contract]]
metering_point = "735"
kind = "heat"
family = "f"
valid_from = 2018-01-01
supplier_id = "5599990016"
[[account]]
account = "6210"
kind = "heat"
cost_centre = "4510"
[[account]]
account = "2990"
purpose = "accrual"
[[allocation]]
metering_point = "735"
cost_bearer = "idrott"
share = 0.75
[[allocation]]
metering_point = "735"
cost_bearer = "skola"
rest = true
"""
VOUCHER = '#VER L {no} {day} "{text}"\n{{\n{lines}}}\n'
HEAD = "#FLAGGA 0\n#SIETYP 4\n#ORGNR 2120009994\n#RAR 0 20230101 20231231\n#KONTO 6210 Fjärrvärme\n"
JANUARY, FEBRUARY = date(2023, 1, 1), date(2023, 2, 1)


def ver(no: int, day: str, text: str, *lines: tuple[str, float]) -> str:
    written = "".join(f"#TRANS {a} {{{'1 4510' if a[0] == '6' else ''}}} {v}\n" for a, v in lines)
    return VOUCHER.format(no=no, day=day, text=text, lines=written)


def sie_file(*vouchers: str) -> bytes:
    return (HEAD + "".join(vouchers)).encode("cp437")


BOOK = sie_file(
    ver(1, "20230210", "Värmeverket A1", ("6210", 1000), ("1650", 250), ("2510", -1250)),
    ver(2, "20230215", "Hyra", ("6010", 5), ("1930", -5)),
)


def invoices(number: str, issued: date, month: date, net: float) -> dict[str, pl.DataFrame]:
    """Return an invoice of one line for a whole month."""
    key = {"supplier_id": "5599990016", "invoice_no": number, "issue_date": issued, "document_type": "380",
           "metering_point": "735"}  # fmt: skip
    last = date(month.year, month.month, 28)
    head = {**key, "row_no": 1, "supplier": "Värmeverket AB", "net_sek": net, "vat_sek": net / 4, "rounding_sek": 0.0}
    line = {**key, "row_no": 2, "line_id": "1", "item": "Energi", "component": "energy", "amount_sek": net,
            "period_start": month, "period_end": last}  # fmt: skip
    return {"invoices": frame("invoices", [head]), "invoice_lines": frame("invoice_lines", [line])}


def put(store: Store, name: str, parsed: Parsed, data: bytes = b"x") -> None:
    sha256 = store.archive.put(data) if name.endswith(".se") else f"{name:0<64}"
    land(
        store,
        parsed,
        {"file_name": name, "sha256": sha256, "size_bytes": 1, "received_at": datetime(2023, 3, 1, tzinfo=UTC)},
    )


@contextmanager
def home(path: Path, book: bytes | None = BOOK, settings: str = SETTINGS) -> Iterator[Store]:
    """Yield a store with two invoices, one book and the bills of January and February 2023."""
    path.mkdir(exist_ok=True)
    (path / "energibok.toml").write_text(settings, encoding="utf-8")
    with Store.write(path) as store:
        write_settings(store, load_settings(path), HOUSE)
        put(store, "a1.xml", Parsed("peppol", invoices("A1", date(2023, 2, 7), JANUARY, 1000.0)))
        put(store, "a2.xml", Parsed("peppol", invoices("A2", date(2023, 3, 20), FEBRUARY, 800.0)))
        if book is not None:
            put(store, "bok.se", sie.read(book, "bok.se", {}), book)
        store.build("staging")
        store.build("core")
        bill = [
            {"metering_point": "735", "contract_kind": "heat", "month": m, "line_no": 1, "component": "energy",
             "label": "Energi", "price_list": "f-2023", "amount_sek": a, "evidence": "[]"}
            for m, a in ((JANUARY, 1000.0), (FEBRUARY, 790.0))
        ]  # fmt: skip
        for name, data in figures.frames({"bill": bill}).items():
            store.replace(f"analysis.{name}", data)
        yield store


def found(store: Store) -> dict[str, pl.DataFrame]:
    return account(store, load_settings(store.home), [], [], "run")


def told(store: Store, key: str) -> str:
    kind, _, rest = key.partition("/")
    trail = explain.Trail(store)
    explain_books.KINDS[kind](trail, rest)
    return "\n".join(step["text"] for step in trail.steps).replace("\xa0", " ")


def marts(store: Store, rows: dict[str, pl.DataFrame]) -> dict[str, list[dict[str, Any]]]:
    for name, data in rows.items():
        store.replace(f"analysis.{name}", data)
    for name in ("monthly_cost", *TABLES):
        query = (SQL / "marts" / f"{name}.sql").read_text(encoding="utf-8")
        store.con.execute(f"create or replace table marts.{name} as {query}")
    return {name: store.records(f"marts.{name}") for name in TABLES}


def test_from_files_to_marts_and_back(tmp_path: Path) -> None:
    with home(tmp_path) as store:
        rows = found(store)
        assert {n: dict(f.schema) for n, f in rows.items()} == {n: schema(figures.ANALYSIS[n]) for n in TABLES}
        shown = marts(store, rows)
        for name in TABLES:
            assert list(shown[name][0]) == list(MARTS[name]), name
        posted, waiting = shown["ledger_match"]
        assert (posted["verdict"], posted["facility"], posted["supplier"]) == ("matched", "hall", "Värmeverket AB")
        assert (posted["evidence_key"][:8], posted["voucher"], posted["row_no"]) == ("voucher/", "L 1", 8)
        assert (waiting["verdict"], waiting["net_sek"]) == ("not_assessed", 800.0)  # the book ends on 15 February
        way = told(store, posted["evidence_key"])
        assert "raden lyder: #TRANS 6210 {1 4510} 1000" in way and "fakturarad invoice/5599990016/A1/1" in way
        assert "inläst bokföring: bok.se" in told(store, waiting["evidence_key"])
        january, accrual = shown["accruals"]  # January's invoice is dated 7 February, and its voucher is of the 10th
        assert (january["accounting_period"], january["accrual_sek"], january["error_sek"]) == (JANUARY, 1000.0, 0.0)
        assert (accrual["consumption_month"], accrual["accrual_sek"], accrual["status"]) == (FEBRUARY, 790.0, "open")
        assert (accrual["invoiced_sek"], accrual["error_sek"], accrual["error_pct"]) == (800.0, -10.0, -1.25)
        way = told(store, accrual["evidence_key"])
        assert "omräknat i cost/735/2023-02/1" in way and "fakturerat 2023-03-20 i invoice/5599990016/A2/1" in way
        debit, credit = (sum(r[c] or 0 for r in shown["accrual_postings"]) for c in ("debit_sek", "credit_sek"))
        assert debit == credit == 2 * 790.0
        sport = next(r for r in shown["allocation"] if r["month"] == JANUARY and r["cost_bearer"] == "Idrottsnämnden")
        assert (sport["share_pct"], sport["cost_sek"], sport["energy_kwh"]) == (75.0, 750.0, None)
        assert "735 saknar mätvärden" in sport["reason"]
        assert "del av kostnaden: cost/735/2023-01/1" in told(store, sport["evidence_key"])


def test_who_bears_the_cost_decides_what_gross_means(tmp_path: Path) -> None:
    gross = sie_file(ver(1, "20230210", "A1 Värmeverket", ("6210", 1250), ("2510", -1250)))
    contract = 'supplier_id = "5599990016"\n'
    for number, (settings, verdict) in enumerate(
        ((SETTINGS, "posted_gross"), (SETTINGS.replace(contract, contract + 'cost_bearer = "skola"\n'), "matched"))
    ):
        with home(tmp_path / str(number), gross, settings) as store:
            assert found(store)["ledger_match"]["verdict"][0] == verdict


def test_a_home_without_books_accounts_or_keys_has_empty_tables(tmp_path: Path) -> None:
    bare = SETTINGS[: SETTINGS.index("[[account]]")]
    with home(tmp_path, None, bare) as store:
        rows = found(store)
        assert [rows[n].height for n in TABLES] == [0, 2, 0, 0]
        assert "inget bokföringsförslag" in rows["accruals"]["reason"][1]
        assert rows["accruals"]["reason"][0] is None
        shown = marts(store, rows)
        assert shown["ledger_match"] == shown["accrual_postings"] == shown["allocation"] == []
        assert "inget bokföringsförslag" in told(store, shown["accruals"][1]["evidence_key"])


def test_the_command_and_the_page_say_one_accuracy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    later = BOOK + ver(3, "20230331", "x", ("6010", 1), ("1930", -1)).encode("cp437")
    with home(tmp_path, later) as store:
        marts(store, found(store))
        said = books.accuracy(store.table("marts.accruals")).replace("\xa0", " ")
        store.publish()
    # January 1 000 of 1 000, February 790 of 800: mean 5, 10 of 1 800 is 0.6 %; March is open and has no invoice
    assert said == (
        "Tidigare periodiseringar skilde sig från fakturan med i medeltal 5 kr, 0,6 % av det fakturerade "
        "(2 periodiseringar)."
    )
    assert main(["ledger", "--home", str(tmp_path)]) == 0
    assert capsys.readouterr().out.rstrip().splitlines()[-1] == said


def test_a_voucher_in_the_month_of_consumption_needs_no_accrual(tmp_path: Path) -> None:
    early = sie_file(ver(1, "20230131", "Värmeverket A1", ("6210", 1000), ("1650", 250), ("2510", -1250)))
    with home(tmp_path, early) as store:
        assert found(store)["accruals"]["consumption_month"].to_list() == [FEBRUARY]


def test_a_one_off_line_belongs_on_its_own_account(tmp_path: Path) -> None:
    settings = SETTINGS + '[[account]]\naccount = "6290"\npurpose = "one_off"\n'
    with home(tmp_path, BOOK, settings) as store:
        assert found(store)["ledger_match"]["verdict"][0] == "matched"
        store.con.execute("update core.invoice_lines set line_class = 'one_off' where invoice_no = 'A1'")
        row = found(store)["ledger_match"].row(0, named=True)
        assert (row["verdict"], row["difference_sek"]) == ("wrong_account", 1000.0) and "konto 6290" in row["message"]


def test_books_that_reach_further_than_the_readings_move_the_open_month(tmp_path: Path) -> None:
    later = BOOK + ver(3, "20230331", "x", ("6010", 1), ("1930", -1)).encode("cp437")
    with home(tmp_path, later) as store:
        rows = found(store)["accruals"]
        assert rows.filter(status="open")["accounting_period"].unique().to_list() == [date(2023, 3, 1)]
        march = rows.filter(consumption_month=date(2023, 3, 1)).to_dicts()[0]
        assert march["accrual_sek"] is None and march["reason"].startswith("kan inte bedömas: ")


def test_a_receipt_nobody_has_given_is_refused(tmp_path: Path) -> None:
    with home(tmp_path) as store:
        marts(store, found(store))
        for key in ("voucher/abc", "voucher/abcdefgh/1", "accrual/735/heat/2020-01/2020-01", "books/2001-01",
                    "allocation/735/x/2023-01"):  # fmt: skip
            with pytest.raises(SettingsError):
                told(store, key)


@pytest.mark.parametrize("name", ["Sie4.se", "SIE_exempelfil.se", "SIE4_Exempelfil_med_underdim.SE"])
def test_real_books_are_compared_without_a_word_about_invoices_nobody_has(
    real_file: Callable[[str], bytes], name: str
) -> None:
    lines = sie.read(real_file(f"sie/{name}"), name, {}).tables["ledger_lines"].with_columns(file_name=pl.lit(name))
    heads, where, _ = frames([], [])
    places = accounts_frame(
        [{**accounts_frame().to_dicts()[0], "account": a} for a in lines["account"].unique().sort()]
    )
    rows = match(heads, where, lines, places, BookRules("1", ("2640",), ("2440",)))
    assert set(rows["verdict"]) <= {"not_assessed"}  # a year without any invoice is told once an account
    assert rows.height <= lines["account"].n_unique() * lines["voucher_date"].dt.year().n_unique()
