"""What a store takes in electricity: to charge, for heat out of the store, and for heat straight from the source.

Hours tell what charging and delivery take, months what the coefficient of performance was. Heat out of cold ground may
take more than heat straight from an ice plant's condenser: how much more is told by the meters where days differ enough
in what they drew from where, else by the temperatures (the ratio of the lifts, as of Carnot's coefficients of
performance), else not at all, and then the doubt is in the band.

References: Carnot's coefficient of performance: Moran & Shapiro, Fundamentals of Engineering Thermodynamics, §5.10;
weeks drawn again as blocks without overlap: Carlstein (1986), Annals of Statistics 14(3), 1171-1179.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from energy.calendar import Instants, next_month
from energy.errors import InsufficientData
from energy.model import Band, Floats
from energy.storage.assumed import assumed
from energy.storage.optimum.repeated import rows_of
from energy.swedish import sv

__all__ = ["Drawn", "Electricity", "Taken", "ratio_of", "split", "taken_by"]

_DAY = 24
_NONE = Band(1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Taken:
    """Electricity per kWh charged, and per kWh delivered (n,) month by month as metered, never negative."""

    per_charge: float
    per_heat: Floats
    heat_kwh: Floats  # (n,) what was delivered
    net_kwh: Floats  # (n,) what delivery took: the meter less standing and charging


@dataclass(frozen=True)
class Drawn:
    """A year's hours (n,) of heat out of the store and straight from the source [kWh], and what tells them apart."""

    start_utc: Instants
    store_kwh: Floats
    direct_kwh: Floats
    outdoor_c: Floats
    store_c: Floats | None
    source_c: Floats | None
    supply_c: Floats | None
    apart: bool  # whether the store's own meter tells them apart


@dataclass(frozen=True)
class Electricity:
    """Electricity per kWh charged, out of the store and straight from the source (n,) [kWh/kWh].

    `ratio` is the store's over the direct one's; `text` tells in Swedish where it is from.
    """

    per_charge: float
    per_draw: Floats
    per_direct: Floats
    ratio: Band
    text: str | None


def taken_by(
    months: Sequence[date], start_utc: Instants, electricity: Floats, charge: Floats, delivered: Floats, *,
    has_heat_pump: bool,
) -> Taken:  # fmt: skip
    """Return what charging and delivery take, the latter month by month.

    Least squares of the hours' electricity on what was charged and delivered, with a constant that no operation
    changes. A month that delivered next to nothing has the year's own, as has one that a heat pump cannot have had.
    Raises InsufficientData where such months gave more of the heat than may be unknown, or the year as a whole gives
    less heat than it takes electricity, or heat for none.
    """
    idle, per_charge, mean = _least_squares(electricity, charge, delivered)
    net = electricity - idle - per_charge * charge
    by_month, heat = np.full(len(delivered), float(mean)), float(delivered.sum())
    least = assumed("month_of_delivery").central * heat
    wrong, worst = 0.0, float(mean)
    for month in months:
        at = rows_of(start_utc, month, next_month(month))
        given = float(delivered[at].sum())
        if given <= least:
            continue
        per_heat = float(net[at].sum()) / given
        if has_heat_pump and not 0.0 < per_heat < 1.0:
            wrong, worst = wrong + given, per_heat
        else:
            by_month[at] = per_heat
    if has_heat_pump and (not 0.0 < mean < 1.0 or wrong > (1.0 - assumed("least_coverage").central) * heat):
        cop = "negativ" if worst <= 0 else sv(1 / worst, 1)
        raise InsufficientData(f"kan inte bedömas: värmefaktorn blir {cop}, utanför vad fysiken tillåter")
    return Taken(per_charge, np.maximum(by_month, 0.0), delivered, net)


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


def split(taken: Taken, drawn: Drawn, months: Sequence[date], seed: int, *, has_heat_pump: bool) -> Electricity:
    """Return the electricity of both kinds of heat: in each month together what the meter shows, in the ratio found.

    Circulation pumps alone lift nothing, so that without a heat pump both kinds take the same.
    """
    ratio, text = ratio_of(taken, drawn, seed) if has_heat_pump else (_NONE, None)
    weighted, spent = ratio.value * drawn.store_kwh + drawn.direct_kwh, taken.per_heat * taken.heat_kwh
    whole = float(weighted.sum())
    direct = np.full(len(weighted), float(spent.sum()) / whole if whole > 0 else float(taken.per_heat.mean()))
    least = assumed("month_of_delivery").central * whole
    for month in months:
        at = rows_of(drawn.start_utc, month, next_month(month))
        heat = float(weighted[at].sum())
        if heat > least:
            direct[at] = float(spent[at].sum()) / heat
    return Electricity(taken.per_charge, ratio.value * direct, direct, ratio, text)


def ratio_of(taken: Taken, drawn: Drawn, seed: int) -> tuple[Band, str | None]:
    """Return the electricity of a kWh out of the store over that of one straight from the source, and where it is from.

    1 without a word where there is only one kind of heat.
    """
    if not (drawn.store_kwh.any() and drawn.direct_kwh.any()):
        return _NONE, None
    found = _by_meters(taken, drawn, seed) if drawn.apart else None
    limit = assumed("stored_known").central
    if found is not None and (found.high - found.low) / 2 <= limit * found.value:
        ends = f"{sv(found.low, 2)}-{sv(found.high, 2)}"
        times = f"{sv(found.value, 2)} gånger så mycket el som en direkt ur källan"
        return found, f"en kWh ur lagret tar {times}, enligt mätarna ({ends})"
    found = _by_lift(drawn)
    if found is not None:
        ends = f"{sv(found.low, 2)}-{sv(found.high, 2)}"
        return found, (
            f"en kWh ur lagret antas ta {sv(found.value, 2)} gånger så mycket el som en direkt ur källan ({ends}):"
            " förhållandet mellan temperaturlyften, mätarna skiljer dem inte åt"
        )
    own = assumed("stored_against_direct")
    return Band(own.central, own.low, own.high), (
        "varken mätare eller temperaturer skiljer elen för värme ur lagret från elen för värme direkt ur källan: samma"
        f" antas, och bandet rymmer att lagrets tar upp till {sv(own.high, 1)} gånger så mycket"
    )


def _by_meters(taken: Taken, drawn: Drawn, seed: int) -> Band | None:
    """Return the ratio by least squares of the days' electricity on both kinds of heat; None where they cannot tell it.

    What heat takes more in cold weather is a column of its own, since the store is used when it is cold, and so is what
    pumps take by the hour in operation.
    """
    x, d, spent, outdoor = (
        v.reshape(-1, _DAY) for v in (drawn.store_kwh, drawn.direct_kwh, taken.net_kwh, drawn.outdoor_c)
    )
    hours = (x + d > 0).sum(axis=1).astype(np.float64)
    x, d, spent = (v.sum(axis=1) for v in (x, d, spent))
    with np.errstate(invalid="ignore"):
        degrees = outdoor.mean(axis=1)
    here = (x + d > 0) & np.isfinite(degrees)
    if here.sum() < assumed("cop_least_days").central:
        return None
    heat = (x + d)[here]
    columns = np.column_stack([x[here], d[here], heat * (degrees[here] - degrees[here].mean()), hours[here]])
    week = np.flatnonzero(here) // 7
    _, index = np.unique(week, return_inverse=True)
    count = int(index.max()) + 1
    kinds = columns.shape[1]
    squares, wanted = np.zeros((count, kinds, kinds)), np.zeros((count, kinds))
    np.add.at(squares, index, columns[:, :, None] * columns[:, None, :])
    np.add.at(wanted, index, columns * spent[here][:, None])
    draws = int(assumed("weeks_drawn").central)
    counts = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), draws)
    weights = np.vstack([np.ones(count), counts])
    left, right = np.einsum("kw,wij->kij", weights, squares), weights @ wanted
    if np.linalg.cond(left[0]) > 1e12 or (np.linalg.matrix_rank(left) < kinds).any():
        return None
    fitted = np.linalg.solve(left, right[:, :, None])[:, :, 0]
    if (fitted[:, :2] <= 0).any():
        return None
    ratios = fitted[:, 0] / fitted[:, 1]
    level = assumed("band_level").central
    low, high = np.quantile(ratios[1:], [(1 - level) / 2, (1 + level) / 2])
    value = float(ratios[0])
    return Band(value, min(value, float(low)), max(value, float(high)), level)


def _by_lift(drawn: Drawn) -> Band | None:
    """Return the ratio of the lifts from store and from source; None where a temperature is not known.

    The source's temperature is read in hours that drew nothing from the store.
    """
    if drawn.store_c is None or drawn.source_c is None or drawn.supply_c is None:
        return None
    from_store = (drawn.store_kwh > 0) & np.isfinite(drawn.store_c) & np.isfinite(drawn.supply_c)
    straight = (drawn.direct_kwh > 0) & (drawn.store_kwh <= 0) & np.isfinite(drawn.source_c)
    straight &= np.isfinite(drawn.supply_c)
    least = assumed("cop_least_days").central
    if from_store.sum() < least or straight.sum() < least:
        return None
    supply = float(drawn.supply_c[from_store].mean())
    lifts = np.array(
        [supply - float(drawn.store_c[from_store].mean()), supply - float(drawn.source_c[straight].mean())]
    )
    error = np.sqrt(2) * assumed("sensor_error").central
    if lifts.min() <= 2 * error:
        return None
    value = float(lifts[0] / lifts[1])
    return Band(value, float((lifts[0] - error) / (lifts[1] + error)), float((lifts[0] + error) / (lifts[1] - error)))
