"""What a project has cost: components, their purchases over the horizon, depreciation, and the internal interest.

Turns of the year are counted from the one before the first full year of operation (turn 0). What was bought before it
is paid at the end of its year, what is bought later at the beginning of its year. A component that wears out before
the horizon ends is bought again at the same price, without subsidy; the book value left at the horizon comes back.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from energy.errors import SettingsError
from energy.model import Floats
from energy.swedish import sv_short

ALL = "all"
_FILE = "energibok.toml"


@dataclass(frozen=True)
class Component:
    """What one cost bearer paid for one part of a project: `amount_sek` gross, `subsidy_sek` of it from others.

    Raises SettingsError for a negative amount, a subsidy above it, or a life under a year.
    """

    cost_bearer: str
    amount_sek: float
    subsidy_sek: float
    year: int
    lifetime_years: int
    name: str = ""

    def __post_init__(self) -> None:
        if not self.cost_bearer or self.cost_bearer == ALL:
            raise SettingsError.from_key(_FILE, "investment.cost_bearer", self.cost_bearer, f"ett namn, inte «{ALL}»")
        if not (math.isfinite(self.amount_sek) and self.amount_sek >= 0):
            raise SettingsError.from_key(_FILE, "investment.amount_sek", self.amount_sek, "ett belopp, minst 0")
        if not 0 <= self.subsidy_sek <= self.amount_sek:
            allowed = f"0 till investeringen, {sv_short(self.amount_sek)}"
            raise SettingsError.from_key(_FILE, "investment.subsidy_sek", self.subsidy_sek, allowed)
        if self.lifetime_years < 1:
            raise SettingsError.from_key(_FILE, "investment.lifetime_years", self.lifetime_years, "minst 1 år")

    @property
    def net_sek(self) -> float:
        """Return what the bearer pays itself [SEK]."""
        return self.amount_sek - self.subsidy_sek


@dataclass(frozen=True)
class InternalInterest:
    """Internal interest [share a year] of the years in `by_year`, and `later` for years after them (None: unknown)."""

    by_year: Mapping[int, float]
    source: str
    later: float | None = None

    def __post_init__(self) -> None:
        for found in (*self.by_year.values(), 0.0 if self.later is None else self.later):
            if not -1 < found < 1:
                raise SettingsError.from_key(_FILE, "internal_interest", found, "en andel per år, som 0,025 för 2,5 %")

    def rates(self, years: Iterable[int]) -> Floats:
        """Return the rate of each year (n,) [share a year]; NaN for a year without one."""
        last = max(self.by_year, default=-1)
        unknown = math.nan if self.later is None else self.later
        return np.array([self.by_year.get(y, unknown if y > last else math.nan) for y in years], dtype=np.float64)

    def missing(self, years: Iterable[int]) -> str | None:
        """Return the Swedish reason that names the years without a rate, None when all have one."""
        wanted = list(years)
        lacking = [year for year, rate in zip(wanted, self.rates(wanted), strict=True) if np.isnan(rate)]
        if not lacking:
            return None
        return (
            f"kan inte bedömas: internränta saknas för {_spans(lacking)} ({self.source}). "
            "Ange projektets eller kommunens egen ränta."
        )


def own_interest(rate: float) -> InternalInterest:
    """Return the project's own internal interest [share a year], the same every year."""
    return InternalInterest({}, f"egen ränta {percent(rate)} alla år", rate)


def held(known: InternalInterest) -> InternalInterest:
    """Return the table with its last known rate for every later year, and its source saying so: an assumption."""
    last = max(known.by_year)
    rate = known.by_year[last]
    text = f"{known.source}; antagande: {percent(rate)}, räntan för {last}, även för senare år"
    return InternalInterest(known.by_year, text, rate)


def published_interest() -> InternalInterest:
    """Return the internal interest SKR has proposed, from economics_data.toml; years not found are absent."""
    data = packaged()
    return InternalInterest({row["year"]: row["percent"] / 100 for row in data["internal_interest"]}, data["source"])


@cache
def packaged() -> Mapping[str, Any]:
    """Return economics_data.toml as it is."""
    return tomllib.loads(files("energy.savings.economy").joinpath("economics_data.toml").read_text(encoding="utf-8"))


def percent(rate: float) -> str:
    """Return a share as Swedish text, «2,5 %»."""
    return f"{sv_short(100 * rate, 4)} %"


def _spans(years: Sequence[int]) -> str:
    """Return «2015, 2026-2040»."""
    spans: list[list[int]] = []
    for year in sorted(years):
        if spans and year == spans[-1][-1] + 1:
            spans[-1] = [spans[-1][0], year]
        else:
            spans.append([year])
    return ", ".join("-".join(str(y) for y in span) for span in spans)


@dataclass(frozen=True)
class Capital:
    """Purchases and books of some components. (n,) turns of the year, of which `before` are earlier than turn 0.

    `first_sek` first purchases net of subsidy, `again_sek` purchases again, `again_book_sek` the book value of those at
    each turn after what is bought then, (n,); `residual_sek` the book value of everything at the last turn.
    `depreciation_sek` and `book_value_sek` (at the year's beginning, purchases included) are per year (h,).
    """

    before: int
    first_sek: Floats
    again_sek: Floats
    again_book_sek: Floats
    residual_sek: float
    depreciation_sek: Floats
    book_value_sek: Floats


def horizon_years(components: Sequence[Component], first_full_year: int, given: int | None = None) -> int:
    """Return the years to look at: as given, else to the end of the longest-lived component; 0 without either.

    Raises SettingsError when a component is bought after the given horizon has ended.
    """
    if given is not None and (given < 1 or any(c.year >= first_full_year + given for c in components)):
        allowed = "minst 1 år, och så många att varje komponent hinner köpas"
        raise SettingsError.from_key(_FILE, "horizon_years", given, allowed)
    if given is not None:
        return given
    ends = [max(c.year, first_full_year) + c.lifetime_years for c in components]
    return max(ends, default=first_full_year) - first_full_year


def turns_before(components: Sequence[Component], first_full_year: int) -> int:
    """Return how many years before turn 0 the first purchase was paid."""
    return max([first_full_year - 1 - c.year for c in components if c.year < first_full_year], default=0)


def capital(
    components: Sequence[Component], first_full_year: int, horizon: int, before: int, purchase_change: float = 0.0
) -> Capital:
    """Return purchases, linear depreciation and book values of the components over `horizon` years.

    `purchase_change` [share a year] moves the price of what is bought again. Depreciation begins the first full year,
    or the year of purchase where that is later. Source of the method: RKR R4, component depreciation.
    """
    turns, years = np.arange(before + horizon + 1) - before, np.arange(horizon)
    first, again, again_book = (np.zeros(len(turns)) for _ in range(3))
    depreciation, book, residual = np.zeros(horizon), np.zeros(horizon), 0.0
    for one in components:
        start = max(0, one.year - first_full_year)
        paid_at = one.year - first_full_year + (1 if one.year < first_full_year else 0)
        first[before + paid_at] += one.net_sek
        for begins in range(start, horizon, one.lifetime_years):
            bought_again = begins > start
            cost = one.amount_sek * (1 + purchase_change) ** (begins - start) if bought_again else one.net_sek
            in_use = (years >= begins) & (years < begins + one.lifetime_years)
            depreciation[in_use] += cost / one.lifetime_years
            book[in_use] += cost * (1 - (years[in_use] - begins) / one.lifetime_years)
            residual += cost * max(0.0, 1 - (horizon - begins) / one.lifetime_years)
            if bought_again:
                again[before + begins] += cost
                left = cost * np.clip(1 - (turns - begins) / one.lifetime_years, 0.0, 1.0)
                again_book += np.where(turns >= begins, left, 0.0)
    return Capital(before, first, again, again_book, residual, depreciation, book)
