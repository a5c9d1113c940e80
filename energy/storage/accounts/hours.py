"""When a store pays: classes of hours by price of electricity, price of heat and outdoor temperature.

Each class is the bills run again with that class's delivery bought and its electricity not taken, all else as metered;
so classes do not add up to the year where a billed power is shared by them. The break-even coefficient of performance
is the marginal price of electricity over that of heat, powers and fixed parts left out: below it a delivered
kilowatt-hour costs more than it is worth. What pumps take to charge the store in hours that also deliver is no part of
delivering: it stands with the hours without delivery.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from energy.calendar import normal_time
from energy.errors import TariffError
from energy.model import Band, Floats, Load
from energy.storage.accounts.displaced import Curve, return_by_load, with_delivery_bought, without_energy
from energy.storage.accounts.worth import POWER, Billing, Part, differences, main_of
from energy.storage.assumed import assumed
from energy.swedish import sv

__all__ = ["HourClass", "hour_classes"]

HISTORY_MONTHS = 24  # before the year valued: the longest window a billed power looks back
Labels = npt.NDArray[np.int64]
IDLE = np.iinfo(np.int64).max  # hours without delivery; sorts last
FEW = IDLE - 1  # hours of classes too small to tell


@dataclass(frozen=True)
class HourClass:
    """One class of hours of the last twelve months; SEK excl. VAT, NaN with a reason where unknown."""

    spot: str  # Swedish
    heat: str
    outdoor: str
    hours: int
    delivered_kwh: float
    electricity_kwh: float
    value_sek: Band
    cost_sek: Band
    net_sek: Band
    heat_price_sek_per_mwh: float
    electricity_price_sek_per_mwh: float
    cop: float
    break_even_cop: float
    verdict: str  # pays, does_not_pay, uncertain, unknown; standby: charging and standing by, no delivery
    reason: str | None


def hour_classes(
    billing: Billing,
    months: Sequence[date],
    displaced: str,
    delivered_kwh: Floats,
    meters: Sequence[str],
    electricity_kwh: Floats,
    outdoor_c: Floats,
    month_price: dict[int, float],
    charging_kwh: Floats | None = None,
) -> list[HourClass]:
    """Return the classes with delivery in the `months` (the last twelve), and last the hours without any.

    `charging_kwh` (n,) is what of the electricity charged the store, `month_price` the marginal price of heat by month
    of the year [SEK/MWh], `meters` those of the electricity. Raises TariffError where a bill cannot be run, or the
    store's electricity lies under no priced meter, or under several.
    """
    main = _payer(billing, meters)
    curve = return_by_load(billing.loads[displaced], delivered_kwh)  # of all its hours, as the store's worth reads it
    cut = _cut(billing, months)
    billing = _shortened(billing, cut)
    delivered, own, outdoor = delivered_kwh[cut], electricity_kwh[cut], outdoor_c[cut]
    hours = billing.loads[displaced].start_utc
    local = normal_time(hours).astype("datetime64[M]")
    valued = (local >= np.datetime64(months[0], "M")) & (local <= np.datetime64(months[-1], "M"))
    axes = (
        _spot(billing.context.spot_sek_per_kwh, valued & (delivered > 0)),
        _heat(local.astype(np.int64) % 12 + 1, month_price),
        _outdoor(outdoor),
    )
    label = _merged(_combined(axes, delivered), valued)
    kinds = np.unique(label[valued & np.isfinite(delivered)])
    inside = label[:, None] == kinds[None, :]
    value = _value(billing, months, displaced, delivered, inside, curve)
    aside = np.zeros(len(own)) if charging_kwh is None else np.clip(charging_kwh[cut], 0.0, np.nan_to_num(own))
    taken = np.where(inside, (own - aside)[:, None], 0.0)
    taken[:, kinds == IDLE] = np.where(label == IDLE, own, aside)[:, None]
    cost = differences(
        billing.run(billing.loads[main], months),
        billing.run(without_energy(billing.loads[main], taken), months),
    )
    return [
        _one(kind, n, axes, (inside[:, n] & valued), delivered, taken[valued, n], value, cost, len(kinds))
        for n, kind in enumerate(kinds)
    ]


def _payer(billing: Billing, meters: Sequence[str]) -> str:
    """Return the priced meter that pays for all the meters; TariffError where there is none, or another for each."""
    mains = {meter: main_of(billing, meter) for meter in meters}
    found = {main for main in mains.values() if main is not None}
    if None in mains.values():
        lacking = next(meter for meter, main in mains.items() if main is None)
        raise TariffError(f"elmätaren {lacking} ligger inte under någon mätare med avtal.")
    if len(found) > 1:
        raise TariffError(
            f"lagrets el betalas av flera mätare med avtal ({', '.join(sorted(found))}): timklasserna kan inte räknas."
        )
    return found.pop()


Axis = tuple[Labels, tuple[str, ...]]


def _cut(billing: Billing, months: Sequence[date]) -> slice:
    start = np.datetime64(months[0], "M") - np.timedelta64(HISTORY_MONTHS, "M")
    load = next(iter(billing.loads.values()))
    first = start.astype("datetime64[s]") - np.timedelta64(3600, "s")
    return slice(int(np.searchsorted(load.start_utc.astype("datetime64[s]"), first)), None)


def _shortened(billing: Billing, cut: slice) -> Billing:
    def part(values: Floats | None) -> Floats | None:
        return None if values is None else values[cut]

    loads = {
        point: Load(
            point, load.start_utc[cut], load.energy_kwh[cut], part(load.volume_m3), part(load.supply_m3c),
            part(load.return_m3c), part(load.reactive_kvarh), part(load.energy_quarters_kwh),
        )
        for point, load in billing.loads.items()
    }  # fmt: skip
    context = replace(
        billing.context,
        spot_sek_per_kwh=part(billing.context.spot_sek_per_kwh),
        spot_quarters_sek_per_kwh=part(billing.context.spot_quarters_sek_per_kwh),
    )
    return replace(billing, loads=loads, context=context)


def _spot(spot: Floats | None, here: npt.NDArray[np.bool_]) -> Axis:
    """Return the third of the spot prices of the hours with delivery that each hour lies in."""
    if spot is None or not np.isfinite(spot[here]).any():
        n = len(here)
        return np.zeros(n, np.int64), ("elpriset okänt (saknar spotpriser)",)
    low, high = np.nanquantile(spot[here], [1 / 3, 2 / 3])
    found = np.where(np.isfinite(spot), np.digitize(np.nan_to_num(spot), [low, high]), 3)
    border = [sv(100 * v) for v in (low, high)]
    names = (f"under {border[0]} öre", f"{border[0]} till {border[1]} öre", f"över {border[1]} öre", "spotpris saknas")
    return found.astype(np.int64), names


def _heat(month: Labels, price: dict[int, float]) -> Axis:
    """Return the season of each hour by the marginal price of heat of its month."""
    known = sorted({round(p) for p in price.values() if np.isfinite(p)})
    if len(known) > 3:
        edges = np.quantile(known, [1 / 3, 2 / 3])
        names = [f"under {sv(edges[0])}", f"{sv(edges[0])} till {sv(edges[1])}", f"över {sv(edges[1])}"]
        of = {m: int(np.digitize(p, edges)) for m, p in price.items() if np.isfinite(p)}
    else:
        names = [sv(p) for p in known]
        of = {m: known.index(round(p)) for m, p in price.items() if np.isfinite(p)}
    found = np.array([of.get(m, len(names)) for m in range(13)], dtype=np.int64)[month]
    return found, (*(f"{n} kr/MWh" for n in names), "värmepris okänt")


def _outdoor(outdoor: Floats) -> Axis:
    edges = assumed("outdoor_edges")
    found = np.where(np.isfinite(outdoor), np.digitize(np.nan_to_num(outdoor), [edges.low, edges.high]), 3)
    low, high = sv(edges.low), sv(edges.high)
    names = (f"kallare än {low} °C", f"{low} till {high} °C", f"varmare än {high} °C", "utetemperatur saknas")
    return found.astype(np.int64), names


def _combined(axes: tuple[Axis, ...], delivered: Floats) -> Labels:
    """Return one number for each combination of classes, -1 in hours without delivery."""
    label = np.zeros(len(delivered), np.int64)
    for found, names in axes:
        label = label * len(names) + found
    return np.where(delivered > 0, label, IDLE)


def _merged(label: Labels, valued: npt.NDArray[np.bool_]) -> Labels:
    """Return the labels with classes of less than a day and a night in the year together under `FEW`."""
    kinds, count = np.unique(label[valued], return_counts=True)
    small = ~np.isin(label, kinds[count >= assumed("class_least_hours").central]) & (label != IDLE)
    return np.where(small, FEW, label)


def _value(
    billing: Billing, months: Sequence[date], displaced: str, delivered: Floats, inside: npt.NDArray[np.bool_],
    curve: Curve | None,
) -> list[Part]:  # fmt: skip
    load = billing.loads[displaced]
    bought = with_delivery_bought(load, np.where(inside, delivered[:, None], 0.0), curve)
    return differences(billing.run(bought, months), billing.run(load, months))


def _one(
    kind: np.int64, n: int, axes: tuple[Axis, ...], here: npt.NDArray[np.bool_], delivered: Floats, taken: Floats,
    value: list[Part], cost: list[Part], count: int,
) -> HourClass:  # fmt: skip
    at = int(np.flatnonzero(here)[0])
    special = {IDLE: ("ingen urladdning", "–", "–"), FEW: ("övriga timmar", "–", "–")}
    spot, heat_season, outside = special.get(int(kind)) or (labels[found[at]] for found, labels in axes)
    columns = (n, n + count, n + 2 * count)
    worth_all, worth_energy, why = _sums(value, columns)
    cost_all, cost_energy, cost_why = _sums(cost, (n,))
    heat, power = float(np.nansum(delivered[here])), float(np.nansum(taken))
    reason = why or cost_why
    net = np.array([worth_all.min() - cost_all.max(), worth_all.max() - cost_all.min()])
    central = worth_all[0] - cost_all[0]
    verdict = "unknown" if reason else "pays" if net[0] > 0 else "does_not_pay" if net[1] < 0 else "uncertain"
    verdict = "standby" if kind == IDLE else verdict
    heat_price = 1000 * float(worth_energy[0]) / heat if heat > 0 else float("nan")
    power_price = 1000 * float(cost_energy[0]) / power if power > 0 else float("nan")
    return HourClass(
        spot, heat_season, outside, int(here.sum()), heat, power, _band(worth_all, reason), _band(cost_all, cost_why),
        Band(float(central), float(net[0]), float(net[1]), reason=reason), heat_price, power_price,
        heat / power if power > 0 and heat > 0 else float("nan"),
        power_price / heat_price if heat_price > 0 else float("nan"), verdict, reason,
    )  # fmt: skip


def _sums(parts: list[Part], columns: tuple[int, ...]) -> tuple[Floats, Floats, str | None]:
    """Return (all, what follows the kilowatt-hour) of the columns there are, and why they are unknown."""
    total, energy = np.zeros(len(columns)), np.zeros(len(columns))
    reason = None
    for part in parts:
        wide = part.amount_sek
        amount = np.array([wide[c] if c < len(wide) else wide[columns[0] if len(wide) > 1 else 0] for c in columns])
        total = total + amount
        energy = energy + (0.0 if part.component in POWER else amount)
        if np.isnan(amount).any() and reason is None:
            reason = f"{part.label.lower()}: {part.reason or 'kan inte räknas fram'}"
    return total, energy, reason


def _band(values: Floats, reason: str | None) -> Band:
    return Band(float(values[0]), float(values.min()), float(values.max()), reason=reason)
