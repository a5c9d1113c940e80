"""The full-year forecast: sums that hold, no look into the future, and a band that holds the truth."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from functools import lru_cache

import numpy as np
import pytest

from energy.forecast.ahead import reaching
from energy.forecast.meter import drawn, fitted
from energy.forecast.rows import Forecast, Past, YearRow
from energy.forecast.weather import Season
from energy.forecast.year import ALL, forecast
from energy.model import Band, Load
from energy.savings.baselines.features import Drivers
from tests.forecast.simulated import LISTS, METERED, YEAR, Hall, hall
from tests.savings.simulated import HOUR

MADE = date(YEAR, 6, 1)


def made(one: Hall, until: date = MADE, **changed: object) -> Forecast:
    known = {"draws": 60, "weather_years": 20, **changed}
    past = known.pop("past", None)
    return forecast(
        [one.meter()], one.weather_utc, one.air, LISTS, one.past(until) if past is None else past, YEAR, until, **known
    )  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def of_june() -> tuple[Hall, Forecast]:
    one = hall(1)
    return one, made(one)


def row(found: Forecast, carrier: str = "district_heating", component: str = ALL) -> YearRow:
    (chosen,) = [r for r in found.years if (r.carrier, r.component) == (carrier, component)]
    return chosen


def test_months_so_far_and_components_add_up() -> None:
    one, found = of_june()
    whole = row(found)
    assert whole.outcome_sek == pytest.approx(sum(sum(p.amounts.values()) for p in one.past(MADE)))
    assert whole.forecast_sek.value == pytest.approx(whole.outcome_sek + whole.remaining_sek.value)
    parts = [r for r in found.years if r.carrier == "district_heating" and r.component != ALL]
    assert [r.component for r in parts] == ["demand", "energy", "fixed"]
    assert sum(r.forecast_sek.value for r in parts) == pytest.approx(whole.forecast_sek.value)
    months = [m for m in found.months if m.carrier == "district_heating"]
    assert sum(m.amount_sek.value for m in months) == pytest.approx(whole.forecast_sek.value)
    assert [m.basis for m in months] == ["outcome"] * 6 + ["forecast"] * 6
    assert sum(m.energy_kwh.value for m in months) == pytest.approx(whole.forecast_kwh.value)
    assert row(found, ALL).forecast_sek == whole.forecast_sek


def test_a_price_that_does_not_depend_on_the_load_has_no_band() -> None:
    fixed = row(of_june()[1], component="fixed")
    assert fixed.forecast_sek.low == fixed.forecast_sek.high == pytest.approx(12_000)
    assert math.isnan(fixed.forecast_kwh.value)  # energy stands beside the energy and the sum


def test_twelve_years_of_weather_and_nothing_assumed() -> None:
    whole = row(of_june()[1])
    assert whole.weather_years == 12
    assert whole.reason is None


def test_the_likely_figure_bills_the_peaks_of_the_draws_not_of_their_mean() -> None:
    one, found = of_june()
    true_power = sum(float(c.amount_sek[0]) for m in range(7, 13) for c in one.billed([date(YEAR, m, 1)])
                     if c.component == "demand")  # fmt: skip
    assert row(found, component="demand").remaining_sek.value == pytest.approx(true_power, rel=0.10)


def test_what_happens_later_changes_nothing() -> None:
    one, found = of_june()
    later = one.load.start_utc >= METERED + (365 + 181) * 24 * HOUR
    load = Load(one.load.metering_point, one.load.start_utc, np.where(later[:, None], np.nan, one.load.energy_kwh))
    air = np.where(one.weather_utc >= METERED + (365 + 181) * 24 * HOUR, 35.0, one.air)
    assert made(replace(one, load=load, air=air), past=one.past(MADE)) == found


def test_the_same_seed_gives_the_same_figures() -> None:
    one, found = of_june()
    assert made(one) == found


def test_few_years_of_weather_are_told_and_fewer_than_three_give_no_figure() -> None:
    one, _ = of_june()
    few = row(made(one, weather_years=4))
    assert few.weather_years == 4
    assert few.reason == "bara 4 väderår bakom bandet"
    none = row(made(one, weather_years=2))
    assert math.isnan(none.forecast_sek.value)
    assert math.isnan(none.remaining_sek.low)
    assert none.reason == "kan inte bedömas: väder finns för 2 tidigare år, minst 3 behövs"
    assert none.outcome_sek > 0  # what has been is known all the same


def test_a_month_that_is_not_known_leaves_the_year_without_a_figure() -> None:
    one, _ = of_june()
    lacking = row(made(one, past=one.past(MADE)[1:]))
    assert math.isnan(lacking.forecast_sek.value)
    assert lacking.reason == f"kan inte bedömas: {YEAR}-01 har varken faktura eller räknad kostnad"
    partly = [replace(p, basis="accrued", amounts={**p.amounts, "demand": float("nan")}, reason="effekten saknas")
              if p.month.month == 6 else p for p in one.past(MADE)]  # fmt: skip
    found = made(one, past=partly)
    assert row(found).reason == "effekten saknas"
    assert row(found, component="energy").forecast_sek.value > 0
    june = next(m for m in found.months if m.month == MADE)
    assert (june.basis, june.reason) == ("accrued", "effekten saknas")


def test_a_whole_year_is_its_outcome_without_band() -> None:
    one, _ = of_june()
    found = row(made(one, date(YEAR, 12, 1)))
    assert found.forecast_sek.low == found.forecast_sek.high == pytest.approx(one.truth()[0])
    assert found.remaining_sek.value == 0
    assert found.reason is None


def test_too_short_a_history_gives_no_figure_and_says_so() -> None:
    one, _ = of_june()
    kept = one.load.start_utc >= METERED + 365 * 24 * HOUR
    short = replace(one, load=Load(one.load.metering_point, one.load.start_utc[kept], one.load.energy_kwh[kept]))
    found = row(made(short, past=one.past(MADE)))
    assert math.isnan(found.forecast_sek.value)
    assert (found.reason or "").startswith("kan inte bedömas: baslinjen omfattar 181 dygn")


def test_draws_come_in_order_of_the_seasons_so_that_two_carriers_meet_the_same_winter() -> None:
    one, _ = of_june()
    hours = 24 * 184
    cold, warm = Season(1990, np.full(hours, -15.0)), Season(1991, np.full(hours, 12.0))
    end = date(YEAR + 1, 1, 1)
    for meter in (one.meter(), replace(one.meter("electricity"), seed=99)):
        ahead = reaching(meter.contracts, LISTS, date(YEAR, 7, 1), end)
        found = drawn(fitted(meter, date(YEAR, 7, 1)), ahead, [cold, warm], [date(YEAR, 12, 1)], 4)
        december = found.energy[date(YEAR, 12, 1)]
        assert december.shape == (8,)
        assert december[:4].min() > december[4:].max()


def test_a_dormant_meter_goes_on_standing_still_and_costs_its_fixed_price() -> None:
    one, _ = of_june()
    still = replace(one, load=Load(one.load.metering_point, one.load.start_utc, np.zeros_like(one.load.energy_kwh)))
    found = made(still)
    assert row(found).forecast_kwh == Band(0.0, 0.0, 0.0)
    assert row(found, component="energy").forecast_sek.value == 0
    assert row(found).forecast_sek.value == pytest.approx(12_000 + row(found, component="demand").forecast_sek.value)


def test_carriers_add_up_draw_by_draw() -> None:
    one, found = of_june()
    twin = replace(one.meter("electricity", "2"), seed=99)
    past = [*one.past(MADE), *(replace(p, carrier="electricity") for p in one.past(MADE))]
    both = forecast([one.meter(), twin], one.weather_utc, one.air, LISTS, past, YEAR, MADE, draws=60, weather_years=20)
    total, single = row(both, ALL).remaining_sek, row(found).remaining_sek
    assert total.value == pytest.approx(single.value + row(both, "electricity").remaining_sek.value)
    twins = row(both, "electricity").remaining_sek
    assert (
        single.high - single.low < total.high - total.low < 1.05 * (twins.high - twins.low + single.high - single.low)
    )


def test_made_a_month_before_the_year_its_hours_lie_where_they_belong() -> None:
    one, _ = of_june()
    kept = replace(one, load=Load(one.load.metering_point, one.load.start_utc - 365 * 24 * HOUR, one.load.energy_kwh))
    first = date(YEAR - 1, 11, 1)
    drivers = Drivers(one.weather_utc, one.air)
    found = forecast([replace(kept.meter(), drivers=drivers)], one.weather_utc, one.air, LISTS, [], YEAR, first,
                     draws=30, weather_years=20)  # fmt: skip
    months = {m.month.month: m.energy_kwh.value for m in found.months if m.carrier == "district_heating"}
    assert months[12] == pytest.approx(months[1], rel=0.25)
    assert min(months, key=lambda m: months[m]) in (6, 7, 8)


def test_a_tariff_that_cannot_be_run_is_a_reason() -> None:
    one, _ = of_june()
    found = row(
        forecast([one.meter()], one.weather_utc, one.air, (), one.past(MADE), YEAR, MADE, draws=60, weather_years=20)
    )
    assert math.isnan(found.remaining_sek.value)
    assert "prislista saknas" in (found.reason or "")


def test_past_months_outside_the_year_do_not_count() -> None:
    one, found = of_june()
    other = Past("district_heating", date(YEAR - 1, 1, 1), "outcome", {"energy": 1e9}, 1.0)
    assert made(one, past=[*one.past(MADE), other]) == found
