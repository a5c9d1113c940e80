"""The store: the only module that knows DuckDB. One writer, a published copy for readers, an archive of every original.

store/energibok.duckdb      the writer's file
store/published.duckdb   what readers open; replaced atomically when a run has passed its checks
store/archive/ab/abcd…   every original, by the sha256 of its bytes
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from energy.errors import StoreError

if TYPE_CHECKING:  # Polars is slow to import, and a command that only prints a mart does without
    import polars as pl

    from energy.model import Parsed

SQL = Path(__file__).resolve().parent.parent / "sql"
# Readable by DuckDB 1.5 as well as 2.x, so that a return to 1.5 stays possible.
STORAGE_COMPATIBILITY = "v1.5.0"
LAYERS = ("staging", "core", "marts")
_REFERENCE = re.compile(r"\b(staging|core|marts)\.(\w+)")


def file_hash(data: bytes) -> str:
    """Return the sha256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


class Archive:
    """Content-addressed originals: a file once landed is never changed or lost."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """Return where the original with this hash lies."""
        return self.root / sha256[:2] / sha256

    def put(self, data: bytes) -> str:
        """Keep `data` and return its sha256; the same bytes again are a no-op. Raises StoreError when out of room."""
        sha256 = file_hash(data)
        target = self.path(sha256)
        if target.exists():
            return sha256
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_suffix(".part")
            partial.write_bytes(data)
            partial.replace(target)
        except OSError as error:
            raise StoreError(
                f"{target.parent}: kan inte arkivera filen: {error.strerror}. Ge plats eller rättighet och kör om."
            ) from error
        return sha256

    def get(self, sha256: str) -> bytes:
        """Return the original. Raises StoreError if it is gone or altered."""
        try:
            data = self.path(sha256).read_bytes()
        except OSError as error:
            raise StoreError(
                f"arkivet saknar originalet {sha256[:12]}…: {error.strerror}. Återställ från säkerhetskopia."
            ) from error
        if file_hash(data) != sha256:
            raise StoreError(f"arkivets original {sha256[:12]}… är ändrat. Återställ från säkerhetskopia.")
        return data


class Store:
    """An open ledger. Use `Store.write(home)` or `Store.read(home)` as context managers."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, home: Path) -> None:
        self.con = connection
        self.home = home
        self.archive = Archive(home / "store" / "archive")
        self.con.execute("set timezone = 'UTC'")

    # --- opening ------------------------------------------------------------------------------------------------

    @classmethod
    @contextmanager
    def write(cls, home: Path) -> Iterator[Store]:
        """Yield the writer's store, migrated. Raises StoreError when another run holds it."""
        path = home / "store" / "energibok.duckdb"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = duckdb.connect(str(path), config=_config())
        except duckdb.IOException as error:
            raise StoreError(_locked(path, str(error))) from error
        except OSError as error:
            raise StoreError(f"{path}: kan inte öppnas: {error.strerror}.") from error
        try:
            store = cls(connection, home)
            migrate(connection)
            yield store
        finally:
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
        self.con.execute("checkpoint")
        shutil.copyfile(self.home / "store" / "energibok.duckdb", partial)
        os.replace(partial, target)  # noqa: PTH105 - atomic on one file system, the point of it
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
        """Commit the block as a whole, or nothing of it."""
        self.con.execute("begin")
        try:
            yield
        except BaseException:
            self.con.execute("rollback")
            raise
        self.con.execute("commit")

    def replace(self, name: str, data: pl.DataFrame) -> None:
        """Create or replace table `name` (schema.table) with `data`."""
        self.con.register("incoming", _bare(data))
        try:
            self.con.execute(f"create or replace table {_name(name)} as select * from incoming")  # noqa: S608
        finally:
            self.con.unregister("incoming")

    def append(self, name: str, data: pl.DataFrame) -> None:
        """Append the rows of `data` to table `name`, matching columns by name."""
        if data.is_empty():
            return
        self.con.register("incoming", _bare(data))
        try:
            self.con.execute(f"insert into {_name(name)} by name select * from incoming")  # noqa: S608
        finally:
            self.con.unregister("incoming")

    def land(self, parsed: Parsed, entry: Mapping[str, Any]) -> tuple[int, int]:
        """Load what a source made of one file, in one transaction; return (loaded, duplicates) in records.

        A record whose key and value are already there, in this file or an earlier one, is a duplicate.
        """
        import polars as pl

        from energy.model import HEADS

        loaded = duplicates = 0
        with self.transaction():
            file_id = self.rows("select coalesce(max(file_id), 0) + 1 from raw.files")[0][0]
            for name, data in parsed.tables.items():
                new = self._insert_new(name, data, file_id)
                if name not in HEADS:
                    loaded, duplicates = loaded + new, duplicates + data.height - new
            self.append("raw.rejects", parsed.rejects.with_columns(file_id=pl.lit(file_id)))
            self.append("raw.findings", _finding_rows(parsed, file_id))
            self.file_entry(
                {**entry, "file_id": file_id, "rows_in": parsed.rows_in, "loaded": loaded,
                 "rejected": parsed.rejects.height, "duplicates": duplicates}
            )  # fmt: skip
        return loaded, duplicates

    def _insert_new(self, name: str, data: pl.DataFrame, file_id: int) -> int:
        from energy.model import TABLES

        columns = [c for c in TABLES[name] if c != "row_no"]
        same = " and ".join(f"old.{c} is not distinct from new.{c}" for c in columns)
        listed = ", ".join(columns)
        target = _name(f"raw.{name}")
        unique = data.unique(subset=columns, keep="first", maintain_order=True)
        self.con.register("incoming", _bare(unique))
        try:
            before = self.rows(f"select count(*) from {target}")[0][0]  # noqa: S608
            self.con.execute(
                f"insert into {target} (file_id, row_no, {listed}) "  # noqa: S608
                f"select {int(file_id)}, new.row_no, {', '.join('new.' + c for c in columns)} from incoming as new "
                f"anti join {target} as old on {same}"
            )
            return int(self.rows(f"select count(*) from {target}")[0][0] - before)  # noqa: S608
        finally:
            self.con.unregister("incoming")

    def file_entry(self, entry: Mapping[str, Any]) -> None:
        """Write one row of the file ledger."""
        names = list(entry)
        marks = ", ".join("?" for _ in names)
        self.con.execute(f"insert into raw.files ({', '.join(names)}) values ({marks})", [entry[n] for n in names])  # noqa: S608

    # --- transformations ----------------------------------------------------------------------------------------

    def build(self, layer: str) -> list[str]:
        """Run the SQL files of a layer in the order of their references; return the names built.

        Staging becomes views, core and marts become tables.
        """
        files = {path.stem: path.read_text(encoding="utf-8") for path in sorted((SQL / layer).glob("*.sql"))}
        order = TopologicalSorter(
            {name: _references(text, layer) & files.keys() - {name} for name, text in files.items()}
        )
        built = list(order.static_order())
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


def _locked(path: Path, text: str) -> str:
    pid = re.search(r"PID (\d+)", text)
    holder = f" (process {pid[1]})" if pid else ""
    if "lock" in text.lower():
        return f"{path}: en annan körning håller lagret{holder}. Vänta tills den är klar och kör om."
    return f"{path}: kan inte öppnas: {text.splitlines()[0]}"


def _name(name: str) -> str:
    """Return a checked schema.table name: names are ours, never a user's text."""
    if not re.fullmatch(r"[a-z_]+\.[a-z0-9_]+", name):
        raise StoreError(f"«{name}» är inget tabellnamn")
    return name


def _bare(data: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with UTC instants without a zone, as the ledger keeps them."""
    import polars as pl

    zoned = [c for c, kind in data.schema.items() if isinstance(kind, pl.Datetime) and kind.time_zone]
    return data.with_columns(pl.col(zoned).dt.convert_time_zone("UTC").dt.replace_time_zone(None)) if zoned else data


def _references(text: str, layer: str) -> set[str]:
    """Return the names of `layer` that a SQL text reads, comments apart."""
    code = re.sub(r"--[^\n]*", "", text)
    return {name for schema, name in _REFERENCE.findall(code) if schema == layer}


def _finding_rows(parsed: Parsed, file_id: int) -> pl.DataFrame:
    import polars as pl

    schema = {
        "file_id": pl.Int32, "rule": pl.String, "level": pl.String, "message": pl.String, "row_no": pl.Int64,
        "sheet": pl.String, "facility": pl.String, "metering_point": pl.String, "amount_sek": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame([{"file_id": file_id, **vars(f)} for f in parsed.findings], schema=schema)
