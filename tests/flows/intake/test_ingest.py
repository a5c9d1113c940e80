"""Ingest: any inbox ends in a ledger that adds up; one bad file never stops the others."""

from pathlib import Path

import pytest

from energy.errors import SourceError
from flows.store import Store
from tests.flows.homes import csv, make_home, run

XXE = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">&x;</Invoice>'
)


def test_every_kind_of_space_in_a_number(tmp_path: Path) -> None:
    found = run(make_home(tmp_path, {"el/a.csv": csv("1 234,56", "1\u00a0234,56", "1\u202f234,56", "1\u2009234,56")}))
    assert (found["el/a.csv"].loaded, found["el/a.csv"].rejected) == (4, 0)


def test_good_rows_load_and_bad_ones_are_told(tmp_path: Path) -> None:
    home = make_home(tmp_path, {"el/a.csv": csv("1,0", "tolv", "", "4,0")})
    result = run(home)["el/a.csv"]
    assert (result.rows_in, result.loaded, result.rejected, result.duplicates) == (4, 2, 2, 0)
    with Store.write(home) as store:
        rejected = store.rows("select row_no, rule, original from raw.rejects order by row_no")
    assert [r[0] for r in rejected] == [3, 4]
    assert "tolv" in rejected[0][2]


def test_a_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    files = {
        "el/a.csv": csv("1,0"), "el/b.csv": b"Datum;Energi\n2024-01-01;1\n", "fakturor/x.xml": XXE,
        "fakturor/cut.xml": b"<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'><cbc:ID",
        "el/junk.csv": b"\x00\xff\xfe\x9c" * 50, "notes.txt": b"hej",
    }  # fmt: skip
    found = run(make_home(tmp_path, files))
    assert found["el/a.csv"].status == "loaded"
    assert found["el/b.csv"].status == "quarantined"
    assert "Tid" in str(found["el/b.csv"].message)
    assert "El (kWh)" in str(found["el/b.csv"].message) or "Datum" in str(found["el/b.csv"].message)
    assert found["fakturor/x.xml"].status == "quarantined"
    assert "root:" not in str(found["fakturor/x.xml"].message)
    assert found["fakturor/cut.xml"].status == "quarantined"
    assert found["el/junk.csv"].status == "quarantined"
    assert found["notes.txt"].status == "unknown"


def test_same_bytes_under_another_name_change_nothing(tmp_path: Path) -> None:
    home = make_home(tmp_path, {"el/a.csv": csv("1,0", "2,0")})
    run(home)
    (home / "inbox/el/kopia.csv").write_bytes(csv("1,0", "2,0"))
    again = run(home)
    assert {r.status for r in again.values()} == {"known"}
    assert again["el/kopia.csv"].message == "samma innehåll som el/a.csv"
    with Store.write(home) as store:
        assert store.rows("select count(*) from raw.readings") == [(2,)]
        assert store.rows("select count(*) from raw.deliveries") == [(2,)]


def test_a_mended_rule_is_tried_on_the_quarantined_file(tmp_path: Path) -> None:
    home = make_home(tmp_path, {"el/a.csv": csv("1,0").replace(b"El (kWh)", b"Elenergi")})
    assert run(home)["el/a.csv"].status == "quarantined"
    settings = (
        (home / "energibok.toml").read_text(encoding="utf-8").replace('column = "El (kWh)"', 'column = "Elenergi"')
    )
    (home / "energibok.toml").write_text(settings, encoding="utf-8")
    assert run(home)["el/a.csv"].loaded == 1
    with Store.write(home) as store:
        assert store.rows("select status, count(*) from raw.files group by all") == [("loaded", 1)]


def test_any_order_and_any_split_give_the_same_current_values(tmp_path: Path) -> None:
    whole = make_home(tmp_path / "whole", {"el/a.csv": csv(*[f"{i},5" for i in range(48)])})
    parts = csv(*[f"{i},5" for i in range(48)]).decode().splitlines()
    head, rows = parts[0], parts[1:]
    late = "\n".join([head, *rows[20:]]).encode()
    early = "\n".join([head, *rows[:30]]).encode()
    split = make_home(tmp_path / "split", {"el/1.csv": late, "el/2.csv": early})
    found = []
    for home in (whole, split):
        run(home)
        with Store.write(home) as store:
            store.build("staging")
            query = (Path(__file__).parents[3] / "sql/core/readings.sql").read_text(encoding="utf-8")
            store.con.execute(f"create or replace table core.readings as {query}")
            found.append(store.rows("select start_utc, value, status from core.readings order by all"))
    assert found[0] == found[1]
    assert len(found[0]) == 48


def test_paths_that_are_not_there(tmp_path: Path) -> None:
    home = make_home(tmp_path, {})
    with pytest.raises(SourceError, match="inga filer"):
        run(home, [tmp_path / "finns-inte.csv"])


def test_unreadable_place_for_the_archive(tmp_path: Path) -> None:
    home = make_home(tmp_path, {"el/a.csv": csv("1,0")})
    (home / "store").mkdir()
    (home / "store" / "archive").write_text("a file where the folder should be")
    from energy.errors import StoreError

    with pytest.raises(StoreError, match="kan inte arkivera"):
        run(home)


def test_an_empty_file_is_said_to_be_empty(tmp_path: Path) -> None:
    found = run(make_home(tmp_path, {"el/tom.csv": b"", "fakturor/tom.xml": b"\xef\xbb\xbf \n"}))
    assert {r.status for r in found.values()} == {"quarantined"}
    assert all("tom" in str(r.message) for r in found.values())


def test_our_workbook_under_another_name_is_read_and_an_unchanged_copy_says_so(tmp_path: Path) -> None:
    from tests.sources.sheets import workbook

    rows: list[list[object]] = [["Åtgärdsnyckel", "Beslut", "Beslutat den"], ["m", None, None]]
    filled = [rows[0], ["m", "klar", "2024-01-01"]]
    other = workbook([["a", "b"]], "Beslut")
    files = {"kopia.xlsx": workbook(rows, "Beslut"), "svar.xlsx": workbook(filled, "Beslut"), "annat.xlsx": other}
    home = make_home(tmp_path, files)
    found = run(home)
    told = {name: (one.status, one.source, one.loaded) for name, one in found.items()}
    assert told == {
        "annat.xlsx": ("unknown", None, 0),
        "kopia.xlsx": ("loaded", "measure_decisions", 0),
        "svar.xlsx": ("loaded", "measure_decisions", 1),
    }
