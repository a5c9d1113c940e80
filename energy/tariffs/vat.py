"""Value added tax as a view of a bill that is computed without it, rounded as an invoice rounds.

Inside every amount is SEK excl. VAT; VAT is added only where it is shown. The rate is dated data (vat.toml) unless the
component says another.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from itertools import pairwise

import polars as pl
from pydantic import Field, ValidationError, field_validator

from energy.errors import TariffError
from energy.model import BilledComponent, PriceList
from energy.tariffs.published import package_text
from energy.tariffs.strict import Strict, as_tariff_error, wrong

VAT_COLUMNS: Mapping[str, type[pl.DataType]] = {
    "net_sek": pl.Float64, "vat_percent": pl.Float64, "vat_sek": pl.Float64, "gross_sek": pl.Float64,
}  # fmt: skip
ROUNDING_SV = (
    "Varje rad är avrundad till öre, halva ören bort från noll, och momsen räknas på den avrundade raden; summan är de "
    "avrundade radernas. En faktura som räknar momsen på sin summa kan skilja några ören."
)


class VatRow(Strict):
    """One rate, a share of the amount without VAT, from `valid_from` to the next row."""

    valid_from: date
    rate: float = Field(ge=0, lt=1)
    source: str = Field(min_length=1)


class VatTable(Strict):
    """The rows of vat.toml, in order of date."""

    valid_to: date
    rate: list[VatRow] = Field(min_length=1)

    @field_validator("rate")
    @classmethod
    def _in_order(cls, rows: list[VatRow]) -> list[VatRow]:
        if any(later.valid_from <= one.valid_from for one, later in pairwise(rows)):
            raise wrong("rader i stigande ordning efter valid_from")
        return rows


def read_vat(text: str, name: str) -> VatTable:
    """Return the rates in a TOML text. Raises TariffError naming file, key, what was found and what is allowed."""
    try:
        return VatTable.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise TariffError(f"{name}: filen är inte giltig TOML: {error}") from error
    except ValidationError as error:
        raise as_tariff_error(name, error) from error


@cache
def vat_rates() -> VatTable:
    """Return the rates that ship with the program."""
    return read_vat(package_text("vat.toml"), "vat.toml")


def vat_rate(day: date, table: VatTable | None = None) -> float:
    """Return the general rate of a day, as a share of the amount without VAT. Raises TariffError outside the table."""
    table = table or vat_rates()
    known = [row for row in table.rate if row.valid_from <= day]
    if not known or day >= table.valid_to:
        first = table.rate[0].valid_from
        raise TariffError(f"momssats saknas för {day}; tabellen räcker från {first} till {table.valid_to} (vat.toml).")
    return known[-1].rate


def rates_of(lists: Sequence[PriceList]) -> dict[tuple[str, str], float]:
    """Return (price list, label) -> the rate a component names itself, as `vat_rate`; others have the general rate."""
    return {
        (one.id, str(component["label"])): float(component["vat_rate"])
        for one in lists
        for component in one.components
        if component.get("vat_rate") is not None
    }


def with_vat(components: Sequence[BilledComponent], lists: Sequence[PriceList]) -> pl.DataFrame:
    """Return one row per component, in their order, of draw 0: net_sek, vat_percent, vat_sek, gross_sek.

    Amounts are rounded to öre, halves away from zero, VAT on the rounded row; null where the component is unknown.
    Sums are of these rows, so that a reader who adds them up gets what is shown.
    """
    own = rates_of(lists)
    rows: list[tuple[float | None, ...]] = []
    for one in components:
        rate = own.get((one.price_list, one.label), None)
        rate = vat_rate(one.month) if rate is None else rate
        amount = float(one.amount_sek[0])
        if amount != amount:
            rows.append((None, 100 * rate, None, None))
            continue
        net = to_ore(amount)
        vat = to_ore(net * rate)
        rows.append((net, 100 * rate, vat, to_ore(net + vat)))
    return pl.DataFrame(rows, schema=dict(VAT_COLUMNS), orient="row")


def to_ore(sek: float) -> float:
    """Return an amount rounded to öre, halves away from zero; noise below a millionth of an öre does not count."""
    exact = Decimal(repr(round(sek, 8)))
    return float(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))
