"""The recomputed bill laid out by the periods that invoices charge, and the prices it could have had instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from energy.audit.lines import PERIOD
from energy.model import PriceList
from energy.tariffs.pricelist import PricedComponent, priced_components
from energy.tariffs.prices import PRICE_UNITS
from energy.tariffs.tax import energy_tax

__all__ = ["BILL_SCHEMA", "bill_rows", "components", "price_book", "tax_rates"]

BILL_SCHEMA = {
    "metering_point": pl.String, "contract_kind": pl.String, "month": pl.Date, "line_no": pl.Int64,
    "component": pl.String, "label": pl.String, "price_list": pl.String, "determinant": pl.String,
    "quantity": pl.Float64, "unit": pl.String, "amount_sek": pl.Float64, "reason": pl.String, "evidence": pl.String,
    "estimated_hours": pl.Int64,
}  # fmt: skip
_BOOK = {
    "price_list": pl.String, "family": pl.String, "list_name": pl.String, "order": pl.Int64, "component": pl.String,
    "label": pl.String, "place": pl.Int64, "calendar_month": pl.Int64, "band": pl.Int64, "above": pl.Float64,
    "up_to": pl.Float64, "fixed": pl.Float64, "price": pl.Float64, "time": pl.String,
    "is_banded": pl.Boolean, "is_spot": pl.Boolean,
}  # fmt: skip
_ADDED_UP = ("kWh", "m³", "MWh·°C", "kVArh")  # quantities that add up over months; powers and fees do not


def bill_rows(spans: pl.DataFrame, bill: pl.DataFrame, own_days: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the bill of every invoiced period: those of its months, or of its own days.

    `bill` is analysis.bill (whole months); `own_days` the same columns with period_start and period_end, computed for
    periods that are not whole months. Columns: PERIOD and those of the bill.
    """
    months = spans.filter("is_whole").with_columns(
        month=pl.date_ranges(pl.col("period_start"), pl.col("period_end"), interval="1mo")
    )
    whole = months.explode("month").join(bill, on=["metering_point", "contract_kind", "month"], how="left")
    columns = [*PERIOD, *(c for c in BILL_SCHEMA if c not in PERIOD)]
    part = spans.filter(~pl.col("is_whole")).join(own_days, on=[*PERIOD])
    return pl.concat([whole.select(columns), part.select(columns)]).sort(*PERIOD, "month", "line_no")


def components(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row per period and component of its bill, numbered `part`.

    Amounts add up over the months, null where one is unknown; energy and volumes add up, powers are their mean.
    Periods with a month that has no bill have one row without a label. `first_line` is the first line of the bill.
    """
    lacking = rows.group_by(*PERIOD).agg(has_all=pl.col("label").is_not_null().all())
    known = rows.join(lacking, on=[*PERIOD]).filter("has_all")
    unknown = pl.col("amount_sek").is_null() | pl.col("amount_sek").is_nan()
    found = known.group_by(*PERIOD, "component", "label").agg(
        pl.col("unit").first(),
        quantity=pl.when(pl.col("unit").first().is_in(_ADDED_UP)).then(pl.col("quantity").sum())
        .when(pl.col("unit").first() == "st").then(pl.col("month").n_unique())
        .otherwise(pl.col("quantity").mean()),
        amount_sek=pl.when(unknown.any()).then(None).otherwise(pl.col("amount_sek").sum()),
        bill_reason=pl.col("reason").drop_nulls().first(),
        estimated_hours=pl.col("estimated_hours").max(),
        price_list=pl.col("price_list").unique(maintain_order=True).str.join(", "),
        evidence=pl.col("evidence").filter(pl.col("evidence").is_not_null() & (pl.col("evidence") != "[]")).first(),
        month=pl.col("month").first(),
        first_line=pl.col("line_no").first(),
        line_order=pl.col("line_no").min(),
    )  # fmt: skip
    return found.sort(*PERIOD, "line_order", "label").drop("line_order").with_row_index("part")


def price_book(lists: Sequence[PriceList]) -> pl.DataFrame:
    """Return one row per price list, component, calendar month and band, in SEK excl. VAT per billed unit.

    `fixed` + `price`·quantity is the price of a whole month, a whole year or of no time, as `time` says (month, year,
    days of the year, none). `order` counts the lists of a family by date, `place` the components of one kind. Prices
    that a contract's option holds are not in the book; taxes are in `tax_rates`.
    """
    ordered = sorted(lists, key=lambda one: (one.family, one.valid_from, one.id))
    orders: dict[str, int] = {}
    rows: list[dict[str, Any]] = []
    for one in ordered:
        orders[one.family] = orders.get(one.family, -1) + 1
        base = {"price_list": one.id, "family": one.family, "list_name": one.name, "order": orders[one.family]}
        places: dict[str, int] = {}
        for component in priced_components(one):
            places[component.component] = places.get(component.component, -1) + 1
            place = {"place": places[component.component]}
            rows += [base | place | row for row in _prices(component)]
    return pl.DataFrame(rows, schema=_BOOK)


def _prices(one: PricedComponent) -> Iterable[dict[str, Any]]:
    """Yield the prices of one component of a list by calendar month and band."""
    price, unit = one.price, PRICE_UNITS[one.price.unit]
    if price.option is not None or price.tax is not None:
        return
    time = "days" if price.spread == "days" else unit.time
    base = {
        "component": one.component, "label": one.label, "time": time, "is_banded": price.bands is not None,
        "is_spot": one.price.unit == "spot",
    }  # fmt: skip
    for month in sorted(one.months):
        if price.bands is None:
            rate = price.flat(month)
            yield base | {"calendar_month": month, "band": 0, "above": None, "up_to": None, "fixed": 0.0,
                          "price": None if rate is None else rate * unit.factor}  # fmt: skip
            continue
        above = price.above or 0.0
        for number, band in enumerate(price.bands):
            yield base | {
                "calendar_month": month, "band": number, "above": above, "up_to": band.up_to,
                "fixed": band.fixed * unit.factor, "price": band.price * unit.factor,
            }  # fmt: skip
            above = band.up_to if band.up_to is not None else above


def tax_rates() -> pl.DataFrame:
    """Return the rates of the energy tax on electricity: valid_from, sek_per_kwh, collected_by (grid or retail)."""
    rows = [(one.valid_from, one.ore_per_kwh / 100, one.collected_by) for one in energy_tax().rate]
    schema = {"valid_from": pl.Date, "sek_per_kwh": pl.Float64, "collected_by": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")
