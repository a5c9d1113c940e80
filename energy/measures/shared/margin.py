"""The marginal value of a change hour by hour: which main carries it, what the bills would be, and what may be said.

A change is told at the meter that shows it and billed at the main that contains that meter. Nothing is priced by an
average: the bills of the mains are run with and without the change (`energy.measures.shared.valuation`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from energy.errors import TariffError
from energy.measures.base import (
    Confidence,
    Effect,
    EvidenceRow,
    MeasureContext,
    MeasureFinding,
    Picture,
    Silent,
    State,
)
from energy.measures.shared.bands import band, band_text, confidence, not_worth_telling
from energy.measures.shared.days import map_load, uncapital
from energy.measures.shared.operating import valued_hours
from energy.measures.shared.valuation import Difference, bill_of, differences
from energy.model import Floats, Load

__all__ = ["Case", "Fall", "conclude", "divided", "effect_of", "lowered", "main_of", "nothing", "priced", "worth"]


@dataclass(frozen=True)
class Fall:
    """What a measure takes off a metering point hour by hour, (n, 1 + draws), column 0 the central case.

    In the point's own quantity: energy [kWh], or volume [m³] of a meter that tells no energy. Negative where it adds;
    NaN where nothing can be said, which takes nothing.
    """

    point: str
    amount: Floats


@dataclass(frozen=True)
class Case:
    """What a rule has seen at one metering point, before it is priced."""

    point: str
    falls: tuple[Fall, ...]
    description: str  # Swedish: what was seen, and what to do
    method: str  # Swedish: how the change was made
    evidence: tuple[EvidenceRow, ...]
    picture: Picture
    parameters: Mapping[str, float] = field(default_factory=dict)
    ceiling: Confidence = "hög"
    weeks: str = ""  # Swedish: what was drawn again week by week


def main_of(context: MeasureContext, point: str) -> str | None:
    """Return the priced main that contains a metering point, or the point itself; None where nothing prices it."""
    chain = _chain(context, point)
    return chain[-1] if chain and any(c.metering_point == chain[-1] for c in context.contracts) else None


def priced(context: MeasureContext, points: Sequence[str]) -> list[str]:
    """Return the metering points that a priced main contains."""
    return [point for point in points if main_of(context, point) is not None]


def _chain(context: MeasureContext, point: str) -> list[str]:
    """Return a metering point and those that contain its energy, innermost first, of the same carrier and with data."""
    chain: list[str] = []
    here: str | None = point
    while here is not None and here in context.loads and here not in chain:
        if context.carriers.get(here) != context.carriers.get(point):
            break
        chain.append(here)
        here = context.parents.get(here)
    return chain


def _own(load: Load) -> Floats:
    """Return (n, k) the quantity a meter tells: energy, or volume where it tells no energy."""
    if load.volume_m3 is not None and not np.isfinite(load.energy_kwh).any():
        return load.volume_m3
    return load.energy_kwh


def lowered(load: Load, amount: Floats) -> Load:
    """Return the load less `amount` (n, k) of its own quantity, never below nothing; unknown hours stay unknown.

    Flow follows the energy at unchanged temperatures, quarters follow their hour.
    """
    own = _own(load)
    taken = np.nan_to_num(amount)
    share = np.divide(taken, own, out=np.zeros(np.broadcast_shapes(taken.shape, own.shape)), where=own > 0)
    factor = 1.0 - np.minimum(share, 1.0)
    changed = map_load(load, factor)
    if load.energy_quarters_kwh is not None:
        changed = replace(changed, energy_quarters_kwh=load.energy_quarters_kwh * factor[:, None, :])
    if own is load.energy_kwh and (taken < 0).any():  # where nothing was drawn there is nothing to scale
        changed = replace(changed, energy_kwh=np.where(own > 0, changed.energy_kwh, own - np.minimum(taken, 0.0)))
    return changed


def divided(context: MeasureContext, points: Sequence[str], amount: Floats) -> tuple[Fall, ...]:
    """Return a change (n, 1 + draws) of what several meters show together, as the fall of each.

    By what each of them showed that hour, so that none carries more than it shows; in hours when all stood still by
    what each showed in all its hours.
    """
    shown = np.stack([np.maximum(np.nan_to_num(_own(context.loads[point])[:, 0]), 0.0) for point in points])
    total, whole = shown.sum(axis=0), shown.sum(axis=1)
    usual = whole / whole.sum() if whole.sum() > 0 else np.full(len(points), 1.0 / len(points))
    shares = np.divide(shown, total, out=np.broadcast_to(usual[:, None], shown.shape).copy(), where=total > 0)
    return tuple(Fall(point, amount * share[:, None]) for point, share in zip(points, shares, strict=True))


def worth(context: MeasureContext, falls: Sequence[Fall]) -> tuple[Difference, float] | str:
    """Return (the difference of the bills, central saving [kWh] over the months valued), or why not, in Swedish."""
    by_main: dict[str, Floats] = {}
    for fall in falls:
        main = main_of(context, fall.point)
        if main is None:
            return f"saknar data: {context.name(fall.point)} ligger inte under någon mätare med avtal."
        by_main[main] = by_main.get(main, np.zeros((1, 1))) + np.nan_to_num(fall.amount)
    inside, kwh = valued_hours(context), 0.0
    pairs = []
    for main, amount in by_main.items():
        load = context.loads[main]
        changed = lowered(load, amount)
        try:
            pairs.append((bill_of(context, load), bill_of(context, changed)))
        except TariffError as error:
            return f"kan inte prissättas: {error}"
        kwh += float(np.nansum((load.energy_kwh[:, 0] - changed.energy_kwh[:, 0])[inside]))
    names = [context.name(main) for main in by_main]
    return _together(dict(zip(names, differences(pairs), strict=True))), kwh


def _together(bills: Mapping[str, Difference]) -> Difference:
    """Return the sum of the differences of several mains, each label with its main's name."""
    if len(bills) == 1:
        return next(iter(bills.values()))
    labels = {
        f"{name}: {uncapital(label)}": amount for name, d in bills.items() for label, amount in d.by_label.items()
    }
    posts: dict[str, tuple[int, int]] = {}
    for one in bills.values():
        for part, (known, count) in one.posts.items():
            before = posts.get(part, (0, 0))
            posts[part] = (before[0] + known, before[1] + count)
    saving: Floats = sum((one.saving_sek for one in bills.values()), start=np.zeros(1))
    unpriced = tuple(text for one in bills.values() for text in one.unpriced)
    return Difference(saving, labels, unpriced, posts, next(iter(bills.values())).left_out)


def effect_of(context: MeasureContext, falls: Sequence[Fall]) -> Effect:
    """Return what takes the central falls off a state: at the meter and at all that contain it, whatever is left."""
    central = [(fall.point, _chain(context, fall.point), np.nan_to_num(fall.amount[:, :1])) for fall in falls]

    def effect(state: State) -> State:
        loads = dict(state.loads)
        for point, chain, amount in central:
            left = np.minimum(amount, np.maximum(np.nan_to_num(_own(loads[point])), 0.0))
            for name in chain:
                loads[name] = lowered(loads[name], left)
        return replace(state, loads=loads)

    return effect


def nothing(rule: str, context: MeasureContext, point: str | None, reason: str) -> Silent:
    """Return a silence about a metering point, named in the reason where there is one."""
    return Silent(rule, f"{context.name(point)}: {reason}" if point else reason, point)


def conclude(context: MeasureContext, rule: str, title: str, case: Case) -> MeasureFinding | Silent:
    """Return the finding of a case, or the reason to stay silent: unpriced, too small, or not sure to be a saving."""
    found = worth(context, case.falls)
    if isinstance(found, str):
        return nothing(rule, context, case.point, found)
    result, kwh = found
    value = band(result.saving_sek)
    reason = result.reason() or not_worth_telling(value)
    if reason:
        return nothing(rule, context, case.point, reason)
    return MeasureFinding(
        measure_id=rule,
        key=f"measure:{context.facility}:{rule}:{case.point}",
        facility=context.facility,
        title=title,
        description=case.description,
        saving_sek_per_year=value,
        saving_kwh_per_year=kwh,
        confidence=confidence(value, case.ceiling),
        method=f"{case.method} {result.text()} {band_text(case.weeks)}",
        evidence=case.evidence,
        metering_point=case.point,
        parameters=case.parameters,
        effect=effect_of(context, case.falls),
        picture=case.picture,
    )
