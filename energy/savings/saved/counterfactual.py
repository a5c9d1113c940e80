"""What would have been metered without the project: draws in the reporting period, the meter itself before it.

Excluded hours (event ledger, or an operating state never seen in training) take the metered value: no saving there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from energy.calendar import Instants
from energy.errors import InsufficientData
from energy.model import Floats, Load
from energy.savings.bands.randoms import Seeds
from energy.savings.bands.uncertainty import draws
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.frozen import Baseline
from energy.savings.baselines.sufficiency import NOT_ASSESSED, Bools, Extrapolation, extrapolation
from energy.savings.saved.loads import QUANTITIES, map_load
from energy.tariffs.period import QUANTITY_SV


@dataclass(frozen=True)
class Counterfactual:
    """A metering point with and without the project.

    `actual` (k = 1) and `load` (k draws) on the same hours (n,); `reporting` (n,) hours of the reporting period;
    `excluded` (n,) hours where no saving is credited; `reason` why there is no figure, or None; `extrapolation` of the
    reporting hours (None for a meter that the project brought). `unfit` quantity -> why the meter tells it and the
    counterfactual does not: its cost components cannot be assessed, the others can.
    """

    actual: Load
    load: Load
    reporting: Bools
    excluded: Bools
    extrapolation: Extrapolation | None
    reason: str | None = None
    unfit: Mapping[str, str] = field(default_factory=dict)

    @property
    def hours_excluded(self) -> int:
        """Return the number of reporting hours without credited saving."""
        return int((self.excluded & self.reporting).sum())


def counterfactual(
    actual: Load,
    baseline: Baseline,
    drivers: Drivers,
    reporting_start: np.datetime64,
    *,
    excluded: Bools | None = None,
    count: int = 200,
    seed: int | Seeds = 1,
) -> Counterfactual:
    """Return the metering point with and without the project, from `reporting_start` to the end of `actual`.

    Before it the counterfactual is the meter, so that rolling power windows see what was metered. `excluded` (n,) hours
    that the event ledger takes out. Where the meter is NaN in the reporting period, the counterfactual still is a
    figure; sums over hours known to both are made in `avoided`. Metering points with `Seeds` of the same facility are
    drawn jointly; with different ints their draws are independent. Raises ValueError when the drivers lack hours.
    """
    hours = actual.start_utc.astype("datetime64[s]")
    reporting = hours >= reporting_start.astype("datetime64[s]")
    outside = _extrapolation(baseline, drivers, hours[reporting])
    reason = baseline.disqualified or outside.reason
    out = np.zeros(len(hours), dtype=bool) if excluded is None else excluded.copy()
    out[reporting] |= outside.unseen
    found = {} if reason else draws(baseline, drivers, count, seed, start_utc=hours[reporting])
    load = map_load(actual, lambda q, metered: _joined(metered, found.get(q), reporting, out, count), hours)
    unfit = {} if reason else _unfit(actual, baseline)
    return Counterfactual(replace(actual, start_utc=hours), load, reporting, out, outside, reason, unfit)


def brought_by_project(actual: Load, reporting_start: np.datetime64) -> Counterfactual:
    """Return a metering point that would not exist without the project: its counterfactual is no load, k = 1."""
    hours = actual.start_utc.astype("datetime64[s]")
    reporting = hours >= reporting_start.astype("datetime64[s]")
    load = map_load(actual, lambda _, metered: np.zeros_like(metered), hours)
    return Counterfactual(replace(actual, start_utc=hours), load, reporting, np.zeros(len(hours), dtype=bool), None)


def _unfit(actual: Load, baseline: Baseline) -> dict[str, str]:
    """Return quantity -> why it has no counterfactual, for what the meter tells."""
    words: Mapping[str, str] = {str(name): word for name, word in QUANTITY_SV.items()}
    told = [q for q in QUANTITIES if getattr(actual, q) is not None]
    unknown = {q: f"{NOT_ASSESSED}{words[q]} ingår inte i baslinjen" for q in told if q not in baseline.targets}
    poor = {
        q: f"{NOT_ASSESSED}{words.get(q, q)}: {why.removeprefix(NOT_ASSESSED)}"
        for q, why in baseline.unfit_targets.items()
    }
    return unknown | poor


def _extrapolation(baseline: Baseline, drivers: Drivers, hours: Instants) -> Extrapolation:
    if not len(hours):
        raise InsufficientData("kan inte bedömas: rapportperioden har inga timmar")
    period = drivers.during(hours)
    return extrapolation(baseline.temperature_range_c, baseline.calendar_ranges, period, baseline.limits)


def _joined(metered: Floats, drawn: Floats | None, reporting: Bools, excluded: Bools, count: int) -> Floats:
    """Return (n, k): the meter before the reporting period and in excluded hours, the draws else, NaN without draws."""
    joined = np.repeat(metered, count, axis=1)
    joined[reporting] = np.nan if drawn is None else drawn
    joined[excluded] = metered[excluded]
    return joined
