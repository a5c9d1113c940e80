"""Speed of the bill: the demo's contracts over three years, and a facility-year of every component, once and 500 times.

Steps of tests/bench.py, which gives each a process and a folder of its own. The loads are made before the clock starts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench_figures import Figure, seconds

if TYPE_CHECKING:
    from energy.model import BilledComponent, BillingContext, Contract, Load, PriceList

SEED = 1
MONTHS = 36
KINDS = {"heat": "demo-fjarrvarme", "grid": "demo-elnat", "retail": "demo-elhandel"}
ALTERNATIVES = 500
SINGLES = 20  # single bills timed, for what ALTERNATIVES of them would take
HIGH_LOAD = (
    "{ months = [1, 2, 3, 11, 12], from_hour = 6, to_hour = 22, excluded = "
    '["new_years_day", "epiphany", "good_friday", "easter_monday", "christmas_eve", "christmas_day", "boxing_day"] }'
)


def bills(_: Path) -> list[Figure]:
    """Time 36 months of each kind of contract, for the metered load and for 200 draws of it."""
    import numpy as np

    from energy.demo import files
    from energy.model import BillingContext, Contract, Load
    from energy.tariffs.bill import bill
    from energy.tariffs.pricelist import read_price_list

    texts = {name: data.decode() for name, data in files(SEED).items() if name.startswith("tariffs/")}
    lists = [read_price_list(text, name) for name, text in texts.items()]
    months = [date(2021 + i // 12, 1 + i % 12, 1) for i in range(MONTHS)]
    hours = np.arange("2019-12-31T23", "2023-12-31T23", dtype="datetime64[h]").astype("datetime64[s]")
    rng = np.random.default_rng(SEED)
    context = BillingContext(spot_sek_per_kwh=rng.gamma(2.0, 0.3, len(hours)))
    found = []
    for draws, runs in ((1, 5), (200, 3)):
        kwh = rng.gamma(4.0, 60.0, (len(hours), draws))
        load = Load("meter", hours, kwh, kwh / 50, kwh / 50 * 80, kwh / 50 * 45)
        for kind, family in KINDS.items():
            contract = Contract("meter", family, date(2019, 1, 1), date(2024, 1, 1))
            taken = seconds(partial(bill, load, [contract], lists, months, context), runs)
            found.append(Figure(f"bill {kind}, {MONTHS} months, k={draws}", "ms", tuple(1000 * t for t in taken)))
    return found


def facility_years(_: Path) -> list[Figure]:
    """Time a year of heat and electricity through every component, k=1 and warm, beside plain sums of the arrays."""
    facility, context = year_of_loads(1)
    lists = year_lists()
    year_bill(facility, lists, context)
    ours = seconds(partial(year_bill, facility, lists, context), 25)
    plain = seconds(partial(plain_sums, facility), 25)
    return [
        Figure("plain sums of a facility-year", "ms", tuple(1000 * t for t in plain)),
        Figure("facility-year, every component", "ms", tuple(1000 * t for t in ours)),
    ]


def alternatives(_: Path) -> list[Figure]:
    """Time 500 alternative years at once, beside plain sums of their arrays and 500 single bills (extrapolated).

    Also with holes in every array, and for loads whose first hour is not a midnight: they must be copied.
    """
    from dataclasses import replace

    facility, context = year_of_loads(ALTERNATIVES)
    lists = year_lists()
    found = [
        Figure(f"plain sums of {ALTERNATIVES} years", "s", seconds(partial(plain_sums, facility), 5)),
        Figure(f"{ALTERNATIVES} facility-years at once", "s", seconds(partial(year_bill, facility, lists, context), 5)),
    ]
    single, alone = year_of_loads(1)
    taken = seconds(partial(year_bill, single, lists, alone), SINGLES)
    each = tuple(t * ALTERNATIVES for t in taken)
    found.append(Figure(f"{ALTERNATIVES} facility-years one by one", "s", each))
    spot = context.spot_sek_per_kwh
    assert spot is not None
    shifted = [_from_hour(load, 5) for load in facility]
    work = partial(year_bill, shifted, lists, replace(context, spot_sek_per_kwh=spot[5:]))
    found.append(Figure(f"{ALTERNATIVES} years, cut within a day", "s", seconds(work, 3)))
    del shifted, work
    for load in facility:
        load.energy_kwh[1000::1717] = float("nan")
    work = partial(year_bill, facility, lists, context)
    found.append(Figure(f"{ALTERNATIVES} years, hours missing", "s", seconds(work, 3)))
    return found


def audits(_: Path) -> list[Figure]:
    """Time the audit of ten thousand invoice lines, bills and lines loaded."""
    from tests import bench_audit

    return [Figure("audit, 10 000 invoice lines", "s", bench_audit.seconds(10_000))]


def year_of_loads(draws: int) -> tuple[list[Load], BillingContext]:
    """Return a heat load and an electricity load of 2024 (8 784 h) in `draws` draws, and what the bill needs beside."""
    import numpy as np

    from energy.model import BillingContext, Load

    hours = np.arange("2023-12-31T23", "2024-12-31T23", dtype="datetime64[h]").astype("datetime64[s]")
    rng = np.random.default_rng(SEED)
    heat, power, reactive = (rng.random((len(hours), draws)) for _ in range(3))
    heat *= 400
    power *= 200
    reactive *= 90
    volume = heat / 50
    loads = [
        Load("heat", hours, heat, volume, volume * 80, volume * 45),
        Load("power", hours, power, reactive_kvarh=reactive),
    ]
    months = [date(2024, month, 1) for month in range(1, 13)]
    spot = rng.normal(0.5, 0.4, len(hours))
    return loads, BillingContext(spot_sek_per_kwh=spot, system_return_c=dict.fromkeys(months, 44.0))


def year_lists() -> list[PriceList]:
    """Return a heat list like Göteborg's 2024 with flow beside, a grid list with every sort of fee, and a spot list."""
    from tests.tariffs.loads import component as comp
    from tests.tariffs.loads import price_list

    bands = "bands = [{ up_to = 100, fixed = 10360, price = 1089 }, { up_to = 250, fixed = 15260, price = 1040 }, "
    heat = (
        comp("billed_energy_kwh", "SEK/MWh", "by_month = [531, 531, 531, 366, 167, 102, 102, 102, 148, 366, 422, 531]")
        + comp("mean_of_highest_daily_means", "SEK/kW,year", bands + "{ fixed = 28260, price = 988 }], "
               'spread = "days"', n="3", window_months="12", short_history='"use_available"')
        + comp("return_temperature_difference", "SEK/MWh,°C", "value = 7", reference_c='"system_return_c"')
        + comp("billed_flow_m3", "SEK/m3", "value = 3", months="[1, 2, 3, 4, 10, 11, 12]")
    )  # fmt: skip
    grid = (
        comp("fixed", "SEK/month", "value = 2180")
        + comp("monthly_peak_hour", "SEK/kW,month", "value = 21")
        + comp("high_load_peak", "SEK/kW,month", "value = 66", high_load=HIGH_LOAD)
        + comp("reactive_peak_above_share", "SEK/kVAr,month", "value = 9", share="0.3")
        + comp("billed_energy_kwh", "öre/kWh", "value = 8", label="Höglast", time='"high_load"', high_load=HIGH_LOAD)
        + comp("billed_energy_kwh", "öre/kWh", "value = 4", label="Låglast", time='"low_load"', high_load=HIGH_LOAD)
        + comp("fixed", "SEK/year", 'value = 3904, spread = "twelfths"', label="Myndighetsavgifter")
        + comp("billed_energy_kwh", "öre/kWh", 'tax = "energy_tax_electricity", carried_by = "grid"', label="Skatt")
    )
    retail = comp("spot_energy", "spot") + comp("billed_energy_kwh", "öre/kWh", "value = 3", label="Påslag")
    named = {"heat": heat, "grid": grid, "retail": retail}
    return [price_list(body, id=f'"{name}"', family=f'"{name}"') for name, body in named.items()]


def year_bill(loads: Sequence[Load], lists: Sequence[PriceList], context: BillingContext) -> list[BilledComponent]:
    """Return the twelve bills of both carriers, from Load to amounts; every amount must be known."""
    from energy.model import Contract
    from energy.tariffs.bill import bill

    start, end = date(2024, 1, 1), date(2025, 1, 1)
    months = [date(2024, month, 1) for month in range(1, 13)]
    families = {"heat": ["heat"], "power": ["grid", "retail"]}
    found = []
    for load in loads:
        contracts: list[Contract] = [
            Contract(load.metering_point, family, start, end) for family in families[load.metering_point]
        ]
        found += bill(load, contracts, lists, months, context)
    return found


def plain_sums(loads: Sequence[Load]) -> list[object]:
    """Return the sum over the year of each array that is billed: what no bill of the same loads can do without."""
    arrays = [array for one in loads for array in (one.energy_kwh, one.volume_m3, one.return_m3c, one.reactive_kvarh)]
    return [array.sum(axis=0) for array in arrays if array is not None]


def _from_hour(load: Load, first: int) -> Load:
    from dataclasses import replace

    names = ("start_utc", "energy_kwh", "volume_m3", "supply_m3c", "return_m3c", "reactive_kvarh")
    cut = {name: getattr(load, name)[first:] for name in names if getattr(load, name) is not None}
    return replace(load, **cut)
