"""Another list of the same kind for electricity, and fuse lists only where the fuse carries the load."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.measures import MeasureContext, MeasureFinding, Silent
from energy.measures.tariff import dearer_electricity_list
from energy.model import BillingContext, Load
from tests.measures.facility import (
    ENERGY,
    FIXED,
    HOURS,
    MONTHLY_PEAK,
    POWER,
    SPOT,
    START,
    Facility,
    column,
    price_list,
)

FUSE = FIXED.replace("{label}", "Fast avgift säkring {ampere} A")


def context_of(kw: float, *others: tuple[str, str, tuple[str, ...]]) -> MeasureContext:
    """Return a constant load under a grid list N4 of 100 kr/MWh and 50 kr/kW and month, other lists beside it."""
    now = price_list("n4", "electricity", ENERGY.format(price=100), MONTHLY_PEAK.format(price=50))
    facility = Facility({POWER: Load(POWER, START, column(kw))}, {POWER: "electricity"}, [now])
    context = facility.context()
    lists = [now, *(price_list(name, "electricity", *parts) for name, _, parts in others)]
    kinds = {"n4": "grid"} | {name: kind for name, kind, _ in others}
    return replace(context, price_lists=lists, contract_kinds=kinds)


def only(context: MeasureContext) -> MeasureFinding | Silent:
    (found,) = dearer_electricity_list.assess(context)
    return found


def test_the_other_grid_list_by_hand() -> None:
    # 100 kW: 876 MWh · 100 + 100 · 50 · 12 = 147 600 kr; N3T: 876 · 60 + 100 · 55 · 12 = 118 560 kr
    n3t = ("n3t", "grid", (ENERGY.format(price=60), MONTHLY_PEAK.format(price=55)))
    found = only(context_of(100.0, n3t))
    assert isinstance(found, MeasureFinding)
    assert found.saving_sek_per_year.value == pytest.approx(147_600 - 118_560)
    assert found.key.endswith(":el:grid") and "nätägaren medger" in found.description


def test_a_retail_list_is_no_alternative_to_a_grid_list() -> None:
    found = only(context_of(100.0, ("spot", "retail", (ENERGY.format(price=1), MONTHLY_PEAK.format(price=1)))))
    assert isinstance(found, Silent) and "ingen annan prislista" in found.reason


@pytest.mark.parametrize(("kw", "saving"), [(10.0, 14_760 - 1_000 - 4_380), (13.0, None)])
def test_a_fuse_list_is_tried_where_the_fuse_carries_the_peak(kw: float, saving: float | None) -> None:
    # 25 A carries 25 · 0.48 = 12 kW of hourly mean. 10 kW now: 87.6 MWh · 100 + 10 · 600 = 14 760 kr
    found = only(context_of(kw, ("sakring", "grid", (FUSE.format(ampere=25, price=1000), ENERGY.format(price=50)))))
    if saving is None:
        assert isinstance(found, Silent) and "ingen annan prislista" in found.reason
    else:
        assert isinstance(found, MeasureFinding) and found.saving_sek_per_year.value == pytest.approx(saving)


def test_silent_where_the_kind_is_not_told_or_there_is_no_electricity() -> None:
    found = only(replace(context_of(100.0), contract_kinds={}, carriers={}))
    assert isinstance(found, Silent) and "ingen elmätare" in found.reason
    found = only(replace(context_of(100.0), contract_kinds={}))
    assert isinstance(found, Silent)


def test_a_list_with_an_unpriced_month_is_not_shown_as_cheaper() -> None:
    # spot 0.02 kr/kWh but unknown in January: eleven months are compared, and no sum of the year is told of that list
    spot = np.where(np.arange(HOURS) // 24 < 365 + 31, np.nan, 0.02)
    context = context_of(100.0, ("n3t", "grid", (SPOT, MONTHLY_PEAK.format(price=50))))
    found = only(replace(context, billing={POWER: BillingContext(spot_sek_per_kwh=spot)}))
    assert isinstance(found, MeasureFinding)
    assert found.saving_sek_per_year.value == pytest.approx(100 * 24 * (365 - 31) * (0.1 - 0.02))
    now, other = found.evidence
    assert now.value == pytest.approx(147_600) and other.value is None
    assert now.note == "som det är" and "1 månad kan inte prissättas helt" in other.note
    assert found.picture is not None and np.isnan(found.picture.series[0].y[1])
