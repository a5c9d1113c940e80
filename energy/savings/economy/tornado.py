"""Which assumption matters: the net present value with one parameter at a time at its low and its high value.

The others stand at their central values, the saving at its mean. A range is stated by the caller, or it is the default
of economics_data.toml, told with its reason; the saving's own is its band.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from energy.errors import SettingsError
from energy.model import Floats
from energy.savings.bands.uncertainty import band
from energy.savings.economy.capital import ALL, Component, InternalInterest, horizon_years, packaged, turns_before
from energy.savings.economy.economics import Measured, cases_of
from energy.savings.economy.returns import LEVEL, NO_SAVING, Case, Span, Terms, net_present_value
from energy.swedish import sv

LABELS_SV: Mapping[str, str] = {
    "saving": "Besparingens storlek",
    "discount_rate": "Kalkylränta",
    "lifetime": "Livslängd",
    "investment": "Investering",
    "energy_price": "Energipris",
}
UNITS: Mapping[str, str] = {
    "saving": "SEK/år", "discount_rate": "procentenheter", "lifetime": "%", "investment": "%", "energy_price": "%",
}  # fmt: skip
_NO_BEARER = "en kostnadsbärare i projektet, eller «all»"


@dataclass(frozen=True)
class Range:
    """Low and high value of a parameter, in the unit of UNITS: a change, but for the saving its level [SEK/year]."""

    parameter: str
    low: float
    high: float
    reason: str

    def __post_init__(self) -> None:
        if self.parameter not in UNITS:
            raise SettingsError.from_key("tornado", "parameter", self.parameter, ", ".join(UNITS))
        floor = -math.inf if self.parameter == "saving" else -100.0
        if not floor < self.low <= self.high < math.inf:
            raise SettingsError.from_key("tornado", self.parameter, (self.low, self.high), "low <= high, båda tal")


@dataclass(frozen=True)
class Bar:
    """One parameter: its range and why, the net present values [SEK] there and at the centre; NaN with a reason."""

    parameter: str
    label: str
    low: float
    high: float
    unit: str
    npv_low_sek: float
    npv_high_sek: float
    npv_sek: float
    range_reason: str
    reason: str | None = None

    @property
    def span_sek(self) -> float:
        """Return how far the parameter moves the net present value [SEK]."""
        return abs(self.npv_high_sek - self.npv_low_sek)


def tornado(
    components: Sequence[Component],
    saving_sek_per_year: Mapping[str, Floats],
    terms: Terms,
    ranges: Sequence[Range] = (),
    bearer: str = ALL,
    measured: Measured | None = None,
    group: Case | None = None,
) -> list[Bar]:
    """Return one bar per parameter of UNITS, the widest first, for one bearer or the group.

    A range in `ranges` goes before the default. A longer life lengthens the horizon with it, unless the terms fix it.
    Years that are over (`measured`, `group`: as `economics`) move with the size of the saving, each to the same end of
    its own band, and not with the price of energy.
    Raises SettingsError for an unknown bearer or parameter.
    """
    case = next((c for c in cases_of(components, saving_sek_per_year, {}, measured, group) if c.bearer == bearer), None)
    if case is None:
        raise SettingsError.from_key("tornado", "cost_bearer", bearer, _NO_BEARER)
    unknown = case.reason or _span(components, terms).why_no_rate()
    chosen = {r.parameter: r for r in [*_defaults(case.saving), *ranges]}
    bars = [_bar(chosen[name], components, case, terms, unknown) for name in UNITS]
    return sorted(bars, key=lambda bar: (math.isnan(bar.span_sek), -bar.span_sek if bar.span_sek >= 0 else 0.0))


def _defaults(saving: Floats) -> list[Range]:
    """Return the ranges nobody stated; none for a saving that is not known."""
    table = packaged()["tornado"]
    moved = [Range(name, -row["half_range"], row["half_range"], row["reason"]) for name, row in table.items()]
    found = band(saving, LEVEL)
    known = found.reason is None
    words = f"besparingens eget band, {sv(100 * LEVEL)} %" if known else NO_SAVING
    return [Range("saving", found.low if known else 0.0, found.high if known else 0.0, words), *moved]


def _bar(stated: Range, components: Sequence[Component], case: Case, terms: Terms, unknown: str | None) -> Bar:
    values = [_npv(stated.parameter, at, components, case, terms) for at in (stated.low, stated.high)]
    centre = _npv("saving", float(case.saving.mean()), components, case, terms)
    if unknown:
        values, centre = [math.nan, math.nan], math.nan
    name = stated.parameter
    return Bar(
        name,
        LABELS_SV[name],
        stated.low,
        stated.high,
        UNITS[name],
        values[0],
        values[1],
        centre,
        stated.reason,
        unknown,
    )


def _npv(parameter: str, at: float, components: Sequence[Component], case: Case, terms: Terms) -> float:
    """Return the bearer's net present value [SEK] with one parameter moved, the saving at its mean."""
    saving = float(case.saving.mean())
    past = {year: np.array([_like(case.saving, at, drawn)]) for year, drawn in case.measured.items()}
    if parameter != "saving":
        past = {year: np.array([drawn.mean()]) for year, drawn in case.measured.items()}
    if parameter == "saving":
        saving = at
    elif parameter == "energy_price":
        saving *= 1 + at / 100
    elif parameter == "discount_rate":
        terms = _shifted(terms, at / 100)
    else:
        components = [_moved(c, parameter, at / 100) for c in components]
    mine = [c for c in components if case.bearer in (c.cost_bearer, ALL)]
    return float(
        net_present_value(Case(case.bearer, mine, np.array([saving]), measured=past), _span(components, terms))[0]
    )


def _like(saving: Floats, at: float, drawn: Floats) -> float:
    """Return the value that lies in the draws of a year as `at` lies in those of the saving, mean to mean."""
    mean = float(saving.mean())
    if at == mean or min(len(drawn), len(saving)) == 1:
        return float(drawn.mean())
    below = float((saving < at).mean())
    return float(np.quantile(drawn, below))


def _span(components: Sequence[Component], terms: Terms) -> Span:
    horizon = horizon_years(components, terms.first_full_year, terms.horizon_years)
    return Span(terms, horizon, turns_before(components, terms.first_full_year))


def _moved(component: Component, parameter: str, share: float) -> Component:
    """Return the component with another price, its subsidy the same, or another life in whole years."""
    if parameter == "investment":
        amount = component.amount_sek * (1 + share)
        return replace(component, amount_sek=amount, subsidy_sek=min(component.subsidy_sek, amount))
    years = round(component.lifetime_years * (1 + share), 9)
    return replace(component, lifetime_years=max(1, math.floor(years) if share < 0 else math.ceil(years)))


def _shifted(terms: Terms, points: float) -> Terms:
    """Return the terms with every discount rate moved."""
    if terms.discount_rate is not None:
        return replace(terms, discount_rate=terms.discount_rate + points)
    known = terms.interest
    later = None if known.later is None else known.later + points
    moved = {year: rate + points for year, rate in known.by_year.items()}
    return replace(terms, interest=InternalInterest(moved, known.source, later))
