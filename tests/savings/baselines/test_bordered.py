"""The bordered form of a design: the same matrix, the same products and the same coefficients as the whole one."""

from __future__ import annotations

import numpy as np
import pytest

from energy.savings.baselines import bordered, crossval
from energy.savings.baselines.bordered import Bordered
from energy.savings.baselines.design import bordered_design, design
from energy.savings.baselines.features import Clock, Drivers, make_spec, make_surface

HOURS = np.datetime64("2019-03-01", "s") + np.arange(2000) * np.timedelta64(3600, "s")
BLOCK = np.arange(2000) // 500


@pytest.fixture(scope="module")
def case() -> tuple[Bordered, np.ndarray, np.ndarray]:
    """The form, the whole matrix and its penalty of nearly three months with an indicator and a measured driver."""
    rng = np.random.default_rng(4)
    air, sun = 5.0 + np.cumsum(rng.normal(0, 0.5, 2000)), rng.uniform(0, 400, 2000)
    drivers = Drivers(HOURS, air, {"open": (np.arange(2000) % 24 > 8).astype(float)}, {"sun": sun})
    clock = Clock.of(HOURS, drivers)
    surfaces = (make_surface(drivers, clock), make_surface(drivers, clock, ("sun",)))
    spec = make_spec(drivers, 12.0, clock.rows, ("open",), surfaces=surfaces, sun=True)
    return bordered_design(spec, HOURS, drivers, clock)[0], *design(spec, HOURS, drivers)


def whole(form: Bordered) -> np.ndarray:
    """Return the matrix that a form stands for."""
    return form @ np.eye(form.own.size + len(form.shared))


def test_the_form_holds_every_column_of_the_matrix_once(case):
    form, x, _ = case
    assert sorted([*form.own.ravel(), *form.shared]) == list(range(x.shape[1]))
    assert np.array_equal(whole(form), x)
    assert np.array_equal(whole(form.first(x.shape[1] - 100)), x[:, :-100])  # without the measured driver's surface
    assert np.array_equal(whole(form[300:700]), x[300:700])


@pytest.mark.parametrize("targets", [1, 3])
def test_the_coefficients_are_those_of_the_whole_normal_equations(case, targets):
    form, x, penalty = case
    rng = np.random.default_rng(1)
    y, weight = rng.standard_normal((2000, targets)), rng.uniform(0.5, 1.5, 2000)
    found = bordered.grams(form, y, penalty, BLOCK, weight)
    dense = crossval.grams(x, y, penalty, BLOCK, weight)
    for mine, known in (
        (found.held(20.0), dense.held(20.0)),
        (found.first(x.shape[1] - 100).held(5.0), dense.first(x.shape[1] - 100).held(5.0)),
        (found.folded(np.array([0, 1, 0, 1])).held(5.0), dense.folded(np.array([0, 1, 0, 1])).held(5.0)),
    ):
        assert mine.beta == pytest.approx(known.beta, rel=1e-8, abs=1e-10)
        assert mine.without == pytest.approx(known.without, rel=1e-8, abs=1e-10)
    assert np.array_equal(found.reduced(20.0).solved(found.xy.sum(axis=0)), found.held(20.0).beta)


def test_values_that_moved_in_some_rows_give_what_a_new_start_gives(case):
    form, _, penalty = case
    rng = np.random.default_rng(2)
    y, weight = rng.standard_normal((2000, 2)), rng.uniform(0.5, 1.5, 2000)
    change = np.zeros_like(y)
    change[[3, 700, 701], [0, 1, 0]] = 5.0, -2.0, 1.0  # no row of the last block
    found = bordered.grams(form, y, penalty, BLOCK, weight)
    again = bordered.grams(form, y + change, penalty, BLOCK, weight)
    assert found.moved(change, BLOCK, weight).xy == pytest.approx(again.xy, rel=1e-9, abs=1e-9)
    assert np.array_equal(found.moved(0.0 * change, BLOCK, weight).xy, found.xy)


def test_a_part_without_rows_has_its_penalty_alone(case):
    form, x, penalty = case
    kept = form.part != 3
    y, block = np.ones((int(kept.sum()), 1)), BLOCK[kept]
    found = bordered.grams(form[kept], y, penalty, block, np.ones(len(y)))
    own = found.held(20.0).beta[form.own[3]]
    assert own == pytest.approx(np.zeros_like(own), abs=1e-12)
    assert found.xy == pytest.approx(crossval.grams(x[kept], y, penalty, block).xy)
