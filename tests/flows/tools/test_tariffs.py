"""`energibok tariff`: list, show, check, compare, import, export; errors in plain words, hostile lists harmless."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from energy.tariffs.pricelist import read_price_list
from energy.tariffs.write import to_toml
from flows.cli import main
from flows.tools import tariff_words
from tests.tariffs.eltariff_files import OLD, answer, energy, fixed, power, tariff
from tests.tariffs.loads import component, toml

BODY = component("billed_energy_kwh", "öre/kWh", "value = 10", kind="energy", label="Energi")
POWER = component("monthly_peak_hour", "SEK/kW,month", "value = 60", kind="demand", label="Effekt")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with two price lists of its own: `billig` 2024, and `dyr` 2023."""
    (tmp_path / "tariffs").mkdir()
    lists = {
        "a.toml": toml(BODY, id='"billig"', family='"min"', source='"Provnät AB 2024"'),
        "b.toml": toml(POWER, id='"dyr"', family='"annan"', valid_from="2023-01-01", valid_to="2024-01-01"),
    }
    for name, text in lists.items():
        (tmp_path / "tariffs" / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def load(tmp_path: Path) -> Path:
    """2024 in normal time at 10 kW: 8 784 hours."""
    start = [datetime(2023, 12, 31, 23, tzinfo=UTC) + timedelta(hours=h) for h in range(24 * 366)]
    path = tmp_path / "last.parquet"
    pl.DataFrame({"start_utc": start, "energy_kwh": [10.0] * len(start)}).write_parquet(path)
    return path


def run(home: Path, *words: str) -> int:
    return main(["tariff", *words, "--home", str(home)])


def document(capsys: pytest.CaptureFixture[str]) -> dict:
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("action", sorted(tariff_words.ACTIONS))
def test_every_action_has_help_with_an_example(action, capsys):
    with pytest.raises(SystemExit) as done:
        main(["tariff", action, "--help"])
    assert done.value.code == 0
    out = " ".join(capsys.readouterr().out.split())
    assert f"Exempel: energibok tariff {action}" in out and "--json" in out


def test_list_has_the_homes_lists_first_then_those_of_the_package(home, capsys):
    assert run(home, "list", "--json") == 0
    rows = document(capsys)["price_lists"]
    assert [row["id"] for row in rows[:2]] == ["billig", "dyr"] and rows[0]["where"] == "tariffs/a.toml"
    assert "boden-2024" in {row["id"] for row in rows}
    assert run(home, "list") == 0
    assert "följer med" in capsys.readouterr().out


def test_show_a_file_an_id_and_a_family(home, capsys):
    for word in (str(home / "tariffs" / "a.toml"), "billig", "min"):
        assert run(home, "show", word, "--json") == 0
        found = document(capsys)["price_list"]
        assert (found["id"], found["prices"][0]["price"]) == ("billig", 10)
    assert run(home, "show", "goteborg-energi-2024") == 0
    out = capsys.readouterr().out
    assert "effektavgift" in out and "över 100 till 250" in out and "Källa: Göteborg Energi" in out


def test_what_is_no_list_is_told_with_near_words(home, capsys):
    assert run(home, "show", "boden-2042") == 2
    assert "Menade du boden-2024" in capsys.readouterr().err
    assert run(home, "show", "boden-fjarrvarme") == 2
    assert "boden-2022, boden-2023, boden-2024" in capsys.readouterr().err
    assert run(home, "show", str(home / "borta.toml")) == 2
    assert "kan inte läsas" in capsys.readouterr().err


# --- check -------------------------------------------------------------------------------------------------------


def test_check_of_the_home_and_its_status(home, capsys):
    assert run(home, "check") == 0
    out = capsys.readouterr()
    assert "VARNING      dyr: källan «prov»" in out.out and "2\u00a0prislistor: 0\u00a0fel" in out.err
    (home / "tariffs" / "c.toml").write_text(toml(BODY, id='"tredje"', family='"min"'), encoding="utf-8")
    assert run(home, "check", "--json") == 1
    assert document(capsys)["findings"][0]["rule"] == "price_list_overlap"
    (home / "tariffs" / "d.toml").write_text("id = 1", encoding="utf-8")
    assert run(home, "check", "--json") == 2
    found = document(capsys)["findings"]
    assert found[0]["rule"] == "unreadable" and "d.toml" in found[0]["message"]
    assert "price_list_overlap" in {one["rule"] for one in found}, "the readable ones are checked all the same"


def test_check_without_lists_has_nothing_to_work_on(tmp_path, capsys):
    assert run(tmp_path, "check") == 3
    assert "inga prislistor" in capsys.readouterr().err


# --- compare -----------------------------------------------------------------------------------------------------


def test_compare_by_hand(home, load, capsys):
    """87 840 kWh x 10 öre = 8 784; 12 x 10 kW x 60 = 7 200; B - A = -1 584."""
    assert run(home, "compare", "billig", "annan", "--load", str(load), "--json") == 0
    found = document(capsys)
    assert found["total_a_sek"] == pytest.approx(8784) and found["total_b_sek"] == pytest.approx(7200)
    assert found["difference_sek"] == pytest.approx(-1584)
    assert found["first_month"] == "2024-01-01" and len(found["months"]) == 12
    assert "som om den gällt" in found["notes"][0]
    assert run(home, "compare", "billig", "annan", "--load", str(load)) == 0
    assert "8 784" in capsys.readouterr().out.replace("\u00a0", " ")


@pytest.mark.parametrize("name", ["bild.svg", "bild.html"])
def test_compare_draws(home, load, name, tmp_path, capsys):
    assert run(home, "compare", "billig", "dyr", "--load", str(load), "--chart", str(tmp_path / name)) == 0
    drawn = (tmp_path / name).read_text(encoding="utf-8")
    assert "<svg" in drawn and "Liggande staplar" in drawn
    assert drawn.startswith("<svg" if name.endswith("svg") else "<!doctype html>")


def test_what_compare_refuses(home, load, tmp_path, capsys):
    words = ["compare", "billig", "dyr", "--load", str(load)]
    for more, told in (
        (["--chart", "bild.pdf"], ".svg eller .html"),
        (["--from", "2024-03"], "10 hela månader"),
        (["--from", "2020-01"], "hela månader är 2024-01 till 2024-12"),
        (["--set", "påhitt=1"], "påhitt"),
        (["--set-a", "påhitt=1"], "--set-a påhitt"),
        (["--set", "utan"], "NAMN=VÄRDE"),
        (["--chart", str(tmp_path / "finns" / "inte.svg")], "kan inte skrivas"),
    ):
        assert run(home, *words, *more) == 2, more
        assert told in capsys.readouterr().err
    short = tmp_path / "kort.parquet"
    pl.read_parquet(load).head(100).write_parquet(short)
    assert run(home, *words[:4], str(short)) == 3
    assert run(home, *words[:4], str(tmp_path / "borta.parquet")) == 3


def test_an_option_reaches_the_side_that_knows_it(home, load, capsys):
    (home / "tariffs" / "c.toml").write_text(
        toml(component("subscribed", "SEK/kW,month"), id='"abonnerad"', family='"ab"'), encoding="utf-8"
    )
    words = ["compare", "abonnerad", "billig", "--load", str(load), "--json"]
    assert run(home, *words, "--set", "subscribed_kw=20") == 0
    assert document(capsys)["total_a_sek"] == 240
    assert run(home, *words, "--set", "subscribed_kw=20", "--set-a", "subscribed_kw=30") == 0
    assert document(capsys)["total_a_sek"] == 360
    assert run(home, *words) == 2
    assert "subscribed_kw" in capsys.readouterr().err


def test_a_load_by_quarters_is_summed_to_hours(home, tmp_path, capsys):
    start = [datetime(2023, 12, 31, 23, tzinfo=UTC) + timedelta(minutes=15 * q) for q in range(4 * 24 * 366)]
    path = tmp_path / "kvart.parquet"
    pl.DataFrame({"start_utc": start, "energy_kwh": [2.5] * len(start)}).write_parquet(path)
    assert run(home, "compare", "billig", "dyr", "--load", str(path), "--json") == 0
    assert document(capsys)["total_a_sek"] == pytest.approx(8784)
    pl.DataFrame({"start_utc": [s + timedelta(minutes=7) for s in start], "energy_kwh": 1.0}).write_parquet(path)
    assert run(home, "compare", "billig", "dyr", "--load", str(path)) == 3
    assert "varken är hela timmar eller kvartar" in capsys.readouterr().err


def test_a_metering_point_needs_a_home(home, capsys):
    (home / "energibok.toml").write_text("", encoding="utf-8")
    assert run(home, "compare", "billig", "dyr", "--load", "735") == 2
    assert "varken en fil eller en av hemmets mätpunkter" in capsys.readouterr().err


def test_a_metering_point_is_not_compared_with_lists_of_another_carrier(home, capsys):
    text = """[[facility]]
id = "hall"
name = "Hallen"
weather_station = "1"
[[metering_point]]
id = "735"
facility = "hall"
name = "Värmen"
carrier = "district_heating"
"""
    (home / "energibok.toml").write_text(text, encoding="utf-8")
    assert run(home, "compare", "billig", "dyr", "--load", "735") != 0
    assert "Värmen gäller fjärrvärme, men listorna el. Ange" in capsys.readouterr().err


def test_comparing_loads_neither_prefect_nor_a_chart_library(home, load):
    script = f"""
import sys
from flows.cli import main
assert main(["tariff", "compare", "billig", "dyr", "--load", {str(load)!r}, "--home", {str(home)!r}, "--json"]) == 0
assert main(["tariff", "check", "--home", {str(home)!r}, "--json"]) == 0
print([m for m in ("prefect", "altair") if m in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=Path(__file__).parents[3])
    assert done.returncode == 0 and done.stderr.splitlines()[-1] == "[]", done.stderr


# --- import and export -------------------------------------------------------------------------------------------


def test_import_writes_what_is_whole_and_says_what_is_not(home, capsys, tmp_path):
    peak = {"peakFunction": "peak(main)", "peakIdentificationPeriod": "P1D", "peakDuration": "PT15M",
            "numberOfPeaksForAverageCalculation": 1}  # fmt: skip
    partial = tariff([fixed()], None, [power(peakIdentificationSettings=peak)], product="Kvart", name="Kvart")
    (tmp_path / "svar.json").write_bytes(answer(tariff([fixed()], [energy()], [power()]), partial))
    words = ["import", str(tmp_path / "svar.json"), "--out", str(tmp_path / "ut")]
    assert run(home, *words) == 1
    out = capsys.readouterr()
    assert "PT15M" in out.out and "--partial" in out.err
    (written,) = (tmp_path / "ut").glob("*.toml")
    listed = read_price_list(written.read_text(encoding="utf-8"), written.name)
    assert (listed.id, listed.valid_from) == (written.stem, date(2025, 1, 1))
    assert run(home, *words, "--partial", "--json") == 1
    rows = document(capsys)["tariffs"]
    assert [(row["complete"], row["written"]) for row in rows] == [(True, "finns redan, likadan"), (False, "skriven")]


def test_import_to_the_home_never_changes_a_file(home, capsys, tmp_path):
    (tmp_path / "svar.json").write_text(json.dumps(OLD), encoding="utf-8")
    assert run(home, "import", str(tmp_path / "svar.json")) == 0
    path = home / "tariffs" / "eltariff-provnat-ab-s63-2025.toml"
    path.write_text(path.read_text(encoding="utf-8") + "# min rad\n", encoding="utf-8")
    before = path.read_bytes()
    assert run(home, "import", str(tmp_path / "svar.json")) == 1
    assert "inte ändrad" in capsys.readouterr().out and path.read_bytes() == before


def test_what_import_cannot_read(home, capsys, tmp_path):
    (tmp_path / "x.json").write_bytes(b"[" * 100000)
    assert run(home, "import", str(tmp_path / "x.json")) == 2
    assert run(home, "import", str(tmp_path / "borta.json")) == 2
    assert "kan inte läsas" in capsys.readouterr().err


def test_export_gives_the_same_list(home, capsys, tmp_path):
    assert run(home, "export", "billig") == 0
    text = capsys.readouterr().out
    assert (
        read_price_list(text, "x").components
        == read_price_list((home / "tariffs" / "a.toml").read_text(), "a").components
    )
    assert run(home, "export", "billig", "--out", str(tmp_path / "ut.toml"), "--json") == 0
    assert document(capsys)["toml"] == (tmp_path / "ut.toml").read_text(encoding="utf-8") == text


def test_hostile_lists_cannot_steer_the_terminal(home, load, capsys):
    evil = '"\\u001b[2J\\u0007 ond"'
    (home / "tariffs" / "e.toml").write_text(
        toml(BODY.replace('"Energi"', evil), id=evil, family=evil, name=evil, source=evil), encoding="utf-8"
    )
    (home / "tariffs" / "f.toml").write_text(toml(BODY, id='"g"', family=evil, name=evil), encoding="utf-8")
    listed = str(home / "tariffs" / "e.toml")
    for words in (["list"], ["show", listed], ["check"], ["export", listed], ["show", "\x1b[2J"],
                  ["compare", listed, "billig", "--load", str(load)]):  # fmt: skip
        run(home, *words)
        out = capsys.readouterr()
        assert "\x1b" not in out.out + out.err and "\x07" not in out.out + out.err, words
    assert to_toml(read_price_list(Path(listed).read_text(encoding="utf-8"), "e"))
