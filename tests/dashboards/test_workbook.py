"""The workbook: agrees with the marts, has real numbers and dates, and no text becomes a formula."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime

import fastexcel
import openpyxl
import polars as pl
import pytest

from dashboards import cells, workbook
from dashboards import text as words
from dashboards.options import SiteOptions
from dashboards.schema import MARTS, TITLES
from dashboards.text import band, code, figure
from energy.measures import MEASURES
from energy.sources import detect
from energy.sources.people import measure_decisions


@pytest.fixture(scope="module")
def book(marts: dict[str, pl.DataFrame], options: SiteOptions) -> bytes:
    small = {n: f for n, f in marts.items() if n not in ("heatmap", "daily", "signature", "cusum")}
    return workbook.build(small | {"heatmap": marts["heatmap"].head(48)}, options)


def _read(book: bytes, sheet: str) -> pl.DataFrame:
    return pl.DataFrame(fastexcel.read_excel(book).load_sheet(sheet).to_arrow())


def test_there_is_one_sheet_per_mart_after_the_words_and_the_decisions(book: bytes) -> None:
    names = fastexcel.read_excel(book).sheet_names
    assert names == [
        "Läs mig", "Nyckeltal i text", "Månaden", "Beslut", "Avvikelser", *TITLES.values()
    ]  # fmt: skip


@pytest.mark.parametrize(
    "mart", ["headline", "savings_total", "savings_monthly", "bridge", "invoice_lines", "coverage"]
)
def test_numbers_agree_with_the_mart(mart: str, book: bytes, marts: dict[str, pl.DataFrame]) -> None:
    found = _read(book, TITLES[mart])
    assert found.columns == [c.label for c in MARTS[mart].values()]
    assert found.height == marts[mart].height
    for name, column in MARTS[mart].items():
        if column.kind in ("sek", "energy", "number", "percent") and marts[mart][name].drop_nulls().len():
            expected = marts[mart][name].cast(pl.Float64).fill_null(float("nan")).to_list()
            shown = found[column.label].cast(pl.Float64).fill_null(float("nan")).to_list()
            assert shown == pytest.approx(expected, rel=1e-12, nan_ok=True), name


def test_dates_are_dates_and_codes_are_swedish(book: bytes, marts: dict[str, pl.DataFrame]) -> None:
    found = _read(book, TITLES["savings_monthly"])
    months = found["Månad"].cast(pl.Date).to_list()
    assert months == marts["savings_monthly"]["month"].to_list() and isinstance(months[0], date)
    assert set(found["Energislag"]) == {code("carrier", "district_heating"), code("carrier", "electricity")}
    kinds = set(_read(book, TITLES["event_proposals"])["Förändringens slag"])
    assert kinds == {code("change", kind) for kind in marts["event_proposals"]["kind"]} and "step" not in kinds


def test_headlines_are_in_the_words_of_the_page(book: bytes, marts: dict[str, pl.DataFrame]) -> None:
    found = _read(book, "Nyckeltal i text")
    rows = list(marts["headline"].iter_rows(named=True))
    assert found["Siffra"].to_list() == [figure(r["value"], r["unit"], "tkr") for r in rows]
    assert found["Band"].to_list() == [band(r["low"], r["high"], r["unit"], "tkr") for r in rows]


def test_the_first_sheet_tells_run_and_that_data_are_synthetic(book: bytes) -> None:
    sheet = fastexcel.read_excel(book).load_sheet("Läs mig", header_row=None)
    words = " ".join(str(v) for row in pl.DataFrame(sheet.to_arrow()).iter_rows() for v in row if v is not None)
    assert "Syntetiska data" in words and "2024-01-04-0001" in words and "Undviken kostnad" in words


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)", "https://example.invalid", "\x01\x0b"]
)
def test_no_text_becomes_a_formula_or_a_link(text: str, marts: dict[str, pl.DataFrame]) -> None:
    evil = marts["findings"].with_columns(pl.lit(text).alias("message"), pl.lit(text).alias("original"))
    book = workbook.build({"findings": evil}, SiteOptions(organisation=text))
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        names = [n for n in parts.namelist() if n.startswith("xl/worksheets/")]
        sheets = {n: parts.read(n).decode() for n in names}
    assert not any("<f>" in s or "External" in s or "r:id" in s.split("<hyperlinks>")[-1] for s in sheets.values())
    # the only links are our own, from the list of sheets to the sheets
    assert [n for n, s in sheets.items() if "<hyperlink" in s] == ["xl/worksheets/sheet1.xml"]
    links = re.findall(r"<hyperlink [^>]*>", sheets["xl/worksheets/sheet1.xml"])
    assert links and all(re.search(r"location=\"'[^']+'!A\d+\"", link) for link in links)
    assert set(_read(book, TITLES["findings"])["Meddelande"]) == {text}


def test_a_claim_is_not_headed_a_saving_a_year_and_a_project_is(marts: dict[str, pl.DataFrame]) -> None:
    assert MARTS["measures"]["saving_sek_per_year"].label == "Värde (per år eller en gång) (SEK)"
    assert MARTS["economics_returns"]["saving_sek_per_year"].label == "Besparing per år (SEK)"
    register = marts["measure_register"].with_row_index().with_columns(one_off=pl.col("index") == 0)
    sheet = openpyxl.load_workbook(io.BytesIO(workbook.build({"measure_register": register})))["Beslut"]
    once = dict(register.select("measure_key", "one_off").iter_rows())
    told = {row[0].value: row[3].number_format for row in sheet.iter_rows(min_row=2) if row[3].value is not None}
    assert told and {"en gång" in form for form in told.values()} == {False, True}
    assert all(("en gång" in form) == bool(once[key]) for key, form in told.items())


def test_a_picture_has_numbers_and_days_and_no_texts_of_them() -> None:
    """What is drawn at a number or a day is one in the sheet too; what is only words stays words."""
    x = ["-5.383333333333333", "2023-02", "2023-02-07", "2023-02-07T05:00", "1e-05", "2020/2021", "735 kr", "1,5"]
    frame = pl.DataFrame({"measure_key": "m", "no": range(len(x)), "series": "s", "x": x, "y": -7e-12})
    opened = openpyxl.load_workbook(io.BytesIO(workbook.build({"measure_series": frame}, SiteOptions())))
    rows = list(opened[TITLES["measure_series"]].iter_rows(min_row=2, min_col=4, max_col=5))
    assert [row[0].value for row in rows] == [
        -5.383333333333333, datetime(2023, 2, 1), datetime(2023, 2, 7), datetime(2023, 2, 7, 5), 1e-05,
        "2020/2021", "735 kr", "1,5",
    ]  # fmt: skip
    assert [row[0].number_format for row in rows[:4]] == ["#,##0.00", "yyyy-mm", "yyyy-mm-dd", "yyyy-mm-dd hh:mm"]
    assert {row[1].value for row in rows} == {0}, "the noise of a difference is nothing"


def _filled(book: bytes, cells: dict[tuple[int, int], object], sheet: str = "Beslut") -> bytes:
    """Return the workbook as a reader leaves it, `cells` of a sheet filled in by (row, column) from 1."""
    opened = openpyxl.load_workbook(io.BytesIO(book))
    for (row, column), value in cells.items():
        assert not opened[sheet].cell(row, column).protection.locked
        opened[sheet].cell(row, column, value)
    target = io.BytesIO()
    opened.save(target)
    return target.getvalue()


def test_decisions_filled_in_come_back_as_rows(book: bytes, marts: dict[str, pl.DataFrame]) -> None:
    """The workbook is built, filled in in a spreadsheet program, and read by the source of decisions."""
    keys = marts["measure_register"].filter(pl.col("stage") != "gone")["measure_key"].to_list()
    shown = _read(book, "Beslut")
    assert shown["Åtgärdsnyckel"].to_list() == keys
    assert shown["Beslut"].to_list() == [None, None, "senare", "ja", "genomförd", "nej"]
    cells: dict[tuple[int, int], object] = {
        (2, 5): "ja", (2, 6): date(2024, 2, 1), (2, 7): "driftchef", (2, 8): datetime(2024, 5, 1),
        (2, 9): 250000, (2, 10): "=1+1", (4, 5): "avvakta", (4, 6): "2024-02-02", (3, 7): "fastighetschef",
    }  # fmt: skip
    filled = _filled(book, cells)
    source = detect(filled[:4096], "Energibok_2024-01_Staden.xlsx")
    assert source is not None and source.name == "measure_decisions"
    parsed = source.read(filled, "Energibok_2024-01_Staden.xlsx", {})
    assert parsed.tables["measure_decisions"].drop("note").rows()[:2] == [
        (2, keys[0], "do", "driftchef", date(2024, 2, 1), date(2024, 5, 1), 250000.0, 142_000.0),
        (4, keys[2], "wait", "energicontroller", date(2024, 2, 2), None, None, 38_900.0),
    ]
    assert parsed.rejects.select("row_no", "sheet", "rule").rows() == [(3, "Beslut", "missing_decision")]
    assert [f.message for f in parsed.findings] == [
        "2 avvikelser har ingen orsak i filen.",
    ]
    assert parsed.issued_at is not None


def test_what_is_known_of_a_measure_is_locked_and_the_decision_is_chosen_from_a_list(book: bytes) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(book))["Beslut"]
    assert sheet.protection.sheet and sheet["A2"].protection.locked and not sheet["E2"].protection.locked
    lists = [rule.formula1 for rule in sheet.data_validations.dataValidation if rule.type == "list"]
    assert lists == ['"ja,senare,nej,pågår,genomförd"']


def test_an_untouched_workbook_holds_the_answers_it_was_made_with_and_nothing_new(
    book: bytes, marts: dict[str, pl.DataFrame]
) -> None:
    parsed = measure_decisions.read(book, "Energibok.xlsx", {})
    decided = ["measure_key", "decision", "owner_role", "decided_on", "start_on", "cost_sek", "note"]
    before = marts["measure_register"].filter(pl.col("decision").is_not_null())
    assert parsed.tables["measure_decisions"].select(decided).rows() == before.select(decided).rows()
    assert before.height == 4
    assert [f.rule for f in parsed.findings] == ["measures_undecided", "deviations_unanswered"]
    columns = ["deviation_key", "cause", "owner_role", "answered_on", "note"]
    answered = marts["deviations"].filter(pl.col("status") == "answered")
    assert parsed.tables["deviation_causes"].select(columns).rows() == answered.select(columns).rows()
    assert answered.height == 1 and parsed.rejects.is_empty()


def test_causes_filled_in_come_back_as_rows(book: bytes, marts: dict[str, pl.DataFrame]) -> None:
    """What asks for a cause stands first, its key locked; filled in, it comes back beside the earlier answer."""
    shown = _read(book, "Avvikelser")
    assert shown["Status"].to_list() == ["väntar på orsak", "väntar på orsak", "besvarad"]
    assert shown["Avvikelse (SEK)"].to_list() == [36_900.0, -28_200.0, 30_400.0]
    cells: dict[tuple[int, int], object] = {
        (2, 9): "Dyr el", (2, 10): "controller", (2, 11): date(2023, 10, 2), (3, 10): "driftchef",
    }  # fmt: skip
    parsed = measure_decisions.read(_filled(book, cells, "Avvikelser"), "Energibok.xlsx", {})
    found = parsed.tables["deviation_causes"]
    assert found["deviation_key"].to_list() == [shown["Nyckel till avvikelsen"][0], shown["Nyckel till avvikelsen"][2]]
    assert found["owner_role"].to_list() == ["controller", "driftchef"]
    assert found["answered_on"].to_list() == [date(2023, 10, 2), date(2023, 3, 14)]
    assert parsed.rejects.select("row_no", "sheet", "rule").rows() == [(3, "Avvikelser", "missing_cause")]


def test_the_month_is_one_row_per_facility_and_carrier_in_sek(book: bytes, marts: dict[str, pl.DataFrame]) -> None:
    found = _read(book, "Månaden")
    assert found["Energislag"].to_list() == ["alla energislag", "fjärrvärme", "el"]
    so_far = marts["budget_period"].filter(pl.col("dimension") == "facility", pl.col("period") == "ytd")
    ahead = marts["forecast"].filter(pl.col("carrier") == "all")
    for heading, frame, column in (
        ("Budget hittills (SEK)", so_far, "budget_sek"),
        ("Utfall hittills (SEK)", so_far, "outcome_sek"),
        ("Avvikelse (SEK)", so_far, "deviation_sek"),
        ("Samma period i fjol (SEK)", so_far, "last_year_sek"),
        ("Prognos helår, undre gräns (SEK)", ahead, "forecast_sek_low"),
        ("Prognos helår, trolig (SEK)", ahead, "forecast_sek"),
        ("Prognos helår, övre gräns (SEK)", ahead, "forecast_sek_high"),
        ("Energi hittills (kWh)", so_far, "outcome_kwh"),
    ):
        assert found[heading][0] == pytest.approx(frame[column][0], rel=1e-12), heading
    parts = found["Utfall hittills (SEK)"][1] + found["Utfall hittills (SEK)"][2]
    assert found["Utfall hittills (SEK)"][0] == pytest.approx(parts)


def test_empty_marts_give_headings_and_no_crash() -> None:
    found = _read(workbook.build({}), TITLES["bridge"])
    assert found.height == 0 and found.columns[0] == "Projekt"


def test_the_same_marts_give_the_same_bytes(marts: dict[str, pl.DataFrame]) -> None:
    some = {"bridge": marts["bridge"]}
    assert workbook.build(some) == workbook.build(some)


def test_every_sheet_is_reached_from_the_first(book: bytes) -> None:
    opened = openpyxl.load_workbook(io.BytesIO(book))
    first = opened["Läs mig"]
    links = {cell.hyperlink.location for row in first.iter_rows() for cell in row if cell.hyperlink}
    top = first["A3"].hyperlink.location
    assert first[top.split("!")[1]].value == "Bladen"
    assert {f"'{name}'!A1" for name in opened.sheetnames[1:]} == links - {top}


def test_no_code_of_a_measure_or_a_dimension_is_left_in_english(book: bytes, marts: dict[str, pl.DataFrame]) -> None:
    assert {m.id for m in MEASURES} <= set(words.CODES["measure_id"])
    for sheet in ("Budget per månad", "Budget och utfall", "Avvikelser mot budget"):
        shown = set(_read(book, sheet)["Värde"])
        assert shown and not shown & {"electricity", "district_heating", "demand", "energy", "fixed"}, sheet
    assert "fjärrvärme" in set(_read(book, "Budget och utfall")["Värde"])


def test_a_text_of_digits_is_a_number_only_where_a_sheet_can_hold_it() -> None:
    assert cells.read("12.5") == (12.5, "number") and cells.read("2023-04") == (datetime(2023, 4, 1), "month")
    assert cells.read("1e999") == ("1e999", "text") and cells.read("inf") == ("inf", "text")
