"""What a store can do hour by hour, what was done with it, and the meters it touches. The nouns of the programme.

One form holds a borehole field, a tank and a battery: a kWh drawn from the store (or taken directly from the source
past it) becomes heat or electricity of so much, and costs electricity of so much; a kWh put in becomes `charge_kept`
kWh of content. Only what the meters of the bill see is priced.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from energy.calendar import Instants
from energy.errors import InsufficientData
from energy.model import Floats
from energy.swedish import sv

__all__ = ["Level", "Peak", "Plant", "Schedule", "Side", "charge_most", "checked", "content_of"]

Ints = npt.NDArray[np.int64]
SLACK_KWH = 1e-6


@dataclass(frozen=True)
class Plant:
    """A store and its heat pump over n hours. Energies are per hour [kWh]."""

    start_utc: Instants  # (n,)
    capacity_kwh: float
    start_kwh: float
    end_kwh: float  # the least content after the last hour
    charge_kwh: Floats  # (n,) most that can be put in
    draw_kwh: Floats  # (n,) most that can be drawn, from store and source together
    charge_kept: float  # kWh of content per kWh put in [-]
    loss_per_hour: float  # share of the content lost in an hour [-]
    source_kwh: Floats | None = None  # (n,) what there is to put in; None where bought energy is
    direct: bool = False  # the source can be drawn past the store


@dataclass(frozen=True)
class Level:
    """A stretch of powers on which the billed power costs a straight line: SEK a year = fixed + price·kW."""

    from_kw: float
    to_kw: float
    fixed_sek: float
    sek_per_kw: float
    text: str = ""


@dataclass(frozen=True)
class Peak:
    """A billed power: the mean of the `n` highest items, an item being hours of one day, month or hour.

    `item` (h,) is each hour's item, -1 where it does not count; an item's power is the mean or the highest of its
    hours. `levels` are the stretches of its price, in order of power.
    """

    label: str
    item: Ints
    n: int
    of_mean: bool
    levels: tuple[Level, ...]
    so_far_kw: float = 0.0  # what is billed anyway

    def values(self, load_kwh: Floats) -> Floats:
        """Return the power of each item (items,) [kW]; NaN for one without hours."""
        inside = self.item >= 0
        count = int(self.item.max(initial=-1)) + 1
        if self.of_mean:
            hours = np.bincount(self.item[inside], minlength=count).astype(np.float64)
            sums = np.bincount(self.item[inside], load_kwh[inside], count)
            means: Floats = np.divide(sums, hours, out=np.full(count, np.nan), where=hours > 0)
            return means
        found = np.full(count, -np.inf)
        np.maximum.at(found, self.item[inside], load_kwh[inside])
        return np.where(np.isfinite(found), found, np.nan)

    def power_kw(self, load_kwh: Floats) -> float:
        """Return the billed power of a load [kW]."""
        values = self.values(load_kwh)
        known = np.sort(values[np.isfinite(values)])[-self.n :]
        return max(self.so_far_kw, float(known.mean())) if len(known) else self.so_far_kw

    def level_at(self, power_kw: float) -> Level:
        """Return the stretch a power lies on; the nearest where it lies outside all."""
        inside = [one for one in self.levels if one.from_kw <= power_kw <= one.to_kw]
        if inside:
            return inside[0]
        return min(self.levels, key=lambda one: min(abs(one.from_kw - power_kw), abs(one.to_kw - power_kw)))


@dataclass(frozen=True)
class Side:
    """A billed meter as the store changes it: base + per_charge·charge + per_draw·draw + per_direct·direct [kWh]."""

    metering_point: str
    carrier: str
    base_kwh: Floats  # (n,) without the store
    per_charge: Floats  # (n,)
    per_draw: Floats  # (n,)
    price_sek_per_kwh: Floats  # (n,) of one kWh more
    peaks: tuple[Peak, ...] = ()
    per_direct: Floats | None = None  # (n,) None where it is as `per_draw`

    @property
    def of_direct(self) -> Floats:
        """Return what one kWh straight from the source does to the meter (n,) [kWh/kWh]."""
        return self.per_draw if self.per_direct is None else self.per_direct

    def effect_kwh(self, schedule: Schedule) -> Floats:
        """Return what a schedule adds to the meter (n,) [kWh]."""
        straight = self.of_direct * schedule.direct_kwh
        return self.per_charge * schedule.charge_kwh + self.per_draw * schedule.draw_kwh + straight

    def load_kwh(self, schedule: Schedule) -> Floats:
        """Return the meter's energy under a schedule (n,) [kWh]."""
        return self.base_kwh + self.effect_kwh(schedule)

    def cost_sek(self, schedule: Schedule) -> float:
        """Return what the programme counts: energy at the margin and power on the straight line of its level."""
        load = self.load_kwh(schedule)
        cost = float(self.price_sek_per_kwh @ load)
        for peak in self.peaks:
            power = peak.power_kw(load)
            level = peak.level_at(power)
            cost += level.fixed_sek + level.sek_per_kw * power
        return cost


@dataclass(frozen=True)
class Schedule:
    """What is done with a store, hour by hour (n,) [kWh]."""

    charge_kwh: Floats
    draw_kwh: Floats  # out of the store
    direct_kwh: Floats  # out of the source, past the store
    content_kwh: Floats  # after each hour
    # what one more kWh of content was worth [SEK/kWh]; empty where no programme found the schedule
    stored_sek_per_kwh: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def out_kwh(self) -> Floats:
        """Return what leaves store and source together (n,) [kWh]."""
        return self.draw_kwh + self.direct_kwh


def content_of(plant: Plant, charge_kwh: Floats, draw_kwh: Floats) -> Floats:
    """Return the content after each hour (n,) [kWh]: S = (1 - loss)·S before + kept·charge - draw."""
    net = plant.charge_kept * charge_kwh - draw_kwh
    if plant.loss_per_hour == 0.0:
        return plant.start_kwh + np.cumsum(net)
    return _decaying(plant.start_kwh, net, 1.0 - plant.loss_per_hour)


def _decaying(start: float, net: Floats, keep: float) -> Floats:
    """Return S_t = keep·S_(t-1) + net_t without a loop over hours: blocks short enough for keep^-t to stay exact."""
    block = 512
    padded = np.concatenate((net, np.zeros(-len(net) % block))).reshape(-1, block)
    powers = keep ** np.arange(1, block + 1)
    inside = np.cumsum(padded / powers, axis=1) * powers
    out = np.empty_like(inside)
    for row, part in enumerate(inside):  # one step per block of 512 hours
        out[row] = part + start * powers
        start = float(out[row, -1])
    whole: Floats = out.reshape(-1)[: len(net)]
    return whole


def charge_most(plant: Plant) -> Floats:
    """Return the most that can be put in each hour (n,) [kWh], the source included."""
    if plant.source_kwh is None:
        return plant.charge_kwh
    most: Floats = np.minimum(plant.charge_kwh, plant.source_kwh)
    return most


def checked(plant: Plant) -> Plant:
    """Return the plant, or raise InsufficientData where its numbers contradict each other."""
    n = len(plant.start_utc)
    arrays = (plant.charge_kwh, plant.draw_kwh, *(() if plant.source_kwh is None else (plant.source_kwh,)))
    if any(values.shape != (n,) or not np.isfinite(values).all() or (values < 0).any() for values in arrays):
        raise InsufficientData("kan inte bedömas: lagrets gränser är inte tal i alla timmar, eller negativa")
    if not (np.isfinite(plant.capacity_kwh) and plant.capacity_kwh > 0):
        raise InsufficientData("kan inte bedömas: lagrets kapacitet är okänd")
    if not (0 < plant.charge_kept <= 1 and 0 <= plant.loss_per_hour < 1):
        raise InsufficientData("kan inte bedömas: lagrets verkningsgrad och förlust ligger inte mellan 0 och 1")
    if not (-SLACK_KWH <= plant.start_kwh <= plant.capacity_kwh + SLACK_KWH):
        raise InsufficientData(
            f"kan inte bedömas: lagrets innehåll från början ({sv(plant.start_kwh)} kWh) ryms inte i kapaciteten "
            f"({sv(plant.capacity_kwh)} kWh)"
        )
    if plant.end_kwh > plant.capacity_kwh + SLACK_KWH:
        raise InsufficientData(
            f"kan inte bedömas: {sv(plant.end_kwh)} kWh ska finnas kvar men lagret rymmer {sv(plant.capacity_kwh)} kWh"
        )
    return replace(plant, start_kwh=min(max(plant.start_kwh, 0.0), plant.capacity_kwh))
