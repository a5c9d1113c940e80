"""A facility with the store of tests/storage/plant.py: heat 500 kr/MWh, electricity 1 kr/kWh, no powers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from energy.calendar import month_starts
from energy.measures import MeasureContext, MeasureFinding, Silent
from energy.model import TABLES, Contract, Floats, Load, Store, Trend
from tests.storage.bills import FLOW, HEAT_PARTS, POWER_PARTS, listed, load
from tests.storage.plant import HEAT, METERS, OUTDOOR, POINTS, PUMPED, START, N

MONTHS = month_starts(date(2023, 5, 1), date(2024, 4, 1))
LAST = np.datetime64("2023-04-30T23") <= START  # the year valued
BOUGHT = np.full(N, 20.0)
POWERED = ("el", "el2", "panna")  # under the main of electricity
Assess = Callable[[MeasureContext], Sequence[MeasureFinding | Silent]]


def context(
    stores: Sequence[Store] = (PUMPED,), meters: Mapping[str, Floats] | None = None, heat: Load | None = None,
    points: Mapping[str, Floats] | None = None, **more: Any,
) -> MeasureContext:  # fmt: skip
    """Return the facility; `meters` and `points` are changes, the main of electricity is 30 kW beside the store's."""
    known = METERS | dict(meters or {})
    loads = {name: load(name, values) for name, values in known.items()}
    power = np.sum([known[name] for name in POWERED if name in known], axis=0)
    loads |= {"fjv": heat or load("fjv", BOUGHT), "huvud": load("huvud", 30.0 + np.nan_to_num(power))}
    carriers = dict.fromkeys(loads, "store_heat") | {"fjv": "district_heating"}
    carriers |= dict.fromkeys((*POWERED, "huvud"), "electricity")
    parts = [HEAT_PARTS[0]] + ([FLOW] if heat is not None and heat.volume_m3 is not None else [])
    lists = [listed("varme", "district_heating", *parts), listed("el", "electricity", POWER_PARTS[0])]
    contracts = [Contract(p, f, date(2020, 1, 1), date(2030, 1, 1)) for p, f in (("fjv", "varme"), ("huvud", "el"))]
    trends = {
        name: Trend(name, name, "other", "°C", None, None, values)
        for name, values in (POINTS | dict(points or {})).items()
    }
    empty = {t: pl.DataFrame(schema=dict(TABLES[t]) | {"file_name": pl.String}) for t in ("invoices", "invoice_lines")}
    return MeasureContext(
        facility="prov", start_utc=START, air_temperature_c=OUTDOOR, open_hours=np.ones(N), months=MONTHS, loads=loads,
        carriers={p: c for p, c in carriers.items() if p in loads},  # type: ignore[misc]
        parents=dict.fromkeys(POWERED, "huvud"), contracts=contracts, price_lists=lists, billing={},
        invoices=empty["invoices"], invoice_lines=empty["invoice_lines"], trends=trends, stores=tuple(stores),
        draws=20, **more,
    )  # fmt: skip


def only(assess: Assess, found: MeasureContext) -> MeasureFinding | Silent:
    """Return the one result of a rule."""
    (one,) = assess(found)
    return one


def silent(assess: Assess, found: MeasureContext) -> str:
    """Return why the rule stays silent."""
    one = only(assess, found)
    assert isinstance(one, Silent), one
    return one.reason


def finding(assess: Assess, found: MeasureContext) -> MeasureFinding:
    """Return the finding of a rule, after the promises every finding keeps."""
    one = only(assess, found)
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.low <= one.saving_sek_per_year.value <= one.saving_sek_per_year.high
    assert one.evidence and one.picture is not None and one.effect is not None
    assert one.effect(found.state()).loads.keys() == found.loads.keys()
    return one


def no_store(assess: Assess) -> str:
    """Return what the rule says of a facility without a store."""
    return silent(assess, context(()))


__all__ = ["BOUGHT", "HEAT", "LAST", "context", "finding", "load", "no_store", "only", "replace", "silent"]
