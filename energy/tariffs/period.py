"""What a determinant is given and what it answers: the nouns every determinant shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic_core import PydanticUndefined

from energy.calendar import next_month
from energy.errors import TariffError
from energy.model import BillingContext, Floats
from energy.swedish import sv
from energy.tariffs.metered import MeteredDays, Quantity
from energy.tariffs.strict import Strict

Evidence = tuple[tuple[str, str], ...]

# What a contract may decide about a determinant where the price list leaves it open: how gaps are met, never prices.
CONTRACT_MAY_SET = ("short_history", "min_hours", "max_missing_days", "max_missing_hours")


@dataclass(frozen=True)
class Period:
    """The billed days [first, end) of one month, and all that may be asked about them."""

    metered: MeteredDays
    month: date
    first: date
    end: date
    context: BillingContext
    options: Mapping[str, Any]

    @property
    def month_end(self) -> date:
        """Return the first day after the whole month."""
        return next_month(self.month)

    def option(self, name: str) -> float:
        """Return a number from the contract's options. Raises TariffError when it is absent or not a number."""
        value = self.options.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
            found = "inget" if value is None else repr(value)
            raise TariffError(
                f"avtalet för mätpunkt {self.metered.load.metering_point}: nyckel «options.{name}»: fann {found}. "
                "Tillåtet: ett tal."
            )
        return float(value)


@dataclass(frozen=True)
class Determined:
    """A billing determinant of a period, per draw.

    `quantity` (k,) is what the bill shows; `basis` (k,), where given, is what the price is multiplied with instead.
    NaN with a Swedish `reason` where it cannot be assessed. `evidence` tells what set it, for draw 0. `applies` (k,),
    where given, tells in which draws the component is charged at all; the others cost nothing, fixed part included.
    """

    quantity: Floats
    reason: str | None = None
    evidence: Evidence = ()
    basis: Floats | None = None
    applies: npt.NDArray[np.bool_] | None = None


Find = Callable[[Period, Any], "Determined | None"]  # None: nothing to bill in this period


@dataclass(frozen=True)
class Determinant:
    """A method that turns a load into what the bill is computed on; one row of the registry DETERMINANTS."""

    name: str
    billed: str  # name of the determinant on the bill: billed_energy_kwh, billed_power_kw, ...
    unit: str  # of the quantity shown
    sentence: str  # Swedish, what it does
    settings: type[Strict]
    find: Find
    priced_per: str = ""  # what a price unit must be per; the unit itself unless said

    def parameters(self) -> dict[str, str]:
        """Return parameter -> Swedish description with its default."""
        return {
            name: (field.description or "")
            + ("" if field.default in (PydanticUndefined, None) else f" (förval {field.default})")
            for name, field in self.settings.model_fields.items()
        }


def any_unknown(values: Floats) -> bool:
    """Return whether any of the values is unknown (NaN)."""
    return bool(np.count_nonzero(np.isnan(values)))


def missing_readings(period: Period, quantity: Quantity) -> str:
    """Return the reason why a sum over the period is unknown, with the coverage of the metered hours."""
    if getattr(period.metered.load, quantity) is None:
        return f"{QUANTITY_SV[quantity]} mäts inte i mätpunkten"
    known, total = period.metered.known_hours(quantity, period.first, period.end)
    return coverage(quantity, known, total)


def coverage(quantity: Quantity, known: int, total: int) -> str:
    """Return «mätvärden för energi saknas: 743 av 744 timmar har värde (99,9 %)»."""
    share = number(np.floor(1000 * known / total) / 10 if total else 0.0)
    return f"mätvärden för {QUANTITY_SV[quantity]} saknas: {known} av {total} timmar har värde ({share} %)"


QUANTITY_SV: Mapping[Quantity, str] = {
    "energy_kwh": "energi",
    "volume_m3": "volym",
    "supply_m3c": "framledning",
    "return_m3c": "returtemperatur",
    "reactive_kvarh": "reaktiv energi",
}


def number(value: float, decimals: int = 1) -> str:
    """Return a number with decimal comma, for reasons and evidence."""
    return sv(value, decimals)
