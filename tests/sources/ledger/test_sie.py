"""SIE: encodings, fields, vouchers, balances, and the gates that say whether a ledger adds up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from energy.errors import SourceError
from energy.model import TABLES, Parsed
from energy.sources.ledger import sie, sie_fields

HEAD = """#FLAGGA 0
#PROGRAM "Påhittat" 1.0
#FORMAT PC8
#GEN 20250110 AB
#SIETYP 4
#ORGNR 212000-1234 1
#RAR 0 20240101 20241231
#RAR -1 20230701 20231231
#DIM 20 Ansvar
#UNDERDIM 21 "Aktivitet år" 20
#OBJEKT 20 3100 "Fritid"
#KONTO 2440 "Leverantörsskulder"
#KONTO 5110 "Fjärrvärme"
#ENHET 5110 kWh
#IB -1 2440 0
#UB -1 2440 -50
#IB 0 2440 -50.00
#UB 0 2440 -1050
#RES 0 5110 1000.00 12628
"""
VOUCHER = """#VER LF 17 20240305 "Värme \\"mars\\"" 20240402 AB
{
   #TRANS 5110 {20 "3100" 21 "07"} 1000.00 20240301 "Fjärrvärme" 12628 AB
\t#TRANS\t2440\t{}\t-1000
}
"""


def read(content: str | bytes, **options: object) -> Parsed:
    data = content.encode("cp437") if isinstance(content, str) else content
    parsed = sie.read(data, "bok.se", options)
    assert parsed.rows_in == sum(t.height for t in parsed.tables.values()) + parsed.rejects.height
    assert list(parsed.tables["ledger_lines"].columns) == list(TABLES["ledger_lines"])
    return parsed


def rules(parsed: Parsed) -> list[str]:
    return [f.rule for f in parsed.findings]


def message(parsed: Parsed, rule: str) -> str:
    return next(f.message for f in parsed.findings if f.rule == rule)


def test_a_voucher_becomes_its_lines_and_balances_keep_their_kind() -> None:
    parsed = read(HEAD + VOUCHER)
    assert (parsed.source, parsed.encoding, parsed.issued_at) == ("sie", "cp437", "2025-01-10")
    assert parsed.tables["ledger_lines"].rows() == [
        (22, "2120001234", date(2024, 1, 1), "LF", "17", 1, date(2024, 3, 5), date(2024, 4, 2), "5110", "Fjärrvärme",
         1000.0, 12628.0, "kWh", 'Värme "mars"', "Fjärrvärme", '{"20":"3100","21":"07"}'),
        (23, "2120001234", date(2024, 1, 1), "LF", "17", 2, date(2024, 3, 5), date(2024, 4, 2), "2440",
         "Leverantörsskulder", -1000.0, None, None, 'Värme "mars"', None, "{}"),
    ]  # fmt: skip
    told = parsed.tables["ledger_balances"].select("row_no", "fiscal_year_start", "kind", "account", "amount_sek")
    assert told.rows() == [
        (15, date(2023, 7, 1), "opening", "2440", 0.0), (16, date(2023, 7, 1), "closing", "2440", -50.0),
        (17, date(2024, 1, 1), "opening", "2440", -50.0), (18, date(2024, 1, 1), "closing", "2440", -1050.0),
        (19, date(2024, 1, 1), "result", "5110", 1000.0),
    ]  # fmt: skip
    assert parsed.tables["ledger_balances"]["quantity"].to_list() == [None, None, None, None, 12628.0]
    assert rules(parsed) == ["dimensions"]
    assert message(parsed, "dimensions") == (
        "Filens dimensioner: 20 «Ansvar» (1 objekt), 21 «Aktivitet år» under 20 (0 objekt)."
    )


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("cp437", False), ("cp1252", True), ("utf-8", True), ("utf-8-sig", True), ("utf-16", True)],
)
def test_the_encoding_is_the_one_the_bytes_have(encoding: str, told: bool) -> None:
    parsed = read((HEAD + VOUCHER).replace("\n", "\r\n").encode(encoding))
    assert parsed.encoding == encoding
    assert parsed.tables["ledger_lines"]["account_name"].to_list() == ["Fjärrvärme", "Leverantörsskulder"]
    assert ("encoding_differs" in rules(parsed)) == told


def test_an_ascii_file_and_destroyed_letters() -> None:
    assert read(b"#FLAGGA 0\n#SIETYP 1\n").encoding == "ascii"
    parsed = read("#FLAGGA 0\n#KONTO 1910 Kaffebr\ufffdd\n".encode())
    assert message(parsed, "characters_lost").startswith("1 tecken")


def test_a_backslash_is_only_an_escape_before_a_quote() -> None:
    rows = sie_fields.labelled('#FNR "C:\\bok\\ny" "a\\"b" c {1 "x}y"} "oavslutad text\n')
    found = sie_fields.fields(rows, "a", "b", "c", "d", "e").select("a", "b", "c", "d", "e").row(0)
    assert found == ("C:\\bok\\ny", 'a"b', "c", '{1 "x}y"}', "oavslutad text")


def test_struck_and_added_lines_do_not_count_twice() -> None:
    extra = "#RTRANS 5110 {} 400 \n#TRANS 5110 {} 400\n#BTRANS 5110 {} -9\n#TRANS 2440 {} -400\n}\n"
    parsed = read("#FLAGGA 0\n#RAR 0 20240101 20241231\n#VER A 1 20240101 x\n{\n" + extra)
    assert parsed.tables["ledger_lines"]["amount_sek"].to_list() == [400.0, -400.0]
    assert parsed.tables["ledger_lines"]["line_no"].to_list() == [1, 2]
    assert "2 strukna eller tillagda rader" in message(parsed, "struck_lines")


def test_unknown_labels_are_told_once_and_surplus_fields_passed_over() -> None:
    parsed = read(
        HEAD + "#NYTT 1\n#NYTT 2\n#KSUMMA\nskräp\n" + VOUCHER.replace('"Fjärrvärme" 12628 AB', "x 1 AB mer {y}")
    )
    assert parsed.tables["ledger_lines"]["quantity"].to_list() == [1.0, None]
    assert message(parsed, "unknown_labels") == "Etiketter som inte ingår i formatet är förbigångna: #NYTT (2)."
    assert "den första är rad 23" in message(parsed, "junk_lines")


def test_an_unbalanced_voucher_is_an_error_with_its_amount() -> None:
    parsed = read(HEAD.replace("1000.00 12628", "1002.00") + VOUCHER.replace("1000.00 2024", "1002.00 2024"))
    found = next(f for f in parsed.findings if f.rule == "voucher_unbalanced")
    assert (found.level, found.amount_sek, found.row_no) == ("error", 2.0, 20)
    assert found.message == "Verifikation LF 17 2024-03-05 summerar till 2,00, ska vara 0."


def test_accounts_that_do_not_reconcile_are_errors_and_years_without_vouchers_are_left_alone() -> None:
    parsed = read(HEAD.replace("-1050", "-1000").replace("1000.00 12628", "900") + VOUCHER)
    found = {f.row_no: f for f in parsed.findings if f.rule == "account_unreconciled"}
    assert {n: f.amount_sek for n, f in found.items()} == {18: -50.0, 19: 100.0}
    assert found[18].message == (
        "Konto 2440 «Leverantörsskulder», räkenskapsår 2024-01-01: ingående −50,00 + verifikationer −1\u00a0000,00 = "
        "−1\u00a0050,00, men utgående balans är −1\u00a0000,00 (skillnad −50,00)."
    )
    assert "men resultatet är 900,00" in found[19].message


def test_an_account_with_lines_and_no_balance_is_told() -> None:
    parsed = read(HEAD.replace("#RES 0 5110 1000.00 12628\n", "") + VOUCHER)
    assert "kontot har varken saldo eller resultat" in message(parsed, "account_unreconciled")


def test_many_differences_are_summed_up() -> None:
    vouchers = "".join(f"#VER A {n} 20240101 x\n{{\n#TRANS 5110 {{}} {n}\n}}\n" for n in range(1, 31))
    told = read("#FLAGGA 0\n#ORGNR 1\n#RAR 0 20240101 20241231\n#GEN 20240101\n" + vouchers).findings
    found = [f for f in told if f.rule == "voucher_unbalanced"]
    assert [f.amount_sek for f in found[:2]] == [30.0, 29.0]
    assert [f.message for f in found if "Ytterligare 10" in f.message] == [
        "Ytterligare 10 verifikationer summerar inte till 0."
    ]


def test_balances_with_objects_stay_apart_from_those_without() -> None:
    lines = (
        '#OIB 0 2440 {20 "3100"} -20\n#PSALDO 0 202403 5110 {} 1000 5\n'
        '#PSALDO 0 202403 5110 {21 "7" 20 "3100"} 400\n#PBUDGET 0 202403 5110 {} 900\n'
    )
    parsed = read(HEAD + lines + VOUCHER)
    told = parsed.tables["ledger_balances"].tail(4).select("kind", "month", "objects", "amount_sek").rows()
    march = date(2024, 3, 1)
    assert told == [
        ("opening", None, '{"20":"3100"}', -20.0), ("period", march, "{}", 1000.0),
        ("period", march, '{"20":"3100","21":"7"}', 400.0), ("budget", march, "{}", 900.0),
    ]  # fmt: skip
    assert "account_unreconciled" not in rules(parsed)


def test_import_vouchers_without_numbers_keep_every_line_apart() -> None:
    one = '#VER "" "" 20240301 Bil\n{\n#TRANS 5110 {} 10\n#TRANS 2440 {} -10\n}\n'
    parsed = read("#FLAGGA 0\n#SIETYP 4\n" + one + one + one.replace('"" ""', "A 1"))
    lines = parsed.tables["ledger_lines"]
    assert lines.select("series", "voucher_no", "line_no").rows() == [
        ("", "", 1), ("", "", 2), ("", "", 3), ("", "", 4), ("A", "1", 1), ("A", "1", 2),
    ]  # fmt: skip
    assert lines["fiscal_year_start"].null_count() == 6
    assert message(parsed, "voucher_without_number").startswith("2 verifikationer saknar nummer")
    assert [f.level for f in parsed.findings if f.rule == "voucher_outside_year"] == ["info"]


def test_a_number_used_twice_and_a_voucher_outside_the_year() -> None:
    other = VOUCHER.replace("20240305", "20220101").replace("LF 17", "LF 18")
    parsed = read(HEAD + VOUCHER + VOUCHER + other)
    assert parsed.tables["ledger_lines"]["line_no"].to_list() == [1, 2, 3, 4, 1, 2]
    assert "flera gånger: LF 17." in message(parsed, "voucher_number_repeated")
    assert "den första 2022-01-01" in message(parsed, "voucher_outside_year")


def test_another_currency_gives_no_amounts_in_sek() -> None:
    parsed = read(HEAD.replace("-1050", "-1") + "#VALUTA EUR\n" + VOUCHER.replace("-1000", "-999"))
    assert parsed.tables["ledger_lines"]["amount_sek"].null_count() == 2
    assert parsed.tables["ledger_balances"]["amount_sek"].null_count() == 5
    assert {"currency", "voucher_unbalanced", "account_unreconciled"} <= set(rules(parsed))
    assert all(f.amount_sek is None for f in parsed.findings)


def test_the_organisation_of_the_settings_fills_in_and_is_compared() -> None:
    bare = HEAD.replace("#ORGNR 212000-1234 1\n", "#ORGNR \n") + VOUCHER
    assert read(bare).tables["ledger_lines"]["organisation_id"].to_list() == [None, None]
    assert "organisation_missing" in rules(read(bare))
    assert read(bare, organisation_id="5560000001").tables["ledger_lines"]["organisation_id"][0] == "5560000001"
    differs = read(HEAD + VOUCHER, organisation_id="5560000001")
    assert differs.tables["ledger_lines"]["organisation_id"][0] == "2120001234"
    assert "organisation_differs" in rules(differs)
    assert "organisation_differs" not in rules(read(HEAD, organisation_id="16212000-1234"))


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("-1000\n", "-1000,00\n", "not_a_number"),
        ("-1000\n", "nan\n", "not_a_number"),
        ("-1000\n", "-1e300\n", "implausible_amount"),
        ("-1000\n", "\n", "not_a_number"),
        ("\t{}\t-1000", "\t-1000", "bad_objects"),
        ("\t{}\t", "\t{20}\t", "bad_objects"),
        ("\t{}\t", "\t{20 1 20 2}\t", "bad_objects"),
        ("\t2440\t", '\t""\t', "account_missing"),
        ("-1000\n", f"-1000 {'x' * 30_000}\n", "line_too_long"),
    ],
)
def test_a_bad_line_is_refused_with_its_row_and_the_others_load(old: str, new: str, rule: str) -> None:
    parsed = read(HEAD + VOUCHER.replace(old, new))
    assert parsed.rejects.select("row_no", "rule").rows() == [(23, rule)]
    assert parsed.tables["ledger_lines"]["line_no"].to_list() == [1]
    assert "1 rad i filen kunde inte läsas" in message(parsed, "voucher_unbalanced")


def test_lines_outside_vouchers_bad_dates_and_bad_balances_are_refused() -> None:
    parsed = read(
        HEAD + VOUCHER + "#TRANS 5110 {} 1\n#VER A 1 2024-01-01 x\n{\n#TRANS 5110 {} 2\n}\n"
        "#IB 9 2440 1\n#PSALDO 0 202413 5110 {} 1\n#UB 0 2440 ett\n"
    )
    assert parsed.rejects.select("row_no", "rule").rows() == [
        (25, "outside_voucher"), (28, "bad_date"), (30, "unknown_year"), (31, "bad_month"), (32, "not_a_number"),
    ]  # fmt: skip
    assert parsed.rows_in == 2 + 5 + 5


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "tom"), (b"konto;belopp\n1;2\n", "saknar de etiketter"), (b"#FLAGGA 0\n\0", "binär"),
        (b"\xff\xfe#", "binär"), (b"#FLAGGA 0\n", "slutar efter dem"), (b"#KONTO 1910 Kassa\n", "saknar de etiketter"),
    ],
)  # fmt: skip
def test_what_is_no_sie_file_is_said_so(data: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        read(data)


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(SourceError, match="okänd inställning «orgnr»"):
        sie.check({"orgnr": "1"}, "x")


def test_a_file_without_rows_is_told() -> None:
    assert "no_rows" in rules(read("#FLAGGA 0\n#SIETYP 1\n"))


WHOLE = (HEAD + VOUCHER).encode("cp437")


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, len(WHOLE)), st.integers(0, 40), st.binary(max_size=40) | st.sampled_from([b"{", b'"', b"}\n"]))
def test_a_mutated_file_is_read_or_refused(start: int, length: int, piece: bytes) -> None:
    try:
        parsed = read(WHOLE[:start] + piece + WHOLE[start + length :])
    except SourceError:
        return
    assert parsed.rejects.select("row_no", "rule", "message", "original").null_count().row(0) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("name", "encoding", "lines", "balances", "differences"),
    [
        ("SIE_exempelfil.se", "cp437", 148, 173, {}),
        ("SIE4_Exempelfil_med_underdim.SE", "utf-8", 1330, 223, {}),
        # two of 30 balance accounts, one of 12 result accounts, and an account with the number FEL
        ("Sie4.se", "cp437", 260, 71, {"2440": 60000.0, "4010": -48000.0, "FEL": 33125.72, "2640": -12000.0}),
    ],
)
def test_real_ledgers_reconcile(
    real_file: Callable[[str], bytes],
    name: str,
    encoding: str,
    lines: int,
    balances: int,
    differences: dict[str, float],
) -> None:
    data = real_file(f"sie/{name}")
    assert sie.detect(data[:4096], name)
    parsed = read(data)
    assert (parsed.encoding, parsed.tables["ledger_lines"].height, parsed.tables["ledger_balances"].height) == (
        encoding, lines, balances,
    )  # fmt: skip
    assert parsed.rejects.height == 0
    errors = [f for f in parsed.findings if f.level == "error"]
    assert {f.message.split()[1]: f.amount_sek for f in errors} == differences
