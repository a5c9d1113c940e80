"""Bands of the real meters: each building's drift from the other buildings only, and the bands of sums of meters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from energy.model import Floats
from energy.savings.bands.calibration import FREEDOM, Pairs, calibrate, correlations, without
from energy.savings.bands.randoms import Seeds
from energy.savings.bands.uncertainty import band, draws
from energy.savings.baselines.drift import Drift
from tests.coverage.peers import half_width, ols_and_g14
from tests.coverage.real import SEED, SUMMED, Pair
from tests.coverage.score import LEVELS, Held, Row, row

OURS = "Energibok"
METHODS = (OURS, "Energibok without drift", "ASHRAE G14, lag one", "Naive least squares")
GROUPS = (("electricity", ("electricity",)), ("gas", ("heat",)), ("all", ("electricity", "heat")))


def left_out_drift(pairs: Pairs, building: str) -> dict[str, Drift]:
    """Return kind -> drift from the pairs of the other buildings, correlations too."""
    others = without(pairs, building)
    found = calibrate(others)
    within, between = correlations(others, found)
    site = max(within.used, between.used)
    return {
        kind: Drift(one["sd"], "övriga byggnader", FREEDOM, one["share"], site, between.used, one["kept"])
        for kind, one in found.items()
    }


def held(totals: Floats, metered: float, level: float) -> Held:
    """Return the band of draws of what should have been metered; the truth is what was."""
    found = band(totals / metered - 1.0, level)
    return Held(found.low, found.high, 0.0)


def _of_pair(pair: Pair, pairs: Pairs) -> dict[tuple[str, float], Held]:
    """Return (method, level) -> band of one pair."""
    drift = left_out_drift(pairs, pair.building)[pair.kind]
    pair = pair.keeping(drift.kept)
    ols, g14 = ols_and_g14(pair.model, pair.drivers, pair.trained, pair.hours)
    middle = pair.predicted_kwh / pair.metered_kwh - 1.0
    ours = pair.totals(drift)
    calm = pair.calm
    found = {}
    for level in LEVELS:
        found[OURS, level] = held(ours, pair.metered_kwh, level)
        found[METHODS[1], level] = held(calm, pair.metered_kwh, level)
        for method, sd in ((METHODS[2], g14), (METHODS[3], ols)):
            half = half_width(level, sd / pair.metered_kwh)
            found[method, level] = Held(middle - half, middle + half, 0.0)
    return found


def rows(real: Sequence[Pair], pairs: Pairs) -> list[Row]:
    """Return the table's rows of single meters, by carrier and together."""
    bands = [_of_pair(p, pairs) for p in real]
    found = []
    for name, kinds in GROUPS:
        chosen = [b for b, p in zip(bands, real, strict=True) if p.kind in kinds]
        found += [row(name, m, level, [b[m, level] for b in chosen]) for m in METHODS for level in LEVELS]
    return found


def summed(real: Sequence[Pair], pairs: Pairs, *, joint: bool) -> list[Row]:
    """Return the rows of sums: both meters of a building, and all meters of one kind as a portfolio, by year.

    A sum of meters is in shares: each meter counts alike, since else one hospital-sized house is the portfolio.
    """
    totals = {}
    for p in real:
        drift = left_out_drift(pairs, p.building)[p.kind]
        p = p.keeping(drift.kept)
        seeds = Seeds.of(SEED, p.building, f"{p.building}/{p.kind}")
        if not joint:
            seeds = Seeds(seeds.meter, seeds.meter, seeds.meter)
            drift = replace(drift, within_site=0.0, between_sites=0.0)
        model = replace(p.model, drift=drift.wider(p.step_sd))
        drawn = draws(model, p.drivers, SUMMED, seeds, start_utc=p.hours)["energy_kwh"]
        totals[p.building, p.kind, p.year] = drawn[p.known].sum(axis=0) / p.metered_kwh - 1.0
    found = []
    for level in LEVELS:
        sites = []
        for building, kind, year in totals:
            other = totals.get((building, "heat", year))
            if kind == "electricity" and other is not None:
                sites.append((totals[building, kind, year] + other) / 2)
        houses = [
            np.mean([t for (_, k, y), t in totals.items() if (k, y) == key], axis=0) for key in _portfolios(totals)
        ]
        method = f"{OURS}, drawn {'jointly' if joint else 'independently'}"
        for name, sums in (("site: a building's two meters", sites), ("portfolio: all of one carrier", houses)):
            ends = [band(s, level) for s in sums]
            found.append(row(name, method, level, [Held(e.low, e.high, 0.0) for e in ends]))
    return found


def _portfolios(totals: dict[tuple[str, str, int], Floats]) -> list[tuple[str, int]]:
    return sorted({(kind, year) for _, kind, year in totals})
