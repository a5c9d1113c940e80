"""The electricity is used in dearer hours than the average one.

Signal: over the months valued the spot price weighted by the load lies more than 5 % above the mean of all hours, and a
list prices the hours at spot. Tried is to move a share of the energy of each day's dearest hours to its cheapest,
never above the month's own highest hour, so that the grid's peak does not rise. Not for a hedged share: its price does
not follow the hours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from energy.errors import TariffError
from energy.measures.assumptions import assumption
from energy.measures.bands import band, band_text, confidence, generator, triangle
from energy.measures.base import About, EvidenceRow, MeasureContext, MeasureFinding, Silent, State
from energy.measures.choices import list_now
from energy.measures.days import Days, Flags, sv
from energy.measures.pictures import by_month
from energy.measures.valuation import Difference, bill_of, difference
from energy.model import BillingContext, Floats, Load

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


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one finding per electricity main at spot whose load lies in the dear hours."""
    points = context.mains("electricity")
    if not points:
        return [Silent(ID, "saknar data: ingen elmätare med avtal.")]
    return [_assess(context, point) for point in points]


def _at_spot(context: MeasureContext, point: str) -> bool:
    for contract in context.contracts:
        listed = list_now(context, contract.family) if contract.metering_point == point else None
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
    load = context.loads[point]
    profile = _profile(context, load, spot)
    limit = assumption(ID, "ratio").central
    if not np.isfinite(profile.ratio):
        return Silent(ID, "saknar data: inga timmar har både last och spotpris.", point)
    if not profile.ratio > limit:
        return Silent(
            ID, f"volymvägt spotpris är {sv(profile.ratio, 2)} gånger tidsmedlet, högst {sv(limit, 2)}.", point
        )
    try:
        result = difference(bill_of(context, load), bill_of(context, moved(context, load, spot)))
    except TariffError as error:
        return Silent(ID, f"kan inte prissättas: {error}", point)
    reason, least = result.reason("energy"), assumption("common", "minimum_saving").central
    if reason is None and not result.saving_sek[0] >= least:
        reason = f"mindre än {sv(least)} kr/år att vinna."
    return Silent(ID, reason, point) if reason else _finding(context, point, profile, result)


def _profile(context: MeasureContext, load: Load, spot: Floats) -> Profile:
    days = Days.of(context.start_utc)
    energy, price = days.split(load.energy_kwh)[:, :, 0], days.split(spot)
    both = np.isfinite(energy) & np.isfinite(price)
    month = days.day.astype("datetime64[M]")
    volume, time, sums = [], [], np.zeros(4)
    for one in context.months:
        here = both & (month == np.datetime64(one, "M"))[:, None]
        cost, kwh = float((energy[here] * price[here]).sum()), float(energy[here].sum())
        total, count = float(price[here].sum()), float(here.sum())
        volume.append(100 * cost / kwh if kwh > 0 else float("nan"))
        time.append(100 * total / count if count else float("nan"))
        sums += (cost, kwh, total * kwh / count if count else 0.0, kwh)  # the same energy spread evenly in its month
    return Profile(volume, time, float(sums[0] / sums[2]) if sums[2] > 0 else float("nan"))


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


def _month_top(days: Days, hours: Floats) -> Floats:
    """Return (d,) the highest hour of each day's month [kW]; 0 where none is known."""
    month = days.day.astype("datetime64[M]").astype(np.int64)
    top = np.zeros(len(month))
    highest = np.fmax.reduce(hours, axis=1)
    for one in np.unique(month):
        top[month == one] = float(np.nanmax(highest[month == one], initial=0.0))
    return top


def _effect(context: MeasureContext, point: str, spot: Floats, state: State) -> State:
    """Return the state with the point's load of the moment moved, central case."""
    now = replace(context, loads=state.loads, draws=0)
    return replace(state, loads={**state.loads, point: moved(now, state.loads[point], spot)})


def _finding(context: MeasureContext, point: str, profile: Profile, result: Difference) -> MeasureFinding:
    value = band(result.saving_sek)
    share, hours = assumption(ID, "share"), assumption(ID, "hours").central
    spot = context.billing[point].spot_sek_per_kwh
    assert spot is not None  # a profile needs prices
    return MeasureFinding(
        measure_id=ID,
        key=f"measure:{context.facility}:{ID}:{point}",
        facility=context.facility,
        title=TITLE,
        description=(
            f"{context.name(point)} betalar i genomsnitt {sv(100 * (profile.ratio - 1), 1)} % mer per kWh än om samma"
            f" energi använts jämnt i månaden. Flytta en del av dygnets {sv(hours)} dyraste timmar till de"
            f" {sv(hours)} billigaste: kyla is, värma vatten, ladda."
        ),
        saving_sek_per_year=value,
        saving_kwh_per_year=0.0,
        confidence=confidence(value, "medel"),
        method=(
            f"Elräkningen, nätet med, har körts om med {sv(100 * share.central)} % ({sv(100 * share.low)}–"
            f"{sv(100 * share.high)} %) av energin i dygnets dyraste timmar flyttad; priserna kända i förväg. Ingen"
            f" timme höjs över månadens topp. {result.text()} {band_text()}"
        ),
        evidence=tuple(
            EvidenceRow("Volymvägt spotpris", f"{m:%Y-%m}", v, "öre/kWh", f"tidsmedel {sv(t, 1)} öre/kWh")
            for m, v, t in zip(context.months, profile.volume, profile.time, strict=True)
            if np.isfinite(v)
        ),
        metering_point=point,
        parameters={"ratio": profile.ratio, "share": share.central},
        effect=partial(_effect, context, point, spot),
        picture=by_month(
            context, "Spotpris (öre/kWh)", {"Volymvägt": profile.volume, "Tidsmedel": profile.time}, "line"
        ),
    )
