"""Which meters of a store cannot all be right, and in which months: there no worth, no net and no best operation.

Each test is on what no sound plant does, whatever its make, with a wide margin; what it finds is told in Swedish with
its numbers and what to look at. Meters of charge and discharge that have changed places are seen by one of four: more
is taken out than was put in, the store's temperature falls when it is charged, the heat pump's electricity follows the
charge, or heat leaves the store in days when none is delivered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from energy.calendar import add_months
from energy.model import Floats, Store
from energy.storage.accounts.heat_pump import HeatPump, State
from energy.storage.accounts.metered import Metered
from energy.storage.accounts.months import Months, to_months
from energy.storage.assumed import assumed
from energy.swedish import sv

__all__ = ["Contradiction", "contradictions", "looking_back", "refused_months", "unread_months"]

SWAPPED = "Kontrollera att charge och discharge inte är omkastade"
HOURS_A_YEAR = 8766


@dataclass(frozen=True)
class Contradiction:
    """Meters that contradict each other over all their time; `what` names in Swedish what they leave untold.

    `of_balance`: charge and out cannot both be right; `of_pump`: heat and electricity cannot.
    """

    code: str
    what: str
    text: str
    of_balance: bool
    of_pump: bool


def contradictions(found: Metered) -> tuple[Contradiction, ...]:
    """Return the contradictions between the meters of a store, the most telling first; none where they can be right."""
    told = (
        ("contradiction", "balans, förluster, verkningsgrad och värde", _more_out_than_in(found), True, False),
        ("temperature_against", "balans, värmefaktor och värde", _temperature_against(found), True, True),
        ("electricity_while_charging", "balans, värmefaktor och värde", _electricity_while_charging(found), True, True),
        ("less_delivered", "balans, värmefaktor och värde", _less_delivered(found), True, True),
        ("electricity_without_heat", "värmefaktor och värde", _electricity_without_heat(found), False, True),
    )
    return tuple(Contradiction(code, what, text, bal, pump) for code, what, text, bal, pump in told if text)


def refused_months(
    found: Metered, against: Sequence[Contradiction], pump: HeatPump, months: Months
) -> Mapping[date, str]:
    """Return the months whose meters contradict each other or physics, with why: all of them where `against` holds any.

    A month counts by itself where it gave more than the least share of a year's heat, and its coefficient of
    performance breaks physics or its heat has next to no electricity. Where the discharge meter may hold heat that went
    past the heat pump, above the limit breaks none until it is far above.
    """
    if against:
        return dict.fromkeys(months.first, f"kan inte bedömas: {against[0].text}")
    return unread_months(found, months) | _against_physics(found, pump, months)


def unread_months(found: Metered, months: Months) -> dict[date, str]:
    """Return the months in which a meter shows what it cannot, or stood still while the heat pump ran, with why."""
    still = dict(_compressor_without_heat(found, months))
    wrong = {month: one.text for one in reversed(found.implausible) for month in one.months}
    return {month: f"kan inte bedömas: {why}" for month, why in sorted((still | wrong).items())}


def _against_physics(found: Metered, pump: HeatPump, months: Months) -> dict[date, str]:
    if not found.store.has_heat_pump or found.electricity_kwh is None or found.delivered_kwh is None:
        return {}
    heat = to_months(months, found.delivered_kwh)
    years = len(found.start_utc) / HOURS_A_YEAR
    least = assumed("month_of_delivery").central * float(np.nansum(heat)) / max(years, 1.0)
    past = found.store.discharge_includes_heat_pump and not found.store.heat_pump_heat
    broken: set[State] = {"below_one", "far_above"} if past else {"below_one", "above_limit", "far_above"}
    told = dict(_without_electricity(found, months, past=past))
    judged = zip(months.first, pump.month_state, pump.month_reason, strict=True) if pump.month_state else ()
    told |= {month: why for month, state, why in judged if state in broken and why}
    gave = dict(zip(months.first, heat, strict=True))
    return {month: f"kan inte bedömas: {why}" for month, why in sorted(told.items()) if not gave[month] < least}


def looking_back(refused: Mapping[date, str], months: Sequence[date], delivered_kwh: Floats) -> Mapping[date, str]:
    """Return the months without delivery that have no worth of their own, with why: those within a year of a refused.

    Without delivery (m,) [kWh] a month's worth is what others did to a power that looks back over twelve months.
    """
    found: dict[date, str] = {}
    for month, heat in zip(months, delivered_kwh, strict=True):
        before = [one for one in refused if add_months(month, -12) < one < month]
        if before and month not in refused and not heat > 0:
            why = "utan leverans är månadens värde vad andra månader gjorde med effekten, och"
            found[month] = f"kan inte bedömas: {why} {before[-1]:%Y-%m} kan inte bedömas"
    return found


def _without_electricity(found: Metered, months: Months, *, past: bool) -> Iterator[tuple[date, str]]:
    """Yield the months whose heat is far more than their electricity can have given, with why.

    Such a month has no day that counts as operation, and so no coefficient of performance. Heat past the heat pump
    still takes its circulation pumps.
    """
    warm = found.delivered_kwh if found.heat_pump_kwh is None else found.heat_pump_kwh
    heat, power = to_months(months, warm), to_months(months, found.electricity_kwh)
    most = assumed("past_most").central * assumed("cop_most").central
    if past:
        most = 1.0 / assumed("least_circulation").central
    for at in np.flatnonzero(heat > most * power):
        told = f"{sv(heat[at] / 1000)} MWh värme lämnades med {sv(power[at] / 1000, 1)} MWh el"
        todo = "Kontrollera elmätaren (electricity) och att mätarna för värme hör till lagret"
        yield months.first[at], f"mätarna motsäger varandra: {told}. {todo}"


def _compressor_without_heat(found: Metered, months: Months) -> Iterator[tuple[date, str]]:
    """Yield the months in which the heat pump ran for days while its heat meter stood at nothing, with why."""
    heat, power = found.delivered_kwh, found.electricity_kwh
    if heat is None or power is None or not found.store.has_heat_pump:
        return
    giving = (heat > 0) & (power > 0)
    if not giving.any():
        return
    # what no pump takes: half the usual power, and more than the best heat pump needs for the usual heat
    least = assumed("compressor_share").central * float(np.median(power[giving]))
    least = max(least, float(np.median(heat[giving])) / assumed("cop_most").central)
    idle = (heat <= 0) & (power > least)
    if found.charge_kwh is not None:
        idle &= ~(found.charge_kwh > 0)
    hours = np.bincount(months.index, idle.astype(np.float64), len(months.first))
    spent = np.bincount(months.index, np.where(idle, power, 0.0), len(months.first))
    for at in np.flatnonzero(hours >= assumed("compressor_least_hours").central):
        text = (
            f"mätarna motsäger varandra: i {sv(hours[at])} timmar tog värmepumpen {sv(spent[at] / 1000, 1)} MWh el"
            " medan mätaren för levererad värme stod på noll. Kontrollera värmemätaren (discharge)"
        )
        yield months.first[at], text


def _more_out_than_in(found: Metered) -> str | None:
    """Return why the meters of charge and out cannot both be right, in Swedish; None where they can.

    Over all its time a store cannot give more than it was given, what it held at first and, of a borehole field, what
    the ground around adds.
    """
    if found.out_kwh is None or found.charge_kwh is None:
        return None
    known = np.isfinite(found.out_kwh).all(axis=1) & np.isfinite(found.charge_kwh)
    years = known.sum() / HOURS_A_YEAR
    charged = float(found.charge_kwh[known].sum())
    out = float(found.out_kwh[known].min(axis=1).sum())  # the least that can have left
    if years < assumed("contradiction_least_years").central or out <= 0:
        return None
    if charged <= 0:
        return (
            f"mätarna motsäger varandra: {sv(out / 1000)} MWh har tagits ut men inget har laddats på {sv(years, 1)} år."
            " Kontrollera mätaren för laddning (charge): riktning, enhet och kanal"
        )
    borehole = found.store.kind == "borehole"
    gain = assumed("ground_gain_share" if borehole else "tank_gain_share").central
    start = found.store.capacity_kwh or 0.0
    if out <= charged * (1 + gain) + start:
        return None
    allowed = "berget kan ge" if borehole else "lagret kan ge"
    return (
        f"mätarna motsäger varandra: {sv(out / 1000)} MWh har tagits ut men bara {sv(charged / 1000)} MWh laddats på"
        f" {sv(years, 1)} år, mer än {allowed}. {SWAPPED}, och enhet och kanal{_past(found.store)}"
    )


def _past(store: Store) -> str:
    """Return what else may be the matter with a discharge meter of heat."""
    if store.kind == "battery":
        return ""
    other = "" if store.discharge_includes_heat_pump else " eller discharge_includes_heat_pump"
    return f"; mäter mätaren för urladdning även värme som går förbi lagret, ange store_out{other}"


def _temperature_against(found: Metered) -> str | None:
    """Return why a store that gets colder when it is charged and warmer when it is emptied cannot be metered right."""
    if found.store.kind == "battery" or found.store_c is None or found.charge_kwh is None or found.out_kwh is None:
        return None
    borehole = found.store.kind == "borehole"
    size = int(assumed("block_borehole" if borehole else "block_tank").central)
    count = len(found.store_c) // size
    if count < 2:
        return None
    begins = found.store_c[: count * size].reshape(count, size)[:, : max(1, size // 7)]
    known = np.isfinite(begins)
    degrees = np.where(
        known.any(axis=1), np.where(known, begins, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1), np.nan
    )
    net = (found.charge_kwh - found.out_kwh[:, 0])[: count * size].reshape(count, size).sum(axis=1)[:-1]
    change = np.diff(degrees)
    sound = np.isfinite(change) & np.isfinite(net)
    change, net = change[sound], net[sound]
    up, down = change[net > 0], change[net < 0]
    if min(len(up), len(down)) < assumed("least_blocks").central or not np.ptp(change) > 0:
        return None
    rose, fell = float(up.mean()), float(down.mean())
    along = float(np.corrcoef(change, net)[0, 1])
    if not (rose < 0 < fell and along <= -assumed("against_correlation").central):
        return None
    span = "vecka" if borehole else f"{size} timmar"
    return (
        f"mätarna motsäger varandra: lagrets temperatur föll {sv(-rose, 2)} °C per {span} när det laddades och steg"
        f" {sv(fell, 2)} °C när det tömdes. {SWAPPED}, och givaren"
    )


def _electricity_while_charging(found: Metered) -> str | None:
    """Return why a heat pump behind the store that takes its electricity in hours of charge alone cannot be right.

    Most of it, and more for a kilowatt-hour charged than for one delivered: pumps that charge a large store may take
    most of the year's electricity, but not that.
    """
    charge, heat, power = found.charge_kwh, found.delivered_kwh, found.electricity_kwh
    if charge is None or heat is None or power is None or not found.store.has_heat_pump:
        return None
    known = np.isfinite(charge) & np.isfinite(heat) & np.isfinite(power)
    charging, giving = known & (charge > 0) & (heat <= 0), known & (charge <= 0) & (heat > 0)
    own, whole, spent = (float(power[hours].sum()) for hours in (charging, known, giving))
    charged, given = float(charge[charging].sum()), float(heat[giving].sum())
    if whole <= 0 or own <= assumed("wasted_share").central * whole or given <= 0 or own * given <= spent * charged:
        return None
    return (
        f"mätarna motsäger varandra: {sv(own / 1000)} av {sv(whole / 1000)} MWh el gick åt i timmar då lagret laddades"
        f" och ingen värme levererades. {SWAPPED}; sitter värmepumpen före lagret, ange has_heat_pump = false, så"
        " räknas dess el ändå"
    )


def _less_delivered(found: Metered) -> str | None:
    """Return why heat that leaves the store or its heat pump in days when none is delivered cannot be metered right."""
    delivered = found.delivered_kwh
    if delivered is None:
        return None
    own = found.out_kwh[:, 0] if found.out_kwh is not None and found.store.store_out else None
    for values, name in ((own, "lämnade lagret"), (found.heat_pump_kwh, "lämnade värmepumpen")):
        if values is None:
            continue
        days = len(values) // 24 * 24
        taken, given = (v[:days].reshape(-1, 24).sum(axis=1) for v in (values, delivered))
        known = np.isfinite(taken) & np.isfinite(given)
        whole = float(taken[known].sum())
        lost = float(np.maximum(taken[known] - given[known], 0.0).sum())
        if known.sum() >= assumed("less_least_days").central and lost > assumed("less_delivered_share").central * whole:
            return (
                f"mätarna motsäger varandra: {sv(lost / 1000)} av de {sv(whole / 1000)} MWh som {name} kom inte fram i"
                f" mätaren för levererad värme (discharge) samma dygn. {SWAPPED}, och enhet och kanal"
            )
    return None


def _electricity_without_heat(found: Metered) -> str | None:
    """Return why a heat pump that takes electricity in most hours without giving heat cannot be metered right."""
    heat, power = found.delivered_kwh, found.electricity_kwh
    if heat is None or power is None or not found.store.has_heat_pump:
        return None
    known = np.isfinite(heat) & np.isfinite(power)
    idle = known & (heat <= 0)
    if found.charge_kwh is not None:
        idle &= ~(found.charge_kwh > 0)
    wasted, whole = float(power[idle].sum()), float(power[known].sum())
    if whole <= 0 or wasted <= assumed("wasted_share").central * whole:
        return None
    return (
        f"mätarna motsäger varandra: {sv(wasted / 1000)} av {sv(whole / 1000)} MWh el gick åt i timmar då ingen värme"
        " mättes. Kontrollera värmemätaren och att elmätaren bara mäter lagret"
    )
