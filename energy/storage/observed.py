"""A described store and its meters -> what it can do (Plant), what was done with it, and what it does to the bills.

Only what is metered or told is used; what is read off the meters instead of told (a power, a capacity) is said in
`notes`. Meters that contradict each other raise InsufficientData.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from energy.calendar import Instants, next_month
from energy.errors import InsufficientData
from energy.model import BillingContext, Carrier, Contract, Floats, Load, PriceList, Store, Trend
from energy.savings.boundary import paying
from energy.storage.assumed import assumed
from energy.storage.plant import Plant, Schedule, content_of
from energy.storage.repeated import rows_of

__all__ = ["Around", "Observed", "observe"]

_HOURS_PER_MONTH = 730.5


@dataclass(frozen=True)
class Around:
    """The facility around a store, on one grid of hours (n,): its loads (k = 1), points, contracts and price lists."""

    start_utc: Instants
    loads: Mapping[str, Load]
    trends: Mapping[str, Trend]
    carriers: Mapping[str, Carrier]
    parents: Mapping[str, str | None]
    contracts: Sequence[Contract]
    price_lists: Sequence[PriceList]
    billing: Mapping[str, BillingContext]

    def main_of(self, point: str) -> str | None:
        """Return the priced metering point that contains a point, itself included; None where none is priced."""
        at = paying(point, self.parents, {one.metering_point for one in self.contracts})
        return at if at in self.loads else None

    def largest(self, carrier: Carrier) -> str | None:
        """Return the priced metering point of a carrier with the most energy, None without any."""
        priced = {one.metering_point for one in self.contracts}
        mine = sorted(p for p, found in self.carriers.items() if found == carrier and p in priced and p in self.loads)
        return max(mine, key=lambda p: float(np.nansum(self.loads[p].energy_kwh)), default=None)


@dataclass(frozen=True)
class Observed:
    """A store's year. `per_draw` etc. are what one kWh does to heat and electricity bought, (n,) over the year."""

    store: Store
    months: tuple[date, ...]
    plant: Plant
    actual: Schedule
    heat_point: str | None  # the billed meter whose energy a discharge replaces
    power_point: str | None  # the billed meter that pays for the electricity
    heat_per_draw: Floats
    heat_per_charge: float
    power_per_draw: Floats
    power_per_charge: float
    cop: Floats  # (n,) delivered heat per kWh of electricity, NaN without heat pump
    unknown_hours: int
    notes: tuple[str, ...] = ()  # Swedish: what is estimated, and how


@dataclass
class _Meters:
    """The metered sums of the year (n,) [kWh]; None where there is no meter."""

    charge: Floats | None
    discharge: Floats | None
    store_out: Floats | None
    electricity: Floats | None
    source: Floats | None
    bought: Floats | None = None
    known: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))  # (n,) hours known to all
    notes: list[str] = field(default_factory=list)

    @property
    def unknown(self) -> int:
        """Return how many hours are not known to every meter."""
        return int((~self.known).sum())


def observe(store: Store, around: Around, months: Sequence[date]) -> Observed:
    """Return the store's twelve months as the programme needs them.

    Raises InsufficientData, with what is lacking or contradicts, where its operation cannot be laid out.
    """
    first, end = months[0], next_month(months[-1])
    if store.commissioned > first:
        raise InsufficientData(f"kan inte bedömas: lagret togs i drift {store.commissioned}, året börjar {first}")
    rows = rows_of(around.start_utc, first, end)
    if rows.start < 0 or rows.stop > len(around.start_utc):
        raise InsufficientData(f"kan inte bedömas: mätvärdena räcker inte hela vägen {first:%Y-%m}–{months[-1]:%Y-%m}")
    metered = _metered(store, around, rows)
    heat, power = _billed(store, around)
    return (
        _battery(store, around, months, rows, metered, power)
        if store.kind == "battery"
        else _thermal(store, around, months, rows, metered, (heat, power))
    )


def _billed(store: Store, around: Around) -> tuple[str | None, str | None]:
    """Return the billed meters of heat (None for a battery) and electricity."""
    power = next((main for p in store.electricity if (main := around.main_of(p)) is not None), None)
    power = power or around.largest("electricity")
    if store.kind == "battery":
        told = around.main_of(store.displaces) if store.displaces else None
        if (told or power) is None:
            raise InsufficientData("kan inte bedömas: ingen elmätare med avtal")
        return None, told or power
    heat = around.main_of(store.displaces) if store.displaces else around.largest("district_heating")
    if heat is None:
        raise InsufficientData("kan inte bedömas: ingen fjärrvärmemätare med avtal som lagrets värme ersätter")
    if power is None and store.electricity:
        raise InsufficientData("kan inte bedömas: elen till lagret kan inte prissättas (ingen elmätare med avtal)")
    return heat, power


def _metered(store: Store, around: Around, rows: slice) -> _Meters:
    def total(points: tuple[str, ...]) -> Floats | None:
        found = [around.loads[p].energy_kwh[rows, 0] for p in points if p in around.loads]
        if len(found) < len(points):
            lacking = ", ".join(p for p in points if p not in around.loads)
            raise InsufficientData(f"kan inte bedömas: mätpunkt {lacking} har inga mätvärden")
        return np.sum(found, axis=0) if found else None

    metered = _Meters(
        charge=total(store.charge),
        discharge=total(store.discharge),
        store_out=total(store.store_out),
        electricity=total(store.electricity),
        source=total(store.source),
    )
    heat = store.displaces or around.largest("district_heating")
    if store.kind != "battery" and heat is not None and heat in around.loads:
        metered.bought = around.loads[heat].energy_kwh[rows, 0]
    for what, values in (("inladdningen", metered.charge), ("urladdningen", metered.discharge)):
        if values is None:
            raise InsufficientData(f"kan inte bedömas: {what} mäts inte, så vad lagret gjorde är okänt")
    return _without_gaps(metered)


def _without_gaps(metered: _Meters) -> _Meters:
    """Return the meters with the store at rest in hours where any of them is unknown."""
    names = ("charge", "discharge", "store_out", "electricity", "source", "bought")
    there = {name: getattr(metered, name) for name in names if getattr(metered, name) is not None}
    known = np.all([np.isfinite(values) for values in there.values()], axis=0)
    least = assumed("least_coverage").central
    if known.mean() < least:
        raise InsufficientData(
            f"kan inte bedömas: bara {100 * known.mean():.0f} % av timmarna har värde i alla lagrets mätare, minst "
            f"{100 * least:.0f} % krävs"
        )
    unknown = int((~known).sum())
    if unknown:
        metered.notes.append(f"{unknown} timmar saknar mätvärde: där rör sig lagret inte i någon av beräkningarna")
    negative = [name for name, values in there.items() if (values[known] < -1e-6).any()]
    if negative:
        raise InsufficientData(f"kan inte bedömas: lagrets mätare visar negativ energi ({', '.join(negative)})")
    clean: dict[str, Any] = {n: np.where(known, np.maximum(v, 0.0), 0.0) for n, v in there.items()}
    return replace(metered, known=known, **clean)


def _battery(
    store: Store, around: Around, months: Sequence[date], rows: slice, metered: _Meters, power: str | None
) -> Observed:
    charge, discharge = metered.charge, metered.discharge
    assert charge is not None and discharge is not None and power is not None
    notes = list(metered.notes)
    kept = _round_trip(charge, discharge, assumed("kept_battery").central, notes)
    load = np.nan_to_num(around.loads[power].energy_kwh[rows, 0])
    most = _most(store.discharge_kw, discharge, "urladdningseffekten", notes)
    plant = Plant(
        start_utc=around.start_utc[rows],
        capacity_kwh=store.capacity_kwh or 0.0,
        start_kwh=0.0,
        end_kwh=0.0,
        charge_kwh=np.maximum(_most(store.charge_kw, charge, "laddningseffekten", notes) * metered.known, charge),
        draw_kwh=np.maximum(np.minimum(most, load + discharge - charge) * metered.known, discharge),
        charge_kept=kept,
        loss_per_hour=_loss(store),
    )
    plant, actual = _contained(store, plant, charge, discharge, np.zeros(len(charge)), None, notes)
    ones = np.ones(len(charge))
    return Observed(
        store, tuple(months), plant, actual, None, power, 0 * ones, 0.0, -ones, 1.0, np.nan * ones, metered.unknown,
        tuple(notes),
    )  # fmt: skip


def _round_trip(charge: Floats, discharge: Floats, otherwise: float, notes: list[str]) -> float:
    into, out = float(charge.sum()), float(discharge.sum())
    if into <= 0 or out <= 0:
        notes.append(f"verkningsgraden är antagen till {100 * otherwise:.0f} %: lagret har inte använts")
        return otherwise
    if out > 1.02 * into:
        raise InsufficientData(
            f"kan inte bedömas: mätarna motsäger varandra, {out:.0f} kWh togs ut men bara {into:.0f} kWh laddades"
        )
    return min(1.0, out / into)


def _most(told: float | None, seen: Floats, what: str, notes: list[str]) -> float:
    """Return a power as told, else as the metered hours show it [kW]."""
    if told is not None:
        return told
    running = seen[seen > 0]
    if not len(running):
        raise InsufficientData(f"kan inte bedömas: {what} är okänd och lagret har inte använts")
    share = assumed("highest_seen").central
    found = float(np.quantile(running, share))
    notes.append(f"{what} är inte uppgiven: {found:.0f} kW, den som {100 * share:.0f} % av timmarna i drift visar")
    return found


def _loss(store: Store) -> float:
    """Return the share of the content lost in an hour, 0 where nothing is told."""
    told = store.loss_pct_per_month
    return 0.0 if told is None else 1.0 - (1.0 - min(told, 99.0) / 100.0) ** (1.0 / _HOURS_PER_MONTH)


def _thermal(
    store: Store, around: Around, months: Sequence[date], rows: slice, metered: _Meters,
    billed: tuple[str | None, str | None],
) -> Observed:  # fmt: skip
    """Return a thermal store: what it drew, what that delivered, and what electricity it took."""
    charge, delivered, bought = metered.charge, metered.discharge, metered.bought
    if charge is None or delivered is None or bought is None:
        raise InsufficientData("kan inte bedömas: lagrets och fjärrvärmens mätare behövs alla tre")
    notes = list(metered.notes)
    if store.has_heat_pump and not store.discharge_includes_heat_pump and metered.electricity is not None:
        delivered = delivered + metered.electricity * (delivered > 0)
    per_charge, per_heat = _electricity(store, months, around.start_utc[rows], metered, delivered, notes)
    ends_as_heat = per_heat if store.has_heat_pump else np.zeros(len(per_heat))
    source_drawn = delivered * (1.0 - ends_as_heat)  # the heat pump's electricity ends as heat too
    drawn = source_drawn if metered.store_out is None else np.minimum(metered.store_out, source_drawn)
    kept, drawn = _kept(store, around, rows, charge, drawn, metered, notes)
    direct = np.maximum(source_drawn - drawn, 0.0)
    limit = _deliverable(store, delivered, bought, notes) * (1.0 - ends_as_heat)
    bought_in = store.kind == "tank" and not store.source
    source = None if bought_in else charge + direct + (0.0 if metered.source is None else metered.source)
    if metered.source is None and not bought_in:
        notes.append("källan mäts inte: lagret antas kunna ta emot högst det som laddades varje timme")
    plant = Plant(
        start_utc=around.start_utc[rows],
        capacity_kwh=store.capacity_kwh or _by_temperature(store) or 0.0,
        start_kwh=0.0,
        end_kwh=0.0,
        charge_kwh=np.maximum(_most(store.charge_kw, charge, "laddningseffekten", notes) * metered.known, charge),
        draw_kwh=np.maximum(limit, drawn + direct),
        charge_kept=kept,
        loss_per_hour=_loss(store),
        source_kwh=source,
        direct=bool((direct > 0).any()),
    )
    plant, actual = _contained(store, plant, charge, drawn, direct, _content_told(store, around, rows), notes)
    return Observed(
        store, tuple(months), plant, actual, billed[0], billed[1],
        heat_per_draw=-1.0 / (1.0 - ends_as_heat),
        heat_per_charge=1.0 if bought_in else 0.0,
        power_per_draw=per_heat / (1.0 - ends_as_heat),
        power_per_charge=per_charge,
        cop=np.divide(1.0, per_heat, out=np.full(len(per_heat), np.nan), where=per_heat > 0),
        unknown_hours=metered.unknown,
        notes=tuple(notes),
    )  # fmt: skip


def _electricity(
    store: Store, months: Sequence[date], start_utc: Instants, metered: _Meters, delivered: Floats, notes: list[str]
) -> tuple[float, Floats]:
    """Return (electricity per kWh charged, per kWh delivered (n,)), the latter month by month as metered.

    Least squares of the hours' electricity on what was charged and delivered, with a constant that no operation
    changes. Raises InsufficientData where the coefficient of performance is outside physics.
    """
    if metered.electricity is None:
        if store.has_heat_pump:
            raise InsufficientData("kan inte bedömas: värmepumpens el mäts inte, så vad driften kostar är okänt")
        notes.append("elen till lagrets pumpar mäts inte och ingår inte")
        return 0.0, np.zeros(len(delivered))
    charge = metered.charge if metered.charge is not None else np.zeros(len(delivered))
    idle, per_charge, mean = _least_squares(metered.electricity, charge, delivered)
    net = metered.electricity - idle - per_charge * charge
    by_month = np.full(len(delivered), float(mean))
    for month in months:
        at = rows_of(start_utc, month, next_month(month))
        heat = float(delivered[at].sum())
        if heat > 0.02 * float(delivered.sum()):
            by_month[at] = float(net[at].sum()) / heat
    if store.has_heat_pump and (not (by_month > 0).all() or (by_month >= 1.0).any()):
        worst = by_month[np.argmax(np.abs(by_month - 0.3))]
        cop = "negativ" if worst <= 0 else f"{1 / worst:.1f}".replace(".", ",")
        raise InsufficientData(f"kan inte bedömas: värmefaktorn blir {cop}, utanför vad fysiken tillåter")
    return float(per_charge), np.maximum(by_month, 0.0)


def _least_squares(electricity: Floats, charge: Floats, delivered: Floats) -> tuple[float, float, float]:
    """Return (constant, per kWh charged, per kWh delivered), none negative: one that would be is left out."""
    columns = {"idle": np.ones(len(delivered)), "charge": charge, "delivered": delivered}
    found: dict[str, float] = {}
    while columns:
        fitted = np.linalg.lstsq(np.column_stack(list(columns.values())), electricity, rcond=None)[0]
        found = dict(zip(columns, fitted.tolist(), strict=True))
        worst = min((name for name in found if name != "delivered"), key=lambda name: found[name], default=None)
        if worst is None or found[worst] >= 0:
            break
        del columns[worst]
    return found.get("idle", 0.0), found.get("charge", 0.0), found["delivered"]


def _kept(
    store: Store, around: Around, rows: slice, charge: Floats, drawn: Floats, metered: _Meters, notes: list[str]
) -> tuple[float, Floats]:
    """Return (kWh of content per kWh charged, what was drawn out of the store itself (n,))."""
    otherwise = assumed("kept_tank" if store.kind == "tank" else "kept_borehole").central
    change = _content_change(store, around, rows)
    apart = metered.store_out is not None or not store.discharge_includes_heat_pump
    if apart:
        if store.loss_pct_per_month is not None:
            return 1.0, drawn
        into, out = float(charge.sum()), float(drawn.sum()) + (change or 0.0)
        if into > 0 and change is not None and 0 < out <= 1.02 * into:
            return min(1.0, out / into), drawn
        if into > 0 and out > 1.02 * into and change is not None:
            raise InsufficientData(
                f"kan inte bedömas: mätarna motsäger varandra, {out:.0f} kWh togs ut eller blev kvar men bara "
                f"{into:.0f} kWh laddades"
            )
        notes.append(f"lagrets verkningsgrad är antagen till {100 * otherwise:.0f} %: innehållets ändring mäts inte")
        return otherwise, drawn
    total = float(drawn.sum())
    share = min(1.0, otherwise * float(charge.sum()) / total) if total > 0 else 1.0
    notes.append(
        f"det som tas ur lagret mäts inte för sig: {100 * share:.0f} % av uttaget antas komma ur det och resten direkt "
        f"från källan, med {100 * otherwise:.0f} % verkningsgrad"
    )
    return otherwise, share * drawn


def _deliverable(store: Store, delivered: Floats, bought: Floats, notes: list[str]) -> Floats:
    """Return the most heat to deliver each hour (n,) [kWh]: by its power, and by the share of the need it has shown."""
    power = _most(store.discharge_kw, delivered, "urladdningseffekten", notes)
    need = bought + delivered
    running = (delivered > 0) & (need > 0)
    share = 1.0
    if running.any():
        quantile = assumed("highest_seen").central
        share = float(np.quantile(delivered[running] / need[running], quantile))
        notes.append(
            f"lagret antas klara högst {100 * share:.0f} % av värmebehovet, den andel som {100 * quantile:.0f} % av "
            "timmarna i drift visar"
        )
    found: Floats = np.minimum(power, share * need)
    return found


def _by_temperature(store: Store) -> float | None:
    if store.heat_capacity_kwh_per_k is None or store.lowest_c is None or store.highest_c is None:
        return None
    return store.heat_capacity_kwh_per_k * (store.highest_c - store.lowest_c)


def _temperatures(store: Store, around: Around, rows: slice) -> tuple[float, float] | None:
    """Return the store's temperature in the first and last known day of the year [°C]."""
    found = [around.trends[p].values[rows] for p in store.temperature_points if p in around.trends]
    if not found:
        return None
    mean = np.mean(found, axis=0)
    known = np.flatnonzero(np.isfinite(mean))
    if len(known) < 48 or known[0] > 72 or known[-1] < len(mean) - 72:
        return None
    return float(np.mean(mean[known[:24]])), float(np.mean(mean[known[-24:]]))


def _content_change(store: Store, around: Around, rows: slice) -> float | None:
    """Return how much more the store held at the end of the year than at its start [kWh]; None where unknown."""
    ends = _temperatures(store, around, rows)
    if ends is None or store.heat_capacity_kwh_per_k is None:
        return None
    return store.heat_capacity_kwh_per_k * (ends[1] - ends[0])


def _content_told(store: Store, around: Around, rows: slice) -> float | None:
    """Return the content at the start of the year as the store's own temperature tells it [kWh]."""
    ends = _temperatures(store, around, rows)
    if ends is None or store.heat_capacity_kwh_per_k is None or store.lowest_c is None:
        return None
    return store.heat_capacity_kwh_per_k * (ends[0] - store.lowest_c)


def _contained(
    store: Store, plant: Plant, charge: Floats, drawn: Floats, direct: Floats, told: float | None, notes: list[str]
) -> tuple[Plant, Schedule]:
    """Return the plant with its content at both ends, and the actual operation, which then is feasible."""
    path = content_of(replace(plant, start_kwh=0.0), charge, drawn)
    keep = (1.0 - plant.loss_per_hour) ** np.arange(1, len(path) + 1)
    least = max(0.0, float((-path / keep).max()))
    swing = max(least, float((path + least * keep).max()))
    capacity = plant.capacity_kwh
    if capacity <= 0:
        if swing <= 0:
            raise InsufficientData("kan inte bedömas: lagrets kapacitet är okänd och lagret har inte använts")
        capacity = swing
        notes.append(f"kapaciteten är inte uppgiven: {capacity:.0f} kWh, den svängning som mätarna visar")
    if swing > capacity * 1.001 + 1e-6:
        raise InsufficientData(
            f"kan inte bedömas: mätarna visar en svängning på {swing:.0f} kWh men lagret uppges rymma "
            f"{capacity:.0f} kWh"
        )
    room = float(((capacity - path) / keep).min())
    start = min(max(least if told is None else told, least), room)
    if told is not None and abs(told - start) > 0.01 * capacity:
        notes.append(
            f"innehållet från början sätts till {start:.0f} kWh: temperaturen säger {told:.0f} kWh, men då ryms inte "
            "årets drift"
        )
    end = max(float(path[-1] + start * keep[-1]), 0.0)
    plant = replace(plant, capacity_kwh=capacity, start_kwh=start, end_kwh=end)
    return plant, Schedule(charge, drawn, direct, content_of(plant, charge, drawn))
