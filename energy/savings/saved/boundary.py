"""The project's boundary: which meters count, so that the store's own electricity is counted exactly once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from energy.errors import SettingsError

_CARRIERS_SV: Mapping[str, str] = {
    "district_heating": "fjärrvärme",
    "electricity": "el",
    "rejected_heat": "bortkyld värme",
    "store_heat": "värme från lagret",
    "water": "vatten",
    "other": "övrigt",
}


@dataclass(frozen=True)
class Point:
    """A metering point: its carrier and, for a submeter, the meter it sits under."""

    metering_point: str
    carrier: str
    parent: str | None = None
    name: str = ""


@dataclass(frozen=True)
class Boundary:
    """`counted` meters to add up, `inside` those already within a counted one, and the Swedish explanation."""

    counted: tuple[str, ...]
    inside: tuple[str, ...]
    explanation: str


def boundary_meters(points: Sequence[Point], boundary: Sequence[str]) -> Boundary:
    """Return which of the `boundary` meters to add up, in their order.

    A boundary meter that sits under another boundary meter of the same carrier, however deep, is not added again.
    Raises SettingsError for an unknown meter or a chain of parents that bites its tail.
    """
    known = {p.metering_point: p for p in points}
    counted, inside, words = [], [], []
    for meter in dict.fromkeys(boundary):
        if meter not in known:
            raise SettingsError.from_key("energibok.toml", "boundary", meter, "en mätpunkt som finns i inställningarna")
        above = _ancestor(known, known[meter], frozenset(boundary))
        label = _label(known[meter])
        if above is None:
            counted.append(meter)
            words.append(f"{label} räknas")
        else:
            inside.append(meter)
            words.append(f"{label} ingår redan i {_label(known[above])} och läggs inte till")
    return Boundary(tuple(counted), tuple(inside), "; ".join(words) + "." if words else "Inga mätare ingår.")


def _ancestor(known: Mapping[str, Point], point: Point, boundary: frozenset[str]) -> str | None:
    """Return the nearest boundary meter of the same carrier above a point, or None."""
    seen, parent = {point.metering_point}, point.parent
    while parent is not None:
        if parent in seen:
            raise SettingsError.from_key(
                "energibok.toml", "parent", parent, "en mätare som inte sitter under sig själv"
            )
        seen.add(parent)
        if parent not in known:
            raise SettingsError.from_key("energibok.toml", "parent", parent, "en mätpunkt som finns i inställningarna")
        if parent in boundary and known[parent].carrier == point.carrier:
            return parent
        parent = known[parent].parent
    return None


def _label(point: Point) -> str:
    carrier = _CARRIERS_SV.get(point.carrier, point.carrier)
    return f"{point.name or point.metering_point} ({carrier})"


def paying(point: str, parents: Mapping[str, str | None], priced: Collection[str]) -> str | None:
    """Return the metering point whose contracts pay for a point: itself, or the nearest above it; None without any.

    `parents` is metering point -> the point that also measures its energy; a circle of parents ends the search.
    """
    seen: set[str] = set()
    at: str | None = point
    while at is not None and at not in seen:
        if at in priced:
            return at
        seen.add(at)
        at = parents.get(at)
    return None
