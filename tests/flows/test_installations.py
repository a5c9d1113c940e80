"""Meters replaced, rolling over, with factors and gaps; units that slip: sql/core, checked by hand."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import accumulate
from math import cos, pi
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.errors import SettingsError
from flows.settings.load import load_settings
from flows.store import Store
from tests.flows.metered import SETTINGS, add, audit, breaks_of_checks, build, hour, intervals, rows


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.write(tmp_path) as found:
        yield found


def meter(**told: object) -> str:
    """Return an [[installation]]; times are given as they stand in TOML."""
    lines = "\n".join(f"{key} = {value}" for key, value in told.items())
    return f'[[installation]]\nmetering_point = "735"\n{lines}\n'


STANDINGS = [(0, 100), (1, 110), (2, 125)]


def test_without_installations_nothing_is_new(store: Store) -> None:
    add(store, "a.csv", rows(STANDINGS, "register"))
    build(store)
    assert intervals(store) == [(0, 1, 10), (1, 1, 15)]
    assert audit(store) == {}
    assert breaks_of_checks(store) == []


def test_a_register_that_falls_is_a_break(store: Store) -> None:
    add(store, "a.csv", rows([*STANDINGS, (3, 5), (4, 7)], "register"))
    build(store)
    assert intervals(store) == [(0, 1, 10), (1, 1, 15), (3, 1, 2)]
    assert store.rows("select before, after, change from core.register_breaks") == [(125, 5, "backwards")]
    assert breaks_of_checks(store) == []


def test_a_factor_is_for_standings_or_for_intervals_or_both(store: Store) -> None:
    add(store, "a.csv", rows(STANDINGS, "register"))
    add(store, "b.csv", rows([(10, 3)]))
    for applies_to, expected in (("register", [400, 600, 3]), ("interval", [10, 15, 120]), ("both", [400, 600, 120])):
        build(store, meter(factor=40, applies_to=f'"{applies_to}"'))
        assert [value for *_, value in intervals(store)] == expected
        assert breaks_of_checks(store) == []


def test_a_register_rolls_over(store: Store) -> None:
    add(store, "a.csv", rows([(0, 99_980), (1, 99_995), (2, 12), (3, 20)], "register"))
    build(store, meter(digits=5, factor=2))
    assert intervals(store) == [(0, 1, 30), (1, 1, 34), (2, 1, 16)]
    found = audit(store)["register_rollover"]
    assert [(f["level"], f["file_name"]) for f in found] == [("info", "a.csv")]
    assert breaks_of_checks(store) == []


@pytest.mark.parametrize("standings", [(99_995, 20_000), (50_000, 12), (89_000, 12)])
def test_a_fall_that_is_no_rollover_is_a_break(store: Store, standings: tuple[int, int]) -> None:
    add(store, "a.csv", rows([(0, standings[0]), (1, standings[1])], "register"))
    build(store, meter(digits=5))
    assert intervals(store) == []
    assert breaks_of_checks(store) == []


CHANGE = "2024-01-01T01:30:00"  # normal time: an hour and a half into the year


def test_over_a_replacement_both_meters_count(store: Store) -> None:
    add(store, "a.csv", rows([*STANDINGS[:2], (2, 3), (3, 8)], "register"))
    old = meter(to=CHANGE, stop_register=114, factor=10)
    build(store, old + meter(**{"from": CHANGE}, start_register=1, factor=2))
    assert intervals(store) == [(0, 1, 100), (1, 1, (114 - 110) * 10 + (3 - 1) * 2), (2, 1, 10)]
    found = audit(store)["register_replaced"]
    assert [(f["level"], f["file_name"], "44,0 kWh" in f["message"]) for f in found] == [("info", "a.csv", True)]
    assert breaks_of_checks(store) == []
    sums = store.rows("select installation_no, used, used_at_change from core.register_sums order by 1")
    assert sums == [(1, 100, None), (2, 10, 44)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (meter(to=CHANGE), meter(**{"from": CHANGE}, start_register=1)),
        (meter(to=CHANGE, stop_register=114), meter(**{"from": CHANGE})),
        ("", meter(**{"from": CHANGE}, start_register=1)),
        (meter(to=CHANGE, stop_register=114), ""),
        (meter(to=CHANGE, stop_register=114), meter(**{"from": "2024-01-01T01:45:00"}, start_register=1)),
        (meter(to=CHANGE, stop_register=100), meter(**{"from": CHANGE}, start_register=1)),
    ],
)
def test_without_the_standings_the_replacement_is_a_hole_that_is_told(store: Store, old: str, new: str) -> None:
    add(store, "a.csv", rows([(0, 100), (1, 110), (2, 300), (3, 308)], "register"))
    build(store, old + new)
    assert intervals(store) == [(0, 1, 10), (2, 1, 8)]
    assert breaks_of_checks(store) == []
    backwards = store.rows("select change from core.register_breaks") == [("backwards",)]
    found = audit(store).get("register_replaced", [])
    assert backwards != ([(f["level"], f["row_no"]) for f in found] == [("warning", 4)])


def test_the_old_meter_may_roll_over_before_it_goes(store: Store) -> None:
    add(store, "a.csv", rows([(0, 9990), (1, 9995), (2, 3)], "register"))
    old = meter(to=CHANGE, stop_register=2, digits=4)
    build(store, old + meter(**{"from": CHANGE}, start_register=0))
    assert intervals(store) == [(0, 1, 5), (1, 1, 7 + 3)]
    assert breaks_of_checks(store) == []


def test_standings_between_two_meters_belong_to_neither(store: Store) -> None:
    add(store, "a.csv", rows([(0, 10), (1, 20), (2, 500), (3, 510), (4, 1), (5, 2)], "register"))
    first, second = ("2024-01-01T01:30:00", "2024-01-01T03:30:00")
    told = meter(to=first, stop_register=21, factor=3)
    build(store, told + meter(**{"from": second}, start_register=0, factor=5))
    assert intervals(store) == [(0, 1, 30), (2, 1, 10), (4, 1, 5)]
    assert breaks_of_checks(store) == []


# --- gaps ----------------------------------------------------------------------------------------------------------

GAPPED = [(0, 0), (1, 10), (2, 20), (5, 80), (6, 90)]


def test_a_gap_stays_a_gap_and_is_told(store: Store) -> None:
    add(store, "a.csv", rows(GAPPED, "register"))
    build(store)
    assert intervals(store) == [(0, 1, 10), (1, 1, 10), (2, 3, 60), (5, 1, 10)]
    assert store.rows("select count(*), sum(value) from core.hourly") == [(3, 30)]
    (found,) = audit(store)["register_gap"]
    assert found["level"] == "warning" and found["file_name"] == "a.csv"
    assert "3 timmar med 60,0 kWh" in found["message"] and "2024-01" in found["message"]


def test_a_gap_is_spread_only_where_the_meter_says_so(store: Store) -> None:
    add(store, "a.csv", rows(GAPPED, "register"))
    build(store, meter(spread_gaps_hours=2))
    assert store.rows("select count(*) from core.hourly") == [(3,)]
    build(store, meter(spread_gaps_hours=3))
    assert [value for *_, value in intervals(store)] == [10, 10, 20, 20, 20, 10]
    assert store.rows("select count(*), sum(value), count(*) filter (is_estimated) from core.hourly") == [(6, 90, 3)]
    assert store.rows("select distinct status from core.intervals order by 1") == [("interpolated",), ("measured",)]
    assert [f["level"] for f in audit(store)["register_gap"]] == ["info"]
    assert breaks_of_checks(store) == []


def test_a_register_read_by_the_month_has_no_gaps(store: Store) -> None:
    monthly = [(0, 0), (31 * 24, 5), (60 * 24, 9), (91 * 24, 13), (121 * 24, 18)]
    add(store, "a.csv", rows(monthly, "register"))
    build(store)
    assert "register_gap" not in audit(store)


def test_values_over_the_turn_of_the_hour_are_told_and_not_moved(store: Store) -> None:
    add(store, "a.csv", rows([(0.25, 0), (1.25, 8), (2.25, 16)], "register"))
    build(store)
    assert store.rows("select count(*) from core.hourly") == [(0,)]
    (found,) = audit(store)["off_the_hour"]
    assert found["message"].startswith("2 värden")
    build(store, meter(spread_gaps_hours=1))
    assert store.rows("select value, is_estimated from core.hourly") == [(8, True)]  # the one hour that is whole
    assert breaks_of_checks(store) == []


SERIES = st.tuples(
    st.lists(st.floats(-5, 50, allow_nan=False), min_size=2, max_size=30),  # hourly steps, some of them falls
    st.sets(st.integers(1, 28)),  # hours without a standing
    st.integers(1, 29),  # the hour after which another meter stands there
    st.booleans(),  # whether its last standing is known
)


@settings(max_examples=4)
@given(series=st.lists(SERIES, min_size=1, max_size=12))
def test_what_goes_in_comes_out(tmp_path_factory: pytest.TempPathFactory, series: list[Any]) -> None:
    """Any falls, gaps and replacements: Σ intervals = last − first, breaks apart."""
    told = []
    with Store.write(tmp_path_factory.mktemp("h")) as store:
        for number, (steps, holes, change, is_known) in enumerate(series):
            point = f"m{number}"
            sums = accumulate(steps, initial=1000.0)
            values = [(h, v if h <= change else v - 900) for h, v in enumerate(sums) if h not in holes]
            add(store, f"{point}.csv", rows(values, "register", point=point))
            at = f"{hour(change + 0.5) + timedelta(hours=1):%Y-%m-%dT%H:%M:%S}"
            known = {"stop_register": 5000} if is_known else {}
            told.append(f'[[metering_point]]\nid = "{point}"\nfacility = "hall"\nname = "M"\ncarrier = "other"\n')
            old = meter(to=at, digits=4, factor=3, spread_gaps_hours=2, **known)
            told.append((old + meter(**{"from": at}, start_register=7)).replace('"735"', f'"{point}"'))
        build(store, "".join(told))
        assert breaks_of_checks(store) == []


# --- settings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (meter(quantity='"enrgy"'), "energy_kwh"),
        (meter(factor=0), "större än 0"),
        (meter(digits=0), "minst 1"),
        (meter(applies_to='"all"'), "register, interval, both"),
        (meter(frm="2024-01-01"), "from"),
        (meter(**{"from": '"igår"'}), "ett datum"),
        (meter(**{"from": "2024-02-01", "to": "2024-01-01"}), "from < to"),
        (meter(to="2024-01-02") + meter(**{"from": "2024-01-01"}), r"installation\[2\]\.from"),
        (meter().replace("735", "736"), "en mätpunkt: 735"),
        (meter(factor="nan"), "större än 0|ändligt"),
    ],
)
def test_wrong_installations_are_told(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "energibok.toml").write_text(SETTINGS + text, encoding="utf-8")
    with pytest.raises(SettingsError, match=words):
        load_settings(tmp_path)


def test_times_of_a_meter_are_normal_time_unless_they_have_a_zone(tmp_path: Path) -> None:
    told = meter(to="2024-07-01") + meter(**{"from": "2024-07-01T00:00:00+02:00", "quantity": '"volume_m3"'})
    with Store.write(tmp_path) as store:
        build(store, told)
        found = store.rows("select to_utc, from_utc from settings.installations order by quantity")
    assert found[0][0] == datetime(2024, 6, 30, 23) and found[1][1] == datetime(2024, 6, 30, 22)


# --- units ---------------------------------------------------------------------------------------------------------


def year(level: float, first: int = 0, days: int = 366, swing: float = 15.0) -> list[tuple[float, float]]:
    """Return hours whose winter is `swing`² times its summer: honest seasons."""
    return [
        (h, level * swing ** cos(2 * pi * h / 8784) * (1 + 0.2 * cos(2 * pi * h / 24)))
        for h in range(first * 24, (first + days) * 24)
    ]


@pytest.mark.parametrize(("times", "word"), [(1000, "högre"), (1e6, "högre"), (1e-3, "lägre"), (1e-6, "lägre")])
@pytest.mark.parametrize("slipped", [0, 150])
def test_a_file_in_another_unit_is_suspect(store: Store, times: float, word: str, slipped: int) -> None:
    """Two years; one month's file slips, in winter or in summer."""
    right = [(h, v) for h, v in year(100, 0, 732) if not slipped <= h // 24 < slipped + 30]
    add(store, "rätt.csv", rows(right))
    add(store, "fel.csv", rows([(h, v * times) for h, v in year(100, slipped, 30)]))
    build(store)
    (found,) = audit(store)["unit_suspect"]
    assert (found["level"], found["file_name"]) == ("error", "fel.csv")
    assert word in found["message"] and ("1\u00a0000\u00a0000" in found["message"]) == (times in (1e6, 1e-6))


def test_the_first_file_is_suspect_when_the_rest_is_otherwise(store: Store) -> None:
    add(store, "första.csv", rows(year(1e5, 0, 31)))
    for month in range(1, 8):
        add(store, f"{month}.csv", rows(year(100, 31 * month, 31)))
    build(store)
    assert [f["file_name"] for f in audit(store)["unit_suspect"]] == ["första.csv"]


def test_standings_slip_as_well(store: Store) -> None:
    add(store, "a.csv", rows([(h, 10.0 * h) for h in range(60 * 24)], "register"))
    add(store, "b.csv", rows([(h, 1e9 + 1e4 * h) for h in range(60 * 24, 90 * 24)], "register"))
    build(store)
    assert [f["file_name"] for f in audit(store)["unit_suspect"]] == ["b.csv"]


def test_honest_seasons_and_closed_periods_are_no_suspects(store: Store) -> None:
    for month in range(12):  # monthly files, winter 225 times summer
        add(store, f"{month}.csv", rows(year(50, month * 30, 30)))
    # a rink: seven months of standby at a thousandth, opening and closing inside a month
    for month in range(12):
        hours = range(8784 + month * 720, 8784 + (month + 1) * 720)
        add(store, f"is{month}.csv", rows([(h, 300.0 if h % 8784 < 2500 or h % 8784 > 6500 else 0.3) for h in hours],
                                          point="736"))  # fmt: skip
    add(store, "stängt.csv", rows([(h, 0.0) for h in range(370 * 24, 400 * 24)]))
    build(store)
    assert "unit_suspect" not in audit(store)


def test_too_little_says_nothing(store: Store) -> None:
    add(store, "a.csv", rows(year(100, 0, 6)))
    add(store, "b.csv", rows(year(1e5, 40, 6)))
    build(store)
    assert "unit_suspect" not in audit(store)
