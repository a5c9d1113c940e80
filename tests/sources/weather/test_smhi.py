"""SMHI's files: the header found wherever it stands, hourly and daily, moved stations, unknown quality."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources.weather import smhi

HEAD = (
    "\ufeffStationsnamn;Stationsnummer;Stationsnät;Mäthöjd (meter över marken)\n"
    "Provdalen;4711;Övriga stationer;2.0\n\n"
    "Parameternamn;Beskrivning;Enhet\n"
    "Lufttemperatur;{what};{unit}\n\n"
    "Tidsperiod (fr.o.m);Tidsperiod (t.o.m);Höjd (meter över havet);Latitud (decimalgrader);Longitud (decimalgrader)\n"
)
PLACE = "2010-01-01 00:00:00;2019-12-31 23:59:59;23.0;59.5000;17.8000\n"
HOURLY = (
    "\nDatum;Tid (UTC);Lufttemperatur;Kvalitet;;Tidsutsnitt:\n"
    '2024-01-01;00:00:00;-5.3;G;;Kvalitetskontrollerade "historiska" data; (utom de senaste 3 mån)\n'
    "2024-01-01;01:00:00;0.0;Y;;Tidsperiod (fr.o.m.) = 2024-01-01 00:00:00 (UTC)\n"
    "2024-01-01;02:00:00;1.1;R\n"
    "2024-01-01;03:00:00;;G\n"
    "2024-01-01;04:00:00;1,5;G\n"
    "2024-01-01;25:00:00;1.0;G\n"
    "2024-01-01;06:0"
)
DAILY = (
    "\nFrån Datum Tid (UTC);Till Datum Tid (UTC);Representativt dygn;Lufttemperatur;Kvalitet;;Tidsutsnitt:\n"
    "2024-02-01 00:00:01;2024-02-02 00:00:00;2024-02-01;3.4;Y;;Medelvärdet är beräknat för = 24 timmar\n"
)


def head(what: str = "momentanvärde, 1 gång/tim", unit: str = "celsius", places: str = PLACE) -> str:
    return HEAD.format(what=what, unit=unit) + places


def read(content: str) -> Parsed:
    parsed = smhi.read(content.encode(), "smhi.csv", {})
    assert parsed.rows_in == parsed.tables["weather"].height + parsed.rejects.height
    return parsed


def test_hourly_values_and_what_is_refused() -> None:
    parsed = read(head() + HOURLY)
    first, second = parsed.tables["weather"].rows()
    assert first == (11, "4711", "Provdalen", "air_temperature_c", datetime(2024, 1, 1, tzinfo=UTC),
                     datetime(2024, 1, 1, 1, tzinfo=UTC), -5.3, "measured", "archive")  # fmt: skip
    assert second[6:] == (0.0, "suspect", "archive")
    assert parsed.rejects.select("row_no", "rule").rows() == [
        (13, "unknown_quality"), (14, "missing_value"), (15, "not_a_number"), (16, "bad_time"), (17, "ragged_row"),
    ]  # fmt: skip


def test_daily_values_are_whole_utc_days() -> None:
    table = read(head("medelvärde 1 dygn, 1 gång/dygn, kl 00", "degree celsius") + DAILY).tables["weather"]
    assert table.select("start_utc", "end_utc", "value", "status").rows() == [
        (datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 2, 2, tzinfo=UTC), 3.4, "suspect")
    ]


MONTHLY = (
    "\nFrån Datum Tid (UTC);Till Datum Tid (UTC);Representativt månad;Lufttemperatur;Kvalitet;;Tidsutsnitt:\n"
    "2024-02-01 00:00:01;2024-03-01 00:00:00;2024-02;-1.4;G;;\n"
)


def test_monthly_values_are_whole_utc_months() -> None:
    table = read(head("medel, 1 gång per månad") + MONTHLY).tables["weather"]
    assert table.select("start_utc", "end_utc", "value", "period").rows() == [
        (datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC), -1.4, None)
    ]


@pytest.mark.parametrize(
    ("told", "name", "found"),
    [
        ("Kvalitetskontrollerade historiska data (utom de senaste 3 mån)", "smhi_latest-months.csv", "archive"),
        ("Data från senaste fyra månader", "x.csv", "latest"),
        ("Data från senaste timmen", "x.csv", "latest"),
        ("Data från de senaste fyra månaderna", "x.csv", "latest"),
        ("", "smhi_98040_corrected-archive.csv", "archive"),
        ("", "smhi_98040_latest-months_2.csv", "latest"),
        ("", "smhi.csv", None),
        ("Okontrollerade historiska data", "smhi.csv", None),
        ("Gul (Y) = okontrollerade realtidsdata (senaste 2 tim).", "smhi.csv", None),
    ],
)
def test_the_time_slice_tells_archive_from_latest(told: str, name: str, found: str | None) -> None:
    rows = f"\nDatum;Tid (UTC);Lufttemperatur;Kvalitet;;Tidsutsnitt:\n2024-01-01;00:00:00;1.0;G;;{told}\n"
    rows += "2024-01-01;01:00:00;1.0;G;;okontrollerade realtidsdata (senaste 2 tim)\n" if told else ""
    parsed = smhi.read((head() + rows).encode(), name, {})
    assert set(parsed.tables["weather"]["period"]) == {found}
    assert parsed.issued_at == "2019-12-31T23:59:59+00:00"


@pytest.mark.parametrize(
    ("title", "what", "unit", "name", "first_hour"),
    [
        ("Relativ Luftfuktighet", "momentanvärde, 1 gång/tim", "procent", "relative_humidity_pct", 5),
        ("Vindhastighet", "medelvärde 10 min, 1 gång/tim", "meter per sekund", "wind_speed_m_s", 5),
        ("Global Irradians (svenska stationer)", "medelvärde 1 timme, varje timme", "watt per kvadratmeter",
         "global_irradiance_w_m2", 4),
        ("Nederbördsmängd", "summa 1 timme, 1 gång/tim", "millimeter", "precipitation_mm", 4),
    ],
)  # fmt: skip
def test_other_parameters_bear_their_own_names(title: str, what: str, unit: str, name: str, first_hour: int) -> None:
    rows = f"\nDatum;Tid (UTC);{title};Kvalitet;;Tidsutsnitt:\n2024-01-01;05:00:00;7.0;G\n"
    content = head(what, unit).replace("Lufttemperatur;", f"{title};") + rows
    table = read(content).tables["weather"]
    assert table.select("parameter", "start_utc", "end_utc").rows() == [
        (name, datetime(2024, 1, 1, first_hour, tzinfo=UTC), datetime(2024, 1, 1, first_hour + 1, tzinfo=UTC))
    ]
    with pytest.raises(SourceError, match="enheten är"):
        read(content.replace(unit, "celsius"))


def test_a_moved_station_is_told() -> None:
    moved = read(head(places=PLACE + PLACE.replace("23.0", "40.5")) + HOURLY)
    assert [(f.rule, f.level) for f in moved.findings] == [("station_moved", "info")]
    assert "2 platser" in moved.findings[0].message and "höjd 40,5 m" in moved.findings[0].message
    assert read(head() + HOURLY).findings == []


def test_older_files_mark_their_head_with_number_signs() -> None:
    older = "".join(f"#{line}\n" for line in (head() + "\nDatum;Tid (UTC);Lufttemperatur;Kvalitet").splitlines())
    older = older.lstrip("#").replace("\ufeff", "#").replace("Stationsnummer", "Klimatnummer")
    assert smhi.detect(older.encode(), "x.csv")
    assert read(older + "2010-01-01;06:00:00;-9.5;G\n").tables["weather"]["station"].to_list() == ["4711"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (head(), "rubrikraden"),
        (head("min, 1 gång per dygn") + HOURLY, "parametern är Lufttemperatur"),
        (head(unit="kelvin") + HOURLY, "enheten är 'kelvin'"),
        (head().replace("4711", "") + HOURLY, "stationsnummer saknas"),
        (head().replace("Parameternamn", "Param") + HOURLY, "blocket «Parameternamn»"),
        (head() + HOURLY.replace("Kvalitet;;", "Kval;;"), "kolumnen «Kvalitet»"),
        ("", "tom"),
    ],
)
def test_what_is_no_smhi_file_of_air_temperature(content: str, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        smhi.read(content.encode(), "smhi.csv", {})


@pytest.mark.parametrize(
    ("path", "count", "first_row", "station", "places"),
    [
        ("smhi_p1_105370_falun_2010_2015.csv", 4134, 13, "105370", 3),
        ("smhi_p1_fixture_ifk-smhi.csv", 2, 11, "1", 1),
        ("smhi_p2_98040_full.csv", 24270, 12, "98040", 2),
    ],
)
def test_smhis_own_files(
    real_file: Callable[[str], bytes], path: str, count: int, first_row: int, station: str, places: int
) -> None:
    data = real_file(f"smhi_stockholm/original_format/{path}")
    assert smhi.detect(data[:4096], path)
    parsed = smhi.read(data, path, {})
    table = parsed.tables["weather"]
    assert (table.height, parsed.rejects.height, table["row_no"][0], table["station"][0]) == (
        count,
        0,
        first_row,
        station,
    )
    assert len(parsed.findings) == (places > 1)
    assert table["value"].is_between(-45, 40).all()
    assert set(table["period"]) == {None if station == "105370" else "archive"}
