"""The dictionary of the marts: complete, and forgiving about what it is given."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

import polars as pl
import pytest

from dashboards.conform import conform
from dashboards.schema import MARTS, TITLES


def test_the_fixture_has_every_mart_and_column(marts: dict[str, pl.DataFrame]) -> None:
    assert set(marts) == set(MARTS)
    for name, columns in MARTS.items():
        assert set(columns) == set(marts[name].columns), name


def test_headings_are_unique_within_a_mart_and_titles_fit_excel() -> None:
    for name, columns in MARTS.items():
        labels = [c.label for c in columns.values()]
        assert len(set(labels)) == len(labels), name
    assert all(0 < len(title) <= 31 for title in TITLES.values())
    assert len(set(TITLES.values())) == len(TITLES)


def test_missing_marts_and_columns_become_empty_and_null() -> None:
    found = conform({"headline": pl.DataFrame({"facility": ["a"], "value": [math.nan]})})
    assert found["bridge"].is_empty() and found["bridge"].columns == list(MARTS["bridge"])
    assert found["headline"].row(0, named=True)["value"] is None
    assert found["headline"].row(0, named=True)["reason"] is None


@pytest.mark.parametrize("name", list(MARTS))
def test_an_empty_frame_without_columns_conforms(name: str) -> None:
    assert conform({name: pl.DataFrame()})[name].columns == list(MARTS[name])


def test_days_as_text_and_instants_without_a_zone_are_read() -> None:
    given = {
        "cusum": pl.DataFrame({"day": ["2023-01-02", "2023-01-03 00:00:00", "i går"]}),
        "events": pl.DataFrame({"start_utc": [datetime(2023, 6, 1, 22)]}),
    }
    found = conform(given)
    assert found["cusum"]["day"].to_list() == [date(2023, 1, 2), date(2023, 1, 3), None]
    assert found["events"]["start_utc"].to_list() == [datetime(2023, 6, 1, 22, tzinfo=UTC)]
