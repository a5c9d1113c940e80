"""Settings of the books: accounts, keys of allocation, factors, contracts: what cannot be meant is told at once."""

from pathlib import Path

import pytest

from energy.errors import SettingsError
from flows.settings.load import load_settings
from tests.flows.settings.test_load import GOOD, home

BEARERS = '[[cost_bearer]]\nid = "a"\nname = "A"\n[[cost_bearer]]\nid = "b"\nname = "B"\n'


def key(rest: str, bearer: str = "a") -> str:
    return f'[[allocation]]\nmetering_point = "735"\ncost_bearer = "{bearer}"\n{rest}\n'


def factor(first: str, last: str) -> str:
    return (
        '[[emission_factor]]\ncarrier = "electricity"\nmethod = "location_based"\nkg_per_mwh = 20\nsource = "prov"\n'
        f"valid_from = {first}\nvalid_to = {last}\n"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BEARERS + key("share = 0.6") + key("share = 0.3", "b"), "andelar 0.9"),
        (BEARERS + key("share = 0.6") + key("share = 0.6", "b"), "andelar 1.2"),
        (BEARERS + key('submeter = "735"'), "rest = true"),
        (BEARERS + key("share = 0.6\nrest = true"), "exakt en av share, submeter och rest"),
        (BEARERS + key("rest = true") + key("rest = true", "b"), "2 som tar resten"),
        (key("rest = true", "c"), "en kostnadsbärare"),
        ('[[account]]\naccount = "6210"\nfacility = "x"\n', "en anläggning"),
        ('[[account]]\naccount = "6210"\nvalid_from = 2024-01-01\nvalid_to = 2023-01-01\n', "valid_from < valid_to"),
        (factor("2023-01-01", "2024-01-01") + factor("2023-06-01", "2025-01-01"), "bara en faktor"),
        (factor("2023-01-01", "2023-01-01"), "en dag efter valid_from"),
        (
            '[[contract]]\nmetering_point = "735"\nkind = "grid"\nfamily = "f"\nvalid_from = 2024-01-01\n'
            "valid_to = 2024-01-01\n",
            "valid_from < valid_to",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load_settings(home(tmp_path, GOOD + text))


def test_a_key_that_changes_is_whole_before_and_after(tmp_path: Path) -> None:
    older = key("share = 0.6\nvalid_to = 2023-01-01") + key("rest = true\nvalid_to = 2023-01-01", "b")
    newer = key("share = 0.5\nvalid_from = 2023-01-01") + key("share = 0.5\nvalid_from = 2023-01-01", "b")
    assert len(load_settings(home(tmp_path, GOOD + BEARERS + older + newer)).allocation) == 4


def test_factors_of_other_methods_may_hold_the_same_days(tmp_path: Path) -> None:
    other = factor("2023-01-01", "2024-01-01").replace("location_based", "market_based")
    assert len(load_settings(home(tmp_path, GOOD + factor("2023-01-01", "2024-01-01") + other)).emission_factor) == 2
