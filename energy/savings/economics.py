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
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
import polars as pl

from energy.errors import SettingsError
from energy.model import Band, Floats
from energy.savings.capital import (
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
from energy.savings.returns import LEVEL, NO_SAVING, Case, Returns, Span, Terms, returns_of
from energy.savings.uncertainty import band

__all__ = [
    "ALL", "Component", "Economics", "InternalInterest", "Returns", "Terms", "YearRow", "economics", "held",
    "own_interest", "published_interest", "returns_frame", "years_frame",
]  # fmt: skip


_YEARS: Mapping[str, Any] = {
    "cost_bearer": pl.String, "year": pl.Int64,
    **dict.fromkeys(
        ("book_value_sek", "depreciation_sek", "internal_interest_sek", "capital_cost_sek", "saving_sek",
         "saving_low_sek", "saving_high_sek", "net_effect_sek", "net_effect_low_sek", "net_effect_high_sek"),
        pl.Float64,
    ),
    "reason": pl.String,
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
) -> Economics:
    """Return capital cost, net effect and returns of every cost bearer and of the group.

    `saving_sek_per_year`: bearer -> draws (k,) or (1,) [SEK in a year at the first full year's prices], negative where
    the bearer loses, NaN where unknown (`reasons`: bearer -> why). A bearer that is not in it saves nothing; where
    nobody is in it no saving is known. Raises SettingsError for wrong components or terms, ValueError for draws of
    different length.
    """
    horizon = horizon_years(components, terms.first_full_year, terms.horizon_years)
    span = Span(terms, horizon, turns_before(components, terms.first_full_year))
    cases = cases_of(components, saving_sek_per_year, reasons or {})
    rows = tuple(row for case in cases for row in _years(case, span))
    return Economics(tuple(returns_of(case, span) for case in cases), rows, horizon, _assumptions(span))


def cases_of(
    components: Sequence[Component], savings: Mapping[str, Floats], reasons: Mapping[str, str]
) -> tuple[Case, ...]:
    """Return one case per bearer in order of name, then the group's. Raises as `economics`."""
    if ALL in savings:
        raise SettingsError.from_key("energibok.toml", "cost_bearer", ALL, "ett annat namn; det står för summan")
    ordered = sorted(components, key=astuple)
    bearers = sorted({c.cost_bearer for c in components} | set(savings))
    nothing = np.zeros(1) if savings else np.full(1, np.nan)
    drawn = {b: np.asarray(savings.get(b, nothing), dtype=np.float64) for b in bearers}
    whole = np.sum(np.broadcast_arrays(*drawn.values()), axis=0) if drawn else nothing
    why = {b: reasons.get(b, NO_SAVING) for b in bearers if np.isnan(drawn[b]).any()}
    cases = [Case(b, [c for c in ordered if c.cost_bearer == b], drawn[b], why.get(b)) for b in bearers]
    first = next(iter(why.values()), None if drawn else NO_SAVING)
    return (*cases, Case(ALL, ordered, whole, first))


def _years(case: Case, span: Span) -> list[YearRow]:
    """Return the table of depreciation, internal interest, saving and net effect, one row a year."""
    books, growth, interest = case.books(span), span.growth(), span.terms.interest
    rows = []
    for i, (year, rate) in enumerate(zip(span.years, interest.rates(span.years), strict=True)):
        depreciation, book = float(books.depreciation_sek[i]), float(books.book_value_sek[i])
        missing = interest.missing([year]) if book else None
        charged = None if missing else float(rate) * book if book else 0.0
        cost = None if charged is None else depreciation + charged
        saving = case.saving * growth[i]
        net = band(saving - (np.nan if cost is None else cost), LEVEL, case.reason or missing)
        told = band(saving, LEVEL, case.reason)
        rows.append(YearRow(case.bearer, year, book, depreciation, charged, cost, told, net, missing or case.reason))
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
        "Samma besparing varje år; bandet är årsbesparingens, inte framtida väders eller prisers.",
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
            **_columns("net_effect{}_sek", r.net_effect_sek), "reason": r.reason,
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
