"""The electricity is used in dearer hours than need be.

Signal: a list prices the hours at spot, and sub-meters with energy that keeps (ice, hot water, a store) draw more in
the dearest hours of the day than the day's mean and what need may add to it. Tried is to run that in the day's cheapest
hours. Where that says nothing but the spot price weighted by the load lies more than 5 % above the mean of all hours,
and above what the opening hours alone would give, a share of all energy of each day's dearest hours is moved instead,
never above the month's own highest hour; the load does not tell what could be moved, so its confidence is low. A house
that is open by day pays for the day: that alone is nothing to tell. Not for a hedged share: its price does not follow
the hours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from energy.errors import TariffError
from energy.measures.assumptions import assumption
from energy.measures.base import About, Confidence, EvidenceRow, MeasureContext, MeasureFinding, Silent, State
from energy.measures.shared.bands import band, band_text, confidence, generator, not_worth_telling, triangle
from energy.measures.shared.choices import contracts_now, list_now
from energy.measures.shared.days import Days, Flags, sv
from energy.measures.shared.keeping import evened, kept_by, moved_between, need_alone, shared_out
from energy.measures.shared.pictures import by_month
from energy.measures.shared.valuation import Difference, bill_of, difference
from energy.model import Band, BillingContext, Floats, Load

__all__ = ["ABOUT", "ID", "TITLE", "assess", "moved"]

ID = "costly_load_profile"
TITLE = "Elen används i dyrare timmar än genomsnittet"
ABOUT = About(
    code="T12",
    needs="elens timvärden, timpriser, avtal där timmarna prissätts till spotpris",
    cost_class="ingen",
    difficulty="medel",
    actor="driftteknikern",
    verification="volymvägt spotpris mot tidsmedel, månad för månad",
    reference="profile cost: volume-weighted by time-weighted spot price",
)


@dataclass(frozen=True)
class Profile:
    """The months' spot prices [öre/kWh]: by volume, by time; and both over all months."""

    volume: list[float]
    time: list[float]
    ratio: float
    by_opening: float  # the same ratio of a load that has only its month's open and closed levels


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one finding per electricity main at spot whose load lies in the dear hours."""
    points = context.mains("electricity")
    if not points:
        return [Silent(ID, "saknar data: ingen elmätare med avtal.")]
    return [_assess(context, point) for point in points]


def _at_spot(context: MeasureContext, point: str) -> bool:
    for contract in contracts_now(context, point):
        listed = list_now(context, contract.family)
        for one in listed.components if listed else ():
            settings = one.get("determinant", {})
            if isinstance(settings, Mapping) and settings.get("method") == "spot_energy":
                return True
    return False


def _assess(context: MeasureContext, point: str) -> MeasureFinding | Silent:
    if not _at_spot(context, point):
        return Silent(ID, "avtalet prissätter inte timmarna till spotpris.", point)
    spot = context.billing.get(point, BillingContext()).spot_sek_per_kwh
    if spot is None:
        return Silent(ID, "saknar data: inga spotpriser.", point)
    profile = _profile(context, context.loads[point], spot)
    if not np.isfinite(profile.ratio):
        return Silent(ID, "saknar data: inga timmar har både last och spotpris.", point)
    case = Case(point, spot, profile, tuple(kept_by(context, point)))
    seen = _tried(context, case, UNEVEN) if case.sources else None
    if isinstance(seen, MeasureFinding):
        return seen
    limit = assumption(ID, "ratio").central
    if not profile.ratio > limit:
        text = f"volymvägt spotpris är {sv(profile.ratio, 2)} gånger tidsmedlet, högst {sv(limit, 2)}."
        return Silent(ID, text, point)
    if not profile.ratio > (1.0 + assumption(ID, "unexplained").central) * profile.by_opening:
        text = (
            f"volymvägt spotpris är {sv(profile.ratio, 2)} gånger tidsmedlet, och öppettiderna ensamma ger"
            f" {sv(profile.by_opening, 2)}: elen används när huset är öppet."
        )
        return Silent(ID, text, point)
    return _tried(context, case, SHARE)


@dataclass(frozen=True)
class Case:
    """A main at spot, its profile and its sub-meters of what keeps."""

    point: str
    spot: Floats  # (n,) [SEK/kWh]
    profile: Profile
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Way:
    """How load leaves the dear hours, and how sure it is that it can."""

    change: Callable[[MeasureContext, Case, Mapping[str, Load]], tuple[Load, dict[str, Load]]]
    told: Callable[[MeasureContext, Case], tuple[str, str]]  # Swedish: what to do, how it was tried
    ceiling: Confidence


def _tried(context: MeasureContext, case: Case, way: Way) -> MeasureFinding | Silent:
    try:
        changed = bill_of(context, way.change(context, case, context.loads)[0])
        result = difference(bill_of(context, context.loads[case.point]), changed)
    except TariffError as error:
        return Silent(ID, f"kan inte prissättas: {error}", case.point)
    value = band(result.saving_sek)
    reason = result.reason("energy") or not_worth_telling(value) or (need_alone(value) if way is UNEVEN else None)
    return Silent(ID, reason, case.point) if reason else _finding(context, case, way, result, value)


def _profile(context: MeasureContext, load: Load, spot: Floats) -> Profile:
    days = Days.of(context.start_utc)
    energy, price = days.split(load.energy_kwh)[:, :, 0], days.split(spot)
    both = np.isfinite(energy) & np.isfinite(price)
    month = days.day.astype("datetime64[M]")
    level = _by_opening(days, energy, days.split(context.open_hours))
    volume, time, sums, opening = [], [], np.zeros(4), 0.0
    for one in context.months:
        here = both & (month == np.datetime64(one, "M"))[:, None]
        cost, kwh = float((energy[here] * price[here]).sum()), float(energy[here].sum())
        total, count = float(price[here].sum()), float(here.sum())
        volume.append(100 * cost / kwh if kwh > 0 else float("nan"))
        time.append(100 * total / count if count else float("nan"))
        sums += (cost, kwh, total * kwh / count if count else 0.0, kwh)  # the same energy spread evenly in its month
        opening += float((level[here] * price[here]).sum())
    ratio, by_opening = (float(one / sums[2]) if sums[2] > 0 else float("nan") for one in (sums[0], opening))
    return Profile(volume, time, ratio, by_opening)


def _by_opening(days: Days, energy: Floats, opened: Floats) -> Floats:
    """Return (d, 24) the mean of each month's open hours in its open hours, of its closed in its closed [kWh].

    Where it is not told whether the house is open, the month's mean of such hours.
    """
    month = days.day.astype("datetime64[M]").astype(np.int64)
    group = 3 * (month - month.min())[:, None] + np.where(np.isfinite(opened), opened == 1, 2).astype(np.int64)
    known = np.isfinite(energy)
    count = np.bincount(group[known], minlength=int(group.max()) + 1)
    total = np.bincount(group[known], weights=energy[known], minlength=int(group.max()) + 1)
    return np.asarray((total / np.maximum(count, 1))[group], dtype=np.float64)


def moved(context: MeasureContext, load: Load, spot: Floats) -> Load:
    """Return the load (n, 1 + draws) with a share of each day's dearest hours moved to its cheapest.

    Days with an unknown hour or price stay; no hour rises above the month's highest.
    """
    days, hours = Days.of(context.start_utc), int(assumption(ID, "hours").central)
    rng = generator(context.seed, ID, context.facility, load.metering_point)
    share = triangle(assumption(ID, "share"), context.draws, rng)
    energy = np.repeat(load.energy_kwh, 1 + context.draws, axis=1)
    view, price = days.split(energy), days.split(spot)
    usable: Flags = np.asarray(np.isfinite(view[:, :, 0]).all(axis=1) & np.isfinite(price).all(axis=1), np.bool_)
    order = np.argsort(np.where(usable[:, None], price, 0.0), axis=1, kind="stable")
    cheap, dear = order[:, :hours], order[:, -hours:]
    top = _month_top(days, view[:, :, 0])
    rows = np.arange(len(view))[:, None]
    room = np.maximum(0.0, top[:, None, None] - view[rows, cheap])  # (d, h, k)
    taken = share * view[rows, dear]
    out = taken.sum(axis=1)  # (d, k)
    fits = np.divide(room.sum(axis=1), out, out=np.zeros_like(out), where=out > 0)
    part = np.where(usable[:, None], np.minimum(1.0, np.nan_to_num(fits)), 0.0)
    filled = np.divide(part * out, room.sum(axis=1), out=np.zeros_like(out), where=room.sum(axis=1) > 0)
    view[rows, dear] -= np.where(usable[:, None, None], taken * part[:, None, :], 0.0)
    view[rows, cheap] += np.where(usable[:, None, None], room * filled[:, None, :], 0.0)
    return replace(load, energy_kwh=energy)


def _evened(context: MeasureContext, case: Case, loads: Mapping[str, Load]) -> tuple[Load, dict[str, Load]]:
    """Return the main (n, 1 + draws) and the sub-meters (n, 1) with what lies above the even run in the cheap hours."""
    days, hours = Days.of(context.start_utc), int(assumption(ID, "hours").central)
    rng = generator(context.seed, ID, "uneven", context.facility, case.point)
    uneven = triangle(assumption("keeping", "uneven"), context.draws, rng)
    price = days.split(case.spot)
    known: Flags = np.asarray(np.isfinite(price).all(axis=1, keepdims=True), np.bool_)
    rank = np.argsort(np.argsort(np.where(known, price, 0.0), axis=1, kind="stable"), axis=1)
    keeping = np.sum([loads[p].energy_kwh[:, 0] for p in case.sources], axis=0)
    added = evened(days, keeping, uneven, known & (rank >= 24 - hours), known & (rank < hours))
    return moved_between(loads[case.point], days, added), shared_out(loads, case.sources, days, added[:, :, :1])


def _share(context: MeasureContext, case: Case, loads: Mapping[str, Load]) -> tuple[Load, dict[str, Load]]:
    """Return the main (n, 1 + draws) with a share of all energy moved; nothing tells which sub-meters that is."""
    return moved(context, loads[case.point], case.spot), {}


def _month_top(days: Days, hours: Floats) -> Floats:
    """Return (d,) the highest hour of each day's month [kW]; 0 where none is known."""
    month = days.day.astype("datetime64[M]").astype(np.int64)
    top = np.zeros(len(month))
    highest = np.fmax.reduce(hours, axis=1)
    for one in np.unique(month):
        top[month == one] = float(np.nanmax(highest[month == one], initial=0.0))
    return top


def _effect(context: MeasureContext, case: Case, way: Way, state: State) -> State:
    """Return the state with the point's load of the moment moved, central case."""
    load, parts = way.change(replace(context, draws=0), case, state.loads)
    return replace(state, loads={**state.loads, **parts, case.point: load})


def _told_uneven(context: MeasureContext, case: Case) -> tuple[str, str]:
    span, names = assumption("keeping", "uneven"), ", ".join(context.name(p) for p in case.sources)
    hours = sv(assumption(ID, "hours").central)
    return (
        f"{names} drar mer i dygnets {hours} dyraste timmar än vad dygnets medel och användningen förklarar: låt dem gå"
        f" i de {hours} billigaste i stället",
        f"det som undermätarna drar över dygnets medel och {sv(100 * span.central)} % ({sv(100 * span.low)}–"
        f"{sv(100 * span.high)} %) till flyttat",
    )


def _told_share(context: MeasureContext, case: Case) -> tuple[str, str]:
    share, hours = assumption(ID, "share"), sv(assumption(ID, "hours").central)
    return (
        f"Flytta en del av dygnets {hours} dyraste timmar till de {hours} billigaste: kyla is, värma vatten, ladda."
        " Hur mycket som kan flyttas visar lasten inte: beloppet vilar på antaganden",
        f"{sv(100 * share.central)} % ({sv(100 * share.low)}–{sv(100 * share.high)} %) av energin i dygnets dyraste"
        " timmar flyttad, och ingen timme höjd över månadens topp",
    )


UNEVEN = Way(_evened, _told_uneven, "medel")
SHARE = Way(_share, _told_share, "låg")


def _finding(context: MeasureContext, case: Case, way: Way, result: Difference, value: Band) -> MeasureFinding:
    profile, (what, how) = case.profile, way.told(context, case)
    more = profile.ratio - 1
    than = f"{sv(abs(100 * more), 1)} % {'mer' if more >= 0 else 'mindre'}"
    return MeasureFinding(
        measure_id=ID,
        key=f"measure:{context.facility}:{ID}:{case.point}",
        facility=context.facility,
        title=TITLE,
        description=(
            f"{context.name(case.point)} betalar i genomsnitt {than} per kWh än om samma energi använts jämnt i"
            f" månaden. {what}."
        ),
        saving_sek_per_year=value,
        saving_kwh_per_year=0.0,
        confidence=confidence(value, way.ceiling),
        method=(
            f"Elräkningen, nätet med, har körts om med {how}; priserna kända i förväg. {result.text()} {band_text()}"
        ),
        evidence=tuple(
            EvidenceRow("Volymvägt spotpris", f"{m:%Y-%m}", v, "öre/kWh", f"tidsmedel {sv(t, 1)} öre/kWh")
            for m, v, t in zip(context.months, profile.volume, profile.time, strict=True)
            if np.isfinite(v)
        ),
        metering_point=case.point,
        parameters={"ratio": profile.ratio},
        effect=partial(_effect, context, case, way),
        picture=by_month(
            context, "Spotpris (öre/kWh)", {"Volymvägt": profile.volume, "Tidsmedel": profile.time}, "line"
        ),
    )
