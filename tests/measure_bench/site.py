"""A made-up sports centre: its size, its calendar, its weather and the prices of power. Nothing of a rule stands here.

Outdoor temperature is a season and two memories (days, and about a month, so that months really differ); moisture
follows temperature; the spot price has a season, a clock, calm weeks and dear ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from energy.calendar import Instants, add_months, civil_time, hours_between, month_starts, normal_time, swedish_holidays
from energy.model import Floats
from tests.measure_bench.noise import ar1, stream
from tests.measure_bench.prices import GRID_ORE, HEAT_ENERGY, HEAT_KINDS, TAX_ORE

__all__ = ["Site", "saturation_g_per_kg"]

END = date(2025, 1, 1)


def saturation_g_per_kg(temperature_c: Floats) -> Floats:
    """Return the water vapour of saturated air [g/kg dry air] (Magnus form, 1 013 hPa)."""
    pressure = 6.112 * np.exp(17.62 * temperature_c / (243.12 + temperature_c))  # hPa
    return np.asarray(622.0 * pressure / (1013.0 - pressure), dtype=np.float64)


@dataclass(frozen=True)
class Site:
    """One facility of one seed. Every array is (n,), on the hours of `start_utc`."""

    seed: int
    n_months: int

    @classmethod
    def of(cls, seed: int) -> Site:
        """Return the facility of a seed: 24, 30 or 36 months until the end of 2024."""
        return cls(seed, int(stream(seed, "months").choice([24, 30, 36])))

    def but(self, **known: object) -> Site:
        """Return the same facility with some of its properties told instead of drawn."""
        other = Site(self.seed, self.n_months)
        other.__dict__.update(known)
        return other

    @cached_property
    def weather_seed(self) -> int:
        """Which weather the place has had."""
        return self.seed

    @cached_property
    def told(self) -> Mapping[str, float]:
        """Sizes told instead of drawn."""
        return {}

    def draw(self, name: str, low: float, high: float) -> float:
        """Return a property of this facility, uniform between low and high."""
        return self.told[name] if name in self.told else float(stream(self.seed, f"site/{name}").uniform(low, high))

    @cached_property
    def start_utc(self) -> Instants:
        """Every hour of the span, whole months of normal time."""
        first = np.datetime64(add_months(END, -self.n_months), "h") - np.timedelta64(1, "h")
        return hours_between(first, np.datetime64(END, "h") - np.timedelta64(1, "h"))

    @cached_property
    def n(self) -> int:
        """How many hours."""
        return len(self.start_utc)

    @cached_property
    def months(self) -> list[date]:
        """The twelve months valued."""
        return month_starts(add_months(END, -12), add_months(END, -1))

    @cached_property
    def valued(self) -> Floats:
        """1 in the twelve months valued."""
        return (normal_time(self.start_utc) >= np.datetime64(add_months(END, -12))).astype(np.float64)

    @cached_property
    def clock(self) -> Floats:
        """Hour of the day, civil time."""
        local = civil_time(self.start_utc)
        return (local - local.astype("datetime64[D]")).astype("timedelta64[h]").astype(np.float64)

    @cached_property
    def weekday(self) -> Floats:
        """0 = Monday, civil time."""
        return (civil_time(self.start_utc).astype("datetime64[D]").astype(np.int64) + 3) % 7 * 1.0

    @cached_property
    def day(self) -> Floats:
        """Number of the civil day, from 0."""
        days = civil_time(self.start_utc).astype("datetime64[D]").astype(np.int64)
        return (days - days[0]) * 1.0

    @cached_property
    def month(self) -> Floats:
        """Month of the year, 1-12, normal time."""
        return normal_time(self.start_utc).astype("datetime64[M]").astype(np.int64) % 12 + 1.0

    @cached_property
    def holiday(self) -> Floats:
        """1 on public holidays."""
        days = civil_time(self.start_utc).astype("datetime64[D]")
        known = np.array(sorted(swedish_holidays(range(2021, 2026))), dtype="datetime64[D]")
        return np.isin(days, known).astype(np.float64)

    @cached_property
    def open(self) -> Floats:
        """1 while open: weekdays early to late, weekends shorter, closed on half of the holidays and in July nights."""
        opens, closes = (round(self.draw(name, *span)) for name, span in (("opens", (6, 8)), ("closes", (21, 23))))
        weekend = self.weekday >= 5
        inside = np.where(weekend, (self.clock >= 9) & (self.clock < 19), (self.clock >= opens) & (self.clock < closes))
        return (inside & (self.holiday == 0)).astype(np.float64)

    @cached_property
    def booked(self) -> Floats:
        """1 where a hall or rink is booked: most evenings and weekends, some of the day, little in July."""
        rng = stream(self.seed, "booked")
        evening = (self.clock >= 16) | (self.weekday >= 5)
        wanted = np.where(evening, self.draw("evening", 0.85, 0.97), self.draw("daytime", 0.25, 0.55))
        wanted = wanted * np.where(self.month == 7, 0.35, 1.0)
        block = (self.day * 12 + self.clock // 2).astype(int)  # booked two hours at a time
        return ((rng.random(block.max() + 1)[block] < wanted) & (self.open == 1)).astype(np.float64)

    @cached_property
    def ice_season(self) -> Floats:
        """1 with ice: about the middle of August to the end of March."""
        first, last = round(self.draw("ice from", 8, 25)), round(self.draw("ice to", 15, 30))
        date_of_month = self._date_of_month
        in_season = (self.month >= 9) | (self.month <= 2)
        august, march = (self.month == 8) & (date_of_month >= first), (self.month == 3) & (date_of_month <= last)
        return (in_season | august | march).astype(np.float64)

    @cached_property
    def _date_of_month(self) -> Floats:
        clock = normal_time(self.start_utc)
        return (clock.astype("datetime64[D]") - clock.astype("datetime64[M]")).astype(int) + 1.0

    @cached_property
    def outdoor_c(self) -> Floats:
        """Outdoor temperature [°C]."""
        year_day = (self.start_utc.astype("datetime64[h]").astype(np.int64) / 24.0 + 20.0) % 365.25
        season = self.draw("mean", 5.5, 8.0) - self.draw("swing", 9.5, 11.5) * np.cos(2 * np.pi * (year_day - 40) / 365)
        winter = 0.5 + 0.5 * np.cos(2 * np.pi * (year_day - 40) / 365)
        month_long = 1.8 * ar1(self.weather_seed, "month", self.n, 720.0)
        days = (2.2 + 1.8 * winter) * ar1(self.weather_seed, "days", self.n, 96.0)
        clear = 1.0 + 0.5 * ar1(self.weather_seed, "clear", self.n, 72.0)
        daily = -(1.2 + 2.6 * (1 - winter)) * clear * np.cos(2 * np.pi * (self.clock - 3.0) / 24.0)
        return np.asarray(
            season + month_long + days + daily + 0.3 * ar1(self.weather_seed, "hours", self.n, 4.0), dtype=np.float64
        )

    @cached_property
    def moisture_g_per_kg(self) -> Floats:
        """Water vapour of the outdoor air [g/kg]."""
        relative = np.clip(0.78 + 0.10 * ar1(self.seed, "moisture", self.n, 30.0), 0.35, 1.0)
        smooth = np.convolve(self.outdoor_c, np.full(24, 1 / 24), "same")
        return relative * saturation_g_per_kg(smooth)

    @cached_property
    def spot_sek_per_kwh(self) -> Floats:
        """Spot price of power [SEK/kWh]: winter dearer, two peaks a day, calm and dear weeks."""
        level = self.draw("spot", 0.40, 0.65) * (1.0 + 0.25 * np.cos(2 * np.pi * (self.month - 1) / 12))
        clock = 1.0 + 0.25 * np.exp(-(((self.clock - 8) / 2) ** 2)) + 0.35 * np.exp(-(((self.clock - 18) / 2.5) ** 2))
        clock = clock - 0.25 * (self.clock < 5) - 0.1 * (self.weekday >= 5)
        weeks = np.exp(
            0.45 * ar1(self.seed, "dear weeks", self.n, 216.0) + 0.20 * ar1(self.seed, "dear hours", self.n, 6.0)
        )
        return np.asarray(level * clock * weeks - 0.06, dtype=np.float64)

    @cached_property
    def heat_kind(self) -> str:
        """Which form of price list the district heat has."""
        return str(stream(self.seed, "heat list").choice(HEAT_KINDS))

    @cached_property
    def heat_sek_per_kwh(self) -> Floats:
        """Energy price of district heat [SEK/kWh]."""
        return np.array(HEAT_ENERGY[self.heat_kind])[self.month.astype(int) - 1] / 1000.0

    @cached_property
    def power_sek_per_kwh(self) -> Floats:
        """What one more kWh of electricity costs, power aside [SEK/kWh]."""
        return self.spot_sek_per_kwh + (GRID_ORE + TAX_ORE + 4.0) / 100.0
