"""What the web serves day by day, as JSON: the latest months of a weather station, and spot prices of one civil day.

Layouts after SMHI's meteorological observations (version 1.0, latest-months) and elprisetjustnu.se's price API.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np

from energy.calendar import Instants, civil_time
from energy.demo.market import Rates
from energy.model import Floats

__all__ = ["elprisetjustnu", "smhi_latest"]


def smhi_latest(start_utc: Instants, air_c: Floats, station: str, name: str) -> bytes:
    """Return hourly observations, not yet checked, as SMHI's JSON; `updated` is an hour after the last."""
    stamps = (start_utc.astype("datetime64[s]").astype(np.int64) * 1000).tolist()
    values = [
        {"date": stamp, "value": f"{value:.1f}", "quality": "G"}
        for stamp, value in zip(stamps, air_c.tolist(), strict=True)
    ]
    document = {
        "value": values,
        "updated": stamps[-1] + 3_600_000,
        "parameter": {
            "key": "1", "name": "Lufttemperatur", "summary": "momentanvärde, 1 gång/tim", "unit": "degree celsius",
        },
        "station": {"key": station, "name": name, "owner": "Påhittad", "ownerCategory": "CLIMATE", "height": 2.0},
        "period": {
            "key": "latest-months", "from": stamps[0], "to": stamps[-1], "summary": "Data från senaste fyra månaderna",
            "sampling": "1 timme",
        },
        "position": [{"from": stamps[0], "to": stamps[-1], "height": 33.0, "latitude": 0.0, "longitude": 0.0}],
        "link": [],
    }  # fmt: skip
    return json.dumps(document, ensure_ascii=False).encode()


def elprisetjustnu(
    start_utc: Instants, eur_per_mwh: Floats, fx: Rates, first: date, last: date
) -> Iterator[tuple[str, bytes]]:
    """Yield (YYYY-MM-DD, JSON) of every civil day from `first` to `last`: each hour's price per kWh in SEK and EUR.

    The price in SEK has all its decimals, so that it is the same as EUR at the bank's rate.
    """
    days = civil_time(start_utc).astype("datetime64[D]")
    for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
        rows = np.flatnonzero(days == np.datetime64(day))
        hours = [_hour(start_utc[row], float(eur_per_mwh[row]), fx) for row in rows]
        yield day.isoformat(), f"[{','.join(hours)}]".encode()


def _hour(start: np.datetime64, eur_per_mwh: float, fx: Rates) -> str:
    """Return one hour as a JSON object, its numbers written to the last decimal."""
    known = int(np.searchsorted(fx.day, start.astype("datetime64[D]"), side="right")) - 1
    rate = Decimal(f"{fx.sek_per_eur[known]:.4f}")
    euro = Decimal(f"{eur_per_mwh:.2f}") / 1000
    begins, ends = (_local(start + np.timedelta64(hours, "h")) for hours in (0, 1))
    return (
        f'{{"SEK_per_kWh":{euro * rate:f},"EUR_per_kWh":{euro:f},"EXR":{rate:f},'
        f'"time_start":"{begins}","time_end":"{ends}"}}'
    )


def _local(instant: np.datetime64) -> str:
    """Return civil time with its offset, as 2023-10-29T02:00:00+01:00."""
    wall = civil_time(np.array([instant]))[0]
    hours = int((wall - instant) / np.timedelta64(1, "h"))
    naive: datetime = wall.astype("datetime64[s]").item()
    return f"{naive.isoformat()}+{hours:02d}:00"
