"""A season of bookings and the opening hours, as the facility's staff would send them.

Who booked stands in the file, as it does in real ones, and must never be found behind the door. The people are made
up, their addresses lead nowhere (RFC 2606, .invalid) and their numbers are of the series that the Swedish Post and
Telecom Authority keeps for fiction (070-174 06 05 to 99).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import numpy as np

from energy.demo import plan
from energy.demo.noise import stream
from energy.demo.workbook import workbook

__all__ = ["FIRST", "LAST", "PEOPLE", "Person", "bookings", "opening_hours"]

FIRST, LAST = date(2022, 8, 15), date(2023, 4, 16)
SPACES = ("Ishall A", "Ishall B", "Sporthall 1")
_SAVED = datetime(2023, 4, 17, 6, 30, tzinfo=UTC)
_HEAD = (
    "Bokningsnr", "Anläggning", "Lokal", "Datum", "Från", "Till", "Aktivitet", "Antal deltagare", "Bokad av", "E-post",
    "Telefon",
)  # fmt: skip
_OF_ICE = ("Träning", "Träning", "Match", "Allmänhetens åkning", "Skola", "Cup")
_OF_HALL = ("Träning", "Träning", "Match", "Skola", "Uthyrning", "Möte")


class Person(NamedTuple):
    """Somebody who does not exist."""

    name: str
    address: str
    telephone: str


PEOPLE: tuple[Person, ...] = tuple(
    Person(f"{first} {last}", f"{first}.{last}@exempel.invalid".lower(), f"070-174 06 {10 + n}")
    for n, (first, last) in enumerate((
        ("Ester", "Paahittsson"), ("Nils", "Exempelberg"), ("Aina", "Laatsasdotter"), ("Olle", "Fantasiberg"),
        ("Maj", "Diktadotter"), ("Sixten", "Sagolund"), ("Vega", "Myteholm"), ("Ivar", "Fabelqvist"),
    ))
)  # fmt: skip


def bookings(seed: int) -> bytes:
    """Return the bookings of the season 2022-2023 as an Excel workbook, in civil time, within the opening hours."""
    return workbook("Bokningar", [_HEAD, *_rows(seed)], _SAVED)


def _rows(seed: int) -> Iterator[tuple[str | int | date, ...]]:
    rng = stream(seed, "bookings")
    number = 0
    for day in (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)):
        opens, closes = next((opens, closes) for days, opens, closes in plan.OPENING if day.weekday() in days)
        for space in SPACES:
            hour = opens + int(rng.integers(1, 4))
            while hour < closes:
                length = int(rng.integers(1, 4))
                end = min(hour + length, closes)
                number += 1
                yield _booking(rng, number, day, space, hour, end)
                hour = end + int(rng.integers(0, 4))


def _booking(
    rng: np.random.Generator, number: int, day: date, space: str, hour: int, end: int
) -> tuple[str | int | date, ...]:
    kinds = _OF_HALL if space.startswith("Sporthall") else _OF_ICE
    activity, person = kinds[int(rng.integers(len(kinds)))], PEOPLE[int(rng.integers(len(PEOPLE)))]
    if rng.random() < 0.1:
        activity = f"{activity}, ring {person.name} {person.telephone}"  # what people write in a free text
    count = int(rng.integers(8, 60))
    return (
        f"B{number:05d}", "Torvalla-liknande idrottsplats", space, day, f"{hour:02d}:00", f"{end:02d}:00", activity,
        count, *person,
    )  # fmt: skip


def opening_hours() -> bytes:
    """Return the weekly opening hours as CSV: those of the settings, once more from the staff."""
    names = ("mån", "tis", "ons", "tor", "fre", "lör", "sön")
    rows = ["Anläggning;Veckodag;Öppnar;Stänger;Gäller från;Gäller till"]
    rows += [
        f"{plan.FACILITY};{names[days[0]]}–{names[days[-1]]};{opens:02d}:00;{closes:02d}:00;{plan.FIRST};"
        for days, opens, closes in plan.OPENING
    ]
    return ("\ufeff" + "\n".join(rows) + "\n").encode()
