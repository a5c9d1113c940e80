"""Opening hours: ranges of weekdays, closed days, midnight, and the last day told as the first no longer valid."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources.people import opening_hours
from tests.sources.sheets import workbook

HEAD = "Anläggning;Veckodag;Öppnar;Stänger;Gäller från;Gäller till\n"


def read(content: str | bytes, **options: object) -> Parsed:
    data = content if isinstance(content, bytes) else content.encode()
    parsed = opening_hours.read(data, "oppettider.csv", options)
    assert parsed.rows_in == parsed.tables["opening_hours"].height + parsed.rejects.height
    return parsed


def test_a_range_is_a_record_a_day_and_the_last_day_is_included() -> None:
    parsed = read(HEAD + "Hallen;mån–ons;06:00;22.30;2024-01-01;2024-05-31\nHallen;sön;stängt;;2024-06-01;\n")
    day, end = date(2024, 1, 1), date(2024, 6, 1)
    assert parsed.tables["opening_hours"].rows() == [
        (2, "Hallen", 1, "06:00", "22:30", day, end),
        (2, "Hallen", 2, "06:00", "22:30", day, end),
        (2, "Hallen", 3, "06:00", "22:30", day, end),
        (3, "Hallen", 7, None, None, date(2024, 6, 1), None),
    ]


@pytest.mark.parametrize(
    ("opens", "closes", "found"),
    [("8", "00:00", ("08:00", "24:00")), ("kl. 6.15", "24:00", ("06:15", "24:00")), ("06:00–22:00", "",
     ("06:00", "22:00")), ("Stängt", "stängt", (None, None))],
)  # fmt: skip
def test_clock_times(opens: str, closes: str, found: tuple[str | None, str | None]) -> None:
    parsed = read(f"{HEAD}h;1;{opens};{closes};;\n")
    assert parsed.tables["opening_hours"].select("opens", "closes").rows() == [found]


@pytest.mark.parametrize(
    ("text", "found"),
    [("mån-fre", [1, 2, 3, 4, 5]), ("Lör, sön", [6, 7]), ("1-7", [1, 2, 3, 4, 5, 6, 7]), ("Mon to Wed", [1, 2, 3]),
     ("lördagar och söndagar", [6, 7]), ("fre-mån", [1, 5, 6, 7]), ("alla dagar", [1, 2, 3, 4, 5, 6, 7]), ("tors", [4]),
     ("0", []), ("8", []), ("mån-fre-sön", []), ("mån,,tis", []), ("", []), ("x" * 500, [])],
)  # fmt: skip
def test_weekdays(text: str, found: list[int]) -> None:
    assert opening_hours.weekdays(text) == found


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (";mån;06:00;22:00;;", "missing_facility"),
        ("h;någon dag;06:00;22:00;;", "unknown_weekday"),
        ("h;mån;06:00;;;", "bad_time"),
        ("h;mån;06:60;22:00;;", "bad_time"),
        ("h;mån;22:00;02:00;;", "bad_interval"),
        ("h;mån;06:00;22:00;2024-02-01;2024-01-01", "bad_interval"),
        ("h;mån;06:00;22:00;1/2;", "bad_date"),
        ("h;mån;stängt;22:00;;", "closed_with_hours"),
        ("h;mån", "ragged_row"),
    ],
)
def test_a_bad_row_is_refused_and_the_next_is_loaded(row: str, rule: str) -> None:
    parsed = read(f"{HEAD}{row}\nh;tis;06:00;22:00;;\n")
    assert parsed.tables["opening_hours"]["row_no"].to_list() == [3]
    assert parsed.rejects.select("row_no", "rule", "original").rows() == [(2, rule, row)]


def test_a_workbook_and_a_file_of_one_facility() -> None:
    book = workbook([["Öppettider"], ["Dag", "Öppnar", "Stänger"], ["mån", time(6, 30), time(22, 0)]])
    parsed = read(book, facility="hall")
    assert parsed.tables["opening_hours"].rows() == [(3, "hall", 1, "06:30", "22:00", None, None)]
    assert (parsed.sheet, parsed.encoding) == ("Blad1", "xlsx")
    with pytest.raises(SourceError, match="kolumnen «anläggning» finns inte"):
        read(book)


@settings(max_examples=30)
@given(rows=st.lists(st.text(alphabet=st.sampled_from("hmåntis-–;0123456789:. ,\t"), max_size=40), max_size=6))
def test_any_rows_add_up_in_any_order(rows: list[str]) -> None:
    first, turned = read(HEAD + "\n".join(rows)), read(HEAD + "\n".join(reversed(rows)))
    kept = [sorted(p.tables["opening_hours"].drop("row_no").rows(), key=str) for p in (first, turned)]
    assert kept[0] == kept[1]


@settings(max_examples=20)
@given(data=st.binary(max_size=200))
def test_junk_is_refused(data: bytes) -> None:
    for junk in (data, b"PK\x03\x04" + data):
        with pytest.raises(SourceError):
            opening_hours.read(junk, "x.xlsx", {})
