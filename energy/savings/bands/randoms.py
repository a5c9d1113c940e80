"""Seeds and the random numbers of draws: what meters share is drawn once, what is a meter's own once per meter.

Every kind of number has a stream of its own, so that a longer period, or more blocks, only adds to a stream.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt

from energy.model import Floats
from energy.savings.baselines.drift import Drift

YEARS = 40  # drawn ahead, so that a longer period does not change the draws of the months before
_BLOCKS, _OFFSET, _WEEKS, _SPREAD, _BIAS, _DRIFT, _TAIL, _LEVEL = range(8)


@dataclass(frozen=True)
class Seeds:
    """Seeds of one meter's draws: `everywhere` is shared by all facilities, `site` by the meters of one.

    With the same `everywhere`, meters trained on the same period take the residuals of the same weeks, so that a spell
    of weather or a holiday that moved both moves their sum. Drift, and the doubt about the level, are correlated as
    `Drift` says.
    """

    everywhere: int
    site: int
    meter: int

    @classmethod
    def of(cls, seed: int, facility: str, metering_point: str) -> Seeds:
        """Return the seeds of a metering point of a facility."""
        site, meter = crc32(facility.encode()), crc32(metering_point.encode())
        return cls(seed, seed + site % 100_000, seed + meter % 100_000)

    def moved(self, by: int) -> Seeds:
        """Return the seeds of draws that are independent of these, with as much in common among meters."""
        return Seeds(self.everywhere + by, self.site + by, self.meter + by)

    @classmethod
    def alone(cls, seed: int | Seeds) -> Seeds:
        """Return seeds as they are, or those of a meter that shares nothing with meters of other numbers."""
        return seed if isinstance(seed, Seeds) else cls(seed, seed, seed)


@dataclass(frozen=True)
class Randoms:
    """Random numbers of k draws.

    `multipliers` (B, k) of the blocks' influences; `spread` (k,) the doubt about the size of the noise, about 1;
    `bias` (k,), `level` (k,) and `drift` (years, k) of unit variance; `offset` (k,) [h] and `weeks` (blocks, k) place
    the blocks.
    """

    multipliers: Floats
    spread: Floats
    bias: Floats
    level: Floats
    drift: Floats
    offset: npt.NDArray[np.int64]
    weeks: npt.NDArray[np.int64]


def randoms(
    seed: int | Seeds, drift: Drift, count: int, *, blocks: int, block_h: int, placed: int, weeks: int
) -> Randoms:
    """Return the numbers of `count` draws: `blocks` of training, `placed` blocks from `weeks` whole weeks."""
    seeds = Seeds.alone(seed)

    def shared(stream: int) -> np.random.Generator:
        return np.random.default_rng([seeds.everywhere, stream])

    def own(stream: int) -> np.random.Generator:
        return np.random.default_rng([seeds.meter, 1 + stream, 1])

    # Student's t: as many degrees of freedom as there are blocks that tell the size of the noise, less the mean
    freedom = max(4, blocks - 1)
    return Randoms(
        multipliers=shared(_BLOCKS).standard_normal((blocks, count)),
        spread=np.sqrt(freedom / own(_SPREAD).chisquare(freedom, count)),
        bias=own(_BIAS).standard_normal(count),
        level=_correlated(seeds, drift, own, _LEVEL, (count,)),
        drift=_correlated(seeds, drift, own, _DRIFT, (YEARS, count)) * drift.sizes(own(_TAIL), count),
        offset=shared(_OFFSET).integers(0, block_h, size=count),
        weeks=shared(_WEEKS).integers(0, max(1, weeks), size=(placed, count)),
    )


def _correlated(
    seeds: Seeds, drift: Drift, own: Callable[[int], np.random.Generator], stream: int, shape: tuple[int, ...]
) -> Floats:
    """Return normal numbers of unit variance: what all share, the site's part and the meter's, as `Drift` says."""
    site, everywhere = drift.within_site, drift.between_sites
    normal = np.sqrt(1.0 - site) * own(stream).standard_normal(shape)
    if everywhere > 0:
        normal += np.sqrt(everywhere) * np.random.default_rng([seeds.everywhere, stream]).standard_normal(shape)
    if site > everywhere:
        theirs = np.random.default_rng([seeds.site, stream, 2]).standard_normal(shape)
        normal += np.sqrt(site - everywhere) * theirs
    found: Floats = normal
    return found
