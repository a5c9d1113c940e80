"""Swedish words and numbers of the audit: kronor with decimal comma, days and components by name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date

import polars as pl

from energy.swedish import MINUS, NBSP, sv

__all__ = ["COMPONENT_SV", "KIND_SV", "component_sv", "key", "kr", "month", "number", "plain", "quantity", "spoken"]

COMPONENT_SV: Mapping[str, str] = {
    "fixed": "fast avgift", "energy": "energiavgift", "demand": "effektavgift", "flow": "flödesavgift",
    "return_temperature": "returtemperatur", "reactive": "reaktiv effekt", "overrun": "överuttag",
    "tax": "energiskatt", "other": "övrigt",
}  # fmt: skip
KIND_SV: Mapping[str, str] = {"heat": "fjärrvärme", "grid": "elnät", "retail": "elhandel"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def number(value: pl.Expr, decimals: int = 2) -> pl.Expr:
    """Return numbers as Swedish text, as `energy.swedish.sv` does one; null stays null."""
    scaled = (value.abs() * 10**decimals).round().cast(pl.Int64, strict=False)
    whole, part = scaled // 10**decimals, scaled % 10**decimals
    sign = pl.when((value < 0) & (scaled > 0)).then(pl.lit(MINUS)).otherwise(pl.lit(""))
    text = sign + _thousands(whole)
    return text if decimals == 0 else text + pl.lit(",") + part.cast(pl.String).str.zfill(decimals)


def _thousands(whole: pl.Expr) -> pl.Expr:
    """Return whole numbers below 10¹² parted by thousands."""
    three = [(whole // 1000**i % 1000) for i in range(4)]
    padded = [one.cast(pl.String).str.zfill(3) for one in three]
    bare = [one.cast(pl.String) for one in three]
    space = pl.lit(NBSP)
    return (
        pl.when(whole < 1000).then(bare[0])
        .when(whole < 1000**2).then(bare[1] + space + padded[0])
        .when(whole < 1000**3).then(bare[2] + space + padded[1] + space + padded[0])
        .otherwise(bare[3] + space + padded[2] + space + padded[1] + space + padded[0])
    )  # fmt: skip


def kr(value: pl.Expr) -> pl.Expr:
    """Return an amount as «1 234,50 kr»."""
    return number(value) + pl.lit(" kr")


def quantity(value: pl.Expr, unit: pl.Expr) -> pl.Expr:
    """Return «228,513 kW», whole numbers of what is counted."""
    return (number(value, 3) + pl.lit(" ") + unit.fill_null("")).str.strip_chars()


def component_sv(component: pl.Expr) -> pl.Expr:
    """Return a component's Swedish name."""
    return component.replace_strict(COMPONENT_SV, default=component)


def plain(value: float, decimals: int = 2) -> str:
    """Return one number as Swedish text, like `number`."""
    return sv(value, decimals)


def month(day: date | None) -> str:
    """Return a month as YYYY-MM, «okänd månad» where there is none."""
    return f"{day:%Y-%m}" if day else "okänd månad"


def spoken(text: str | None, limit: int = 80) -> str:
    """Return a text from outside on one line, without control characters, no longer than `limit`."""
    bare = " ".join(_CONTROL.sub(" ", text or "").split())
    return bare if len(bare) <= limit else bare[: limit - 1] + "…"


def key(rule: str, *parts: object) -> str:
    """Return the stable key of a finding: the rule and a hash of what it is about."""
    told = "\x1f".join("" if part is None else str(part) for part in parts)
    return f"{rule}-{hashlib.sha256(told.encode()).hexdigest()[:12]}"
