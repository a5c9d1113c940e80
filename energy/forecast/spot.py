"""The spot price of months to come: last year's hours on today's level, and how wrong that has been before.

Level: the mean of the last three months, which a month to come is scaled to. On the prices of SE3 from 2016 to 2024
(ENTSO-E) this missed the next 3, 6 and 12 months by 21 EUR/MWh in the mean, last year's prices by 34, and last year's
prices in proportion to the change of the last three months by 29. Spread: at the end of every past month the
same prediction is made and compared with what came, month by month ahead; a draw takes one such path of errors for all
its months, so that a dear year is dear throughout. Each path counts with both signs, since the trend of one crisis
tells nothing of the next one, and the factors of a month have the mean 1: the likely figure is that of the prediction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from energy.calendar import Instants, normal_time
from energy.model import BillingContext, Floats

LEVEL_MONTHS = 3
FEWEST_MONTHS = 24  # of prices, below which the band leaves the price out
FEWEST_PATHS = 6
LEAST, MOST = 0.2, 5.0  # of a ratio between two levels
_FEWEST_HOURS = 600  # with a price, for a month to have a mean
_FLOOR = 0.05  # share of the mean price below which a month's mean says nothing of a ratio
_CARRIED = "elpriset antas ligga kvar på de tre senaste månadernas nivå, och bandet rymmer prisrisken"
_LEFT_OUT = (
    "elpriset antas ligga kvar på de tre senaste månadernas nivå, men bandet rymmer inte prisrisken: "
    "prishistoriken är kortare än två år"
)


@dataclass(frozen=True)
class History:
    """The mean price of every month up to the last known one, (m,) [SEK/kWh], NaN where it is not known."""

    means: Floats

    @classmethod
    def of(cls, context: BillingContext, known: Instants) -> History:
        """Return the monthly means of the context's price at the `known` hours (n,), whole months of normal time."""
        if context.spot_sek_per_kwh is None or not len(known):
            return cls(np.zeros(0))
        spot = context.spot_sek_per_kwh[: len(known)]
        month = normal_time(known).astype("datetime64[M]").astype(np.int64)
        told = np.isfinite(spot)
        at, size = month[told] - month[0], int(month[-1] - month[0]) + 1
        count = np.bincount(at, minlength=size)
        means = np.bincount(at, weights=spot[told], minlength=size) / np.maximum(count, 1)
        return cls(np.where(count >= _FEWEST_HOURS, means, np.nan))

    def on_level(self, ahead: Floats, months: npt.NDArray[np.int64]) -> Floats:
        """Return prices ahead (n,) [SEK/kWh] with the mean of each of their `months` (n,) moved to the last level.

        As they are where no level is known; the scaling of a month is kept in [0.2, 5].
        """
        level = float(self._levels()[-1]) if len(self.means) else np.nan
        if not np.isfinite(level) or not len(ahead):
            return ahead
        known = np.isfinite(ahead)
        _, at = np.unique(months, return_inverse=True)
        count = np.bincount(at, weights=known)
        means = np.bincount(at, weights=np.where(known, ahead, 0.0)) / np.maximum(count, 1)
        found: Floats = ahead * self._over(np.full(len(means), level), means)[at]
        return found

    def factors(self, months_ahead: int, count: int, seed: int) -> Floats | None:
        """Return (months_ahead, count) factors on the predicted price, of mean 1; None with too short a history."""
        paths = self._errors(months_ahead)
        if np.isfinite(self.means).sum() < FEWEST_MONTHS or len(paths) < FEWEST_PATHS:
            return None
        both = np.concatenate([paths, -paths])
        turn = np.random.default_rng(seed).permutation(count) * len(both) // count  # even over the paths
        drawn = np.exp(both[turn]).T
        factors: Floats = drawn / drawn.mean(axis=1, keepdims=True)
        return factors

    def note(self, months_ahead: int) -> str:
        """Return in Swedish what is assumed of the price, and whether the band holds it."""
        return _LEFT_OUT if self.factors(months_ahead, 2, 0) is None else _CARRIED

    def _floor(self) -> float:
        known = self.means[np.isfinite(self.means)]
        return _FLOOR * float(np.abs(known).mean()) + 1e-9 if len(known) else 1e-9

    def _levels(self) -> Floats:
        """Return the mean of the three months that end with each month, (m,), NaN where one of them is not known."""
        found = np.full(len(self.means), np.nan)
        for end in range(LEVEL_MONTHS, len(self.means) + 1):
            found[end - 1] = self.means[end - LEVEL_MONTHS : end].mean()
        return found

    def _errors(self, months_ahead: int) -> Floats:
        """Return paths (p, months_ahead) of ln(price / predicted price), made at the ends of past months.

        A path whose end is not known yet stays at its last error, if half of it is known.
        """
        levels, paths = self._levels(), []
        for made in np.flatnonzero(np.isfinite(levels)):
            came = self.means[made + 1 : made + 1 + months_ahead]
            reached = len(came)
            if reached < max(1, (months_ahead + 1) // 2):
                continue
            error = np.log(self._over(came, np.full(reached, levels[made])))
            if np.isfinite(error).all():
                paths.append(np.append(error, np.full(months_ahead - reached, error[-1])))
        return np.array(paths).reshape(-1, months_ahead)

    def _over(self, price: Floats, other: Floats) -> Floats:
        """Return price / other in [0.2, 5], prices near or below zero being taken as small ones."""
        floor = self._floor()
        found: Floats = np.clip(np.maximum(price, floor) / np.maximum(other, floor), LEAST, MOST)
        return found
