"""A tank beside 100 kW of bought heat, its year and a better one laid out by hand: 600 kr/MWh, 1 000 kr/kW and year."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from energy.measures import MeasureContext
from energy.model import BillingContext, Contract, Floats, Load, Store
from energy.storage.optimum.dispatch import Meter, Optimum, StoreYear
from energy.storage.optimum.gap import gap_of
from energy.storage.optimum.observed import Observed
from energy.storage.optimum.operation import Operation
from energy.storage.optimum.plant import Level, Peak, Plant, Schedule, Side, content_of
from tests.measures.facility import DEMAND, ENERGY, HEAT, HOURS, MONTHS, START, Facility, column, price_list

HOURS_A_YEAR = 8760
DAY = np.arange(HOURS_A_YEAR) // 24
DRAWS = 20
PRICE = 0.6  # SEK/kWh
STORE = Store("s", "prov", "Tanken", "tank", date(2020, 1, 1), displaces=HEAT, source=("kyl",))
LIST = price_list("varme", "district_heating", ENERGY.format(price=600), DEMAND)


def schedule(charge: Floats | float = 0.0, draw: Floats | float = 0.0) -> Schedule:
    """Return what is charged and drawn in the hours of 2023, a float in all of them."""
    ones, none = np.ones(HOURS_A_YEAR), np.zeros(HOURS_A_YEAR)
    return Schedule(ones * charge, ones * draw, none, none)


def operated(need: Floats | float, actual: Schedule, better: Schedule, stored: float) -> MeasureContext:
    """Return a facility that needs `need` kW, was run as `actual` and could have been as `better`.

    A stored kWh is worth `stored` SEK in every hour; the store is full enough for both.
    """
    ones = np.ones(HOURS_A_YEAR)
    plant = Plant(START[-HOURS_A_YEAR:], 1e6, 5e5, 0.0, 1e3 * ones, 1e3 * ones, 1.0, 0.0, source_kwh=1e3 * ones)
    actual, better = (replace(s, content_kwh=content_of(plant, s.charge_kwh, s.draw_kwh)) for s in (actual, better))
    peak = Peak("Effekt", DAY, 3, True, (Level(0.0, 1e6, 0.0, 1000.0),))
    side = Side(HEAT, "district_heating", need * ones, 0 * ones, -ones, PRICE * ones, (peak,))
    bought = side.load_kwh(actual)
    contract = Contract(HEAT, "varme", date(2020, 1, 1), date(2030, 1, 1))
    billed = Load(HEAT, plant.start_utc, bought[:, None])
    observed = Observed(
        STORE, tuple(MONTHS), plant, actual, HEAT, None, -ones, -ones, 0.0, 0 * ones, 0 * ones, 0.0, np.nan * ones, 0,
        (billed,),
    )  # fmt: skip
    year = StoreYear(observed, (side,), (Meter(billed, (contract,), (LIST,), BillingContext(), tuple(MONTHS)),), ())
    left = stored * float(better.content_kwh[-1] - actual.content_kwh[-1])
    gap = gap_of(year, better, stored * ones, left, DRAWS, 1)
    optimum = Optimum(better, 0.0, float(gap.total_sek[0]), stored, ())
    whole = np.concatenate((bought[: HOURS - HOURS_A_YEAR], bought))
    found = Facility({HEAT: Load(HEAT, START, column(whole))}, {HEAT: "district_heating"}, [LIST]).context()
    ahead = Operation(STORE, tuple(MONTHS), None, year, optimum, gap, better, 0.0, gap)
    return replace(found, stores=(STORE,), operations={"s": ahead}, draws=DRAWS)
