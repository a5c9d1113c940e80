"""Settings: a wrong key or value names file, key, what was found and what is allowed."""

from pathlib import Path

import pytest

from energy.errors import SettingsError
from flows.home import TEMPLATE
from flows.settings import load_settings

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
    assert settings.facility_of("735") == "hall"
    assert settings.facility_of("999") is None


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
    assert len(settings.source) == 1


@pytest.mark.parametrize(
    ("change", "key", "found", "allowed"),
    [
        (("organisation", "organization"), "organization", "'Prov'", "organisation"),
        (('carrier = "electricity"', 'carrier = "el"'), "metering_point.0.carrier", "'el'", "district_heating"),
        (('id = "735"', 'id = "7 35"'), "metering_point.0.id", "'7 35'", "pattern"),
        (('facility = "hall"', 'facility = "hallen"'), "metering_point.0.facility", "'hallen'", "hall"),
        (('name = "El"', 'nam = "El"'), "metering_point.0.nam", "'El'", "name"),
        (('organisation = "Prov"', 'amount_unit = "mkr"'), "amount_unit", "'mkr'", "tkr"),
        (('organisation = "Prov"', "draws = 3"), "draws", "3", "50"),
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
    with pytest.raises(SettingsError, match="line 1"):
        load_settings(home(tmp_path, "organisation = Prov"))


def test_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="energibok init"):
        load_settings(tmp_path)
