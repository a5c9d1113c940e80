"""A store in one row: its last twelve months and its last whole year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from energy.model import Band, Floats
from energy.storage.accounts.account import Account
from energy.storage.accounts.doubt import one_sided
from energy.storage.accounts.worth import Worth
from energy.storage.accounts.years import Trend, trend

__all__ = ["Summary", "summary"]

_NAMED = 3  # months that a reason names


@dataclass(frozen=True)
class Summary:
    """The last twelve months with a worth, and what whole store years tell; NaN with a reason where unknown."""

    months: tuple[date, ...]
    charged_kwh: float
    drawn_kwh: float
    delivered_kwh: float
    electricity_kwh: float
    cop: float
    efficiency_pct: Band  # of the last whole store year
    efficiency_year: str | None
    trend: Trend  # of the corrected efficiency, percentage points a year
    warming_k_per_year: float
    imbalance_kwh: float  # what the store holds more at the end of the last whole year than at the first's beginning
    value_sek: Band
    cost_sek: Band
    net_sek: Band
    value_sek_per_mwh: float
    said: tuple[str, ...]


def summary(found: Account, worth: Worth) -> Summary:
    """Return the store in one row."""
    months = worth.months[-12:]
    balance = found.months
    here = np.array([m in months for m in balance.months.first], dtype=bool)
    charged, drawn, delivered, power = (
        _sum(v, here)
        for v in (balance.charge_kwh, balance.out_kwh[:, 0], balance.delivered_kwh, balance.electricity_kwh)
    )
    value, cost = (w[-12:].sum(axis=0) if len(w) else np.full(1, np.nan) for w in (worth.value_sek, worth.cost_sek))
    value_why, cost_why = (_why(months, reasons) for reasons in (worth.value_reasons, worth.cost_reasons))
    whole = [y for y in found.years if y.whole and y.reason is None]
    nan = float("nan")
    none = Band(
        nan, nan, nan, reason=next((y.reason for y in reversed(found.years) if y.reason), "okänt: inget helt lagerår")
    )
    degrees = np.array([y.mean_c for y in found.years if y.whole])
    known = np.isfinite(degrees)
    warming = float(np.polyfit(np.flatnonzero(known), degrees[known], 1)[0]) if known.sum() >= 2 else nan
    changes = [y.change_kwh for y in found.years if y.whole]
    return Summary(
        months, charged, drawn, delivered, power, _cop(found, here),
        whole[-1].efficiency_pct if whole else none,
        f"{whole[-1].first.year}/{whole[-1].end.year}" if whole else None,
        # a whole year without a figure keeps its place: the years beside it are two apart
        trend(np.array([y.corrected_pct.value for y in found.years if y.whole])),
        warming, float(np.sum(changes)) if changes else nan,
        _band(value, value_why), _band(cost, cost_why), _band(value - cost, value_why or cost_why),
        1000 * float(value[0]) / delivered if delivered > 0 else nan, (*worth.said, *_doubt(_band(value, value_why))),
    )  # fmt: skip


def _why(months: Sequence[date], reasons: Mapping[date, str]) -> str | None:
    """Return why the months have no sum, in Swedish, and which of them lack their part where the others have one."""
    lacking = [month for month in months if month in reasons]
    if not lacking:
        return None
    reason = reasons[lacking[0]]
    if len(lacking) == len(months):
        return reason
    cannot = "kan inte bedömas: "
    named = ", ".join(f"{month:%Y-%m}" for month in lacking[:_NAMED]) + (" m.fl." if len(lacking) > _NAMED else "")
    return f"{cannot}{len(lacking)} av {len(months)} månader har ingen siffra ({named}): {reason.removeprefix(cannot)}"


def _doubt(value: Band) -> tuple[str, ...]:
    """Return in Swedish why a worth lies near an end of its band, which holds three readings of the return."""
    end = one_sided(value)
    if end is None:
        return ()
    name, other = ("nedre", "högre") if end == "low" else ("övre", "lägre")
    return (
        f"siffran ligger nära bandets {name} ände, för tvivlet går mest åt ett håll: hade returen varit som uppmätt, "
        f"trots att den följer lasten, blir värdet {other}",
    )


def _sum(values: Floats, here: Floats) -> float:
    return float(values[here].sum()) if here.any() else float("nan")


def _cop(found: Account, here: Floats) -> float:
    """Return the heat pump's heat over its electricity in the months, NaN where physics refuses one of them."""
    pump = found.pump
    if not len(pump.day) or not here.any():
        return float("nan")
    first = np.array(found.months.months.first, dtype="datetime64[M]")[here]
    days = np.isin(pump.day.astype("datetime64[M]"), first)
    refused = any(h and state not in ("sound", "idle") for state, h in zip(pump.month_state, here, strict=True))
    power = float(pump.electricity_kwh[days].sum())
    return float(pump.heat_kwh[days].sum()) / power if power > 0 and not refused else float("nan")


def _band(values: Floats, reason: str | None) -> Band:
    return Band(float(values[0]), float(values.min()), float(values.max()), reason=reason)
