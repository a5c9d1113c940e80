"""Gates: is there enough data, is the model good enough, is the reporting period like the training. Data, not errors.

A failed gate means no figure, and its Swedish reason is what the reader sees. Limits are settings with stated defaults.

References
----------
CalTRACK 2.0 §2.2: 365 days of baseline and 90 % of days. ASHRAE Guideline 14-2014: NMBE 5 %; it gives no daily
CV(RMSE), so 60 % is our own, wide on purpose, since the band shows the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from energy.calendar import Instants, normal_time
from energy.model import Floats
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.metrics import day_index
from energy.swedish import sv

Bools = npt.NDArray[np.bool_]
NOT_ASSESSED = "kan inte bedömas: "
MONTHS_SV = (
    "januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november",
    "december",
)  # fmt: skip
_HOTTEST_C = 50.0  # passed by no outdoor temperature of a hundredth of a year's hours; degrees Fahrenheit pass it
_MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@dataclass(frozen=True)
class Limits:
    """What a baseline must hold: days, shares, [%], [°C]."""

    span_days: float = 365.0
    full_days: int = 330
    day_share: float = 0.9
    month_share: float = 0.9
    temperature_range_c: float = 12.0
    cvrmse_daily_pct: float = 60.0
    cvrmse_monthly_pct: float = 30.0  # of a model of billing periods alone
    nmbe_pct: float = 5.0
    moderate_c: float = 3.0  # so far outside the trained temperatures a straight line is still believed
    moderate_share: float = 0.05  # and for so large a share of the hours


@dataclass(frozen=True)
class Gate:
    """One check: what was found, the limit, passed or not, and the Swedish reason (empty when passed)."""

    name: str
    found: float
    limit: float
    passed: bool
    reason: str = ""


def _gate(name: str, found: float, limit: float, passed: bool, reason: str) -> Gate:
    return Gate(name, float(found), float(limit), bool(passed), "" if passed else NOT_ASSESSED + reason)


def _sv(number: float, digits: int = 0) -> str:
    """Return a number as Swedish text; what cannot be computed is unknown."""
    return sv(number, digits) if np.isfinite(number) else "okänt"


def data_gates(start_utc: Instants, valid: Bools, temperature_c: Floats, limits: Limits) -> tuple[Gate, ...]:
    """Return the gates on the training data: span, full days, months and range of temperature.

    `start_utc` (n,), `valid` (n,) rows that can be used, `temperature_c` (n,) [°C].
    """
    used = start_utc[valid]
    span = float(day_index(used).max() + 1) if len(used) else 0.0
    full = int((np.bincount(day_index(used)) >= 24 * limits.day_share).sum()) if len(used) else 0
    low, high = np.quantile(temperature_c[valid], (0.01, 0.99)) if len(used) else (0.0, 0.0)
    return (
        _gate(
            "span", span, limits.span_days, span >= limits.span_days,
            f"baslinjen omfattar {_days_long(used)}, minst {sv(limits.span_days)} behövs",
        ),
        _gate(
            "full_days", full, limits.full_days, full >= limits.full_days,
            f"baslinjen har {full} dygn med mätvärden och väder, minst {limits.full_days} behövs",
        ),
        _month_gate(used, limits),
        _gate(
            "temperature_range", high - low, limits.temperature_range_c, high - low >= limits.temperature_range_c,
            f"utetemperaturen i baslinjen spänner bara över {sv(high - low, 1)} grader",
        ),
        _gate(
            "celsius", high, _HOTTEST_C, high <= _HOTTEST_C,
            f"utetemperaturen når {sv(high)} grader i baslinjen: är den i Fahrenheit? Lämna den i grader Celsius",
        ),
    )  # fmt: skip


def _days_long(used: Instants) -> str:
    """Return the time from the first used hour to the end of the last: 24 hours are one day on whatever dates."""
    hours = int((used[-1] - used[0]) // np.timedelta64(3600, "s")) + 1 if len(used) else 0
    return "mindre än ett halvt dygn" if 0 < hours < 12 else f"{sv(hours / 24)} dygn"


def _month_gate(used: Instants, limits: Limits) -> Gate:
    """Return the gate on the calendar months; the same month of several years is pooled."""
    month = normal_time(used).astype("datetime64[M]").astype(np.int64) % 12
    return _months_covered(np.minimum(1.0, np.bincount(month, minlength=12) / (_MONTH_DAYS * 24)), limits)


def _months_covered(share: Floats, limits: Limits) -> Gate:
    """Return the gate on the share of each calendar month (12,) that is covered."""
    thin = [name for name, part in zip(MONTHS_SV, share, strict=True) if part < limits.month_share]
    needed = sv(100 * limits.month_share)
    reason = f"baslinjen täcker för lite av {', '.join(thin)} (minst {needed} procent av varje månad behövs)"
    return _gate("months", float(share.min()), limits.month_share, not thin, reason)


def upside_down(start_utc: Instants, temperature_c: Floats) -> bool:
    """Return whether winter is warmer than summer in hourly temperatures (n,) [°C]: no Swedish station's weather.

    Winter is December to February, summer June to August; False where one of them is not known.
    """
    month = normal_time(start_utc).astype("datetime64[M]").astype(np.int64) % 12
    known = np.isfinite(temperature_c)
    winter, summer = (temperature_c[known & np.isin(month, m)] for m in ((11, 0, 1), (5, 6, 7)))
    return bool(len(winter) and len(summer) and winter.mean() > summer.mean())


def variation_gate(energy: Floats) -> Gate:
    """Return the gate that a meter moves at all; a constant series proves nothing, `energy` (n,)."""
    distinct = len(np.unique(energy))
    return _gate("variation", distinct, 3, distinct >= 3, "mätaren visar samma värde hela tiden")


def quality_gates(metrics: Mapping[str, float], limits: Limits) -> tuple[Gate, ...]:
    """Return the gates on the out-of-fold metrics `cvrmse_daily_pct` and `nmbe_pct` [%]."""
    cv, bias = metrics["cvrmse_daily_pct"], abs(metrics["nmbe_pct"])
    return (
        _gate(
            "cvrmse_daily", cv, limits.cvrmse_daily_pct, cv <= limits.cvrmse_daily_pct,
            f"modellen träffar dygnen för dåligt (fel {_sv(cv)} procent, högst {sv(limits.cvrmse_daily_pct)} godtas)",
        ),
        _bias_gate(bias, limits),
    )  # fmt: skip


def period_gates(
    first: npt.NDArray[np.datetime64], end: npt.NDArray[np.datetime64], temperature_c: Floats, limits: Limits
) -> tuple[Gate, ...]:
    """Return the gates on metered periods [first, end) of whole days: span, months, temperature.

    `first`, `end` (n,) days of periods that can be used; `temperature_c` (n,) their mean [°C].
    """
    span = float((end.max() - first.min()).astype(np.int64)) if len(first) else 0.0
    low, high = (temperature_c.min(), temperature_c.max()) if len(first) else (0.0, 0.0)
    spread = float(high - low)
    return (
        _gate(
            "span", span, limits.span_days, span >= limits.span_days,
            f"baslinjen omfattar {sv(span)} dygn, minst {sv(limits.span_days)} behövs",
        ),
        _day_gate(first, end, limits),
        _gate(
            "temperature_range", spread, limits.temperature_range_c, spread >= limits.temperature_range_c,
            f"utetemperaturen i baslinjen spänner bara över {sv(spread, 1)} grader",
        ),
    )  # fmt: skip


def _day_gate(first: npt.NDArray[np.datetime64], end: npt.NDArray[np.datetime64], limits: Limits) -> Gate:
    """Return the gate on the calendar months that periods of days cover, the same month of several years pooled."""
    lengths = (end - first).astype(np.int64)
    since = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    days = np.repeat(first.astype("datetime64[D]"), lengths) + since
    month = days.astype("datetime64[M]").astype(np.int64) % 12
    share = np.minimum(1.0, np.bincount(month, minlength=12) / _MONTH_DAYS)
    return _months_covered(share, limits)


def monthly_gates(metrics: Mapping[str, float], limits: Limits) -> tuple[Gate, ...]:
    """Return the gates on the out-of-fold metrics `cvrmse_monthly_pct` and `nmbe_pct` [%] of a billing model."""
    cv, most = metrics["cvrmse_monthly_pct"], limits.cvrmse_monthly_pct
    bias = abs(metrics["nmbe_pct"])
    return (
        _gate(
            "cvrmse_monthly", cv, most, cv <= most,
            f"modellen träffar månaderna för dåligt (fel {_sv(cv)} procent, högst {sv(most)} godtas)",
        ),
        _bias_gate(bias, limits),
    )  # fmt: skip


def _bias_gate(bias: float, limits: Limits) -> Gate:
    return _gate(
        "nmbe", bias, limits.nmbe_pct, bias <= limits.nmbe_pct,
        f"modellen är sned (fel i summan {_sv(bias, 1)} procent, högst {sv(limits.nmbe_pct, 1)} godtas)",
    )  # fmt: skip


def first_reason(gates: Sequence[Gate]) -> str | None:
    """Return the reason of the first failed gate, or None when all passed."""
    return next((g.reason for g in gates if not g.passed), None)


@dataclass(frozen=True)
class Extrapolation:
    """How far a period lies outside the training.

    `tier` in_range, moderate or severe; `share_outside` of the hours; `distance_c` the longest distance [°C];
    `unseen` (n,) hours with an operating state never seen in training, `states` their names.
    """

    tier: str
    share_outside: float
    distance_c: float
    unseen: Bools
    states: tuple[str, ...]

    @property
    def reason(self) -> str | None:
        """Return why there is no figure, or None."""
        if self.tier != "severe":
            return None
        return (
            f"{NOT_ASSESSED}vädret ligger för långt utanför det som baslinjen såg "
            f"({sv(100 * self.share_outside, 1)} procent av timmarna, som mest {sv(self.distance_c, 1)} grader)"
        )


def temperature_tier(
    temperature_range_c: tuple[float, float], temperature_c: Floats, limits: Limits
) -> tuple[str, float, float]:
    """Return (tier, share outside, longest distance [°C]) of temperatures (n,) against those of the training.

    severe: more than `moderate_share` of them are outside by more than `moderate_c`.
    moderate: more than `moderate_share` of them are outside at all, or any by more than `moderate_c`.
    """
    low, high = temperature_range_c
    t = temperature_c[~np.isnan(temperature_c)]
    distance = np.maximum(0.0, np.maximum(low - t, t - high)) if len(t) else np.zeros(1)
    outside, far = float((distance > 0).mean()), float((distance > limits.moderate_c).mean())
    beyond = far > 0 or outside > limits.moderate_share
    tier = "severe" if far > limits.moderate_share else "moderate" if beyond else "in_range"
    return tier, outside, float(distance.max())


def extrapolation(
    temperature_range_c: tuple[float, float],
    calendar_ranges: Mapping[str, tuple[float, float]],
    drivers: Drivers,
    limits: Limits,
) -> Extrapolation:
    """Return how far the hours of `drivers` lie outside the trained temperatures [°C] and operating states."""
    tier, outside, distance = temperature_tier(temperature_range_c, drivers.air_temperature_c, limits)
    unseen = {
        name: (drivers.calendar[name] < span[0]) | (drivers.calendar[name] > span[1])
        for name, span in calendar_ranges.items()
        if name in drivers.calendar
    }
    unseen |= {name: state != 0 for name, state in drivers.calendar.items() if name not in calendar_ranges}
    mask = np.any(np.stack([*unseen.values()]), axis=0) if unseen else np.zeros(len(drivers.start_utc), dtype=bool)
    states = tuple(sorted(name for name, m in unseen.items() if m.any()))
    return Extrapolation(tier, outside, distance, mask, states)
