"""The energy balance of a store: charged, taken out, lost, and what is left, by month and by store year.

    charged - out - lost = change of what the store holds          [kWh]

What the store holds is its temperature x heat capacity, or the cumulated balance with the losses told. With both there
are two readings of one truth, and the drift between them is told. Losses are told in the settings, or are what the
balance lacks when the temperature is known. Nothing closes a balance by being guessed.

References: Nordell, B. (1994), Borehole heat store design optimization, LuTH 1994:137D, §2 (balance and efficiency of a
seasonal store: heat out / heat in over a yearly cycle); Dincer and Rosen (2011), Thermal Energy Storage, §6.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from energy.model import Floats
from energy.storage.accounts.metered import Metered
from energy.storage.accounts.months import Indices, Months, to_months
from energy.storage.assumed import assumed
from energy.swedish import sv

__all__ = ["Content", "Losses", "MonthBalance", "content", "losses_of", "month_rows", "without_balance"]

HOURS_A_MONTH = 730.5


@dataclass(frozen=True)
class Losses:
    """How a store loses energy: a share of what it holds by the hour, and a share of what is charged on its way in."""

    of_content_per_hour: float  # NaN where unknown
    of_charge: float
    method: str  # Swedish
    reason: str | None = None


@dataclass(frozen=True)
class Content:
    """What the store holds above its lower limit; hourly (n,) [kWh], None with a reason where it cannot be told."""

    by_temperature: Floats | None
    by_balance: Floats | None
    capacity_kwh: float  # of the usable band, NaN where it is not told
    band_kwh: Floats | None  # half-width of the band of `by_temperature` (n,)
    losses: Losses
    drift_kwh_per_year: float  # how the balance drifts from the temperature, NaN where one of them is missing
    spread_kwh: float  # root mean square of the difference
    reasons: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)


def content(found: Metered) -> Content:
    """Return what the store holds, by its temperature and by its balance, and how far they drift apart."""
    reasons: dict[str, str] = {}
    said: dict[str, str] = {}
    by_temperature, band = _by_temperature(found, reasons, said)
    losses = losses_of(found, by_temperature)
    by_balance = _by_balance(found, by_temperature, losses, reasons, said)
    drift, spread = _apart(found, by_temperature, by_balance)
    capacity = _capacity(found, reasons, said)
    return Content(by_temperature, by_balance, capacity, band, losses, drift, spread, reasons, said)


def _by_temperature(
    found: Metered, reasons: dict[str, str], said: dict[str, str]
) -> tuple[Floats | None, Floats | None]:
    store = found.store
    if store.kind == "battery":
        reasons["by_temperature"] = "ett batteris innehåll följer inte av dess temperatur"
        return None, None
    if found.store_c is None or store.heat_capacity_kwh_per_k is None:
        lacking = "lagrets temperatur" if found.store_c is None else "lagrets värmekapacitet (heat_capacity_kwh_per_k)"
        reasons["by_temperature"] = f"okänt: {lacking} är inte känd"
        return None, None
    lowest = store.lowest_c
    if lowest is None:
        lowest = float(np.nanmin(found.store_c))
        said["by_temperature"] = f"räknat från den lägsta uppmätta temperaturen, {sv(lowest, 1)} °C"
    capacity = store.heat_capacity_kwh_per_k
    held = capacity * (found.store_c - lowest)
    error = np.hypot(capacity * assumed("sensor_error").central, assumed("heat_capacity_error").central * held)
    return held, error


def losses_of(found: Metered, by_temperature: Floats | None) -> Losses:
    """Return the losses as told, or fitted to the months' balance where the store's temperature is known.

    The fit is least squares of (charged - out - change) on the content's hours and the charge, neither negative, such
    that over all the months nothing is unaccounted for: a sensor that follows late moves losses between months only.
    """
    nan, told = float("nan"), found.store.loss_pct_per_month
    rate = 0.0 if told is None else -np.log1p(-min(told, 99.9) / 100) / HOURS_A_MONTH
    if found.store.kind == "battery":
        return _of_battery(found, rate)
    if told is not None:
        return Losses(float(rate), 0.0, f"förluster: angivna, {sv(told, 1)} % av innehållet per månad")
    if found.charge_kwh is None or found.out_kwh is None:
        return Losses(nan, nan, "", found.reasons.get("charge") or found.reasons.get("out_kwh"))
    if by_temperature is None:
        return Losses(nan, nan, "", "okänt: varken lagrets temperatur eller dess förlust (loss_pct_per_month) är känd")
    months = Months.of(found.start_utc)
    charge, out = to_months(months, found.charge_kwh), to_months(months, found.out_kwh[:, 0])
    lost = _lost(months, found, by_temperature)
    held = to_months(months, np.maximum(by_temperature, 0.0))
    known = np.isfinite(lost) & np.isfinite(held) & np.isfinite(charge - out)
    least = int(assumed("losses_least_months").central)
    if known.sum() < least:
        text = f"okänt: förlusterna kräver {least} hela månader med temperatur, det finns {known.sum()}"
        return Losses(nan, nan, "", text)
    rate, share = _closing(held[known], charge[known], lost[known])
    text = (
        f"förluster: skattade ur mätarna och lagrets temperatur under {known.sum()} månader:"
        f" {sv(100 * -np.expm1(-rate * HOURS_A_MONTH), 1)} % av innehållet per månad och"
        f" {sv(100 * share, 1)} % av det som laddas"
    )
    return Losses(rate, share, text)


def _of_battery(found: Metered, rate: float) -> Losses:
    """Return a battery's losses: standing as told, and on the way in what the meters then lack.

    With E[t] = E[t-1]·exp(-rate) + kept·charge - out, and as much in it at the end as at first, kept = Σ out·w / Σ
    charge·w with w = exp(-rate · hours to the end): what is lost at rest is not counted on the way in once more.
    """
    nan = float("nan")
    if found.charge_kwh is None or found.out_kwh is None:
        return Losses(nan, nan, "", found.reasons.get("charge") or found.reasons.get("out_kwh"))
    out = found.out_kwh[:, 0]
    known = np.isfinite(found.charge_kwh) & np.isfinite(out)
    left = np.exp(-rate * np.arange(len(out) - 1, -1, -1.0))
    charged, given = (float((np.where(known, v, 0.0) * left).sum()) for v in (found.charge_kwh, out))
    if charged <= 0 or given <= 0:
        return Losses(nan, nan, "", "okänt: batteriet har inte både laddats och urladdats")
    kept = min(1.0, given / charged)
    told = found.store.loss_pct_per_month
    rest = "" if told is None else f"angivna i vila, {sv(told, 1)} % av innehållet per månad, och "
    return Losses(
        float(rate), 1.0 - kept, f"förluster: {rest}{sv(100 * (1.0 - kept), 1)} % av det som laddas, ur mätarna"
    )


def _closing(held: Floats, charge: Floats, lost: Floats) -> tuple[float, float]:
    """Return (of content an hour, of charge): least squares of the months (m,) whose sums close, neither negative."""
    whole, contents, charged = (float(v.sum()) for v in (lost, held, charge))
    if whole <= 0 or charged <= 0:
        return 0.0, 0.0
    beside = held - contents / charged * charge
    square = float(beside @ beside)
    rate = float(beside @ (lost - whole / charged * charge)) / square if square > 0 else 0.0
    rate = min(max(rate, 0.0), whole / contents if contents > 0 else 0.0)
    return rate, (whole - rate * contents) / charged


def _lost(months: Months, found: Metered, by_temperature: Floats) -> Floats:
    """Return (m,) what went into the store, did not leave it and is not in it at the month's end [kWh].

    It is the change of (cumulated charge - out - content) from the month's first day to the next month's. Means of
    whole days around midnight are compared, so that a sensor's noise of an hour does not count.
    """
    if found.charge_kwh is None or found.out_kwh is None or len(by_temperature) < 48:
        return np.full(len(months.first), np.nan)
    net = found.charge_kwh - found.out_kwh[:, 0]
    lost = np.cumsum(np.where(np.isfinite(net), net, 0.0)) - by_temperature
    starts = np.searchsorted(months.index, np.arange(len(months.first) + 1))
    summed = np.concatenate(([0.0], np.cumsum(np.where(np.isfinite(lost), lost, 0.0))))
    counts = np.concatenate(([0.0], np.cumsum(np.isfinite(lost))))
    low, high = np.clip(starts - 12, 0, len(lost)), np.clip(starts + 12, 0, len(lost))
    count = counts[high] - counts[low]
    at = np.where(count >= 12, (summed[high] - summed[low]) / np.maximum(count, 1), np.nan)
    whole = np.diff(starts) == months.hours.astype(np.int64)
    return np.where(whole, np.diff(at), np.nan)


def _by_balance(
    found: Metered, by_temperature: Floats | None, losses: Losses, reasons: dict[str, str], said: dict[str, str]
) -> Floats | None:
    """Return the cumulated balance (n,) [kWh]; None with a reason where charge, out or losses are unknown."""
    if found.charge_kwh is None or found.out_kwh is None or losses.reason:
        reasons["by_balance"] = str(found.reasons.get("charge") or found.reasons.get("out_kwh") or losses.reason)
        return None
    gaps = ~(np.isfinite(found.charge_kwh) & np.isfinite(found.out_kwh[:, 0]))
    if gaps.mean() > 1 - assumed("month_least_share").central:
        reasons["by_balance"] = f"okänt: {sv(100 * gaps.mean())} % av timmarna saknas i laddning eller urladdning"
        return None
    start = 0.0
    if by_temperature is not None and np.isfinite(by_temperature[:24]).any():
        start = float(np.nanmean(by_temperature[:24]))
    else:
        said["by_balance"] = "räknat från ett tomt lager den dag det togs i drift"
    if gaps.any():
        said["gaps"] = f"{sv(gaps.sum())} timmar utan mätvärde räknas som stillastående i den summerade balansen"
    net = np.where(gaps, 0.0, (1.0 - losses.of_charge) * found.charge_kwh - found.out_kwh[:, 0])
    return _decayed(net, start, losses.of_content_per_hour)


def _decayed(net: Floats, start: float, rate: float) -> Floats:
    """Return E with E[t] = E[t-1]·exp(-rate) + net[t], E[-1] = start, (n,).

    In pieces short enough that exp(rate · hours) stays a number.
    """
    held = np.empty_like(net)
    piece = len(net) if rate <= 0 else max(1, int(500 / rate))
    for first in range(0, len(net), max(piece, 1)):
        part = net[first : first + piece]
        grown = np.exp(rate * np.arange(1, len(part) + 1))
        held[first : first + piece] = (start + np.cumsum(part * grown)) / grown
        start = float(held[min(first + piece, len(net)) - 1])
    return held


def _apart(found: Metered, by_temperature: Floats | None, by_balance: Floats | None) -> tuple[float, float]:
    if by_temperature is None or by_balance is None:
        return float("nan"), float("nan")
    apart = by_balance - by_temperature
    known = np.isfinite(apart)
    if known.sum() < 24 * 30:
        return float("nan"), float("nan")
    years = np.arange(len(apart))[known] / 8766.0
    slope = float(np.polyfit(years, apart[known], 1)[0])
    return slope, float(np.sqrt(np.mean(apart[known] ** 2)))


def _capacity(found: Metered, reasons: dict[str, str], said: dict[str, str]) -> float:
    store = found.store
    if store.capacity_kwh is not None:
        said["capacity_kwh"] = "användbart innehåll: angivet"
        return store.capacity_kwh
    if None not in (store.heat_capacity_kwh_per_k, store.lowest_c, store.highest_c):
        said["capacity_kwh"] = (
            f"användbart innehåll: värmekapacitet gånger det användbara bandet {sv(store.lowest_c or 0.0, 1)}"
            + (f" till {sv(store.highest_c or 0.0, 1)} °C")
        )
        return float(store.heat_capacity_kwh_per_k) * (float(store.highest_c) - float(store.lowest_c))  # type: ignore[arg-type]
    reasons["capacity_kwh"] = "okänt: varken capacity_kwh eller det användbara temperaturbandet är angivet"
    return float("nan")


@dataclass(frozen=True)
class MonthBalance:
    """The balance of the months (m,) [kWh], NaN where unknown; content is that at the month's end."""

    months: Months
    charge_kwh: Floats
    out_kwh: Floats  # (m, 3)
    delivered_kwh: Floats
    electricity_kwh: Floats
    heater_kwh: Floats
    source_kwh: Floats
    change_kwh: Floats
    loss_kwh: Floats
    content_kwh: Floats
    content_balance_kwh: Floats


def month_rows(found: Metered, held: Content) -> MonthBalance:
    """Return the balance by month. The loss is what the balance lacks where the temperature is known, else as told."""
    months = Months.of(found.start_utc)
    charge = to_months(months, found.charge_kwh)
    out = np.full((len(charge), 3), np.nan)
    if found.out_kwh is not None:
        out = np.column_stack([to_months(months, found.out_kwh[:, k]) for k in range(3)])
    change, loss = np.full(len(charge), np.nan), np.full(len(charge), np.nan)
    if held.by_temperature is not None:
        loss = np.where(np.isnan(charge - out[:, 0]), np.nan, _lost(months, found, held.by_temperature))
        change = charge - out[:, 0] - loss
    elif held.by_balance is not None:
        # what an hour loses it loses of what the hour before left; without a temperature the store began empty
        before = np.concatenate(([0.0], held.by_balance[:-1]))
        lost = -np.expm1(-held.losses.of_content_per_hour) * np.maximum(before, 0.0)
        loss = to_months(months, lost) + held.losses.of_charge * charge
        change = charge - out[:, 0] - loss
    ends = np.searchsorted(months.index, np.arange(1, len(months.first) + 1)) - 1
    by_temperature, by_balance = (
        np.full(len(charge), np.nan) if one is None else _known_before(one, ends)
        for one in (held.by_temperature, held.by_balance)
    )
    delivered, electricity, heater, source = (
        to_months(months, v) for v in (found.delivered_kwh, found.electricity_kwh, found.heater_kwh, found.source_kwh)
    )
    return MonthBalance(
        months, charge, out, delivered, electricity, heater, source, change, loss, by_temperature, by_balance
    )


def _known_before(values: Floats, ends: Indices) -> Floats:
    """Return the last known value within a day before each end; NaN where there is none."""
    at = np.where(np.isfinite(values), np.arange(len(values)), -1)
    last = np.maximum.accumulate(at)[ends]
    return np.where((last >= 0) & (ends - last < 24), values[np.maximum(last, 0)], np.nan)


def without_balance(found: Metered, why: str) -> Metered:
    """Return what is metered with nothing known of what left the store, for the reason told."""
    return replace(found, out_kwh=None, reasons={**found.reasons, "out_kwh": why})
