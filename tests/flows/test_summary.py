"""The best measure of the closing words: with an amount, every year before once, and still to be decided or begun."""

from __future__ import annotations

import polars as pl

from flows.settings.load import Settings
from flows.summary import best_measure, closing_words, contradicted

FAULT = ("gap", None, False, False, "förslag", 1)
DECLINED = ("no", 900.0, False, True, "avböjd", 2)
LATER = ("later", 800.0, False, None, "senare", 3)
UNDERWAY = ("begun", 700.0, False, False, "pågår", 4)
CLAIM = ("claim", 600.0, True, False, "förslag", 5)
SMALL, LARGE = ("small", 50.0, None, None, "beslutad", 1), ("large", 60.0, False, False, "åter aktuell", 2)


def measures(*rows: tuple[object, ...]) -> pl.DataFrame:
    schema = {"measure_key": pl.String, "saving_sek_per_year": pl.Float64, "one_off": pl.Boolean,
              "is_quiet": pl.Boolean, "status": pl.String, "rank": pl.Int64}  # fmt: skip
    value = pl.col("saving_sek_per_year")
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        saving_sek_per_year_low=0.5 * value, saving_sek_per_year_high=1.5 * value
    )


def combined(**adds: float | None) -> pl.DataFrame:
    rows = [(key, value, value, value) for key, value in adds.items()]
    names = ["measure_key", *(f"marginal_sek_per_year{end}" for end in ("", "_low", "_high"))]
    return pl.DataFrame(rows, schema=dict(zip(names, (pl.String, *[pl.Float64] * 3), strict=True)), orient="row")


def best(*rows: tuple[object, ...]) -> list[str]:
    return best_measure(measures(*rows), combined())["measure_key"].to_list()


def test_a_fault_without_amount_is_no_measure() -> None:
    assert best(FAULT) == [] and best(FAULT, CLAIM) == ["claim"]


def test_what_is_declined_put_off_or_begun_is_not_what_to_do_now() -> None:
    assert best(DECLINED, LATER, UNDERWAY) == [] and best(DECLINED, LATER, UNDERWAY, SMALL) == ["small"]


def test_what_comes_every_year_goes_before_what_comes_once() -> None:
    assert best(CLAIM, SMALL) == ["small"]


def test_of_two_facilities_the_dearest_is_told() -> None:
    assert best(SMALL, LARGE) == ["large"]


def test_the_best_is_told_by_what_it_adds_to_what_is_under_way() -> None:
    found = best_measure(measures(SMALL, LARGE, UNDERWAY), combined(large=20.0, small=45.0))
    assert found.select("measure_key", "saving_sek_per_year", "saving_sek_per_year_high").rows() == [
        ("small", 45.0, 45.0)
    ]
    unknown = best_measure(measures(SMALL, LARGE), combined(large=None, small=None))
    assert unknown["saving_sek_per_year"].to_list() == [60.0]


def test_a_store_whose_meters_contradict_each_other_is_told_once() -> None:
    stores = pl.DataFrame({"store": ["a", "b", "c"], "name": ["Borrhålen", "Tanken", None]})
    said = "396 av 671 MWh el gick åt utan värme"  # what is told is free: a column says what it is
    limits = pl.DataFrame(
        [("a", 2, True, f"{said}, den andra"), ("a", 1, True, said), ("b", 1, False, "returen saknas"),
         ("b", 2, None, "mätarna motsäger varandra"), ("c", 1, True, said)],
        schema=["store", "no", "contradicts", "message"], orient="row",
    )  # fmt: skip
    against = contradicted(stores, limits)
    assert against.rows() == [("Borrhålen", said), ("c", said)]
    head = pl.DataFrame(schema={"project": pl.String})
    words = closing_words(head, pl.DataFrame(), {}, 3, 0, Settings(), against)
    assert f"Borrhålen: Kan inte bedömas: {said}" in words.splitlines()
    assert "Tanken" not in words and "Ingen åtgärd med belopp föreslås." in words
