"""What must hold for every method of the registry: each draw as if it were alone, and no quiet figure.

A method without a case here fails `test_every_method_has_a_case`: add its unit, parameters and options to CASES.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.model import Load
from energy.tariffs.bill import bill, total
from energy.tariffs.determinants import DETERMINANTS
from tests.tariffs import test_heat_properties as heat
from tests.tariffs.loads import HOUR, component, contract, price_list

DRAWS = 3
MONTHS = [date(2024, 1, 1), date(2024, 2, 1), date(2024, 9, 1)]
HIGH_LOAD = '{ months = [1, 2, 12], from_hour = 6, to_hour = 22, excluded = ["epiphany"] }'
SEEDED = np.random.default_rng(5)
CONTEXT = replace(
    heat.CONTEXT,
    spot_sek_per_kwh=SEEDED.normal(0.5, 0.4, len(heat.HOURS)),
    spot_quarters_sek_per_kwh=SEEDED.normal(0.5, 0.4, (len(heat.HOURS), 4)),
    system_return_c=dict.fromkeys(MONTHS, 45.0),
)


@dataclass(frozen=True)
class Case:
    """A method as a price list has it, and the contract's options."""

    unit: str
    parameters: dict[str, str] = field(default_factory=dict)
    options: dict[str, float] = field(default_factory=dict)


POWER = {name: Case("SEK/kW,month", parameters) for name, parameters in heat.POWERS.items()}
CASES = {
    "fixed": [Case("SEK/month")],
    "billed_energy_kwh": [
        Case("öre/kWh"),
        Case("öre/kWh", {"time": '"high_load"', "high_load": HIGH_LOAD}),
        Case("öre/kWh", {"time": '"low_load"', "high_load": HIGH_LOAD}),
    ],
    "spot_energy": [Case("spot"), Case("spot", {"of": '"unhedged"', "share": "0.4", "resolution": '"hour"'})],
    "hedged_energy": [Case("öre/kWh", {"share": "0.4"})],
    "billed_flow_m3": [Case("SEK/m3")],
    "flow_against_reference": [Case("SEK/m3", {"reference_m3_per_mwh": "19.0", "form": '"charge_only"'})],
    "return_temperature_difference": [Case("SEK/MWh,°C", {"reference_c": '"system_return_c"'})],
    "mean_of_highest_daily_means": [
        POWER["mean_of_highest_daily_means"],
        Case("SEK/kW,month", {"n": "3", "window_months": "12"}),
        Case("SEK/kW,month", {"n": "5", "window_months": "12", "of": '"highest_hour"'}),
    ],
    "highest_daily_mean_in_season": [POWER["highest_daily_mean_in_season"]],
    "effect_signature": [POWER["effect_signature"]],
    "category_number": [POWER["category_number"]],
    "corrected_energy": [Case("SEK/MWh,year", {"years": "2", "weather_share": "0.7"})],
    "power_in_category": [POWER["power_in_category"]],
    "utilisation_shortfall": [POWER["utilisation_shortfall"]],
    "monthly_peak_hour": [Case("SEK/kW,month"), Case("SEK/kW,month", {"n": "3"})],
    "high_load_peak": [Case("SEK/kW,month", {"high_load": HIGH_LOAD, "n": "2"})],
    "subscribed": [Case("SEK/kW,month", {}, {"subscribed_kw": 60.0})],
    "overrun": [
        Case("SEK/kW,month", {}, {"subscribed_kw": 60.0}),
        Case("SEK/kW,month", {"of": '"daily_mean"', "recommended": heat.HIGHEST, "charged": '"below_recommended"'},
             {"subscribed_kw": 60.0}),
    ],
    "settled_high_load_peak": [Case("SEK/kW", {"high_load": HIGH_LOAD})],
    "reactive_peak_above_share": [Case("SEK/kVAr,month", {"share": "0.3"})],
    "reactive_energy_above_share": [Case("SEK/kVArh", {"share": "0.3"})],
}  # fmt: skip
NEEDS_NO_LOAD = {"fixed", "subscribed"}
every = pytest.mark.parametrize(
    ("method", "case"), [(name, case) for name, cases in CASES.items() for case in cases],
    ids=[f"{name}-{at}" for name, cases in CASES.items() for at in range(len(cases))],
)  # fmt: skip


def random_load(seed: int) -> Load:
    """The building of test_heat_properties, with reactive energy and quarters."""
    load, rng = heat.random_load(seed, DRAWS), np.random.default_rng(seed)
    shares = rng.dirichlet(np.ones(4), (len(heat.HOURS), DRAWS)).transpose(0, 2, 1)
    reactive = load.energy_kwh * rng.uniform(0.1, 0.8, load.energy_kwh.shape)
    return replace(load, reactive_kvarh=reactive, energy_quarters_kwh=shares * load.energy_kwh[:, None, :])


def only(load: Load, draw: int) -> Load:
    """One draw of the load."""
    arrays = ("energy_kwh", "volume_m3", "supply_m3c", "return_m3c", "reactive_kvarh", "energy_quarters_kwh")
    return replace(load, **{name: getattr(load, name)[..., [draw]] for name in arrays})


def billed(load: Load, method: str, case: Case):
    priced = 'value = 1, spread = "twelfths"' if case.unit.endswith("year") else "value = 1"
    body = component(method, case.unit, priced, **case.parameters)
    return bill(load, [contract("prov", **case.options)], [price_list(body)], MONTHS, CONTEXT)


def test_every_method_has_a_case():
    assert CASES.keys() == DETERMINANTS.keys(), "add the new method to CASES"


@every
@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), hole=st.sampled_from([None, "2023-12-06T09", "2024-01-17T12", "2024-02-20T03"]))
def test_many_draws_are_many_single_bills(method, case, seed, hole):
    """With a hole in the middle draw: it is unknown there, and the others know nothing of it."""
    load = random_load(seed)
    if hole is not None:
        load.energy_kwh[int((np.datetime64(hole) - heat.HOURS[0]) / HOUR), 1] = np.nan
    together = {one.month: one for one in billed(load, method, case)}
    for draw in range(DRAWS):
        alone = {one.month: one for one in billed(only(load, draw), method, case)}
        assert alone.keys() <= together.keys()
        for month, one in together.items():
            if month not in alone:  # nothing to bill: no line of its own, and no money beside the other draws
                assert one.amount_sek[draw] == 0
                continue
            other = alone[month]
            assert one.quantity[[draw]] == pytest.approx(other.quantity, rel=1e-9, abs=1e-8, nan_ok=True)
            assert one.amount_sek[[draw]] == pytest.approx(other.amount_sek, rel=1e-9, abs=1e-6, nan_ok=True)
            assert (other.reason is None) == bool(np.isfinite(other.amount_sek).all())
            assert one.unit == other.unit and one.quantity.shape == one.amount_sek.shape == (DRAWS,)


@every
def test_a_load_that_tells_nothing_costs_something_unknown_never_zero(method, case):
    load = random_load(1)
    for values in (load.energy_kwh, load.volume_m3, load.return_m3c, load.reactive_kvarh, load.energy_quarters_kwh):
        values[:] = np.nan
    found = billed(load, method, case)
    assert found
    if method in NEEDS_NO_LOAD:
        assert np.isfinite(total(found)).all()
        return
    for one in found:
        assert np.isnan(one.amount_sek).all(), (one.month, one.amount_sek)
        assert one.reason and np.isnan(one.quantity).all()
