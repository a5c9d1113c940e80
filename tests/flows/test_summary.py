"""The best measure of the closing words: with an amount, every year before once, and still to be decided or begun."""

from __future__ import annotations

import polars as pl

from flows.summary import best_measure

FAULT = ("gap", None, False, False, "förslag", 1)
DECLINED = ("no", 900.0, False, True, "avböjd", 2)
LATER = ("later", 800.0, False, None, "senare", 3)
UNDERWAY = ("begun", 700.0, False, False, "pågår", 4)
CLAIM = ("claim", 600.0, True, False, "förslag", 5)
SMALL, LARGE = ("small", 50.0, None, None, "beslutad", 1), ("large", 60.0, False, False, "åter aktuell", 2)


def best(*rows: tuple[object, ...]) -> list[str]:
    schema = {"measure_key": pl.String, "saving_sek_per_year": pl.Float64, "one_off": pl.Boolean,
              "is_quiet": pl.Boolean, "status": pl.String, "rank": pl.Int64}  # fmt: skip
    return best_measure(pl.DataFrame(rows, schema=schema, orient="row"))["measure_key"].to_list()


def test_a_fault_without_amount_is_no_measure() -> None:
    assert best(FAULT) == [] and best(FAULT, CLAIM) == ["claim"]


def test_what_is_declined_put_off_or_begun_is_not_what_to_do_now() -> None:
    assert best(DECLINED, LATER, UNDERWAY) == [] and best(DECLINED, LATER, UNDERWAY, SMALL) == ["small"]


def test_what_comes_every_year_goes_before_what_comes_once() -> None:
    assert best(CLAIM, SMALL) == ["small"]


def test_of_two_facilities_the_dearest_is_told() -> None:
    assert best(SMALL, LARGE) == ["large"]
