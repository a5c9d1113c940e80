"""Components that cannot be modelled are not assessed alone: the others have figures, and totals say what they lack."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from energy.model import BillingContext, Load
from energy.savings.bands.uncertainty import draws
from energy.savings.baselines.baseline import Settings, fit
from energy.savings.baselines.drift import Drift
from energy.savings.saved.avoided import Case, avoided
from energy.savings.saved.counterfactual import Counterfactual, counterfactual
from energy.tariffs.pricelist import read_price_list
from tests.listed import head
from tests.savings.valued import CONTRACTS, METER, MONTHS, NORMAL_BASE, NORMAL_REPORT, modelled

FLOW = """
[[component]]
component = "energy"
label = "Energi"
determinant = { method = "billed_energy_kwh" }
price = { unit = "SEK/MWh", value = 600 }
[[component]]
component = "flow"
label = "Flöde"
determinant = { method = "billed_flow_m3" }
price = { unit = "SEK/m3", value = 4 }
"""
HEAD = head("prov", "district_heating", "2018-01-01", "2020-01-01", name="Prov")
LISTS = [read_price_list(HEAD + FLOW, "prov.toml")]


@lru_cache(maxsize=1)
def good_and_poor() -> tuple[Counterfactual, Counterfactual]:
    """Return a meter whose volume follows the energy, and one whose volume comes in bursts that nothing explains."""
    one, load, _ = modelled()
    rng = np.random.default_rng(3)
    base = one.year(NORMAL_BASE, NORMAL_REPORT)
    settings = Settings(lags_h=(0.0, 24.0), drift=Drift(0.02, "prov"))
    found = []
    bursts = np.repeat(rng.exponential(1.0, len(one.hours) // 72 + 1) ** 3, 72)[: len(one.hours)]
    for volume in (load.energy_kwh[:, 0] / 50.0, bursts):
        metered = Load(METER, load.start_utc, load.energy_kwh, volume[:, None])
        targets = {"energy_kwh": one.energy_kwh[base], "volume_m3": volume[base]}
        model = fit(one.hours[base], targets, one.drivers, settings)
        found.append(counterfactual(metered, model, one.drivers, NORMAL_REPORT, count=30))
    return found[0], found[1]


def rows(loads: Counterfactual) -> dict[str, object]:
    case = Case("district_heating", loads, BillingContext())
    found = avoided([case], CONTRACTS, LISTS, MONTHS)
    return {(r.carrier, r.component): r for r in found if r.scope == "last_12_months"}


def test_a_flow_without_a_model_is_not_assessed_and_the_energy_is():
    good, poor = (rows(loads) for loads in good_and_poor())
    flow = poor["district_heating", "flow"].avoided_cost_sek
    assert np.isnan(flow.value) and flow.reason.startswith("kan inte bedömas: volym: modellen")
    energy = poor["district_heating", "energy"]
    assert np.isfinite(energy.avoided_cost_sek.value) and energy.excludes == ""
    for carrier in ("district_heating", "all"):
        whole = poor[carrier, "all"]
        assert whole.excludes == "exklusive flöde"
        assert whole.avoided_cost_sek.value == pytest.approx(energy.avoided_cost_sek.value)
        assert whole.actual_cost_sek == pytest.approx(energy.actual_cost_sek)  # the flow is left out on both sides
    assert good["all", "all"].excludes == ""
    assert good["district_heating", "flow"].avoided_cost_sek.value > 0


def test_a_meter_that_tells_no_volume_has_its_energy():
    _, load, model = modelled()
    one = modelled()[0]
    loads = counterfactual(load, model, one.drivers, NORMAL_REPORT, count=10)
    found = rows(loads)
    assert "volym mäts inte" in found["district_heating", "flow"].avoided_cost_sek.reason
    assert found["all", "all"].excludes == "exklusive flöde" and found["all", "all"].avoided_cost_sek.value > 0


def test_a_quantity_the_baseline_never_held_says_so():
    one, load, model = modelled()
    metered = Load(METER, load.start_utc, load.energy_kwh, load.energy_kwh / 50.0)
    loads = counterfactual(metered, model, one.drivers, NORMAL_REPORT, count=10)
    assert loads.unfit == {"volume_m3": "kan inte bedömas: volym ingår inte i baslinjen"}
    assert rows(loads)["district_heating", "flow"].avoided_cost_sek.reason == loads.unfit["volume_m3"]


def test_energy_and_volume_are_drawn_together_with_their_residuals():
    """What is billed by volume follows what is billed by energy: their errors of a draw are one error."""
    good, _ = good_and_poor()
    energy, volume = good.load.energy_kwh[good.reporting], good.load.volume_m3[good.reporting]
    off = [(v - v.mean(axis=1, keepdims=True)).ravel() for v in (energy, volume)]
    assert np.corrcoef(*off)[0, 1] > 0.95
    one, _, model = modelled()
    hours = one.hours[one.hours >= NORMAL_REPORT]
    rough, smooth = (draws(model, one.drivers, 10, start_utc=hours, residuals=r)["energy_kwh"] for r in (True, False))
    assert np.diff(rough, axis=0).std() > 1.2 * np.diff(smooth, axis=0).std()


def test_probability_is_the_share_of_draws_above_zero():
    good, _ = good_and_poor()
    whole = rows(good)["all", "all"]
    assert whole.cost_probability == 1.0 and whole.energy_probability == 1.0
