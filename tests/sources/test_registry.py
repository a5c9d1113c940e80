"""The registry: names, detection by first bytes, and no source that raises on what it does not know."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy.errors import SourceError, UnitError
from energy.sources import SOURCES, Source, by_name, detect, refuse_empty
from energy.units import UNITS

NAMES = {
    "delimited",
    "svefaktura",
    "sie",
    "ledger_table",
    "meter_parquet",
    "peppol",
    "smhi",
    "entsoe_portal",
    "spot_parquet",
    "ecb",
    "events",
    "bookings",
    "opening_hours",
    "measure_decisions",
    "deviation_causes",
    "budget",
    "trends",
    "smhi_json",
    "energy_index",
    "entsoe_a44",
    "elprisetjustnu",
    "energinet",
    "meter_sheet",
    "day_matrix",
    "two_section",
    "elvaco",
    "metry",
    "espi",
    "svef",
}


EON = "\ufeff\nAnläggnings-id;Tidpunkt för export\n7359;2026\n\nStarttidpunkt;Sluttidpunkt;Kvalitet;Kvantitet\n"


def test_every_source_has_its_own_name_and_a_swedish_title() -> None:
    assert {s.name for s in SOURCES} == NAMES
    assert len(SOURCES) == len(NAMES)
    assert all(s.title_sv and s.version >= 1 for s in SOURCES)
    assert by_name("smhi").name == "smhi"
    with pytest.raises(SourceError, match=r"okänd källa 'smih'\. Källor: peppol"):
        by_name("smih")


@pytest.mark.parametrize(
    ("head", "name", "found"),
    [
        ("\ufeffStationsnamn;Stationsnummer\nA;1\n\nParameternamn;Beskrivning;Enhet\n", "x.csv", "smhi"),
        ('"MTU (CET/CEST)","Day-ahead Price [EUR/MWh]","Currency","BZN|SE3"\n', "x.csv", "entsoe_portal"),
        ('{"value":[{"date":1714521600000,"value":"9.5","quality":"G"},', "x.json", "smhi_json"),
        ('[{"SEK_per_kWh":0.1,"EUR_per_kWh":0.01,"EXR":11,"time_start":"2024-', "x.json", "elprisetjustnu"),
        ('<?xml version="1.0"?>\n<Publication_MarketDocument xmlns="urn', "x.xml", "entsoe_a44"),
        ("HourUTC;HourDK;PriceArea;SpotPriceDKK;SpotPriceEUR\n", "x.csv", "energinet"),
        ('{"total":9,"dataset":"DayAheadPrices","records":[{"TimeUTC":"2025","PriceArea":"SE3"', "x.json", "energinet"),
        ("#FLAGGA 0\r\n#FORMAT PC8\r\n", "bokforing.se", "sie"),
        ("\ufeff\n#flagga 0\n", "x.si", "sie"),
        ('<Invoice xmlns="urn:sfti:documents:BasicInvoice:1:0">', "f.xml", "svefaktura"),
        ('<ObjectEnvelope xmlns="urn:sfti:documents:ObjectEnvelope:1:0">', "f.xml", "svefaktura"),
        ("Date,SEK,DKK\n", "x.csv", "ecb"),
        ("facility;kind;start;end\n", "x.csv", "events"),
        ("Anläggning;Slag;Börjar;Slutar\n", "x.csv", "events"),
        ("Anläggning;Typ;Från;Till;Bokad av\n", "x.csv", "bookings"),
        ("Namn;Kommentar\n", "bokningar/lista.csv", "bookings"),
        ("Anläggning;Veckodag;Öppnar;Stänger\n", "x.csv", "opening_hours"),
        ("Version;Månad;Belopp\n", "x.csv", "budget"),
        ("Version;Jan;Feb;Mar;Apr;Maj;Jun;Jul;Aug;Sep;Okt;Nov;Dec\n", "x.csv", "budget"),
        ("Åtgärdsnyckel;Beslut\n", "x.csv", "measure_decisions"),
        ("PK\x03\x04", "Energibok_2024-01_Staden.xlsx", "measure_decisions"),
        ("Nyckel till avvikelsen;Orsak\n", "x.csv", "deviation_causes"),
        ("PK\x03\x04", "Avvikelser maj.xlsx", "deviation_causes"),
        ("PK\x03\x04", "Budget 2025.xlsx", "budget"),
        ("PK\x03\x04", "öppettider.xlsx", "opening_hours"),
        ("PK\x03\x04", "Händelser.xlsx", "events"),
        ("PK\x03\x04", "bokningar.xlsx", "bookings"),
        ("PK\x03\x04", "annat.xlsx", None),
        ("#serial-number;device-position;primary-address;device-identification;created", "x.csv", "elvaco"),
        ("0000161;05047168;2009-12-17 00:00:00;00;08147268710405ac484103470000", "x.csv", "elvaco"),
        ('{"code":200,"message":"OK","data":[{"periods":[{"start_date":"2017', "x.json", "metry"),
        ('<feed xmlns="http://www.w3.org/2005/Atom" xmlns:espi="http://naesb.org/espi">', "x.xml", "espi"),
        ("SVEF/XX:1/60/01.02.24 08:30:00/kWh/0/STARTTIME\n", "x.txt", "svef"),
        (EON, "x.csv", "two_section"),
        ("Datum;" + ";".join(f"{h:02d}:00-{(h + 1) % 24:02d}:00" for h in range(24)), "x.csv", "day_matrix"),
        ("PAR1....", "se3_priser.parquet", "spot_parquet"),
        ("PAR1....", "matare.parquet", "meter_parquet"),
        ('<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">', "f.xml", "peppol"),
        ("Starttid;Kvantitet\n", "x.csv", None),
        ("", "", None),
        ("\ufeff", "", None),
    ],
)
def test_detection_by_first_bytes_and_name(head: str, name: str, found: str | None) -> None:
    source = detect(head.encode(), name)
    assert (source.name if source else None) == found


@given(st.binary(max_size=300), st.text(max_size=30))
def test_detection_never_raises(head: bytes, name: str) -> None:
    source = detect(head, name)
    assert source is None or source in SOURCES


HEADS = {
    "smhi": "Stationsnamn;Stationsnummer\nA;1\n\nParameternamn;Beskrivning;Enhet\n"
    "Lufttemperatur;momentanvärde;celsius\n\nDatum;Tid (UTC);Lufttemperatur;Kvalitet\n2024-01-01;00:00:00;1.0;G\n",
    "entsoe_portal": "MTU (CET/CEST),Day-ahead Price [EUR/MWh],BZN|SE3\n",
    "ecb": "Date,SEK\n2024-01-02,11.1\n",
    "events": "facility;kind;start;end;value\nh;open;2024-01-01;2024-01-02;1\n",
}


@pytest.mark.parametrize("name", HEADS)
@given(
    body=st.text(
        alphabet=st.characters(exclude_categories=["Cs"]) | st.sampled_from(',;"\n0123456789-: .'), max_size=120
    )
)
def test_every_record_below_a_good_header_is_loaded_or_refused(name: str, body: str) -> None:
    try:
        parsed = by_name(name).read((HEADS[name] + body).encode(), "fil", {})
    except SourceError as error:
        assert "\0" in body
        assert "binär" in str(error)
    else:
        lines = (HEADS[name] + body).count("\n") + (HEADS[name] + body).count("\r") + 1
        assert parsed.rows_in <= lines
        assert parsed.rejects.null_count().select("row_no", "rule", "message", "original").row(0) == (0, 0, 0, 0)


@pytest.mark.parametrize("source", [s for s in SOURCES if s.name != "delimited"], ids=lambda s: s.name)
@given(data=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_junk_is_no_file_of_any_source(source: Source, data: bytes) -> None:
    with pytest.raises(SourceError):
        source.read(data, "fil", {})


EMPTY = [b"", b" \r\n\t\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n", "\ufeff\r\n ".encode("utf-16-le"), b" " * 5000]


NEEDED = {
    "delimited": {"time_column": "Tid", "value_column": "V"},
    "meter_sheet": {"time_column": "Tid", "value_column": "V", "unit": "kWh"},
    "trends": {"layout": "wide", "clock": "UTC", "time_column": "Tid"},
}  # the settings without which a source has nothing to read by


@pytest.mark.parametrize("data", EMPTY, ids=range(len(EMPTY)))
def test_an_empty_file_is_told_as_empty(data: bytes) -> None:
    with pytest.raises(SourceError, match=r"^fil: filen är tom\."):
        refuse_empty(data, "fil")
    for source in SOURCES:
        options = NEEDED.get(source.name, {})
        with pytest.raises(SourceError, match="filen är tom" if len(data) != 8 else "tom|utf-16"):
            source.read(data, "se3_pris", options)


@pytest.mark.parametrize("data", [b"a", b" " * 5000 + b"a", b"\0\0", b"PAR1"])
def test_a_file_with_something_in_it_is_not_empty(data: bytes) -> None:
    refuse_empty(data, "fil")


@pytest.mark.parametrize(("found", "meant"), [("MWH", "MWh"), ("kWH", "kWh"), ("KW", "kW"), ("kvarH", "kvarh")])
def test_a_unit_in_other_letters_is_taken_for_itself(found: str, meant: str) -> None:
    assert f"Menade du «{meant}»?" in str(UnitError.from_unit(found, UNITS))
