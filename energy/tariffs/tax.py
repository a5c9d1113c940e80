"""Swedish energy tax on electricity, as dated data (tax.toml): rate, and on which invoice it is charged."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from pydantic import Field, ValidationError

from energy.errors import TariffError
from energy.tariffs.published import package_text
from energy.tariffs.strict import Strict, as_tariff_error


class TaxRow(Strict):
    """One rate [öre/kWh excl. VAT] and the invoice that carries it, from `valid_from` to the next row."""

    valid_from: date
    ore_per_kwh: float
    collected_by: Literal["grid", "retail"]
    source: str = Field(min_length=1)


class TaxTable(Strict):
    """The rows of tax.toml, in order of date."""

    zone: str
    valid_to: date
    rate: list[TaxRow] = Field(min_length=1)


@dataclass(frozen=True)
class TaxPeriod:
    """A rate for the days [first, end)."""

    first: date
    end: date
    ore_per_kwh: float


def read_tax(text: str, name: str) -> TaxTable:
    """Return the tax table. Raises TariffError naming file, key, what was found and what is allowed."""
    try:
        table = TaxTable.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise TariffError(f"{name}: filen är inte giltig TOML: {error}") from error
    except ValidationError as error:
        raise as_tariff_error(name, error) from error
    days = [row.valid_from for row in table.rate]
    if sorted(set(days)) != days:
        raise TariffError(f"{name}: nyckel «rate»: raderna står inte i datumordning. Tillåtet: stigande valid_from.")
    return table


@cache
def energy_tax() -> TaxTable:
    """Return the energy tax on electricity, normal zone, that ships with the package."""
    return read_tax(package_text("tax.toml"), "tax.toml")


def tax_periods(
    first: date, end: date, carried_by: Literal["grid", "retail"], table: TaxTable | None = None
) -> Sequence[TaxPeriod]:
    """Return the rates of the days [first, end) that `carried_by` collects; empty where the other invoice does.

    Raises TariffError for a day outside the table.
    """
    table = table or energy_tax()
    if first < table.rate[0].valid_from or end > table.valid_to:
        raise TariffError(
            f"energiskatt på el saknas för {first} - {end}; tabellen räcker från {table.rate[0].valid_from} till "
            f"{table.valid_to}. Lägg till skattesatsen i tax.toml."
        )
    ends = [row.valid_from for row in table.rate[1:]] + [table.valid_to]
    return [
        TaxPeriod(max(first, row.valid_from), min(end, until), row.ore_per_kwh)
        for row, until in zip(table.rate, ends, strict=True)
        if row.collected_by == carried_by and row.valid_from < end and until > first
    ]
