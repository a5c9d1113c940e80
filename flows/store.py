"""The store: the only module that knows DuckDB. One writer, a published copy for readers, an archive of every original.

store/energibok.duckdb      the writer's file
store/published.duckdb   what readers open; replaced atomically when a run has passed its checks
store/archive/ab/abcd…   every original, by the sha256 of its bytes
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from energy.errors import StoreError
from flows.archive import Archive, file_hash
from flows.lock import run_lock

if TYPE_CHECKING:  # Polars is slow to import, and a command that only prints a mart does without
    import polars as pl


SQL = Path(__file__).resolve().parent.parent / "sql"
# Readable by DuckDB 1.5 as well as 2.x, so that a return to 1.5 stays possible.
STORAGE_COMPATIBILITY = "v1.5.0"
LAYERS = ("staging", "core", "marts")
NO_ROOM = (duckdb.IOException, duckdb.FatalException, duckdb.OutOfMemoryException, duckdb.TransactionException)
_REFERENCE = re.compile(r"\b(staging|core|marts)\.(\w+)")


class Store:
    """An open ledger. Use `Store.write(home)` or `Store.read(home)` as context managers."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, home: Path) -> None:
        self.con = connection
        self.home = home
        self.archive = Archive(home / "store" / "archive")
        self.con.execute("set timezone = 'UTC'")
        for path in sorted((SQL / "macros").glob("*.sql")):  # temporary: nothing of them is kept in the file
            self.con.execute(path.read_text(encoding="utf-8"))

    # --- opening ------------------------------------------------------------------------------------------------

    @classmethod
    @contextmanager
    def write(cls, home: Path, step: str = "lagret") -> Iterator[Store]:
        """Yield the writer's store, migrated; `step` tells others who holds it. Raises StoreError when it is held."""
        path = home / "store" / "energibok.duckdb"
        with run_lock(home, step):
            try:
                if not path.exists():
                    _create(path)
                connection = duckdb.connect(str(path), config=_config())
            except (duckdb.Error, OSError) as error:
                raise StoreError(_locked(path, str(error))) from error
            try:
                store = cls(connection, home)
                migrate(connection)
                yield store
            except NO_ROOM as error:
                raise StoreError(_cannot_write(home, error)) from error
            finally:
                with suppress(duckdb.Error):  # on a full disk it cannot tidy up; the next opening does
                    connection.close()

    @classmethod
    @contextmanager
    def read(cls, home: Path) -> Iterator[Store]:
        """Yield the published copy, read only. Raises StoreError when nothing has been published."""
        path = home / "store" / "published.duckdb"
        if not path.is_file():
            raise StoreError(f"{path}: inget är publicerat än. Kör «energibok monthly --home {home}» först.")
        try:
            connection = duckdb.connect(str(path), read_only=True)
        except duckdb.Error as error:
            raise StoreError(f"{path}: kan inte läsas: {str(error).splitlines()[0]}") from error
        try:
            yield cls(connection, home)
        finally:
            connection.close()

    def publish(self) -> Path:
        """Put a copy of the ledger where readers look, by atomic replace; return its path."""
        target = self.home / "store" / "published.duckdb"
        partial = target.with_name("published.part")
        try:
            self.con.execute("checkpoint")
            shutil.copyfile(self.home / "store" / "energibok.duckdb", partial)
            os.replace(partial, target)  # noqa: PTH105 - atomic on one file system, the point of it
        except (OSError, duckdb.Error) as error:
            raise StoreError(_cannot_write(self.home, error)) from error
        return target

    # --- reading ------------------------------------------------------------------------------------------------

    def frame(self, query: str, parameters: Sequence[Any] = ()) -> pl.DataFrame:
        """Return the result of `query` as a frame; columns *_utc are instants in UTC."""
        import polars as pl

        found: pl.DataFrame = self.con.sql(query, params=list(parameters)).pl()
        instants = [c for c, kind in found.schema.items() if c.endswith("_utc") and kind == pl.Datetime]
        return found.with_columns(pl.col(instants).dt.replace_time_zone("UTC")) if instants else found

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the result of `query` as tuples."""
        return self.con.execute(query, list(parameters)).fetchall()

    def records(self, name: str) -> list[dict[str, Any]]:
        """Return a whole mart as plain rows; columns *_utc are instants in UTC."""
        result = self.con.execute(f"select * from {_name(name)}")  # noqa: S608 - the name is checked
        columns = [column for column, *_ in result.description or []]
        return [
            {c: v.replace(tzinfo=UTC) if c.endswith("_utc") and isinstance(v, datetime) else v for c, v in row.items()}
            for row in (dict(zip(columns, values, strict=True)) for values in result.fetchall())
        ]

    def table(self, name: str) -> pl.DataFrame:
        """Return a whole table or view, for example ``marts.bridge``."""
        return self.frame(f"select * from {_name(name)}")  # noqa: S608 - the name is checked

    def tables(self, schema: str) -> list[str]:
        """Return the names of the tables and views of a schema, sorted."""
        found = self.rows(
            "select table_name from information_schema.tables where table_schema = ? order by 1", [schema]
        )
        return [name for (name,) in found]

    # --- writing ------------------------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit the block as a whole, or nothing of it. Raises StoreError where the disk takes no more."""
        try:
            self.con.execute("begin")
            yield
            self.con.execute("commit")
        except BaseException as error:
            with suppress(duckdb.Error):  # DuckDB has rolled back already where it could not write
                self.con.execute("rollback")
            if isinstance(error, NO_ROOM):
                raise StoreError(_cannot_write(self.home, error)) from error
            raise

    def replace(self, name: str, data: pl.DataFrame) -> None:
        """Create or replace table `name` (schema.table) with `data`."""
        self.con.register("incoming", bare(data))
        try:
            self.con.execute(f"create or replace table {_name(name)} as select * from incoming")  # noqa: S608
        finally:
            self.con.unregister("incoming")

    def append(self, name: str, data: pl.DataFrame) -> None:
        """Append the rows of `data` to table `name`, matching columns by name."""
        if data.is_empty():
            return
        self.con.register("incoming", bare(data))
        try:
            self.con.execute(f"insert into {_name(name)} by name select * from incoming")  # noqa: S608
        finally:
            self.con.unregister("incoming")

    # --- transformations ----------------------------------------------------------------------------------------

    def build(self, layer: str, only: Sequence[str] = ()) -> list[str]:
        """Run the SQL files of a layer, or `only` some of them, in the order of their references; return the names.

        Staging becomes views, core and marts become tables.
        """
        files = {path.stem: path.read_text(encoding="utf-8") for path in sorted((SQL / layer).glob("*.sql"))}
        order = TopologicalSorter(
            {name: _references(text, layer) & files.keys() - {name} for name, text in files.items()}
        )
        built = [name for name in order.static_order() if not only or name in only]
        kind = "view" if layer == "staging" else "table"
        for name in built:
            try:
                self.con.execute(f"create or replace {kind} {_name(f'{layer}.{name}')} as\n{files[name]}")
            except duckdb.Error as error:
                raise StoreError(f"sql/{layer}/{name}.sql: {error}") from error
        return built

    def check(self) -> list[tuple[str, int]]:
        """Run every statement of sql/checks; return (name, number of offending rows) of those that find any."""
        failed = []
        for path in sorted((SQL / "checks").glob("*.sql")):
            count = len(self.rows(path.read_text(encoding="utf-8")))
            if count:
                failed.append((path.stem, count))
        return failed


def need_tables(store: Store, schema: str, *names: str) -> None:
    """Raise StoreError where the home was last reckoned by a version that had not all of these tables of a schema."""
    if old := sorted({*names} - {*store.tables(schema)}):
        raise StoreError(
            f"{store.home}: är publicerat av en äldre version (utan {', '.join(old)}). Kör energibok monthly."
        )


def _create(path: Path) -> None:
    """Put an empty ledger in place, whole or not at all: a half-written one could never be opened."""
    partial = path.with_name(f"{path.name}.part")
    for leftover in (partial, partial.with_name(f"{partial.name}.wal")):
        leftover.unlink(missing_ok=True)
    with duckdb.connect(str(partial), config=_config()) as connection:
        connection.execute("checkpoint")
    partial.replace(path)


def migrate(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Apply the migrations that are not yet applied, each in a transaction; return their names.

    Raises StoreError when an applied migration has been edited or the ledger is newer than the program.
    """
    connection.execute(
        "create table if not exists main.migrations (name varchar, sha256 varchar, applied_at timestamptz)"
    )
    applied = dict(connection.execute("select name, sha256 from main.migrations").fetchall())
    files = {path.name: path.read_text(encoding="utf-8") for path in sorted((SQL / "migrations").glob("*.sql"))}
    for name in applied.keys() - files.keys():
        raise StoreError(f"lagret har migreringen {name} som programmet saknar: lagret är nyare. Uppdatera programmet.")
    done = []
    for name, text in files.items():
        sha256 = file_hash(text.encode())
        if applied.get(name, sha256) != sha256:
            raise StoreError(
                f"migreringen {name} är ändrad efter att den kördes. Återställ filen och lägg till en ny i stället."
            )
        if name in applied:
            continue
        connection.execute("begin")
        try:
            connection.execute(text)
            connection.execute("insert into main.migrations values (?, ?, ?)", [name, sha256, datetime.now(UTC)])
        except duckdb.Error as error:
            connection.execute("rollback")
            raise StoreError(f"migreringen {name} gick inte igenom: {error}") from error
        connection.execute("commit")
        done.append(name)
    return done


def _config() -> dict[str, Any]:
    """Return the settings of a writer: DuckDB 2 is told to write files that 1.5 can read."""
    return {"storage_compatibility_version": STORAGE_COMPATIBILITY}


def _cannot_write(home: Path, error: Exception) -> str:
    told = str(error).splitlines()[0][:200]
    return (
        f"{home / 'store'}: lagret kan inte skrivas ({told}). Ingenting är halvskrivet. Ge plats på disken och kör om; "
        "det som redan var klart är kvar."
    )


def _locked(path: Path, text: str) -> str:
    pid = re.search(r"PID (\d+)", text)
    holder = f" (process {pid[1]})" if pid else ""
    if "lock" in text.lower():
        return f"{path}: en annan körning håller lagret{holder}. Vänta tills den är klar och kör om."
    return f"{path}: lagret kan inte öppnas: {text.splitlines()[0]}. Ge plats och rättighet på disken och kör om."


def _name(name: str) -> str:
    """Return a checked schema.table name: names are ours, never a user's text."""
    if not re.fullmatch(r"[a-z_]+\.[a-z0-9_]+", name):
        raise StoreError(f"«{name}» är inget tabellnamn")
    return name


def bare(data: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with UTC instants without a zone, as the ledger keeps them."""
    import polars as pl

    zoned = [c for c, kind in data.schema.items() if isinstance(kind, pl.Datetime) and kind.time_zone]
    return data.with_columns(pl.col(zoned).dt.convert_time_zone("UTC").dt.replace_time_zone(None)) if zoned else data


def _references(text: str, layer: str) -> set[str]:
    """Return the names of `layer` that a SQL text reads, comments apart."""
    code = re.sub(r"--[^\n]*", "", text)
    return {name for schema, name in _REFERENCE.findall(code) if schema == layer}
