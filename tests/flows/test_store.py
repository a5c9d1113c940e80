"""The store: migrations, duplicates, archive, one writer, atomic publishing."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from energy.errors import StoreError
from energy.model import Parsed, frame
from flows import store as store_module
from flows.store import Store
from tests.flows.homes import land


def readings(values: list[float], status: str = "measured") -> pl.DataFrame:
    start = [datetime(2024, 1, 1, hour, tzinfo=UTC) for hour in range(len(values))]
    end = [datetime(2024, 1, 1, hour + 1, tzinfo=UTC) for hour in range(len(values))]
    rows = {"row_no": list(range(2, len(values) + 2)), "metering_point": ["735"] * len(values)}
    kinds = {"quantity": ["energy_kwh"] * len(values), "kind": ["interval"] * len(values)}
    return frame(
        "readings",
        {**rows, **kinds, "start_utc": start, "end_utc": end, "value": values, "status": [status] * len(values)},
    )


def entry(sha: str) -> dict[str, object]:
    return {
        "sha256": sha,
        "file_name": f"{sha}.csv",
        "size_bytes": 1,
        "received_at": datetime.now(UTC),
        "status": "loaded",
    }


def test_same_records_again_are_duplicates(tmp_path: Path) -> None:
    with Store.write(tmp_path) as store:
        assert land(store, Parsed("t", {"readings": readings([1, 2, 3])}), entry("a")) == (3, 0)
        assert land(store, Parsed("t", {"readings": readings([1, 2, 3, 4])}), entry("b")) == (1, 3)
        twice = pl.concat([readings([9.0]), readings([9.0])])
        assert land(store, Parsed("t", {"readings": twice}), entry("c")) == (1, 1)
        check = (store_module.SQL / "checks/rows_in_are_accounted_for.sql").read_text(encoding="utf-8")
        assert store.rows(check) == []


def test_another_value_or_status_is_a_new_version(tmp_path: Path) -> None:
    with Store.write(tmp_path) as store:
        land(store, Parsed("t", {"readings": readings([1.0], "estimated")}), entry("a"))
        assert land(store, Parsed("t", {"readings": readings([1.0], "measured")}), entry("b")) == (1, 0)
        assert land(store, Parsed("t", {"readings": readings([2.0], "measured")}), entry("c")) == (1, 0)


def test_measured_beats_estimated_in_any_order(tmp_path: Path) -> None:
    found = []
    for name, order in (("one", ["measured", "estimated"]), ("two", ["estimated", "measured"])):
        with Store.write(tmp_path / name) as store:
            for number, status in enumerate(order):
                value = 5.0 if status == "measured" else 7.0
                land(store, Parsed("t", {"readings": readings([value], status)}), entry(f"{number}"))
            store.build("staging")
            store.con.execute("create table core.readings as " + (store_module.SQL / "core/readings.sql").read_text())
            found.append(store.rows("select value, status from core.readings"))
    assert found == [[(5.0, "measured")]] * 2


def test_numbers_of_messages_are_written_in_swedish(tmp_path: Path) -> None:
    with Store.write(tmp_path) as store:
        (told,) = store.rows(
            "select swedish(1234567.5), swedish(-0.4), swedish(-12.345, decimals := 2), swedish(null), swedish(2.5), "
            "swedish_signed(7.2), swedish_signed(-7.2), swedish_signed(0.3), swedish_figures(0.01234), "
            "swedish_figures(12345), swedish_exact(1000), swedish_exact(1000.5), swedish_exact(0.0004)"
        )
    assert told == ("1\u00a0234\u00a0568", "0", "−12,35", None, "3", "+7", "−7", "0", "0,0123", "12\u00a0345",
                    "1\u00a0000", "1\u00a0000,5", "0")  # fmt: skip


def test_an_operation_with_a_cost_has_lines_that_sum_to_it() -> None:
    """100 kr in lines of 60 and 40 is right; 100 kr of one line of 60, of no line and of an unknown line are not."""
    check = (store_module.SQL / "checks/operation_bill_sums_to_its_cost.sql").read_text(encoding="utf-8")
    con = duckdb.connect()
    con.execute("create schema marts")
    con.execute("create table marts.storage_optimum (store text, operation text, cost_sek double)")
    con.execute("create table marts.storage_optimum_bill (store text, operation text, amount_sek double)")
    costs = [("right", 100.0), ("short", 100.0), ("bare", 100.0), ("dark", 100.0), ("unknown", None)]
    con.executemany("insert into marts.storage_optimum values ('lager', ?, ?)", costs)
    lines = [("right", 60.0), ("right", 40.0), ("short", 60.0), ("dark", None)]
    con.executemany("insert into marts.storage_optimum_bill values ('lager', ?, ?)", lines)
    assert sorted(row[1] for row in con.execute(check).fetchall()) == ["bare", "dark", "short"]


def test_edited_migration_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sql = tmp_path / "sql"
    (sql / "migrations").mkdir(parents=True)
    first = sql / "migrations" / "0001_a.sql"
    first.write_text("create table t (x integer);")
    monkeypatch.setattr(store_module, "SQL", sql)
    con = duckdb.connect()
    assert store_module.migrate(con) == ["0001_a.sql"]
    assert store_module.migrate(con) == []
    first.write_text("create table t (x bigint);")
    with pytest.raises(StoreError, match=r"0001_a\.sql är ändrad"):
        store_module.migrate(con)


def test_failing_migration_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sql = tmp_path / "sql"
    (sql / "migrations").mkdir(parents=True)
    (sql / "migrations" / "0001_a.sql").write_text("create table t (x integer); insert into missing values (1);")
    monkeypatch.setattr(store_module, "SQL", sql)
    con = duckdb.connect()
    with pytest.raises(StoreError, match="gick inte igenom"):
        store_module.migrate(con)
    assert con.execute("select count(*) from information_schema.tables where table_name = 't'").fetchone() == (0,)


def test_newer_ledger_is_refused(tmp_path: Path) -> None:
    with Store.write(tmp_path) as store:
        store.con.execute("insert into main.migrations values ('9999_future.sql', 'x', now())")
    with pytest.raises(StoreError, match="nyare"), Store.write(tmp_path):
        pass


def test_second_writer_is_told_who_holds_the_store(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = f"from pathlib import Path; from flows.store import Store\nwith Store.write(Path({str(tmp_path)!r})): pass"
    with Store.write(tmp_path):
        second = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert second.returncode != 0
    assert "en annan körning håller lagret: «lagret» (process" in second.stderr


def test_reader_keeps_its_copy_while_a_new_one_is_published(tmp_path: Path) -> None:
    with Store.write(tmp_path) as store:
        store.con.execute("create table marts.t as select 1 as x")
        store.publish()
        with Store.read(tmp_path) as reader:
            store.con.execute("update marts.t set x = 2")
            store.publish()
            assert reader.rows("select x from marts.t") == [(1,)]
    with Store.read(tmp_path) as reader:
        assert reader.rows("select x from marts.t") == [(2,)]


def test_reading_before_publishing_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="energibok monthly"), Store.read(tmp_path):
        pass


def test_altered_original_is_detected(tmp_path: Path) -> None:
    with Store.write(tmp_path) as store:
        sha = store.archive.put(b"hello")
        assert store.archive.get(sha) == b"hello"
        store.archive.path(sha).write_bytes(b"other")
        with pytest.raises(StoreError, match="ändrat"):
            store.archive.get(sha)


def test_a_failed_landing_leaves_nothing(tmp_path: Path) -> None:
    with Store.write(tmp_path) as store:
        with pytest.raises(duckdb.Error):
            land(store, Parsed("t", {"readings": readings([1.0])}), {"file_name": "utan storlek", "sha256": "a"})
        assert store.rows("select count(*) from raw.readings") == [(0,)]


def test_instants_come_back_in_utc(tmp_path: Path) -> None:
    with Store.write(tmp_path) as store:
        land(store, Parsed("t", {"readings": readings([1.0])}), entry("a"))
        assert store.frame("select start_utc from raw.readings")["start_utc"].to_list() == [
            datetime(2024, 1, 1, tzinfo=UTC)
        ]


@pytest.mark.parametrize("name", ["storage", "storage_years"])
def test_an_efficiency_of_meters_alone_has_no_band(name: str) -> None:
    """68 % from meters, low and high the same, has no ends; 68 % from 66 to 70 keeps them."""
    query = (store_module.SQL / f"marts/{name}.sql").read_text(encoding="utf-8")
    con = duckdb.connect()
    con.execute("create schema analysis")
    columns = "68.0 as efficiency_pct, 68.0 - d as efficiency_pct_low, 68.0 + d as efficiency_pct_high, 'r' as run_id"
    bands = "(values ('a', 0.0), ('b', 2.0)) as t(store, d)"
    con.execute(f"create table analysis.storage as select store, 'f' as facility, {columns} from {bands}")
    con.execute(f"create table analysis.storage_years as select store, 2023 as year_from, {columns} from {bands}")
    rows = con.execute(f"select store, efficiency_pct_low, efficiency_pct_high from ({query})").fetchall()
    assert sorted(rows) == [("a", None, None), ("b", 66.0, 70.0)]
