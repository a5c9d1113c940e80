"""What a meter does beyond its model: the deviations of one past year, day by day, on the days of the year to come.

The deviations of a meter belong to its seasons and to its weather: a store that runs empty or a heat pump that trips
does so on the cold days of winter, and it is those days that set the billed power. Deviations scattered over the year
would take the peaks away. So a draw takes the days of one training year, season by season, in order of temperature:
the coldest day to come gets the deviation of the coldest day then. Sums over a season, the number of odd days and
their size are thereby those of a real year, and what the model lacks of the season comes with them.

References
----------
Season by season: the seasonal block bootstrap (Politis 2001, in "Probability and Statistical Models with
Applications"). Order of temperature: the rank shuffle of Clark et al. (2004), J. Hydrometeorology 5:243-262.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from energy.calendar import Instants, normal_time
from energy.forecast.weather import source_hours
from energy.model import Floats
from energy.savings.baselines.baseline import predict
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.frozen import Baseline

DAY_H = 24
ORDER_LAG_H = 24.0  # days are ordered by the temperature that a building has felt for a day
FEWEST_KNOWN = 0.75  # share of a season's days that a source year must have
_HOUR = np.timedelta64(3600, "s")

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Deviations:
    """Metered less modelled energy in the training: `days` (d, 24) [kWh], NaN days where not known.

    `start_utc` first hour of the first day; `felt_c` (d,) the temperature that the days are ordered by [°C].
    """

    start_utc: np.datetime64
    days: Floats
    felt_c: Floats

    @classmethod
    def of(cls, model: Baseline, start_utc: Instants, targets: Sequence[Floats], drivers: Drivers) -> Deviations:
        """Return the deviations at the training hours (n,); `targets` as in the model, energy first, each (n,)."""
        first = (start_utc[0] + _HOUR).astype("datetime64[D]").astype("datetime64[s]") - _HOUR
        count = -(-(int((start_utc[-1] - first) // _HOUR) + 1) // DAY_H)
        found = np.full(count * DAY_H, np.nan)
        rows = ((start_utc - first) // _HOUR).astype(np.int64)
        found[rows] = targets[0] - predict(model, drivers, start_utc)[model.targets[0]]
        felt = np.full(count * DAY_H, np.nan)
        felt[rows] = drivers.felt_c(ORDER_LAG_H)[drivers.rows(start_utc)]
        days, temperature = found.reshape(count, DAY_H), felt.reshape(count, DAY_H).mean(axis=1)
        whole = np.isfinite(days).all(axis=1) & np.isfinite(temperature)
        return cls(first, np.where(whole[:, None], days, np.nan), np.where(whole, temperature, np.nan))

    def drawn(self, drivers: Drivers, hours: Instants, count: int, seed: int) -> Floats:
        """Return (n, count) deviations [kWh] at `hours` (n,), whole days of normal time, in the weather of `drivers`.

        Every source year serves equally many draws, as near as can be, the same one all the year. The level of a season
        is widened for there being few years to draw it from.
        """
        felt = drivers.felt_c(ORDER_LAG_H)[drivers.rows(hours)].reshape(-1, DAY_H).mean(axis=1)
        turn = np.random.default_rng(seed).permutation(count)
        found = np.empty((len(felt), DAY_H, count))
        for part in _seasons(hours):
            sources = self._sources(hours[::DAY_H][part])
            rank = np.argsort(np.argsort(felt[part], kind="stable"), kind="stable")
            taken = np.stack([self.days[_at_rank(source, self.felt_c, rank)] for source in sources])
            level = taken.mean(axis=(1, 2), keepdims=True)
            wider = np.sqrt(len(sources) / (len(sources) - 1)) - 1.0 if len(sources) > 1 else 0.0
            taken = taken + wider * (level - level.mean(axis=0))
            found[part] = np.moveaxis(taken[turn % len(sources)], 0, -1)
        drawn: Floats = found.reshape(len(hours), count)
        return drawn

    def _sources(self, days: Instants) -> list[Ints]:
        """Return the rows of the same days in each training year that has enough of them, else all known days."""
        known = np.isfinite(self.felt_c)
        found: list[Ints] = []
        for back in range(1, len(known) // 365 + 2):
            rows = ((source_hours(days, back) - self.start_utc) // (DAY_H * _HOUR)).astype(np.int64)
            inside = np.unique(rows[(rows >= 0) & (rows < len(known))])
            inside = inside[known[inside]]
            if len(inside) >= FEWEST_KNOWN * len(days):
                found.append(inside)
        return found or [np.flatnonzero(known)]


def _at_rank(source: Ints, felt_c: Floats, rank: Ints) -> Ints:
    """Return the source day (n,) that lies as far up the order of temperature as each `rank` (n,) of n."""
    order = source[np.argsort(felt_c[source], kind="stable")]
    found: Ints = order[(rank * len(order) + len(order) // 2) // len(rank)]
    return found


def _seasons(hours: Instants) -> list[Ints]:
    """Return the days of `hours` by season: December-February, March-May, June-August, September-November."""
    months = normal_time(hours[::DAY_H]).astype("datetime64[M]").astype(np.int64)
    season = (months + 1) // 3
    return [np.flatnonzero(season == one) for one in np.unique(season)]
