"""A hall with twelve years of weather and a known year, for the tests of forecasts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from energy.calendar import Instants
from energy.forecast.meter import Meter
from energy.forecast.rows import Past
from energy.model import BillingContext, Contract, Floats, Load, PriceList
from energy.savings.baselines.features import Drivers
from energy.tariffs.bill import bill
from tests.savings.simulated import HOUR, smooth
from tests.savings.valued import METER, price_list

YEAR = 2023
FIRST = np.datetime64("2010-12-31T23:00:00")
METERED = np.datetime64("2021-12-31T23:00:00")
END = np.datetime64(f"{YEAR}-12-31T23:00:00")
CONTRACTS = (Contract(METER, "prov", date(2015, 1, 1), date(2030, 1, 1)),)
LISTS: tuple[PriceList, ...] = tuple(price_list(year, 600.0, 900.0) for year in (2021, 2022, 2023))


@dataclass(frozen=True)
class Hall:
    """`weather_utc` (m,), `air` (m,) [°C] of twelve years; `load` (n, 1) from 2022 to the end of the year."""

    weather_utc: Instants
    air: Floats
    load: Load

    def meter(self, carrier: str = "district_heating", point: str = METER) -> Meter:
        """Return the meter with weather known to the end: what lies ahead must not be used."""
        contracts = [Contract(point, "prov", date(2015, 1, 1), date(2030, 1, 1))]
        load = Load(point, self.load.start_utc, self.load.energy_kwh)
        inside = self.weather_utc >= METERED - 60 * 24 * HOUR
        drivers = Drivers(self.weather_utc[inside], self.air[inside])
        return Meter(carrier, load, drivers, contracts, BillingContext(), 7, lags_h=(6.0,))  # type: ignore[arg-type]

    def past(self, until: date, carrier: str = "district_heating") -> list[Past]:
        """Return the months of the year up to and including `until`, as invoiced."""
        found = []
        for month in (date(YEAR, m, 1) for m in range(1, 13)):
            if month <= until:
                amounts = {c.component: float(c.amount_sek[0]) for c in self.billed([month])}
                found.append(Past(carrier, month, "outcome", amounts, self.energy(month)))
        return found

    def billed(self, months: list[date]) -> list:
        """Return the true bill of some months."""
        return bill(self.load, CONTRACTS, LISTS, months, BillingContext())

    def energy(self, month: date) -> float:
        """Return the true energy of a month of normal time [kWh]."""
        local = (self.load.start_utc + HOUR).astype("datetime64[M]")
        return float(self.load.energy_kwh[local == np.datetime64(month, "M"), 0].sum())

    def truth(self) -> tuple[float, float]:
        """Return (SEK, kWh) of the whole year."""
        months = [date(YEAR, m, 1) for m in range(1, 13)]
        return float(sum(c.amount_sek[0] for c in self.billed(months))), sum(self.energy(m) for m in months)


def hall(seed: int) -> Hall:
    """Return a hall whose heat follows the weather, the hour and a noise with a memory of days."""
    rng = np.random.default_rng(seed)
    hours = np.arange(FIRST, END, HOUR)
    t = (hours - FIRST) / HOUR
    wave = 7.5 - 10.5 * np.cos(2 * np.pi * (t - 24 * 20) / 8766) - 3.0 * np.cos(2 * np.pi * (t - 3) / 24)
    spells = 3.2 * smooth(rng.standard_normal(len(t)), 70.0) + 2.0 * smooth(rng.standard_normal(len(t)), 500.0)
    air = wave + spells
    inside = hours >= METERED
    clock = (t[inside] % 24 > 6) & (t[inside] % 24 < 22)
    kwh = 60.0 + 40.0 * clock + 9.0 * np.maximum(0.0, 16.0 - air[inside])
    kwh *= 1.0 + 0.05 * smooth(rng.standard_normal(int(inside.sum())), 120.0)
    return Hall(hours, air, Load(METER, hours[inside], kwh[:, None]))
