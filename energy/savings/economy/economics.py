"""Project economics per cost bearer and for the group: capital cost and net effect by year, payback, value, return.

The annual saving comes as draws [SEK/year, excl. VAT], net of the project's own electricity. Capital is certain, the
saving is not, so every figure that holds a saving has a band. A cost bearer that pays and does not save, or saves and
does not pay, is a row of its own: what moves between bearers is an allocation and never a saving. The group's saving
is the sum of the bearers', draw by draw.

References
----------
SKR, förslag till internränta (economics_data.toml). Nominal method: linear depreciation plus internal interest on the
book value at the year's beginning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from energy.errors import SettingsError
from energy.model import Band, Floats
from energy.savings.bands.uncertainty import band
from energy.savings.economy.capital import (
    ALL,
    Component,
    InternalInterest,
    held,
    horizon_years,
    own_interest,
    percent,
    published_interest,
    turns_before,
)
from energy.savings.economy.returns import (
    LEVEL,
    NO_SAVING,
    Case,
    Returns,
    Span,
    Terms,
    balance,
    ordered_band,
    returns_of,
)

__all__ = [
    "ALL", "Case", "Component", "Economics", "InternalInterest", "Returns", "Terms", "YearRow", "economics", "held",
    "own_interest", "published_interest", "returns_frame", "years_frame",
]  # fmt: skip

Measured = Mapping[str, Mapping[int, Floats]]  # bearer -> a year that is over -> its saving (k,) [SEK]

_YEARS: Mapping[str, Any] = {
    "cost_bearer": pl.String, "year": pl.Int64,
    **dict.fromkeys(
        ("book_value_sek", "depreciation_sek", "internal_interest_sek", "capital_cost_sek", "saving_sek",
         "saving_low_sek", "saving_high_sek", "net_effect_sek", "net_effect_low_sek", "net_effect_high_sek",
         "balance_sek", "balance_low_sek", "balance_high_sek"),
        pl.Float64,
    ),
    "is_measured": pl.Boolean, "reason": pl.String,
}  # fmt: skip
_FIGURES = (  # of Returns, and what its columns are called
    "saving{}_sek_per_year", "simple_payback{}_years", "discounted_payback{}_years", "npv{}_sek",
    "internal_rate_of_return{}_pct",
)  # fmt: skip
_RETURNS: Mapping[str, Any] = {
    "cost_bearer": pl.String,
    **dict.fromkeys(
        ("investment_sek", "subsidy_sek", "annuity_sek_per_year", "probability_pays_back_within_life",
         "probability_npv_positive"),
        pl.Float64,
    ),
    "text": pl.String,
    **{n.format(part): pl.Float64 for n in _FIGURES for part in ("", "_low", "_high")},
    **{n.split("{}")[0] + "_reason": pl.String for n in _FIGURES},
}  # fmt: skip


@dataclass(frozen=True)
class YearRow:
    """One year of one cost bearer [SEK]. Net effect: saving less capital cost; positive relieves the operating budget.

    `balance_sek` is what savings have left after purchases at the year's end (`returns.balance`, no interest): payback
    is where it turns positive for good. Its value is the median, as that of payback. `is_measured` where the year is
    over and its saving is the measured one.
    `internal_interest_sek` and `capital_cost_sek` are None, with a reason, in a year without a rate.
    """

    cost_bearer: str
    year: int
    book_value_sek: float  # at the year's beginning
    depreciation_sek: float
    internal_interest_sek: float | None
    capital_cost_sek: float | None
    saving_sek: Band
    net_effect_sek: Band
    balance_sek: Band
    is_measured: bool = False
    reason: str | None = None


@dataclass(frozen=True)
class Economics:
    """Rows per cost bearer in order of name, then "all"; the horizon [years]; the assumptions in Swedish."""

    returns: tuple[Returns, ...]
    years: tuple[YearRow, ...]
    horizon_years: int
    assumptions: tuple[str, ...]


def economics(
    components: Sequence[Component],
    saving_sek_per_year: Mapping[str, Floats],
    terms: Terms,
    reasons: Mapping[str, str] | None = None,
    measured: Measured | None = None,
    group: Case | None = None,
) -> Economics:
    """Return capital cost, net effect and returns of every cost bearer and of the group.

    `saving_sek_per_year`: bearer -> draws (k,) or (1,) [SEK in a year at the first full year's prices], negative where
    the bearer loses, NaN where unknown (`reasons`: bearer -> why). A bearer that is not in it saves nothing; where
    nobody is in it no saving is known. `measured`: bearer -> year that is over -> draws. `group` gives the whole's own
    saving where it is known although its parts are not; else it is their sum. Raises SettingsError for wrong components
    or terms, ValueError for draws of different length.
    """
    horizon = horizon_years(components, terms.first_full_year, terms.horizon_years)
    span = Span(terms, horizon, turns_before(components, terms.first_full_year))
    cases = cases_of(components, saving_sek_per_year, reasons or {}, measured or {}, group)
    rows = tuple(row for case in cases for row in _years(case, span))
    return Economics(tuple(returns_of(case, span) for case in cases), rows, horizon, _assumptions(span))


def cases_of(
    components: Sequence[Component],
    savings: Mapping[str, Floats],
    reasons: Mapping[str, str],
    measured: Measured | None = None,
    group: Case | None = None,
) -> tuple[Case, ...]:
    """Return one case per bearer in order of name, then the group's. Raises as `economics`."""
    if ALL in savings:
        raise SettingsError.from_key("energibok.toml", "cost_bearer", ALL, "ett annat namn; det står för summan")
    ordered, before = sorted(components, key=astuple), measured or {}
    bearers = sorted({c.cost_bearer for c in components} | set(savings))
    nothing = np.zeros(1) if savings else np.full(1, np.nan)
    drawn = {b: np.asarray(savings.get(b, nothing), dtype=np.float64) for b in bearers}
    years = sorted({year for mine in before.values() for year in mine})
    past = {b: {y: before.get(b, {}).get(y, np.zeros(1)) for y in years} for b in bearers}
    unknown = [b for b in bearers if any(np.isnan(d).any() for d in (drawn[b], *past[b].values()))]
    why = {b: reasons.get(b, NO_SAVING) for b in unknown}
    cases = [Case(b, [c for c in ordered if c.cost_bearer == b], drawn[b], why.get(b), past[b]) for b in bearers]
    if group is not None:
        return (*cases, replace(group, bearer=ALL, components=ordered))
    whole = _summed([drawn[b] for b in bearers]) if drawn else nothing
    first = next(iter(why.values()), None if drawn else NO_SAVING)
    return (*cases, Case(ALL, ordered, whole, first, {y: _summed([past[b][y] for b in bearers]) for y in years}))


def _summed(parts: Sequence[Floats]) -> Floats:
    found: Floats = np.sum(np.broadcast_arrays(*parts), axis=0)
    return found


def _years(case: Case, span: Span) -> list[YearRow]:
    """Return the table of depreciation, internal interest, saving and net effect, one row a year."""
    books, saved, interest = case.books(span), case.saved(span), span.terms.interest
    left = balance(case, span, np.ones(span.before + span.horizon + 1))
    rows = []
    for i, (year, rate) in enumerate(zip(span.years, interest.rates(span.years), strict=True)):
        depreciation, book = float(books.depreciation_sek[i]), float(books.book_value_sek[i])
        missing = interest.missing([year]) if book else None
        charged = None if missing else float(rate) * book if book else 0.0
        cost = None if charged is None else depreciation + charged
        net = band(saved[i] - (np.nan if cost is None else cost), LEVEL, case.reason or missing)
        told, sum_left = band(saved[i], LEVEL, case.reason), ordered_band(left[i + 1], "", case.reason)
        over, why = year in case.measured, missing or case.reason
        rows.append(YearRow(case.bearer, year, book, depreciation, charged, cost, told, net, sum_left, over, why))
    return rows


def _assumptions(span: Span) -> tuple[str, ...]:
    """Return what the figures rest on, in Swedish."""
    terms = span.terms
    first, rate, change = terms.first_full_year, terms.discount_rate, terms.price_change
    discounting = "internräntan år för år" if rate is None else percent(rate)
    prices = f"ändras {percent(change)} per år" if change else "ändras inte, fast räntan är nominell"
    again = f"{percent(terms.purchase_change)} dyrare per år" if terms.purchase_change else "till samma pris"
    return (
        f"Kalkyltid {span.horizon} år från {first}, första hela driftåret; besparing före det räknas inte.",
        "Samma besparing varje år, utom de år som är mätta; bandet är årsbesparingens, inte framtida väders eller "
        "prisers.",
        f"Besparingens priser {prices}.",
        f"Diskontering med {discounting}, till årsskiftet före {first}.",
        f"Internränta på ingående bokfört värde: {terms.interest.source}.",
        "Linjär avskrivning från första hela driftåret; bidrag räknas av från anskaffningsvärdet.",
        f"Det som slits ut före kalkyltidens slut köps på nytt {again} och utan bidrag; bokfört värde vid kalkyltidens "
        "slut räknas tillbaka.",
    )


def years_frame(rows: Sequence[YearRow]) -> pl.DataFrame:
    """Return one row per bearer and year; bands as three columns, unknown figures null with a reason."""
    records = [
        {
            "cost_bearer": r.cost_bearer, "year": r.year, "book_value_sek": r.book_value_sek,
            "depreciation_sek": r.depreciation_sek, "internal_interest_sek": r.internal_interest_sek,
            "capital_cost_sek": r.capital_cost_sek, **_columns("saving{}_sek", r.saving_sek),
            **_columns("net_effect{}_sek", r.net_effect_sek), **_columns("balance{}_sek", r.balance_sek),
            "is_measured": r.is_measured, "reason": r.reason,
        }
        for r in rows
    ]  # fmt: skip
    return _finite(pl.DataFrame(records, schema=_YEARS))


def returns_frame(rows: Sequence[Returns]) -> pl.DataFrame:
    """Return one row per bearer; bands as value, low, high and reason, infinite and unknown figures null."""
    records = []
    for r in rows:
        record: dict[str, object] = {
            "cost_bearer": r.cost_bearer, "investment_sek": r.investment_sek, "subsidy_sek": r.subsidy_sek,
            "annuity_sek_per_year": r.annuity_sek_per_year,
            "probability_pays_back_within_life": r.probability_pays_back_within_life,
            "probability_npv_positive": r.probability_npv_positive, "text": r.text,
        }  # fmt: skip
        for name in _FIGURES:
            found: Band = getattr(r, name.format(""))
            record |= _columns(name, found) | {name.split("{}")[0] + "_reason": found.reason}
        records.append(record)
    return _finite(pl.DataFrame(records, schema=_RETURNS))


def _columns(name: str, found: Band) -> dict[str, float]:
    return {name.format(""): found.value, name.format("_low"): found.low, name.format("_high"): found.high}


def _finite(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with NaN and infinity as null: neither is a figure to show or add."""
    numbers = pl.col(pl.Float64)
    return frame.with_columns(pl.when(numbers.is_finite()).then(numbers))
