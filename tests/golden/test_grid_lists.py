"""The published grid price lists, one month each by hand: prices as published, arithmetic in the comments."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from energy.tariffs.bill import bill
from tests.tariffs.loads import NOTHING, contract, load, published


def metered(first, end, base, peaks=None, reactive=None):
    """`base` kW every hour but at the hours of `peaks`, ISO text in normal time; reactive power [kVAr] likewise."""
    values = np.full(24 * (end - first).days, float(base))
    drawn = np.full_like(values, reactive[0] if reactive else np.nan)
    for series, given in ((values, peaks or {}), (drawn, reactive[1] if reactive else {})):
        for at, power in given.items():
            series[(np.datetime64(at, "h") - np.datetime64(first, "h")).astype(int)] = power
    return load(first, end, values, **({"reactive_kvarh": drawn} if reactive else {}))


def lines(name, load_, month, **options):
    """The month's bill under one list: label -> amount [SEK excl. VAT]."""
    price_list = published(name)
    found = bill(load_, [contract(price_list.family, **options)], [price_list], [month], NOTHING)
    assert [one.reason for one in found] == [None] * len(found)
    return {one.label: float(one.amount_sek[0]) for one in found}


def test_gislaved_n4_january_2020():
    jan = (date(2020, 1, 1), date(2020, 2, 1))
    found = lines("gislaved-elnat-n4-2020",
                  metered(*jan, 100, {"2020-01-19T03": 160}, (50, {"2020-01-07T12": 84})), jan[0])  # fmt: skip
    # 743 h x 100 + 160 = 74 460 kWh; reactive 84 - 40 % of 160 = 20 kVAr
    assert found == pytest.approx({
        "Fast månadsavgift": 1000, "Månadseffektavgift": 52 * 160, "Reaktiv avgift": 17.5 * 20,
        "Energiavgift": 5063.28, "Energiskatt": 26_284.38,
    })  # fmt: skip


@pytest.mark.parametrize(
    ("name", "fixed", "high", "high_energy", "low_energy"),
    # 6 757.50/12, 10 519/12; a fifth of 385 and of 380 x 180 kW; 36 880 kWh high and 37 700 kWh low
    [("n4l", 563.125, 77 * 180, 4989.864, 3581.5), ("n3t", 876.583333, 76 * 180, 4215.384, 2789.8)],
)
def test_skovde_january_2020(name, fixed, high, high_energy, low_energy):
    jan = (date(2020, 1, 1), date(2020, 2, 1))
    peaks = {"2020-01-14T08": 180, "2020-01-19T12": 200}  # a Tuesday; a Sunday, which is no high-load time
    found = lines(f"skovde-elnat-{name}-2020", metered(*jan, 100, peaks), jan[0], subscribed_kw=200)
    # 23 weekdays x 16 h = 368 h: 36 800 + 80 kWh; 376 h: 37 600 + 100 kWh; tax 74 580 x 0.353
    assert found == pytest.approx({
        "Fast avgift": fixed, "Abonnemangsavgift": 70 * 200 / 12, "Högbelastningsavgift": high,
        "Energiavgift november-mars högpris": high_energy, "Energiavgift övrig tid": low_energy,
        "Energiskatt": 26_326.74,
    })  # fmt: skip


@pytest.mark.parametrize(
    ("at", "high"),
    [
        ("2020-03-30T06", 500),  # Monday 06-07 normal time: 07-08 by the wall clock, the day after the clocks changed
        ("2020-03-30T05", 100),  # 06-07 by the wall clock is not yet high-load time
        ("2020-03-30T21", 500),  # 22-23 by the wall clock still is
        ("2020-03-30T22", 100),
        ("2020-03-29T12", 100),  # a Sunday
    ],
)
def test_late_march_follows_normal_time(at, high):
    march = (date(2020, 3, 1), date(2020, 4, 1))
    found = lines("skovde-elnat-n4l-2020", metered(*march, 100, {at: 500}), march[0], subscribed_kw=200)
    assert found["Högbelastningsavgift"] == pytest.approx(77 * high)
    found = lines("sundsvall-elnat-11kv-2020", metered(*march, 100, {at: 500}, (0, {})), march[0])
    assert found["Tillägg höglasttid"] == pytest.approx(62 * high)


def test_osterlen_july_2021():
    july = (date(2021, 7, 1), date(2021, 8, 1))
    found = lines("osterlen-elnat-lagspanning-2021", metered(*july, 100, {"2021-07-04T20": 150}), july[0])
    # 17 396/12; 448 x 150/12; 74 450 kWh x 0.075; x 0.356
    assert found == pytest.approx({
        "Fast avgift": 1449.666667, "Effektavgift": 5600, "Elöverföring": 5583.75, "Energiskatt": 26_504.20,
    })  # fmt: skip


def test_trelleborg_november_2020():
    november = (date(2020, 11, 1), date(2020, 12, 1))
    found = lines("trelleborg-elnat-n4-2020-10", metered(*november, 100, {"2020-11-15T02": 150}), november[0])
    # 10 000/12; 620 x 150/12; 72 050 kWh x 0.08; x 0.353
    assert found == pytest.approx({
        "Fast avgift": 833.333333, "Månadseffektavgift": 7750, "Överföringsavgift": 5764, "Energiskatt": 25_433.65,
    })  # fmt: skip


def test_sundsvall_11_kv_february_2020():
    feb = (date(2020, 2, 1), date(2020, 3, 1))
    peaks = {"2020-02-09T12": 200, "2020-02-10T12": 180}  # a Sunday and a Monday
    found = lines("sundsvall-elnat-11kv-2020", metered(*feb, 100, peaks, (70, {})), feb[0])
    # 694 h x 100 + 380 = 69 780 kWh; reactive 70 - 30 % of 200 = 10 kVAr
    assert found == pytest.approx({
        "Fast nätavgift": 1323, "Abonnemangsavgift helår": 3000, "Tillägg höglasttid": 11_160,
        "Överuttag reaktiv effekt": 150, "Rörligt pris": 837.36, "Energiskatt": 24_632.34,
    })  # fmt: skip


def test_teknik_i_vast_f4_january_2019_settles_2018():
    first, end = date(2018, 1, 1), date(2019, 2, 1)
    peaks = {
        "2018-01-01T12": 900, "2018-03-29T12": 800, "2018-03-30T12": 700, "2018-12-31T12": 600,  # listed holidays
        "2018-07-03T12": 950, "2018-02-06T05": 850,  # not high-load months or hours
        "2018-02-06T12": 240, "2018-02-07T12": 235, "2018-12-12T12": 220, "2018-11-06T12": 200,
        "2019-01-22T12": 200,
    }  # fmt: skip
    loaded = metered(first, end, 100, peaks, (50, {"2019-01-03T12": 120}))
    found = lines("tekniska-i-vast-elnat-f4-2018", loaded, date(2019, 1, 1), subscribed_kw=150)
    # settled: (240 + 220)/2 = 230 kW; reactive 120 - 50 % of 200 = 20 kVAr; 22 weekdays but New Year x 16 h = 352 h
    assert found == pytest.approx({
        "Fast avgift": 441.666667, "Abonnemangsavgift": 2500, "Högbelastningsavgift, avräkning": 362 * 230,
        "Reaktivt uttag över fri gräns": 85 * 20 / 12, "Rörlig avgift vinter höglast": 35_300 * 0.107,
        "Rörlig avgift övrig tid": 39_200 * 0.089, "Energiskatt": 74_500 * 0.347,
    })  # fmt: skip
    assert "Högbelastningsavgift, avräkning" not in lines(
        "tekniska-i-vast-elnat-f4-2018", loaded, date(2018, 12, 1), subscribed_kw=150
    )


def test_ronneby_n4_january_2021_with_prices_including_vat():
    first, end = date(2020, 1, 1), date(2021, 2, 1)
    peaks = {"2020-02-04T09": 200, "2020-11-10T21": 160, "2020-12-01T06": 140, "2021-01-12T10": 120}
    loaded = metered(first, end, 80, peaks)
    found = lines("ronneby-elnat-n4-2021", loaded, date(2021, 1, 1), subscribed_kw=100)
    # excl. VAT: 59/1.25 = 47.20; 118/1.25 = 94.40 x (120 - 100) kW; 707/1.25 = 565.60 x (200 + 160)/2 kW;
    # 8.56/1.25 = 6.848 and 7.10/1.25 = 5.68 öre; 21 weekdays x 16 h: 26 880 + 40 kWh high, 408 h: 32 640 kWh low
    assert found == pytest.approx({
        "Abonnemangsavgift": 393.333333, "Överuttag av aktiv effekt": 157.333333,
        "Tilläggsavgift höglast, avräkning": 101_808, "Förbrukning höglast": 1843.4816,
        "Förbrukning låglast": 1853.952, "Nätövervakningsavgift": 0.362667, "Elberedskapsavgift": 3.266667,
        "Elsäkerhetsavgift": 0.85, "Energiskatt": 59_560 * 0.356,
    }, abs=1e-6)  # fmt: skip


def test_karlsborg_n4_may_2024_with_overrun_at_another_price():
    may = (date(2024, 5, 1), date(2024, 6, 1))
    found = lines("karlsborg-elnat-n4-2024", metered(*may, 100, {"2024-05-09T17": 170}), may[0], subscribed_kw=150)
    # 40 464/12; 539 x 150/12; 942 x 20/12; 743 h x 100 + 170 = 74 470 kWh x 0.114; x 0.428
    assert found == pytest.approx({
        "Fast avgift": 3372, "Abonnerad effekt": 6737.5, "Överuttag": 1570, "Överföringsavgift": 8489.58,
        "Energiskatt": 31_873.16,
    })  # fmt: skip


@pytest.mark.parametrize("peak", [140, 150])
def test_karlsborg_without_overrun_is_a_real_zero(peak):
    may = (date(2024, 5, 1), date(2024, 6, 1))
    loaded = metered(*may, 100, {"2024-05-09T17": peak})
    assert lines("karlsborg-elnat-n4-2024", loaded, may[0], subscribed_kw=150)["Överuttag"] == 0
