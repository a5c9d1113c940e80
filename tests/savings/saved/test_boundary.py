"""The store's own electricity is counted exactly once, whichever way it is connected."""

from __future__ import annotations

import pytest

from energy.errors import SettingsError
from energy.savings.saved.boundary import Point, boundary_meters, paying

HEAT = Point("heat", "district_heating", name="Fjärrvärme")
MAIN = Point("main", "electricity", name="El huvudmätare")
SUB = Point("pump", "electricity", parent="main", name="Lagrets värmepump")
DEEP = Point("deep", "electricity", parent="pump", name="Cirkulationspump")
OWN = Point("own", "electricity", name="Lagrets egen anslutning")


def test_a_submeter_under_the_main_meter_is_not_added_again():
    found = boundary_meters([HEAT, MAIN, SUB, DEEP], ["heat", "main", "pump", "deep"])
    assert found.counted == ("heat", "main") and found.inside == ("pump", "deep")
    assert "Lagrets värmepump (el) ingår redan i El huvudmätare (el) och läggs inte till" in found.explanation


def test_a_connection_of_its_own_is_added():
    found = boundary_meters([HEAT, MAIN, OWN], ["heat", "main", "own"])
    assert found.counted == ("heat", "main", "own") and found.inside == ()


def test_a_submeter_counts_when_its_main_meter_is_outside_the_boundary():
    assert boundary_meters([HEAT, MAIN, SUB, DEEP], ["heat", "deep"]).counted == ("heat", "deep")


def test_a_parent_of_another_carrier_is_not_the_same_energy():
    gauge = Point("gauge", "store_heat", parent="main")
    assert boundary_meters([MAIN, gauge], ["main", "gauge"]).counted == ("main", "gauge")


def test_a_meter_named_twice_counts_once_and_none_at_all_is_said():
    assert boundary_meters([MAIN], ["main", "main"]).counted == ("main",)
    assert boundary_meters([MAIN], []).explanation == "Inga mätare ingår."


@pytest.mark.parametrize(
    ("points", "boundary"),
    [([MAIN], ["other"]), ([SUB], ["pump"]), ([Point("a", "other", "b"), Point("b", "other", "a")], ["a"])],
)
def test_wrong_settings_are_told(points, boundary):
    with pytest.raises(SettingsError, match=r"energibok\.toml"):
        boundary_meters(points, boundary)


def test_the_nearest_priced_meter_pays_and_a_circle_of_parents_pays_nothing():
    parents = {"sub": "between", "between": "main", "main": None, "a": "b", "b": "a"}
    assert paying("sub", parents, {"main"}) == "main" and paying("main", parents, {"main"}) == "main"
    assert paying("sub", parents, {"main", "between"}) == "between"
    assert paying("sub", parents, set()) is None and paying("a", parents, {"main"}) is None
