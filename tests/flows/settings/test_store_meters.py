"""The meters of a store: one meter, one role, one store; what would count energy twice is told with its key."""

from __future__ import annotations

from pathlib import Path

import pytest

from energy.errors import SettingsError
from flows.cli import main
from flows.settings.load import load_settings
from flows.settings.store_meters import doubtful_meters, lacking_meters


def _meter(name: str, carrier: str, more: str = "") -> str:
    return f'[[metering_point]]\nid = "{name}"\nfacility = "hall"\nname = "{name}"\ncarrier = "{carrier}"\n{more}\n'


def _store(name: str, **keys: str) -> str:
    told = {"charge": '["in"]', "discharge": '["ut"]', "electricity": '["vp"]', "kind": '"tank"'} | keys
    lines = "\n".join(f"{key} = {value}" for key, value in told.items())
    return f'[[store]]\nid = "{name}"\nfacility = "hall"\nname = "{name}"\ncommissioned = 2023-01-01\n{lines}\n'


HEAT = ("in", "ut", "in2", "ut2", "borr", "varm")
HOME = (
    "".join(f'[[facility]]\nid = "{name}"\nname = "{name}"\nweather_station = "1"\n' for name in ("hall", "annan"))
    + "".join(_meter(name, "store_heat") for name in HEAT)
    + _meter("huvud", "electricity")
    + _meter("vp", "electricity", 'parent = "huvud"')
    + _meter("vp2", "electricity", 'parent = "huvud"')
    + _meter("fjv", "district_heating")
    + _meter("bort", "store_heat").replace("hall", "annan")
    + '[[contract]]\nmetering_point = "huvud"\nkind = "grid"\nfamily = "el"\nvalid_from = 2022-01-01\n'
)
ONE = _store("ett", displaces='"fjv"')
OTHER = {"charge": '["in2"]', "discharge": '["ut2"]', "electricity": '["vp2"]'}


def _load(place: Path, stores: str) -> None:
    (place / "energibok.toml").write_text(HOME + stores, encoding="utf-8")
    load_settings(place)


@pytest.mark.parametrize(
    "stores",
    [
        ONE,
        ONE + _store("tva", **OTHER),
        ONE + _store("tva", **OTHER | {"charge": '["ut"]'}),  # the second is charged by what leaves the first
        _store("ett", heat_pump_heat='["ut"]', has_heat_pump="true"),  # all that is delivered is the heat pump's
        _store("ett", source='["varm"]') + _store("tva", **OTHER | {"source": '["varm"]'}),
    ],
    ids=["one", "two apart", "two in a row", "heat pump delivers all", "one source for two"],
)
def test_meters_that_can_be_right_are_read(tmp_path: Path, stores: str) -> None:
    _load(tmp_path, stores)


@pytest.mark.parametrize(
    ("stores", "key", "words"),
    [
        (_store("ett", discharge='["in"]'), "store[1].discharge", "en annan mätpunkt än under charge"),
        (_store("ett", store_out='["ut"]'), "store[1].store_out", "en annan mätpunkt än under discharge"),
        (_store("ett", charge='["in", "in"]'), "store[1].charge", "en annan mätpunkt än under charge"),
        (_store("ett", displaces='"ut"'), "store[1].displaces", "inte lagrets egen mätare under discharge"),
        (_store("ett", electricity='["huvud"]'), "store[1].electricity", "en undermätare som bara mäter lagret"),
        (_store("ett", electricity='["fjv"]'), "store[1].electricity", "carrier electricity"),
        (_store("ett", charge='["bort"]'), "store[1].charge", "en mätpunkt i lagrets anläggning, hall"),
        (ONE + _store("tva", **OTHER | {"charge": '["in"]'}), "store[2].charge", "redan charge i store[1] (ett)"),
        (ONE + _store("tva", **OTHER | {"electricity": '["vp"]'}), "store[2].electricity", "räknas då två gånger"),
        (
            ONE + _store("tva", **OTHER | {"charge": '["ut"]', "discharge": '["in"]'}),
            "store[2].charge och discharge",
            "store[1] (ett) har samma två mätare omkastade",
        ),
    ],
)  # fmt: skip
def test_meters_that_cannot_be_right_are_named_with_what_to_do(
    tmp_path: Path, stores: str, key: str, words: str
) -> None:
    with pytest.raises(SettingsError) as told:
        _load(tmp_path, stores)
    (line,) = str(told.value).splitlines()
    assert f"nyckel «{key}»" in line and words in line


def test_the_doctor_tells_each_wrong_meter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "energibok.toml").write_text(HOME + _store("ett", electricity='["huvud"]'), encoding="utf-8")
    assert main(["doctor", "--home", str(tmp_path)]) == 2
    assert "huvud), en huvudmätare med avtal och undermätare" in capsys.readouterr().out


def test_a_store_that_takes_all_the_electricity_bought_is_doubted_not_refused(tmp_path: Path) -> None:
    alone = HOME.replace('parent = "huvud"', "") + _store("ett", electricity='["huvud"]')
    (tmp_path / "energibok.toml").write_text(alone, encoding="utf-8")
    (said,) = doubtful_meters(load_settings(tmp_path))
    assert "den enda elmätaren med avtal" in said and "ange en undermätare" in said


@pytest.mark.parametrize(
    ("keys", "lacking", "words"),
    [
        (
            {"discharge": "[]", "displaces": '"fjv"'},
            ["discharge"],
            "balans, förluster och verkningsgrad, vad lagret lev",
        ),
        (
            {"discharge": "[]", "store_out": '["ut"]', "displaces": '"fjv"'},
            ["discharge"],
            "bedömas: vad lagret levererar",
        ),
        ({"charge": "[]", "displaces": '"fjv"'}, ["charge"], "balans, förluster och verkningsgrad."),
        ({"electricity": "[]", "has_heat_pump": "true"}, ["electricity", "displaces"], "värmefaktor"),
        ({"electricity": "[]", "kind": '"battery"'}, [], ""),
    ],
)
def test_the_doctor_tells_what_a_store_without_a_line_cannot_be_judged_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], keys: dict[str, str], lacking: list[str], words: str
) -> None:
    (tmp_path / "energibok.toml").write_text(HOME + _store("ett", **keys), encoding="utf-8")
    said = list(lacking_meters(load_settings(tmp_path)))
    assert [line.partition(":")[0] for line in said] == [f"store[1].{key}" for key in lacking]
    main(["doctor", "--home", str(tmp_path)])
    out = capsys.readouterr().out
    assert words in out and all(f"Lägg till raden {key} = " in out for key in lacking)


def test_a_meter_whose_use_is_another_role_is_doubted(tmp_path: Path) -> None:
    told = HOME.replace('id = "in"\n', 'id = "in"\nuse = "discharge"\n')
    told = told.replace('id = "ut"\n', 'id = "ut"\nuse = "discharge"\n')
    (tmp_path / "energibok.toml").write_text(told + _store("ett"), encoding="utf-8")
    (said,) = doubtful_meters(load_settings(tmp_path))
    assert said.startswith('store[1].charge: in står under charge, men dess [[metering_point]] säger use = "discharge"')
