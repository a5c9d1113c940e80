"""`doctor` on accounts: none at all, none for accruals, and numbers the books never use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flows.home_books import of_books
from flows.settings.load import load_settings
from tests.flows import controller

ACCRUAL = '[[account]]\naccount = "2990"\npurpose = "accrual"\n'


def checks(home: Path, change: Callable[[str], str]) -> list[tuple[str, str]]:
    path = home / "energibok.toml"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    return [(level, text) for level, _, text in of_books(home, load_settings(home))]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A published home whose books use 6210, 6220 and 6230; grid invoices are found on 6220."""
    with controller.hall(tmp_path) as store:
        matched = [{"contract_kind": "grid", "account": "6220"}] * 2 + [{"contract_kind": "grid", "account": "6210"}]
        controller.build(store, ledger_match=matched)
        store.publish()
    return tmp_path


def test_contracts_without_accounts_say_what_will_be_missing(home: Path) -> None:
    ((level, text),) = checks(home, lambda t: t.split("[[account]]")[0])
    assert level == "info"
    assert "inga [[account]] är angivna" in text


def test_no_account_for_accruals_is_told_and_one_not_used_yet_is_no_warning(home: Path) -> None:
    ((level, text),) = checks(home, lambda t: t)
    assert level == "info"
    assert 'purpose = "accrual"' in text
    ((level, text),) = checks(home, lambda t: t + ACCRUAL)
    assert level == "info"
    assert "konto 2990. Det är väntat" in text


@pytest.mark.parametrize(("old", "new", "near"), [("6220", "7220", "6220"), ("6230", "6239", "6230")])
def test_an_account_the_books_never_use_is_a_warning_with_the_nearest(
    home: Path, old: str, new: str, near: str
) -> None:
    told = checks(home, lambda t: t.replace(f'account = "{old}"', f'account = "{new}"'))
    (warning,) = [text for level, text in told if level == "varning"]
    assert f"inget verifikat är bokfört på konto {new}" in warning
    assert f"Menade du {near}" in warning


def test_an_account_of_another_time_than_the_books_is_not_judged(home: Path) -> None:
    old = '[[account]]\naccount = "4444"\nkind = "heat"\nvalid_to = 2010-01-01\n'
    assert not [text for level, text in checks(home, lambda t: t + old) if level == "varning"]


def test_a_home_that_has_read_nothing_is_judged_by_its_settings_alone(tmp_path: Path) -> None:
    (tmp_path / "energibok.toml").write_text(controller.SETTINGS, encoding="utf-8")
    assert [level for level, _, _ in of_books(tmp_path, load_settings(tmp_path))] == ["info"]
