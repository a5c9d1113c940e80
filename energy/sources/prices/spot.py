"""What the formats of spot prices share: price areas in names and codes, lengths of intervals, whole days.

Day-ahead prices of the Nordic countries were hourly until 30 September 2025 and are per quarter from 1 October 2025
(single day-ahead coupling, 15-minute market time unit).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import polars as pl

from energy.calendar import CIVIL_TIME
from energy.errors import SourceError
from energy.model import Finding
from energy.sources import text
from energy.sources.base import AREAS
from energy.swedish import sv_short

MINUTES = (15, 30, 60)  # the lengths a price may hold for
QUARTERS_FROM = datetime(2025, 9, 30, 22, tzinfo=UTC)  # midnight of 1 October 2025 where prices are set
# Energy Identification Codes of the bidding zones of Sweden (ENTSO-E, approved EIC codes, type Y)
EIC = {
    "10Y1001A1001A44P": "SE1",
    "10Y1001A1001A45N": "SE2",
    "10Y1001A1001A46L": "SE3",
    "10Y1001A1001A47J": "SE4",
}


def area_in(name: str) -> str | None:
    """Return the price area a file name tells (``…_SE3.json``), None where it tells none or several."""
    found = set(re.findall(r"(?<![A-Z0-9])SE[1-4](?![0-9A-Z])", name.upper().rsplit("/", 1)[-1]))
    return found.pop() if len(found) == 1 else None


def area_of(area: str | None, name: str) -> str:
    """Return the declared area, else the one of the file name; raise SourceError where neither tells."""
    found = area or area_in(name)
    if found is None:
        raise SourceError.from_file(
            name, "elområdet står varken i filen eller entydigt i filnamnet.",
            f'Ange area = "SE3" för filen, eller döp den så att den slutar på _SE3 (områden: {", ".join(AREAS)}).',
        )  # fmt: skip
    return found


def scaled(numbers: pl.Series, power: int) -> pl.Series:
    """Return decimal texts times ten to `power` [Float64], rounded once: «0.99498» by three is 994.98 exactly.

    Null for a text that is no number written with a point.
    """
    good = text.number(numbers, ".").is_not_null()
    mantissa = numbers.str.extract(r"^([^eE]*)")
    exponent = numbers.str.extract(r"[eE]([+-]?[0-9]{1,3})$").cast(pl.Int64, strict=False).fill_null(0) + power
    value = (mantissa + "e" + exponent.cast(pl.String)).cast(pl.Float64, strict=False)
    finite = good & value.is_finite().fill_null(False)
    return pl.DataFrame({"v": value, "good": finite}).select(pl.when("good").then("v").alias("v")).to_series()


def incomplete_days(prices: pl.DataFrame) -> list[Finding]:
    """Return a finding where the days of `prices` are not whole, by the clock of the market (23, 24 or 25 hours).

    A price counts once, however many currencies it is told in.
    """
    rows = prices.unique(["area", "start_utc"]).with_columns(
        day=pl.col("start_utc").dt.convert_time_zone(CIVIL_TIME).dt.date(),
        told=(pl.col("end_utc") - pl.col("start_utc")).dt.total_minutes(),
    )
    days = rows.group_by("area", "day").agg(pl.col("told").sum())
    midnight = pl.col("day").cast(pl.Datetime("us"))
    hours = (
        midnight.dt.offset_by("1d").dt.replace_time_zone(CIVIL_TIME) - midnight.dt.replace_time_zone(CIVIL_TIME)
    ).dt.total_minutes()
    odd = days.with_columns(wanted=hours).filter(pl.col("told") != pl.col("wanted")).sort("area", "day")
    if odd.is_empty():
        return []
    first = odd.row(0, named=True)
    words = (
        f"{odd.height} av {days.height} dygn är inte hela: {first['day']} ({first['area']}) har priser för "
        f"{sv_short(first['told'] / 60)} av {sv_short(first['wanted'] / 60)} timmar."
    )
    return [Finding("incomplete_day", "warning", words)]
