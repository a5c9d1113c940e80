"""A load laid out on whole days of Swedish normal time, so that determinants are sums and maxima along axes.

Normal time has 24 hours every day of the year, so (hours, draws) becomes (days, 24, draws) without copying. Heat
billing days and grid hours run in normal time: EIFS 2014:2 and EIFS 2016:2, 1 kap. 2 §.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from energy.calendar import normal_time
from energy.errors import TariffError
from energy.model import Floats, Load


class Same:
    """Something that cannot be hashed as a key: equal to itself only."""

    def __init__(self, held: object) -> None:
        self.held = held

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.held is self.held

    def __hash__(self) -> int:
        return id(self.held)


Quantity = Literal["energy_kwh", "volume_m3", "supply_m3c", "return_m3c", "reactive_kvarh"]


@dataclass(frozen=True)
class MeteredDays:
    """The hours of a load by normal-time day; results are remembered, since many components ask the same thing.

    Rows of the daily arrays are days from `first_day`; a day the load does not hold whole is NaN.
    """

    load: Load
    first_day: np.datetime64  # [D]
    lead: int  # hours between that day's midnight and the first hour of the load
    count: int  # days
    _memory: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, load: Load) -> MeteredDays:
        """Return the load by days. Raises TariffError unless its hours are contiguous and its arrays (n, k)."""
        start = load.start_utc.astype("datetime64[s]")
        if len(start) == 0 or (np.diff(start) != np.timedelta64(3600, "s")).any():
            raise TariffError(f"mätpunkt {load.metering_point}: lasten är inte en obruten följd av timmar.")
        if load.energy_kwh.ndim != 2 or load.energy_kwh.shape[0] != len(start):
            shape = load.energy_kwh.shape
            raise TariffError(f"mätpunkt {load.metering_point}: energi har formen {shape}, inte (n, k).")
        if load.draws == 0:
            raise TariffError(f"mätpunkt {load.metering_point}: lasten har ingen enda dragning (k = 0).")
        for name in ("volume_m3", "supply_m3c", "return_m3c", "reactive_kvarh"):
            _check_shape(load, name, (len(start),))
        _check_shape(load, "energy_quarters_kwh", (len(start), 4))
        local = normal_time(start[:1])[0]
        first_day = local.astype("datetime64[D]")
        lead = int((local - first_day) // np.timedelta64(3600, "s"))
        return cls(load, first_day, lead, -(-(lead + len(start)) // 24))

    @cached_property
    def _first_ordinal(self) -> int:
        return date(1970, 1, 1).toordinal() + int(self.first_day.astype("datetime64[D]").astype(int))

    @property
    def draws(self) -> int:
        """Return k, the number of draws."""
        return self.load.draws

    def remember(self, key: Any, find: Callable[[], Any]) -> Any:
        """Return what `find` gave the first time it was asked under this key: powers set once a year, for instance.

        The days may be billed in several contexts: what comes from one has it in its key (`Same`).
        """
        if key not in self._memory:
            self._memory[key] = find()
        return self._memory[key]

    def unknown(self) -> Floats:
        """Return (k,) NaN."""
        return np.full(self.draws, np.nan)

    def hours(self, quantity: Quantity) -> Floats:
        """Return (days, 24, k) of a quantity in its own unit; (days, 24, 1) of NaN where the meter lacks it."""
        found: Floats | None = getattr(self.load, quantity)
        return self.by_day(quantity, np.full((len(self.load.start_utc), 1), np.nan) if found is None else found)

    def by_day(self, name: Hashable, values: Floats) -> Floats:
        """Return an array (n, …) along the load's hours by day and hour, (days, 24, …); kept under its name."""
        if name not in self._memory:
            tail = self.count * 24 - self.lead - len(values)
            if self.lead or tail:
                pad = [(self.lead, tail)] + [(0, 0)] * (values.ndim - 1)
                values = np.pad(values, pad, constant_values=np.nan)
            self._memory[name] = values.reshape(self.count, 24, *values.shape[1:])
        return self._memory[name]  # type: ignore[no-any-return]

    def daily(self, quantity: Quantity, hours: slice = slice(0, 24)) -> Floats:
        """Return daily sums (days, k) in the quantity's unit; NaN where any hour in the slice is unknown."""
        key = ("sum", quantity, hours.start, hours.stop)
        if key not in self._memory:
            self._memory[key] = self.hours(quantity)[:, hours].sum(axis=1)
        return self._memory[key]  # type: ignore[no-any-return]

    def daily_mean_kw(self, min_hours: int, hours: slice = slice(0, 24)) -> Floats:
        """Return the mean power of each day's hours in the slice, (days, k) [kW].

        NaN for days with fewer than `min_hours` known hours, or than all of the slice where that is less.
        """
        key = ("mean", min_hours, hours.start, hours.stop)
        if key not in self._memory:
            count = hours.stop - hours.start
            mean = self.daily("energy_kwh", hours) / count
            gaps = np.isnan(mean).any(axis=1)
            if min_hours < count and gaps.any():
                found = self.hours("energy_kwh")[gaps][:, hours]
                known = np.isfinite(found).sum(axis=1)
                mean[gaps] = np.where(known >= min_hours, np.nansum(found, axis=1) / np.maximum(known, 1), np.nan)
            self._memory[key] = mean
        return self._memory[key]  # type: ignore[no-any-return]

    def daily_max_kw(self, hours: slice = slice(0, 24), quantity: Quantity = "energy_kwh") -> Floats:
        """Return the highest known hour of each day (days, k) [kW], within the slice; NaN where none is known."""
        key = ("max", quantity, hours.start, hours.stop)
        if key not in self._memory:
            self._memory[key] = np.fmax.reduce(self.hours(quantity)[:, hours], axis=1)
        return self._memory[key]  # type: ignore[no-any-return]

    def missing_hours(self, hours: slice = slice(0, 24), quantity: Quantity = "energy_kwh") -> npt.NDArray[np.int64]:
        """Return how many hours of each day are unknown, (days, k)."""
        key = ("missing", quantity, hours.start, hours.stop)
        if key not in self._memory:
            missing = np.zeros((self.count, self.draws), np.int64)
            gaps = np.isnan(self.daily(quantity)).any(axis=1)
            missing[gaps] = np.isnan(self.hours(quantity)[gaps][:, hours]).sum(axis=1)
            self._memory[key] = missing
        return self._memory[key]  # type: ignore[no-any-return]

    def total(self, quantity: Quantity, first: date, end: date) -> Floats:
        """Return the sum over the days [first, end), (k,) in the quantity's unit; NaN where an hour is unknown."""

        def find() -> Floats:
            found: Floats = self.window(self.daily(quantity), first, end).sum(axis=0)
            found.flags.writeable = False  # shared by all who ask
            return found if len(found) == self.draws else np.broadcast_to(found, (self.draws,))

        return self.remember(("total", quantity, first, end), find)  # type: ignore[no-any-return]

    def window(self, values: npt.NDArray[Any], first: date, end: date) -> npt.NDArray[Any]:
        """Return the rows of a daily array for the days [first, end); NaN (or a full day missing) outside the load."""
        at, stop = self.index(first), self.index(end)
        if 0 <= at <= stop <= self.count:
            return values[at:stop]
        inside = values[max(at, 0) : max(stop, 0)]
        before, after = min(max(-at, 0), stop - at), min(max(stop - self.count, 0), stop - at)
        pad = [(before, after)] + [(0, 0)] * (values.ndim - 1)
        return np.pad(inside, pad, constant_values=np.nan if values.dtype.kind == "f" else 24)

    def index(self, day: date) -> int:
        """Return the row of a day; negative before the load."""
        return day.toordinal() - self._first_ordinal

    def known_hours(self, quantity: Quantity, first: date, end: date) -> tuple[int, int]:
        """Return (hours known in every draw, hours in all) of the days [first, end)."""
        total = 24 * (end - first).days
        rows = self.hours(quantity)[max(self.index(first), 0) : max(self.index(end), 0)]
        return int(np.isfinite(rows).all(axis=2).sum()), total

    def first_known_day(self) -> date | None:
        """Return the first day with every hour known in draw 0; None when there is none."""
        known = np.flatnonzero(np.isfinite(self.daily("energy_kwh")[:, 0]))
        return (self.first_day + known[0]).item() if len(known) else None


def _check_shape(load: Load, name: str, expected: tuple[int, ...]) -> None:
    found: Floats | None = getattr(load, name)
    if found is not None and (found.shape[:-1] != expected or found.shape[-1] not in (1, load.draws)):
        shape = ", ".join(map(str, expected))
        raise TariffError(f"mätpunkt {load.metering_point}: {name} har formen {found.shape}, inte ({shape}, k).")
