"""Bookings: where, when and what; who booked is nowhere in what comes out, and what is kept reads the same again."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources import by_name
from energy.sources.people import bookings
from tests.sources.sheets import workbook

HEAD = "Anläggning;Lokal;Datum;Från;Till;Bokad av;E-post;Aktivitet;Antal"
WHO = ("Svensson", "anna@", "070-1234567", "19800101", "Kalle", "Sven", "Hemlig")


def read(content: str | bytes, **options: object) -> Parsed:
    data = content if isinstance(content, bytes) else content.encode()
    parsed = bookings.read(data, "bokningar.csv", options)
    assert parsed.rows_in == parsed.tables["bookings"].height + parsed.rejects.height
    return parsed


def everything(parsed: Parsed) -> str:
    tables = [str(frame.rows()) for frame in (*parsed.tables.values(), parsed.rejects)]
    return " ".join([*tables, *(f.message for f in parsed.findings), (parsed.kept or b"").decode()])


def test_a_booking_by_hand() -> None:
    parsed = read(f"{HEAD}\nHallen;A;2024-01-31;08:00;9.30;Anna Svensson;anna@ex.se;Träning P12 Sven;14\n")
    assert parsed.tables["bookings"].rows() == [
        (
            2,
            "Hallen",
            "A",
            datetime(2024, 1, 31, 7, tzinfo=UTC),
            datetime(2024, 1, 31, 8, 30, tzinfo=UTC),
            "träning",
            14,
        )
    ]
    assert (parsed.clock, parsed.kept) == (
        "Europe/Stockholm",
        b"facility;space;date;start;end_date;end;activity;participants\nHallen;A;2024-01-31;08:00;;9.30;tr\xc3\xa4ning;14\n",
    )


def test_english_headings_moments_and_ids_of_the_settings() -> None:
    parsed = read(
        "facility,space,start,end,kind\nThe Rink,A,2024-07-01 08:00,2024-07-01 10:00,ice cream\n",
        facilities={"The Rink": "rink"}, activities={"Ice cream": "servering"},
    )  # fmt: skip
    assert parsed.tables["bookings"].select("facility", "start_utc", "activity").rows() == [
        ("rink", datetime(2024, 7, 1, 6, tzinfo=UTC), "servering")
    ]


def test_who_booked_is_nowhere() -> None:
    parsed = read(
        "Lista för Anna Svensson\n\n" + HEAD + "\n"
        "Hallen;A;2024-01-31;08:00;09:00;Anna Svensson;anna@ex.se;Kalas för Kalle;12\n"
        "Hallen;anna@ex.se;2024-01-31;08:00;09:00;;;;\n"
        "Hallen;070-1234567;2024-01-31;08:00;09:00;;;;\n"
        "Hallen;A;2024-01-31;Sven;09:00;;;;\n"
        "Hallen;A;2024-01-31;10:00;09:00;;;;Sven\n"
        "Anna Svensson;Hallen;A;2024-01-31;08:00;09:00;Kalle;anna@ex.se;Kalas;12;Hemlig\n"
        "Anna Svensson;19800101-1234\n"
        ";;;;;Anna Svensson;;;\n"
    )
    said = everything(parsed)
    assert not [name for name in WHO if name in said]
    assert parsed.tables["bookings"].select("row_no", "activity").rows() == [(4, "övrigt")]
    assert parsed.rejects["row_no"].to_list() == [5, 6, 7, 8, 9, 10, 11]


def test_what_is_kept_reads_the_same_again() -> None:
    rows = (
        f"\nBokningar\n{HEAD}\n\nHallen;\"A \"\"stora\"\"; nere\";2024-01-31;22:30;00:30;Sven;;match mot Sven;\n"
        "Hallen;A;2024-03-31;02:30;04:00;Sven;;;x\nHallen\n"
    )  # fmt: skip
    first = read(rows)
    again = read(first.kept or b"")
    assert again.tables["bookings"].equals(first.tables["bookings"]) and again.kept == first.kept
    assert again.rejects["row_no"].to_list() == first.rejects["row_no"].to_list() == [6, 7]
    assert first.tables["bookings"].select("row_no", "space", "activity").rows() == [(5, 'A "stora"; nere', "match")]
    assert [f.rule for f in first.findings] == ["booking_past_midnight"]


def test_a_workbook_with_its_days_and_clock_times_and_its_time_of_saving() -> None:
    head = ["Bokad av", "Anläggning", "Yta", "Datum", "Starttid", "Sluttid", "Deltagare"]
    book = workbook(
        [head, ["Sven", "Hallen", "A", date(2024, 7, 1), time(18, 0), time(19, 30), 12],
         ["Sven", "Hallen", "A", date(2024, 7, 2), "18.00", "24:00", None]],
    )  # fmt: skip
    first = read(book)
    assert first.tables["bookings"].select("row_no", "start_utc", "end_utc", "participants").rows() == [
        (2, datetime(2024, 7, 1, 16, tzinfo=UTC), datetime(2024, 7, 1, 17, 30, tzinfo=UTC), 12.0),
        (3, datetime(2024, 7, 2, 16, tzinfo=UTC), datetime(2024, 7, 2, 22, tzinfo=UTC), None),
    ]
    again = read(first.kept or b"")
    assert again.tables["bookings"].equals(first.tables["bookings"])
    assert first.issued_at is not None and first.issued_at.endswith("Z") and again.issued_at == first.issued_at
    assert "Sven" not in everything(first)


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        (";A;2024-01-01;08:00;09:00;;;;", "missing_facility"),
        ("h;A;1/1 2024;08:00;09:00;;;;", "bad_time"),
        ("h;A;2024-01-01;08:00;25:00;;;;", "bad_time"),
        ("h;A;;08:00;09:00;;;;", "bad_time"),
        ("h;A;2024-01-01;20:00;09:00;;;;", "bad_interval"),
        ("h;A;2024-01-01;08:00;08:00;;;;", "bad_interval"),
        ("h;A;2024-03-31;02:30;04:00;;;;", "nonexistent_time"),
        ("h;A;2024-10-27;02:30;04:00;;;;", "ambiguous_time"),
        ("h;A;2024-01-01;08:00;09:00;;;;tolv", "not_a_number"),
        ("h;A;2024-01-01;08:00;09:00;;;;-2", "bad_number"),
        ("h;A;2024-01-01", "ragged_row"),
    ],
)
def test_a_bad_row_is_refused_and_the_next_is_loaded(cells: str, rule: str) -> None:
    parsed = read(f"{HEAD}\n{cells}\nh;A;2024-01-01;08:00;09:00;;;;\n")
    assert parsed.tables["bookings"]["row_no"].to_list() == [3]
    assert parsed.rejects.select("row_no", "rule").rows() == [(2, rule)]


def test_an_error_names_none_of_the_files_own_headings() -> None:
    for data in (b"Anna Svensson;anna@ex.se;2024-01-01\n", workbook([["Anna Svensson", "anna@ex.se"]])):
        with pytest.raises(SourceError, match="rubrikerna för bokningar finns inte") as told:
            bookings.read(data, "x.csv", {})
        assert "Svensson" not in str(told.value) and told.value.__cause__ is None


def test_the_registry_knows_that_the_file_is_private() -> None:
    assert by_name("bookings").private is True


ROW = st.text(alphabet=st.sampled_from('abcÅ@;"\n0123456789-: .\t'), max_size=60)


@settings(max_examples=10)
@given(rows=st.lists(ROW, max_size=5))
def test_any_rows_add_up_and_read_the_same_from_what_is_kept(rows: list[str]) -> None:
    first = read(f"{HEAD}\nHallen;A;2024-01-31;08:00;09:00;Anna Svensson;;;\n" + "\n".join(rows))
    again = read(first.kept or b"")
    assert again.tables["bookings"].equals(first.tables["bookings"]) and again.rows_in == first.rows_in
    assert "Svensson" not in everything(first)


@settings(max_examples=25)
@given(data=st.binary(max_size=200))
def test_junk_is_refused(data: bytes) -> None:
    for junk in (data, b"PK\x03\x04" + data):
        with pytest.raises(SourceError):
            bookings.read(junk, "bokningar.xlsx", {})
