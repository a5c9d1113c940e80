"""Energi-Index: two values a line, months in normal time, bad rows refused with their number."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources import detect
from energy.sources.weather import energy_index

HEAD = "month;station;index_actual;index_normal\n"


def read(content: str, **options: object) -> Parsed:
    parsed = energy_index.read(content.encode(), "index.csv", options)
    assert parsed.rows_in == parsed.tables["weather"].height + parsed.rejects.height
    return parsed


def test_a_line_gives_the_month_and_its_normal() -> None:
    rows = read(HEAD + "2020-02;98210;440,5;535\n").tables["weather"].to_dicts()
    assert [(r["parameter"], r["value"]) for r in rows] == [
        ("energy_index_actual_kd", 440.5),
        ("energy_index_normal_kd", 535.0),
    ]
    assert {(r["row_no"], r["station"]) for r in rows} == {(2, "98210")}
    assert rows[0]["start_utc"] == datetime(2020, 1, 31, 23, tzinfo=UTC)
    assert rows[0]["end_utc"] == datetime(2020, 2, 29, 23, tzinfo=UTC)


def test_it_knows_its_file_and_the_order_of_columns_is_free() -> None:
    content = "\ufeffStation;Month;Index_normal;Index_actual\n1;2020-01;580;422\n"
    source = detect(content.encode(), "vad-som-helst.csv")
    assert source is not None and source.name == "energy_index"
    assert read(content).tables["weather"]["value"].to_list() == [422.0, 580.0]
    assert read(HEAD + "2020-01;1;422.5;580.5\n", decimal=".").tables["weather"]["value"].to_list() == [422.5, 580.5]


@pytest.mark.parametrize(
    ("line", "rules"),
    [
        ("januari;1;422;580", ["bad_time"] * 2),
        ("2020-13;1;422;580", ["bad_time"] * 2),
        ("2020-01; ;422;580", ["missing_value"] * 2),
        ("2020-01;1;;580", ["not_a_number"]),
        ("2020-01;1;422;-580", ["out_of_range"]),
        ("2020-01;1;422", ["ragged_row"] * 2),
    ],
)
def test_a_bad_row_is_refused(line: str, rules: list[str]) -> None:
    parsed = read(HEAD + line + "\n")
    assert parsed.rejects["rule"].to_list() == rules
    assert set(parsed.rejects["row_no"]) == {2}


def test_a_missing_column_is_told() -> None:
    with pytest.raises(SourceError, match="index_normal"):
        read("month;station;index_actual\n2020-01;1;2\n")
