"""Landing: any order of arrival and any split into files give the same current values."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.model import Parsed, frame
from flows.intake import landing
from flows.store import Store
from tests.flows.homes import build_core, content_hash, csv, make_home, run, values

A, B, A_AGAIN = (csv(v, issued=f"2024-02-0{day} 08:00") for v, day in (("1,0", 1), ("2,0", 2), ("1,0", 3)))


@pytest.mark.parametrize("order", list(permutations((A, B, A_AGAIN))))
def test_the_latest_issue_holds_even_where_it_repeats_the_first(tmp_path: Path, order: tuple[bytes, ...]) -> None:
    home = make_home(tmp_path, {})
    for number, data in enumerate(order):
        make_home(tmp_path, {f"el/{number}.csv": data})
        run(home)
    assert values(home) == [(1.0, "measured")]


def test_without_a_time_of_issue_the_same_value_again_is_a_duplicate(tmp_path: Path) -> None:
    home = make_home(tmp_path, {"el/a.csv": csv("1,0", "2,0"), "el/b.csv": csv("1,0", "2,0", "3,0")})
    found = run(home)
    assert (found["el/a.csv"].loaded, found["el/a.csv"].duplicates) == (2, 0)
    assert (found["el/b.csv"].loaded, found["el/b.csv"].duplicates) == (1, 2)


def test_an_earlier_issue_of_the_same_value_is_a_duplicate_a_later_one_is_kept(tmp_path: Path) -> None:
    home = make_home(tmp_path, {"el/a.csv": csv("1,0", issued="2024-02-02 08:00")})
    run(home)
    make_home(tmp_path, {"el/b.csv": csv("1,0", issued="2024-02-01 08:00")})
    assert run(home)["el/b.csv"].duplicates == 1
    make_home(tmp_path, {"el/c.csv": csv("1,0", issued="2024-02-03 08:00")})
    assert run(home)["el/c.csv"].loaded == 1


def test_a_record_twice_in_one_file_is_counted_once(tmp_path: Path) -> None:
    twice = csv("1,0").decode() + "2024-01-01 00:00;1,0\n"
    found = run(make_home(tmp_path, {"el/a.csv": twice.encode()}))["el/a.csv"]
    assert (found.rows_in, found.loaded, found.duplicates) == (2, 1, 1)


RECORD = st.tuples(
    st.integers(0, 5), st.sampled_from([0.0, 1.0, -2.5, 1e9]), st.sampled_from(["measured", "estimated", "manual"])
)


@settings(max_examples=15)
@given(
    st.lists(st.tuples(RECORD, st.sampled_from([None, "2024-02-01", "2024-03-01T08:00:00"])), min_size=1, max_size=12),
    st.randoms(use_true_random=False),
)
def test_any_order_and_any_split_give_the_same_tables(records: list, random: object) -> None:
    hashes = set()
    for _ in range(2):
        shuffled = list(records)
        random.shuffle(shuffled)  # type: ignore[attr-defined]
        with TemporaryDirectory() as folder, Store.write(Path(folder)) as store:
            while shuffled:
                issued = shuffled[0][1]
                count = random.randint(1, len(shuffled))  # type: ignore[attr-defined]
                taken = [r for r, i in shuffled[:count] if i == issued]
                shuffled = [s for s in shuffled[:count] if s[1] != issued] + shuffled[count:]
                land(store, taken, issued)
            build_core(store)
            hashes.add(content_hash(store, "core.readings"))
            assert not store.rows("select 1 from raw.files where rows_in <> loaded + rejected + duplicates")
    assert len(hashes) == 1


def land(store: Store, records: list[tuple[int, float, str]], issued: str | None, file_no: list[int] = [0]) -> None:  # noqa: B006 - counts files
    from datetime import UTC, datetime

    file_no[0] += 1
    hours = [datetime(2024, 1, 1, hour, tzinfo=UTC) for hour, _, _ in records]
    data = frame("readings", {
        "row_no": list(range(1, len(records) + 1)), "metering_point": ["735"] * len(records),
        "quantity": ["energy_kwh"] * len(records), "kind": ["interval"] * len(records), "start_utc": hours,
        "end_utc": [h.replace(hour=h.hour + 1) for h in hours], "value": [v for _, v, _ in records],
        "status": [s for _, _, s in records],
    })  # fmt: skip
    entry = {"sha256": f"{file_no[0]:064}", "file_name": f"{file_no[0]}.csv", "size_bytes": 1,
             "received_at": datetime.now(UTC), "source": "t"}  # fmt: skip
    with store.transaction():
        landing.land(store, [Parsed("t", {"readings": data}, issued_at=issued)], entry)


def test_pieces_of_a_large_file_are_one_file(tmp_path: Path) -> None:
    with Store.write(tmp_path) as store:
        land(store, [(0, 1.0, "measured")], None)
        one, two = (Parsed("t", {"readings": store_frame(hours)}) for hours in ((0, 1), (1, 2)))
        with store.transaction():
            done = landing.land(store, [one, two], {"sha256": "b", "file_name": "b", "size_bytes": 1,
                                                    "received_at": "2024-01-01", "source": "t"})  # fmt: skip
        assert (done.rows_in, done.loaded, done.duplicates) == (4, 2, 2)
        assert store.rows("select rows_in, loaded, duplicates from raw.files where sha256 = 'b'") == [(4, 2, 2)]


def store_frame(hours: tuple[int, ...]):
    from datetime import UTC, datetime

    starts = [datetime(2024, 1, 1, hour, tzinfo=UTC) for hour in hours]
    return frame("readings", {
        "row_no": list(hours), "metering_point": ["735"] * len(hours), "quantity": ["energy_kwh"] * len(hours),
        "kind": ["interval"] * len(hours), "start_utc": starts,
        "end_utc": [s.replace(hour=s.hour + 1) for s in starts], "value": [1.0] * len(hours),
        "status": ["measured"] * len(hours),
    })  # fmt: skip
