"""Avoided cost with known truth: simulated facilities through a published price list, with and without a project.

The facilities are those of `simulated` (thermal inertia, month-long noise, three weeks closed in the base year), here
with volume and return temperature that follow the weather, the hour and a noise of their own. The project takes base
load and warms the return, so that the load is reshaped and not only scaled. The truth is the bill of the load that the
generator made without the project, less the bill of the one with it. Prices are Göteborg Energi 2024, company list.

    OPENBLAS_NUM_THREADS=1 python -m tests.savings.known_cost 50
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import numpy as np

from energy.model import BillingContext, Contract, Floats, Load, PriceList
from energy.savings.baselines.baseline import Settings, fit, predict
from energy.savings.baselines.drift import Drift
from energy.savings.baselines.frozen import Baseline
from energy.savings.saved.avoided import Case, cells_of, rows_of
from energy.savings.saved.cells import bills_of
from energy.savings.saved.counterfactual import Counterfactual, counterfactual
from energy.tariffs.bill import total
from energy.tariffs.pricelist import as_if_valid
from energy.tariffs.published import published_price_lists
from tests.savings.simulated import Facility, facility, smooth

METER = "simulerad"
NORMAL_BASE, NORMAL_REPORT = np.datetime64("2017-12-31T23", "s"), np.datetime64("2018-12-31T23", "s")
MONTHS = [date(2019, m, 1) for m in range(1, 13)]
DRIFTS = (0.0, 0.04)
COMPONENTS = ("all", "energy", "demand", "return_temperature")
WATER = 1.163 * 0.98  # kWh per m³ and °C


@cache
def prices() -> tuple[list[PriceList], list[Contract], BillingContext]:
    """Return the published list as if valid in 2018-2019, the contract, and the network's return temperatures."""
    found = next(one for one in published_price_lists() if one.id == "goteborg-energi-2024")
    network = {date(y, m, 1): 43.0 for y in (2018, 2019) for m in range(1, 13)}
    contract = Contract(METER, found.family, date(2018, 1, 1), date(2020, 1, 1))
    return [as_if_valid(found, date(2018, 1, 1), date(2020, 1, 1))], [contract], BillingContext(system_return_c=network)


def metered(one: Facility, seed: int) -> tuple[Load, Load]:
    """Return what the meter would show without and with the project: energy [kWh], volume [m³], return [m³·°C]."""
    rng = np.random.default_rng(10_000 + seed)
    air = one.drivers.air_temperature_c
    n = len(one.hours)
    supply = np.clip(88.0 - 0.9 * air, 70.0, 105.0)
    back = (
        44.0 - 0.12 * air + rng.uniform(-3, 3)
        + 1.0 * smooth(rng.standard_normal(n), 15 * 24.0) + 0.7 * smooth(rng.standard_normal(n), 5.0)
    )  # fmt: skip
    after = one.hours >= NORMAL_REPORT
    taken = np.minimum(rng.uniform(0.1, 0.3) * one.energy_kwh.mean(), 0.6 * one.energy_kwh)
    changed = np.where(after, one.energy_kwh - taken, one.energy_kwh)
    warmer = np.where(after, back + rng.uniform(0, 3), back)
    return _load(one, one.energy_kwh, supply, back), _load(one, changed, supply, warmer)


def _load(one: Facility, energy: Floats, supply: Floats, back: Floats) -> Load:
    volume = energy / (WATER * (supply - back))
    return Load(
        METER, one.hours, energy[:, None], volume[:, None], (volume * supply)[:, None], (volume * back)[:, None]
    )


@dataclass(frozen=True)
class Found:
    """One facility: component -> error, half-width of the band and whether it holds the truth; and the baseline cost.

    Errors and widths are shares of the whole true baseline cost; `mean_billed` is the error of the demand component
    where the mean prediction is billed instead of the draws, a share of the true demand cost.
    """

    error: dict[str, float]
    half: dict[str, float]
    held: dict[str, bool]
    demand_error: float
    mean_billed: float


def one_facility(seed: int, *, drift_sd: float = 0.0, count: int = 200) -> Found:
    """Return what avoided cost was found on one facility, beside the truth."""
    one = facility(seed, drift_sd=drift_sd, closure=True)
    without, actual = metered(one, seed)
    base = one.year(NORMAL_BASE, NORMAL_REPORT)
    names = ("energy_kwh", "volume_m3", "return_m3c", "supply_m3c")
    targets = {name: getattr(without, name)[base, 0] for name in names}
    settings = Settings(lags_h=(0.0, 12.0, 24.0), drift=Drift(drift_sd, "känd"))
    model = fit(one.hours[base], targets, one.drivers, settings)
    loads = counterfactual(actual, model, one.drivers, NORMAL_REPORT, count=count, seed=seed)
    lists, contracts, context = prices()
    case = Case("district_heating", loads, context)
    true = replace(case, loads=replace(loads, load=without))
    estimate = rows_of(cells_of(case, contracts, lists, MONTHS), MONTHS, ("last_12_months",))
    truth = rows_of(cells_of(true, contracts, lists, MONTHS), MONTHS, ("last_12_months",))
    bands = {r.component: r.avoided_cost_sek for r in estimate if r.carrier == "district_heating"}
    known = {r.component: r.avoided_cost_sek.value for r in truth if r.carrier == "district_heating"}
    paid = {r.component: r.adjusted_baseline_cost_sek.value for r in truth if r.carrier == "district_heating"}
    cost = paid["all"]
    demand = (bands["demand"].value - known["demand"]) / paid["demand"]
    return Found(
        {c: (bands[c].value - known[c]) / cost for c in COMPONENTS},
        {c: (bands[c].high - bands[c].low) / 2 / cost for c in COMPONENTS},
        {c: bands[c].low <= known[c] <= bands[c].high for c in COMPONENTS},
        demand,
        _mean_billed(case, one, model) / paid["demand"] - 1.0,
    )


def _mean_billed(case: Case, one: Facility, model: Baseline) -> float:
    """Return the demand cost of the mean prediction [SEK]."""
    lists, contracts, _ = prices()
    energy = case.loads.actual.energy_kwh.copy()
    after = case.loads.reporting
    energy[after, 0] = predict(model, one.drivers, one.hours[after])["energy_kwh"]
    smooth_load = Load(METER, one.hours, energy)
    lines = bills_of(replace(case, loads=_same(case.loads, smooth_load)), contracts, lists, MONTHS)[0]
    return float(total(line for line in lines if line.component == "demand")[0])


def _same(loads: Counterfactual, load: Load) -> Counterfactual:
    return replace(loads, actual=load, load=load)


@dataclass(frozen=True)
class Result:
    """Over some facilities, by component: mean error and its standard error, share held, median half-width [%]."""

    mean_error_pct: dict[str, float]
    standard_error_pct: dict[str, float]
    held: dict[str, float]
    half_width_pct: dict[str, float]
    demand_error_pct: float
    mean_billed_pct: float


def known_cost(seeds: Sequence[int], *, drift_sd: float = 0.0, count: int = 200) -> Result:
    """Return what was found on the facilities of the seeds."""
    found = [one_facility(seed, drift_sd=drift_sd, count=count) for seed in seeds]
    errors = {c: 100 * np.array([f.error[c] for f in found]) for c in COMPONENTS}
    return Result(
        {c: float(e.mean()) for c, e in errors.items()},
        {c: float(e.std(ddof=1) / np.sqrt(len(e))) for c, e in errors.items()},
        {c: float(np.mean([f.held[c] for f in found])) for c in COMPONENTS},
        {c: 100 * float(np.median([f.half[c] for f in found])) for c in COMPONENTS},
        100 * float(np.mean([f.demand_error for f in found])),
        100 * float(np.mean([f.mean_billed for f in found])),
    )


def told(found: dict[float, Result]) -> str:
    """Return drift -> result as a Markdown table: by drift told to the bands and by component."""
    heads = ["drift a year", "component", "error %, mean ± s.e.", "holds 90 %", "half-width 90 %"]
    lines = [
        [
            f"{100 * drift:.0f} %", c, f"{one.mean_error_pct[c]:.2f} ± {one.standard_error_pct[c]:.2f}",
            f"{100 * one.held[c]:.0f}", f"{one.half_width_pct[c]:.1f}",
        ]
        for drift, one in found.items() for c in COMPONENTS
    ]  # fmt: skip
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (heads, ["---"] * len(heads), *lines))


def main(number: int) -> None:
    """Print the table of `number` facilities without drift and with a known one of 4 %."""
    found = {drift: known_cost(range(200, 200 + number), drift_sd=drift) for drift in DRIFTS}
    print(told(found))
    for drift, one in found.items():
        print(
            f"drift {drift:.0%}, demand alone: error {one.demand_error_pct:+.1f} % of its cost by draws, "
            f"{one.mean_billed_pct:+.1f} % where the mean prediction is billed"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
