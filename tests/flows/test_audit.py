"""What does not add up in the inbox is told, with its numbers: sql/core/audit.sql and marts.findings."""

import hashlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from energy.demo.invoices import InvoiceSpec, LineSpec, PartySpec, invoice_xml
from flows.cli import main
from flows.explain import receipts
from flows.explain.receipts import Trail
from flows.month import analyse_step, ingest_step
from flows.store import Store

SETTINGS = """
[[facility]]
id = "hall"
name = "Hallen"
weather_station = "1"
[[metering_point]]
id = "735"
facility = "hall"
name = "Fjärrvärme"
carrier = "district_heating"
[[source]]
name = "fv"
match = "*.csv"
format = "delimited"
[source.options]
time_column = "Tid"
columns = [{ column = "Energi (kWh)", metering_point = "735", quantity = "energy_kwh", unit = "kWh" }]
"""
START = datetime(2024, 1, 1)
HOURS = 24 * 60  # January and February 2024


def csv(values: dict[int, float]) -> str:
    rows = [f"{START + timedelta(hours=h):%Y-%m-%d %H:%M};{str(v).replace('.', ',')}" for h, v in values.items()]
    return "Tid;Energi (kWh)\n" + "\n".join(rows) + "\n"


GOOD = csv({h: 100 + h % 24 for h in range(HOURS)})


def findings(home: Path, files: dict[str, str | bytes]) -> dict[str, dict[str, object]]:
    """Return rule -> finding of a home with these files and two good months."""
    (home / "inbox").mkdir(parents=True)
    (home / "tariffs").mkdir()
    (home / "energibok.toml").write_text(SETTINGS, encoding="utf-8")
    for name, content in {"a.csv": GOOD, **files}.items():
        data = content.encode() if isinstance(content, str) else content
        (home / "inbox" / name).write_bytes(data)
    ingest_step(home)
    analyse_step(home)
    with Store.write(home) as store:
        return {row["rule"]: row for row in store.records("marts.findings")}


def test_good_files_give_no_finding_but_the_missing_weather(tmp_path: Path) -> None:
    found = findings(tmp_path / "h", {})
    assert set(found) == {"weather_missing", "not_assessed_measures"}


def test_another_value_for_the_same_hour_is_told(tmp_path: Path) -> None:
    found = findings(tmp_path / "h", {"b.csv": csv({5: 7.0, 6: 8.0})})["conflicting_values"]
    assert "2 timmar i 2024-01" in str(found["message"])
    assert "a.csv, b.csv" in str(found["message"])
    assert found["file_name"] == "a.csv"


def test_a_corrected_file_of_the_same_name_is_told_by_its_hash_and_its_rows_are_shown(tmp_path: Path) -> None:
    home, values = tmp_path / "h", {h: 100 + h % 24 for h in range(HOURS)}
    findings(home, {})
    corrected = csv({**values, 5: 777.0}).encode()
    (home / "inbox" / "a.csv").write_bytes(corrected)
    ingest_step(home)
    analyse_step(home)
    hashes = [hashlib.sha256(data).hexdigest() for data in (GOOD.encode(), corrected)]
    with Store.write(home) as store:
        (told,) = [r["message"] for r in store.records("marts.findings") if r["rule"] == "conflicting_values"]
        walked = Trail(store)
        receipts._readings(walked, 0, "735", START + timedelta(hours=3), START + timedelta(hours=7))
        trail = [step["text"] for step in walked.steps]
    assert all(f"a.csv (sha256 {one[:12]})" in told for one in hashes)
    assert "1 mätvärden av energi ur a.csv, rad 7–7" in "\n".join(trail)
    rows = [line for line in trail if line.startswith("raden lyder")]
    assert len(rows) == 2 and any("777" in row for row in rows)  # the row in force, not only the first file's


def test_an_impossible_value_is_an_error(tmp_path: Path) -> None:
    found = findings(tmp_path / "h", {"b.csv": csv({HOURS: 999999.0, HOURS + 1: -5.0})})["implausible_value"]
    assert found["level"] == "error"
    assert "2 timmar" in str(found["message"])
    assert "999\u00a0999,0" in str(found["message"])
    assert (found["file_name"], found["row_no"]) == ("b.csv", 2)


def test_a_month_in_another_unit_is_an_error(tmp_path: Path) -> None:
    slipped = csv({h: 1000 * (100 + h % 24) for h in range(HOURS, HOURS + 24 * 31)})
    found = findings(tmp_path / "h", {"mars.csv": slipped})["unit_suspect"]
    assert (found["level"], found["file_name"], found["facility"]) == ("error", "mars.csv", "hall")
    assert "1\u00a0000 gånger högre" in str(found["message"])


def test_what_a_file_taken_back_said_is_told_no_more(tmp_path: Path) -> None:
    home = tmp_path / "h"
    assert "conflicting_values" in findings(home, {"b.csv": csv({5: 7.0})})
    assert main(["ingest", "--home", str(home), "--withdraw", "b.csv", "--why", "fel mätare"]) == 0
    analyse_step(home)
    with Store.write(home) as store:
        found = {row["rule"]: row for row in store.records("marts.findings")}
    assert "conflicting_values" not in found
    assert "fel mätare" in str(found["file_withdrawn"]["message"])
    assert (found["file_withdrawn"]["level"], found["file_withdrawn"]["file_name"]) == ("info", "b.csv")


def test_missing_hours_are_told(tmp_path: Path) -> None:
    found = findings(tmp_path / "h", {"b.csv": csv({HOURS + 24 * 31: 1.0})})
    assert "timmar saknas" in str(found["values_missing"]["message"])


def test_a_file_delivered_twice_leaves_a_trace(tmp_path: Path) -> None:
    found = findings(tmp_path / "h", {"kopia.csv": GOOD})["file_delivered_twice"]
    assert found["file_name"] == "kopia.csv"
    assert "a.csv" in str(found["message"])


def invoice(amount: str) -> bytes:
    line = LineSpec("Fast avgift", Decimal(1), "MON", Decimal(amount), (date(2024, 1, 1), date(2024, 1, 31)))
    seller, buyer = PartySpec("Värme AB", "5560000001"), PartySpec("Kommunen", "2120000001")
    return invoice_xml(
        InvoiceSpec("F1", date(2024, 2, 1), date(2024, 3, 1), seller, buyer, (line,), metering_point="735")
    )


@pytest.mark.parametrize("amounts", [("100.00", "250.00"), ("250.00", "100.00")])
def test_one_invoice_with_two_amounts_is_an_error(tmp_path: Path, amounts: tuple[str, str]) -> None:
    found = findings(tmp_path / "h", {"f1.xml": invoice(amounts[0]), "f2.xml": invoice(amounts[1])})
    assert "100,00 och 250,00" in str(found["invoice_conflict"]["message"])
    assert "har inget avtal" in str(found["invoice_unmatched"]["message"])


def test_a_home_without_a_facility_is_nothing_to_work_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", str(tmp_path)])
    with pytest.raises(Exception, match="ingen anläggning"):
        analyse_step(tmp_path)


def test_reopen_needs_a_reason(tmp_path: Path) -> None:
    main(["init", str(tmp_path)])
    assert main(["reopen", "2024-01", "--why", " ", "--home", str(tmp_path)]) == 2
