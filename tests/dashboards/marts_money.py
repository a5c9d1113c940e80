"""The marts of what the project is worth, made from the fixture's totals: two effects, two years' prices."""

from __future__ import annotations

from datetime import date

import polars as pl

Marts = dict[str, pl.DataFrame]
SURE = ("energy_probability_pct", "cost_probability_pct")


def valued(marts: Marts) -> Marts:
    """Return the savings marts with probabilities and what they leave out, and the mart avoided_cost."""
    total = _sure(marts["savings_total"], SURE)
    monthly = _sure(marts["savings_monthly"], SURE)
    component = _sure(marts["savings_component"], SURE[1:]).with_columns(
        from_month=pl.lit(date(2023, 1, 1)), to_month=pl.lit(date(2023, 12, 1))
    )
    headline = _sure(marts["headline"], ("probability_pct",)).with_columns(
        price_basis=pl.when(pl.col("unit") == "SEK").then(pl.lit("reporting_period"))
    )
    return {
        **marts,
        "savings_total": total,
        "savings_monthly": monthly,
        "savings_component": component,
        "headline": headline,
        "avoided_cost": _ways(total),
    }


def _sure(frame: pl.DataFrame, names: tuple[str, ...]) -> pl.DataFrame:
    return frame.with_columns(pl.lit(96.5).alias(name) for name in names).with_columns(excludes=pl.lit(None, pl.String))


def _ways(total: pl.DataFrame) -> pl.DataFrame:
    whole = total.filter(pl.col("period") == "last_12_months").drop(
        "metered_kwh", "avoided_pct", "excluded_hours", "holds_zero", "cost_holds_zero", "energy_probability_pct"
    )
    bare = whole.select(c for c in whole.columns if "_kwh" not in c)
    parts = []
    for effect, share in (("cash", 1.0), ("steady", 1.2)):
        for basis, price in (("reporting_period", 1.0), ("base_year", 0.9)):
            money = [c for c in bare.columns if "_sek" in c]
            base = basis == "base_year"
            parts.append(
                bare.with_columns(pl.col(c) * share * price for c in money).with_columns(
                    component=pl.lit("all"),
                    effect=pl.lit(effect),
                    price_basis=pl.lit(basis),
                    priced_from=pl.lit(date(2019, 3, 1) if base else None, pl.Date),
                    priced_to=pl.lit(date(2020, 2, 29) if base else None, pl.Date),
                    is_headline_basis=pl.lit(not base),
                    excludes=pl.lit("exklusive flöde" if base else None, pl.String),
                )
            )
    return pl.concat(parts)
