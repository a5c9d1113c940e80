"""Key figures beside published ones: by hand, and a reason where the meter or the area is not told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.errors import SettingsError
from energy.measures import MeasureContext
from energy.measures.reference import KeyFigure, key_figures, parse, references
from energy.model import Facts, Load
from tests.measures.facility import ENERGY, HEAT, HOURS, POWER, START, Facility, column, price_list


def context(facts: Facts, **loads: Load) -> MeasureContext:
    """Return 50 kW of heat carried by 1.25 m3/h and 100 kW of electricity, of which the ice plant is 40 kW."""
    own = {
        HEAT: Load(HEAT, START, column(50.0), column(1.25)),
        POWER: Load(POWER, START, column(100.0)),
        "is": Load("is", START, column(40.0)),
    }
    facility = Facility(
        own | loads,
        {HEAT: "district_heating", POWER: "electricity", "is": "electricity"},
        [price_list("el", "electricity", ENERGY.format(price=1))],
        parents={"is": POWER},
    )
    half = (np.arange(HOURS) // 24 % 2 == 0).astype(np.float64)
    return replace(facility.context(), facts=facts, uses={"is": "ice_plant"}, ice_season=half)


def of(found: MeasureContext) -> dict[str, KeyFigure]:
    return {one.reference.id: one for one in key_figures(found)}


def test_the_key_figures_of_a_sports_hall_by_hand() -> None:
    found = of(context(Facts(area_m2=4000, ice_area_m2=1800, pool_area_m2=300)))
    # (876 + 438 MWh) / 4 000 m2; the sub-meter is inside the main and not counted again
    assert found["sports_all"].value == pytest.approx(328.5) and found["sports_all"].verdict == "above_span"
    assert found["sports_electricity"].value == pytest.approx(219)
    assert found["sports_heat"].value == pytest.approx(109.5) and found["sports_heat"].verdict == "below_span"
    # 350.4 MWh / (1 800 m2 · 182 or 183 days)
    assert found["rink_refrigeration"].value == pytest.approx(350_400 / (1800 * 182.5), rel=0.01)
    assert found["rink_refrigeration"].verdict == "within_span"
    assert found["heat_flow"].value == pytest.approx(25) and found["heat_flow"].verdict == "within_span"
    for one in ("pool_all", "rink_all"):
        assert np.isnan(found[one].value) and "för sig" in str(found[one].reason)


def test_a_bath_or_a_rink_alone_is_compared_with_its_own_kind() -> None:
    assert of(context(Facts(area_m2=3000, pool_area_m2=300)))["pool_all"].value == pytest.approx(438)
    rink = of(context(Facts(area_m2=3000, ice_area_m2=1800)))["rink_all"]
    assert rink.value == pytest.approx(1_314_000 / (1800 * 182.5), rel=0.01) and rink.verdict == "above_span"


def test_what_is_not_told_or_not_metered_has_a_reason_and_no_value() -> None:
    found = of(context(Facts()))
    assert "area_m2" in str(found["sports_all"].reason) and "ice_area_m2" in str(found["rink_refrigeration"].reason)
    short = np.where(np.arange(HOURS) > HOURS - 4000, np.nan, 50.0)
    found = of(context(Facts(area_m2=4000), **{HEAT: Load(HEAT, START, column(short))}))
    assert "för få timmar" in str(found["sports_all"].reason)
    assert "mäter inte" in str(found["heat_flow"].reason)
    assert all((one.verdict is None) == np.isnan(one.value) == (one.reason is not None) for one in found.values())


def test_a_fifth_of_lacking_hours_is_scaled_up() -> None:
    some = np.where(np.arange(HOURS) % 10 == 0, np.nan, 50.0)
    found = of(context(Facts(area_m2=4000), **{HEAT: Load(HEAT, START, column(some))}))
    assert found["sports_heat"].value == pytest.approx(109.5)


def test_every_reference_has_a_source_and_a_day() -> None:
    assert all(one.source and one.unit and one.set_on.year >= 2026 for one in references())
    assert len({one.id for one in references()}) == len(references())


GOOD = """
id = "a"
name = "A"
of = ["electricity"]
per = "area_m2"
unit = "x"
central = 2
set = 2026-01-01
own = true
"""


@pytest.mark.parametrize(
    "wrong",
    ['source = ""\n', 'source = "x"\nlow = 3\n', 'source = "x"\nwhere = "hall"\n', 'source = "x"\nextra = 1\n', ""],
)
def test_a_wrong_reference_is_refused_by_its_key(wrong: str) -> None:
    with pytest.raises(SettingsError, match=r"reference.toml.*reference\[1\]"):
        parse(f"[[reference]]\n{GOOD}{wrong}")
