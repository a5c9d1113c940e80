"""The public page docs/coverage.md: the tables as text."""

from __future__ import annotations

from collections.abc import Sequence

from energy.savings.bands.calibration import FREEDOM, Pairs, calibrate, correlations
from tests.coverage.score import Row

HEAD = "| method | nominal | hold the truth | of | share | half-width, median | interval score |\n" + "| --- " * 7 + "|"
PAGE = """# Do the bands hold what they promise?

Written by `make coverage`, {dated}, by the code of the product; do not edit. A band of 90 % should hold the truth nine
times of ten, be narrow, and have a low interval score: its width, and 2/alpha for each unit missed, so that neither
width nor misses come free (Winkler 1972, JASA 67). All in % of the metered sum.

## Real meters

{count} placebo pairs of {meters} meters in {buildings} university buildings (EECi Cambridge), trained on 2018 and
predicted 2019, and the other way round, in a mirror: a model that is to tell the year before its training weighs its
beginning most and has the level of its beginning. No project is known, so the band of predicted less metered should
hold zero.
Each building's drift comes from the *other* buildings only. The others' bands are put on our own prediction, so that
only the band differs. Meters and years without a figure: {refused}.
{real}

The two directions of a pair are no independent tests: a building that changed, changed in both.

## Sums of meters

Each meter counts alike. Jointly: residuals of the same weeks, drift correlated as below. Seven buildings have two
meters, and a portfolio is one carrier in one year: few sums, so that the shares are coarse.
{sums}

## Simulated facilities

{facilities} facilities a scenario, of another generator than the demonstration's (tests/savings/simulated.py). The
product's own drift is that of real buildings, which drift more than these.
{simulated}

## The drift

Student's t with {freedom} degrees of freedom. `share` is how much of the model's own spread (coefficients, residual
months) is error of another year's sum: what is wrong with a season in one year is wrong with it in the next too.
`kept` is how much of a step of level that the model sees within the training the next year keeps (prior 1 ± 0.5).

| carrier | sd of a year's change | share | kept |
| --- | --- | --- | --- |
{drift}

Correlation of the changes of a building's two meters: {within} ({within_count} buildings), of two buildings:
{between}. Bands use the estimate and one standard error, {within_used} and {between_used}, since too little makes a
sum too narrow.
"""


def lines(rows: Sequence[Row]) -> str:
    """Return a table of each group."""
    found: list[str] = []
    for group in dict.fromkeys(r.group for r in rows):
        found += ["", f"**{group[0].upper()}{group[1:]}**", "", HEAD]
        found += [_line(r) for r in rows if r.group == group]
    return "\n".join(found)


def _line(r: Row) -> str:
    cells = (
        r.method,
        f"{100 * r.level:.0f} %",
        f"{r.held}",
        f"{r.count}",
        f"{r.coverage:.0f} %",
        f"{r.half_width:.1f} %",
        f"{r.interval_score:.1f}",
    )
    return f"| {' | '.join(cells)} |"


def text(
    real: Sequence[Row],
    sums: Sequence[Row],
    simulated: Sequence[Row],
    pairs: Pairs,
    refused: Sequence[str],
    dated: str,
    facilities: int,
) -> str:
    """Return the page."""
    found = calibrate(pairs)
    within, between = correlations(pairs, found)
    return PAGE.format(
        dated=dated,
        count=len(pairs.change),
        meters=len(set(zip(pairs.building, pairs.kind, strict=True))),
        buildings=len(set(pairs.building)),
        refused="; ".join(refused) or "none",
        real=lines(real),
        sums=lines(sums),
        facilities=facilities,
        simulated=lines(simulated),
        freedom=FREEDOM,
        drift="\n".join(
            f"| {k} | {100 * one['sd']:.1f} % | {one['share']:.2f} | {one['kept']:.2f} |" for k, one in found.items()
        ),
        within=f"{within.estimate:.2f} ± {within.error:.2f}",
        within_count=within.count,
        within_used=f"{max(within.used, between.used):.2f}",
        between=f"{between.estimate:.2f} ± {between.error:.2f}",
        between_used=f"{between.used:.2f}",
    )
