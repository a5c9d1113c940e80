"""Small makers of pictures: what a finding shows at a glance. Drawing is the dashboards' work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

import numpy as np

from energy.measures.base import MeasureContext, Picture, Series
from energy.model import Floats

__all__ = ["by_month", "cloud", "texts"]


def texts(months: Sequence[date]) -> list[str]:
    """Return the months as YYYY-MM."""
    return [f"{month:%Y-%m}" for month in months]


def by_month(
    context: MeasureContext, y_title: str, named: Mapping[str, Sequence[float]], kind: Literal["bar", "line"] = "bar"
) -> Picture:
    """Return a picture with one value per month valued and series, NaN where unknown."""
    at = texts(context.months)
    return Picture(kind, "Månad", y_title, tuple(Series(name, at, list(values)) for name, values in named.items()))


def cloud(x_title: str, y_title: str, named: Mapping[str, tuple[Floats, Floats]]) -> Picture:
    """Return a cloud of points; each series is (x, y), of which the points known in both are kept."""
    series = []
    for name, (x, y) in named.items():
        known = np.isfinite(x) & np.isfinite(y)
        series.append(Series(name, [float(v) for v in x[known]], [float(v) for v in y[known]]))
    return Picture("scatter", x_title, y_title, tuple(series))
