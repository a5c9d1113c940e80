"""The command line: help, exit status, homes, errors in plain words."""

import json
from pathlib import Path

import pytest

from flows.cli import COMMANDS, main
from flows.intake.rejected import lines
from tests.flows.homes import HALL

CONTRACT = (
    HALL
    + """
[[contract]]
metering_point = "735"
kind = "grid"
family = "elnat"
valid_from = 2020-01-01
"""
)


def test_no_command_shows_help_and_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "KOMMANDO" in capsys.readouterr().out


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        main([command, "--help"])
    assert done.value.code == 0
    assert f"Exempel: energibok {command}" in " ".join(capsys.readouterr().out.split())


def test_unknown_command_is_wrong_usage() -> None:
    with pytest.raises(SystemExit) as done:
        main(["spara"])
    assert done.value.code == 2


def test_init_then_doctor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "hem"
    assert main(["init", str(home)]) == 0
    assert main(["doctor", "--home", str(home), "--json"]) == 0
    checks = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert checks["ok"]
    assert {c["what"] for c in checks["checks"]} >= {"inställningar", "prislistor", "inkorg"}


def test_init_never_overwrites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(tmp_path)]) == 0
    (tmp_path / "energibok.toml").write_text("organisation = 'min'", encoding="utf-8")
    assert main(["init", str(tmp_path)]) == 2
    assert (tmp_path / "energibok.toml").read_text(encoding="utf-8") == "organisation = 'min'"
    assert "Inget är ändrat" in capsys.readouterr().err


def test_demo_never_writes_into_somebody_elses_folder(tmp_path: Path) -> None:
    (tmp_path / "viktigt.txt").write_text("mitt")
    assert main(["demo", str(tmp_path), "--files-only"]) == 2
    assert [p.name for p in tmp_path.iterdir()] == ["viktigt.txt"]


def test_doctor_tells_a_contract_without_price_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", str(tmp_path)])
    (tmp_path / "energibok.toml").write_text(CONTRACT, encoding="utf-8")
    assert main(["doctor", "--home", str(tmp_path)]) == 2
    assert "elnat" in capsys.readouterr().out


PRICES = """
id = "{id}"
family = "elnat"
name = "Prov"
carrier = "electricity"
valid_from = {first}
valid_to = {last}
vat = "excluded"
clock = "normal_time"
source = "påhittad"
synthetic = true
notes = ""
[[component]]
component = "fixed"
label = "Fast"
determinant = {{ method = "fixed" }}
price = {{ value = 100.0, unit = "SEK/month" }}
"""


def checks_of(
    home: Path, capsys: pytest.CaptureFixture[str], lists: list[tuple[str, str, str]], settings: str = CONTRACT
) -> tuple[int, dict[str, list[str]]]:
    """Return (status, level -> messages) of doctor on a home with these settings and lists (id, from, to)."""
    main(["init", str(home)])
    (home / "energibok.toml").write_text(settings, encoding="utf-8")
    for n, (name, first, last) in enumerate(lists):
        text = PRICES.format(id=name, first=first, last=last)
        (home / "tariffs" / f"{n}.toml").write_text(text, encoding="utf-8")
    capsys.readouterr()
    status = main(["doctor", "--home", str(home), "--json"])
    levels: dict[str, list[str]] = {"ok": [], "fel": [], "varning": [], "info": []}
    for check in json.loads(capsys.readouterr().out)["checks"]:
        levels[check["level"]].append(check["message"])
    return status, levels


def test_doctor_is_content_with_lists_that_follow(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = checks_of(tmp_path, capsys, [("a", "2020-01-01", "2021-01-01"), ("b", "2021-01-01", "2022-01-01")])
    assert (status, found["fel"]) == (0, [])
    assert "2 prislistor i 1 familj" in found["ok"]
    assert not any("prislista" in text for text in found["varning"])


def test_doctor_tells_lists_that_overlap(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = checks_of(tmp_path, capsys, [("a", "2020-01-01", "2021-01-01"), ("b", "2020-07-01", "2022-01-01")])
    assert status == 2
    assert len(found["fel"]) == 1
    assert "a och b gäller båda 2020-07-01" in found["fel"][0]


def test_doctor_tells_a_list_that_is_there_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = checks_of(tmp_path, capsys, [("a", "2020-01-01", "2021-01-01")] * 2)
    assert status == 2
    assert found["fel"] == ["prislistan a finns två gånger: 0.toml och 1.toml. Ta bort den ena eller ändra id"]


def test_doctor_tells_months_without_a_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = checks_of(tmp_path, capsys, [("a", "2020-02-01", "2020-06-01"), ("b", "2020-08-01", "2022-01-01")])
    assert status == 0
    told = [text for text in found["varning"] if "ingen prislista" in text]
    assert told == [
        "contract[1] (735): ingen prislista i familjen «elnat» gäller 3 månader, 2020-01 till 2020-07; "
        "de månaderna kan inte prissättas"
    ]


def test_doctor_tells_options_that_mean_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = CONTRACT + "options = { max_missing_day = 3 }\n"
    status, found = checks_of(tmp_path, capsys, [("a", "2020-01-01", "2022-01-01")], settings)
    assert status == 2
    assert "valet «max_missing_day» betyder inget" in found["fel"][0]


def test_doctor_on_empty_settings_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = checks_of(tmp_path, capsys, [("a", "2020-01-01", "2022-01-01")], "")
    assert status == 0
    assert any("[[facility]]" in text for text in found["varning"])
    assert "1 prislista i 1 familj" in found["ok"]


def test_doctor_on_a_folder_that_does_not_exist_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--home", str(tmp_path / "saknas")]) == 2
    out = capsys.readouterr().out
    assert f"{tmp_path / 'saknas'} finns inte" in out
    assert "skriva i" not in out


@pytest.mark.parametrize("command", ["savings", "bridge", "invoices", "measures", "quality"])
def test_reading_an_empty_home_is_nothing_usable(
    tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--home", str(tmp_path)]) == 3
    assert "energibok monthly" in capsys.readouterr().err


def test_ingest_of_an_empty_inbox_is_nothing_usable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", str(tmp_path)])
    assert main(["ingest", "--home", str(tmp_path)]) == 3
    assert "tom" in capsys.readouterr().err


def test_wrong_settings_are_status_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "energibok.toml").write_text("organization = 'x'", encoding="utf-8")
    assert main(["ingest", "--home", str(tmp_path)]) == 2
    assert "organisation" in capsys.readouterr().err


def test_home_from_the_environment_and_before_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["init", str(tmp_path)])
    monkeypatch.setenv("ENERGIBOK_HOME", str(tmp_path))
    assert main(["doctor"]) == 0
    monkeypatch.delenv("ENERGIBOK_HOME")
    assert main(["--home", str(tmp_path), "doctor"]) == 0
    capsys.readouterr()
    assert main(["--json", "doctor", "--home", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out)["command"] == "doctor"


def test_ingest_prints_what_became_of_each_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", str(tmp_path)])
    (tmp_path / "inbox" / "okänd.bin").write_bytes(b"\x00\x01")
    capsys.readouterr()
    assert main(["ingest", "--home", str(tmp_path)]) == 0
    assert "0 rader in = 0 inlästa + 0 avvisade + 0 dubbletter" in capsys.readouterr().out


def test_ingest_tells_why_rows_were_rejected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sheet of decisions with two rows that cannot be read: told at once, each with its row and its reason."""
    main(["init", str(tmp_path)])
    settings = tmp_path / "energibok.toml"
    settings.write_text('[[source]]\nname = "b"\nmatch = "b.csv"\nformat = "measure_decisions"\n', encoding="utf-8")
    rows = ["measure:a:b:c;kanske;2024-02-01;driftchef", "measure:a:b:c;ja;31/13-2024;driftchef",
            "measure:a:b:c;ja;2024-02-01;driftchef"]  # fmt: skip
    head = "Åtgärdsnyckel;Beslut;Beslutat den;Ansvarig roll"
    (tmp_path / "inbox" / "b.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["ingest", "--home", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "b.csv, rad 2: okänt värde «kanske»" in said and "b.csv, rad 3: «31/13-2024» är inget datum" in said
    assert f"Raden: {rows[1]}" in said and "3 rader in = 1 inlästa + 2 avvisade" in said
    assert main(["ingest", "--home", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rejects"] == []  # known since before: told once


def test_reasons_are_told_with_how_many_rows_and_no_more_than_ten_of_a_file() -> None:
    row = {"file_name": "a\x1b.csv", "sheet": "Blad1", "row_no": 7, "rows": 1200, "rule": "r", "message": "fel."}
    said = lines([row | {"original": "x" * 200}, *({**row, "message": f"{n}", "original": None} for n in range(11))])
    assert said[1].startswith("  a .csv, blad Blad1, rad 7: fel (1\u00a0200 rader, den första här).")
    assert said[1].endswith("x…") and len(said) == 1 + 10 + 1 and said[-1] == "  a .csv: 2 skäl till (--json ger alla)"
