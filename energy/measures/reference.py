"""Key figures of a facility beside published ones: kWh/m², kWh/m² of ice and day, m³/MWh.

The published values are dated data (`reference.toml`) with their source. A key figure whose divisor or meter is not
told has no value and says why; nothing is guessed from the name of a building.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from energy.calendar import normal_time
from energy.errors import InsufficientData, SettingsError
from energy.measures.assumptions import assumption
from energy.measures.base import MeasureContext
from energy.model import Carrier, Floats, Load

__all__ = ["KeyFigure", "Reference", "key_figures", "parse", "references"]

FILE = "reference.toml"
KEYS = frozenset({"id", "name", "of", "per", "unit", "low", "central", "high", "set", "own", "source", "where"})
OPTIONAL = frozenset({"low", "high", "where"})
PERS = ("area_m2", "ice_m2_days", "heat_mwh")
WHERES = ("pool_only", "rink_only", None)
Verdict = Literal["below_span", "within_span", "above_span"]


@dataclass(frozen=True)
class Reference:
    """A published value with its span, what it counts, by what it is divided, and where it stands."""

    id: str
    name: str  # Swedish
    of: tuple[str, ...]
    per: str
    unit: str
    low: float
    central: float
    high: float
    set_on: date
    own: bool
    source: str
    where: str | None = None  # pool_only or rink_only: of buildings that are nothing else


@dataclass(frozen=True)
class KeyFigure:
    """A facility's own value of a reference; NaN with the Swedish `reason` where it cannot be told."""

    reference: Reference
    value: float
    verdict: Verdict | None
    reason: str | None = None


def parse(text: str) -> tuple[Reference, ...]:
    """Return the references of a TOML text. Raises SettingsError naming the key, what was found and what is allowed."""
    return tuple(_one(at, entry) for at, entry in enumerate(tomllib.loads(text).get("reference", []), start=1))


def _one(at: int, entry: Mapping[str, Any]) -> Reference:
    key = f"reference[{at}]"
    if set(entry) - KEYS or not set(entry) >= KEYS - OPTIONAL:
        raise SettingsError.from_key(FILE, key, sorted(entry), ", ".join(sorted(KEYS)))
    central = float(entry["central"])
    low, high = float(entry.get("low", central)), float(entry.get("high", central))
    if not 0 < low <= central <= high:
        raise SettingsError.from_key(FILE, key, (low, central, high), "0 < low <= central <= high")
    if entry["per"] not in PERS:
        raise SettingsError.from_key(FILE, f"{key}.per", entry["per"], ", ".join(PERS))
    if entry.get("where") not in WHERES:
        raise SettingsError.from_key(FILE, f"{key}.where", entry["where"], "pool_only eller rink_only")
    if not isinstance(entry["set"], date) or not str(entry["source"]).strip():
        raise SettingsError.from_key(FILE, key, (entry["set"], entry["source"]), "ett datum och en källa")
    where = None if entry.get("where") is None else str(entry["where"])
    name, of, unit = str(entry["name"]), tuple(map(str, entry["of"])), str(entry["unit"])
    noted, source = entry["set"], str(entry["source"])
    span = (low, central, high)
    return Reference(
        str(entry["id"]), name, of, str(entry["per"]), unit, *span, noted, bool(entry["own"]), source, where
    )


@cache
def references() -> tuple[Reference, ...]:
    """Return the published values of the package."""
    here = files("energy.measures")
    return parse(here.joinpath(FILE).read_text(encoding="utf-8"))


def key_figures(context: MeasureContext, asked: Sequence[Reference] | None = None) -> list[KeyFigure]:
    """Return the facility's key figures over the months valued, in the order of the references."""
    return [_figure(context, one) for one in (references() if asked is None else asked)]


def _figure(context: MeasureContext, reference: Reference) -> KeyFigure:
    try:
        _applies(context, reference.where)
        value = _counted(context, reference.of) / _divisor(context, reference.per)
    except InsufficientData as error:
        return KeyFigure(reference, float("nan"), None, str(error))
    verdict: Verdict = (
        "below_span" if value < reference.low else "above_span" if value > reference.high else "within_span"
    )
    return KeyFigure(reference, value, verdict)


def _applies(context: MeasureContext, where: str | None) -> None:
    """Raise InsufficientData where the value is of a building that holds nothing else, and this one does."""
    pool, ice = bool(context.facts.pool_area_m2), bool(context.facts.ice_area_m2)
    if where == "pool_only" and (ice or not pool):
        said = "har också is" if pool else "har ingen angiven bassäng (pool_area_m2)"
        raise InsufficientData(f"kan inte bedömas: värdet gäller badhus för sig, och anläggningen {said}.")
    if where == "rink_only" and (pool or not ice):
        said = "har också bassäng" if ice else "har ingen angiven is (ice_area_m2)"
        raise InsufficientData(f"kan inte bedömas: värdet gäller ishallar för sig, och anläggningen {said}.")


def _valued(context: MeasureContext) -> npt.NDArray[np.bool_]:
    hour = normal_time(context.start_utc)
    first, end = (np.datetime64(day, "s") for day in (context.first_valued(), context.end_valued()))
    found: npt.NDArray[np.bool_] = (hour >= first) & (hour < end)
    return found


def _total(context: MeasureContext, points: Sequence[str], values: Callable[[Load], Floats | None], what: str) -> float:
    """Return the sum of the year, scaled up for at most a fifth of lacking hours. Raises InsufficientData."""
    if not points:
        raise InsufficientData(f"saknar data: ingen mätare för {what}.")
    inside, least, total = _valued(context), assumption("common", "minimum_coverage").central, 0.0
    for point in points:
        found = values(context.loads[point])
        if found is None:
            raise InsufficientData(f"saknar data: {context.name(point)} mäter inte {what}.")
        hours = found[inside, 0]
        known = np.isfinite(hours)
        if not len(hours) or known.mean() < least:
            raise InsufficientData(f"saknar data: {context.name(point)} har för få timmar de senaste tolv månaderna.")
        total += float(hours[known].sum() / known.mean())
    return total


def _mains(context: MeasureContext, carrier: Carrier) -> list[str]:
    """Return the meters of a carrier that no other contains and that have told anything, in order of id."""
    return sorted(
        p for p, c in context.carriers.items()
        if c == carrier and p in context.loads and context.parents.get(p) is None
    )  # fmt: skip


WORDS: Mapping[str, str] = {
    "electricity": "el", "district_heating": "fjärrvärme", "ice_plant": "kylmaskinerna",
    "heat_volume": "fjärrvärmens volym",
}  # fmt: skip


def _counted(context: MeasureContext, of: Sequence[str]) -> float:
    """Return the energy [kWh] or volume [m³] of the year of the carriers or uses asked for. Raises InsufficientData."""
    total = 0.0
    for one in of:
        if one in ("electricity", "district_heating"):
            total += _total(context, _mains(context, one), lambda load: load.energy_kwh, WORDS[one])  # type: ignore[arg-type]
        elif one == "heat_volume":
            total += _total(context, _mains(context, "district_heating"), lambda load: load.volume_m3, WORDS[one])
        else:
            total += _total(context, context.used_for(one), lambda load: load.energy_kwh, WORDS.get(one, one))  # type: ignore[arg-type]
    return total


def _divisor(context: MeasureContext, per: str) -> float:
    """Return what a key figure is divided by. Raises InsufficientData where it is not told."""
    if per == "heat_mwh":
        found = _total(context, _mains(context, "district_heating"), lambda load: load.energy_kwh, "fjärrvärme") / 1000
    elif per == "area_m2":
        found = _told(context.facts.area_m2, "anläggningens area (area_m2)")
    else:
        days = float(np.nansum(context.ice_season[_valued(context)]) / 24) if context.ice_season is not None else 0.0
        if not days > 0:
            raise InsufficientData("saknar data: issäsongen är inte angiven.")
        found = _told(context.facts.ice_area_m2, "isens area (ice_area_m2)") * days
    if not found > 0:
        raise InsufficientData("kan inte bedömas: inget att dela med.")
    return found


def _told(value: float | None, what: str) -> float:
    if value is None or not value > 0:
        raise InsufficientData(f"saknar data: {what} är inte angiven.")
    return value
