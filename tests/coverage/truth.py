"""The public page docs/known-savings.md: savings and avoided cost whose truth is known, because it was simulated."""

from __future__ import annotations

import sys

from energy.savings.baselines.frozen import VERSION
from tests.savings import known, known_cost

PAGE = """# Are savings found as large as they are?

Written by `python -m tests.coverage --truth`, {dated}, by the code of the product ({model}); do not edit. Where
both years are simulated, what would have been used without the project is known. The mean error tells whether the
method is biased, the shares held whether its bands are honest: the standard error of a share of 90 % is about 4 points
with 50 facilities, 7 with 20.

## Avoided energy

{number} facilities by [tests/savings/known.py](../tests/savings/known.py), a generator that neither the model nor the
demonstration has made: heat from two masses, sun, set-back and hot water; electricity from opening hours, daylight and
cooling. All with noise of a month's memory ({noise:.0f} % of the load), a drift between the years ({drift:.0f} %, told
to the bands) and two to three weeks closed in each year. The project scales the load or reshapes it. Errors and
half-widths in % of the baseline year's use.

{energy}

## Avoided cost

{costed} facilities a row by [tests/savings/known_cost.py](../tests/savings/known_cost.py), through the whole of
Göteborg Energi's price list for companies of 2024: energy, billed power, return temperature. The project takes base
load and warms the return. The truth is the difference of the bills of the two loads the generator made. Errors and
half-widths in % of the whole true baseline cost.

{cost}

Billed power by the draws is {demand} of its own cost off in the mean. Were the mean prediction billed instead, it would
be {billed} off: peaks of a smooth series are too low.
"""


def text(number: int, costed: int, dated: str) -> str:
    """Return the page from `number` facilities of known energy and `costed` of known cost."""
    energy = known.experiment(number, told=_progress)
    found = {}
    for drift in known_cost.DRIFTS:
        _progress(f"avoided cost, drift {drift:.0%}")
        found[drift] = known_cost.known_cost(range(200, 200 + costed), drift_sd=drift)
    return PAGE.format(
        dated=dated,
        number=number,
        costed=costed,
        model=VERSION,
        noise=100 * known.NOISE,
        drift=100 * known.DRIFT_SD,
        energy=known.told(energy),
        cost=known_cost.told(found),
        demand=" and ".join(f"{r.demand_error_pct:+.1f} %" for r in found.values()),
        billed=" and ".join(f"{r.mean_billed_pct:+.1f} %" for r in found.values()),
    )


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
