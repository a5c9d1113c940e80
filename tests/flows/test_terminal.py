"""Terminal tables: bands beside their figure, Swedish numbers, nothing from outside that steers the terminal."""

from datetime import date

from flows.terminal import clean, text_table

NBSP, MINUS = "\u00a0", "\u2212"


def test_band_stands_with_its_figure() -> None:
    row = {
        "month": date(2023, 11, 1), "avoided_cost_sek": 143417.3, "avoided_cost_sek_low": -225781.0,
        "avoided_cost_sek_high": 523109.0,
    }  # fmt: skip
    lines = text_table("savings_monthly", [row], list(row)).splitlines()
    assert len(lines) == 3
    assert "Undviken kostnad (SEK)" in lines[0]
    assert "undre" not in lines[0]
    assert f"143{NBSP}417 ({MINUS}225{NBSP}781 till 523{NBSP}109)" in lines[2]
    assert "2023-11 " in lines[2] + " "
    assert "2023-11-01" not in lines[2]


def test_a_band_without_width_is_not_printed() -> None:
    row = {"avoided_cost_sek": 73.86, "avoided_cost_sek_low": 73.86, "avoided_cost_sek_high": 73.86}
    assert text_table("savings_monthly", [row], list(row)).splitlines()[2].strip() == "73,86"


def test_a_column_of_amounts_has_one_number_of_decimals_and_hides_nothing() -> None:
    def column(*values: float) -> list[str]:
        lines = text_table("invoice_check", [{"amount_sek": v} for v in values], ["amount_sek"]).splitlines()[2:]
        return [line.strip() for line in lines if line]

    assert column(118800.4, 469.99, 0.0, 0.36, -0.001) == [f"118{NBSP}800", "470", "0", "0,36", "0"]
    assert column(144.0, 677.0) == ["144", "677"] and column(94.5, 88.0) == ["94,50", "88,00"]


def test_codes_are_words() -> None:
    assert "fjärrvärme" in text_table("bridge", [{"carrier": "district_heating"}], ["carrier"])


def test_absent_is_said() -> None:
    assert "–" in text_table("bridge", [{"amount_sek": None}], ["amount_sek"])
    assert "(inga rader)" in text_table("bridge", [], ["carrier"])


def test_control_characters_from_outside_are_harmless() -> None:
    assert clean("a\x1b[2Jb\r\nc\x07") == "a [2Jb c "
    assert "\x1b" not in text_table("findings", [{"message": "\x1b]0;pwned\x07"}], ["message"])


def test_long_tables_say_how_much_is_left_out() -> None:
    assert "och 7 rader till" in text_table("files", [{"rows_in": n} for n in range(12)], ["rows_in"], limit=5)
