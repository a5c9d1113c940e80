"""Settings: a wrong key or value names file, key, what was found and what is allowed."""

import re
from pathlib import Path
from typing import Any

import pytest

from energy.errors import SettingsError
from flows.home import TEMPLATE
from flows.settings.load import load_settings

GOOD = """
organisation = "Prov"
[[facility]]
id = "hall"
name = "Hallen"
weather_station = "98040"
[[metering_point]]
id = "735"
facility = "hall"
name = "El"
carrier = "electricity"
"""


def home(tmp_path: Path, text: str) -> Path:
    (tmp_path / "energibok.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_good_settings_are_read(tmp_path: Path) -> None:
    settings = load_settings(home(tmp_path, GOOD))
    assert [(point.id, point.facility) for point in settings.metering_point] == [("735", "hall")]


def test_template_is_valid_as_it_stands(tmp_path: Path) -> None:
    settings = load_settings(home(tmp_path, TEMPLATE.read_text(encoding="utf-8")))
    assert settings.organisation == "Exempel kommun"


def test_template_with_its_examples_is_valid(tmp_path: Path) -> None:
    """Every commented example, comment signs removed, must be right too."""
    lines = TEMPLATE.read_text(encoding="utf-8").splitlines()
    keys = tuple('abcdefghijklmnopqrstuvwxyz[]{}"')
    shown = [
        line[2:]
        if line.startswith("# ") and line[2:].lstrip().startswith(keys) and ("=" in line or line[2] in "[]")
        else line
        for line in lines
        if not line.startswith("# ---")
    ]
    settings = load_settings(home(tmp_path, "\n".join(shown)))
    assert [p.id for p in settings.project] == ["lager"]
    assert len(settings.metering_point) == 3
    assert [s.format for s in settings.source] == ["delimited", "trends", "peppol"]
    assert len(settings.installation) == 2
    assert len(settings.point) == 1


@pytest.mark.parametrize(
    ("change", "key", "found", "allowed"),
    [
        (("organisation", "organization"), "organization", "'Prov'", "organisation"),
        (('carrier = "electricity"', 'carrier = "el"'), "metering_point[1].carrier", "'el'", "district_heating"),
        (('id = "735"', 'id = "7 35"'), "metering_point[1].id", "'7 35'", "1 till 64 tecken"),
        (('facility = "hall"', 'facility = "hallen"'), "metering_point[1].facility", "'hallen'", "hall"),
        (('name = "El"', 'nam = "El"'), "metering_point[1].nam", "'El'", "name"),
        (('organisation = "Prov"', 'amount_unit = "mkr"'), "amount_unit", "'mkr'", "tkr"),
        (('organisation = "Prov"', 'language = "se"'), "language", "'se'", "sv, en"),
        (('organisation = "Prov"', "draws = 3"), "draws", "3", "minst 50"),
        (('organisation = "Prov"', "draws = 9000"), "draws", "9000", "högst 2000"),
        (('organisation = "Prov"', 'seed = "x"'), "seed", "'x'", "ett heltal"),
        (('organisation = "Prov"', 'synthetic = "kanske"'), "synthetic", "'kanske'", "true eller false"),
        (('organisation = "Prov"', "organisation = 3"), "organisation", "3", "en text"),
        (('id = "hall"', 'id = "Hall 1"'), "facility[1].id", "'Hall 1'", "små bokstäver"),
        (('name = "Hallen"', 'name = "Hallen"\narea_m2 = -1'), "facility[1].area_m2", "-1", "större än 0"),
        (('name = "Hallen"\n', ""), "facility[1].name", "saknas", "måste anges"),
    ],
)
def test_wrong_settings_name_key_found_and_allowed(
    tmp_path: Path, change: tuple[str, str], key: str, found: str, allowed: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(home(tmp_path, GOOD.replace(*change)))
    text = str(caught.value)
    assert "energibok.toml" in text
    assert f"«{key}»" in text
    assert found in text
    assert allowed in text
    assert not re.search("Input|should|valid |match pattern|Field required", text)


def test_source_with_unknown_option_is_told_at_once(tmp_path: Path) -> None:
    rule = '[[source]]\nname = "x"\nmatch = "*.csv"\nformat = "delimited"\noptions = { delimeter = ";" }\n'
    with pytest.raises(SettingsError, match="delimiter"):
        load_settings(home(tmp_path, GOOD + rule))


def test_periods_of_a_project_must_follow(tmp_path: Path) -> None:
    project = """
[[project]]
id = "p"
name = "P"
facility = "hall"
boundary_meters = ["735"]
baseline_from = 2020-01-01
baseline_to = 2019-01-01
reporting_from = 2021-01-01
"""
    with pytest.raises(SettingsError, match="baseline_from < baseline_to"):
        load_settings(home(tmp_path, GOOD + project))


def test_environment_wins_over_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENERGIBOK_AMOUNT_UNIT", "kkr")
    assert load_settings(home(tmp_path, GOOD)).amount_unit == "kkr"


def test_broken_toml_says_where(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="rad 1, tecken"):
        load_settings(home(tmp_path, "organisation = Prov"))


def test_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="energibok init"):
        load_settings(tmp_path)


RULE = '[[source]]\nname = "x"\nmatch = "*"\nformat = "{}"\noptions = {{ {} }}\n'
DELIMITED = 'time_column = "Tid", value_column = "V", metering_point = "735"'


@pytest.mark.parametrize(
    ("source", "options", "words"),
    [
        ("delimited", f'{DELIMITED}, stamp = "star"', "start eller end"),
        ("delimited", f'{DELIMITED}, clock = "Sverige"', "Europe/Stockholm"),
        ("delimited", f'{DELIMITED}, unit = "MWH"', "Menade du «MWh»"),
        ("delimited", f'{DELIMITED}, quantity = "enrgy"', "energy_kwh"),
        ("delimited", f'{DELIMITED}, encoding = "ansi"', "cp1252"),
        ("delimited", 'time_column = "T", columns = [{ column = "V", unit = "kW" }]', "passar inte"),
        ("delimited", 'time_column = "T", columns = [{ column = "V", enhet = "kWh" }]', "okänd nyckel «enhet»"),
        ("meter_parquet", 'unit = "kWH"', "Menade du «kWh»"),
        ("meter_parquet", 'columns = [{ column = "V", unit = "kWh", kind = "ställning" }]', "interval eller register"),
        ("spot_parquet", 'currency = "kr"', "EUR eller SEK"),
        ("entsoe_portal", 'area = "Stockholm"', "SE1, SE2, SE3, SE4"),
        ("ecb", 'currencies = ["kronor"]', "tre stora bokstäver"),
        ("events", 'decimal = "punkt"', ", eller ."),
        ("peppol", 'lines = [{ contains = "x", component = "y" }]', "energy"),
        ("peppol", "rader = []", "Kända: lines"),
        ("smhi", 'station = "1"', "okänd inställning «station»"),
    ],
)
def test_a_wrong_value_of_a_source_is_told_before_any_file_is_read(
    tmp_path: Path, source: str, options: str, words: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(home(tmp_path, GOOD + RULE.format(source, options)))
    assert "«source[1].options»" in str(caught.value)
    assert words in str(caught.value)


EVENT = '[[event]]\nfacility = "hall"\nkind = "closed"\nstart = 2020-03-14\nend = 2020-03-15\n'


@pytest.mark.parametrize(
    ("rest", "key"),
    [
        ('treatment = "exclude"\nreason = ""\ndecided_by = "AB"', "event[1].reason"),
        ('treatment = "exclude"\nreason = "pandemi"', "event[1].decided_by"),
        ('treatment = "indicator"\nreason = "pandemi"\ndecided_by = " "', "event[1].decided_by"),
    ],
)
def test_a_treatment_is_decided_and_explained(tmp_path: Path, rest: str, key: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(f"«{key}»")):
        load_settings(home(tmp_path, GOOD + EVENT + rest))


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ('treatment = "engineering"\nvalue = -20.0\nunit = "percent"', "uncertainty"),
        ("value = -20.0", "bara när treatment är engineering"),
        ('treatment = "engineering"\nvalue = -120.0\nunit = "percent"\nuncertainty = 5.0', "mer än allt"),
        ('treatment = "engineering"\nvalue = -20.0\nunit = "kronor"\nuncertainty = 5.0', "kwh_per_day"),
    ],
)
def test_a_stated_effect_is_whole(tmp_path: Path, rest: str, words: str) -> None:
    decided = 'reason = "pandemi"\ndecided_by = "controllern"\n'
    with pytest.raises(SettingsError, match=re.escape(words)):
        load_settings(home(tmp_path, GOOD + EVENT + decided + rest))


def test_an_event_without_treatment_needs_no_decision(tmp_path: Path) -> None:
    assert load_settings(home(tmp_path, GOOD + EVENT + 'reason = ""')).event[0].decided_by is None


def test_a_wrong_day_is_told_once(tmp_path: Path) -> None:
    wrong = EVENT.replace("2020-03-14", '"i mars"') + 'reason = ""'
    with pytest.raises(SettingsError) as caught:
        load_settings(home(tmp_path, GOOD + wrong))
    assert "«event[1].start»: fann 'i mars'" in str(caught.value)
    assert "ett datum" in str(caught.value)


def test_a_wrong_value_from_the_environment_names_the_variable(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("ENERGIBOK_DRAWS", "många")
    with pytest.raises(SettingsError) as caught:
        load_settings(home(tmp_path, GOOD))
    assert str(caught.value).startswith("miljövariabel ENERGIBOK_DRAWS: nyckel «draws»: fann 'många'")
    assert "energibok.toml" not in str(caught.value)


def test_broken_json_in_the_environment_names_the_variable(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("ENERGIBOK_FACILITY", "hallen")
    with pytest.raises(SettingsError, match=r"miljövariabel ENERGIBOK_FACILITY: .*JSON"):
        load_settings(home(tmp_path, GOOD))


def test_an_unknown_variable_is_an_error_but_not_those_read_elsewhere(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("ENERGIBOK_HOME", str(tmp_path))
    monkeypatch.setenv("ENERGIBOK_TEST_DATA", str(tmp_path))
    assert load_settings(home(tmp_path, GOOD)).organisation == "Prov"
    monkeypatch.setenv("ENERGIBOK_DRAW", "60")
    with pytest.raises(SettingsError, match=r"ENERGIBOK_DRAW är okänd\. Menade du «ENERGIBOK_DRAWS»") as caught:
        load_settings(tmp_path)
    assert "ENERGIBOK_AMOUNT_UNIT" in str(caught.value)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_another_encoding_says_what_to_do(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "energibok.toml").write_bytes('seed = 1\norganisation = "Malmö"\n'.encode(encoding))
    with pytest.raises(SettingsError, match=r"inte sparad som UTF-8 .*spara om"):
        load_settings(tmp_path)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "energibok.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load_settings(tmp_path).organisation == "Prov"


def test_a_key_given_twice_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"rad 2, .*finns redan"):
        load_settings(home(tmp_path, "seed = 1\nseed = 2\n"))


def test_an_unknown_format_names_the_rule_and_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"«source\[1\]\.format»: fann 'delimted'.*Menade du «delimited»\?$"):
        load_settings(home(tmp_path, GOOD + RULE.format("delimted", "")))
