"""The grid's dear hours, winter weekdays, carry load that could as well run at night.

Signal: the list prices the peak of high-load time, and sub-meters with energy that keeps (ice, hot water, pool, a
store, a heat pump) draw more in high-load hours than their day's mean and what need may add to it. Tried is to run that
in the hours before high-load time begins. Where they run evenly already, what could be made ahead is tried instead: a
share of their power out of the highest hours, as long as the energy keeps, with what is lost on the way; what the load
shows does not tell whether that can be done, so its confidence is low, and it is told only where few hours set the
peak, so that it falls by a good part: a little can be shaved off the top of any house. Not where the sub-meters' use is
not told: then nothing shows what can be moved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from energy.calendar import add_months
from energy.errors import TariffError
from energy.measures.assumptions import assumption
from energy.measures.base import About, Confidence, EvidenceRow, MeasureContext, MeasureFinding, Silent, State
from energy.measures.shared.bands import band, band_text, confidence, generator, not_worth_telling, triangle
from energy.measures.shared.choices import contracts_now, list_now
from energy.measures.shared.days import Days, Flags, kw, sv
from energy.measures.shared.keeping import evened, kept_by, moved_between, need_alone, shared_out, unevenness
from energy.measures.shared.moving import cut_level, poured
from energy.measures.shared.operating import valued_hours
from energy.measures.shared.pictures import by_month
from energy.measures.shared.valuation import Difference, bill_of, difference
from energy.model import Band, Floats, Load
from energy.tariffs.highload import HighLoadTime

__all__ = ["ABOUT", "ID", "TITLE", "assess", "shifted"]

ID = "high_load_peak"
TITLE = "Effekt under elnätets höglasttid som kan flyttas till natten"
ABOUT = About(
    code="T6",
    needs="elens timvärden, avtal med höglasteffekt, undermätare vars användning är angiven",
    cost_class="låg",
    difficulty="medel",
    actor="driftteknikern",
    verification="högsta höglasttimmen mot samma dygns nattimmar",
    reference="high-load power of grids (ronneby.se 2021; karlstadsnat.se 2017): November-March, weekdays 06-22",
)


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one finding per electricity main whose high-load peak could be moved to the night, in part."""
    points = context.mains("electricity")
    if not points:
        return [Silent(ID, "saknar data: ingen elmätare med avtal.")]
    return [_assess(context, point) for point in points]


def _high_load(context: MeasureContext, point: str) -> HighLoadTime | None:
    """Return the high-load time of the lists that price the point now, None where none has any."""
    for contract in contracts_now(context, point):
        listed = list_now(context, contract.family)
        for one in listed.components if listed else ():
            settings = one.get("determinant", {})
            told = settings.get("high_load") if isinstance(settings, Mapping) else None
            if told is not None and one.get("component") == "demand":
                return HighLoadTime.model_validate(told)
    return None


def _assess(context: MeasureContext, point: str) -> MeasureFinding | Silent:
    high_load = _high_load(context, point)
    if high_load is None:
        return Silent(ID, "prislistan har ingen höglasteffekt.", point)
    if high_load.from_hour < 2:
        return Silent(ID, "höglasttiden lämnar ingen natt att flytta till.", point)
    sources = kept_by(context, point)
    if not sources:
        return Silent(ID, "saknar data: ingen undermätare med angiven användning som kan flyttas i tiden.", point)
    seen = _tried(context, Case(point, tuple(sources), high_load, UNEVEN))
    if isinstance(seen, MeasureFinding):
        return seen
    ahead = _tried(context, Case(point, tuple(sources), high_load, AHEAD))
    least = assumption(ID, "least_lower").central
    if isinstance(ahead, MeasureFinding) and not ahead.parameters["lower_share"] > least:
        return Silent(
            ID,
            f"det som kan flyttas går jämnt över dygnet, och att göra det i förväg sänker höglasttoppen bara"
            f" {sv(100 * ahead.parameters['lower_share'], 1)} %: många timmar drar nästan lika mycket.",
            point,
        )
    return ahead


@dataclass(frozen=True)
class Way:
    """How load leaves high-load time, and how sure it is that it can."""

    change: Callable[[MeasureContext, Case, Mapping[str, Load]], tuple[Load, dict[str, Load]]]
    told: Callable[[MeasureContext, Case], tuple[str, str]]  # Swedish: what to do, how it was tried
    ceiling: Confidence


@dataclass(frozen=True)
class Case:
    """A main, its sub-meters of what keeps, its high-load time and the way tried."""

    point: str
    sources: tuple[str, ...]
    high_load: HighLoadTime
    way: Way


def _tried(context: MeasureContext, case: Case) -> MeasureFinding | Silent:
    load = context.loads[case.point]
    try:
        now = bill_of(context, load)
        changed = bill_of(context, case.way.change(context, case, context.loads)[0])
    except TariffError as error:
        return Silent(ID, f"kan inte prissättas: {error}", case.point)
    result = difference(now, changed)
    value = band(result.saving_sek)
    reason = result.reason("demand") or not_worth_telling(value)
    reason = reason or (need_alone(value) if case.way is UNEVEN else None)
    if reason:
        return Silent(ID, f"{reason} Toppen sätts inte av det som kan flyttas.", case.point)
    return _finding(context, case, result, value)


def _high_days(context: MeasureContext, days: Days, high_load: HighLoadTime) -> Flags:
    """Return (d,) the days of high-load time among the months valued and the twelve before."""
    found = np.zeros(len(days.day), np.bool_)
    for month in [add_months(context.first_valued(), back) for back in range(-12, 12)]:
        end = add_months(month, 1)
        here = np.flatnonzero(days.between(month, end))
        flags = high_load.days(month, end)
        found[here] = [bool(flags[(days.day[i].item() - month).days]) for i in here]
    return found


def _evened(context: MeasureContext, case: Case, loads: Mapping[str, Load]) -> tuple[Load, dict[str, Load]]:
    """Return the main (n, 1 + draws) and the sub-meters (n, 1) with what lies above the even run in the night before.

    Nothing is lost: the ice and the tank are nearer their mean than they were.
    """
    days, high_load = Days.of(context.start_utc), case.high_load
    hour, high = np.arange(24), _high_days(context, days, high_load)[:, None]
    keeping = np.sum([loads[p].energy_kwh[:, 0] for p in case.sources], axis=0)
    uneven = _uneven(context, case, days, keeping)
    out, into = high & (hour >= high_load.from_hour) & (hour < high_load.to_hour), high & (hour < high_load.from_hour)
    added = evened(days, keeping, uneven, out, into)
    return moved_between(loads[case.point], days, added), shared_out(loads, case.sources, days, added[:, :, :1])


def _uneven(context: MeasureContext, case: Case, days: Days, keeping: Floats) -> Floats:
    """Return (1 + draws,) how far above the day's mean need may lie [-], told by days without high-load time."""
    rng = generator(context.seed, ID, context.facility, case.point)
    months = [add_months(context.first_valued(), back) for back in range(-12, 12)]
    asked = days.between(months[0], add_months(months[-1], 1))
    return unevenness(context, days, keeping, asked & ~_high_days(context, days, case.high_load), rng)


def _ahead(context: MeasureContext, case: Case, loads: Mapping[str, Load]) -> tuple[Load, dict[str, Load]]:
    """Return the main (n, 1 + draws) shifted by what can be made ahead; the sub-meters are left alone."""
    return shifted(replace(context, loads=loads), loads[case.point], case.sources, case.high_load), {}


def shifted(context: MeasureContext, load: Load, sources: Sequence[str], high_load: HighLoadTime) -> Load:
    """Return the load (n, 1 + draws) with what keeps taken from high-load tops and run in the hours before them.

    Each day of high-load time falls to the lowest level that the month's days can all hold; none is cut further, since
    the month's highest hour is what is billed.
    """
    days = Days.of(context.start_utc)
    rng = generator(context.seed, ID, context.facility, load.metering_point)
    share, keeps, loss = (
        triangle(assumption(ID, name), context.draws, rng) for name in ("share", "keeps_hours", "loss")
    )
    energy = np.repeat(load.energy_kwh, 1 + context.draws, axis=1)
    view = days.split(energy)
    keeping = np.sum([np.nan_to_num(days.split(context.loads[p].energy_kwh)) for p in sources], axis=0)
    night, busy = slice(0, high_load.from_hour), slice(high_load.from_hour, high_load.to_hour)
    known = np.isfinite(view[:, :, 0]).all(axis=1)
    high = _high_days(context, days, high_load) & known
    for month in [add_months(context.first_valued(), back) for back in range(-12, 12)]:
        here = np.flatnonzero(high & days.between(month, add_months(month, 1)))
        if not len(here):
            continue
        level = _level(view[here][:, busy], share * keeping[here][:, busy], keeps)
        for day in here:
            cut = np.minimum(view[day, busy], level)
            off = (view[day, busy] - cut).sum(axis=0)
            view[day, busy] = cut
            view[day, night] = poured(view[day, night], off * (1.0 + loss))
    return replace(load, energy_kwh=energy)


def _level(busy: Floats, movable: Floats, keeps: Floats) -> Floats:
    """Return (k,) the level that every day (d, h, k) can hold: by power of the hour, and by energy that keeps."""
    by_power = (busy - movable).max(axis=(0, 1))
    energy = movable.mean(axis=1) * keeps  # (d, k) so many hours' worth of what keeps
    by_energy = np.max([cut_level(one, left) for one, left in zip(busy, energy, strict=True)], axis=0)
    level: Floats = np.maximum(by_power, by_energy)
    return level


def _effect(context: MeasureContext, case: Case, state: State) -> State:
    """Return the state with the point's load of the moment changed, central case."""
    load, parts = case.way.change(replace(context, draws=0), case, state.loads)
    return replace(state, loads={**state.loads, **parts, case.point: load})


def _told_uneven(context: MeasureContext, case: Case) -> tuple[str, str]:
    keeping = np.sum([context.loads[p].energy_kwh[:, 0] for p in case.sources], axis=0)
    span = _uneven(context, case, Days.of(context.start_utc), keeping)
    low, central, high = 100 * float(span.min()), 100 * float(span[0]), 100 * float(span.max())
    return (
        "körs jämnare över dygnet: i höglasttid drar de mer än vad dygnets medel och användningen förklarar. Gör is,"
        " varmvatten och lager på natten",
        f"det som undermätarna drar över dygnets medel och {sv(central)} % ({sv(low)}–{sv(high)} %) till, som behovet"
        " kan lägga till, flyttat från höglasttid till natten före",
    )


def _told_ahead(context: MeasureContext, case: Case) -> tuple[str, str]:
    share, keeps, loss = (assumption(ID, name).central for name in ("share", "keeps_hours", "loss"))
    return (
        "körs hårdare natten före och vilar när huset drar som mest: kyl isen i förväg, värm vatten och lager på"
        " natten. De går redan jämnt över dygnet, och lasten visar inte hur mycket som kan göras i förväg: beloppet"
        " vilar på antaganden",
        f"{sv(100 * share)} % av undermätarnas effekt flyttad från höglasttidens toppar, högst {sv(keeps)} timmars"
        f" energi per dygn, och {sv(100 * loss)} % förlust",
    )


UNEVEN = Way(_evened, _told_uneven, "medel")
AHEAD = Way(_ahead, _told_ahead, "låg")


def _finding(context: MeasureContext, case: Case, result: Difference, value: Band) -> MeasureFinding:
    load, high_load = context.loads[case.point], case.high_load
    after = case.way.change(replace(context, draws=0), case, context.loads)[0]
    before_kw, after_kw = (_peaks(context, one, high_load) for one in (load, after))
    lower = float(np.nanmean(np.array(before_kw) - np.array(after_kw)))
    clock = f"{high_load.from_hour:02d}–{high_load.to_hour:02d}"
    names = ", ".join(context.name(p) for p in case.sources)
    what, how = case.way.told(context, case)
    valued = valued_hours(context)
    return MeasureFinding(
        measure_id=ID,
        key=f"measure:{context.facility}:{ID}:{case.point}",
        facility=context.facility,
        title=TITLE,
        description=f"Höglasteffekten kl. {clock} kan bli i medeltal {kw(lower)} lägre om {names} {what}.",
        saving_sek_per_year=value,
        saving_kwh_per_year=-float(np.nansum((after.energy_kwh - load.energy_kwh)[valued])),
        confidence=confidence(value, case.way.ceiling),
        method=f"Elräkningen har körts om med {how}. {result.text()} {band_text()}",
        evidence=tuple(
            EvidenceRow("Högsta höglasttimme", f"{month:%Y-%m}", was, "kW", f"kan bli {kw(can)}")
            for month, was, can in zip(context.months, before_kw, after_kw, strict=True)
            if np.isfinite(was)
        ),
        metering_point=case.point,
        parameters={"lower_peak_kw": lower, "lower_share": lower / float(np.nanmean(before_kw))},
        effect=partial(_effect, context, case),
        picture=by_month(context, "Högsta höglasttimme (kW)", {"Nu": before_kw, "Kan bli": after_kw}),
    )


def _peaks(context: MeasureContext, load: Load, high_load: HighLoadTime) -> list[float]:
    """Return the highest high-load hour of each month valued [kW], NaN in months without."""
    days = Days.of(context.start_utc)
    hours = days.split(load.energy_kwh)[:, high_load.from_hour : high_load.to_hour, 0]
    found = []
    for month in context.months:
        flags = high_load.days(month, add_months(month, 1))
        part = hours[days.between(month, add_months(month, 1))]
        part = part[flags] if len(part) == len(flags) else part[:0]
        found.append(float(np.nanmax(part)) if np.isfinite(part).any() else float("nan"))
    return found
