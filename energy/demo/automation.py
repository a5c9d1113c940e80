"""What the building automation of the made-up facility logged every quarter of an hour in the autumn of 2022.

In these months the halls' ventilation stops following its time programme and the heat comes back warmer: the trends
show it. The system writes the wall clock with summer time, one file a month. The store's own controller logs its
temperatures every hour in normal time, one file a year.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import polars as pl

from energy.calendar import Instants, civil_time, next_month, normal_time
from energy.demo import plan
from energy.demo.meterfiles import decimal_text, stamps, table
from energy.demo.noise import ar1, stream
from energy.demo.physics import Physics
from energy.model import Floats

__all__ = ["FIRST", "HEAT_CAPACITY_KWH_PER_K", "LAST", "POINTS", "STORE_POINTS", "store_files", "trend_files"]

FIRST, LAST = date(2022, 9, 1), date(2022, 11, 1)  # first and last month
POINTS = ("VS01-GT11", "VS01-GT12", "LB02-GM11", "KB01-GT01-BV", "LB03-FF01")
STORE_POINTS = ("BL01-GT01", "VP01-GT11", "VP01-GT01")  # the store itself, what the heat pump gives, what it takes
HEAT_CAPACITY_KWH_PER_K = 30_000.0  # of the rock in the store
_EMPTY_C = 6.0  # the rock as it was found
_HEADINGS = ("VS01-GT11 [°C]", "VS01-GT12 [°C]", "LB02-GM11 [%]", "KB01-GT01-BV [°C]", "LB03-FF01")
_FAILED = {
    "VS01-GT11": slice(1_350, 1_354),
    "LB02-GM11": slice(3_012, 3_024),
}  # quarters for which a sensor gave nothing but an error


def trend_files(physics: Physics, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield (name, CSV) of every month, in civil time: the day the clocks go back has a hundred rows."""
    quarters, values = _trends(physics, seed)
    wall = civil_time(quarters)
    month = FIRST
    while month <= LAST:
        end = next_month(month)
        rows = (wall >= np.datetime64(month)) & (wall < np.datetime64(end))
        columns = {"Tid": stamps(wall[rows], "%Y-%m-%d %H:%M:%S")}
        for heading, point in zip(_HEADINGS, POINTS, strict=True):
            columns[heading] = pl.Series(values[point][rows].tolist())
        text = f"Exportdatum;{end} 05:30:00\n" + table(columns)
        yield f"syntetiska_trender_{month:%Y-%m}.csv", ("\ufeff" + text).encode()
        month = end


def store_files(physics: Physics, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield (name, CSV) of every year with a store: its temperature, and the heat pump's on both sides, by the hour."""
    time, rng = physics.time, stream(seed, "store temperatures")
    store_c = _EMPTY_C + physics.store_content_kwh / HEAT_CAPACITY_KWH_PER_K + ar1(rng, time.hour.size, 48.0, 0.02)
    supply_c = 41.0 + 0.22 * np.maximum(0.0, 15.0 - physics.air_temperature_c) + ar1(rng, time.hour.size, 6.0, 0.4)
    taken_c = 0.5 * store_c + 5.0 + ar1(rng, time.hour.size, 6.0, 0.3)  # mixed with what comes from the ice plant
    values = dict(zip(STORE_POINTS, (store_c, supply_c, taken_c), strict=True))
    for year in range(plan.STORE_FROM.year, plan.END.year):
        rows = time.since(max(date(year, 1, 1), plan.STORE_FROM), date(year + 1, 1, 1))
        columns = {"Tid": stamps(normal_time(physics.start_utc[rows]), "%Y-%m-%d %H:%M")}
        columns |= {point: decimal_text(found[rows], 2) for point, found in values.items()}
        yield f"syntetiska_lagertemperaturer_{year}.csv", ("\ufeff" + table(columns)).encode()


def _trends(physics: Physics, seed: int) -> tuple[Instants, dict[str, np.ndarray]]:
    """Return the quarters [UTC] of the months, with a margin, and the text of every point at each."""
    margin = np.timedelta64(3, "h")  # civil months begin an hour or two before those of UTC
    first, end = plan.utc_of(FIRST) - margin, plan.utc_of(next_month(LAST)) + margin
    quarters: Instants = np.arange(first, end, np.timedelta64(15, "m")).astype("datetime64[s]")
    hour = np.searchsorted(physics.start_utc, quarters, side="right") - 1
    rng = stream(seed, "automation")

    def noise(sd: float, memory_quarters: float = 8.0) -> Floats:
        return ar1(rng, quarters.size, memory_quarters, sd)

    time = physics.time
    opened, ice = time.open[hour], time.ice[hour]
    running = np.maximum(opened, time.since(plan.NIGHT_FAULT_FROM)[hour])
    humidity = 58.0 + 6.0 * opened + 0.35 * (physics.air_temperature_c[hour] - 8.0) + noise(1.6, 40.0)
    found = {
        "VS01-GT11": decimal_text(physics.supply_c[hour] + noise(0.4), 1),
        "VS01-GT12": decimal_text(physics.return_c[hour] + noise(0.4), 1),
        "LB02-GM11": decimal_text(np.clip(humidity, 25.0, 95.0), 1),
        "KB01-GT01-BV": decimal_text(np.where(ice > 0, np.where(opened > 0, -5.0, -3.5), 4.0), 1),
        "LB03-FF01": pl.Series(np.where(running > 0, "Till", "Från").tolist()),
    }
    texts = {point: column.to_numpy().astype(object) for point, column in found.items()}
    for point, rows in _FAILED.items():
        texts[point][rows] = "#FEL"
    return quarters, texts
