"""Which other price lists, or categories of a list, could price a metering point, and what the bill would be.

Only lists in the home's tariffs/ are tried, of the same carrier and kind of contract. A list for fuse customers is
tried where its fuse carries the load. What the supplier lets the customer choose is not in the lists: every finding
says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from energy.errors import TariffError
from energy.measures.base import MeasureContext
from energy.measures.shared.valuation import Difference, bill_of, whole_months
from energy.model import BilledComponent, Contract, Floats, Load, PriceList

__all__ = [
    "Alternative",
    "alternatives",
    "contracts_now",
    "fuse_a",
    "latest",
    "list_now",
    "lists_of",
    "options_named",
    "tried",
    "yearly",
]

FUSE = re.compile(r"säkring\D{0,12}(\d{2,4})\s*A\b", re.IGNORECASE)
RETAIL = ("spot_energy", "hedged_energy")


@dataclass(frozen=True)
class Alternative:
    """Another family of lists, or the same one with other options, for a contract."""

    family: str
    name: str  # Swedish
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Tried:
    """An alternative with its bill against the one there is; `difference` None with the Swedish `reason` where not."""

    alternative: Alternative
    difference: Difference | None
    bill: Sequence[BilledComponent]
    reason: str | None = None


def latest(context: MeasureContext, point: str, kind: str | None = None) -> Contract | None:
    """Return the contract of a point (of a kind: heat, grid or retail) that prices the last month valued."""
    found = [c for c in contracts_now(context, point) if kind is None or _kind(context, c.family) == kind]
    return found[0] if found else None


def lists_of(context: MeasureContext, family: str) -> list[PriceList]:
    """Return the lists of a family in order of when they begin to hold."""
    return sorted((one for one in context.price_lists if one.family == family), key=lambda one: one.valid_from)


def list_now(context: MeasureContext, family: str) -> PriceList | None:
    """Return the list of a family that holds in the last month valued."""
    month = context.months[-1]
    return next((one for one in lists_of(context, family) if one.valid_from <= month < one.valid_to), None)


def fuse_a(listed: PriceList) -> float | None:
    """Return the main fuse a list is for [A], as its name or a label says; None where it says none."""
    for said in (listed.name, *(str(one.get("label", "")) for one in listed.components)):
        if found := FUSE.search(said):
            return float(found[1])
    return None


def _methods(listed: PriceList) -> list[str]:
    return [str(dict(one.get("determinant", {})).get("method")) for one in listed.components]


def _kind(context: MeasureContext, family: str) -> str | None:
    """Return heat, grid or retail: as the settings tell, else as the list's own parts show; None where neither does."""
    if family in context.contract_kinds:
        return context.contract_kinds[family]
    listed = list_now(context, family)
    if listed is None or listed.carrier != "electricity":
        return None if listed is None else "heat" if listed.carrier == "district_heating" else str(listed.carrier)
    if any(method in RETAIL for method in _methods(listed)):
        return "retail"
    by_grid = any(dict(one.get("price", {})).get("carried_by") == "grid" for one in listed.components)
    priced = {str(one.get("component")) for one in listed.components}
    return "grid" if by_grid or priced & {"demand", "overrun", "reactive"} else None


def options_named(listed: PriceList) -> Iterable[tuple[str, Sequence[str]]]:
    """Yield (option, categories) of the parts of a list whose category the contract names."""
    for one in listed.components:
        table = dict(one.get("determinant", {}))
        for settings in (table, table.get("power")):
            hours = settings.get("hours") if isinstance(settings, Mapping) else None
            if isinstance(settings, Mapping) and isinstance(hours, Mapping) and settings.get("option"):
                yield str(settings["option"]), sorted(hours)


def alternatives(context: MeasureContext, contract: Contract, load: Load, carries: float) -> list[Alternative]:
    """Return what could price the contract's point instead; `carries` is the peak a fuse of 1 A carries [kW].

    A list without power charge is no alternative to one with it unless its fuse is told and carries the peak.
    """
    now = list_now(context, contract.family)
    if now is None:
        return []
    found = []
    for option, categories in dict(options_named(now)).items():
        others = (one for one in categories if one != contract.options.get(option))
        found += [Alternative(contract.family, f"{now.name}, kategori {one}", {option: one}) for one in others]
    peak = float(np.nanmax(load.energy_kwh)) if np.isfinite(load.energy_kwh).any() else np.inf
    by_power = any(one.get("component") in ("demand", "overrun") for one in now.components)
    for family in sorted({one.family for one in context.price_lists} - {contract.family}):
        other = list_now(context, family)
        if other is None or other.carrier != now.carrier:
            continue
        if _kind(context, family) != _kind(context, contract.family) or _kind(context, family) is None:
            continue
        fuse = fuse_a(other)
        fits = not by_power or any(one.get("component") in ("demand", "overrun") for one in other.components)
        if (fuse is None and fits) or (fuse is not None and fuse * carries >= peak):
            found.append(Alternative(family, other.name))
    return found


def tried(context: MeasureContext, contract: Contract, load: Load, asked: Sequence[Alternative]) -> list[Tried]:
    """Return every alternative with its bill of `load` (n, k) against the present one. Raises TariffError for that."""
    mine = [one for one in context.contracts if one.metering_point == contract.metering_point]
    now = bill_of(context, load, mine)
    found = []
    for one in asked:
        try:
            bill = bill_of(context, load, [_under(c, contract.family, one) for c in mine])
        except TariffError as error:
            found.append(Tried(one, None, (), f"kan inte prissättas: {error}"))
            continue
        result = whole_months(now, bill)
        reason = result.reason()
        found.append(Tried(one, None if reason else result, bill, reason))
    return found


def _under(contract: Contract, family: str, other: Alternative) -> Contract:
    if contract.family != family:
        return contract
    return replace(contract, family=other.family, options={**contract.options, **other.options})


def yearly(bill: Sequence[BilledComponent]) -> Floats:
    """Return the sum of a bill (k,) [SEK], NaN where a post of it is unknown: half a bill is no cheaper one."""
    total: Floats = np.sum([one.amount_sek for one in bill], axis=0)
    return total


def contracts_now(context: MeasureContext, point: str) -> list[Contract]:
    """Return the contracts of a point that hold in the last month valued: one that has ended asks for nothing more."""
    month = context.months[-1]
    return [c for c in context.contracts if c.metering_point == point and c.valid_from <= month < c.valid_to]
