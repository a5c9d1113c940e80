"""Which value holds now, whatever came first, and what every file said: core.readings, versions and conflicts."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from energy.model import Parsed
from flows.store import Store
from tests.flows.homes import land
from tests.flows.metered import add, build, rows

RECEIVED = datetime(2024, 2, 1, tzinfo=UTC)
T1, T2, T3 = "2024-01-05", "2024-01-06T08:00:00+01:00", "2024-01-06T07:30:00Z"  # three ways to write a time
Said = tuple[str, list[tuple[float, float]], str, str | None]  # file, (hour, value), status, issued


def holds(folder: Path, orders: list[list[Said]]) -> list[list[tuple[Any, ...]]]:
    """Return what holds after each order of arrival; each has its own metering point, a file a day."""
    with Store.write(folder) as store:
        for order, files in enumerate(orders):
            for day, (name, values, status, issued) in enumerate(files):
                data = rows(values, status=status, point=f"{order:03}")
                add(store, name, data, RECEIVED + timedelta(days=day), issued_at=issued)
        build(store)
        query = "select start_utc, value, status from core.readings where metering_point = ? order by all"
        return [store.rows(query, [f"{order:03}"]) for order in range(len(orders))]


def told(store: Store, rule_of: str = "readings") -> list[tuple[Any, ...]]:
    """Return what the conflicts say of one kind of thing."""
    return store.rows("select series, list_sort(file_names) from core.conflicts where what = ? order by 1", [rule_of])


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([("a", [(0, 5)], "measured", None), ("b", [(0, 9)], "estimated", "2024-09-09")], (5, "measured")),
        ([("a", [(0, 5)], "measured", T1), ("b", [(0, 4)], "measured", T2), ("c", [(0, 5)], "measured", T3)],
         (5, "measured")),
        ([("a", [(0, 5)], "estimated", T1), ("b", [(0, 4)], "estimated", T2)], (4, "estimated")),
        ([("a", [(0, 5)], "measured", None), ("b", [(0, 4)], "measured", None)], (5, "measured")),
        ([("a", [(0, 5)], "measured", None), ("b", [(0, 4)], "measured", T1)], (4, "measured")),
        ([("a", [(0, -1)], "manual", None), ("b", [(0, 0)], "manual", None), ("c", [(0, 0)], "suspect", T3)],
         (0, "manual")),
    ],
)  # fmt: skip
def test_the_same_value_holds_in_every_order_of_arrival(
    tmp_path: Path, files: list[Said], expected: tuple[float, str]
) -> None:
    found = holds(tmp_path, [list(order) for order in permutations(files)])
    assert {tuple(row[1:] for row in values) for values in found} == {(expected,)}


def test_any_split_into_files_gives_the_same(tmp_path: Path) -> None:
    values = [(h, float(h % 5)) for h in range(20)]
    again = [(h, v + 1) for h, v in values[5:15]]
    whole: list[Said] = [("a", values, "measured", None), ("b", again, "measured", None)]
    parts: list[Said] = [("x", again[:3], "measured", None), ("y", values[10:], "measured", None),
                         ("z", values[:10], "measured", None), ("u", again[3:], "measured", None)]  # fmt: skip
    first, second = holds(tmp_path, [whole, parts])
    assert first == second and len(first) == 20


def test_a_value_corrected_and_corrected_back_holds_in_any_order(tmp_path: Path) -> None:
    """A (first issue), B (second), A (third): the third says A again; landed as files are, duplicates left out."""
    files = [(5.0, T1), (4.0, "2024-01-06"), (5.0, "2024-01-07")]
    with Store.write(tmp_path) as store:
        for point, order in enumerate(permutations(files)):
            for day, (value, issued) in enumerate(order):
                parsed = Parsed("t", {"readings": rows([(0, value)], point=f"{point}")}, issued_at=issued)
                entry = {"sha256": f"{point}-{day}", "file_name": f"{day}.csv", "size_bytes": 1, "status": "loaded"}
                land(store, parsed, {**entry, "received_at": RECEIVED, "issued_at": issued})
        build(store)
        assert store.rows("select distinct value from core.readings") == [(5.0,)]
        assert store.rows("select metering_point, value from core.versions where is_current") == [
            (f"{point}", 5.0) for point in range(6)
        ]
        assert told(store) == []


def test_versions_are_only_of_what_differs(tmp_path: Path) -> None:
    with Store.write(tmp_path) as store:
        add(store, "a.csv", rows([(0, 1), (1, 2), (2, 3)]), RECEIVED, issued_at=T1)
        ended = RECEIVED + timedelta(days=1)
        add(store, "b.csv", rows([(1, 2), (2, 4)]), RECEIVED, ended_at=ended, ended_why="fel fil", status="withdrawn")
        add(store, "c.csv", rows([(0, 1)], status="estimated"), ended)
        build(store)
        found = store.rows(
            """select start_utc, value, status, file_name, recorded_at, ended_at, ended_why, is_current
               from core.versions order by start_utc, value, status"""
        )
        assert told(store) == []
    first, third = datetime(2023, 12, 31, 23), datetime(2024, 1, 1, 1)
    assert found == [
        (first, 1, "estimated", "c.csv", ended, None, None, False),
        (first, 1, "measured", "a.csv", RECEIVED, None, None, True),
        (third, 3, "measured", "a.csv", RECEIVED, None, None, True),
        (third, 4, "measured", "b.csv", RECEIVED, ended, "fel fil", False),
    ]


@pytest.mark.parametrize(
    ("first", "second", "is_conflict"),
    [
        (("measured", None), ("measured", None), True),
        (("measured", T1), ("measured", T1), True),
        (("measured", None), ("measured", T1), True),
        (("measured", "igår"), ("measured", T1), True),  # a time that cannot be read decides nothing
        (("measured", T1), ("measured", T2), False),
        (("measured", None), ("estimated", None), False),
    ],
)
def test_what_nothing_decides_is_a_conflict(
    tmp_path: Path, first: tuple[str, str | None], second: tuple[str, str | None], is_conflict: bool
) -> None:
    with Store.write(tmp_path) as store:
        add(store, "a.csv", rows([(0, 1)], status=first[0]), issued_at=first[1])
        add(store, "b.csv", rows([(0, 2)], status=second[0]), issued_at=second[1])
        build(store)
        assert told(store) == ([("energy_kwh", ["a.csv", "b.csv"])] if is_conflict else [])


def test_conflicts_of_rates(tmp_path: Path) -> None:
    with Store.write(tmp_path) as store:
        for name, value in (("a.csv", 11.0), ("b.csv", 11.5)):
            file_id = add(store, name, rows([]))
            store.con.execute("insert into raw.fx values (?, 1, date '2024-01-02', 'SEK', ?)", [file_id, value])
            store.con.execute("insert into raw.fx values (?, 1, date '2024-01-03', 'SEK', 11)", [file_id])
        build(store)
        assert told(store, "fx") == [("SEK", ["a.csv", "b.csv"])]
