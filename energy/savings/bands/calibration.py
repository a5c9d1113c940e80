"""How the drift table is derived: placebo pairs of many meters in, drift by carrier out, tested on other buildings.

A placebo pair is a meter trained on one year and predicted another without a project. Its relative miss is the sum of
two independent parts: `share` times the model's own spread (normal), and drift (Student's t with `FREEDOM` degrees of
freedom). Both unknowns are found from their posterior on a grid (flat in the share and in the log of the scale), for
all meters and for each carrier, and a carrier's are pooled towards those of all: n buildings count n/(n + POOL).
Before them `kept` is found, how much of the step of level that `level` saw the next year keeps: the posterior mean on a
grid, the size of Student's t integrated out, with a prior that believes the step (1 ± KEPT_PRIOR_SD).

References
----------
Lange, Little & Taylor (1989), JASA 84: Student's t as a scale mixture for data with a few large changes. Gelman et al.,
Bayesian Data Analysis (2013) §5: partial pooling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from math import erf
from typing import Any

import numpy as np
import numpy.typing as npt

from energy.model import Floats

FREEDOM = 3  # of 3, 4 and 5 the one whose 90 % bands of left-out buildings have the lowest interval score
POOL = 6.0  # buildings that the meters of all carriers count for, when one carrier's drift is found
KINDS = ("electricity", "heat")
KEPT_PRIOR_SD = 0.5  # the step is the best guess of its own model, which may be wrong by half in either direction
_KEPT = np.linspace(0.0, 2.0, 41)
_SHARES = np.linspace(0.0, 1.25, 11)
_SCALES = np.geomspace(0.01, 0.25, 65)
_NODES = 24
_DECIMALS = {"sd": 4, "share": 3, "kept": 2}


@dataclass(frozen=True)
class Pairs:
    """Placebo pairs (n,): building, kind ("electricity" or "heat") and the first year of training of each.

    `change` metered / predicted - 1; `model_sd` the model's own spread of that ratio without drift; `step_sd` what a
    step within the training year adds to the drift. `level_step` the step of level within what is predicted, as a share
    of the rest of it, and `level_sd` the part of `model_sd` that is doubt about it, both as if the whole step is kept.
    """

    building: npt.NDArray[np.str_]
    kind: npt.NDArray[np.str_]
    year: npt.NDArray[np.int64]
    change: Floats
    model_sd: Floats
    step_sd: Floats
    level_step: Floats
    level_sd: Floats

    def where(self, chosen: npt.NDArray[np.bool_]) -> Pairs:
        """Return some of the pairs."""
        return Pairs(*(getattr(self, f.name)[chosen] for f in fields(self)))

    def keeping(self, kept: Floats | float) -> Pairs:
        """Return the pairs as they are when the next year keeps the share `kept` (n,) of the step of level."""
        change = (1 + self.change) * (1 + self.level_step) / (1 + kept * self.level_step) - 1
        rest = self.model_sd**2 - (1 - np.square(kept)) * self.level_sd**2
        return replace(self, change=change, model_sd=np.sqrt(np.maximum(rest, 0.0)))


def _chi_roots() -> Floats:
    """Return sqrt(FREEDOM / chi²) at the middles of _NODES equal parts of chi².

    With three degrees of freedom F(x) = erf(sqrt(x/2)) - sqrt(2x/pi) e^(-x/2).
    """
    wanted = (np.arange(_NODES) + 0.5) / _NODES
    low, high = np.zeros(_NODES), np.full(_NODES, 60.0)
    for _ in range(60):
        middle = (low + high) / 2
        below = np.vectorize(erf)(np.sqrt(middle / 2)) - np.sqrt(2 * middle / np.pi) * np.exp(-middle / 2) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    found: Floats = np.sqrt(FREEDOM / high)
    return found


_W = _chi_roots()


def _best(pairs: Pairs) -> tuple[float, float]:
    """Return (share, scale of Student's t): roots of their mean squares over the posterior on the grid.

    With few buildings the scale is uncertain, and a band for another building must hold that doubt too.
    """
    squares = (pairs.change**2)[:, None, None]
    model = (_SHARES[:, None] * pairs.model_sd[:, None, None]) ** 2  # (n, shares, 1)
    step = pairs.step_sd[:, None, None] ** 2 * (FREEDOM - 2) / FREEDOM
    logs = np.zeros((len(_SHARES), len(_SCALES)))
    for i in range(len(_SCALES)):  # a scale at a time keeps the arrays small
        variance = model + (_SCALES[i] ** 2 + step) * _W**2 + 1e-8
        density = (np.exp(-squares / (2 * variance)) / np.sqrt(variance)).mean(axis=2)
        logs[:, i] = np.log(density).sum(axis=0)
    weight = np.exp(logs - logs.max())
    weight /= weight.sum()
    share, scale = (weight * _SHARES[:, None] ** 2).sum(), (weight * _SCALES**2).sum()
    return float(np.sqrt(share)), float(np.sqrt(scale))


def _kept(pairs: Pairs) -> float:
    """Return the posterior mean of the share of the step of level that the next year keeps."""
    ratio = (1 + pairs.change) * (1 + pairs.level_step)  # metered by what is predicted without the step
    change = ratio / (1 + _KEPT[:, None] * pairs.level_step) - 1
    scale = _SCALES[:, None, None]
    tail = np.log1p((change / scale) ** 2 / FREEDOM)
    logs = -(np.log(scale) + (FREEDOM + 1) / 2 * tail).sum(axis=2) - 0.5 * ((_KEPT - 1) / KEPT_PRIOR_SD) ** 2
    weight = np.exp(logs - logs.max()).sum(axis=0)
    return float(weight @ _KEPT / weight.sum())


def _settled(pairs: Pairs, found: dict[str, dict[str, float]]) -> Pairs:
    """Return the pairs with each carrier's `kept`."""
    return pairs.keeping(np.array([found[k]["kept"] for k in pairs.kind]))


def calibrate(pairs: Pairs) -> dict[str, dict[str, float]]:
    """Return kind -> {sd, share, kept} for "all" and each of KINDS; a kind without pairs takes those of all."""
    kept = {"all": _kept(pairs)}
    for kind in KINDS:
        mine = pairs.where(pairs.kind == kind)
        kept[kind] = _kept(mine) if len(mine.change) else kept["all"]
    pairs = _settled(pairs, {kind: {"kept": one} for kind, one in kept.items()})
    share, scale = _best(pairs)
    found = {"all": (share, scale)}
    for kind in KINDS:
        mine = pairs.where(pairs.kind == kind)
        n = len(np.unique(mine.building))
        own = _best(mine) if n else (share, scale)
        weight = n / (n + POOL)
        log_scale = weight * np.log(own[1]) + (1 - weight) * np.log(scale)
        found[kind] = (weight * own[0] + (1 - weight) * share, float(np.exp(log_scale)))
    to_sd = np.sqrt(FREEDOM / (FREEDOM - 2))
    return {kind: {"sd": float(s * to_sd), "share": float(a), "kept": kept[kind]} for kind, (a, s) in found.items()}


def without(pairs: Pairs, building: str) -> Pairs:
    """Return the pairs of the other buildings: all meters of a building leave together."""
    return pairs.where(pairs.building != building)


@dataclass(frozen=True)
class Correlation:
    """Correlation of the changes of two meters: the estimate, its standard error and the number of pairs of meters."""

    estimate: float
    error: float
    count: int

    @property
    def used(self) -> float:
        """Return what bands use: one standard error above the estimate, since too low makes a sum too narrow."""
        return float(np.clip(self.estimate + self.error, 0.0, 0.95))


def correlations(pairs: Pairs, found: dict[str, dict[str, float]]) -> tuple[Correlation, Correlation]:
    """Return the correlation (within a building, between buildings) of the changes of the earliest year of training.

    Changes are standardised by their band's size and cut at ±2.5, so that one rebuilt house does not decide. Between
    buildings: the mean product over all pairs of buildings, its error by leaving one building out (Efron & Stein 1981).
    """
    one = _settled(pairs.where(pairs.year == pairs.year.min()), found)
    sd = np.array([found[k]["sd"] for k in one.kind])
    share = np.array([found[k]["share"] for k in one.kind])
    unit = np.clip(one.change / np.sqrt(sd**2 + (share * one.model_sd) ** 2 + one.step_sd**2), -2.5, 2.5)
    unit /= np.sqrt(np.mean(unit**2))
    groups = [unit[one.building == b] for b in np.unique(one.building)]
    within = np.array([g[0] * g[1] for g in groups if len(g) == 2])
    means = np.array([g.sum() for g in groups])
    left = np.array([_between(np.delete(means, i)) for i in range(len(means))])
    error = float(np.sqrt((len(left) - 1) * left.var()))
    size = float(np.std(within, ddof=1) / np.sqrt(len(within))) if len(within) > 1 else 1.0
    middle = float(within.mean()) if len(within) else 0.0
    return Correlation(middle, size, len(within)), Correlation(_between(means), error, len(means))


def _between(sums: Floats) -> float:
    """Return the mean product of two buildings, from the sums of each one's standardised changes."""
    n = len(sums)
    return float((sums.sum() ** 2 - (sums**2).sum()) / (n * (n - 1)))


def to_toml(pairs: Pairs, source: str, dated: str, how: Sequence[str]) -> str:
    """Return the text of drift.toml derived from placebo pairs."""
    found = calibrate(pairs)
    within, between = correlations(pairs, found)
    lines = [
        "# Year-to-year change of a building's level without any project. Written by `make coverage`; do not edit.",
        "# sd: standard deviation as a share of the level (Student's t); share: of the model's own spread that counts;",
        "# kept: of a step of level within the training, what the next year is expected to keep.",
        f"freedom = {FREEDOM}",
        f"dated = {dated}",
        f'source = "{source}"',
        f"pairs = {len(pairs.change)}",
        f"buildings = {len(np.unique(pairs.building))}",
        'how = """',
        *how,
        '"""',
    ]
    for kind in ("all", *KINDS):
        lines += ["", f"[{kind}]", *(f"{name} = {found[kind][name]:.{n}f}" for name, n in _DECIMALS.items())]
    lines += ["", "# two meters of a building, and of two buildings; bands use the estimate and one standard error"]
    lines += ["[correlation]", f"within_site = {max(within.used, between.used):.2f}"]
    lines += [f"between_sites = {between.used:.2f}"]
    for name, one in (("within_site", within), ("between_sites", between)):
        lines += [f"{name}_estimate = {one.estimate:.2f}", f"{name}_error = {one.error:.2f}"]
        lines += [f"{name}_count = {one.count}"]
    return "\n".join(lines) + "\n"


def table_of(found: dict[str, dict[str, float]], source: str, like: dict[str, Any]) -> dict[str, Any]:
    """Return a table as `drift.drift_of` reads it, with the correlations and degrees of freedom of `like`."""
    return {**like, **found, "source": source}
