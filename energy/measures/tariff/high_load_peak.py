"""The grid's dear hours, winter weekdays, carry load that could as well run at night.

Signal: the list prices the peak of high-load time, and a sub-meter with energy that keeps (ice, hot water, pool, a
store, a heat pump) draws power in the hours that set it. Tried is to take a share of that power out of the highest
high-load hours of each day, as long as the energy keeps, and run it in the hours before high-load time begins, with
what is lost on the way. Not where the sub-meters' use is not told: then nothing shows what can be moved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from energy.calendar import add_months
from energy.errors import TariffError
from energy.measures.assumptions import assumption
from energy.measures.bands import band, band_text, confidence, generator, triangle
from energy.measures.base import About, EvidenceRow, MeasureContext, MeasureFinding, Silent, State
from energy.measures.choices import list_now
from energy.measures.days import Days, kw, sv
from energy.measures.moving import cut_level, poured
from energy.measures.pictures import by_month
from energy.measures.valuation import Difference, bill_of, difference
from energy.model import Floats, Load, Use
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
KEEPS: tuple[Use, ...] = ("ice_plant", "heat_pump", "pool", "domestic_hot_water", "charge", "electric_heater")


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one finding per electricity main whose high-load peak could be moved to the night, in part."""
    points = context.mains("electricity")
    if not points:
        return [Silent(ID, "saknar data: ingen elmätare med avtal.")]
    return [_assess(context, point) for point in points]


def _high_load(context: MeasureContext, point: str) -> HighLoadTime | None:
    """Return the high-load time of the lists that price the point now, None where none has any."""
    for contract in context.contracts:
        listed = list_now(context, contract.family) if contract.metering_point == point else None
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
    sources = [p for p in context.used_for(*KEEPS) if context.parents.get(p) == point]
    if not sources:
        return Silent(ID, "saknar data: ingen undermätare med angiven användning som kan flyttas i tiden.", point)
    load = context.loads[point]
    try:
        now, changed = bill_of(context, load), bill_of(context, shifted(context, load, sources, high_load))
    except TariffError as error:
        return Silent(ID, f"kan inte prissättas: {error}", point)
    result = difference(now, changed)
    reason, least = result.reason("demand"), assumption("common", "minimum_saving").central
    if reason is None and not result.saving_sek[0] >= least:
        reason = f"mindre än {sv(least)} kr/år att vinna: toppen sätts inte av det som kan flyttas."
    return Silent(ID, reason, point) if reason else _finding(context, point, sources, high_load, result)


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
    for month in [add_months(context.first_valued(), back) for back in range(-12, 12)]:
        end = add_months(month, 1)
        within = days.between(month, end)
        if not within.any() or not high_load.days(month, end).any():
            continue
        here = np.flatnonzero(within & known)
        here = here[[bool(high_load.days(month, end)[(days.day[i].item() - month).days]) for i in here]]
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


def _effect(
    context: MeasureContext, point: str, sources: Sequence[str], high_load: HighLoadTime, state: State
) -> State:
    """Return the state with the point's load of the moment shifted, central case; the sub-meters are left alone."""
    now = replace(context, loads=state.loads, draws=0)
    return replace(state, loads={**state.loads, point: shifted(now, state.loads[point], sources, high_load)})


def _finding(
    context: MeasureContext, point: str, sources: Sequence[str], high_load: HighLoadTime, result: Difference
) -> MeasureFinding:
    value = band(result.saving_sek)
    load = context.loads[point]
    after = shifted(replace(context, draws=0), load, sources, high_load)
    before_kw, after_kw = (_peaks(context, one, high_load) for one in (load, after))
    lower = float(np.nanmean(np.array(before_kw) - np.array(after_kw)))
    clock = f"{high_load.from_hour:02d}–{high_load.to_hour:02d}"
    names = ", ".join(context.name(p) for p in sources)
    share, keeps, loss = (assumption(ID, name).central for name in ("share", "keeps_hours", "loss"))
    return MeasureFinding(
        measure_id=ID,
        key=f"measure:{context.facility}:{ID}:{point}",
        facility=context.facility,
        title=TITLE,
        description=(
            f"Höglasteffekten kl. {clock} kan bli i medeltal {kw(lower)} lägre om {names} körs hårdare natten före och"
            " vilar när huset drar som mest: kyl isen i förväg, värm vatten och lager på natten."
        ),
        saving_sek_per_year=value,
        saving_kwh_per_year=-float(np.nansum(after.energy_kwh - load.energy_kwh)) / 2,
        confidence=confidence(value, "medel"),
        method=(
            f"Elräkningen har körts om med {sv(100 * share)} % av undermätarnas effekt flyttad från höglasttidens"
            f" toppar, högst {sv(keeps)} timmars energi per dygn, och {sv(100 * loss)} % förlust. {result.text()}"
            f" {band_text()}"
        ),
        evidence=tuple(
            EvidenceRow("Högsta höglasttimme", f"{month:%Y-%m}", was, "kW", f"kan bli {kw(can)}")
            for month, was, can in zip(context.months, before_kw, after_kw, strict=True)
            if np.isfinite(was)
        ),
        metering_point=point,
        parameters={"lower_peak_kw": lower, "share": share},
        effect=partial(_effect, context, point, tuple(sources), high_load),
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
