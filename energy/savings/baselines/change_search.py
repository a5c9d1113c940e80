"""The search behind `changes`: noise of weekly residuals, shapes of change, and which of them stand out.

Weekly relative residuals r are taken as r = N b + X d + e: N nuisances (level, and the level and season that a project
brings), one column of X a change, and e of covariance

    S(i, j) = w² [i = j] + a² phi^|i - j| + s² cos(2 pi |i - j| / year) + q² min(i, j) / year

that is the noise of a week, noise with a month's memory, seasonal misfit and slow drift, so that ordinary wandering is
not taken for a change. w and a come from differences by quantiles, which a step hardly moves. Every date and shape gets
its generalised likelihood ratio d²/var(d); the one furthest above its threshold enters, then the search goes on with it
in N, and at the end those leave that the others have made needless.

References
----------
Generalised likelihood ratio of a change: Basseville & Nikiforov 1993, Detection of Abrupt Changes, §2.4.3. Why
autocorrelated noise must be whitened first: Romano, Rigaill, Runge & Fearnhead 2022, JASA 117(540).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from energy.model import Floats

KINDS = STEP, SLOPE, TEMPORARY = ("step", "slope", "temporary")
YEAR_W = 365.25 / 7
_DECILES = 2.5631  # distance between the first and last decile of a normal distribution, in standard deviations
_QUARTILES = 1.3490


@dataclass(frozen=True)
class Looking:
    """What is looked for, and what counts as ordinary.

    Thresholds of the likelihood ratio by kind; `smallest` relative size worth telling; weeks a step must have on both
    sides, a slope after its start, and a time that passes at most; `memory_w` of the noise [weeks]; relative standard
    deviations of seasonal misfit and of drift in a year; least relative noise of a week and of the memory.
    """

    step: float = 12.0
    slope: float = 16.0
    temporary: float = 20.0
    smallest: float = 0.06
    least_weeks: int = 3
    slope_weeks: int = 13
    longest_weeks: int = 52
    memory_w: float = 4.3
    season_sd: float = 0.02
    drift_sd: float = 0.03
    least_week_sd: float = 0.01
    least_memory_sd: float = 0.02
    most: int = 12


@dataclass(frozen=True)
class Shape:
    """A step, slope or temporary change from week row `first` up to `stop`, the number of weeks for one that lasts."""

    kind: str
    first: int
    stop: int

    def column(self, week: npt.NDArray[np.int64]) -> Floats:
        """Return the change of size 1 on the weeks (m,): 1 while it lasts, of a slope the years since its start."""
        row = np.arange(len(week))
        if self.kind == SLOPE:
            found: Floats = np.maximum(0.0, (week - week[self.first]) / YEAR_W)
            return found
        return ((row >= self.first) & (row < self.stop)).astype(np.float64)


@dataclass(frozen=True)
class Found:
    """What stands out: the shapes, their sizes and standard errors (relative to scale), likelihood ratios, each (q,).

    The sizes are estimated together.
    """

    shapes: tuple[Shape, ...]
    size: Floats
    error: Floats
    ratio: Floats


@dataclass(frozen=True)
class _Candidates:
    """Every date and shape: kind (c,) as an index of `KINDS`, first and stop row (c,)."""

    kind: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    stop: npt.NDArray[np.int64]

    @classmethod
    def of(cls, m: int, looking: Looking) -> _Candidates:
        """Return the candidates of m weeks: steps and slopes with weeks enough on both sides, times that pass."""
        step = np.arange(looking.least_weeks, m - looking.least_weeks + 1)
        slope = np.arange(looking.least_weeks, m - looking.slope_weeks + 1)
        longest = min(looking.longest_weeks, m)
        first = np.repeat(np.arange(m), longest)
        stop = first + np.tile(np.arange(1, longest + 1), m)
        inside = stop <= m - looking.least_weeks  # nearer the end nobody knows yet whether it passes
        first, stop = first[inside], stop[inside]
        sizes = (len(step), len(slope), len(first))
        return cls(
            np.repeat(np.arange(3), sizes),
            np.concatenate([step, slope, first]),
            np.concatenate([np.full(sizes[0] + sizes[1], m), stop]),
        )

    def shape(self, number: int) -> Shape:
        return Shape(KINDS[self.kind[number]], int(self.first[number]), int(self.stop[number]))

    def apart(self, number: int, weeks: int) -> npt.NDArray[np.bool_]:
        """Return which candidates (c,) tell something else than a chosen one.

        A time that passes shares no week with another, and a step is `weeks` away from every edge.
        """
        first, stop = self.first[number], self.stop[number]
        clear = np.minimum(np.abs(self.first - first), np.abs(self.first - stop)) >= weeks
        beside = (self.first >= stop) | (self.stop <= first) | (self.kind[number] != 2)
        found: npt.NDArray[np.bool_] = np.where(self.kind == 2, beside, clear)
        return found


def noise(week: npt.NDArray[np.int64], residual: Floats, looking: Looking) -> tuple[float, float]:
    """Return (w, a), the standard deviations of the noise of a week and of that with memory, from `residual` (m,).

    Half the variance of differences over k weeks is w² + a² (1 - phi^k); k = 1 and 4 tell both.
    """
    grid = np.full(int(week[-1]) + 1, np.nan)
    grid[week] = residual
    one, four = (_spread(grid[k:] - grid[:-k]) ** 2 / 2 for k in (1, 4))
    phi = float(np.exp(-1.0 / looking.memory_w))
    memory = max((four - one) / (phi - phi**4), looking.least_memory_sd**2)
    own = max(one - memory * (1 - phi), looking.least_week_sd**2)
    return float(np.sqrt(own)), float(np.sqrt(memory))


def _spread(values: Floats) -> float:
    """Return a standard deviation that a few changes hardly move, but heavy tails do."""
    known = values[~np.isnan(values)]
    if len(known) < 8:
        return 0.0
    low, first, third, high = np.quantile(known, (0.1, 0.25, 0.75, 0.9))
    return float(max((high - low) / _DECILES, (third - first) / _QUARTILES))


def whitener(week: npt.NDArray[np.int64], sizes: tuple[float, float], looking: Looking) -> Floats:
    """Return the inverse Cholesky factor (m, m) of the covariance of the module's head."""
    apart = np.abs(week[:, None] - week[None, :])
    phi = np.exp(-1.0 / looking.memory_w)
    covariance = sizes[0] ** 2 * np.eye(len(week)) + sizes[1] ** 2 * phi**apart
    covariance += looking.season_sd**2 * np.cos(2 * np.pi * apart / YEAR_W)
    covariance += looking.drift_sd**2 * np.minimum(week[:, None], week[None, :]) / YEAR_W
    found: Floats = np.linalg.inv(np.linalg.cholesky(covariance))
    return found


def search(root: Floats, week: npt.NDArray[np.int64], residual: Floats, nuisance: Floats, looking: Looking) -> Found:
    """Return the changes of `residual` (m,) beside `nuisance` (m, p); `root` whitens."""
    candidates = _Candidates.of(len(week), looking)
    limit = np.array([looking.step, looking.slope, looking.temporary])[candidates.kind]
    base = np.linalg.qr(root @ nuisance)[0]
    y = _off(base, root @ residual)
    # whitened steps at every row (the last is empty): a time that passes is the difference of two of them
    steps = _off(base, np.concatenate([np.cumsum(root[:, ::-1], axis=1)[:, ::-1], np.zeros((len(week), 1))], axis=1))
    at = candidates.first[candidates.kind == 1]
    slopes = _off(base, root @ np.maximum(0.0, (week[:, None] - week[at]) / YEAR_W))
    floor = 1e-6 * np.maximum(_power(candidates, steps, slopes), 1e-12)
    allowed, chosen = np.ones(len(limit), dtype=bool), list[int]()
    left, free_steps, free_slopes = y, steps, slopes
    while len(chosen) < looking.most:
        power = _power(candidates, free_steps, free_slopes)
        product = _pairs(candidates, free_steps.T @ left, free_slopes.T @ left)
        ratio = np.where(allowed & (power > floor), product**2 / np.maximum(power, floor), 0.0)
        best = int(np.argmax(ratio - limit))
        if ratio[best] <= limit[best]:
            break
        chosen.append(best)
        allowed &= candidates.apart(best, looking.least_weeks)
        unit = _whitened(candidates, best, free_steps, free_slopes)[:, None] / np.sqrt(power[best])
        left, free_steps, free_slopes = _off(unit, left), _off(unit, free_steps), _off(unit, free_slopes)
    columns = [_whitened(candidates, c, steps, slopes) for c in chosen]
    return _kept(y, columns, [candidates.shape(c) for c in chosen], limit[chosen], looking)


def _off(base: Floats, values: Floats) -> Floats:
    """Return `values` less their projection on the orthonormal columns of `base`."""
    found: Floats = values - base @ (base.T @ values)
    return found


def _pairs(candidates: _Candidates, of_steps: Floats, of_slopes: Floats) -> Floats:
    """Return (c,) a linear figure of every candidate from that of the steps (m + 1,) and of the slopes."""
    found = of_steps[candidates.first] - of_steps[candidates.stop]
    found[candidates.kind == 1] = of_slopes
    return found


def _power(candidates: _Candidates, steps: Floats, slopes: Floats) -> Floats:
    """Return the squared length (c,) of every candidate's whitened column."""
    gram = steps.T @ steps
    own, first, stop = np.diag(gram), candidates.first, candidates.stop
    found = own[first] + own[stop] - 2 * gram[first, stop]
    found[candidates.kind == 1] = (slopes**2).sum(axis=0)
    return np.maximum(found, 0.0)


def _whitened(candidates: _Candidates, number: int, steps: Floats, slopes: Floats) -> Floats:
    """Return the whitened column (m,) of one candidate."""
    if candidates.kind[number] == 1:
        found: Floats = slopes[:, number - int((candidates.kind == 0).sum())]
        return found
    difference: Floats = steps[:, candidates.first[number]] - steps[:, candidates.stop[number]]
    return difference


def _kept(y: Floats, columns: list[Floats], shapes: list[Shape], limit: Floats, looking: Looking) -> Found:
    """Return the chosen, by date, without those that the others have made needless or that are too small to tell."""
    left = list(range(len(columns)))
    while left:
        size, error = together(y, np.column_stack([columns[i] for i in left]))
        ratio = (size / error) ** 2
        spare = np.where(np.abs(size) < looking.smallest, -np.inf, ratio - limit[left])
        if spare.min() > 0:
            order = np.argsort([shapes[i].first for i in left], kind="stable")
            return Found(tuple(shapes[left[i]] for i in order), size[order], error[order], ratio[order])
        left.pop(int(spare.argmin()))
    nothing = np.zeros(0)
    return Found((), nothing, nothing, nothing)


def together(y: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Return least-squares sizes (q,) and standard errors (q,) of whitened columns (m, q)."""
    inverse = np.linalg.pinv(x.T @ x)
    return inverse @ (x.T @ y), np.sqrt(np.maximum(np.diag(inverse), 1e-18))
