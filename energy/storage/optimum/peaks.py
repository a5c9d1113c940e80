"""The billed powers of a year as the programme sees them: which hours count, how many are averaged, what a kW costs.

A power that is a mean of highest days, hours or months is a peak of the programme. A category of power or a surcharge
of low utilisation gives candidate prices of the same peak. What is no peak at all (an effect signature, a category
number) gives candidate ceilings: the programme holds the highest day at or below each; the bill tells which is best.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from energy.calendar import next_month
from energy.model import BillingContext, Contract, Floats, Load, PriceList
from energy.storage.optimum.plant import Level, Peak
from energy.swedish import sv_short
from energy.tariffs.bands import Band
from energy.tariffs.days import DayChoice, choose
from energy.tariffs.highload import HighLoadTime
from energy.tariffs.metered import MeteredDays
from energy.tariffs.period import Period
from energy.tariffs.pricelist import PricedComponent, priced_components, select
from energy.tariffs.prices import Price, amount_sek

__all__ = ["Powers", "powers_of_year"]

JANUARY = 1
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Powers:
    """The peaks of a meter, and the Swedish labels of billed powers that only the bill can tell."""

    peaks: tuple[Peak, ...]
    not_linear: tuple[str, ...]


@dataclass(frozen=True)
class _Line:
    """One priced power of one month."""

    key: Key
    label: str
    first: date
    end: date
    price: Price
    choice: str = ""  # the category it is a price of: alternatives, not parts of a sum
    factor: float = 1.0  # on the power before it is priced


def powers_of_year(
    load: Load,
    contracts: Sequence[Contract],
    lists: Sequence[PriceList],
    months: Sequence[date],
    context: BillingContext,
) -> Powers:
    """Return the peaks of the meter over the consecutive `months`, on their hours.

    `load` holds the months and enough before them to know which days a window counts (see `repeated`).
    """
    lines: dict[Key, list[_Line]] = {}
    hours: dict[Key, tuple[npt.NDArray[np.int64], int, bool]] = {}
    other: dict[str, None] = {}
    metered = MeteredDays.of(load)
    for month in months:
        for contract in contracts:
            if contract.metering_point != load.metering_point:
                continue
            for line, settings, method in _lines(month, contract, lists):
                found = _counted(
                    method, settings, months, Period(metered, month, month, next_month(month), context, {})
                )
                if found is None:
                    other.setdefault(line.label)
                    continue
                key = (*line.key, *found[0])
                lines.setdefault(key, []).append(line)
                hours.setdefault(key, found[1:])
    peaks = [Peak(own[0].label, *hours[key], _levels(own)) for key, own in lines.items() if (hours[key][0] >= 0).any()]
    return Powers(tuple(peaks), tuple(other))


def _lines(month: date, contract: Contract, lists: Sequence[PriceList]) -> Iterator[tuple[_Line, Any, str]]:
    """Yield (line, settings of the power, its method) of what is priced per kW in a month."""
    start, end = max(month, contract.valid_from), min(next_month(month), contract.valid_to)
    while start < end:
        price_list = select(lists, contract.family, start)
        stop = min(end, price_list.valid_to)
        for one in priced_components(price_list):
            if month.month in one.months and one.determinant.unit == "kW" and one.price.option is None:
                yield from _line(one, start, stop, contract.options)
        start = stop


def _line(one: PricedComponent, first: date, end: date, options: Mapping[str, Any]) -> Iterator[tuple[_Line, Any, str]]:
    method, settings, key = one.determinant.name, one.settings, (one.component, one.label)
    told: Any = settings  # each method has settings of its own
    if method == "overrun" or (method == "settled_high_load_peak" and first.month != JANUARY):
        return  # what lies above the subscribed power is told by the bill
    if method == "subscribed":
        if told.recommended is not None and told.option not in options:
            yield _Line(key, one.label, first, end, one.price), told.recommended, told.recommended.method
    elif method == "power_in_category":
        key = (one.component, told.power.model_dump_json())
        yield _Line(key, "Effektkategori", first, end, one.price, one.label), told.power, told.power.method
    elif method == "utilisation_shortfall":
        factor = told.reference_h / (told.per_h or told.reference_h)
        reference = f"{sv_short(told.reference_h)} h"
        for choice, times in ((f"minst {reference}", 0.0), (f"under {reference}", factor)):
            yield _Line(key, one.label, first, end, one.price, choice, times), told.power, told.power.method
    else:
        yield _Line(key, one.label, first, end, one.price), settings, method


def _counted(
    method: str, settings: Any, months: Sequence[date], period: Period
) -> tuple[Key, npt.NDArray[np.int64], int, bool] | None:
    """Return (what tells the peak apart, item of each hour of the year, n, whether an item is a mean) or None."""
    first, end = months[0], next_month(months[-1])
    if method == "monthly_peak_hour":
        days = _within(first, end, period.month, next_month(period.month))
        return (period.month,), _day_items(days, slice(0, 24)), settings.n, False
    if method == "high_load_peak":
        days = _within(first, end, period.month, next_month(period.month)) & settings.high_load.days(first, end)
        time: HighLoadTime = settings.high_load
        return (period.month,), _day_items(days, slice(time.from_hour, time.to_hour)), settings.n, False
    if method == "settled_high_load_peak":
        return (), _month_items(settings, first, end), settings.n_months, False
    if method in ("mean_of_highest_daily_means", "highest_daily_mean_in_season"):
        counted = settings.months if method == "mean_of_highest_daily_means" else settings.season_months
        found = choose(period, settings, first, end, counted)
        if isinstance(found, str):
            return None
        return (), *_items_of(settings, found.kept), settings.n, settings.of == "daily_mean"
    return None


def _items_of(settings: DayChoice, kept: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.int64]]:
    item = _day_items(kept, settings.hours)
    if getattr(settings, "of", "daily_mean") == "hour":
        item = np.where(item >= 0, np.arange(len(item)), -1)
    return (item,)


def _within(first: date, end: date, start: date, stop: date) -> npt.NDArray[np.bool_]:
    """Return for each day of [first, end) whether it lies in [start, stop)."""
    days = np.arange(np.datetime64(first, "D"), np.datetime64(end, "D"))
    found: npt.NDArray[np.bool_] = (days >= np.datetime64(start)) & (days < np.datetime64(stop))
    return found


def _day_items(days: npt.NDArray[np.bool_], hours: slice) -> npt.NDArray[np.int64]:
    """Return (24·d,) the day of each counted hour, numbered among the counted days, else -1."""
    number = np.where(days, np.cumsum(days) - 1, -1)
    item = np.full((len(days), 24), -1, np.int64)
    item[:, hours] = number[:, None]
    return item.reshape(-1)


def _month_items(settings: Any, first: date, end: date) -> npt.NDArray[np.int64]:
    time: HighLoadTime = settings.high_load
    days = np.arange(np.datetime64(first, "D"), np.datetime64(end, "D"))
    month = days.astype("datetime64[M]").astype(np.int64)
    counted = time.days(first, end) & np.isin(month % 12 + 1, settings.season_months)
    item = np.full((len(days), 24), -1, np.int64)
    item[:, time.from_hour : time.to_hour] = np.where(counted, month - month[0], -1)[:, None]
    return item.reshape(-1)


def _levels(lines: Sequence[_Line]) -> tuple[Level, ...]:
    """Return the stretches on which the lines' sum is one straight line, in order of choice and power."""
    found = []
    for choice in dict.fromkeys(line.choice for line in lines):
        own = [line for line in lines if line.choice == choice]
        edges = sorted({edge for line in own for edge in _edges(line.price)})
        for low, high in pairwise([0.0, *edges, float("inf")]):
            points = low + np.array([0.25, 0.75]) * (min(high, low + 1e3) - low)
            cost = sum((_cost(line, points) for line in own), start=np.zeros(2))
            if np.isfinite(cost).all():  # else the lists have no price there
                slope = float((cost[1] - cost[0]) / (points[1] - points[0]))
                text = " ".join(part for part in (choice, _text(low, high)) if part)
                found.append(Level(low, high, float(cost[0] - slope * points[0]), slope, text))
    return tuple(found) or (Level(0.0, float("inf"), 0.0, 0.0, "utan pris"),)


def _edges(price: Price) -> list[float]:
    bands: Sequence[Band] = price.bands or []
    above = [] if price.above is None else [price.above]
    return above + [band.up_to for band in bands if band.up_to is not None]


def _cost(line: _Line, power_kw: Floats) -> Floats:
    rate = None if line.price.bands is not None else line.price.flat(line.first.month)
    if line.factor == 0.0:
        return np.zeros(len(power_kw))
    return amount_sek(line.price, rate, line.factor * power_kw, line.first, line.end)


def _text(low: float, high: float) -> str:
    if low == 0.0 and np.isinf(high):
        return "hela priset"
    return f"över {sv_short(low)} kW" if np.isinf(high) else f"{sv_short(low)}–{sv_short(high)} kW"
