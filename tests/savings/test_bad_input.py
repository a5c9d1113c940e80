"""Bad input through fit, draws and band: a reasoned refusal or a band that holds the truth, never a crash.

The simulated facility is metered in the second year with a fifth less than it would have taken; the baseline year, or
the weather, is spoiled in every way a meter file can be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from energy.model import Floats
from energy.savings.bands.uncertainty import band, draws
from energy.savings.baselines.baseline import Settings, fit, predict
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.stuck import stuck
from tests.savings.simulated import BASE, END, NO_DRIFT, REPORT, Facility, facility, weather

SAVED = 0.2


@dataclass
class Given:
    """What the fit sees; a case spoils it. `truth` of the second year where the case makes another meter."""

    one: Facility
    energy: Floats
    air: Floats
    rows: np.ndarray  # of the baseline year
    rng: np.random.Generator
    truth: Floats | None = None


def _gaps(g: Given) -> None:
    for first in g.rng.integers(0, 355, 10):
        g.energy[g.rows[first * 24 : (first + 1) * 24]] = np.nan


def _hours(g: Given, value: float, count: int = 50) -> None:
    g.energy[g.rng.choice(g.rows, count, replace=False)] = value


def _set(first: int, end: int, change: Callable[[Floats], Floats | float]) -> Callable[[Given], None]:
    def spoil(g: Given) -> None:
        part = g.rows[first:end]
        g.energy[part] = change(g.energy[part])

    return spoil


def _stays(g: Given) -> None:
    """Raise the use by two fifths from the middle of the base year on; it is there in the second year too."""
    g.energy[g.rows[4000] :] *= 1.4
    g.truth = g.energy.copy()


def _air(change: Callable[[Given], Floats]) -> Callable[[Given], None]:
    def spoil(g: Given) -> None:
        g.air = change(g)

    return spoil


def _sun(g: Given) -> None:
    """Make it a meter of solar power, fed in: negative."""
    t = np.arange(len(g.energy))
    shine = np.maximum(0, np.sin((t % 24 - 6) / 12 * np.pi)) * (1 + np.sin(t / 8766 * 2 * np.pi))
    g.energy = -50 * shine * (1 + 0.3 * g.rng.standard_normal(len(t)))
    g.truth = g.energy.copy()


def _constant(value: float) -> Callable[[Given], None]:
    def spoil(g: Given) -> None:
        g.energy = np.full(len(g.energy), value)

    return spoil


def _eleven(g: Given) -> None:
    g.rows = g.rows[: 334 * 24]


# case -> (what is spoiled, the reason that is told; None: a band)
CASES: dict[str, tuple[Callable[[Given], None], str | None]] = {
    "clean": (lambda g: None, None),
    "ten days missing": (_gaps, None),
    "sixty days missing": (_set(2000, 3440, lambda v: np.nan), "dygn med mätvärden"),
    "stuck a summer month": (_set(3000, 3720, lambda v: v[0]), "täcker för lite av"),
    "stuck four days": (_set(700, 800, lambda v: v[0]), None),
    "stuck a hundred days": (_set(3000, 5400, lambda v: v[0]), "dygn med mätvärden"),
    "a step up in the middle, to stay": (_stays, None),
    "eleven months": (_eleven, "omfattar 334 dygn"),
    "one day": (_set(24, 9000, lambda v: np.nan), "omfattar 1 dygn"),
    "nothing but NaN": (_constant(np.nan), "omfattar 0 dygn"),
    "nothing but zero": (_constant(0.0), "samma värde hela tiden"),
    "a constant": (_constant(50.0), "samma värde hela tiden"),
    "solar power, negative": (_sun, None),
    "five huge spikes": (lambda g: _hours(g, 1e6, 5), None),
    "one value of a billion": (lambda g: _hours(g, 1e9, 1), None),
    "infinite values": (lambda g: _hours(g, np.inf), None),
    "minus infinity": (lambda g: _hours(g, -np.inf), None),
    "weather of the other hemisphere": (_air(lambda g: np.roll(g.air, 182 * 24)), None),
    "weather five days late": (_air(lambda g: np.roll(g.air, 120)), None),
    "weather twelve hours late": (_air(lambda g: np.roll(g.air, 12)), None),
    "weather of pure chance": (_air(lambda g: g.rng.normal(8, 8, len(g.air))), None),
    "weather in Fahrenheit": (_air(lambda g: 1.8 * (g.air + 4) + 32), "Fahrenheit"),
    "constant weather": (_air(lambda g: np.full(len(g.air), 8.0)), "spänner bara över 0,0 grader"),
    "no weather": (_air(lambda g: np.full(len(g.air), np.nan)), "omfattar 0 dygn"),
    "infinite weather": (_air(lambda g: np.where(np.arange(len(g.air)) % 400 == 0, np.inf, g.air)), None),
    "weather of another place": (_air(lambda g: weather(np.random.default_rng(777), g.one.hours)), ""),
}


@pytest.fixture(scope="module")
def one() -> Facility:
    """One facility of two years, noise of a month's memory."""
    return facility(100)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("case", CASES)
def test_a_reason_or_a_band_that_holds_the_truth(one: Facility, case: str) -> None:
    spoil, reason = CASES[case]
    base, report = one.year(BASE, REPORT), one.year(REPORT, END)
    air, rows = one.drivers.air_temperature_c.copy(), np.flatnonzero(base)
    given = Given(one, one.energy_kwh.copy(), air, rows, np.random.default_rng(9))
    spoil(given)
    drivers = Drivers(one.hours, given.air, one.drivers.calendar)
    model = fit(one.hours[given.rows], {"energy_kwh": given.energy[given.rows]}, drivers, Settings(drift=NO_DRIFT))
    drawn = draws(model, drivers, 100, 1, start_utc=one.hours[report])["energy_kwh"]
    if reason is not None and (reason or model.disqualified):
        assert reason in (model.disqualified or "") and (model.disqualified or "").startswith("kan inte bedömas: ")
        assert np.isnan(drawn).all() and np.isnan(predict(model, drivers)["energy_kwh"]).all()
        return
    assert model.disqualified is None
    truth = (one.energy_kwh if given.truth is None else given.truth)[report]
    known = ~np.isnan(drawn[:, 0])
    assert known.mean() > 0.99
    use = float(truth[known].sum())
    found = band(drawn[known].sum(axis=0) - (1 - SAVED) * use)
    assert found.low <= SAVED * use <= found.high, (found, SAVED * use)


def test_hours_of_a_standing_meter_are_left_out(one: Facility) -> None:
    rows = np.flatnonzero(one.year(BASE, REPORT))
    energy = one.energy_kwh[rows].copy()
    energy[700:800] = energy[700]
    model = fit(one.hours[rows], {"energy_kwh": energy}, one.drivers, Settings(drift=NO_DRIFT))
    assert model.rows_left_out == 100


@pytest.mark.parametrize(
    ("values", "hours"),
    [
        (np.r_[np.arange(1.0, 2000), np.full(100, 7.5), np.arange(1.0, 2000)], 100),
        (np.r_[np.arange(1.0, 2000), np.zeros(900), np.arange(1.0, 2000)], 0),  # off for a month: real zeros
        (np.r_[np.arange(1.0, 2000), np.full(60, 7.5), np.arange(1.0, 2000)], 0),  # two days and a half
        (np.tile(np.repeat([2.0, 3.0], 80), 50), 0),  # a coarse register: runs of eighty hours are its own
        (np.full(5000, 4.0), 0),  # never moves: the gate of variation tells
        (np.r_[np.arange(1.0, 2000), np.tile([5.0, np.nan], 100), np.arange(1.0, 2000)], 0),
        (np.array([]), 0),
    ],
)  # fmt: skip
def test_what_a_standing_meter_is(values: Floats, hours: int) -> None:
    assert stuck(values).sum() == hours
