"""The made-up facility's calendar and names: what its files, its invoices and its physics agree on.

Anchored in time on what Stockholm county lived through in 2020-2021; the facility itself does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from energy.calendar import Instants, civil_time, hours_between, normal_time

FACILITY = "torvalla-syntetisk"
ORGANISATION = ("Syntetisk kommun", "2120009994")  # number with a right check digit, taken by nobody known
HEAT_SUPPLIER = ("Syntetisk Fjärrvärme AB", "5599990016")
GRID_COMPANY = ("Syntetiskt Elnät AB", "5599990024")
RETAILER = ("Syntetisk Elhandel AB", "5599990032")

HEAT_MAIN = "735999100000000010"
EL_MAIN = "735999100000000027"
EL_STORE = "735999100000000034"
EL_ICE = "735999100000000041"
REJECTED = "735999100000000058"
STORE_HEAT = "735999100000000065"
EL_LIGHTING = "735999100000000072"  # a supply nobody uses any more, and nobody has given notice of
CHARGED = "735999100000000096"
STORE_OUT = "735999100000000102"
HEAT_PUMP = "735999100000000119"
EL_BRINE = "735999100000000126"
SOMEBODY_ELSES = "735999100000000089"  # billed once by mistake: no meter of the municipality's

WEATHER_FROM = date(2008, 1, 1)  # the station is older than the facility's meters
WARM_UP = date(2017, 11, 1)  # two months before delivery, so that buildings' memory of the weather can start
FIRST = date(2018, 1, 1)
END = date(2024, 1, 1)  # first day not delivered
LIGHTING_FROM = date(2021, 1, 1)  # the lighting's supply was told apart from the street lighting's
RENAMED = date(2021, 1, 1)  # the board got a new name and with it a new cost centre
BASELINE_TO = date(2020, 3, 1)
STORE_FROM = date(2020, 9, 1)
BRINE_SPEED_FROM = date(2022, 11, 15)  # a measure that is done: the brine pump follows the load from here on
BRINE_DECIDED = date(2022, 9, 12)
RETURN_FAULT_FROM = date(2022, 10, 1)  # a valve that no longer closes
NIGHT_FAULT_FROM = date(2022, 10, 1)  # the halls' ventilation stops following its time programme
ICE_REGISTER_FROM = date(2022, 1, 1)  # from here on the ice plant's meter tells standings, not hours
ICE_METER_CHANGED = np.datetime64("2023-02-07T10:35:00")  # normal time; what both meters showed is in the settings
ICE_REGISTER_DIGITS = 6  # the old meter's register: it starts again after 999 999 kWh
ICE_OLD_STOP_KWH, ICE_NEW_START_KWH = 318_204.5, 7.25
SERVICE_STOP_FROM = date(2021, 2, 9)  # the first winter's stop comes after the closure

ICE_SEASONS: tuple[tuple[date, date], ...] = (  # first day with ice, first day without
    (date(2017, 8, 10), date(2018, 4, 21)),
    (date(2018, 8, 10), date(2019, 4, 21)),
    (date(2019, 8, 10), date(2020, 3, 16)),
    (date(2020, 8, 10), date(2021, 4, 21)),
    (date(2021, 8, 10), date(2022, 4, 21)),
    (date(2022, 8, 10), date(2023, 4, 21)),
    (date(2023, 8, 10), date(2024, 4, 21)),
)


@dataclass(frozen=True)
class Closure:
    """A time with fewer visitors. `visits` is the share that still came; `excluded` leaves it out of the follow-up."""

    start: date
    end: date  # first day after
    visits: float
    excluded: bool
    reason: str


CLOSURES: tuple[Closure, ...] = (
    Closure(date(2020, 3, 14), date(2020, 6, 15), 0.25, False,
            "Pandemin: delvis stängt, isen upptinad i förtid. Ligger mellan basperiod och uppföljning."),
    Closure(date(2020, 11, 24), date(2020, 12, 18), 0.4, True,
            "Pandemin: högst åtta personer, bara föreningar för barn och unga. Is och bassäng i drift."),
    Closure(date(2020, 12, 18), date(2021, 2, 8), 0.1, True,
            "Pandemin: stängt för allmänheten efter regeringens beslut. Is och bassäng delvis i drift."),
)  # fmt: skip
_FEWER: tuple[tuple[date, date, float], ...] = (
    (date(2020, 6, 15), date(2020, 11, 24), 0.92),
    (date(2021, 2, 8), date(2021, 6, 1), 0.92),
)

# partial operation, told in the ledger as a stated effect: heat stays, some visitors vanish
FEWER_VISITORS = (date(2021, 2, 8), date(2021, 5, 31))
FEWER_WHY = (
    "Pandemin: öppet för skolor och föreningar, högst en person per 10 m². Värmen står kvar, besökarna är färre."
)

OPENING: tuple[tuple[tuple[int, ...], int, int], ...] = (  # ISO weekday - 1, opens, closes; civil time
    ((0, 1, 2, 3, 4), 6, 22),
    ((5, 6), 8, 20),
)


@dataclass(frozen=True)
class Timeline:
    """The hours of the facility and what is on in each; every array is (n,)."""

    start_utc: Instants
    day: Instants  # datetime64[D], normal time
    hour: npt.NDArray[np.int64]  # 0-23, normal time
    open: npt.NDArray[np.float64]
    ice: npt.NDArray[np.float64]
    visits: npt.NDArray[np.float64]

    def since(self, start: date, end: date = END) -> npt.NDArray[np.bool_]:
        """Return where the normal-time day lies in [start, end)."""
        return (self.day >= np.datetime64(start)) & (self.day < np.datetime64(end))

    @property
    def delivered(self) -> slice:
        """Return the hours the meter files hold: all but the warm-up."""
        return slice(int(np.searchsorted(self.day, np.datetime64(FIRST))), None)


def cost_centre(day: date) -> str:
    """Return the cost centre that bears the facility's costs on a day."""
    return "4500" if day < RENAMED else "4510"


def utc_of(day: date) -> np.datetime64:
    """Return the instant [UTC] at which `day` begins in normal time."""
    return np.datetime64(day, "h") - np.timedelta64(1, "h")


def timeline(first: date = WARM_UP, end: date = END) -> Timeline:
    """Return every hour of the normal-time days [first, end) with opening hours, ice seasons and visits."""
    start_utc = hours_between(utc_of(first), utc_of(end))
    wall = normal_time(start_utc)
    day = wall.astype("datetime64[D]")
    local = civil_time(start_utc)
    civil_day = local.astype("datetime64[D]")
    weekday = (civil_day.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    local_hour = local.astype("datetime64[h]").astype(np.int64) % 24
    is_open = np.zeros(day.size)
    for days, opens, closes in OPENING:
        is_open[np.isin(weekday, days) & (local_hour >= opens) & (local_hour < closes)] = 1.0
    ice = np.zeros(day.size)
    for start, stop in ICE_SEASONS:
        ice[(civil_day >= np.datetime64(start)) & (civil_day < np.datetime64(stop))] = 1.0
    visits = np.ones(day.size)
    for start, stop, share in (*((c.start, c.end, c.visits) for c in CLOSURES), *_FEWER):
        visits[(civil_day >= np.datetime64(start)) & (civil_day < np.datetime64(stop))] = share
    hour = wall.astype("datetime64[h]").astype(np.int64) % 24
    return Timeline(start_utc, day, hour, is_open, ice, visits)
