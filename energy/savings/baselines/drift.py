"""Year-to-year change of a building's level without any project: the dated table, and how bands are made of it.

Every whole-building baseline is some per cent off one year on, whatever the model; a band without this is too narrow.
How the table is derived is in `calibration`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

from energy.model import Floats

KIND = {"electricity": "electricity", "district_heating": "heat", "gas": "heat"}
_WIDEST = 6.0  # scales at most: a draw further out is no change of the same building


@dataclass(frozen=True)
class Drift:
    """The change of level from one year to the next without a project, and the source that the reader is shown.

    `sd` of the yearly change as a share of the level; `freedom` degrees of freedom of its Student's t, infinite for a
    normal one; `share` of the model's own spread that is error of the next year's level (the rest repeats every
    season); `kept` how much of a step of level within the training the next year is expected to keep; `within_site`
    correlation of the changes of two meters of one site, `between_sites` of two sites.
    """

    sd: float
    source: str
    freedom: float = np.inf
    share: float = 1.0
    within_site: float = 0.0
    between_sites: float = 0.0
    kept: float = 1.0

    def wider(self, sd: float) -> Drift:
        """Return the drift with an independent change of standard deviation `sd` beside it, as a share of the level."""
        return replace(self, sd=float(np.hypot(self.sd, sd)))

    def sizes(self, rng: np.random.Generator, count: int) -> Floats:
        """Return the size of each draw's steps (count,), of mean square about 1: normal / chi is Student's t."""
        if not np.isfinite(self.freedom):
            return np.ones(count)
        t = np.sqrt(self.freedom / rng.chisquare(self.freedom, count))
        found: Floats = np.minimum(t, _WIDEST) * np.sqrt((self.freedom - 2) / self.freedom)
        return found


@lru_cache(maxsize=8)
def packaged_drift(carrier: str | None = None) -> Drift:
    """Return the drift of the packaged table drift.toml for a carrier; what suits all where it is not among them."""
    data = tomllib.loads(files("energy.savings.baselines").joinpath("drift.toml").read_text(encoding="utf-8"))
    return drift_of(data, KIND.get(carrier or "", "all"))


def drift_of(data: dict[str, Any], kind: str) -> Drift:
    """Return the drift of a read table for electricity, heat or all."""
    row = data[kind]
    return Drift(
        sd=float(row["sd"]),
        source=str(data["source"]),
        freedom=float(data["freedom"]),
        share=float(row["share"]),
        within_site=float(data["correlation"]["within_site"]),
        between_sites=float(data["correlation"]["between_sites"]),
        kept=float(row["kept"]),
    )
