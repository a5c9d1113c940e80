"""Forecasts made in June of years whose end is known: their 90 % bands must hold the truth, and be narrow enough."""

from __future__ import annotations

from datetime import date

from energy.forecast.year import ALL, forecast
from tests.forecast.simulated import LISTS, YEAR, hall

MADE = date(YEAR, 6, 1)


def test_the_band_of_june_holds_the_true_year() -> None:
    # eight years: at least seven must hold cost and energy
    held_sek = held_kwh = 0
    power, true_power = 0.0, 0.0
    for seed in range(10, 18):
        one = hall(seed)
        made = forecast(
            [one.meter()], one.weather_utc, one.air, LISTS, one.past(MADE), YEAR, MADE, draws=60, weather_years=20
        )
        found, (sek, kwh) = next(r for r in made.years if r.carrier == r.component == ALL), one.truth()
        held_sek += found.forecast_sek.low <= sek <= found.forecast_sek.high
        held_kwh += found.forecast_kwh.low <= kwh <= found.forecast_kwh.high
        assert found.forecast_sek.high - found.forecast_sek.low < 0.25 * sek
        power += next(r.remaining_sek.value for r in made.years if r.component == "demand")
        later = one.billed([date(YEAR, m, 1) for m in range(7, 13)])
        true_power += sum(float(c.amount_sek[0]) for c in later if c.component == "demand")
    assert held_sek >= 7
    assert held_kwh >= 7
    assert abs(power / true_power - 1) < 0.05  # the billed power is neither too low nor too high over the years
