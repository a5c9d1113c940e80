"""Keys between cost bearers: shares of cost and energy, months in which they change, and what a key alone moves."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.accounts.allocation import allocate, reallocated_sek
from tests.accounts.books import FAR

M = [date(2022 + n // 12, n % 12 + 1, 1) for n in range(24)]
COLUMNS = {"metering_point": pl.String, "cost_bearer": pl.String, "share": pl.Float64, "submeter": pl.String,
           "rest": pl.Boolean, "valid_from": pl.Date, "valid_to": pl.Date, "reason": pl.String}  # fmt: skip


def key(bearer: str, **more: Any) -> dict[str, Any]:
    row = {"metering_point": "main", "cost_bearer": bearer, "share": None, "submeter": None, "rest": False,
           "valid_from": date(2000, 1, 1), "valid_to": FAR, "reason": ""}  # fmt: skip
    return {**row, **more}


def energy(point: str, kwh_a_day: float, first: date = M[0], days: int = 730) -> pl.DataFrame:
    day = [first + timedelta(n) for n in range(days)]
    return pl.DataFrame({"metering_point": [point] * days, "day": day, "energy_kwh": [kwh_a_day] * days})


def shared(
    keys: list[dict[str, Any]], costs: list[tuple[date, float | None]], *daily: pl.DataFrame
) -> dict[tuple[date, str], dict[str, Any]]:
    cost = pl.DataFrame(
        [("main", m, c, None if c is not None else "spotpris saknas") for m, c in costs],
        schema={"metering_point": pl.String, "month": pl.Date, "cost_sek": pl.Float64, "reason": pl.String},
        orient="row",
    )  # fmt: skip
    found = allocate(pl.DataFrame(keys, schema=COLUMNS), cost, pl.concat(daily or [energy("main", 10.0)]))
    return {(r["month"], r["cost_bearer"]): r for r in found.to_dicts()}


def test_fixed_shares_and_the_rest() -> None:
    found = shared([key("idrott", share=0.6), key("skola", rest=True)], [(M[0], 1000.0)])
    sport, school = found[M[0], "idrott"], found[M[0], "skola"]
    assert (sport["share_pct"], sport["cost_sek"], sport["energy_kwh"]) == (60.0, 600.0, 186.0)  # 31 d · 10 kWh · 0.6
    assert (school["share_pct"], school["cost_sek"], school["energy_kwh"]) == (40.0, 400.0, 124.0)
    assert (sport["key_text"], school["key_text"], sport["reason"]) == ("fast andel 0,60", "resten", None)


def test_a_submeters_part_of_the_energy() -> None:
    keys = [key("skola", submeter="sub"), key("idrott", rest=True)]
    found = shared(keys, [(M[0], 1000.0)], energy("main", 10.0), energy("sub", 2.5))
    assert (found[M[0], "skola"]["share_pct"], found[M[0], "skola"]["cost_sek"]) == (25.0, 250.0)
    assert found[M[0], "skola"]["energy_kwh"] == 77.5  # 31 · 2.5
    assert (found[M[0], "idrott"]["cost_sek"], found[M[0], "idrott"]["energy_kwh"]) == (750.0, 232.5)
    assert found[M[0], "skola"]["key_text"] == "undermätare sub"


def test_a_submeter_without_values_takes_its_own_and_the_rests_figures_but_not_a_fixed_share() -> None:
    keys = [key("skola", submeter="sub"), key("bad", share=0.2), key("idrott", rest=True)]
    holed = energy("sub", 2.5).filter(pl.col("day") != date(2022, 1, 17))
    found = shared(keys, [(M[0], 1000.0), (M[1], 1000.0)], energy("main", 10.0), holed)
    assert found[M[0], "bad"]["cost_sek"] == 200.0
    for bearer in ("skola", "idrott"):
        row = found[M[0], bearer]
        assert (row["cost_sek"], row["share_pct"]) == (None, None)
        assert row["reason"] == "kan inte bedömas: sub saknar mätvärden i 2022-01"
    assert [found[M[1], b]["cost_sek"] for b in ("skola", "bad", "idrott")] == [250.0, 200.0, 550.0]
    unknown = shared(keys, [(M[0], 1000.0)], energy("main", 10.0))  # a submeter that has never told anything
    assert unknown[M[0], "skola"]["cost_sek"] is None


def test_a_key_that_changes_within_a_month_is_shared_by_days() -> None:
    change = date(2022, 4, 11)  # ten days of thirty under the old key
    keys = [
        key("idrott", share=0.6, valid_to=change),
        key("idrott", share=0.3, valid_from=change),
        key("skola", rest=True),
    ]
    found = shared(keys, [(M[3], 3000.0)])
    assert found[M[3], "idrott"]["share_pct"] == pytest.approx(40.0)  # (10 · 0.6 + 20 · 0.3) / 30
    assert found[M[3], "idrott"]["cost_sek"] == pytest.approx(1200.0)
    assert found[M[3], "skola"]["cost_sek"] == pytest.approx(1800.0)
    assert "ny nyckel från 2022-04-11" in found[M[3], "idrott"]["key_text"]


def test_a_new_key_tells_what_it_moves_and_that_nothing_is_saved() -> None:
    keys = [key("idrott", share=0.60, valid_to=M[12]), key("idrott", share=0.55, valid_from=M[12], reason="beslut 7"),
            key("skola", rest=True)]  # fmt: skip
    found = shared(keys, [(m, 20_000.0) for m in M])
    # 12 months · 20 000 kr · 0.05 = 12 000 kr a year
    assert found[M[12], "idrott"]["key_text"] == (
        "fast andel 0,55; ny nyckel från 2023-01 (beslut 7): 0,60 → 0,55; flyttar 12 tkr/år från denna bärare, "
        "ingen besparing"
    )
    assert "0,40 → 0,45; flyttar 12 tkr/år till denna bärare" in found[M[12], "skola"]["key_text"]
    assert found[M[13], "idrott"]["key_text"] == "fast andel 0,55"
    assert found[M[11], "idrott"]["key_text"] == "fast andel 0,60"
    months = [m for m in M if m >= M[12]]
    assert sum(found[m, b]["cost_sek"] for m in months for b in ("idrott", "skola")) == 12 * 20_000  # no saving


def test_a_change_near_the_end_says_how_many_months_it_rests_on() -> None:
    keys = [
        key("idrott", share=0.5, valid_to=M[22]),
        key("idrott", share=0.6, valid_from=M[22]),
        key("skola", rest=True),
    ]
    text = shared(keys, [(m, 10_000.0) for m in M])[M[22], "idrott"]["key_text"]
    assert "flyttar 2,0 tkr på 2 månader till denna bärare" in text  # 2 · 10 000 · 0.1


def test_reallocated_sek_is_nought_over_all_bearers() -> None:
    assert reallocated_sek([0.6, 0.6], [0.5, 0.7], [1000.0, 3000.0]) == pytest.approx(200.0)  # -100 + 300
    both = reallocated_sek([0.6], [0.55], [1000.0]) + reallocated_sek([0.4], [0.45], [1000.0])
    assert both == pytest.approx(0.0)
    with pytest.raises(ValueError):
        reallocated_sek([0.6], [0.5, 0.5], [1000.0])


def test_what_is_wrong_gives_reasons_and_no_money() -> None:
    over = shared(
        [key("a", submeter="sub"), key("b", rest=True)], [(M[0], 1.0)], energy("main", 1.0), energy("sub", 2.0)
    )
    assert {r["cost_sek"] for r in over.values()} == {None}
    assert "mer än allt" in over[M[0], "a"]["reason"]
    short = shared([key("a", share=0.5)], [(M[0], 1.0)])
    assert short[M[0], "a"]["cost_sek"] is None and "inte 1" in short[M[0], "a"]["reason"]
    begins = shared([key("a", share=1.0, valid_from=date(2022, 1, 15))], [(M[0], 1.0)])
    assert "ingen fördelningsnyckel gäller 2022-01-01 till 2022-01-14" in begins[M[0], "a"]["reason"]
    before = shared([key("a", share=1.0, valid_from=M[1])], [(M[0], 1.0)])
    assert before == {}  # nothing was shared yet
    idle = shared(
        [key("a", submeter="sub"), key("b", rest=True)], [(M[0], 1.0)], energy("main", 0.0), energy("sub", 0.0)
    )
    assert idle[M[0], "a"]["cost_sek"] is None and "ingen energi att fördela" in idle[M[0], "a"]["reason"]


def test_a_cost_that_is_not_known_is_not_shared_but_its_energy_is() -> None:
    row = shared([key("a", share=1.0)], [(M[0], None)])[M[0], "a"]
    assert (row["cost_sek"], row["energy_kwh"], row["reason"]) == (None, 310.0, "kan inte bedömas: spotpris saknas")


@given(st.floats(-1e7, 1e7, allow_nan=False), st.lists(st.floats(0.001, 1), min_size=1, max_size=6), st.integers(2, 28))
@settings(max_examples=40)
def test_the_parts_are_the_cost(cost: float, weights: list[float], day: int) -> None:
    change = date(2022, 3, day)
    shares = [w / sum(weights) / 2 for w in weights]
    keys = [key(f"b{n}", share=s, valid_to=change) for n, s in enumerate(shares)]
    keys += [key("zz", rest=True)] + [key(f"b{n}", share=s / 2, valid_from=change) for n, s in enumerate(shares)]
    found = shared(keys, [(M[2], cost)])
    assert sum(r["cost_sek"] for r in found.values()) == pytest.approx(cost, abs=1e-6)
    assert sum(r["share_pct"] for r in found.values()) == pytest.approx(100)
    assert sum(r["energy_kwh"] for r in found.values()) == pytest.approx(10.0 * monthrange(2022, 3)[1])


def test_the_order_of_the_keys_changes_nothing() -> None:
    keys = [key("a", share=0.25), key("b", share=0.35), key("c", rest=True)]
    costs = [(m, 1234.56) for m in M]
    assert shared(keys, costs) == shared(keys[::-1], costs[::-1])
