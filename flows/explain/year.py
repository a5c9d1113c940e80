"""Budget, forecast and greenhouse gases followed back: figure -> what it is made of -> rows of files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from dashboards import text

if TYPE_CHECKING:
    from flows.explain.receipts import Trail

_SHOWN = 40  # rows that are written out of a long list


def _budget(trail: Trail, key: str) -> None:
    """Explain a month of budget and outcome, or a period of such months."""
    found = trail.store.frame("select * from marts.budget_month where evidence_key = ?", [f"budget/{key}"]).to_dicts()
    if not found:
        _period(trail, key)
        return
    _month(trail, found[0], 0)
    _budget_rows(trail, found[0])
    by_books = found[0]["dimension"] in ("account", "cost_centre")
    (_ledger_rows if by_books else _invoice_rows)(trail, found[0])
    _causes(trail, found[0])


def _causes(trail: Trail, row: dict[str, Any]) -> None:
    """Add the answer to the deviation, where someone has given one."""
    key = f"avvikelse:{row['facility']}:{row['dimension']}:{row['dimension_key']}:{row['month']:%Y-%m}"
    for cause in trail.store.frame("select * from core.deviation_causes where deviation_key = ?", [key]).to_dicts():
        trail.step(1, f"orsak: {cause['cause']} ({cause['owner_role'] or 'ingen roll'}, {cause['answered_on']})")
        _place(trail, 2, cause)


def _month(trail: Trail, row: dict[str, Any], depth: int) -> None:
    pieces = [f"{name} {_sek(row[column])}" for name, column in (
        ("budget", "budget_sek"), ("utfall", "outcome_sek"), ("avvikelse", "deviation_sek"), ("i fjol", "last_year_sek")
    )]  # fmt: skip
    closed = ", stängd månad" if row["is_closed"] else ""
    trail.step(depth, f"{_name(row)} {row['month']:%Y-%m}: {', '.join(pieces)}{closed}", **row)
    if row["reason"]:
        trail.step(depth + 1, row["reason"])


def _name(row: dict[str, Any]) -> str:
    dimension = text.code("dimension", row["dimension"])
    known = row["dimension"] in ("carrier", "component")
    value = text.code(row["dimension"], row["dimension_key"]) if known else row["dimension_key"]
    return f"{dimension} {value}"


def _sek(value: float | None) -> str:
    return f"{text.number(value, 2)} SEK" if value is not None else "okänt"


def _period(trail: Trail, key: str) -> None:
    row = trail.one("select * from marts.budget_period where evidence_key = ?", [f"budget/{key}"])
    pieces = (
        f"budget {_sek(row['budget_sek'])}, utfall {_sek(row['outcome_sek'])}, kvar {_sek(row['remaining_budget_sek'])}"
    )
    trail.step(0, f"{_name(row)} {row['year']} {text.code('period', row['period'])}: {pieces}", **row)
    if row["reason"]:
        trail.step(1, row["reason"])
    months = trail.store.frame(
        """select * from marts.budget_month
           where facility = ? and dimension = ? and dimension_key = ? and carrier = ? and month between ? and ?
           order by month""",
        [row[c] for c in ("facility", "dimension", "dimension_key", "carrier", "from_month", "to_month")],
    )
    for month in months.to_dicts():
        trail.step(
            1,
            f"{month['month']:%Y-%m}: budget {_sek(month['budget_sek'])}, utfall {_sek(month['outcome_sek'])}"
            + (", stängd månad" if month["is_closed"] else ""),
            evidence_key=month["evidence_key"],
        )
        if month["outcome_sek"] is None and month["reason"]:
            trail.step(2, month["reason"])


# the rows behind a dimension: column of the table -> it must be the row's key
_LINES = {"carrier": "carrier", "component": "component", "account": "account", "cost_centre": "cost_centre"}


def _where(row: dict[str, Any]) -> tuple[str, list[Any]]:
    """Return the condition of a row's dimension as SQL of our own names, and its parameters."""
    parts, values = ["facility = ?"], [row["facility"]]
    if row["dimension"] in _LINES:
        parts.append(f"{_LINES[row['dimension']]} = ?")
        values.append(row["dimension_key"])
    if row["dimension"] == "component":
        parts.append("carrier = ?")
        values.append(row["carrier"])
    return " and ".join(parts), values


def _budget_rows(trail: Trail, row: dict[str, Any]) -> None:
    condition, values = _where(row)
    query = f"""
        select lines.*, (select any_value(sha256) from marts.files where file_name = lines.amount_file_name) as sha256
        from core.budget_lines as lines where {condition} and month = ? and amount_sek is not null
        order by amount_file_name, amount_row_no
    """  # noqa: S608 - our own column names
    for line in trail.store.frame(query, [*values, row["month"]]).to_dicts()[:_SHOWN]:
        trail.step(1, f"budget {_sek(line['amount_sek'])}, version «{line['version']}», konto {line['account'] or '–'}")
        words = f"fil {line['amount_file_name']}, rad {line['amount_row_no']}, sha256 {line['sha256']}"
        trail.step(2, words, file_name=line["amount_file_name"], row_no=line["amount_row_no"], sha256=line["sha256"])


def _invoice_rows(trail: Trail, row: dict[str, Any]) -> None:
    condition, values = _where(row)
    query = f"""
        select supplier_id, invoice_no, line_id, item, amount_sek, file_name, row_no, sha256, evidence_key
        from core.invoice_months
        where {condition} and consumption_month = ? and contract_kind is not null
        order by supplier_id, invoice_no, line_id, evidence_key
    """  # noqa: S608 - our own column names
    lines = trail.store.frame(query, [*values, row["month"]]).to_dicts()
    trail.step(1, f"utfall: {len(lines)} fakturarader för förbrukningsmånaden {row['month']:%Y-%m}")
    for line in lines[:_SHOWN]:
        words = f"faktura {line['invoice_no']} rad {line['line_id']}: {line['item']} {_sek(line['amount_sek'])}"
        trail.step(2, words, evidence_key=line["evidence_key"], amount_sek=line["amount_sek"])
        _place(trail, 3, line)
    _more(trail, 2, len(lines))


def _ledger_rows(trail: Trail, row: dict[str, Any]) -> None:
    condition, values = _where(row)
    query = f"""
        select * from core.ledger_costs where {condition} and accounting_period = ? order by file_name, row_no
    """  # noqa: S608 - our own column names
    lines = trail.store.frame(query, [*values, row["month"]]).to_dicts()
    trail.step(1, f"utfall: {len(lines)} bokförda rader i perioden {row['month']:%Y-%m}")
    for line in lines[:_SHOWN]:
        words = (
            f"verifikation {line['series']} {line['voucher_no']}: konto {line['account']} {_sek(line['amount_sek'])}"
        )
        key = f"voucher/{line['sha256'][:8]}/{line['row_no']}"
        trail.step(2, words, evidence_key=key, amount_sek=line["amount_sek"])
        _place(trail, 3, line)
    _more(trail, 2, len(lines))


def _place(trail: Trail, depth: int, line: dict[str, Any]) -> None:
    place = {name: line[name] for name in ("file_name", "row_no", "sha256")}
    trail.step(depth, f"fil {line['file_name']}, rad {line['row_no']}, sha256 {line['sha256']}", **place)


def _more(trail: Trail, depth: int, count: int) -> None:
    if count > _SHOWN:
        trail.step(depth, f"… och {count - _SHOWN} till")


def _forecast(trail: Trail, key: str) -> None:
    """Explain a full-year forecast: months as they were and as drawn, the model's assumptions, the weather's files."""
    row = trail.one("select * from marts.forecast where evidence_key = ?", [f"forecast/{key}"])
    ends = f"{text.number(row['forecast_sek_low'])} till {text.number(row['forecast_sek_high'])}"
    what = f"{text.code('carrier', row['carrier'])}, {text.code('component', row['component'])}"
    trail.step(0, f"prognos {row['year']} för {what}: {_sek(row['forecast_sek'])} ({ends})", **row)
    trail.step(1, f"utfall till och med {row['made_from']:%Y-%m} {_sek(row['outcome_sek'])}, "
                  f"återstår {_sek(row['remaining_sek'])}")  # fmt: skip
    if row["reason"]:
        trail.step(1, row["reason"])
    if row["weather_years"]:
        trail.step(
            1,
            f"{row['weather_years']} års väder körda genom mätarens modell och hela prislistan, dragning för dragning",
        )
    if row["component"] == "all":
        _forecast_months(trail, row)
    _weather_files(trail, row["facility"])


def _forecast_months(trail: Trail, row: dict[str, Any]) -> None:
    months = trail.store.frame(
        "select * from marts.forecast_monthly where facility = ? and carrier = ? and year(month) = ? order by month",
        [row["facility"], row["carrier"], row["year"]],
    )
    for month in months.to_dicts():
        basis = text.code("basis", month["basis"])
        trail.step(2, f"{month['month']:%Y-%m}: {_sek(month['amount_sek'])} ({basis})", **month)


def _weather_files(trail: Trail, facility: str) -> None:
    query = """
        select distinct files.file_name, files.sha256
        from staging.weather as weather
        inner join settings.facilities as facilities on weather.station = facilities.weather_station
        inner join raw.files as files using (file_id)
        where facilities.facility = ?
        order by files.file_name
    """
    for file_name, sha256 in trail.store.rows(query, [facility])[:_SHOWN]:
        trail.step(1, f"väder ur fil {file_name}, sha256 {sha256}", file_name=file_name, sha256=sha256)


def _climate(trail: Trail, key: str) -> None:
    """Explain greenhouse gases of a month: energy x dated factor, then the meters' files."""
    row = trail.one("select * from marts.climate where evidence_key = ?", [f"climate/{key}"])
    method, carrier = text.code("emission_method", row["emission_method"]), text.code("carrier", row["carrier"])
    mass = "okänt" if row["co2e_kg"] is None else f"{text.number(row['co2e_kg'], 1)} kg CO2e"
    trail.step(0, f"{carrier} {row['month']:%Y-%m}, {method}: {mass}", **row)
    if row["reason"]:
        trail.step(1, row["reason"])
    if row["co2e_kg"] is not None:
        factor = f"{text.number(row['kg_per_mwh'], 1)} kg per MWh ({row['factor_source']})"
        trail.step(1, f"{text.number(row['energy_kwh'], 1)} kWh gånger {factor}")
    for file_name, sha256, first, last, count in _meter_files(trail, row)[:_SHOWN]:
        words = f"{count} mätvärden ur {file_name}, rad {first}–{last}, sha256 {sha256}"
        trail.step(2, words, file_name=file_name, sha256=sha256)


def _meter_files(trail: Trail, row: dict[str, Any]) -> list[tuple[Any, ...]]:
    month: date = row["month"]
    query = """
        select files.file_name, files.sha256, min(readings.row_no), max(readings.row_no), count(*)
        from core.readings as readings
        inner join raw.files as files using (file_id)
        inner join settings.metering_points as points using (metering_point)
        where points.facility = ? and points.carrier = ?
            and points.metering_point in (select metering_point from settings.contracts)
            and readings.quantity in ('energy_kwh', 'power_kw')
            and date_trunc('month', readings.start_utc + interval 1 hour) = ?
        group by all
        order by all
    """
    return trail.store.rows(query, [row["facility"], row["carrier"], month])


KINDS: dict[str, Callable[[Trail, str], None]] = {"budget": _budget, "forecast": _forecast, "climate": _climate}
