"""Arithmetic of cash flows in draws: annuity, discounting, net present value, rate of return, payback.

Flows are (n, k): n turns of the year, one year apart, k draws. Nothing here knows of components or cost bearers.

References
----------
Brealey, Myers and Allen, Principles of Corporate Finance, ch. 5: net present value, payback, and the several roots a
rate of return may have when the sign of the flows changes more than once.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from energy.model import Floats

_LOG_RATES = np.linspace(np.log(0.01), np.log(1e4), 461)  # log(1 + rate): from -99 % to a million per cent
_HALVINGS = 60
_SLACK = 1e-9  # a flow that ends at nought but for rounding has paid back


def annuity_factor(rate: float, years: int) -> float:
    """Return the equal yearly payment [1/year] on a loan of 1 over `years` (>= 1) at `rate` (share, > -1)."""
    return 1.0 / years if rate == 0.0 else rate / -math.expm1(-years * math.log1p(rate))


def discount_factors(rates: Floats, before: int) -> Floats:
    """Return the value today of 1 at each turn of the year (n,), from rates of the n - 1 years between them (share).

    Today is turn number `before`; earlier turns are compounded, later ones discounted. NaN from an unknown rate on.
    """
    growth = 1.0 + rates
    earlier = np.cumprod(growth[:before][::-1])[::-1]
    later = 1.0 / np.cumprod(growth[before:])
    return np.concatenate([earlier, [1.0], later])


def internal_rate_of_return(flows: Floats) -> Floats:
    """Return the rate (k,) [share a year] at which the flows (n, k) are worth nothing.

    -inf where no rate above -99 % does it because the flows never come back, inf where no rate is high enough, NaN
    where a flow is NaN, where several rates do it, or where money comes first and is paid back later.
    All draws at once: signs on a grid of log(1 + rate), then bisection in the one cell where the sign changes.
    """
    known = ~np.isnan(flows).any(axis=0)
    values = _worth(np.where(known, flows, 0.0), _LOG_RATES[:, None])
    positive = values > 0.0
    crossing = positive[1:] != positive[:-1]
    at = crossing.argmax(axis=0)
    low, high = _LOG_RATES[at], _LOG_RATES[at + 1]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        above = _worth_each(flows, middle) > 0.0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    none = np.where(positive[0], np.inf, -np.inf)
    crossings = crossing.sum(axis=0)
    found = np.where(crossings == 0, none, np.where((crossings == 1) & positive[0], np.expm1((low + high) / 2), np.nan))
    return np.where(known, found, np.nan)


def _worth(flows: Floats, log_rates: Floats) -> Floats:
    """Return the present value (g, k) up to a positive factor per rate, so that no power overflows."""
    power = -log_rates * np.arange(len(flows))[None, :]
    found: Floats = np.exp(power - power.max(axis=1, keepdims=True)) @ flows
    return found


def _worth_each(flows: Floats, log_rates: Floats) -> Floats:
    """Return the present value (k,) up to a positive factor, each draw at its own rate (k,)."""
    power = -np.arange(len(flows))[:, None] * log_rates[None, :]
    found: Floats = (flows * np.exp(power - power.max(axis=0))).sum(axis=0)
    return found


def payback_years(balance: Floats, scale: float) -> Floats:
    """Return the years (k,) from turn 0 until the balance (h + 1, k) is nought or more for good.

    Linear within the year. inf where it still lacks money at the last turn, 0 where it never did, NaN where it is NaN.
    `scale` is the amount [SEK] against which rounding is judged.
    """
    last_turn = len(balance) - 1
    lacking = balance < -_SLACK * scale
    last = np.where(lacking.any(axis=0), last_turn - lacking[::-1].argmax(axis=0), -1)
    after: npt.NDArray[np.int64] = np.minimum(last + 1, last_turn)
    draws = np.arange(balance.shape[1])
    lacks, has = balance[np.maximum(last, 0), draws], balance[after, draws]
    step = np.where(has > lacks, has - lacks, 1.0)
    years = np.where(last < 0, 0.0, last + np.minimum(-lacks / step, 1.0))
    return np.where(np.isnan(balance).any(axis=0), np.nan, np.where(last == last_turn, np.inf, years))
