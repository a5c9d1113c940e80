"""The shared nouns: canonical tables, loads, price lists, bills, findings. No behaviour beyond small conversions.

Every module of `energy` speaks in these, so a registry (SOURCES, DETERMINANTS, MEASURES) never imports in a circle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from energy.calendar import Instants

Floats = npt.NDArray[np.float64]
Carrier = Literal["district_heating", "electricity", "rejected_heat", "store_heat", "water", "other"]
# What the energy of a metering point does. charge and discharge are a store's heat or a battery's electricity;
# rejected_heat is what leaves through the dry cooler.
Use = Literal[
    "space_heating", "ventilation", "domestic_hot_water", "hot_water_circulation", "pool", "ground_heating",
    "ice_plant", "brine_pump", "dehumidifier", "resurfacing", "stand_heating", "lighting", "sauna", "heat_pump",
    "circulation_pump", "electric_heater", "charge", "discharge", "rejected_heat", "make_up_water", "other",
]  # fmt: skip
Component = Literal["fixed", "energy", "demand", "flow", "return_temperature", "reactive", "overrun", "tax", "other"]
COMPONENTS: tuple[Component, ...] = (
    "fixed", "energy", "demand", "flow", "return_temperature", "reactive", "overrun", "tax", "other",
)  # fmt: skip
STATUSES = ("measured", "manual", "derived", "interpolated", "estimated", "suspect", "missing", "invalid")  # best first
QUANTITIES = (
    "energy_kwh",
    "volume_m3",
    "supply_m3c",
    "return_m3c",
    "supply_temperature_c",
    "return_temperature_c",
    "power_kw",
    "reactive_kvarh",
)

UTC = pl.Datetime("us", "UTC")

# What a source may deliver: table -> column -> type. row_no is 1-based, as a person counts in the file.
# `readings.kind`: "interval" = value of [start_utc, end_utc); "register" = meter standing, start_utc == end_utc.
# `supply_m3c` and `return_m3c` are Σ volume x temperature [m³·°C], the registers heat meters integrate.
TABLES: Mapping[str, Mapping[str, Any]] = {
    "readings": {
        "row_no": pl.Int64, "metering_point": pl.String, "quantity": pl.String, "kind": pl.String,
        "start_utc": UTC, "end_utc": UTC, "value": pl.Float64, "status": pl.String,
    },
    "invoices": {
        "row_no": pl.Int64, "supplier_id": pl.String, "supplier": pl.String, "customer_id": pl.String,
        "invoice_no": pl.String, "issue_date": pl.Date, "due_date": pl.Date, "document_type": pl.String,
        "currency": pl.String, "metering_point": pl.String, "accounting_cost": pl.String, "note": pl.String,
        "references_invoice": pl.String, "net_sek": pl.Float64, "vat_sek": pl.Float64, "rounding_sek": pl.Float64,
        "payable_sek": pl.Float64,
    },
    "invoice_lines": {
        "row_no": pl.Int64, "supplier_id": pl.String, "invoice_no": pl.String, "issue_date": pl.Date,
        "document_type": pl.String, "line_id": pl.String, "metering_point": pl.String, "item": pl.String,
        "note": pl.String, "component": pl.String, "line_class": pl.String,
        "quantity": pl.Float64, "unit": pl.String, "price": pl.Float64,
        "base_quantity": pl.Float64, "amount_sek": pl.Float64, "vat_percent": pl.Float64,
        "period_start": pl.Date, "period_end": pl.Date,  # both days included
    },
    "weather": {
        "row_no": pl.Int64, "station": pl.String, "station_name": pl.String, "parameter": pl.String,
        "start_utc": UTC, "end_utc": UTC, "value": pl.Float64, "status": pl.String,
        "period": pl.String,  # archive (checked by the source), latest (not yet), null where the source tells neither
    },
    "prices": {
        "row_no": pl.Int64, "area": pl.String, "start_utc": UTC, "end_utc": UTC, "currency": pl.String,
        "price_per_mwh": pl.Float64,
    },
    "fx": {"row_no": pl.Int64, "day": pl.Date, "currency": pl.String, "per_eur": pl.Float64},
    "events": {
        "row_no": pl.Int64, "facility": pl.String, "kind": pl.String, "start_utc": UTC, "end_utc": UTC,
        "carrier": pl.String, "treatment": pl.String, "value": pl.Float64, "reason": pl.String, "decided_by": pl.String,
        # of a stated effect: the unit of `value` (percent, kwh_per_day) and the half-width of its 90 % band
        "unit": pl.String, "uncertainty": pl.Float64, "event_group": pl.String,
    },
    "ledger_lines": {  # debit positive; `objects` is JSON: dimension number -> object code
        "row_no": pl.Int64, "organisation_id": pl.String, "fiscal_year_start": pl.Date, "series": pl.String,
        "voucher_no": pl.String, "line_no": pl.Int64, "voucher_date": pl.Date, "registered_date": pl.Date,
        "account": pl.String, "account_name": pl.String, "amount_sek": pl.Float64, "quantity": pl.Float64,
        "quantity_unit": pl.String, "voucher_text": pl.String, "line_text": pl.String, "objects": pl.String,
    },
    "ledger_balances": {  # kind: opening, closing, result, period, budget; `month` for the last two
        "row_no": pl.Int64, "organisation_id": pl.String, "fiscal_year_start": pl.Date, "kind": pl.String,
        "month": pl.Date, "account": pl.String, "objects": pl.String, "amount_sek": pl.Float64,
        "quantity": pl.Float64,
    },
    "trends": {  # a sample of a point of the building's automation; `value` is null where the point tells a word
        "row_no": pl.Int64, "point": pl.String, "at_utc": UTC, "value": pl.Float64, "word": pl.String,
        "unit": pl.String, "status": pl.String,
    },
    "bookings": {
        "row_no": pl.Int64, "facility": pl.String, "space": pl.String, "start_utc": UTC, "end_utc": UTC,
        "activity": pl.String, "participants": pl.Float64,
    },
    "opening_hours": {  # civil time; valid_to is the first day no longer valid
        "row_no": pl.Int64, "facility": pl.String, "weekday": pl.Int64, "opens": pl.String, "closes": pl.String,
        "valid_from": pl.Date, "valid_to": pl.Date,
    },
    "budget": {
        "row_no": pl.Int64, "version": pl.String, "month": pl.Date, "facility": pl.String, "carrier": pl.String,
        "component": pl.String, "account": pl.String, "cost_centre": pl.String, "amount_sek": pl.Float64,
        "energy_kwh": pl.Float64,
    },
    "deviation_causes": {
        "row_no": pl.Int64, "deviation_key": pl.String, "cause": pl.String, "owner_role": pl.String,
        "answered_on": pl.Date, "note": pl.String,
    },
    "measure_decisions": {
        "row_no": pl.Int64, "measure_key": pl.String, "decision": pl.String, "owner_role": pl.String,
        "decided_on": pl.Date, "start_on": pl.Date, "cost_sek": pl.Float64, "note": pl.String,
        "promised_sek": pl.Float64,  # what the measure was worth a year to who decided
    },
}  # fmt: skip
HEADS = ("invoices",)  # headers of documents: they hold no records of their own

REJECTS: Mapping[str, Any] = {
    "row_no": pl.Int64, "sheet": pl.String, "rule": pl.String, "message": pl.String, "original": pl.String,
}  # fmt: skip


def frame(table: str, data: Any = None) -> pl.DataFrame:
    """Return a frame of the canonical `table` (see TABLES), columns in order, types enforced; empty without data."""
    schema = dict(TABLES[table]) if table != "rejects" else dict(REJECTS)
    if data is None:
        return pl.DataFrame(schema=schema)
    found = pl.DataFrame(data)
    return found.select(pl.col(name).cast(kind) if name in found.columns else pl.lit(None, kind).alias(name)
                        for name, kind in schema.items())  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One piece of bad or noteworthy news, as data: what was found, where, what to do."""

    rule: str  # snake_case id, for example "clock_dst_rows"
    level: Literal["info", "warning", "error"]
    message: str  # Swedish, plain; hostile until escaped
    row_no: int | None = None
    sheet: str | None = None
    facility: str | None = None
    metering_point: str | None = None
    amount_sek: float | None = None


@dataclass(frozen=True)
class Parsed:
    """What a source made of one file. rows_in = Σ rows of `tables` (headers excluded) + rejects, counted in records.

    A record is one reading, one invoice line, one weather value, one price, one voucher line and so on; a file row with
    three value columns holds three records. The tables of HEADS hold headers and are not counted.
    """

    source: str
    tables: Mapping[str, pl.DataFrame]
    rejects: pl.DataFrame = field(default_factory=lambda: frame("rejects"))
    findings: Sequence[Finding] = ()
    encoding: str = "utf-8"
    clock: str = "UTC"
    issued_at: str | None = None  # the source's own time of issue or export, ISO text, where it tells one
    sheet: str | None = None  # the sheet of a workbook the rows were read from
    kept: bytes | None = None  # what the archive may keep where the original holds personal data; None: the original

    @property
    def rows_in(self) -> int:
        """Return the number of records the file held."""
        return sum(f.height for name, f in self.tables.items() if name not in HEADS) + self.rejects.height


@dataclass(frozen=True)
class Load:
    """The hourly load of one metering point, actual (k = 1) or in k draws.

    `start_utc` (n,) datetime64[s], every hour of a contiguous span; the arrays are (n, k) and NaN where unknown.
    """

    metering_point: str
    start_utc: Instants
    energy_kwh: Floats
    volume_m3: Floats | None = None
    supply_m3c: Floats | None = None  # Σ V·T_supply [m³·°C]
    return_m3c: Floats | None = None  # Σ V·T_return [m³·°C]
    reactive_kvarh: Floats | None = None  # drawn reactive energy
    energy_quarters_kwh: Floats | None = None  # (n, 4, k) where the meter tells quarters; sums to energy_kwh
    estimated: Floats | None = None  # (n,) 1 in hours with a value that no meter told, else 0

    @property
    def draws(self) -> int:
        """Return k, the number of draws."""
        return int(self.energy_kwh.shape[1])


@dataclass(frozen=True)
class Trend:
    """A point of the building's automation on the hours of its facility: `values` (n,), NaN where unknown.

    Of a state (`kind` "status") the value is the share of the hour it was on [-].
    """

    point: str
    name: str
    kind: str  # supply_temperature_c, humidity_pct, status, ...: the kinds of `[[point]]` in the settings
    unit: str | None
    metering_point: str | None
    space: str | None  # the room or plant it stands in, as the settings tell
    values: Floats


@dataclass(frozen=True)
class Facts:
    """What is told of a facility that no meter shows; None where it is not."""

    area_m2: float | None = None
    ice_area_m2: float | None = None
    pool_area_m2: float | None = None
    pool_volume_m3: float | None = None
    design_temperature_c: float | None = None  # the outdoor temperature the heating is designed for (DVUT)


@dataclass(frozen=True)
class Store:
    """An energy store as described: whatever meters it has, and what is known of its make; None where it is not told.

    Meters are metering points. `charge` and `discharge` measure energy into and out of the store (or, with a heat pump
    behind the same meter, heat delivered by store and heat pump together: `discharge_includes_heat_pump`).
    """

    id: str
    facility: str
    name: str
    kind: Literal["borehole", "tank", "battery"]
    commissioned: date
    charge: tuple[str, ...] = ()
    discharge: tuple[str, ...] = ()
    electricity: tuple[str, ...] = ()  # compressors and pumps
    electric_heater: tuple[str, ...] = ()
    store_out: tuple[str, ...] = ()  # heat out of the store itself, where `discharge` measures more
    heat_pump_heat: tuple[str, ...] = ()  # what the heat pump itself delivers, where it is metered
    source: tuple[str, ...] = ()  # meters of the heat that could have been charged but was thrown away
    temperature_points: tuple[str, ...] = ()  # points of the automation that measure the store itself
    supply_points: tuple[str, ...] = ()  # what the heat pump delivers to
    source_points: tuple[str, ...] = ()  # what the heat pump takes from
    has_heat_pump: bool = False
    discharge_includes_heat_pump: bool = False
    displaces: str | None = None  # the billed metering point whose energy a discharge replaces
    capacity_kwh: float | None = None
    charge_kw: float | None = None
    discharge_kw: float | None = None
    heat_capacity_kwh_per_k: float | None = None
    lowest_c: float | None = None  # the usable band of the store's temperature
    highest_c: float | None = None
    loss_pct_per_month: float | None = None


@dataclass(frozen=True)
class PriceList:
    """One dated price list as data; `components` keep the TOML tables as validated by `energy.tariffs.pricelist`."""

    id: str
    family: str
    name: str
    carrier: str
    valid_from: date
    valid_to: date  # first day no longer valid
    source: str
    synthetic: bool
    components: tuple[Mapping[str, Any], ...]
    sha256: str = ""
    notes: str = ""


@dataclass(frozen=True)
class Contract:
    """A family of price lists that prices a metering point from one day up to, not including, another."""

    metering_point: str
    family: str
    valid_from: date
    valid_to: date
    options: Mapping[str, Any] = field(default_factory=dict)  # e.g. subscribed_kw, spot_area, markup


@dataclass(frozen=True)
class BillingContext:
    """What a bill needs beside load and prices. Arrays run along the hours of the load it is used with."""

    spot_sek_per_kwh: Floats | None = None  # (n,), excl. VAT
    outdoor_daily_c: Mapping[date, float] = field(default_factory=dict)
    system_return_c: Mapping[date, float] = field(default_factory=dict)  # month -> network's mean return temperature
    normal_heating_degree_days_kd: Mapping[int, float] = field(default_factory=dict)  # month 1-12 -> a normal year's
    spot_quarters_sek_per_kwh: Floats | None = None  # (n, 4), excl. VAT; NaN in hours priced by the hour


@dataclass(frozen=True)
class BilledComponent:
    """One component of one month's bill; `quantity` and `amount_sek` have shape (k,).

    `amount_sek` is NaN with a `reason` where the component cannot be assessed; it is never guessed.
    """

    metering_point: str
    month: date
    component: Component
    label: str
    price_list: str
    determinant: str  # billed_energy_kwh, billed_power_kw, billed_flow_m3, ...
    quantity: Floats
    unit: str
    amount_sek: Floats
    reason: str | None = None
    evidence: tuple[tuple[str, str], ...] = ()  # (first UTC hour or day, what) that set the determinant, draw 0


@dataclass(frozen=True)
class Band:
    """A figure with its band. NaN throughout with a reason where the figure cannot be assessed."""

    value: float
    low: float
    high: float
    level: float = 0.90
    reason: str | None = None
