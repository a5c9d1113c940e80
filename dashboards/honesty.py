"""What a band allows one to say: nothing is told as a finding whose band holds zero. Words only, no figures made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import polars as pl

from dashboards import text
from energy.savings.economy.returns import odds_text

Verdict = Literal["unknown", "no_band", "measured", "zero", "clear"]

MEASURED = "mätt med egen mätare, prissatt på marginalen"
NOT_TOLD_APART = "det går inte att skilja från vanlig variation mellan åren"


def verdict(value: float | None, low: float | None, high: float | None) -> Verdict:
    """Return what kind of figure it is; a band without width means measured, not modelled."""
    if text.is_absent(value):
        return "unknown"
    if low is None or high is None or text.is_absent(low) or text.is_absent(high):
        return "no_band"
    if low == high == value:
        return "measured"
    return "zero" if low <= 0 <= high else "clear"


def measured(frame: pl.DataFrame, name: str) -> bool:
    """Return True where every known row of `name` has a band without width and something was measured."""
    known = frame.drop_nulls([name, f"{name}_low", f"{name}_high"])
    apart = known.filter((pl.col(f"{name}_low") != pl.col(name)) | (pl.col(f"{name}_high") != pl.col(name)))
    return known.height > 0 and apart.is_empty() and bool((known.get_column(name) != 0).any())


def counts(frame: pl.DataFrame, name: str) -> tuple[int, int, int]:
    """Return how many rows have the whole band above zero, the whole band below, and neither."""
    above = frame.filter(pl.col(f"{name}_low") > 0).height
    below = frame.filter(pl.col(f"{name}_high") < 0).height
    return above, below, frame.height - above - below


def beside(value: float | None, low: float | None, high: float | None, placebo: bool = False) -> str:
    """Return the plain sentence that stands beside a headline figure and its band; "" where nothing can be said."""
    found = verdict(value, low, high)
    if found == "measured":
        return f"{text.capital(MEASURED)}."
    if found == "zero":
        return (
            "Bandet innehåller noll: metoden ser ingen skillnad."
            if placebo
            else f"Bandet innehåller noll: {NOT_TOLD_APART}."
        )
    if found != "clear" or value is None:
        return "Inget band är räknat." if found == "no_band" else ""
    if placebo:
        return "Bandet innehåller inte noll, fast inget projekt är känt."
    return f"Hela bandet ligger {'över' if value > 0 else 'under'} noll."


def months(name: str, frame: pl.DataFrame, column: str, more: str, less: str) -> str:
    """Return in how many months a saving can be told from zero; `more` and `less` say what a saving means."""
    above, below, rest = counts(frame, column)
    first, times = (less, below) if below and not above else (more, above)
    said = f"{text.capital(name)}: {first} i {times} av {text.counted(frame.height, 'månad', 'månader')}"
    said += f", {less} i {below}" if below and above else ""
    return said + (f"; i {rest} innehåller bandet noll" if rest else "")


def why_wide(drift_sd_pct: float | None) -> str:
    """Return why bands are as wide as they are, in one sentence."""
    if text.is_absent(drift_sd_pct):
        return "Bandet rymmer modellens fel och att en byggnads energianvändning ändras mellan år även utan projekt."
    return (
        "Bandet är brett eftersom en byggnads energianvändning ändras från år till år även utan projekt; "
        f"standardavvikelsen är {text.percent(drift_sd_pct)} (se Baslinjen under Om siffrorna)."
    )


def sure(value: float | None) -> str:
    """Return the probability of a saving; what a few hundred draws cannot tell is not written as certain."""
    return "" if value is None or text.is_absent(value) else text.tied(odds_text(value / 100))


def also(row: Mapping[str, Any], placebo: bool = False) -> str:
    """Return what more must be said beside a headline figure: how sure a saving is, whose prices, what it leaves out.

    `row` is a row of the mart headline.
    """
    said = []
    chance = sure(row.get("probability_pct"))
    if chance and not placebo and verdict(row["value"], row["low"], row["high"]) != "measured":
        said.append(f"Sannolikhet för besparing {chance}.")
    if row.get("price_basis") == "base_year":
        said.append("I basårets priser.")
    if row.get("excludes"):
        said.append(f"{text.capital(row['excludes'])}.")
    return " ".join(said)
