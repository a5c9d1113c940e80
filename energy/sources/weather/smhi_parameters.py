"""What SMHI measures, in which unit and over which hour, and how it says how far the values are checked.

Used by both formats of its observations, CSV and JSON.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from energy.errors import SourceError
from energy.model import Finding
from energy.sources import text
from energy.sources.base import MAX_SHOWN, Sieve, quoted

HOUR = timedelta(hours=1)
QUALITY = {"G": "measured", "Y": "suspect"}


@dataclass(frozen=True)
class Parameter:
    """A parameter: SMHI's name and how its description begins, our name with its unit, the texts of that unit."""

    title: str
    begins: tuple[str, ...]
    name: str
    units: tuple[str, ...]
    after_the_fact: bool = False  # a mean or a sum of the hour that ends at the stamp

    def hour(self, stamp: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Return (start, end) of the hour that a stamp stands for."""
        return (stamp - HOUR, stamp) if self.after_the_fact else (stamp, stamp + HOUR)


PARAMETERS = (
    Parameter("lufttemperatur", ("momentanvärde", "medel"), "air_temperature_c",
              ("celsius", "degree celsius", "degrees celsius", "°c")),
    Parameter("relativ luftfuktighet", ("momentanvärde",), "relative_humidity_pct", ("procent", "percent", "%")),
    Parameter("vindhastighet", ("medelvärde 10 min",), "wind_speed_m_s",
              ("meter per sekund", "metre per second", "meter per second", "m/s")),
    Parameter("global irradians (svenska stationer)", ("medelvärde 1 tim",), "global_irradiance_w_m2",
              ("watt per kvadratmeter", "watt per square metre", "watt per square meter", "w/m²", "w/m2"), True),
    Parameter("nederbördsmängd", ("summa 1 tim", "summa 1 dygn", "summa 1 mån"), "precipitation_mm",
              ("millimeter", "millimetre", "mm"), True),
)  # fmt: skip


def parameter_of(title: str, description: str, unit: str, file: str) -> Parameter:
    """Return the parameter; raise SourceError for one that is not read and for a unit that does not fit it."""
    same = [p for p in PARAMETERS if p.title == title.strip().lower()]
    found = next((p for p in same if description.strip().lower().startswith(p.begins)), None)
    if found is None:
        shown = f"{title} ({description})"[:MAX_SHOWN]
        raise SourceError.from_file(
            file, f"parametern är {shown}.", "Hämta lufttemperatur, momentanvärde (1) eller dygnsmedel (2)."
        )
    if unit.strip().lower() not in found.units:
        raise SourceError.from_file(file, f"enheten är {unit[:MAX_SHOWN]!r}.", f"Väntad: {', '.join(found.units)}.")
    return found


def period_of(told: str) -> str | None:
    """Return archive or latest from SMHI's text or key of a time slice, or from a file name; None where it tells none.

    «Kvalitetskontrollerade historiska data (utom de senaste 3 mån)» and corrected-archive are the checked archive,
    «Data från senaste timmen» and latest-hour, latest-day, latest-months are not yet checked.
    """
    words = told.lower()
    if re.search(r"corrected[-_]archive|(?<!o)kvalitetskontrollerad\w*\W+historisk", words):
        return "archive"
    if re.search(r"latest[-_](?:hour|day|months)|^data från (?:de |den |det )?senaste", words):
        return "latest"
    return None


def give_values(sieve: Sieve) -> None:
    """Give the rows `value` and `status`; refuse absent values, other texts and unknown quality codes.

    The rows hold the texts `number` and `quality`.
    """
    sieve.drop(pl.col("number").is_null() | (pl.col("number") == ""), "missing_value", "värdet saknas")
    sieve.rows = sieve.rows.with_columns(
        value=text.number(sieve.rows["number"], "."),
        status=pl.col("quality").replace_strict(QUALITY, default=None, return_dtype=pl.String),
    )
    sieve.drop(pl.col("value").is_null(), "not_a_number", pl.format("«{}» är inget tal", quoted("number")))
    unknown = pl.format("okänd kvalitetskod «{}». Kända: G, Y", quoted("quality"))
    sieve.drop(pl.col("status").is_null(), "unknown_quality", unknown)


def moves(station: str, name: str, locations: Sequence[Sequence[str]]) -> list[Finding]:
    """Return a finding where the station has been moved: a step in its values may then be no change of weather.

    A location is (from, to, height [m], latitude, longitude), as text.
    """
    if len(locations) < 2:
        return []
    # the file's own decimals, with a Swedish comma: a step of 0,001 degree is a move of a hundred metres
    places = "; ".join(
        f"{begin[:10]} till {end[:10]} latitud {lat}, longitud {lon}, höjd {height} m"
        for begin, end, height, lat, lon in ((*p[:2], *(v.replace(".", ",") for v in p[2:5])) for p in locations)
    )
    words = f"Stationen {name} ({station}) har stått på {len(locations)} platser: {places}"
    return [Finding("station_moved", "info", words[: MAX_SHOWN * 10])]
