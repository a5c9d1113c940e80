"""Hours that a store's meter cannot have right by itself: heat that runs backwards, weeks of standing in one hour.

Such hours are taken as unknown, never as energy, and their months are not valued; the reader is told which meter, when
and how much, and what to do. A meter's own other hours are the measure, so that no size of a store is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from energy.calendar import Instants, normal_time
from energy.model import Floats
from energy.storage.assumed import assumed
from energy.swedish import sv

__all__ = ["Implausible", "plausible"]


@dataclass(frozen=True)
class Implausible:
    """What a meter of a role shows that cannot be: the months concerned and why, in Swedish."""

    role: str
    meter: str
    months: tuple[date, ...]
    text: str


def plausible(role: str, name: str, meter: str, start_utc: Instants, kwh: Floats) -> tuple[Floats, list[Implausible]]:
    """Return a meter's hours (n,) [kWh], NaN where they cannot be, and what was found; `name`: the role in Swedish."""
    up = kwh[np.isfinite(kwh) & (kwh > 0)]
    if len(up) < assumed("usual_least_hours").central:
        return kwh, []
    usual = float(np.quantile(up, assumed("usual_most").central))
    found: list[Implausible] = []
    jumps: list[int] = np.flatnonzero(kwh > assumed("jump_times").central * usual).tolist()
    wrong = np.zeros(len(kwh), dtype=bool)
    for at in jumps:
        moving = np.flatnonzero(np.nan_to_num(kwh[:at], nan=1.0) != 0)
        first = int(moving[-1]) + 1 if len(moving) else 0
        wrong[first : at + 1] = True
        still = f", efter {sv(at - first)} timmar på noll" if at > first else ""
        text = (
            f"mätaren för {name} ({meter}) visar {sv(float(kwh[at]))} kWh på en timme ({_when(start_utc, at)}){still};"
            f" en vanlig hög timme visar {sv(usual)}. Timmarna räknas inte: läs in rätta timvärden eller ställningar"
        )
        found.append(Implausible(role, meter, _months(start_utc[first : at + 1]), text))
    back = kwh < -assumed("backwards_share").central * usual
    if back.any():
        wrong |= back
        text = (
            f"mätaren för {name} ({meter}) går baklänges i {sv(int(back.sum()))} timmar, först"
            f" {_when(start_utc, int(np.flatnonzero(back)[0]))}, tillsammans {sv(float(kwh[back].sum()))} kWh. Timmarna"
            " räknas inte: kontrollera riktning och kanal"
        )
        found.append(Implausible(role, meter, _months(start_utc[back]), text))
    return (np.where(wrong, np.nan, kwh), found) if found else (kwh, [])


def _when(start_utc: Instants, at: int) -> str:
    return str(normal_time(start_utc[at : at + 1])[0]).replace("T", " ")[:16]


def _months(hours: Instants) -> tuple[date, ...]:
    months = np.unique(normal_time(hours).astype("datetime64[M]")).astype("datetime64[D]")
    return tuple(months.tolist())
