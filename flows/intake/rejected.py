"""What delivered files could not give: rejected rows with their reasons, told at `ingest` and not first by quality."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from energy.swedish import sv
from flows.answers import Rows
from flows.intake.ingest import FileResult
from flows.store import Store
from flows.terminal import clean

SHOWN = 10  # reasons of one file in the terminal; --json gives all
_ORIGINAL = 120  # characters of a row as it stood
_REASONS = """
    select files.file_name, rejects.sheet, min(rejects.row_no) as row_no, count(*) as rows, rejects.rule,
        rejects.message, arg_min(rejects.original, rejects.row_no) as original
    from raw.rejects as rejects
    inner join raw.files as files using (file_id)
    where files.ended_at is null and files.sha256 in (select unnest($read))
    group by files.file_name, rejects.sheet, rejects.rule, rejects.message
    order by files.file_name, row_no, rejects.message
"""


def reasons(store: Store, results: Sequence[FileResult]) -> Rows:
    """Return a row per file just read and reason: its first row, how many rows, the message, the row as it stood."""
    read = [one.sha256 for one in results if one.status == "loaded" and one.rejected]
    if not read:
        return []
    found = store.con.execute(_REASONS, {"read": read})
    names = [name for name, *_ in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def lines(found: Rows) -> list[str]:
    """Return the reasons as lines for the terminal, the first `SHOWN` of each file, with how many more there are."""
    out = ["Avvisade rader, som inte räknas:"] if found else []
    for name, of_file in groupby(found, lambda row: row["file_name"]):
        told = list(of_file)
        out += [f"  {_line(row)}" for row in told[:SHOWN]]
        if len(told) > SHOWN:
            out.append(f"  {clean(name)}: {sv(len(told) - SHOWN)} skäl till (--json ger alla)")
    return out


def _line(row: dict[str, object]) -> str:
    sheet = f", blad {row['sheet']}" if row["sheet"] else ""
    at = f", rad {row['row_no']}" if row["row_no"] is not None else ""
    count = int(str(row["rows"]))
    many = f" ({sv(count)} rader, den första här)" if count > 1 else ""
    original = " ".join(str(row["original"] or "").split())
    stood = f" Raden: {original if len(original) <= _ORIGINAL else original[: _ORIGINAL - 1] + '…'}" if original else ""
    return clean(f"{row['file_name']}{sheet}{at}: {str(row['message']).rstrip('.')}{many}.{stood}")
