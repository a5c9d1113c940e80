"""What a project gives a cost bearer: payback, net present value, rate of return, each with a band, and odds.

Capital is certain and the saving comes in draws (k,): what was measured in the years that are over, the same saving
every other year of the horizon but for a stated change of prices. Savings fall at the end of their year. Where the band
of the yearly saving holds nought there is no payback and no rate of return to show, only the odds of getting the money
back.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from energy.errors import SettingsError
from energy.model import Band, Floats
from energy.savings.bands.uncertainty import band
from energy.savings.economy.capital import Capital, Component, InternalInterest, capital
from energy.savings.economy.cashflow import annuity_factor, discount_factors, internal_rate_of_return, payback_years
from energy.swedish import sv

LEVEL = 0.90
NO_SAVING = "kan inte bedömas: besparingen är inte angiven eller inte känd"
_NO_INVESTMENT = "kan inte bedömas: ingen egen investering att betala tillbaka"
_NO_YEARS = "kan inte bedömas: varken investering eller kalkyltid är angiven"
_LOST = "saknar avkastning: pengarna kommer aldrig tillbaka"
_SLACK = 1e-9  # of the investment: a net present value of nought but for rounding
_NAN = float("nan")


@dataclass(frozen=True)
class Terms:
    """What the calculation assumes. Rates and changes are shares a year, 0.025 for 2.5 %.

    `discount_rate` None: discounted by the internal interest of each year. `price_change` moves the saving from the
    year `price_year` whose prices it is in (the first full year unless stated), `purchase_change` the price of what is
    bought again; both nought unless stated. `horizon_years` None: to the end of the longest-lived component. Raises
    SettingsError for a rate that is no such share.
    """

    first_full_year: int
    interest: InternalInterest
    discount_rate: float | None = None
    price_change: float = 0.0
    purchase_change: float = 0.0
    horizon_years: int | None = None
    price_year: int | None = None

    def __post_init__(self) -> None:
        for key in ("discount_rate", "price_change", "purchase_change"):
            found = getattr(self, key)
            if found is not None and not -1 < found < 1:
                raise SettingsError.from_key("energibok.toml", key, found, "en andel per år, som 0,025 för 2,5 %")


@dataclass(frozen=True)
class Span:
    """Horizon [years] and years `before` the first full one in which something was paid; the same for every bearer."""

    terms: Terms
    horizon: int
    before: int

    @property
    def years(self) -> range:
        """Return the calendar years of the horizon."""
        return range(self.terms.first_full_year, self.terms.first_full_year + self.horizon)

    @property
    def all_years(self) -> range:
        """Return the calendar years from the first payment."""
        return range(self.years.start - self.before, self.years.stop)

    def growth(self) -> Floats:
        """Return the prices of each year of the horizon (h,) as a multiple of those the saving is in."""
        since = self.years.start if self.terms.price_year is None else self.terms.price_year
        growth: Floats = (1 + self.terms.price_change) ** (
            np.arange(self.horizon, dtype=np.float64) + self.years.start - since
        )
        return growth

    def factors(self) -> Floats:
        """Return the discount factors (before + h + 1,), NaN from a year without a rate on."""
        rate, years = self.terms.discount_rate, self.all_years
        rates = self.terms.interest.rates(years) if rate is None else np.full(len(years), rate)
        return discount_factors(rates, self.before)

    def why_no_rate(self) -> str | None:
        """Return the Swedish reason why something cannot be discounted, None when it can."""
        return self.terms.interest.missing(self.all_years) if self.terms.discount_rate is None else None


@dataclass(frozen=True)
class Case:
    """One bearer: its components and its saving (k,) [SEK/year], NaN with a reason where it is not known.

    `measured`: a year that is over -> what was saved in it (k,) [SEK], in its own prices.
    """

    bearer: str
    components: Sequence[Component]
    saving: Floats
    reason: str | None = None
    measured: Mapping[int, Floats] = field(default_factory=dict)

    def saved(self, span: Span) -> Floats:
        """Return the saving of each year of the horizon (h, k) [SEK]."""
        known = [self.measured.get(y, g * self.saving) for y, g in zip(span.years, span.growth(), strict=True)]
        every = np.broadcast_arrays(*known, self.saving)[:-1]
        return np.stack(every) if every else np.zeros((0, len(self.saving)))

    def books(self, span: Span) -> Capital:
        """Return purchases and book values over the horizon."""
        terms = span.terms
        return capital(self.components, terms.first_full_year, span.horizon, span.before, terms.purchase_change)


@dataclass(frozen=True)
class Returns:
    """What the project gives one cost bearer, or the group ("all").

    Payback is counted from the beginning of the first full year and is inf in draws that do not pay back within the
    horizon; the rate of return is -inf where the money never comes back. Value is the median there, the mean in
    `npv_sek` and the saving, so that these sum over bearers. A band's `reason` beside a figure tells the share of such
    draws. Probabilities are None where there is nothing to pay back or the saving is not known.
    """

    cost_bearer: str
    investment_sek: float
    subsidy_sek: float
    saving_sek_per_year: Band
    simple_payback_years: Band
    discounted_payback_years: Band
    npv_sek: Band
    internal_rate_of_return_pct: Band
    probability_pays_back_within_life: float | None  # without interest
    probability_npv_positive: float | None  # the same with interest
    annuity_sek_per_year: float | None  # of the first purchases, where the discount rate is the same every year
    text: str


def returns_of(case: Case, span: Span) -> Returns:
    """Return the figures of one bearer."""
    factors, why_no_rate = span.factors(), span.why_no_rate()
    simple, discounted = (_payback(case, span, f) for f in (np.ones(len(factors)), factors))
    flows = _flows(case, span)
    npv: Floats = factors @ flows
    paid = float(sum(c.net_sek for c in case.components))
    idle = case.reason or (None if paid > 0 else _NO_INVESTMENT)
    unknown = case.reason or why_no_rate or (None if span.horizon else _NO_YEARS)
    never = f"betalar sig inte inom {span.horizon} år"
    odds = None if idle else float(np.isfinite(simple).mean())
    saving = band(case.saving, LEVEL, case.reason)
    unsure = idle or (_unsure(odds, span.horizon) if odds is not None and saving.low <= 0 < saving.high else None)
    return Returns(
        cost_bearer=case.bearer,
        investment_sek=float(sum(c.amount_sek for c in case.components)),
        subsidy_sek=float(sum(c.subsidy_sek for c in case.components)),
        saving_sek_per_year=saving,
        simple_payback_years=ordered_band(simple, never, unsure),
        discounted_payback_years=ordered_band(discounted, never, unsure or why_no_rate),
        npv_sek=band(npv, LEVEL, unknown),
        internal_rate_of_return_pct=ordered_band(_rate_of_return(case, span, flows), _LOST, unsure),
        probability_pays_back_within_life=odds,
        probability_npv_positive=None if idle or unknown else float((npv >= -_SLACK * paid).mean()),
        annuity_sek_per_year=_annuity(case, span.terms.discount_rate),
        text=_text(case, paid, odds, span.horizon),
    )


def _rate_of_return(case: Case, span: Span, flows: Floats) -> Floats:
    """Return the rate of return (k,) [%]; none where nothing is saved, though book value is left at the end."""
    return np.where(case.saved(span).any(axis=0), 100 * internal_rate_of_return(flows), -np.inf)


def net_present_value(case: Case, span: Span) -> Floats:
    """Return the value (k,) [SEK] at the turn of the year before the first full year; NaN without rates or saving."""
    found: Floats = span.factors() @ _flows(case, span)
    return found


def _annuity(case: Case, rate: float | None) -> float | None:
    if rate is None:
        return None
    return float(sum(c.net_sek * annuity_factor(rate, c.lifetime_years) for c in case.components))


def _unsure(odds: float, horizon: int) -> str:
    return (
        "kan inte bedömas: besparingens band rymmer noll, så ingen återbetalning kan visas. "
        f"Sannolikheten att investeringen betalar sig inom {horizon} år är {odds_text(odds)}"
    )


def _saved(case: Case, span: Span) -> Floats:
    """Return the savings (n, k) [SEK] at the turns of the year."""
    saved = case.saved(span)
    return np.concatenate([np.zeros((span.before + 1, saved.shape[1])), saved])


def _flows(case: Case, span: Span) -> Floats:
    """Return the flows (n, k) [SEK]: savings less purchases, and the residual at the end."""
    books = case.books(span)
    flows: Floats = _saved(case, span) - (books.first_sek + books.again_sek)[:, None]
    flows[-1] += books.residual_sek
    return flows


def balance(case: Case, span: Span, factors: Floats) -> Floats:
    """Return what savings have left after purchases (h + 1, k) [SEK], at turn 0 and at the end of each year.

    What is bought again counts by its wear, not by its price, else payback would jump at each purchase: with one life
    this is the plain payback, and a project that cannot keep itself up does not pay back. The residual of the first
    purchases is not counted.
    """
    books = case.books(span)
    saved = (factors[:, None] * _saved(case, span)).cumsum(axis=0)
    paid = (factors * (books.first_sek + books.again_sek)).cumsum() - factors * books.again_book_sek
    found: Floats = (saved - paid[:, None])[span.before :]
    return found


def _payback(case: Case, span: Span, factors: Floats) -> Floats:
    """Return the years (k,) until savings cover the first purchases and the wear of what was bought again."""
    return payback_years(balance(case, span, factors), float(sum(c.net_sek for c in case.components)))


def ordered_band(values: Floats, infinite: str, reason: str | None) -> Band:
    """Return the median and the central interval of draws (k,) that may be infinite, by order and never by averaging.

    `reason` beside a figure tells the share of infinite draws, followed by `infinite`, in Swedish. NaN throughout with
    a reason where there is one or any draw is NaN.
    """
    if reason is None and np.isnan(values).any():
        unclear = share_text(float(np.isnan(values).mean()))
        reason = f"kan inte bedömas: {unclear} av de lottade utfallen saknar entydigt svar"
    if reason is not None:
        return Band(_NAN, _NAN, _NAN, LEVEL, reason)
    ranks = [max(1, math.ceil(round(share * len(values), 9))) for share in ((1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2)]
    low, middle, high = np.sort(values)[np.array(ranks) - 1]
    lost = float(np.isinf(values).mean())
    text = f"{share_text(lost)} av de lottade utfallen {infinite}" if lost else None
    return Band(float(middle), float(low), float(high), LEVEL, text)


def share_text(share: float) -> str:
    """Return a share in whole per cent, halves up, never «0 %» or «100 %» for one that is not."""
    return f"{sv(100 * share)} %" if share in {0.0, 1.0} else odds_text(share)


def odds_text(share: float) -> str:
    """Return a probability in whole per cent, halves up; what a few hundred draws cannot tell is not told as certain.

    The one rounding of odds: pages and sentences take it from here, so that 58.5 % is not 58 in one and 59 in another.
    """
    whole = math.floor(round(100 * share + 0.5, 9))  # rounded first: 100 * 0.585 need not be 58.5 in binary
    return "över 99 %" if whole > 99 else "under 1 %" if whole < 1 else f"{whole} %"


def _text(case: Case, paid: float, odds: float | None, horizon: int) -> str:
    """Return the Swedish sentence a reader meets first."""
    if case.reason:
        return case.reason
    if not case.components:
        return "Ingen egen investering: ändringen av årskostnaden kommer av vad andra har betalat."
    if paid <= 0 or odds is None:
        return "Hela investeringen är betald med bidrag."
    if not case.saving.any():
        return "Bär investeringen men ingen besparing: den tillfaller andra, eller finns inte."
    return (
        f"Betalar sig inom {horizon} år i {odds_text(odds)} av de lottade utfallen, "
        "ränta oräknad och återanskaffningarnas förslitning medräknad."
    )
