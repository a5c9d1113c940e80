"""The made-up municipality's books as SIE 4E files, one a year.

Layout after the SIE file format, version 4B (2008-09-30): code page 437, CRLF, dimensions from 20 on for what is the
organisation's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from energy.demo import books, plan
from energy.demo.books import Voucher

__all__ = ["sie_file", "sie_files"]

_DIMENSIONS = (("20", "Ansvar"), ("21", "Verksamhet"), ("22", "Objekt"))
_OBJECTS = (
    ("20", "4500", "Syntetiska fritidsnämnden, anläggningar (till och med 2020)"),
    ("20", "4510", "Syntetiska idrottsnämnden, anläggningar"), ("20", "4520", "Syntetiska idrottsnämnden, föreningar"),
    ("21", "340", "Idrotts- och fritidsanläggningar"), ("21", "300", "Allmän fritidsverksamhet"),
    ("22", "TORV", "Torvalla-liknande idrottsplats (syntetisk)"), ("22", "LAGR", "Energilagret (syntetiskt)"),
)  # fmt: skip


def sie_files(booked: Sequence[Voucher]) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of every year: written in February after, the last one on the last day, not yet closed."""
    for year in range(plan.FIRST.year, plan.END.year):
        last = year + 1 == plan.END.year
        written = date(year, 12, 31) if last else date(year + 1, 2, 14)
        yield f"syntetisk_huvudbok_{year}.se", sie_file(booked, year, written)


def sie_file(booked: Sequence[Voucher], year: int, written: date) -> bytes:
    """Return the books of one year as SIE 4E, with the balances of the year before where there was one."""
    lines = [*_head(year, written), *_balances(booked, year)]
    for voucher in booked:
        if voucher.day.year == year:
            lines += _voucher(voucher)
    return "".join(f"{line}\r\n" for line in lines).encode("cp437")


def _head(year: int, written: date) -> Iterator[str]:
    name, number = plan.ORGANISATION
    yield "#FLAGGA 0"
    yield '#PROGRAM "Syntetisk ekonomi" 1.0'
    yield "#FORMAT PC8"
    yield f'#GEN {written:%Y%m%d} "Syntetisk ekonom"'
    yield "#SIETYP 4"
    yield '#PROSA "Påhittad bokföring för demonstration"'
    yield f"#ORGNR {number[:6]}-{number[6:]}"
    yield f'#FNAMN "{name}"'
    yield f"#RAR 0 {year}0101 {year}1231"
    if year > plan.FIRST.year:
        yield f"#RAR -1 {year - 1}0101 {year - 1}1231"
    yield "#VALUTA SEK"
    for account, title in books.ACCOUNTS.items():
        yield f'#KONTO {account} "{title}"'
    for account in books.COST_ACCOUNTS.values():
        yield f'#ENHET {account} "kWh"'
    for number, title in _DIMENSIONS:
        yield f'#DIM {number} "{title}"'
    for number, code, title in _OBJECTS:
        yield f'#OBJEKT {number} "{code}" "{title}"'


def _balances(booked: Sequence[Voucher], year: int) -> Iterator[str]:
    """Yield IB and UB of the balance accounts, RES of the others; the format lets those of nought out."""
    for back in range(2 if year > plan.FIRST.year else 1):
        opening, closing = books.balances(booked, year - back)
        for label, amounts, of_result in (("IB", opening, False), ("UB", closing, False), ("RES", closing, True)):
            for account, amount in amounts.items():
                if amount and (account >= "3") == of_result:
                    yield f"#{label} {-back} {account} {amount:.2f}"


def _voucher(voucher: Voucher) -> Iterator[str]:
    day = f"{voucher.day:%Y%m%d}"
    yield f'#VER {voucher.series} {voucher.number} {day} "{voucher.text}" {day}'
    yield "{"
    for line in voucher.lines:
        of_cost = line.account >= "3"
        borne = books.objects(voucher.day) if of_cost else {}
        objects = " ".join(f'{number} "{code}"' for number, code in borne.items())
        yield f'   #TRANS {line.account} {{{objects}}} {line.amount:.2f} {day} "{voucher.text}"{_counted(line.kwh)}'
    yield "}"


def _counted(kwh: Decimal | None) -> str:
    return "" if kwh is None else f" {kwh:.3f}"
