"""The ledger in the store: a voucher delivered again replaces its lines, and what no single file shows is told."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from pathlib import Path

from flows.month import ingest_step
from flows.store import Store

HEAD = "#FLAGGA 0\n#SIETYP 4\n#GEN {gen}\n#ORGNR 2120001234\n#RAR 0 20240101 20241231\n#KONTO 5110 Fjärrvärme\n"
CSV = """
[[source]]
name = "huvudbok"
match = "*.csv"
format = "ledger_table"
[source.options]
date_column = "Datum"
voucher_column = "Ver"
account_column = "Konto"
amount_column = "Belopp"
series = "A"
organisation_id = "2120001234"
"""


def voucher(number: str, month: int, *amounts: float) -> str:
    lines = "".join(
        f"#TRANS {account} {{}} {amount}\n" for account, amount in zip((5110, 2440, 3740), amounts, strict=False)
    )
    return f"#VER A {number} 2024{month:02d}15 x\n{{\n{lines}}}\n"


def sie(gen: int, *parts: str) -> bytes:
    return (HEAD.format(gen=gen) + "".join(parts)).encode("cp437")


def built(home: Path, files: dict[str, bytes], settings: str = "") -> dict[str, list[dict[str, object]]]:
    """Return the ledger's core tables of a home that was given the files in this order."""
    (home / "inbox").mkdir(parents=True)
    (home / "energibok.toml").write_text(f'organisation = "Kommunen"\n{settings}', encoding="utf-8")
    for name, data in files.items():
        (home / "inbox" / name).write_bytes(data)
        ingest_step(home)
    with Store.write(home) as store:
        store.build("staging")
        for name in ("ledger_lines", "ledger_balances", "ledger_audit"):
            sql = (Path(__file__).parents[2] / "sql" / "core" / f"{name}.sql").read_text(encoding="utf-8")
            store.con.execute("create schema if not exists core")
            store.con.execute(f"create or replace table core.{name} as\n{sql}")
        return {name: store.records(f"core.{name}") for name in ("ledger_lines", "ledger_balances", "ledger_audit")}


def amounts(rows: list[dict[str, object]]) -> list[tuple[object, ...]]:
    return sorted((r["voucher_no"], r["line_no"], r["account"], r["amount_sek"]) for r in rows)


def test_a_voucher_delivered_again_replaces_its_lines_in_any_order(tmp_path: Path) -> None:
    files = {
        "jan.se": sie(20240201, voucher("1", 1, 100, -90, -10), voucher("2", 1, 5, -5)),
        "feb.se": sie(20240301, voucher("1", 1, 200, -200), voucher("3", 2, 7, -7)),
    }
    for number, order in enumerate(permutations(files)):
        found = built(tmp_path / str(number), {name: files[name] for name in order})
        assert amounts(found["ledger_lines"]) == [
            ("1", 1, "5110", 200.0), ("1", 2, "2440", -200.0), ("2", 1, "5110", 5.0), ("2", 2, "2440", -5.0),
            ("3", 1, "5110", 7.0), ("3", 2, "2440", -7.0),
        ]  # fmt: skip
        assert {r["accounting_period"] for r in found["ledger_lines"]} == {date(2024, 1, 1), date(2024, 2, 1)}
        assert found["ledger_audit"] == []


def test_vouchers_without_numbers_of_two_files_stand_side_by_side(tmp_path: Path) -> None:
    files = {"a.si": sie(20240201, voucher('""', 1, 1, -1)), "b.si": sie(20240301, voucher('""', 1, 2, -2))}
    assert [r[3] for r in amounts(built(tmp_path / "h", files)["ledger_lines"])] == [1.0, 2.0, -2.0, -1.0]


def test_two_contents_without_a_time_of_issue_are_a_conflict(tmp_path: Path) -> None:
    head = "Datum;Ver;Konto;Belopp\n"
    files = {
        "a.csv": f"{head}2024-01-15;1;5110;100\n2024-01-15;1;2440;-100\n2024-01-16;2;5110;1\n".encode(),
        "b.csv": f"{head}2024-01-15;1;5110;90\n2024-01-15;1;2440;-90\n2024-01-16;2;5110;1\n".encode(),
    }
    found = built(tmp_path / "h", files, CSV)
    assert len(found["ledger_lines"]) == 3
    (told,) = found["ledger_audit"]
    assert (told["rule"], told["level"], told["amount_sek"]) == ("voucher_conflict", "error", 10.0)
    assert "Verifikation A 1 har olika innehåll i a.csv och b.csv" in str(told["message"])


def test_opening_balance_and_lines_of_several_files_give_the_closing_balance(tmp_path: Path) -> None:
    january = sie(20240201, voucher("1", 1, 100, -100), "#IB 0 2440 -10\n#UB 0 2440 -110\n#RES 0 5110 100\n")
    march = sie(20240401, voucher("3", 3, 7, -7), "#IB 0 2440 -10\n#UB 0 2440 -167\n#RES 0 5110 157\n")
    february = sie(20240301, voucher("2", 2, 50, -50))
    whole = built(tmp_path / "whole", {"jan.se": january, "feb.se": february, "mar.se": march})
    assert whole["ledger_audit"] == []
    kept = {(r["kind"], r["account"]): r["amount_sek"] for r in whole["ledger_balances"]}
    assert kept == {("opening", "2440"): -10.0, ("closing", "2440"): -167.0, ("result", "5110"): 157.0}
    missing = built(tmp_path / "missing", {"jan.se": january, "mar.se": march})["ledger_audit"]
    assert {(r["rule"], r["amount_sek"]) for r in missing} == {
        ("ledger_unreconciled", 50.0),
        ("ledger_unreconciled", -50.0),
    }
    assert any(
        "Konto 5110 «Fjärrvärme»" in str(r["message"]) and "skillnad −50,00 kr" in str(r["message"]) for r in missing
    )


def test_files_of_one_day_complete_each_other_and_differing_balances_are_told(tmp_path: Path) -> None:
    morning = sie(20240201, voucher("1", 1, 100, -90), "#UB 0 2440 -90\n")
    evening = sie(20240201, voucher("1", 1, 100, -90, -10), "#UB 0 2440 -95\n")
    for number, files in enumerate(({"a.se": morning, "b.se": evening}, {"b.se": evening, "a.se": morning})):
        found = built(tmp_path / str(number), files)
        assert [row[3] for row in amounts(found["ledger_lines"])] == [100.0, -90.0, -10.0]
        assert ("balance_conflict", 5.0) in {(r["rule"], r["amount_sek"]) for r in found["ledger_audit"]}
