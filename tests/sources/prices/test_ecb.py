"""ECB rates: only the currencies asked for, absent rates refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from energy.errors import SourceError
from energy.sources.prices import ecb

CONTENT = b"Date,SEK,DKK\n2024-01-02,11.1,7.45\n2024-01-03,N/A,7.46\n2024-01-04,-1,7\nx,1,1\n2024-01-05\n"


def test_one_currency_and_what_is_refused() -> None:
    parsed = ecb.read(CONTENT, "fx.csv", {})
    assert parsed.tables["fx"].rows() == [(2, date(2024, 1, 2), "SEK", 11.1)]
    assert parsed.rejects.select("row_no", "rule").rows() == [
        (3, "missing_value"), (4, "not_a_number"), (5, "bad_time"), (6, "ragged_row")
    ]  # fmt: skip
    assert parsed.rows_in == 5


def test_two_currencies_are_two_records_a_day() -> None:
    parsed = ecb.read(CONTENT, "fx.csv", {"currencies": ["SEK", "DKK"]})
    assert parsed.rows_in == 10
    assert parsed.tables["fx"].height == 4


def test_a_missing_currency_stops_the_file() -> None:
    with pytest.raises(SourceError, match=r"kolumnen «EEK» finns inte\. Kolumner i filen: «Date», «SEK», «DKK»"):
        ecb.read(CONTENT, "fx.csv", {"currencies": ["EEK"]})


def test_ecbs_own_rates(real_file: Callable[[str], bytes]) -> None:
    data = real_file("fx_ecb_eursek/ecb_eur_fx_2010_2026.csv")
    assert ecb.detect(data[:4096], "fx.csv")
    table = ecb.read(data, "fx.csv", {}).tables["fx"]
    assert table.height == 4310
    assert table.row(0) == (2, date(2010, 1, 4), "SEK", 10.193)
