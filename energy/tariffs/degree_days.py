"""Heating degree days, by the definition in force; two definitions of SMHI that must never be mixed.

Both count 17 °C minus the day's mean temperature. Until 31 December 2014 a day counted only below a limit of its month
(April 12, May-July 10, August 11, September 12, October 13 °C, 17 otherwise), since the sun then heats the house; from
1 January 2015 every day below 17 °C counts, and a normal year has more of them (hemab.se, Förklaring graddagar;
norrtaljeenergi.se, Graddagar). A correction E·normal/actual is right only where both are of one definition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt

from energy.errors import TariffError
from energy.model import Floats
from energy.swedish import sv_short

Definition = Literal["plain", "seasonal_limits"]


@dataclass(frozen=True)
class DegreeDays:
    """One definition: the base, the limit of each month below which a day counts, and when SMHI used it."""

    base_c: float
    limits_c: tuple[float, ...]  # January to December
    used_from: date
    used_until: date  # first day no longer
    source: str


DEFINITIONS: Mapping[Definition, DegreeDays] = {
    "seasonal_limits": DegreeDays(
        17.0, (17, 17, 17, 12, 10, 10, 10, 11, 12, 13, 17, 17), date(1961, 1, 1), date(2015, 1, 1),
        "hemab.se, Förklaring graddagar: tidigare tröskeltemperaturer",
    ),
    "plain": DegreeDays(
        17.0, (17,) * 12, date(2015, 1, 1), date(2100, 1, 1),
        "hemab.se, Förklaring graddagar; norrtaljeenergi.se, Graddagar: beräkning från 2015",
    ),
}  # fmt: skip


def heating_degree_days_kd(days: npt.NDArray[np.datetime64], outdoor_c: Floats, definition: Definition) -> Floats:
    """Return the heating degree days of each day [kd], (d,); NaN where the temperature is not known."""
    rule = DEFINITIONS[definition]
    limits = np.array(rule.limits_c)[days.astype("datetime64[M]").astype(int) % 12]
    kd: Floats = np.where(outdoor_c < limits, rule.base_c - outdoor_c, 0.0)
    return np.where(np.isnan(outdoor_c), np.nan, kd)


def definition_between(first: date, end: date) -> Definition:
    """Return the definition SMHI used on all the days [first, end).

    Raises TariffError for days on both sides of 1 January 2015: their published degree days cannot be compared.
    """
    for name, rule in DEFINITIONS.items():
        if rule.used_from <= first and end <= rule.used_until:
            return name
    raise TariffError(
        f"graddagar för {first} till {end}: SMHI bytte definition 2015-01-01, så de publicerade värdena kan inte "
        "läggas ihop. Räkna om dem från dygnstemperaturen med en definition."
    )


def normal_of_days_kd(days: npt.NDArray[np.datetime64], normal_months_kd: Sequence[float]) -> float:
    """Return a normal year's degree days of the days [kd]: twelve months' sums, a part of a month by its days."""
    months, counts = np.unique(days.astype("datetime64[M]"), return_counts=True)
    whole = ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(int)
    return float((np.array(normal_months_kd)[months.astype(int) % 12] * counts / whole).sum())


def corrected(energy: Floats, actual_kd: float, normal_kd: float, weather_share: float = 1.0) -> Floats:
    """Return energy as of a normal year, same unit and shape; only the weather dependent share is corrected.

    E·(1 - s) + E·s·normal/actual: hot water and processes do not follow the weather. Raises TariffError where
    `actual_kd` is not above zero.
    """
    if not actual_kd > 0:
        raise TariffError(f"graddagarna är {sv_short(actual_kd)}: utan dem kan energin inte normalårskorrigeras.")
    return energy * (1 - weather_share) + energy * weather_share * (normal_kd / actual_kd)
