"""Water that follows the energy is anchored at the meter: by hand, with a register that counts whole cubic metres."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.model import Load
from energy.storage.accounts.displaced import with_delivery_bought, with_energy
from tests.storage.bills import load
from tests.storage.plant import N

PER_KWH = 1 / (1.163 * 45)  # 0.01911 m³: 80 °C supply, 35 °C return
MODELLED = 30 * PER_KWH  # 0.573 m³ an hour, that the register shows as 1 m³ in some hours and none in the others
WHOLE = np.diff(np.floor(MODELLED * np.arange(N + 1)))


def whole_cubic_metres() -> Load:
    """Return a main of 30 kWh an hour whose register shows whole cubic metres."""
    return load("fjv", np.full(N, 30.0), volume_m3=WHOLE, supply_m3c=80 * WHOLE, return_m3c=35 * WHOLE)


def water(main: Load, energy: np.ndarray) -> np.ndarray:
    found = with_energy(main, energy, None).volume_m3
    assert found is not None
    return found


def test_one_kilowatt_hour_more_takes_its_own_water_in_every_hour() -> None:
    """1 / (1.163 · 45) = 0.0191 m³, not the 0.59 or -0.26 m³ between the register and a model of the hour."""
    main = whole_cubic_metres()
    more = water(main, main.energy_kwh + np.eye(N)[:, :48]).sum(axis=0) - WHOLE.sum()
    assert more == pytest.approx(PER_KWH, rel=1e-3)


def test_water_is_continuous_in_energy_and_follows_all_of_it() -> None:
    """0.01 kWh less in the hours with flow: 0.01 · 0.0191 m³ each. Half of the energy: half of the water."""
    main = whole_cubic_metres()
    flowing = WHOLE[:, None] > 0
    less = WHOLE.sum() - water(main, main.energy_kwh - 0.01 * flowing).sum()
    assert less == pytest.approx(0.01 * PER_KWH * flowing.sum(), rel=1e-3)
    assert water(main, 0.5 * main.energy_kwh).sum() == pytest.approx(0.5 * WHOLE.sum(), abs=1.0)


def test_temperatures_follow_the_same_step() -> None:
    main = whole_cubic_metres()
    found = with_energy(main, main.energy_kwh + 0.01, None)
    assert found.supply_m3c is not None and found.return_m3c is not None and main.return_m3c is not None
    assert found.return_m3c - main.return_m3c == pytest.approx(35 * 0.01 * PER_KWH, rel=1e-3)
    assert found.supply_m3c.sum() / found.return_m3c.sum() == pytest.approx(80 / 35)


def test_rounding_is_no_change_of_energy() -> None:
    """(30.2 - 7.1) + 7.1 is 30.200000000000003: such an hour keeps what the meter shows to the last bit."""
    main = replace(whole_cubic_metres(), energy_kwh=np.full((N, 1), 30.2))
    again = (main.energy_kwh - 7.1) + 7.1
    assert again[0, 0] != 30.2
    assert (water(main, again)[:, 0] == WHOLE).all()


def test_an_hour_of_unknown_energy_keeps_its_water_and_one_of_unknown_delivery_has_none() -> None:
    main = whole_cubic_metres()
    energy = main.energy_kwh.copy()
    energy[3] = np.nan
    holed = replace(main, energy_kwh=energy)
    for one in (holed, replace(holed, supply_m3c=None, return_m3c=None)):
        assert (water(one, energy)[:, 0] == WHOLE).all()
        unknown = with_delivery_bought(replace(one, energy_kwh=main.energy_kwh), energy - 30.0, None)
        assert unknown.volume_m3 is not None
        assert np.flatnonzero(np.isnan(unknown.volume_m3[:, 0])).tolist() == [3]


def test_a_meter_of_volume_alone_is_continuous_where_it_has_volume_without_energy() -> None:
    """1 m³ at 0 kWh, else 0.1 m³/kWh: one hundredth of a kWh more brings a thousandth of a m³ to each."""
    energy = np.where(np.arange(N) == 5, 0.0, 20.0)
    volume = np.where(np.arange(N) == 5, 1.0, 2.0)
    main = load("fjv", energy, volume_m3=volume)
    assert water(main, main.energy_kwh + 0.01)[:, 0] - volume == pytest.approx(0.001, rel=1e-3)
