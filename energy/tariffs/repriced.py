"""What one period's contracts, price lists and taxes would charge in the months of another.

The lists are copied as if they had been valid in the other months, day for day. The energy tax, which a list names
without its rate, is put in as the rate of its own day, and left out where the other invoice carried it then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from energy.calendar import next_month
from energy.model import Contract, PriceList
from energy.tariffs.pricelist import as_if_valid, select
from energy.tariffs.tax import TaxPeriod, tax_periods

Pairs = Sequence[tuple[date, date]]  # (month to bill, month whose prices hold), first days


@dataclass(frozen=True)
class _Piece:
    """Days [first, end) of the months to bill, under one contract, list and tax rate of the other months."""

    first: date
    end: date
    contract: Contract
    price_list: PriceList
    rates: Mapping[str, float | None]  # carried_by -> öre/kWh, None where the other invoice carries the tax


def repriced(
    contracts: Sequence[Contract], lists: Sequence[PriceList], pairs: Pairs
) -> tuple[list[Contract], list[PriceList]]:
    """Return contracts and lists that bill the first month of each pair with the prices of its second.

    `contracts` are those of one metering point. Months in contract options (hedged shares by YYYY-MM) move along.
    Raises TariffError for a contract day without a price list or tax rate.
    """
    out: tuple[list[Contract], list[PriceList]] = [], []
    for family in sorted({one.family for one in contracts}):
        mine = sorted((c for c in contracts if c.family == family), key=lambda c: c.valid_from)
        for piece in _joined([p for target, source in pairs for p in _pieces(mine, lists, target, source)]):
            options = _options(piece.contract.options, pairs)
            out[0].append(replace(piece.contract, valid_from=piece.first, valid_to=piece.end, options=options))
            taxed = replace(piece.price_list, components=_taxed(piece))
            out[1].append(as_if_valid(taxed, piece.first, piece.end))
    return out


def _pieces(mine: Sequence[Contract], lists: Sequence[PriceList], target: date, source: date) -> Iterator[_Piece]:
    for contract in mine:
        start, end = max(source, contract.valid_from), min(next_month(source), contract.valid_to)
        while start < end:
            price_list = select(lists, contract.family, start)
            carriers = _carriers(price_list)
            periods = {c: tax_periods(start, next_month(source), c) for c in carriers}  # type: ignore[arg-type]
            cuts = [one.first for found in periods.values() for one in found if one.first > start]
            stop = min([end, price_list.valid_to, *cuts])
            first, last = _same_day(start, source, target), _same_day(stop, source, target)
            if first < last:
                rates = {c: _rate(found, start) for c, found in periods.items()}
                yield _Piece(first, last, contract, price_list, rates)
            start = stop


def _carriers(price_list: PriceList) -> set[str]:
    return {one["price"]["carried_by"] for one in price_list.components if one["price"].get("tax")}


def _rate(periods: Sequence[TaxPeriod], day: date) -> float | None:
    return next((one.ore_per_kwh for one in periods if one.first <= day < one.end), None)


def _same_day(day: date, source: date, target: date) -> date:
    """Return the day of the same number in the other month; its end for the end, and for days that it lacks."""
    if day >= next_month(source):
        return next_month(target)
    last = (next_month(target) - target).days
    return target.replace(day=day.day) if day.day <= last else next_month(target)


def _joined(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Return the pieces in order, those that follow on the same contract, list and rates made one."""
    out: list[_Piece] = []
    for piece in sorted(pieces, key=lambda p: p.first):
        last = out[-1] if out else None
        if (
            last is not None
            and last.end == piece.first
            and last.contract is piece.contract
            and last.price_list is piece.price_list
            and last.rates == piece.rates
        ):
            out[-1] = replace(last, end=piece.end)
        else:
            out.append(piece)
    return out


def _taxed(piece: _Piece) -> tuple[Mapping[str, Any], ...]:
    """Return the components with the tax as a plain price; a tax that the other invoice carried then is left out."""
    out: list[Mapping[str, Any]] = []
    for one in piece.price_list.components:
        if not one["price"].get("tax"):
            out.append(one)
            continue
        rate = piece.rates[one["price"]["carried_by"]]
        if rate is not None:
            out.append({**one, "price": {"unit": one["price"]["unit"], "value": rate}})
    return tuple(out)


def _options(options: Mapping[str, Any], pairs: Pairs) -> dict[str, Any]:
    """Return the options; a table by month holds, for the month to bill, what it held for the other."""
    return {key: _by_month(value, pairs) if isinstance(value, Mapping) else value for key, value in options.items()}


def _by_month(table: Mapping[str, Any], pairs: Pairs) -> dict[str, Any]:
    moved = {f"{t:%Y-%m}": table[f"{s:%Y-%m}"] for t, s in pairs if f"{s:%Y-%m}" in table}
    return {**{k: v for k, v in table.items() if k not in {f"{t:%Y-%m}" for t, _ in pairs}}, **moved}
