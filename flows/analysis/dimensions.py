"""What the settings say, as tables the SQL can join, and the price lists of a home. No figures are made here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from energy.calendar import CIVIL_TIME
from energy.errors import TariffError
from energy.measures import MEASURES
from energy.measures.assumptions import table as assumptions
from energy.measures.registered import REGISTERED
from energy.model import UTC as UTC_TYPE
from energy.model import Contract, PriceList
from energy.model import Store as EnergyStore
from flows.settings.load import Event, Settings, instant_of
from flows.settings.model import ContractTable, OpeningHours
from flows.settings.store import STORE_ROLES
from flows.store import Store

_CIVIL = ZoneInfo(CIVIL_TIME)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TYPES: Mapping[str, Any] = {
    "f": pl.Float64, "i": pl.Int64, "d": pl.Date, "b": pl.Boolean, "t": UTC_TYPE, "l": pl.List(pl.Float64),
}  # fmt: skip
# table -> columns; without a mark a column is text, :f number, :i count, :d day, :b yes or no, :t instant, :l numbers
_COLUMNS: Mapping[str, str] = {
    "facilities": "facility name area_m2:f weather_station cost_bearer cost_centre ice_area_m2:f pool_area_m2:f "
    "pool_volume_m3:f",
    "metering_points": "metering_point facility name carrier parent use",
    "installations": "metering_point quantity meter_no from_utc:t to_utc:t digits:i factor:f applies_to "
    "start_register:f stop_register:f spread_gaps_hours:i",
    "contracts": "metering_point kind family valid_from:d valid_to:d supplier_id rhythm days_to_invoice:i cost_bearer",
    "accounts": "account purpose kind facility metering_point cost_centre objects name valid_from:d valid_to:d",
    "ledger": "cost_centre_dimension vat_accounts supplier_accounts closes_on_day:i",
    "allocations": "metering_point cost_bearer share:f submeter rest:b valid_from:d valid_to:d reason",
    "emission_factors": "carrier method kg_per_mwh:f valid_from:d valid_to:d source",
    "follow_up": "deviation_sek:f deviation_pct:f weather_years:i",
    "projects": "project name facility ipmvp_option baseline_from:d baseline_to:d reporting_from:d reporting_to:d "
    "static_factors price_basis investment_sek:f placebo:b",
    "boundary_meters": "project metering_point",
    "investments": "project no:i name cost_bearer amount_sek:f subsidy_sek:f granter year:i lifetime_years:i",
    "economics": "project decided_by promised_sek_per_year:f promised_mwh_per_year:f promised_document promised_on:d",
    "cost_bearers": "cost_bearer name vat_recoverable:b",
    "points": "point facility name kind unit metering_point brick space",
    "store_meters": "store facility role metering_point",
    "opening_hours": "facility weekday:i opens closes valid_from:d valid_to:d",
    "measure_rules": "measure_id title",
    "register_terms": "term value:f unit set_on:d source",
    "events": "facility kind start_utc:t end_utc:t carrier treatment value:f unit uncertainty:f event_group reason "
    "decided_by",
    "house": "organisation language amount_unit spot_area synthetic:b run_id published_at version until:d",
}


def schema(columns: str) -> dict[str, Any]:
    """Return the Polars schema written as words, for example ``"month:d amount_sek:f reason"``."""
    pairs = (word.partition(":") for word in columns.split())
    return {name: _TYPES.get(mark, pl.String) for name, _, mark in pairs}


def write_settings(store: Store, settings: Settings, house: Mapping[str, Any]) -> None:
    """Write the settings as tables settings.*; `house` gives run_id, published_at, version and, if chosen, the
    last month (`until`)."""
    for name, rows in _rows(settings, house).items():
        store.replace(f"settings.{name}", pl.DataFrame(rows, schema=schema(_COLUMNS[name]), orient="row"))


def _rows(settings: Settings, house: Mapping[str, Any]) -> dict[str, list[tuple[Any, ...]]]:
    return {
        "facilities": [
            (
                f.id, f.name, f.area_m2, f.weather_station, f.cost_bearer, f.cost_centre, f.ice_area_m2,
                f.pool_area_m2, f.pool_volume_m3,
            )
            for f in settings.facility
        ],
        "metering_points": [(m.id, m.facility, m.name, m.carrier, m.parent, m.use) for m in settings.metering_point],
        "installations": [
            (
                i.metering_point, i.quantity, i.meter_no, instant_of(i.mounted), instant_of(i.removed), i.digits,
                i.factor, i.applies_to, i.start_register, i.stop_register, i.spread_gaps_hours,
            )
            for i in settings.installation
        ],
        "contracts": [
            (
                c.metering_point, c.kind, c.family, c.valid_from, c.valid_to, c.supplier_id, c.rhythm,
                c.days_to_invoice, c.cost_bearer,
            )
            for c in settings.contract
        ],
        "accounts": [
            (
                a.account, a.purpose, a.kind, a.facility, a.metering_point, a.cost_centre,
                json.dumps(a.objects, sort_keys=True), a.name, a.valid_from, a.valid_to,
            )
            for a in settings.account
        ],
        "ledger": [
            (
                settings.ledger.cost_centre_dimension, json.dumps(settings.ledger.vat_accounts),
                json.dumps(settings.ledger.supplier_accounts), settings.ledger.closes_on_day,
            )
        ],
        "allocations": [
            (a.metering_point, a.cost_bearer, a.share, a.submeter, a.rest, a.valid_from, a.valid_to, a.reason)
            for a in settings.allocation
        ],
        "emission_factors": [
            (f.carrier, f.method, f.kg_per_mwh, f.valid_from, f.valid_to, f.source) for f in settings.emission_factor
        ],
        "follow_up": [
            (
                settings.follow_up.deviation_sek, settings.follow_up.deviation_pct, settings.follow_up.weather_years
            )
        ],
        "projects": [
            (
                p.id, p.name, p.facility, p.ipmvp_option, p.baseline_from, p.baseline_to, p.reporting_from,
                p.reporting_to, "; ".join(p.static_factors), p.price_basis,
                sum(i.amount_sek for i in p.investment) if p.investment else None, p.placebo,
            )
            for p in settings.project
        ],
        "boundary_meters": [(p.id, m) for p in settings.project for m in p.boundary_meters],
        "investments": [
            (p.id, n, i.name, i.cost_bearer, i.amount_sek, i.subsidy_sek, i.granter, i.year, i.lifetime_years)
            for p in settings.project
            for n, i in enumerate(p.investment, start=1)
        ],
        "economics": [
            (
                p.id, e.decided_by, e.promised_sek_per_year, e.promised_mwh_per_year, e.promised_document,
                e.promised_on,
            )
            for p in settings.project
            if (e := p.economics)
        ],
        "cost_bearers": [(b.id, b.name, b.vat_recoverable) for b in settings.cost_bearer],
        "points": [
            (p.id, p.facility, p.name, p.kind, p.unit, p.metering_point, p.brick, p.space) for p in settings.point
        ],
        "store_meters": [
            (s.id, s.facility, role, meter)
            for s in settings.store
            for role in STORE_ROLES
            for meter in getattr(s, role)
        ],
        "opening_hours": [row for o in settings.opening_hours for row in _weekday_rows(o)],
        "measure_rules": [
            *((rule.id, rule.title) for rule in MEASURES), *((kind.id, kind.title) for kind in REGISTERED)
        ],
        "register_terms": [
            (name, a.central, a.unit, a.set_on, a.source)
            for table in ("register", "quality")
            for name, a in assumptions()[table].items()
        ],
        "events": [_event_row(e) for e in settings.event],
        "house": [
            (
                settings.organisation, settings.language, settings.amount_unit, settings.spot_area, settings.synthetic,
                house["run_id"], house["published_at"], house["version"], house.get("until"),
            )
        ],
    }  # fmt: skip


def _weekday_rows(hours: OpeningHours) -> list[tuple[Any, ...]]:
    """Return weekly opening hours as a row per weekday, 1 for Monday."""
    times = (f"{hours.opens:%H:%M}", f"{hours.closes:%H:%M}", hours.valid_from, hours.valid_to)
    return [(hours.facility, _DAYS.index(day) + 1, *times) for day in hours.days]


def _event_row(event: Event) -> tuple[Any, ...]:
    """Return an event as a row; an end given as a day includes that day."""
    start, end = _instant(event.start), _instant(event.end)
    if not isinstance(event.end, datetime):
        end += timedelta(days=1)
    return (
        event.facility, event.kind, start, end, event.carrier, event.treatment, event.value, event.unit,
        event.uncertainty, event.group, event.reason, event.decided_by,
    )  # fmt: skip


def _instant(value: date | datetime) -> datetime:
    """Return civil time as an instant."""
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    return (moment if moment.tzinfo else moment.replace(tzinfo=_CIVIL)).astimezone(UTC)


def price_lists(home: Path) -> list[PriceList]:
    """Return every price list of tariffs/, in file order. Raises TariffError naming file and key."""
    from energy.tariffs.pricelist import read_price_list

    found = []
    for path in sorted((home / "tariffs").glob("*.toml")):
        try:
            found.append(read_price_list(path.read_text(encoding="utf-8"), path.name))
        except UnicodeDecodeError as error:
            raise TariffError(f"tariffs/{path.name}: filen är inte UTF-8 ({error.reason}). Spara om den.") from error
    return found


def contracts(settings: Settings, metering_point: str | None = None) -> list[Contract]:
    """Return the contracts as the bill wants them, of one metering point or of all."""
    return contracts_of([c for c in settings.contract if metering_point in (None, c.metering_point)])


def contracts_of(tables: Sequence[ContractTable]) -> list[Contract]:
    """Return some contracts as the bill wants them."""
    return [Contract(c.metering_point, c.family, c.valid_from, c.valid_to, c.options) for c in tables]


def stores(settings: Settings, facility: str) -> list[EnergyStore]:
    """Return the energy stores of a facility as described in the settings."""
    found: list[EnergyStore] = []
    for store in settings.store:
        told: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in store.model_dump().items()}
        found += [EnergyStore(**told)] if store.facility == facility else []
    return found
