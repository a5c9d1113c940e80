"""The Eltariff-API: both shapes, calendars carried over only where exact, refusals that say why, hostile files."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.errors import TariffError
from energy.tariffs.bill import bill
from energy.tariffs.eltariff import Imported, read_eltariff
from energy.tariffs.pricelist import read_price_list
from energy.tariffs.write import to_toml
from tests.tariffs.eltariff_files import OLD, PATTERNS, answer, energy, fixed, power, price, tariff, times
from tests.tariffs.loads import NOTHING, contract, load

HIGH = times(("06:00", "22:00", ["weekdays"], ["holidays"]))
LOW = times(
    ("00:00", "06:00", ["weekdays"], ["holidays"]), ("22:00", "00:00", ["weekdays"], ["holidays"]),
    ("00:00", "00:00", ["weekends", "holidays"], []),
)  # fmt: skip
WINTER = {"fromIncluding": "2025-11-01", "toExcluding": "2026-01-01"}
SUMMER = {"fromIncluding": "2025-04-01", "toExcluding": "2025-11-01"}


def one(*components, patterns=PATTERNS, **more) -> Imported:
    (found,) = read_eltariff(answer(tariff(*components, **more), patterns=patterns), "svar.json")
    return found


def determinant(found: Imported, at: int = 0):
    assert found.price_list
    return found.price_list.components[at]["determinant"]


def told(found: Imported, level: str) -> str:
    return " ".join(finding.message for finding in found.findings if finding.level == level)


def test_a_tariff_of_version_0_3_becomes_a_whole_price_list():
    found = one([fixed()], [energy(), energy(0.439, name="Energiskatt", reference="tax")], [power()])
    assert found.complete and found.price_list
    listed = found.price_list
    assert (listed.id, listed.family) == ("eltariff-provnat-ab-e80-2025", "eltariff-provnat-ab-e80")
    assert (listed.valid_from, listed.valid_to) == (date(2025, 1, 1), date(2026, 1, 1))
    assert listed.source.startswith("Provnät AB, Eltariff-API, tariff 411973e6, publicerad 2024-11-01")
    assert [c["component"] for c in listed.components] == ["fixed", "energy", "tax", "demand"]
    assert [c["price"]["value"] for c in listed.components] == [1200, 0.2, 0.439, 40]
    assert listed.components[0]["price"]["spread"] == "twelfths"
    assert determinant(found, 3) == {"method": "monthly_peak_hour", "n": 3}
    again = read_price_list(to_toml(listed), "x")
    assert replace(again, sha256="") == replace(listed, sha256="")


def test_its_bill_by_hand():
    """January 2025 at an even 10 kW: 1 200/12 = 100; 7 440 kWh x 0.2 = 1 488; 10 kW x 40 = 400."""
    found = one([fixed()], [energy()], [power()])
    lines = bill(load(date(2025, 1, 1), date(2025, 2, 1), 10.0), [contract(found.price_list.family)],
                 [found.price_list], [date(2025, 1, 1)], NOTHING)  # fmt: skip
    assert [float(line.amount_sek[0]) for line in lines] == pytest.approx([100, 1488, 400])


def test_the_older_shape_is_read_too():
    (found,) = read_eltariff(json.dumps(OLD).encode(), "gammal.json")
    assert found.complete and found.price_list
    assert [(c["component"], c["price"]["unit"], c["price"]["value"]) for c in found.price_list.components] == [
        ("fixed", "SEK/month", 900), ("energy", "SEK/kWh", 0.064), ("tax", "SEK/kWh", 0.439),
        ("demand", "SEK/kW,month", 76),
    ]  # fmt: skip
    assert found.price_list.components[3]["months"] == [1, 2, 3]
    assert "äldre form" in told(found, "info") and "giltighetstid saknas" in told(found, "warning")


@pytest.mark.parametrize("wrap", [lambda t: t, lambda t: [t], lambda t: {"tariff": t}, lambda t: {"tariffs": [t]}])
def test_every_wrapping_of_an_answer(wrap):
    (found,) = read_eltariff(json.dumps(wrap(tariff([fixed()]))).encode(), "x")
    assert found.complete


def test_prices_that_lie_in_the_component_itself():
    flat = {"name": "Avgift", "priceExVat": 135.47, "priceIncVat": 169.58, "currency": "SEK", "pricedPeriod": "P1M"}
    found = one(None, None, None, fixedPrice={"components": [flat]})
    assert found.price_list.components[0]["price"] == {"unit": "SEK/month", "value": 135.47}


# --- calendars ---------------------------------------------------------------------------------------------------


def test_high_load_time_with_holidays_fits_exactly():
    found = one(None, None, [power(66, 1, recurringPeriods=HIGH, validPeriod=WINTER)])
    assert determinant(found) == {"method": "high_load_peak", "high_load": {
        "months": [11, 12], "weekdays": [1, 2, 3, 4, 5], "from_hour": 6, "to_hour": 22,
        "excluded": ["christmas_eve", "christmas_day", "boxing_day", "new_years_eve"]}}  # fmt: skip
    assert found.price_list.components[0]["months"] == [11, 12]
    assert "normaltid" not in told(found, "warning"), "no summer time in these months"


def test_all_other_time_becomes_low_load():
    found = one(None, [energy(0.1, recurringPeriods=LOW), energy(0.3, recurringPeriods=HIGH)])
    low, high = (c["determinant"] for c in found.price_list.components)
    assert (low["time"], high["time"]) == ("low_load", "high_load")
    assert low["high_load"] == high["high_load"]


def test_energy_by_the_clock_bills_every_kwh_once():
    """An even 1 kW in December 2025: high load is 19 weekdays (23 less 24, 25, 26 and 31) x 16 h = 304 of 744 h."""
    found = one(None, [energy(0.1, name="Låg", recurringPeriods=LOW), energy(0.3, name="Hög", recurringPeriods=HIGH)])
    lines = bill(load(date(2025, 12, 1), date(2026, 1, 1), 1.0), [contract(found.price_list.family)],
                 [found.price_list], [date(2025, 12, 1)], NOTHING)  # fmt: skip
    assert {line.label: float(line.quantity[0]) for line in lines} == {"Låg": 440.0, "Hög": 304.0}


def test_the_whole_day_every_day_is_all_time_whatever_the_holidays_are():
    always = times(("00:00", "00:00", ["weekdays", "weekends", "holidays"], []))
    found = one(None, None, [power(recurringPeriods=always)], patterns=[])
    assert found.complete and determinant(found)["method"] == "monthly_peak_hour"
    assert "veckodag 1-5" in told(found, "info")


def test_summer_hours_are_carried_over_and_the_clock_is_told():
    found = one(None, None, [power(recurringPeriods=HIGH, validPeriod=SUMMER)])
    assert "svensk normaltid" in told(found, "warning")
    same = one(None, None, [power(recurringPeriods=HIGH, validPeriod=SUMMER)], timeZone="Etc/GMT-1")
    assert told(same, "warning") == ""


def test_overlapping_seasons_are_told_since_they_add_up():
    late = {"fromIncluding": "2025-04-01", "toExcluding": "2026-11-01"}
    found = one(None, None, [power(28, name="Sommar", validPeriod=late), power(28, name="Vinter", validPeriod=WINTER)])
    assert found.complete
    assert "klipptes" in told(found, "warning") and "månad 11, 12" in told(found, "warning")


REFUSED = {
    "15 minutes": (power(peakIdentificationSettings={"peakFunction": "peak(main)", "peakIdentificationPeriod": "P1D",
                   "peakDuration": "PT15M", "numberOfPeaksForAverageCalculation": 1}), "PT15M"),
    "peak function": (power(peakIdentificationSettings={"peakFunction": "max(peak(high),peak(low)/2)",
                      "peakIdentificationPeriod": "P1D", "peakDuration": "PT1H",
                      "numberOfPeaksForAverageCalculation": 1}), "peakFunction"),
    "several peaks a month": (power(peakIdentificationSettings={"peakFunction": "peak(main)",
                              "peakIdentificationPeriod": "P1M", "peakDuration": "PT1H",
                              "numberOfPeaksForAverageCalculation": 3}), "en per «P1M»"),
    "no settings": (power(peakIdentificationSettings=None), "peakIdentificationSettings saknas"),
    "low-load peak": (power(recurringPeriods=LOW), "utanför höglasttid"),
    "dynamic": (power(type="dynamic", url="https://example.org"), "timme till timme"),
    "quarters of an hour": (power(recurringPeriods=times(("07:45", "11:15", ["weekdays"], []))), "hel timme"),
    "two windows": (power(recurringPeriods=times(("07:00", "11:00", ["weekdays"], []),
                    ("15:00", "20:00", ["weekdays"], []))), "sammanhängande"),
    "over midnight": (power(recurringPeriods=times(("22:00", "06:00", ["weekdays"], []))), "midnatt"),
    "unknown pattern": (power(recurringPeriods=times(("06:00", "22:00", ["weekdays"], ["klämdagar"]))), "klämdagar"),
    "foreign clock": (power(recurringPeriods=HIGH) | {"name": "utland"}, "tidszonen"),
    "half a month": (power(validPeriod={"fromIncluding": "2025-12-01", "toExcluding": "2025-12-15"}),
                     "mitt i en månad"),
    "outside": (power(validPeriod={"fromIncluding": "2027-01-01", "toExcluding": "2028-01-01"}), "utanför tariffens"),
    "euro": (power(price={"priceExVat": 1, "priceIncVat": 1.25, "currency": "EUR"}), "SEK"),
    "only with VAT": (power(price={"priceIncVat": 1.25, "currency": "SEK"}), "priceExVat saknas"),
    "a word for a price": (power(price={"priceExVat": "gratis", "currency": "SEK"}), "inte ett tal"),
    "kVA": (power(unit="kVA"), "kVA"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(REFUSED))
def test_what_cannot_be_said_exactly_is_left_out_and_told(name):
    component, reason = REFUSED[name]
    zone = {"timeZone": "Europe/Berlin"} if name == "foreign clock" else {}
    found = one([fixed()], None, [component], **zone)
    assert not found.complete and found.price_list
    assert [c["component"] for c in found.price_list.components] == ["fixed"]
    assert reason in told(found, "error") and component["name"] in told(found, "error")
    assert "OFULLSTÄNDIG" in found.price_list.name and reason in found.notes


def test_an_unknown_cost_function_refuses_its_group():
    wrong = {"name": "Energi", "costFunction": "max(energy(c)*price(c))", "components": [energy()]}
    found = one([fixed()], energyPrice=wrong)
    assert not found.complete and "costFunction" in told(found, "error")
    spaced = {"name": "Energi", "costFunction": "Sum( energy(c) * price(c) )", "components": [energy()]}
    assert one([fixed()], energyPrice=spaced).complete


def test_an_unknown_sort_of_price_is_not_lost():
    found = one([fixed()], reactivePrice={"components": [{"name": "Reaktivt"}]})
    assert not found.complete and "reactivePrice" in told(found, "error")


def test_production_and_tariffs_without_a_day_are_refused_whole():
    backwards = {"fromIncluding": "2026-01-01", "toExcluding": "2025-01-01"}
    for more, reason in (
        ({"direction": "production"}, "uttag"),
        ({"validPeriod": {"toExcluding": "2026-01-01"}}, "saknas"),
        ({"validPeriod": backwards}, "före"),
    ):
        found = one([fixed()], **more)
        assert found.price_list is None and reason in told(found, "error")


def test_a_tariff_without_an_end_says_so():
    start = {"fromIncluding": "2025-10-01T00:00:00+02:00"}
    found = one([fixed(validPeriod=start)], [energy(validPeriod=start)], validPeriod=start)
    assert found.complete and found.price_list.valid_to == date(2100, 1, 1)
    assert "2100-01-01" in told(found, "warning")
    found = one([fixed()], [energy()], validPeriod=start)
    assert found.price_list.valid_to == date(2026, 1, 1) and found.price_list.id.endswith("-2025-10-01")


def test_vat_that_does_not_fit_is_told():
    found = one(None, [energy(price=price(0.2) | {"priceIncVat": 0.2})])
    assert "inklusive moms" in told(found, "warning")


def test_spot_with_a_multiplier_is_spot_times_that():
    spot = energy(type="spot", price=None, spotPriceSettings={"multiplier": 1.25, "currency": "SEK"})
    found = one(None, [spot])
    assert determinant(found) == {"method": "spot_energy"}
    assert found.price_list.components[0]["price"] == {"unit": "spot", "value": 1.25}


def test_the_order_of_a_file_does_not_matter_and_two_of_a_name_are_told_apart():
    tariffs = [tariff([fixed(100 + i)], id=f"id{i}") for i in range(3)]
    once, again = (read_eltariff(answer(*order), "x") for order in (tariffs, tariffs[::-1]))
    assert once == again
    assert len({found.price_list.id for found in once}) == 3
    assert "samma bolag" in told(once[1], "warning")


# --- hostile files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "tom"), (b"{", "JSON"), (b"\xff\xfe\x00", ""), (b"[NaN]", "JSON"), (b"null", "inga tariffer"),
        (b"3", "inga tariffer"), (b"[]", "inga tariffer"), (b'{"tariffs": "x"}', "inga"), (b'{"tariffs": [1]}', "inga"),
        (b"[" * 100_000, "tabeller i varandra"), (b'{"a":' * 50_000, ""),
        (b'{"tariffs": [], "tariffs": []}', "två gånger"), (b"1" * 10_000, "inga tariffer"),
        (b'{"a": 1e999999999999}', ""),
        (b'[{"id": "1", "apiUrl": "https://x", "companyName": "y"}]', "katalogens"),
        (b'{"priceList": {}}', "timpriser"), (b'{"tariffs":[{}]}', "inga tariffer"),
    ],
)  # fmt: skip
def test_what_is_no_tariff_is_refused_in_words(data, reason):
    with pytest.raises(TariffError) as error:
        read_eltariff(data, "ond.json")
    assert "ond.json" in str(error.value) and reason in str(error.value)


def test_a_file_too_large_is_refused_before_it_is_read():
    with pytest.raises(TariffError, match="20 MB"):
        read_eltariff(b" " * 20_000_001, "stor.json")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
    | st.sampled_from(["P1M", "SEK", "2025-01-01", "24:00:00", "weekdays", "peak(main)", -1, 1e308, "1e400"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=6,
)  # fmt: skip


@settings(max_examples=150)
@given(st.data())
def test_wrong_types_anywhere_are_refusals_never_crashes(data):
    """One value anywhere in a whole tariff is replaced by junk."""
    whole = json.loads(answer(tariff([fixed()], [energy(recurringPeriods=HIGH)], [power(recurringPeriods=HIGH)])))
    node, path = whole, []
    while isinstance(node, dict | list) and node and (not path or data.draw(st.integers(0, 5))):
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        path.append((node, key))
        node = node[key]
    holder, key = path[-1]
    holder[key] = data.draw(JUNK)
    try:
        found = read_eltariff(json.dumps(whole).encode(), "x")
    except TariffError:
        return
    for imported in found:
        assert imported.price_list is not None or told(imported, "error")
        assert imported.complete == (told(imported, "error") == "")


def test_hostile_texts_are_made_plain():
    evil = "Ond\x1b[2J\u202e\ud800" + "x" * 5000
    found = one([fixed(name=evil)], name=evil, companyName=evil, product=evil)
    listed = found.price_list
    for text in (listed.name, listed.components[0]["label"], listed.source, listed.id):
        assert "\x1b" not in text and "\u202e" not in text and len(text) < 1500
    assert len(listed.id) < 100 and listed.id.isascii()
