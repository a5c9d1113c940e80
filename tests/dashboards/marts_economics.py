"""The project's calculation in the made-up marts: 9.4 million by component, a saving of about 620 thousand a year."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from marts_base import FACILITY, PROJECT, Marts

from energy.model import Band
from energy.savings.economy.economics import (
    Component,
    Terms,
    economics,
    held,
    published_interest,
    returns_frame,
    years_frame,
)
from energy.savings.economy.promised import promised_against_delivered
from energy.savings.economy.tornado import tornado

LANDLORD, TENANT, SCHOOL = "Kommunala fastighetsbolaget", "Idrottsnämnden", "Skolnämnden"
GRANTER = "Klimatbidraget"
PARTS = (  # name, amount, subsidy, life
    ("Borrhål", 4_200_000.0, 1_680_000.0, 50),
    ("Rör och värmeväxlare", 1_700_000.0, 0.0, 25),
    ("Värmepump", 2_900_000.0, 1_160_000.0, 18),
    ("Styr och övervakning", 600_000.0, 0.0, 12),
)
_FIGURES = ("simple_payback", "discounted_payback", "npv", "internal_rate_of_return", "saving", "net_effect", "balance")


def build() -> Marts:
    """Return the six marts of the calculation; they agree with each other, being made by the same arithmetic."""
    draws = np.random.default_rng(11).normal(620_000.0, 90_000.0, 200)
    parts = [Component(LANDLORD, amount, subsidy, 2020, life, name) for name, amount, subsidy, life in PARTS]
    saving = {TENANT: 0.8 * draws, SCHOOL: 0.2 * draws}
    measured = {who: {y: d * s for y, s in ((2021, 0.95), (2022, 1.08))} for who, d in saving.items()}
    terms = Terms(2021, held(published_interest()), 0.03, price_year=2023)
    found = economics(parts, saving, terms, measured=measured)
    told = {"saving_basis": "undviken kostnad 2023-01 till 2023-12, de senaste tolv månaderna", "horizon_years": 50}
    share = {c: 100 * pl.col(s) for c, s in (("pays_back_pct", "probability_pays_back_within_life"),
                                             ("npv_positive_pct", "probability_npv_positive"))}  # fmt: skip
    bars = [
        {**vars(bar), "rank": n, "cost_bearer": one.cost_bearer}
        for one in found.returns
        for n, bar in enumerate(tornado(parts, saving, terms, (), one.cost_bearer, measured), start=1)
    ]
    mine = (pl.lit(FACILITY).alias("facility"), pl.lit(PROJECT).alias("project"))
    returns = _renamed(returns_frame(found.returns)).with_columns(
        *mine, *(pl.lit(v).alias(k) for k, v in told.items()),
        net_investment_sek=pl.col("investment_sek") - pl.col("subsidy_sek"),
        evidence_key=pl.format("economics/{}/{}", pl.lit(PROJECT), "cost_bearer"), **share,
    ).drop(["probability_pays_back_within_life", "probability_npv_positive"])  # fmt: skip
    return {
        "economics_returns": returns,
        "economics_components": _components(),
        "economics_years": _renamed(years_frame(found.years)).with_columns(*mine),
        "economics_tornado": pl.DataFrame(bars).drop("label").with_columns(*mine),
        "economics_assumptions": pl.DataFrame(
            [{"no": n, "text": said} for n, said in enumerate(found.assumptions, start=1)]
        ).with_columns(*mine),
        "promised_delivered": _promised(),
    }


def _renamed(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the columns as the marts call them: the end of a band last."""
    names = {}
    for column in frame.columns:
        for end in ("_low", "_high"):
            start, found, unit = column.partition(end)
            if found and start in _FIGURES:
                names[column] = f"{start}{unit}{end}"
    return frame.rename(names)


def _components() -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "facility": FACILITY, "project": PROJECT, "no": n, "name": name, "cost_bearer": LANDLORD,
                "amount_sek": amount, "subsidy_sek": subsidy, "granter": GRANTER if subsidy else None,
                "net_investment_sek": amount - subsidy, "year": 2020, "lifetime_years": life,
                "depreciation_sek": (amount - subsidy) / life,
            }
            for n, (name, amount, subsidy, life) in enumerate(PARTS, start=1)
        ]
    )  # fmt: skip


def _promised() -> pl.DataFrame:
    """Return what was promised: more money than came in 2021, energy that cannot be told from what came."""
    cases = (
        ("2021", "SEK", 800_000.0, Band(589_000.0, 450_000.0, 730_000.0)),
        ("2022", "SEK", 800_000.0, Band(669_600.0, 510_000.0, 830_000.0)),
        ("2021", "kWh", 1_100_000.0, Band(930_000.0, 700_000.0, 1_160_000.0)),
        ("2022", "kWh", 1_100_000.0, Band(1_000_000.0, 790_000.0, 1_210_000.0)),
    )
    rows = []
    for period, unit, promise, found in cases:
        one = promised_against_delivered(promise, found)
        bands = {"measured": one.measured, "difference": one.difference, "delivered_pct": one.delivered_pct}
        rows.append({
            "facility": FACILITY, "project": PROJECT, "period": period, "unit": unit, "promised": promise,
            "price_basis": "reporting_period" if unit == "SEK" else None,
            **{n + end: getattr(b, part) for n, b in bands.items()
               for end, part in (("", "value"), ("_low", "low"), ("_high", "high"))},
            "verdict": one.verdict, "text": one.text, "excluded_hours": 0,
            "document": "Förstudie energilager, sidan 12", "promised_on": date(2019, 11, 18), "reason": None,
        })  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"reason": pl.String})
