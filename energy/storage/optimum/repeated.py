"""A year as if the years before it had been the same: what a way of operating costs when it goes on.

A power billed over a rolling window or set once a year looks back beyond the year. With the real history in the
window a better operation would show only part of its worth, so actual and cheapest operation are both billed with
their own year behind them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from energy.calendar import Instants, add_months
from energy.model import BillingContext, Floats, Load

__all__ = ["repeated", "repeated_context", "rows_of", "year_before"]

_HOUR = np.timedelta64(3600, "s")
_QUANTITIES = ("volume_m3", "supply_m3c", "return_m3c", "reactive_kvarh")


def rows_of(start_utc: Instants, first: date, end: date) -> slice:
    """Return the rows of the hours of the days [first, end), normal time."""
    begin = np.datetime64(first, "s") - _HOUR - start_utc[0].astype("datetime64[s]")
    stop = np.datetime64(end, "s") - _HOUR - start_utc[0].astype("datetime64[s]")
    return slice(int(begin // _HOUR), int(stop // _HOUR))


def year_before(first: date, end: date, years: int) -> npt.NDArray[np.int64]:
    """Return for every hour from `years` years before `first` to `end` the hour of [first, end) that it repeats.

    A day repeats the same date of the year valued; 29 February the 28th where that year has none.
    """
    start = add_months(first, -12 * years)
    days = np.arange(np.datetime64(start, "D"), np.datetime64(end, "D")).astype(object)
    at = np.array([(_same_date(day, first, end) - first).days for day in days], np.int64)
    hours: npt.NDArray[np.int64] = (24 * at[:, None] + np.arange(24)).reshape(-1)
    return hours


def _same_date(day: date, first: date, end: date) -> date:
    for year in range(first.year, end.year + 1):
        last = 28 if (day.month, day.day) == (2, 29) and year % 4 else day.day
        found = date(year, day.month, last)
        if first <= found < end:
            return found
    return end - timedelta(days=1)


def repeated(load: Load, first: date, end: date, years: int) -> Load:
    """Return the load of the days [first, end) with the same year `years` times before it."""
    rows, at = rows_of(load.start_utc, first, end), year_before(first, end, years)
    start = np.datetime64(add_months(first, -12 * years), "s") - _HOUR
    found: Mapping[str, Floats | None] = {q: getattr(load, q) for q in ("energy_kwh", *_QUANTITIES)}
    part = {q: None if values is None else values[rows][at] for q, values in found.items()}
    energy = part.pop("energy_kwh")
    assert energy is not None
    quarters = load.energy_quarters_kwh
    return Load(
        load.metering_point,
        start + np.arange(len(at)) * _HOUR,
        energy,
        **part,
        energy_quarters_kwh=None if quarters is None else quarters[rows][at],
    )


def repeated_context(
    context: BillingContext, start_utc: Instants, first: date, end: date, years: int
) -> BillingContext:
    """Return the billing context on the hours of `repeated`; prices before the year are those of its own hours."""
    rows, at = rows_of(start_utc, first, end), year_before(first, end, years)
    spot, quarters = context.spot_sek_per_kwh, context.spot_quarters_sek_per_kwh
    days = np.arange(np.datetime64(add_months(first, -12 * years), "D"), np.datetime64(end, "D")).astype(object)
    outdoor = {day: context.outdoor_daily_c.get(first + timedelta(days=int(i)), np.nan)
               for day, i in zip(days, at[::24] // 24, strict=True)}  # fmt: skip
    known = {day: value for day, value in outdoor.items() if not np.isnan(value)}
    return replace(
        context,
        spot_sek_per_kwh=None if spot is None else spot[rows][at],
        spot_quarters_sek_per_kwh=None if quarters is None else quarters[rows][at],
        outdoor_daily_c=known,
    )
