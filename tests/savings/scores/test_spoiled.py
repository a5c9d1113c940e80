"""A meter that is refused says which of its values spoil it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl

from energy.savings.scores.spoiled import comparable, named, spoiled
from energy.savings.scores.tidy import Meter, meters, period_hours

HOURS = 40 * 24
YEAR = period_hours((date(2022, 1, 1), date(2022, 2, 9)))


def meter(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Meter:
    start = [datetime(2021, 12, 31, 23, tzinfo=UTC) + timedelta(hours=n) for n in range(len(values))]
    return next(meters(pl.DataFrame({"meter_id": ["m"] * len(values), "start_utc": start, "kwh": values})))


def moving() -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return 10.0 + np.random.default_rng(1).normal(0.0, 1.0, HOURS)


def test_a_sound_meter_has_nothing_to_say() -> None:
    assert spoiled(meter(moving()), YEAR) == ""
    assert named("skäl", meter(moving()), YEAR) == "skäl"


def test_infinite_values_are_counted_and_named() -> None:
    values = moving()
    values[[3, 40, 500]] = np.inf, -np.inf, np.nan
    found = meter(values)
    assert (found.infinite, found.left_out) == (2, 3)
    assert named("för få månader", found, YEAR) == "för få månader; 2 värden i filen är oändliga och räknas inte"


def test_a_meter_that_stands_still_is_named_with_its_hours() -> None:
    values = moving()
    values[100:500] = 7.25
    assert spoiled(meter(values), YEAR) == "mätaren står still på samma värde i 400 timmar, som inte räknas"
    # only in the periods that are compared
    assert spoiled(meter(values), YEAR[600:]) == ""


def test_hours_of_a_standing_meter_and_wild_values_are_no_part_of_a_comparison() -> None:
    values = moving()
    values[700:], values[650] = 11.5, 1e7  # all of the rest stands still, which the test period alone cannot tell
    train, test = YEAR[:600], YEAR[600:]
    metered, left_out, reason = comparable(meter(values), train, test)
    assert reason is None and left_out == (len(values) - 700) + 1
    assert np.array_equal(np.flatnonzero(~np.isnan(metered)), np.delete(np.arange(100), 50))
    sound, none, _ = comparable(meter(moving()), train, test)
    assert none == 0 and not np.isnan(sound).any()


def test_real_zeros_are_compared() -> None:
    values = moving()
    values[700:] = 0.0
    metered, left_out, reason = comparable(meter(values), YEAR[:600], YEAR[600:])
    assert left_out == 0 and reason is None and (metered[100:] == 0).all()


def test_a_period_in_another_unit_is_refused_by_name() -> None:
    values = moving()
    values[600:] /= 1000
    _, _, reason = comparable(meter(values), YEAR[:600], YEAR[600:])
    assert reason is not None and "är enheten eller mätaren en annan?" in reason and "0,00993 kWh" in reason
