"""The audit's criteria, read from `criteria.toml` beside this file. No value of one stands in code."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from energy.errors import SettingsError

__all__ = ["Criteria", "criteria", "read_criteria"]

FILE = "criteria.toml"
_KEYS = frozenset({"value", "values", "unit", "set", "own", "source"})


@dataclass(frozen=True)
class Criteria:
    """When amounts agree and what counts as a finding; `vat` holds (first day, per cent), in order of day."""

    agree_sek: float
    agree_share: float
    same_quantity_share: float
    same_price_sek: float
    explained_share: float
    multiplier_share: float
    duplicate_share: float
    dormant_kwh_per_month: float
    dormant_months: int
    correction_months: int
    multipliers: tuple[float, ...]
    vat: tuple[tuple[date, float], ...]

    def tolerance_sek(self, amount: pl.Expr) -> pl.Expr:
        """Return how far an invoiced amount may lie from the recomputed `amount` [SEK]."""
        return pl.max_horizontal(pl.lit(self.agree_sek), amount.abs() * self.agree_share)

    def explained_sek(self, amount: pl.Expr) -> pl.Expr:
        """Return how near `amount` [SEK] an alternative must come to explain it."""
        return pl.max_horizontal(pl.lit(self.agree_sek), amount.abs() * self.explained_share)

    def vat_percent(self, day: pl.Expr) -> pl.Expr:
        """Return the standard rate of VAT [%] on a day; null before the first known."""
        found = pl.lit(None, pl.Float64)
        for first, percent in self.vat:
            found = pl.when(day >= first).then(pl.lit(percent)).otherwise(found)
        return found


def read_criteria(text: str) -> Criteria:
    """Return the criteria in a TOML text. Raises SettingsError naming key, what was found and what is allowed."""
    table = tomllib.loads(text)
    rows = table.pop("vat", [])
    values = {name: _value(name, entry) for name, entry in table.items()}
    for name in ("dormant_months", "correction_months"):
        values[name] = int(values[name])
    vat = tuple((row["valid_from"], float(row["percent"])) for row in rows if str(row.get("source", "")).strip())
    if not vat or [day for day, _ in vat] != sorted({day for day, _ in vat}):
        raise SettingsError.from_key(FILE, "vat", rows, "rader med valid_from i ordning, percent och source")
    return Criteria(**values, vat=vat)


def _value(name: str, entry: dict[str, Any]) -> Any:
    if not {"unit", "set", "own", "source"} <= set(entry) <= _KEYS or ("value" in entry) == ("values" in entry):
        raise SettingsError.from_key(FILE, name, sorted(entry), "value eller values, unit, set, own och source")
    if "values" in entry:
        return tuple(float(value) for value in entry["values"])
    return float(entry["value"])


@cache
def criteria() -> Criteria:
    """Return the criteria that ship with the package."""
    return read_criteria(files("energy.audit").joinpath(FILE).read_text(encoding="utf-8"))
