"""Bad input to the bill: a clear error, or a bill that says which parts are unknown and why. Never a quiet zero.

What a price list's own file may have wrong is in test_pricelist.py and test_prices_bands.py; here it reaches `bill`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from energy.errors import TariffError
from energy.model import BillingContext, Contract, Load, PriceList
from energy.tariffs.bill import bill, by_month, to_frame, total
from tests.tariffs.loads import METER, contract, load, price_list
from tests.tariffs.loads import component as comp

FIRST, END = date(2023, 1, 1), date(2025, 1, 1)
JAN, FEB, MAR = date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)
HOURS = 24 * (END - FIRST).days
FEE = comp("fixed", "SEK/month", "value = 100", label="Avgift")
BANDS = comp("monthly_peak_hour", "SEK/kW,month", "bands = [{ up_to = 50, price = 3 }, { up_to = 80, price = 2 }]",
             label="Effekt")  # fmt: skip
RETURN = comp("return_temperature_difference", "SEK/MWh,°C", label="Retur", reference_c='"system_return_c"')
ENERGY = comp("billed_energy_kwh", "SEK/kWh", label="Energi")
PEAK = comp("monthly_peak_hour", "SEK/kW,month", label="Timeffekt")
YEARLY = comp("mean_of_highest_daily_means", "SEK/kW,month", label="Dygnseffekt", n="3", window_months="12")
WHOLE = BillingContext(
    spot_sek_per_kwh=np.full(HOURS, 0.5), system_return_c={JAN: 45.0, FEB: 45.0},
    outdoor_daily_c={}, normal_heating_degree_days_kd={},
)  # fmt: skip


def metered(kwh: float = 40.0, **more: float) -> Load:
    return load(FIRST, END, kwh, **({"volume_m3": 1.0, "return_m3c": 50.0, "reactive_kvarh": 30.0} | more))


def without(one: Load, name: str, hours: slice) -> Load:
    """The load with some hours of a quantity unknown."""
    values = getattr(one, name).copy()
    values[hours] = np.nan
    return replace(one, **{name: values})


@dataclass(frozen=True)
class Given:
    """What a bill is made of; each case changes one thing."""

    body: str = FEE + ENERGY
    load: Load = field(default_factory=metered)
    lists: Callable[[str], list[PriceList]] = lambda body: [price_list(body)]
    options: dict[str, Any] = field(default_factory=dict)
    contracts: list[Contract] | None = None
    context: BillingContext = WHOLE
    months: tuple[date, ...] = (JAN, FEB)

    def bill(self):
        contracts = self.contracts or [contract("prov", JAN, MAR, **self.options)]
        return bill(self.load, contracts, self.lists(self.body), self.months, self.context)


def changed(**determinant_or_price: Any) -> Callable[[str], list[PriceList]]:
    """A list made in code, past the reader: its first component with other determinant or price."""

    def lists(body: str) -> list[PriceList]:
        good = price_list(body)
        return [replace(good, components=(dict(good.components[0]) | determinant_or_price, *good.components[1:]))]

    return lists


def two(first_end: str, second_from: str) -> Callable[[str], list[PriceList]]:
    return lambda body: [
        price_list(body, id='"a"', valid_to=first_end),
        price_list(body, id='"b"', valid_from=second_from),
    ]


HOLE = {"unit": "SEK/kW,month", "bands": [{"up_to": 50.0, "price": 3.0}, {"from": 60.0, "price": 2.0}]}
REFUSED = {
    "a gap between two lists, in mid month": (
        Given(lists=two("2024-01-20", "2024-01-25")),
        r"familj «prov», dag 2024-01-20: prislista saknas\. Finns: a \(2024-01-01 till 2024-01-20\); b \(2024-01-25",
    ),
    "a list that ends before the contract": (
        Given(lists=lambda body: [price_list(body, valid_to="2024-02-10")]), "dag 2024-02-10: prislista saknas",
    ),
    "two lists valid the same days, though not in the billed months": (
        Given(lists=two("2024-07-01", "2024-06-01")), "prislistorna a och b gäller båda 2024-06-01",
    ),
    "no list of the family": (
        Given(contracts=[contract("porv", JAN, MAR)]), r"familj «porv».*prislista saknas.*Menade du «prov»",
    ),
    "a hole between two bands": (
        Given(BANDS, lists=changed(price=HOLE)),
        r"prov: nyckel «component\[1\]\.price\.bands»: fann inget band mellan 50 och 60\. Tillåtet: band utan hål",
    ),
    "an unknown method": (
        Given(lists=changed(determinant={"method": "monthly_peak"})),
        r"prov: nyckel «component\[1\]\.determinant\.method»: fann 'monthly_peak'.*Menade du «monthly_peak_hour»",
    ),
    "no method at all": (
        Given(lists=changed(determinant={})), r"«component\[1\]\.determinant\.method»: fann inget",
    ),
    "a unit that does not fit the method": (
        Given(lists=changed(price={"unit": "SEK/m3", "value": 1.0})), r"«component\[1\]\.price\.unit»: fann 'SEK/m3'",
    ),
    "a price that is not a number": (
        Given(lists=changed(price={"unit": "SEK/month", "value": float("nan")})), "fann nan. Tillåtet: ett ändligt tal",
    ),
    "a contract that allows more hours missing than a day has": (
        Given(YEARLY, options={"min_hours": 25}), "avtalet «prov»: nyckel «options.min_hours»: fann 25",
    ),
    "an hour left out of the load": (
        Given(context=BillingContext(),
              load=Load(METER, np.delete(metered().start_utc, 5), np.ones((HOURS - 1, 1)))),
        "inte en obruten följd av timmar",
    ),
    "an hour twice in the load": (
        Given(load=replace(metered(), start_utc=np.r_[metered().start_utc[:1], metered().start_utc[:-1]])),
        "inte en obruten följd av timmar",
    ),
    "no hours at all": (
        Given(load=Load(METER, np.array([], "datetime64[s]"), np.ones((0, 1))), context=BillingContext()),
        "inte en obruten följd av timmar",
    ),
    "no draws at all": (Given(load=Load(METER, metered().start_utc, np.ones((HOURS, 0)))), "ingen enda dragning"),
    "energy without a draw axis": (Given(load=replace(metered(), energy_kwh=np.ones(HOURS))), "energi har formen"),
    "a volume that is shorter than the energy": (
        Given(load=replace(metered(), volume_m3=np.ones((HOURS - 24, 1)))), r"volume_m3 har formen \(17520, 1\)",
    ),
    "return temperatures of other draws": (
        Given(load=replace(metered(), return_m3c=np.ones((HOURS, 7)))), r"return_m3c har formen \(17544, 7\)",
    ),
    "a spot price of another length": (
        Given(comp("spot_energy", "spot"), context=replace(WHOLE, spot_sek_per_kwh=np.ones(744))),
        "spotpriset har 744 värden, lasten 17544 timmar",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("given", "said"), REFUSED.values(), ids=REFUSED)
def test_refused_with_what_and_where(given, said):
    with pytest.raises(TariffError, match=said):
        given.bill()


COLD = comp("effect_signature", "SEK/kW,month", label="Signatur", season_months="[11, 12]", design_c="-16.0")
JANUARY = slice(365 * 24, 396 * 24)
# name -> (what is given, label -> reason of the parts that are unknown in January); every other part is known
PARTIAL = {
    "no network temperature of the month": (
        Given(FEE + ENERGY + RETURN, context=replace(WHOLE, system_return_c={FEB: 45.0})),
        {"Retur": "nätets returtemperatur för 2024-01 saknas"},
    ),
    "one hour missing": (
        Given(FEE + ENERGY + PEAK + YEARLY + comp("billed_flow_m3", "SEK/m3", label="Flöde"),
              load=without(metered(), "energy_kwh", slice(JANUARY.start + 100, JANUARY.start + 101))),
        {"Energi": "743 av 744 timmar har värde", "Timeffekt": "743 av 744 timmar", "Dygnseffekt": "364 av 365 dygn"},
    ),
    "one hour missing outside the month": (
        Given(FEE + ENERGY + PEAK + YEARLY, load=without(metered(), "energy_kwh", slice(8000, 8001))),
        {"Dygnseffekt": "364 av 365 dygn har dygnsmedel"},
    ),
    "the volume missing, the energy known": (
        Given(FEE + ENERGY + RETURN + comp("billed_flow_m3", "SEK/m3", label="Flöde"),
              load=without(metered(), "volume_m3", JANUARY)),
        {"Retur": "volym saknas: 0 av 744", "Flöde": "volym saknas: 0 av 744"},
    ),
    "a meter that tells neither volume nor return": (
        Given(FEE + ENERGY + RETURN, load=load(FIRST, END, 40.0)), {"Retur": "volym mäts inte i mätpunkten"},
    ),
    "a meter that does not tell reactive energy": (
        Given(ENERGY + comp("reactive_energy_above_share", "SEK/kVArh", label="Reaktiv", share="0.3"),
              load=load(FIRST, END, 40.0)),
        {"Reaktiv": "reaktiv energi mäts inte i mätpunkten"},
    ),
    "a power above the list's last band": (
        Given(FEE + BANDS, load=metered(90.0)), {"Effekt": "över den högsta, 80 kW"},
    ),
    "a spot price missing": (
        Given(ENERGY + comp("spot_energy", "spot", label="Spot"),
              context=replace(WHOLE, spot_sek_per_kwh=np.where(np.arange(HOURS) == 9000, np.nan, 0.5))),
        {"Spot": "spotpris saknas för 1 av 744 timmar"},
    ),
    "no spot prices": (
        Given(ENERGY + comp("spot_energy", "spot", label="Spot"), context=BillingContext()),
        {"Spot": "spotpriser saknas"},
    ),
    "no outdoor temperatures": (Given(ENERGY + COLD), {"Signatur": "utetemperatur saknas"}),
    "a history that is too short": (
        Given(ENERGY + YEARLY, load=load(date(2024, 1, 1), END, 40.0), context=BillingContext()),
        {"Dygnseffekt": "historiken är för kort: 31 av 365 dygn finns"},
    ),
    "a load that begins in mid month": (
        Given(FEE + ENERGY + PEAK, load=load(date(2024, 1, 11), END, 40.0), context=BillingContext()),
        {"Energi": "504 av 744 timmar har värde", "Timeffekt": "504 av 744"},
    ),
    "a load that ends before the month": (
        Given(FEE + ENERGY + PEAK, load=load(FIRST, date(2023, 12, 1), 40.0), context=BillingContext(), months=(JAN,)),
        {"Energi": "0 av 744 timmar har värde", "Timeffekt": "0 av 744"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("given", "reasons"), PARTIAL.values(), ids=PARTIAL)
def test_partial_and_it_says_so(given, reasons):
    found = given.bill()
    january = {one.label: one for one in found if one.month == JAN}
    assert reasons.keys() < january.keys()
    for label, one in january.items():
        if label in reasons:
            assert np.isnan(one.amount_sek).all() and reasons[label] in (one.reason or "")
        else:
            assert (one.amount_sek > 0).all() and one.reason is None
    assert np.isnan(by_month(found)[JAN]).all() and np.isnan(total(found)).all()  # a sum of the known would be too low
    shown = to_frame([one for one in january.values() if one.label in reasons])
    assert shown["amount_sek"].null_count() == shown.height and shown["reason"].null_count() == 0


def test_only_the_draws_that_lack_an_hour_are_unknown():
    kwh = np.full((HOURS, 3), 40.0)
    kwh[JANUARY.start + 7, 1] = np.nan
    fee, energy = Given(load=replace(metered(), energy_kwh=kwh, volume_m3=None, return_m3c=None), months=(JAN,)).bill()
    assert fee.amount_sek.tolist() == [100.0, 100.0, 100.0]
    assert np.isnan(energy.amount_sek).tolist() == [False, True, False]
    assert energy.amount_sek[[0, 2]].tolist() == [744 * 40.0, 744 * 40.0]
    assert energy.reason == "mätvärden för energi saknas: 743 av 744 timmar har värde (99,8 %)"


def test_a_day_before_the_contract_is_not_billed_and_no_contract_gives_no_bill():
    late = Given(contracts=[contract("prov", date(2024, 1, 21), MAR)], months=(JAN,)).bill()
    assert [float(one.amount_sek[0]) for one in late] == pytest.approx([100 * 11 / 31, 11 * 24 * 40.0])
    none = Given(contracts=[contract("prov", FEB, MAR)], months=(JAN,)).bill()
    with pytest.raises(TariffError, match="inget avtal gäller"):
        total(none)
