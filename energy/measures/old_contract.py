"""What a changed contract saves: the bills since then, and the same load billed as if the old contract had gone on.

Exact, for a change that leaves the load as it was: no model, no band. The same hours are billed twice, so the saving is
the difference of two bills.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from energy.errors import InsufficientData
from energy.measures.shared.valuation import Difference, whole_months
from energy.model import Band, BillingContext, Contract, Load, PriceList
from energy.tariffs.bill import bill

__all__ = ["Rebilled", "as_before", "kinds_ended", "rebilled"]

CANNOT = "kan inte bedömas"
YEAR = 12
MONTH = timedelta(days=31)  # a new contract begins at a turn of month, so the old one may end up to one after the start
KINDS = {"heat": "fjärrvärme", "grid": "elnät", "retail": "elhandel"}


@dataclass(frozen=True)
class Rebilled:
    """What the change has saved so far, and in the last twelve months [SEK excl. VAT]; bands without width."""

    so_far: Band
    year: Band | None  # None with less than twelve months


def kinds_ended(key: str, about: Sequence[str], kinds: Mapping[str, str]) -> frozenset[str]:
    """Return the kinds of contract a measure ends: what its key tells last, else what its rule tells; none: any.

    A key tells a kind, or a family of price lists, after its meter; `kinds` family -> heat, grid or retail.
    """
    told = {kinds.get(part, part) for part in key.split(":")[4:]} & set(KINDS)
    return frozenset(told or about)


def as_before(
    contracts: Sequence[Contract], kinds: Mapping[str, str], start_on: date, of: Collection[str] = ()
) -> list[Contract]:
    """Return the contracts as if the one that ended with the change had gone on; those of other kinds as they are.

    `kinds` family -> heat, grid or retail; `of` the kinds that the measure ends, none: any. Raises InsufficientData
    where none held the day before `start_on`, or none of them ended within a month of it: then no contract has changed.
    """
    day = start_on - timedelta(days=1)
    said = " eller ".join(KINDS[kind] for kind in KINDS if kind in of)
    held = [one for one in contracts if one.valid_from <= day < one.valid_to]
    held = [one for one in held if not of or kinds.get(one.family, one.family) in of]
    if not held:
        what = f"avtal om {said}" if said else "avtal"
        raise InsufficientData(f"{CANNOT}: inget {what} för mätpunkten gällde {day}, dagen före åtgärden")
    ended = [one for one in held if one.valid_to <= start_on + MONTH]
    if not ended:
        what = f"avtalet om {said}" if said else "avtalet"
        told = f"{what} är detsamma efter {start_on} som före; lägg in det nya som [[contract]]"
        raise InsufficientData(f"{CANNOT}: {told}")
    changed = {kinds.get(one.family, one.family) for one in ended}
    others = [one for one in contracts if kinds.get(one.family, one.family) not in changed]
    return [*(replace(one, valid_to=date.max) for one in ended), *others]


def rebilled(
    load: Load, contracts: Sequence[Contract], kinds: Mapping[str, str], start_on: date, lists: Sequence[PriceList],
    months: Sequence[date], context: BillingContext, of: Collection[str] = (),
) -> Rebilled:  # fmt: skip
    """Return the old contract's bills of `months` (in order, from `start_on`) less the bills as they were.

    `of` the kinds of contract that the measure ends, none: any.
    A month that cannot be billed wholly both ways makes the sum unknown, with its reason. Raises InsufficientData where
    no contract has changed, TariffError where a price list is lacking.
    """
    old = as_before(contracts, kinds, start_on, of)
    found = [
        whole_months(bill(load, old, lists, some, context), bill(load, contracts, lists, some, context))
        for some in (months, months[-YEAR:])
    ]
    bands = [_band(one) for one in found]
    return Rebilled(bands[0], bands[1] if len(months) >= YEAR else None)


def _band(found: Difference) -> Band:
    if found.unpriced:
        nan = float("nan")
        return Band(nan, nan, nan, reason=f"{CANNOT}: {found.unpriced[0].rstrip('.')}")
    value = float(np.sum(found.saving_sek[0]))
    return Band(value, value, value)
