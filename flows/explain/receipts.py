"""Walk one figure back: figure -> component -> determinant -> rows -> file -> hash. Reads the published copy only."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from dashboards import text
from energy.calendar import next_month
from energy.errors import SettingsError, nearest
from energy.swedish import sv
from flows.answers import parse_month, plain
from flows.explain.baseline import baselines_of
from flows.store import Store
from flows.terminal import clean


class NoSuchReceipt(SettingsError):  # noqa: N818 - said as the user would say it
    """No figure of the marts has the receipt asked for."""


@dataclass
class Trail:
    """The steps from a figure to its rows; each has a text for people and the data behind it."""

    store: Store
    steps: list[dict[str, Any]] = field(default_factory=list)

    def step(self, depth: int, words: str, **data: Any) -> None:
        """Add one step; `depth` is how far from the figure it lies."""
        self.steps.append({"depth": depth, "text": clean(words), **data})

    def one(self, query: str, parameters: list[Any]) -> dict[str, Any]:
        """Return the first row of a query. Raises NoSuchReceipt when there is none."""
        rows = self.store.frame(query, parameters).to_dicts()
        if not rows:
            raise NoSuchReceipt(
                "ingen siffra har det kvittot. Kvitton står intill siffrorna, och i --json som evidence_key."
            )
        return rows[0]


def run(arguments: argparse.Namespace) -> int:
    """Print the way of one figure through the house."""
    written = arguments.key.removeprefix("energibok explain ").strip()
    kind, _, rest = written.replace("measure:", "measure/", written.startswith("measure:")).partition("/")
    kinds = _kinds()
    if kind not in kinds:
        known = f"Kända: {', '.join(sorted(kinds))}."
        raise SettingsError(f"«{arguments.key}» börjar inte med något känt.{nearest(kind, kinds)} {known}")
    with Store.read(arguments.home) as store:
        trail = Trail(store)
        try:
            kinds[kind](trail, rest)
        except NoSuchReceipt as none:
            raise SettingsError(f"{none}{nearest(f'{kind}/{rest}', receipts(store, kind), most=3)}") from None
    if arguments.json:
        print(
            json.dumps(
                {"command": "explain", "key": arguments.key, "steps": trail.steps}, default=plain, ensure_ascii=False
            )
        )
    else:
        print("\n".join("   " * step["depth"] + ("└ " if step["depth"] else "") + step["text"] for step in trail.steps))
    return 0


def receipts(store: Store, kind: str) -> list[str]:
    """Return every receipt of the marts that begins with the word `kind`."""
    query = "select table_name from information_schema.columns where table_schema = 'marts' and column_name = ?"
    with_keys = store.rows(query, ["evidence_key"])
    found: set[str] = set()
    for (mart,) in with_keys:
        query = f"select distinct evidence_key from marts.{mart} where starts_with(evidence_key, ?)"  # noqa: S608
        found.update(key for (key,) in store.rows(query, [f"{kind}/"]))
    return sorted(found)


def _kinds() -> dict[str, Callable[[Trail, str], None]]:
    """Return the first word of every key -> what walks it; the controller's month has modules of its own."""
    from flows.explain import audit, books, bridge, dispatch, economics, measures, storage, year

    return {
        **KINDS,
        **audit.KINDS,
        **books.KINDS,
        **year.KINDS,
        **economics.KINDS,
        **bridge.KINDS,
        **measures.KINDS,
        **storage.KINDS,
        **dispatch.KINDS,
    }


REJECTED_SHOWN = 10
_REJECTED = "select row_no, message from marts.findings where file_name = ? and original is not null order by row_no"


def _file(trail: Trail, name: str, depth: int = 0) -> None:
    rows = trail.store.frame("select * from marts.files where file_name = ? order by file_id", [name]).to_dicts()
    for earlier in rows[:-1]:  # the same name came with other bytes, was read again, or taken back
        told = text.code("status", earlier["status"])
        trail.step(depth, f"tidigare: {told}, mottagen {earlier['received_at']}, sha256 {earlier['sha256']}")
    row = rows[-1] if rows else trail.one("select * from marts.files where file_name = ?", [name])
    ended = f" ({row['ended_why']})" if row["ended_why"] else ""
    status = text.code("status", row["status"]) + ended
    words = f"fil {row['file_name']}: sha256 {row['sha256']}, mottagen {row['received_at']}, {status}"
    trail.step(depth, words, file_name=row["file_name"], sha256=row["sha256"])
    rows_in, loaded, rejected, twice = (sv(row[name]) for name in ("rows_in", "loaded", "rejected", "duplicates"))
    read_as = [f"{word} {text.code(name, row[name])}" for name, word in (("source", "källa"), ("clock", "klocka"))
               if row[name]]  # fmt: skip
    counts = f"{rows_in} rader in = {loaded} inlästa + {rejected} avvisade + {twice} dubbletter"
    trail.step(depth + 1, "; ".join([counts, *read_as]))
    if row["message"]:
        trail.step(depth + 1, row["message"])
    refused = trail.store.frame(_REJECTED, [name])
    for one in refused.head(REJECTED_SHOWN).to_dicts():
        trail.step(depth + 1, f"avvisad rad {one['row_no']}: {one['message']}", row_no=one["row_no"])
    if refused.height > REJECTED_SHOWN:
        trail.step(depth + 1, f"{sv(refused.height - REJECTED_SHOWN)} avvisade rader till: energibok quality")


def _row(trail: Trail, depth: int, file_id: int, row_no: int | None) -> None:
    """Add the file and, for text files, the very line the figure came from."""
    row = trail.one(
        "select file_name, sha256, coalesce(archived_sha256, sha256) as kept, encoding, sheet from raw.files "
        "where file_id = ?",
        [file_id],
    )
    sheet = f", blad {row['sheet']}" if row["sheet"] else ""
    words = f"fil {row['file_name']}{sheet}, rad {row_no}, sha256 {row['sha256']}"
    original = _line(trail.store, row["kept"], row["encoding"], row["sheet"], row_no)
    trail.step(depth, words, file_name=row["file_name"], row_no=row_no, sha256=row["sha256"], original=original)
    if original:
        trail.step(depth + 1, f"raden lyder: {original[:200]}")


def _line(store: Store, sha256: str, encoding: str | None, sheet: str | None, row_no: int | None) -> str | None:
    """Return the row as the archived file has it: a line of a text, a row of a sheet; None where it has no lines."""
    data = store.archive.get(sha256)
    if sheet is not None:
        from energy.sources import grid

        rows = grid.load(data, sha256[:12], sheet).rows if grid.is_workbook(data) else None
        found = [] if rows is None else [o for n, o in rows.select("row_no", "original").iter_rows() if n == row_no]
        return str(found[0]) if found else None
    if row_no is None or b"\0" in data[:4096] or data[:4] == b"PAR1":
        return None
    lines = data.decode(encoding or "utf-8", errors="replace").splitlines()
    return lines[row_no - 1].strip() if 0 < row_no <= len(lines) else None


def _invoice(trail: Trail, key: str) -> None:
    query = """
        select lines.*, invoices.supplier, invoices.net_sek from core.invoice_lines as lines
        left join core.invoices as invoices using (supplier_id, invoice_no, issue_date, document_type)
        where lines.evidence_key = ?
    """
    line = trail.one(query, [f"invoice/{key}"])
    amount = text.number(line["amount_sek"], 2)
    trail.step(0, f"{line['item']}: {amount} SEK exkl. moms ({line['component']})", amount_sek=line["amount_sek"])
    of = f"faktura {line['invoice_no']} från {line['supplier']}, {line['issue_date']}, rad {line['line_id']}"
    trail.step(1, f"{of}; period {line['period_start']} – {line['period_end']}, {line['quantity']} {line['unit']}")
    _row(trail, 2, line["file_id"], line["row_no"])


def _invoices(trail: Trail, key: str) -> None:
    row = trail.one("select * from marts.invoice_check where evidence_key = ?", [f"invoices/{key}"])
    parts = [f"{name} {text.kronor(row[field])}" for name, field in (
        ("fakturerat", "invoiced_sek"), ("omräknat", "recomputed_sek"), ("skillnad", "difference_sek"))]  # fmt: skip
    verdict = text.code("verdict", row["verdict"])
    trail.step(0, f"{row['component']} {row['consumption_month']:%Y-%m}: {', '.join(parts)} – {verdict}", **row)
    lines = trail.store.rows(
        """select distinct evidence_key from core.invoice_months
           where metering_point = ? and contract_kind = ? and consumption_month = ? and component = ?""",
        [row["metering_point"], row["contract_kind"], row["consumption_month"], row["component"]],
    )
    for (line,) in sorted(lines):
        trail.step(1, f"fakturarad {line}", evidence_key=line)
    bills = trail.store.rows(
        """select evidence_key from marts.monthly_cost
           where metering_point = ? and contract_kind = ? and month = ? and component = ? order by 1""",
        [row["metering_point"], row["contract_kind"], row["consumption_month"], row["component"]],
    )
    for (cost,) in bills:
        trail.step(1, f"omräknat i {cost}", evidence_key=cost)


def _cost(trail: Trail, key: str, depth: int = 0) -> None:
    row = trail.one("select * from marts.monthly_cost where evidence_key = ?", [f"cost/{key}"])
    words = f"{row['label']} {row['month']:%Y-%m}: {text.number(row['amount_sek'], 2)} SEK exkl. moms"
    trail.step(depth, words, amount_sek=row["amount_sek"], component=row["component"])
    quantity = f"{row['determinant']} = {text.number(row['quantity'], 3)} {row['unit']}"
    trail.step(depth + 1, f"{quantity}, prislista {row['price_list']}", quantity=row["quantity"])
    if row["reason"]:
        trail.step(depth + 1, row["reason"])
    if row["estimated_hours"]:
        hours = "en av timmarna" if row["estimated_hours"] == 1 else f"{row['estimated_hours']} av timmarna"
        trail.step(depth + 1, f"{hours} bakom talet saknar mätvärde och är uppskattade")
    number = int(key.rsplit("/", 1)[1])
    evidence = trail.one(
        "select evidence from analysis.bill where metering_point = ? and month = ? and line_no = ?",
        [row["metering_point"], row["month"], number],
    )
    for at, what in json.loads(evidence["evidence"] or "[]"):
        trail.step(depth + 2, f"{at}: {what}", at=at)
        _readings(trail, depth + 3, row["metering_point"], *_span_of(at))
    _readings(trail, depth + 2, row["metering_point"], _utc(row["month"]), _utc(next_month(row["month"])))


def _utc(day: date) -> datetime:
    """Return the instant (UTC, without a zone) at which a day begins in normal time."""
    return datetime.combine(day, time()) - timedelta(hours=1)


def _span_of(at: str) -> tuple[datetime, datetime]:
    """Return the instants of a piece of evidence: a UTC hour such as 2023-11-14T16:00:00Z, or a day in normal time."""
    if "T" in at:
        hour = datetime.fromisoformat(at.rstrip("Z"))
        return hour, hour + timedelta(hours=1)
    day = date.fromisoformat(at[:10])
    return _utc(day), _utc(day + timedelta(days=1))


def _readings(trail: Trail, depth: int, point: str, first: datetime, end: datetime) -> None:
    """Add the files whose rows give the metering point's values of [first, end), UTC."""
    query = """
        select file_id, any_value(files.file_name) as file_name, any_value(files.sha256) as sha256,
            min(row_no) as first_row, max(row_no) as last_row, count(*) as values_used,
            list_sort(list(distinct quantity)) as quantities
        from core.intervals inner join raw.files as files using (file_id)
        where metering_point = ? and start_utc >= ? and start_utc < ?
        group by file_id order by file_name, max(quantity = 'energy_kwh') desc, file_id
    """
    found = trail.store.frame(query, [point, first, end]).to_dicts()
    names = [row["file_name"] for row in found]
    corrected = {name for name in names if names.count(name) > 1}  # the same name, sent again with other values
    for n, row in enumerate(found):
        where = f"{row['file_name']}, rad {row['first_row']}–{row['last_row']}, sha256 {row['sha256']}"
        twice, several = row["file_name"] in corrected, len(row["quantities"])
        of = ", ".join(text.code("quantity", name) for name in row["quantities"]) if twice else f"{several} storheter"
        told = f"{row['values_used']} mätvärden{f' av {of}' if twice or several > 1 else ''} ur {where}"
        trail.step(depth, told, **{**row, "quantities": several})
        if n == 0 or twice:
            _row(trail, depth + 1, row["file_id"], row["first_row"])
    if not found:
        trail.step(depth, f"inga mätvärden för {point} i perioden")


def _avoided_cost(trail: Trail, key: str) -> None:
    row = trail.one("select * from marts.avoided_cost where evidence_key = ?", [f"avoided_cost/{key}"])
    known = not text.is_absent(row["avoided_cost_sek"])
    value = text.number(row["avoided_cost_sek"]) if known else text.cannot_assess(row["reason"])
    ends = f"{text.number(row['avoided_cost_sek_low'])} till {text.number(row['avoided_cost_sek_high'])}"
    effect, basis = text.code("effect", row["effect"]), text.code("price_basis", row["price_basis"])
    span = f"{row['from_month']:%Y-%m} – {row['to_month']:%Y-%m}"
    words = f"undviken kostnad, {text.code('carrier', row['carrier'])}, {span}; {effect}; {basis}: {value} SEK"
    trail.step(0, f"{words} (90 %: {ends})" if known else words, avoided_cost_sek=row["avoided_cost_sek"])
    if row["excludes"]:
        trail.step(1, row["excludes"])
    if row["priced_from"]:
        trail.step(1, f"prislistor, skatt och elpris från {row['priced_from']} till {row['priced_to']}")
    for name, column in (("utan projektet", "adjusted_baseline_cost_sek"), ("verklig", "actual_cost_sek")):
        trail.step(1, f"{name} {text.number(row[column])} SEK", **{column: row[column]})
    _savings(trail, f"{row['project']}/{row['carrier']}/{row['period']}")


def _savings(trail: Trail, key: str) -> None:
    project, carrier, period = _three(key)
    is_month = len(period) == 7 and period[4] == "-"
    mart = "savings_monthly" if is_month else "savings_total"
    row = trail.one(f"select * from marts.{mart} where evidence_key = ?", [f"savings/{key}"])  # noqa: S608
    named = period if is_month or period.isdigit() else text.code("period", period)
    for name, field_name in (("undviken kostnad", "avoided_cost_sek"), ("undviken energi", "avoided_energy_kwh")):
        unit = "SEK" if field_name.endswith("sek") else "kWh"
        value = (
            text.number(row[field_name]) if not text.is_absent(row[field_name]) else text.cannot_assess(row["reason"])
        )
        ends = f"{text.number(row[field_name + '_low'])} till {text.number(row[field_name + '_high'])}"
        trail.step(
            0,
            f"{name}, {text.code('carrier', carrier)}, {named}: {value} {unit} (90 %: {ends})",
            **{field_name: row[field_name]},
        )
    for words, kwh, sek in (
        ("justerad baslinje", "adjusted_baseline_kwh", "adjusted_baseline_cost_sek"),
        ("uppmätt", "metered_kwh", "actual_cost_sek"),
    ):
        trail.step(1, f"{words} {text.number(row[kwh])} kWh, {text.number(row[sek])} SEK")
    baselines_of(trail, project, carrier)
    first = parse_month(period) if is_month else row["from_month"]
    last = first if is_month else row["to_month"]
    bills_of(trail, project, carrier, first, last)


def bills_of(trail: Trail, project: str, carrier: str, first: date | None, last: date | None) -> None:
    """Add the boundary meters: the bill that pays for each, and the rows of the whole period."""
    if first is None or last is None:
        return
    meters = trail.store.rows(
        """select boundary.metering_point, points.parent, points.name from settings.boundary_meters as boundary
           inner join settings.metering_points as points using (metering_point)
           where boundary.project = ? and (? = 'all' or points.carrier = ?) order by 1""",
        [project, carrier, carrier],
    )
    for point, parent, name in meters:
        billed = _billed(trail, point, first, last) or _billed(trail, parent, first, last)
        span = _utc(first), _utc(next_month(last))
        if billed:
            payer, amount, example = billed
            through = "" if payer == point else f" (betalas genom {payer})"
            words = f"{name} {point}{through}: räkningen är {text.number(amount)} SEK, till exempel {example}"
            trail.step(1, words, evidence_key=example)
            if payer != point:
                trail.step(2, f"räkningen gäller hela {payer}, som mäter:")
                _readings(trail, 3, payer, *span)
                trail.step(2, f"därav {name} {point}, som mäter:")
        else:
            trail.step(1, f"{name} {point}: ingen räkning i perioden")
        _readings(trail, 3 if billed and billed[0] != point else 2, point, *span)


def _billed(trail: Trail, point: str | None, first: date, last: date) -> tuple[str, float, str] | None:
    rows = trail.store.rows(
        """select metering_point, sum(amount_sek), min(evidence_key) from marts.monthly_cost
           where metering_point = ? and month between ? and ? group by 1""",
        [point, first, last],
    )
    return rows[0] if rows else None


def _measure(trail: Trail, key: str) -> None:
    row = trail.one("select * from marts.measures where evidence_key = ?", [f"measure/{key}"])
    trail.step(0, f"{row['title']}: {_worth(row)}", saving_sek_per_year=row["saving_sek_per_year"])
    trail.step(1, f"{row['description']}")
    trail.step(1, f"så är det värderat: {row['method']}")
    query = "select * from marts.measure_evidence where measure_key = ? order by no"
    for piece in trail.store.frame(query, [row["measure_key"]]).to_dicts():
        value = "" if piece["value"] is None else f": {text.number(piece['value'], 1)} {piece['unit']}"
        trail.step(
            2, f"{piece['at']} {piece['label']}{value} {piece['note'] or ''}", at=piece["at"], value=piece["value"]
        )


def _worth(row: Mapping[str, Any]) -> str:
    """Return what a measure is worth: a year with its band, once to the öre, or why it has no amount."""
    value, low, high = (row[f"saving_sek_per_year{end}"] for end in ("", "_low", "_high"))
    if value is None:
        return str(row["silent_reason"])
    if row["one_off"]:
        return f"{text.number(value, 2)} SEK, en gång"
    return f"{text.number(value)} SEK per år ({text.number(low)} till {text.number(high)})"


def _three(key: str) -> tuple[str, str, str]:
    parts = key.split("/")
    if len(parts) != 3:
        raise SettingsError(f"«{key}»: väntade projekt/energislag/period, till exempel lager/all/2023.")
    return parts[0], parts[1], parts[2]


KINDS: dict[str, Callable[[Trail, str], None]] = {
    "file": _file,
    "invoice": _invoice,
    "invoices": _invoices,
    "cost": _cost,
    "savings": _savings,
    "avoided_cost": _avoided_cost,
    "measure": _measure,
}
