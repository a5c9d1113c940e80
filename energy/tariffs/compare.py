"""Two price lists on the same load: what each component costs under A and under B, and what the bills are computed on.

Nothing is estimated: both bills are the ordinary bill (energy.tariffs.bill). A cost that cannot be assessed under one
of them has no difference, and the months that both can price are summed beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from energy.calendar import month_starts, next_month, normal_time
from energy.errors import TariffError
from energy.model import COMPONENTS, BilledComponent, BillingContext, Contract, Load, PriceList
from energy.tariffs.bill import bill, to_frame
from energy.tariffs.pricelist import as_if_valid

LEAST_MONTHS = 12
CARRIERS_SV: Mapping[str, str] = {
    "district_heating": "fjärrvärme", "electricity": "el", "rejected_heat": "bortkyld värme",
    "store_heat": "värme ur lager", "water": "vatten", "other": "annat",
}  # fmt: skip
SUMMED = ("kWh", "MWh", "m³", "MWh·°C", "kVArh")  # units whose months are added; powers are averaged
COMPONENT_COLUMNS: Mapping[str, type[pl.DataType]] = {
    "component": pl.String, "label_a": pl.String, "label_b": pl.String, "cost_a_sek": pl.Float64,
    "cost_b_sek": pl.Float64, "difference_sek": pl.Float64, "reason_a": pl.String, "reason_b": pl.String,
}  # fmt: skip
MONTH_COLUMNS: Mapping[str, type[pl.DataType]] = {
    "month": pl.Date, "cost_a_sek": pl.Float64, "cost_b_sek": pl.Float64, "difference_sek": pl.Float64,
}  # fmt: skip
DETERMINANT_COLUMNS: Mapping[str, type[pl.DataType]] = {
    "side": pl.String, "component": pl.String, "label": pl.String, "determinant": pl.String, "months": pl.Int64,
    "quantity": pl.Float64, "summed_as": pl.String, "unit": pl.String, "amount_sek": pl.Float64, "reason": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Side:
    """One of the two: a list, or the lists of a family, with what the contract would say."""

    name: str
    lists: tuple[PriceList, ...]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """The comparison as data, amounts SEK excl. VAT, differences B - A.

    `components` has a row per kind of component (COMPONENT_COLUMNS; a kind that a side does not charge costs 0 there),
    `months` a row per month, `determinants` a row per side and component. `total_a_sek` and the like are null where a
    month cannot be assessed, with the `reason`; `shared_a_sek` and `shared_b_sek` are of the `shared_months` that both
    can price. `notes`, Swedish, tell on what terms it was made.
    """

    components: pl.DataFrame
    months: pl.DataFrame
    determinants: pl.DataFrame
    total_a_sek: float | None
    total_b_sek: float | None
    difference_sek: float | None
    reason: str | None
    shared_months: int
    shared_a_sek: float
    shared_b_sek: float
    notes: tuple[str, ...]


def whole_months(load: Load) -> list[date]:
    """Return the months, normal time, whose every hour lies within the load's span."""
    local = normal_time(np.array([load.start_utc[0], load.start_utc[-1] + np.timedelta64(3600, "s")]))
    first, end = (stamp.astype("datetime64[D]").item() for stamp in local)
    first += timedelta(days=int(local[0] > local[0].astype("datetime64[D]")))
    return [month for month in month_starts(first, end) if month >= first and next_month(month) <= end]


def compare(load: Load, a: Side, b: Side, months: Sequence[date], context: BillingContext) -> Comparison:
    """Return what the load would have cost in the months under A and under B.

    A single list that is not valid all the months is priced as if it were, and a note says so. Raises TariffError for
    fewer than twelve months (the seasons would weigh wrong), for lists of different carriers, for lists of more than
    one family on a side, and for what the bill itself refuses: a day without a list, a missing option.
    """
    _one_carrier(a, b)
    months = sorted(set(months))
    if len(months) < LEAST_MONTHS:
        raise TariffError(
            f"jämförelsen har {len(months)} hela månader. Den behöver minst {LEAST_MONTHS}: annars väger årstiderna "
            "fel. Ge en längre last eller en längre period."
        )
    notes = [] if len(months) % 12 == 0 else [f"{len(months)} månader: några kalendermånader räknas oftare än andra."]
    bills = []
    for word, side in (("A", a), ("B", b)):
        lists, told = _valid(side, months)
        notes += [f"{word}: {text}" for text in told]
        contract = Contract(load.metering_point, lists[0].family, months[0], next_month(months[-1]), side.options)
        bills.append(bill(load, [contract], lists, months, context))
        if not bills[-1]:
            raise TariffError(f"{word} ({side.name}) ger ingen räkning för månaderna.")
    frames = [to_frame(one) for one in bills]
    by_month = _months(frames[0], frames[1])
    shared = by_month.drop_nulls("difference_sek")
    totals = [_total(one) for one in frames]
    return Comparison(
        components=_components(frames[0], frames[1]),
        months=by_month,
        determinants=pl.concat([_determinants(word, one) for word, one in zip("AB", bills, strict=True)]),
        total_a_sek=totals[0][0],
        total_b_sek=totals[1][0],
        difference_sek=None if totals[0][0] is None or totals[1][0] is None else totals[1][0] - totals[0][0],
        reason="; ".join(f"{word}: {why}" for word, (_, why) in zip("AB", totals, strict=True) if why) or None,
        shared_months=shared.height,
        shared_a_sek=float(shared["cost_a_sek"].sum()),
        shared_b_sek=float(shared["cost_b_sek"].sum()),
        notes=tuple(notes),
    )


def _one_carrier(a: Side, b: Side) -> None:
    """Raise TariffError where the lists price different carriers: one load is either heat or electricity."""
    carriers = {one.carrier for side in (a, b) for one in side.lists}
    if len(carriers) > 1:
        told = "; ".join(
            f"{word} ({side.name}) gäller {', '.join(sorted({CARRIERS_SV[one.carrier] for one in side.lists}))}"
            for word, side in (("A", a), ("B", b))
        )
        raise TariffError(f"{told}. En last kan bara jämföras med listor för samma energislag: ange två sådana.")


def _valid(side: Side, months: Sequence[date]) -> tuple[list[PriceList], list[str]]:
    """Return the lists of a side, made valid where it is one list that is not, and what was made."""
    families = sorted({one.family for one in side.lists})
    if len(families) != 1:
        raise TariffError(f"{side.name}: prislistor ur {len(families)} familjer ({', '.join(families)}); ange en.")
    first, end = months[0], next_month(months[-1])
    if len(side.lists) > 1:
        return list(side.lists), []
    only = side.lists[0]
    if only.valid_from <= first and end <= only.valid_to:
        return [only], []
    last = end - timedelta(days=1)
    told = (
        f"{only.id} gäller {only.valid_from} till {only.valid_to}; här prissatt som om den gällt {first} till {last}."
    )
    return [as_if_valid(only, first, end)], [told]


def _total(frame: pl.DataFrame) -> tuple[float | None, str | None]:
    """Return the sum of a bill, or None with the reason that most months share."""
    unknown = frame.filter(pl.col("amount_sek").is_null())
    if unknown.is_empty():
        return float(frame["amount_sek"].sum()), None
    return None, _why(unknown, frame["month"].n_unique())


def _why(unknown: pl.DataFrame, months: int) -> str:
    """Return «3 av 12 månader kan inte bedömas: …» with the first reason in order of month."""
    first = unknown.sort("month", "label", maintain_order=True)["reason"][0]
    return f"{unknown['month'].n_unique()} av {months} månader kan inte bedömas: {first}"


def _components(a: pl.DataFrame, b: pl.DataFrame) -> pl.DataFrame:
    rows = []
    for component in COMPONENTS:
        labels, costs, reasons = [], [], []
        for frame in (a, b):
            mine = frame.filter(pl.col("component") == component)
            unknown = mine.filter(pl.col("amount_sek").is_null())
            labels.append(", ".join(mine["label"].unique(maintain_order=True)))
            costs.append(float(mine["amount_sek"].sum()) if unknown.is_empty() else None)
            reasons.append(None if unknown.is_empty() else _why(unknown, frame["month"].n_unique()))
        if any(labels):
            both = costs[0] is not None and costs[1] is not None
            difference = costs[1] - costs[0] if both else None  # type: ignore[operator] # both are known here
            rows.append((component, *labels, *costs, difference, *reasons))
    return pl.DataFrame(rows, schema=dict(COMPONENT_COLUMNS), orient="row")


def _months(a: pl.DataFrame, b: pl.DataFrame) -> pl.DataFrame:
    """Return both bills by month; null in a month where a component is unknown."""
    whole = pl.when(pl.col("amount_sek").null_count() == 0).then(pl.col("amount_sek").sum())
    sides = [frame.group_by("month").agg(whole.alias(f"cost_{word}_sek")) for word, frame in (("a", a), ("b", b))]
    joined = sides[0].join(sides[1], on="month", how="full", coalesce=True).sort("month")
    difference = pl.col("cost_b_sek") - pl.col("cost_a_sek")
    return joined.with_columns(difference_sek=difference).select(
        pl.col(name).cast(kind) for name, kind in MONTH_COLUMNS.items()
    )


def _determinants(side: str, components: Sequence[BilledComponent]) -> pl.DataFrame:
    """Return what a bill is computed on: sums of energy and flow, means of powers, over its months."""
    grouped: dict[tuple[str, str, str, str], list[BilledComponent]] = {}
    for one in components:
        grouped.setdefault((one.component, one.label, one.determinant, one.unit), []).append(one)
    rows = []
    for (component, label, determinant, unit), lines in grouped.items():
        quantity, how = _gathered(unit, np.array([line.quantity[0] for line in lines]))
        amount = float(np.sum([line.amount_sek[0] for line in lines]))
        reason = next((line.reason for line in lines if line.reason), None)
        months = len({line.month for line in lines})
        known = amount if np.isfinite(amount) else None
        rows.append((side, component, label, determinant, months, quantity, how, unit, known, reason))
    return pl.DataFrame(rows, schema=dict(DETERMINANT_COLUMNS), orient="row")


def _gathered(unit: str, values: Any) -> tuple[float | None, str | None]:
    """Return (sum or mean of the months' quantities, which of them); nothing for a fixed fee."""
    if unit == "st":
        return None, None
    found, how = (float(values.sum()), "sum") if unit in SUMMED else (float(values.mean()), "mean")
    return (found, how) if np.isfinite(found) else (None, how)
