"""Synthetic loads in Swedish normal time, for hand-calculated bills."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from energy.model import BillingContext, Contract, Floats, Load, PriceList
from energy.tariffs.pricelist import read_price_list
from energy.tariffs.published import published_price_lists

METER = "735999100000000010"
HOUR = np.timedelta64(3600, "s")


def hours(first: date, end: date) -> np.ndarray:
    """Every hour of the normal-time days [first, end), as UTC."""
    start = np.datetime64(first, "s") - HOUR
    return np.arange(start, np.datetime64(end, "s") - HOUR, HOUR)


def load(first: date, end: date, kwh: float | Floats = 10.0, draws: int = 1, **more: Any) -> Load:
    """A load of the days [first, end); `kwh` per hour, a number, one value an hour or (n, k)."""
    start = hours(first, end)
    return Load(
        METER, start, column(kwh, len(start), draws), **{k: column(v, len(start), draws) for k, v in more.items()}
    )


def column(value: float | Floats, count: int, draws: int) -> Floats:
    values = np.asarray(value, np.float64)
    values = values[:, None] if values.ndim == 1 else values
    return np.array(np.broadcast_to(values, (count, draws)))


def by_day(first: date, end: date, base_kw: float, days: dict[date, float]) -> Floats:
    """Hourly values with the same power all day: `base_kw`, but on some days another."""
    values = np.full(24 * (end - first).days, float(base_kw))
    for day, power in days.items():
        at = 24 * (day - first).days
        values[at : at + 24] = power
    return values


def contract(family: str, first: date = date(2015, 1, 1), end: date = date(2030, 1, 1), **options: Any) -> Contract:
    return Contract(METER, family, first, end, options)


def published(name: str) -> PriceList:
    return next(one for one in published_price_lists() if one.id == name)


def price_list(components: str, **keys: str) -> PriceList:
    return read_price_list(toml(components, **keys), "prov.toml")


def toml(components: str, **keys: str) -> str:
    """A price list valid all of 2024, with [[component]] tables; keys override as TOML text."""
    top = {
        "id": '"prov"', "family": '"prov"', "name": '"Provlista"', "carrier": '"electricity"',
        "valid_from": "2024-01-01", "valid_to": "2025-01-01", "vat": '"excluded"', "clock": '"normal_time"',
        "source": '"prov"', "synthetic": "true", "notes": '""',
    }  # fmt: skip
    return "\n".join(f"{key} = {value}" for key, value in (top | keys).items()) + "\n" + components


def component(method: str, unit: str, price: str = "value = 1", **more: str) -> str:
    """One [[component]]: more keys go to the determinant, but `kind`, `label` and `months` to the component."""
    kind, label = more.pop("kind", "other"), more.pop("label", method)
    months = f"months = {more.pop('months')}\n" if "months" in more else ""
    settings = "".join(f", {key} = {value}" for key, value in more.items())
    return (
        f'[[component]]\ncomponent = "{kind}"\nlabel = "{label}"\n{months}'
        f'determinant = {{ method = "{method}"{settings} }}\nprice = {{ unit = "{unit}", {price} }}\n'
    )


NOTHING = BillingContext()
