"""The coefficient of performance (COP) of a store's heat pump: by month, against the conditions, and its drift.

    COP = heat / electricity;   Carnot's COP = T_supply / (T_supply - T_source)   [K]

The conditions are the temperature lift from source to supply; the store's temperature stands in for a source that is
not measured, and the outdoor temperature for the lift. The reference is fitted to the days of the first year,

    electricity = heat · (a + b · condition) + c        [kWh a day]

where c is what pumps take whatever the heat; drift is what the same heat under the same conditions takes in electricity
against the reference, so that a colder winter or a lower load is no drift. What pumps take to charge the store is told
apart by the days with and without charging, and left out.

References: EN 14825:2022 §3 (COP, seasonal performance); Zottl, A., Nordman, R., Miara, M. (2012), SEPEMO-Build D4.2,
§3 (boundaries of a seasonal performance factor); Carnot: Moran & Shapiro, Fundamentals of Engineering Thermodynamics;
Carlstein, E. (1986), "The use of subseries values for estimating the variance of a general statistic from a stationary
sequence", Annals of Statistics 14(3), 1171-1179 (blocks without overlap; Künsch's 1989 blocks overlap).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from energy.model import Band, Floats
from energy.storage.accounts.metered import Metered, unknown
from energy.storage.accounts.months import Months
from energy.storage.assumed import assumed
from energy.swedish import sv

__all__ = ["HeatPump", "heat_pump"]

KELVIN = 273.15
IDLE = "värmepumpen har inte gått"
LIFT = "temperaturlyft från källa till framledning (K)"
Flags = npt.NDArray[np.bool_]
State = Literal["sound", "idle", "below_one", "above_limit", "far_above"]


@dataclass(frozen=True)
class HeatPump:
    """The heat pump's days (d,), months (m,) and drift; NaN where unknown, `reason` where nothing can be told.

    `day` counts from the first hour of `Metered`; `condition` is the lift [K] or the outdoor temperature [°C].
    """

    basis: str = ""  # Swedish: whose heat over whose electricity
    condition_name: str = ""  # Swedish, with unit
    day: npt.NDArray[np.datetime64] = field(default_factory=lambda: np.zeros(0, "datetime64[D]"))
    cop: Floats = field(default_factory=lambda: np.zeros(0))
    condition: Floats = field(default_factory=lambda: np.zeros(0))
    expected: Floats = field(default_factory=lambda: np.zeros(0))
    is_reference: Flags = field(default_factory=lambda: np.zeros(0, bool))
    heat_kwh: Floats = field(default_factory=lambda: np.zeros(0))
    electricity_kwh: Floats = field(default_factory=lambda: np.zeros(0))
    line: tuple[float, float, float] = (float("nan"),) * 3  # a [-], b [1/K], c [kWh/day] of the reference
    month_cop: Floats = field(default_factory=lambda: np.zeros(0))
    month_expected: Floats = field(default_factory=lambda: np.zeros(0))
    month_limit: Floats = field(default_factory=lambda: np.zeros(0))  # what physics allows, NaN without temperatures
    month_reason: tuple[str | None, ...] = ()
    month_state: tuple[State, ...] = ()
    drift_pct: Band = field(default_factory=lambda: Band(float("nan"), float("nan"), float("nan"), reason="okänt"))
    reason: str | None = None
    reference_reason: str | None = None
    charging_kw: float = 0.0  # what pumps take in an hour of charge, left out of `electricity_kwh`


def heat_pump(found: Metered, months: Months, last_days: int = 365, seed: int = 1) -> HeatPump:
    """Return what the meters tell of the heat pump; `drift_pct` is that of the last `last_days` days.

    Months whose COP physics does not allow (below 1, above 0.7 of Carnot's, or where no lift is known above that of the
    smallest a building's heat pump has) have a reason and no COP, and their days
    count neither for the reference nor for the drift.
    """
    if not found.store.has_heat_pump:
        return HeatPump(reason="lagret har ingen värmepump")
    heat, basis = _heat(found)
    if heat is None or found.electricity_kwh is None:
        lacking = found.reasons.get("electricity") if found.electricity_kwh is None else found.reasons.get("discharge")
        return HeatPump(reason=lacking or unknown("värmepumpens värme"))
    days = _days(found, heat, months)
    if not len(days.day):
        return HeatPump(basis, reason="kan inte bedömas: värmepumpen har inte gått något helt dygn")
    if days.charging_kw > 0:
        basis += f"; laddningens pumpar, {sv(days.charging_kw, 1)} kW, är borträknade"
    found_months = _by_month(days, months, _meters(found))
    sound = np.array([found_months.reason[m] is None for m in days.month])
    known = np.isfinite(days.condition)  # the others have a COP, and nothing to compare it with
    reference = sound & known & (days.day < days.day[0] + int(assumed("cop_reference_days").central))
    line, why = _line(days, reference)
    should = days.heat * (line[0] + line[1] * days.condition) + line[2]
    expected = days.heat / np.maximum(should, days.heat / assumed("cop_most").central)  # NaN without a reference
    drift = _drift(days, expected, sound & known & ~reference, last_days, seed, why)
    count = len(months.first)
    spent = np.where(sound & np.isfinite(expected), days.heat / expected, 0.0)
    used = np.where(sound & np.isfinite(expected), days.heat, 0.0)
    summed, over = np.bincount(days.month, used, count), np.bincount(days.month, spent, count)
    month_expected = np.divide(summed, over, out=np.full(count, np.nan), where=over > 0)
    return HeatPump(
        basis, days.condition_name, days.day, days.heat / days.electricity, days.condition, expected, reference,
        days.heat, days.electricity, line, found_months.cop, month_expected, found_months.limit,
        found_months.reason, found_months.state, drift, None, why, days.charging_kw,
    )  # fmt: skip


def _heat(found: Metered) -> tuple[Floats | None, str]:
    if found.heat_pump_kwh is not None:
        return found.heat_pump_kwh, "värmepumpens värme delad med dess el, pumpar inräknade"
    return found.delivered_kwh, "all värme som anläggningen lämnar delad med dess el, pumpar inräknade"


@dataclass(frozen=True)
class _Days:
    """The days in operation (d,)."""

    day: npt.NDArray[np.datetime64]
    month: npt.NDArray[np.int64]
    heat: Floats
    electricity: Floats
    condition: Floats
    carnot: Floats
    condition_name: str
    charging_kw: float  # what pumps take to charge, already left out of `electricity`


def _days(found: Metered, heat: Floats, months: Months) -> _Days:
    """Return the whole days on which the heat pump was in operation."""
    if found.electricity_kwh is None:
        raise ValueError("heat pump: electricity is not metered")
    count = len(heat) // 24  # the first hour is the first of a day: that of commissioning, in normal time
    q, e = _split(heat), _split(found.electricity_kwh)
    known = np.isfinite(q).all(axis=1) & np.isfinite(e).all(axis=1)
    heat_day, el_day = np.where(known, q.sum(axis=1), 0.0), np.where(known, e.sum(axis=1), 0.0)
    typical = float(np.median(el_day[heat_day > 0])) if (heat_day > 0).any() else np.inf
    running = known & (heat_day > 0) & (el_day > assumed("cop_least_share").central * typical)
    taken_from = found.store_c if found.source_c is None else found.source_c
    supply, source, outdoor = (_mean_on(v, q > 0) for v in (found.supply_c, taken_from, found.outdoor_c))
    lift = supply - source
    carnot = np.divide(supply + KELVIN, lift, out=np.full(count, np.nan), where=lift > 0)
    measured = bool(running.any()) and float(np.isfinite(lift[running]).mean()) > assumed("lift_least_share").central
    condition = lift if measured else outdoor
    lifted = "temperaturlyft från lager till framledning (K)" if found.source_c is None else LIFT
    name = lifted if measured else "utetemperatur (°C)"
    charging = np.zeros(count)
    if found.charge_kwh is not None:
        charging = (_split(found.charge_kwh) > 0).sum(axis=1).astype(np.float64)
    use = known & (running | (charging > 0)) & (np.isfinite(condition) | (heat_day == 0))
    charging_kw = _charging_kw(heat_day, el_day, condition, charging, use)
    spent = np.maximum(el_day - charging_kw * charging, assumed("least_taken").central * heat_day)
    at = np.flatnonzero(running)
    if not len(at):
        none = np.zeros(0)
        return _Days(none.astype("datetime64[D]"), none.astype(np.int64), none, none, none, none, name, 0.0)
    day = (found.start_utc[0] + np.timedelta64(3600, "s")).astype("datetime64[D]") + np.arange(count)
    return _Days(day[at], months.index[24 * at], heat_day[at], spent[at], condition[at], carnot[at], name, charging_kw)


def _split(hours: Floats) -> Floats:
    """Return the whole days of hours (n,) as (d, 24)."""
    return hours[: len(hours) // 24 * 24].reshape(-1, 24)


def _charging_kw(heat: Floats, spent: Floats, condition: Floats, hours: Floats, use: Flags) -> float:
    """Return what pumps take to charge the store [kW]: least squares of a day's electricity on its heat and charging.

    0 where charging cannot be told from the rest, or comes out negative.
    """
    charged, x = hours[use], np.nan_to_num(condition[use])
    if (
        charged.size < assumed("charging_least_days").central
        or np.ptp(charged) < assumed("charging_least_span").central
    ):
        return 0.0
    columns = np.column_stack([heat[use], heat[use] * x, (heat[use] > 0).astype(float), charged])
    found = float(np.linalg.lstsq(columns, spent[use], rcond=None)[0][3])
    return found if found >= assumed("least_pump_kw").central else 0.0


def _mean_on(values: Floats | None, on: Flags) -> Floats:
    """Return (d,) means over the hours in operation (d, 24), NaN where none is known."""
    if values is None:
        return np.full(len(on), np.nan)
    cut = _split(values)
    known = on & np.isfinite(cut)
    count = known.sum(axis=1)
    return np.where(count > 0, np.where(known, cut, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)


@dataclass(frozen=True)
class _ByMonth:
    cop: Floats
    limit: Floats
    reason: tuple[str | None, ...]
    state: tuple[State, ...]


def _by_month(days: _Days, months: Months, meters: str) -> _ByMonth:
    """Return COP and physical limit of each month, and why a month has none; `meters` names what it is made of."""
    count = len(months.first)
    heat, el = (np.bincount(days.month, v, count) for v in (days.heat, days.electricity))
    cop = np.divide(heat, el, out=np.full(count, np.nan), where=el > 0)
    known = np.isfinite(days.carnot)
    weight = np.bincount(days.month, np.where(known, days.electricity, 0.0), count)
    carnot = np.bincount(days.month, np.where(known, days.electricity * days.carnot, 0.0), count)
    share = assumed("carnot_share").central
    limit = share * np.divide(carnot, weight, out=np.full(count, np.nan), where=weight > 0)
    told = [_judged(value, most, meters) for value, most in zip(cop, limit, strict=True)]
    reasons = tuple(reason for _, reason in told)
    most = assumed("past_most").central * np.where(np.isfinite(limit), limit, assumed("cop_most").central)
    states: tuple[State, ...] = tuple(
        "far_above" if state == "above_limit" and far else state
        for (state, _), far in zip(told, cop > most, strict=True)
    )
    return _ByMonth(np.where([r is None for r in reasons], cop, np.nan), limit, reasons, states)


def _meters(found: Metered) -> str:
    """Return in Swedish the meters of the heat pump's heat and electricity."""
    store = found.store
    heat = store.heat_pump_heat if found.heat_pump_kwh is not None else store.discharge
    return f"(värme {', '.join(heat)}, el {', '.join(store.electricity)})"


def _judged(cop: float, most: float, meters: str) -> tuple[State, str | None]:
    """Return what a month's COP is against physics, and in Swedish why it is none."""
    if not np.isfinite(cop):
        return "idle", IDLE
    if cop < 1:
        return "below_one", f"mätarna motsäger varandra: värmefaktorn {sv(cop, 2)} är mindre än 1 {meters}"
    ceiling = assumed("cop_most").central
    if not np.isfinite(most) and cop > ceiling:
        return "above_limit", (
            f"värmefaktorn {sv(cop, 1)} är högre än en byggnads värmepump kan nå ({sv(ceiling, 1)}, temperaturer mäts"
            " inte): kontrollera att charge och discharge inte är omkastade, och att mätarna hör till värmepumpen"
            f" {meters}"
        )
    if cop > most:
        return "above_limit", (
            f"värmefaktorn {sv(cop, 1)} är högre än fysiken tillåter vid temperaturerna ({sv(most, 1)}):"
            f" mätaren mäter värme som inte gått genom värmepumpen, eller så är en mätare eller givare fel {meters}"
        )
    return "sound", None


def _line(days: _Days, reference: Flags) -> tuple[tuple[float, float, float], str | None]:
    """Return (a, b, c) of the reference, or why there is none; a term that cannot be told or is negative is 0."""
    least = int(assumed("cop_least_days").central)
    nan = float("nan")
    if reference.sum() < least:
        text = f"kan inte bedömas: referensen kräver {least} driftdygn första året, det finns {reference.sum()}"
        return (nan, nan, nan), text
    heat, x, spent = days.heat[reference], days.condition[reference], days.electricity[reference]
    columns = {"heat": heat}
    if np.ptp(x) >= assumed("least_span").central:
        columns["slope"] = heat * x
    if np.ptp(heat) > assumed("least_load_span").central * heat.mean():
        columns["constant"] = np.ones(len(heat))
    found = _least_squares(columns, spent)
    if found.get("constant", 0.0) < 0:
        del columns["constant"]
        found = _least_squares(columns, spent)
    return (found["heat"], found.get("slope", 0.0), found.get("constant", 0.0)), None


def _least_squares(columns: Mapping[str, Floats], wanted: Floats) -> dict[str, float]:
    found = np.linalg.lstsq(np.column_stack(list(columns.values())), wanted, rcond=None)[0]
    return dict(zip(columns, found.tolist(), strict=True))


def _drift(days: _Days, expected: Floats, later: Flags, last: int, seed: int, why: str | None) -> Band:
    """Return how much more (+) or less (-) heat a kilowatt-hour gives than the reference, of the last days [%].

    The band draws whole weeks again, blocks without overlap (Carlstein 1986), and holds the meters' own tolerance on
    both sides.
    """
    nan = float("nan")
    here = later & (days.day > days.day[-1] - last)
    least = int(assumed("cop_least_days").central)
    if why is not None or here.sum() < least:
        text = why or f"kan inte bedömas: det finns bara {here.sum()} driftdygn efter referensåret, {least} behövs"
        return Band(nan, nan, nan, reason=text)
    should = days.heat[here] / expected[here]
    used = days.electricity[here]
    week = days.day[here].astype(np.int64) // 7
    _, index = np.unique(week, return_inverse=True)
    sums = np.column_stack([np.bincount(index, should), np.bincount(index, used)])
    rng = np.random.default_rng(seed)
    draws = int(assumed("weeks_drawn").central)
    counts = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), draws)
    drawn = counts @ sums
    ratios = 100 * (drawn[:, 0] / drawn[:, 1] - 1)
    value = float(100 * (should.sum() / used.sum() - 1))
    level = assumed("band_level").central
    low, high = np.quantile(ratios, [(1 - level) / 2, (1 + level) / 2])
    slack = 100 * assumed("cop_tolerance").central
    return Band(value, min(value, float(low)) - slack, max(value, float(high)) + slack)
