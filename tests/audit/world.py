"""A small world to audit: two heat lists with bands and a rebate, a grid with tax and levy, and right invoices.

The invoices are the bill itself, rounded as suppliers do; a test changes what it wants to be found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cache

import numpy as np
import polars as pl

from energy.audit.audit import Audited, AuditInputs, audit
from energy.calendar import hours_between, month_starts, next_month
from energy.model import BillingContext, Contract, Load, PriceList
from energy.tariffs.bill import bill, to_frame
from energy.tariffs.pricelist import read_price_list
from tests.listed import head

HEAT, GRID = "735000000000000010", "735000000000000027"
SUPPLIERS = {"heat": "5560000010", "grid": "5560000028"}
FIRST, END = date(2022, 1, 1), date(2024, 1, 1)


def _head(kind: str, name: str, carrier: str, year: int) -> str:
    first, end = f"{year}-01-01", f"{year + 1}-01-01"
    return head(f"{kind}-{year}", carrier, first, end, family=kind, name=f"{name} {year}")


def heat_list(year: int, level: float) -> PriceList:
    """Return the heat list of a year: fixed, banded power, seasonal energy, flow and a return temperature rebate."""
    bands = f"""bands = [
        {{ up_to = 50, fixed = {1000 * level}, price = {900 * level} }},
        {{ up_to = 100, fixed = {4000 * level}, price = {840 * level} }},
        {{ fixed = {9000 * level}, price = {790 * level} }},
    ]"""
    text = f"""{_head("heat", "Värme", "district_heating", year)}
[[component]]\ncomponent = "fixed"\nlabel = "Fast avgift"\ndeterminant = {{ method = "fixed" }}
price = {{ unit = "SEK/year", spread = "days", value = {6000 * level} }}
[[component]]\ncomponent = "demand"\nlabel = "Effekt"
determinant = {{ method = "mean_of_highest_daily_means", n = 3, window_months = 12, short_history = "use_available" }}
[component.price]\nunit = "SEK/kW,year"\nspread = "days"\n{bands}
[[component]]\ncomponent = "energy"\nlabel = "Energi"\ndeterminant = {{ method = "billed_energy_kwh" }}
[component.price]\nunit = "SEK/MWh"\nseasons = [ {{ months = [12, 1, 2, 3], price = {500 * level} }},
    {{ months = [4, 5, 6, 7, 8, 9, 10, 11], price = {300 * level} }} ]
[[component]]\ncomponent = "flow"\nlabel = "Flöde"\ndeterminant = {{ method = "billed_flow_m3" }}
price = {{ unit = "SEK/m3", value = {3 * level} }}
[[component]]\ncomponent = "return_temperature"\nlabel = "Returbonus"
price = {{ unit = "SEK/MWh,°C", value = {7 * level} }}
determinant = {{ method = "return_temperature_difference", reference_c = {[48] * 12} }}
"""
    return read_price_list(text, f"heat-{year}.toml")


def grid_list(year: int, level: float) -> PriceList:
    """Return the grid list of a year: fixed, monthly peak, transfer by day and night names, levy and energy tax."""
    text = f"""{_head("grid", "Elnät", "electricity", year)}
[[component]]\ncomponent = "fixed"\nlabel = "Fast avgift"\ndeterminant = {{ method = "fixed" }}
price = {{ unit = "SEK/month", value = {800 * level} }}
[[component]]\ncomponent = "demand"\nlabel = "Månadseffekt"\ndeterminant = {{ method = "monthly_peak_hour" }}
price = {{ unit = "SEK/kW,month", value = {45 * level} }}
[[component]]\ncomponent = "energy"\nlabel = "Elöverföring"\ndeterminant = {{ method = "billed_energy_kwh" }}
price = {{ unit = "öre/kWh", value = {7 * level} }}
[[component]]\ncomponent = "energy"\nlabel = "Påslag förluster"\ndeterminant = {{ method = "billed_energy_kwh" }}
price = {{ unit = "öre/kWh", value = {1.1 * level} }}
[[component]]\ncomponent = "other"\nlabel = "Elberedskapsavgift"\ndeterminant = {{ method = "fixed" }}
price = {{ unit = "SEK/year", spread = "twelfths", value = 120 }}
[[component]]\ncomponent = "tax"\nlabel = "Energiskatt"\ndeterminant = {{ method = "billed_energy_kwh" }}
price = {{ unit = "öre/kWh", tax = "energy_tax_electricity", carried_by = "grid" }}
"""
    return read_price_list(text, f"grid-{year}.toml")


@cache
def lists() -> tuple[PriceList, ...]:
    """Return the four price lists."""
    return heat_list(2022, 1.0), heat_list(2023, 1.08), grid_list(2022, 1.0), grid_list(2023, 1.06)


@cache
def load(point: str) -> Load:
    """Return the metered load of a metering point: seasons, days and a little noise; 50 to 70 kW of heat at most."""
    start = np.datetime64(FIRST.isoformat(), "s") - np.timedelta64(3600, "s")
    hours = hours_between(start, start + np.timedelta64((END - FIRST).days * 24, "h"))
    t = np.arange(len(hours))
    noise = np.random.default_rng(1 if point == HEAT else 2).normal(0, 2, len(hours))
    energy = np.maximum(35 + 25 * np.cos(2 * np.pi * t / 8766) + 4 * np.cos(2 * np.pi * t / 24) + noise, 0)[:, None]
    if point == GRID:
        return Load(point, hours, energy * 1.7)
    volume = energy * 0.021
    return Load(point, hours, energy, volume, volume * 85, volume * 43)


def contracts() -> pl.DataFrame:
    """Return settings.contracts."""
    rows = [
        (point, kind, kind, FIRST, date(2100, 1, 1), SUPPLIERS[kind], "monthly", 20, None)
        for point, kind in ((HEAT, "heat"), (GRID, "grid"))
    ]
    names = ["metering_point", "kind", "family", "valid_from", "valid_to", "supplier_id", "rhythm", "days_to_invoice"]
    return pl.DataFrame(rows, schema=[*names, "cost_bearer"], orient="row").cast({"days_to_invoice": pl.Int64})


def points() -> pl.DataFrame:
    """Return settings.metering_points."""
    rows = [(HEAT, "hall", "Värme", "district_heating", None), (GRID, "hall", "El", "electricity", None)]
    schema = dict.fromkeys(("metering_point", "facility", "name", "carrier", "parent"), pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row")


@cache
def billed() -> pl.DataFrame:
    """Return analysis.bill of both metering points."""
    return pl.concat([bill_of(HEAT, "heat", FIRST, END), bill_of(GRID, "grid", FIRST, END)])


def bill_of(point: str, kind: str, first: date, end: date) -> pl.DataFrame:
    """Return the rows of analysis.bill for the days [first, end) of one contract."""
    contract = Contract(point, kind, first, end)
    found = bill(load(point), [contract], lists(), month_starts(first, end - timedelta(days=1)), BillingContext())
    return to_frame(found).with_columns(
        contract_kind=pl.lit(kind), line_no=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("month"),
        evidence=pl.lit("[]"), estimated_hours=pl.lit(0, pl.Int64),
    )  # fmt: skip


def invoice(rows: pl.DataFrame, number: str, issued: date, start: date, end: date) -> pl.DataFrame:
    """Return the lines of one invoice that charges these rows of a bill for the days start-end, both included."""
    kind = rows["contract_kind"][0]
    quantity = pl.when(pl.col("unit") == "st").then(1.0).otherwise(pl.col("quantity").round(3))
    units = {"kWh": "kWh", "kW": "kW", "m³": "m3", "st": "mån", "MWh·°C": "st"}
    levy = pl.when(pl.col("component") == "other").then(pl.lit("levy")).otherwise("component")
    return rows.select(
        file_id=pl.lit(1), row_no=pl.col("line_no") * 20, supplier_id=pl.lit(SUPPLIERS[kind]),
        invoice_no=pl.lit(number), issue_date=pl.lit(issued), document_type=pl.lit("380"),
        line_id=pl.int_range(1, pl.len() + 1).cast(pl.String), metering_point="metering_point", item=pl.col("label"),
        note=pl.lit(None, pl.String), component="component", quantity=quantity,
        unit=pl.col("unit").replace_strict(units), price=pl.lit(None, pl.Float64), base_quantity=pl.lit(1.0),
        amount_sek=pl.col("amount_sek").round(2), vat_percent=pl.lit(25.0), period_start=pl.lit(start),
        period_end=pl.lit(end), line_class=levy, file_name=pl.lit(f"{number}.xml"),
        facility=pl.lit("hall"), carrier=pl.lit("x"), contract_kind=pl.lit(kind),
    )  # fmt: skip


@cache
def right() -> pl.DataFrame:
    """Return the lines of right invoices, one a month and contract: heat-2023-01 and so on, issued on the 7th."""
    documents = []
    for (kind, month), rows in (
        billed().partition_by("contract_kind", "month", as_dict=True, maintain_order=True).items()
    ):
        end = next_month(month)
        documents.append(invoice(rows, name(kind, month), end + timedelta(days=6), month, end - timedelta(days=1)))
    return pl.concat(documents)


def name(kind: str, month: date) -> str:
    """Return the number of a right invoice."""
    return f"{kind}-{month:%Y-%m}"


def edit(number: str, column: str, value: Callable[[pl.Expr], pl.Expr], where: pl.Expr | None = None) -> pl.DataFrame:
    """Return the right lines with one column of one invoice changed."""
    mine = pl.col("invoice_no") == number
    mine = mine if where is None else mine & where
    return right().with_columns(pl.when(mine).then(value(pl.col(column))).otherwise(pl.col(column)).alias(column))


def more(*documents: pl.DataFrame) -> pl.DataFrame:
    """Return the right lines and some more documents."""
    return pl.concat([right(), *documents], how="diagonal_relaxed")


def again(number: str, new: str, issued: date, factor: float = 1.0, document_type: str = "380") -> pl.DataFrame:
    """Return an invoice once more under a new number, its amounts and quantities times a factor."""
    return right().filter(pl.col("invoice_no") == number).with_columns(
        pl.col("amount_sek", "quantity") * factor, invoice_no=pl.lit(new), issue_date=pl.lit(issued),
        document_type=pl.lit(document_type),
    )  # fmt: skip


def heads(
    lines: pl.DataFrame, notes: dict[str, str] | None = None, names: dict[str, str] | None = None
) -> pl.DataFrame:
    """Return core.invoices of the lines; `notes` and `names` (invoice number -> note, -> invoice it refers to)."""
    vat = (pl.col("amount_sek") * pl.col("vat_percent") / 100).sum().round(2)
    found = lines.group_by("supplier_id", "invoice_no", "issue_date", "document_type", maintain_order=True).agg(
        supplier=pl.lit("Leverantören"), metering_point=pl.col("metering_point").first(),
        net_sek=pl.col("amount_sek").sum().round(2), vat_sek=vat,
    )  # fmt: skip
    told = pl.col("invoice_no").replace_strict(notes or {"": ""}, default=None, return_dtype=pl.String)
    refers = pl.col("invoice_no").replace_strict(names or {"": ""}, default=None, return_dtype=pl.String)
    return found.with_columns(note=told, references_invoice=refers)


def audited(
    lines: pl.DataFrame,
    notes: dict[str, str] | None = None,
    names: dict[str, str] | None = None,
    own_days: pl.DataFrame | None = None,
    contract: pl.DataFrame | None = None,
    known_to: date | None = None,
    bills: pl.DataFrame | None = None,
    head: pl.DataFrame | None = None,
) -> Audited:
    """Return the audit of these lines in this world."""
    return audit(
        AuditInputs(
            lines, heads(lines, notes, names) if head is None else head, billed() if bills is None else bills,
            contracts() if contract is None else contract, points(), lists(), own_days, known_to,
        )
    )  # fmt: skip


def verdicts(found: Audited, number: str) -> dict[str, str]:
    """Return line_id -> verdict of one invoice."""
    mine = found.lines.filter(pl.col("invoice_no") == number)
    return dict(zip(mine["line_id"].to_list(), mine["verdict"].to_list(), strict=True))


def rules(found: Audited) -> list[tuple[str, str | None, str]]:
    """Return (rule, invoice, level) of every finding, in order."""
    return sorted(found.findings.select("rule", "invoice_no", "level").iter_rows())  # type: ignore[arg-type]


def shuffled(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return the rows in another order."""
    order: Sequence[int] = np.random.default_rng(seed).permutation(frame.height).tolist()
    return frame[order]


H1, G1 = "heat-2023-01", "grid-2023-01"
ENERGY, DEMAND, FIXED = (pl.col("component") == c for c in ("energy", "demand", "fixed"))


def component(frame: pl.DataFrame, number: str, name: str) -> dict[str, object]:
    return frame.filter(pl.col("invoice_no") == number, pl.col("item") == name).row(0, named=True)


def finding(found: Audited, rule: str) -> dict[str, object]:
    mine = found.findings.filter(pl.col("rule") == rule)
    assert mine.height == 1, found.findings.select("rule", "invoice_no", "message").to_dicts()
    return mine.row(0, named=True)


def scaled(number: str, factor: float, units: tuple[str, ...] = ("kWh", "m3")) -> pl.DataFrame:
    """Return the right lines with quantities and amounts of one invoice times a factor, in some units."""
    mine = (pl.col("invoice_no") == number) & pl.col("unit").is_in(units)
    return right().with_columns(
        pl.when(mine).then(pl.col(c) * factor).otherwise(pl.col(c)).round(3).alias(c)
        for c in ("quantity", "amount_sek")
    )
