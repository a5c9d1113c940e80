"""What must hold for any load: sums, additivity, scaling, order, and every draw as if it were alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.model import BillingContext, Floats, Load
from energy.tariffs.bill import bill, by_month, total
from energy.tariffs.vat import with_vat
from tests.tariffs.loads import METER, contract, hours, price_list, published
from tests.tariffs.loads import component as comp

FIRST, END = date(2023, 1, 1), date(2025, 1, 1)
HOURS = hours(FIRST, END)
MONTHS = [date(2024, 1, 1), date(2024, 3, 1), date(2024, 7, 1)]
CONTEXT = BillingContext(
    spot_sek_per_kwh=np.random.default_rng(0).normal(0.5, 0.4, len(HOURS)),
    system_return_c=dict.fromkeys(MONTHS, 45.0),
)
HEAT = [contract("goteborg-energi-fjarrvarme")]
POWER = [contract("sundsvall-elnat-11kv"), contract("spot-se3", markup_ore_per_kwh=3)]
LISTS = [published(name) for name in ("goteborg-energi-2024", "sundsvall-elnat-11kv-2024", "spot-se3")]
HIGH_LOAD = "{ months = [1, 2], from_hour = 6, to_hour = 22 }"
seeds = st.integers(0, 2**32 - 1)


def random_load(seed: int, draws: int = 1, gaps: int = 0) -> Load:
    rng = np.random.default_rng(seed)
    energy = rng.gamma(2.0, 40.0, (len(HOURS), draws))
    volume = energy * rng.uniform(0.015, 0.03, energy.shape)
    if gaps:
        energy[rng.integers(0, len(HOURS), gaps)] = np.nan
    heat, reactive = volume * rng.uniform(35, 55, energy.shape), energy * rng.uniform(0.1, 0.8, energy.shape)
    return Load(METER, HOURS, energy, volume, volume * 80, heat, reactive)


def changed(load: Load, change: Callable[[Floats], Floats]) -> Load:
    """The load with the same change made to each of its arrays."""
    arrays = (load.energy_kwh, load.volume_m3, load.supply_m3c, load.return_m3c, load.reactive_kvarh)
    return Load(METER, HOURS, *map(change, arrays))


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_components_sum_to_months_and_months_to_the_total(seed):
    billed = bill(random_load(seed), [*HEAT, *POWER], LISTS, MONTHS, CONTEXT)
    assert total(billed) == pytest.approx(sum(by_month(billed).values()))
    assert total(billed) == pytest.approx(sum(float(one.amount_sek[0]) for one in billed))


@settings(max_examples=10, deadline=None)
@given(seeds, st.integers(2, 30))
def test_energy_and_flow_add_up_over_time(seed, day):
    body = (
        comp("billed_energy_kwh", "SEK/MWh", "value = 400") + comp("billed_flow_m3", "SEK/m3", "value = 4")
        + comp("billed_energy_kwh", "SEK/MWh", label="Höglast", time='"high_load"', high_load=HIGH_LOAD)
        + comp("billed_energy_kwh", "SEK/MWh", label="Låglast", time='"low_load"', high_load=HIGH_LOAD)
        + comp("flow_against_reference", "SEK/m3", "value = 4", reference_m3_per_mwh="19.0")
        + comp("hedged_energy", "SEK/MWh", "value = 450", share="0.3") + comp("spot_energy", "spot")
        + comp("spot_energy", "spot", label="Rörlig del", of='"unhedged"', share="0.3")
    )  # fmt: skip
    cut = f"2024-01-{day:02d}"
    parts = [price_list(body, id='"a"', valid_to=cut), price_list(body, id='"b"', valid_from=cut)]
    load, month = random_load(seed), MONTHS[:1]
    whole = bill(load, [contract("prov")], [price_list(body)], month, CONTEXT)
    halves = bill(load, [contract("prov")], parts, month, CONTEXT)
    for one in whole:
        same = [half.amount_sek for half in halves if half.label == one.label]
        assert np.sum(same, axis=0) == pytest.approx(one.amount_sek)
    parted = {one.label: one.quantity for one in whole}
    assert parted["Höglast"] + parted["Låglast"] == pytest.approx(parted["billed_energy_kwh"])


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_a_bill_is_rounded_as_on_the_invoice_each_line_and_then_the_sum(seed):
    """Lines to whole öre, halves away from zero; the sum is of the lines shown, and so is its VAT."""
    billed = bill(random_load(seed), [*HEAT, *POWER], LISTS, MONTHS, CONTEXT)
    shown = with_vat(billed, LISTS)
    net = [Decimal(repr(one)) for one in shown["net_sek"]]
    exact = [Decimal(repr(round(float(one.amount_sek[0]), 8))) for one in billed]
    assert net == [one.quantize(Decimal("0.01"), ROUND_HALF_UP) for one in exact]
    rows = zip(net, shown["vat_sek"], shown["gross_sek"], strict=True)
    assert all(Decimal(repr(gross)) == amount + Decimal(repr(vat)) for amount, vat, gross in rows)
    assert abs(sum(net) - Decimal(float(total(billed)[0]))) <= Decimal("0.005") * len(billed) + Decimal("1e-6")


@settings(max_examples=10, deadline=None)
@given(seeds, st.floats(0.1, 10))
def test_a_scaled_load_scales_everything_but_fixed_and_banded_prices(seed, factor):
    load = random_load(seed)
    once = bill(load, [*HEAT, *POWER], LISTS, MONTHS, CONTEXT)
    more = bill(changed(load, lambda values: values * factor), [*HEAT, *POWER], LISTS, MONTHS, CONTEXT)
    for one, other in zip(once, more, strict=True):
        assert other.quantity == pytest.approx(one.quantity * (1 if one.determinant == "fixed" else factor))
        if one.determinant != "fixed" and one.label != "Effekt":
            assert other.amount_sek == pytest.approx(one.amount_sek * factor)


@settings(max_examples=5, deadline=None)
@given(seeds, st.permutations([*HEAT, *POWER]), st.permutations(LISTS))
def test_the_order_of_contracts_and_lists_does_not_matter(seed, contracts, lists):
    load = random_load(seed, gaps=1)
    once = bill(load, [*HEAT, *POWER], LISTS, MONTHS, CONTEXT)
    again = bill(load, contracts, lists, MONTHS[::-1], CONTEXT)
    assert [(a.month, a.label, a.reason, a.amount_sek.tobytes()) for a in once] == [
        (b.month, b.label, b.reason, b.amount_sek.tobytes()) for b in again
    ]


@settings(max_examples=5, deadline=None)
@given(seeds, st.integers(0, 3), st.integers(0, 2))
def test_a_draw_is_billed_as_if_it_were_alone(seed, draw, gaps):
    load = random_load(seed, draws=4, gaps=gaps)
    alone = changed(load, lambda values: values[:, [draw]])
    together = bill(load, [*HEAT, *POWER], LISTS, MONTHS, CONTEXT)
    for one, other in zip(together, bill(alone, [*HEAT, *POWER], LISTS, MONTHS, CONTEXT), strict=True):
        # a return temperature near its reference is a small difference of large sums: absolute tolerances too
        assert one.quantity[[draw]] == pytest.approx(other.quantity, rel=1e-12, abs=1e-8, nan_ok=True)
        assert one.amount_sek[[draw]] == pytest.approx(other.amount_sek, rel=1e-12, abs=1e-6, nan_ok=True)
