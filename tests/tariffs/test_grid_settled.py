"""High-load power that is settled in January, and grid lists that change within a year or a month."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from energy.errors import TariffError
from energy.tariffs.bill import bill, total
from tests.tariffs.loads import NOTHING, component, contract, load, price_list

FIRST, END = date(2022, 1, 1), date(2025, 1, 1)
JAN = date(2024, 1, 1)
HIGH = "{ months = [11, 12, 1, 2, 3], from_hour = 6, to_hour = 22 }"
SETTLED = component("settled_high_load_peak", "SEK/kW", "value = 300", high_load=HIGH, kind="demand")
WINTER = component("settled_high_load_peak", "SEK/kW", "value = 300", high_load=HIGH, season_months="[11, 12, 1, 2, 3]")
PEAKS = {
    "2022-11-15T12": 210, "2022-12-06T12": 190,  # of the winter that ended in March 2023
    "2023-01-10T12": 170, "2023-02-07T12": 180, "2023-02-08T12": 175, "2023-03-07T12": 120,
    "2023-11-07T12": 160, "2023-12-05T12": 150, "2023-06-06T12": 400, "2023-02-05T12": 390,  # June; a Sunday
    "2024-01-09T12": 500,
}  # fmt: skip


def metered(peaks=PEAKS, base=100.0, draws=1):
    values = np.full((24 * (END - FIRST).days, draws), base)
    for at, power in peaks.items():
        values[row(at)] = power
    return load(FIRST, END, values, draws)


def row(at):
    return (np.datetime64(at, "h") - np.datetime64(FIRST, "h")).astype(int)


def billed(load_, components=SETTLED, month=JAN, **options):
    lists = [price_list(components, valid_from="2022-01-01")]
    return bill(load_, [contract("prov", **options)], lists, [month], NOTHING)


def test_january_settles_the_calendar_year_before():
    (line,) = billed(metered())
    assert line.quantity.tolist() == [175.0]  # (180 + 170) / 2: February counts once
    assert line.amount_sek.tolist() == [52_500.0]
    assert line.evidence == (
        ("2023-01-10T11:00:00Z", "månadens högsta höglasttimme 170,0 kW"),
        ("2023-02-07T11:00:00Z", "månadens högsta höglasttimme 180,0 kW"),
    )


def test_or_the_winter_that_ended_the_year_before():
    (line,) = billed(metered(), WINTER)
    assert line.quantity.tolist() == [200.0]  # (210 + 190) / 2


def test_one_or_three_months():
    for n, power in ((1, 180.0), (3, 170.0)):  # (180 + 170 + 160) / 3
        (line,) = billed(metered(), SETTLED.replace("high_load =", f"n_months = {n}, high_load ="))
        assert line.quantity == pytest.approx([power])


@pytest.mark.parametrize("month", range(2, 13))
def test_nothing_is_billed_in_the_other_months(month):
    assert billed(metered(), month=date(2024, month, 1)) == []


def test_a_window_with_a_missing_hour_is_not_settled():
    loaded = metered(draws=2)
    loaded.energy_kwh[row("2023-03-01T07"), 1] = np.nan
    (line,) = billed(loaded)
    assert line.amount_sek[0] == 52_500 and np.isnan(line.amount_sek[1])
    assert line.reason == "avräkningen av 2023-01-01 - 2023-12-31 saknar höglasttimmar i 2023-03"
    (line,) = billed(loaded, max_missing_hours=1)
    assert line.amount_sek.tolist() == [52_500.0] * 2
    (line,) = billed(loaded, billed_power_kw=177)
    assert line.quantity.tolist() == [177.0] * 2 and "enligt avtalet" in line.evidence[0][1]
    outside = metered()
    outside.energy_kwh[[row("2023-03-01T05"), row("2023-06-01T12"), row("2023-03-04T12")]] = np.nan
    assert billed(outside)[0].reason is None  # night, summer and Saturday do not count


def test_a_load_that_begins_in_the_window_is_not_settled():
    short = load(date(2023, 2, 1), END)
    (line,) = billed(short)
    assert np.isnan(line.amount_sek).all() and line.reason.endswith("saknar höglasttimmar i 2023-01")
    (line,) = billed(load(date(2024, 1, 1), END))
    assert line.reason.endswith("i 2023-01, 2023-02, 2023-03, 2023-11, 2023-12")


def test_a_january_of_two_lists_is_settled_once_whole():
    lists = [price_list(SETTLED, id='"a"', valid_to="2024-01-11"),
             price_list(SETTLED, id='"b"', valid_from="2024-01-11")]  # fmt: skip
    found = bill(metered(), [contract("prov")], lists, [JAN], NOTHING)
    assert [(one.price_list, float(one.amount_sek[0])) for one in found] == [("a", 52_500.0)]
    assert billed(metered())[0].amount_sek == total(found)
    begun = bill(metered(), [contract("prov", date(2024, 1, 11))], lists, [JAN], NOTHING)
    assert begun == []  # nothing was bought under this contract the year before


def test_wrong_settings_are_refused():
    few = SETTLED.replace("high_load =", "n_months = 6, high_load =")
    with pytest.raises(TariffError, match=r"n_months»: fann 6"):
        price_list(few)
    for months in ("[1, 3]", "[12, 11]", "[1, 1]", "[0, 1]"):
        with pytest.raises(TariffError, match="season_months"):
            price_list(WINTER.replace("season_months = [11, 12, 1, 2, 3]", f"season_months = {months}"))


# --- lists that change in mid-year and mid-month ----------------------------------------------------------------------

BOTH = (
    component("monthly_peak_hour", "SEK/kW,month", "value = {peak}", kind="demand", label="topp")
    + component("high_load_peak", "SEK/kW,month", "value = {high}", high_load=HIGH, kind="demand", label="höglast")
    + component("subscribed", "SEK/kW,year", 'value = {year}, spread = "twelfths"', kind="demand", label="abonnemang")
)


def two_lists(day):
    before, after = ({"peak": 40, "high": 60, "year": 120}, {"peak": 80, "high": 90, "year": 240})
    fill = [BOTH.replace("{peak}", str(p["peak"])).replace("{high}", str(p["high"])).replace("{year}", str(p["year"]))
            for p in (before, after)]  # fmt: skip
    return [price_list(fill[0], id='"a"', valid_from="2023-01-01", valid_to=day),
            price_list(fill[1], id='"b"', valid_from=day, valid_to="2024-01-01")]  # fmt: skip


def amounts(found):
    return {(one.price_list, one.label): float(one.amount_sek[0]) for one in found}


def test_prices_that_change_on_1_july_2023():
    lists = two_lists("2023-07-01")
    june = amounts(bill(metered(), [contract("prov", subscribed_kw=200)], lists, [date(2023, 6, 1)], NOTHING))
    july = amounts(bill(metered(), [contract("prov", subscribed_kw=200)], lists, [date(2023, 7, 1)], NOTHING))
    assert june == pytest.approx({("a", "topp"): 40 * 400, ("a", "abonnemang"): 120 * 200 / 12})
    assert july == pytest.approx({("b", "topp"): 80 * 100, ("b", "abonnemang"): 240 * 200 / 12})


def test_prices_that_change_in_mid_month_share_the_months_power_by_days():
    lists = two_lists("2023-02-11")  # 10 and 18 days of 28; the month's peaks hold for both
    found = amounts(bill(metered(), [contract("prov", subscribed_kw=200)], lists, [date(2023, 2, 1)], NOTHING))
    assert found == pytest.approx({
        ("a", "topp"): 40 * 390 * 10 / 28, ("a", "höglast"): 60 * 180 * 10 / 28, ("a", "abonnemang"): 2000 * 10 / 28,
        ("b", "topp"): 80 * 390 * 18 / 28, ("b", "höglast"): 90 * 180 * 18 / 28, ("b", "abonnemang"): 4000 * 18 / 28,
    })  # fmt: skip
