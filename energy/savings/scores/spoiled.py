"""Which values of a meter spoil it: they are no part of a comparison, and a reason for no figure names them."""

from __future__ import annotations

import numpy as np

from energy.calendar import Instants
from energy.model import Floats
from energy.savings.baselines.stuck import stuck
from energy.savings.baselines.sufficiency import NOT_ASSESSED
from energy.savings.scores.tidy import Meter
from energy.swedish import sv_short

_TIMES_HIGHEST = 20.0  # no building takes so many times the highest hour of a year
_TIMES_MEAN = 100.0  # a whole period so much higher or lower is another unit, or another meter
_HOUR = np.timedelta64(3600, "s")


def comparable(meter: Meter, train: Instants, test: Instants) -> tuple[Floats, int, str | None]:
    """Return (metered values of `test` (n,) [kWh], how many were left out as NaN, the Swedish reason why none count).

    Left out are hours in which the meter stands still, as in the savings flow, judged over all hours from the first to
    the last of both periods, and values 20 times the highest of the training. A mean 100 times that of the training or
    a hundredth of it is no saving but a unit.
    """
    metered, trained = meter.on(test), meter.on(train)
    if not len(test) or np.isnan(metered).all() or np.isnan(trained).all():
        return metered, 0, None
    usual, now = float(np.nanmean(np.abs(trained))), float(np.nanmean(np.abs(metered)))
    middle = float(np.nanmedian(np.abs(metered)))
    if usual > 0 and now > 0 and not usual / _TIMES_MEAN <= (middle or now) <= usual * _TIMES_MEAN:
        shown = f"{sv_short(now, 3)} kWh i timmen i jämförelseperioden och {sv_short(usual, 3)} i basperioden"
        return metered, 0, f"{NOT_ASSESSED}mätaren tar i medeltal {shown}: är enheten eller mätaren en annan?"
    first, last = min(train[0], test[0]), max(train[-1], test[-1])
    hours: Instants = np.arange(first, last + _HOUR, _HOUR)
    still = stuck(meter.on(hours))[(test - first) // _HOUR]
    wild = np.abs(metered) > _TIMES_HIGHEST * float(np.nanmax(np.abs(trained)))
    return np.where(still | wild, np.nan, metered), int((still | wild).sum()), None


def spoiled(meter: Meter, *periods: Instants) -> str:
    """Return in Swedish how many values of a meter are infinite, or stand still in the periods; "" without any."""
    said = []
    if meter.infinite:
        said.append(f"{meter.infinite} värden i filen är oändliga och räknas inte")
    still = sum(int(stuck(meter.on(hours)).sum()) for hours in periods if meter.periods is None and len(hours))
    if still:
        said.append(f"mätaren står still på samma värde i {still} timmar, som inte räknas")
    return "; ".join(said)


def named(reason: str, meter: Meter, *periods: Instants) -> str:
    """Return a reason for no figure with what spoils the meter after it."""
    why = spoiled(meter, *periods)
    return f"{reason}; {why}" if why else reason
