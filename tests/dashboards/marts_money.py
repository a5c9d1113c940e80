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
        "class_change": _classes(total),
        "normal_year": _normal(total),
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


def _classes(total: pl.DataFrame) -> pl.DataFrame:
    """Return one power price whose store leaves the peaks."""
    return total.filter(pl.col("carrier") == "district_heating", pl.col("period") == "last_12_months").select(
        "project",
        "facility",
        "carrier",
        "from_month",
        "to_month",
        metering_point=pl.lit("735999000000000017"),
        label=pl.lit("Effektkategori"),
        effect=pl.lit("steady"),
        class_without=pl.lit("Standard"),
        class_with=pl.lit("Spetsig"),
        changed_pct=pl.lit(88.0),
        class_change_sek=pl.lit(41_000.0),
        class_change_sek_low=pl.lit(0.0),
        class_change_sek_high=pl.lit(47_000.0),
        power_without_kw=pl.lit(612.0),
        power_with_kw=pl.lit(455.0),
        utilisation_without_h=pl.lit(3080.0),
        utilisation_with_h=pl.lit(1950.0),
        reason=pl.lit(None, pl.String),
    )


def _normal(total: pl.DataFrame) -> pl.DataFrame:
    """Return the normal year by models and by degree days."""
    base = total.filter(pl.col("carrier") == "district_heating", pl.col("period") == "last_12_months")
    parts = []
    for method, share in (("model", 1.0), ("degree_days", 0.94)):
        plain = method == "degree_days"
        parts.append(
            base.select(
                "project",
                "facility",
                "carrier",
                "from_month",
                "to_month",
                "avoided_energy_kwh",
                "avoided_energy_kwh_low",
                "avoided_energy_kwh_high",
                metering_point=pl.lit("735999000000000017"),
                normal_method=pl.lit(method),
                base_normal_kwh=pl.col("adjusted_baseline_kwh") * 1.03,
                reporting_normal_kwh=pl.col("metered_kwh") * 1.03,
                normalized_savings_kwh=pl.col("avoided_energy_kwh") * share,
                normalized_savings_kwh_low=pl.col("avoided_energy_kwh_low") * share,
                normalized_savings_kwh_high=pl.col("avoided_energy_kwh_high") * share,
                energy_probability_pct=pl.lit(None if plain else 99.9, pl.Float64),
                weather_years=pl.lit(16),
                definition=pl.lit("plain" if plain else None, pl.String),
                base_kd=pl.lit(3193.0 if plain else None, pl.Float64),
                reporting_kd=pl.lit(3808.0 if plain else None, pl.Float64),
                normal_kd=pl.lit(3699.0 if plain else None, pl.Float64),
                reason=pl.lit(None, pl.String),
            )
        )
    return pl.concat(parts)
