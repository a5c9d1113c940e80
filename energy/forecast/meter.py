"""One meter's hours to come: its latest one or two years fitted, then drawn in the weather of each past year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from energy.calendar import Instants, add_months, normal_time
from energy.forecast.ahead import Ahead, context_ahead
from energy.forecast.beside import Level, beside, levels, monthly_ratios
from energy.forecast.deviations import Deviations
from energy.forecast.spot import History
from energy.forecast.weather import Season
from energy.model import BilledComponent, BillingContext, Carrier, Contract, Floats, Load
from energy.savings.bands.uncertainty import draws
from energy.savings.baselines.baseline import Settings, fit, predict
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.frozen import Baseline
from energy.savings.baselines.sufficiency import Bools, Limits, data_gates, first_reason
from energy.tariffs.bill import bill

TARGETS = ("energy_kwh", "volume_m3", "supply_m3c", "return_m3c")
BESIDE = ("volume_m3", "supply_m3c", "return_m3c", "reactive_kvarh")
TRAINED_MONTHS = 24
FEWEST_MONTHS = 12
HISTORY_MONTHS = 37  # powers of the next calendar year look at most so far back
LAGS_H = (6.0, 24.0, 96.0)  # thermal lags that are tried [h]; fewer than a baseline's, since this is done every month
PENALTY = 10.0
BLOCK_DAYS = 56  # two years in as many blocks as a baseline has for one
_HOUR = np.timedelta64(3600, "s")
_LEAD = 60 * 24  # hours of real weather before the drawn: the slow temperature follows days, not months


@dataclass(frozen=True)
class Meter:
    """A metering point that is paid for, and what its forecast needs.

    `load` (n, 1) metered; `drivers` over the load with a margin before and on to the end of the forecast year, its
    temperature NaN where it has not come, its calendar known throughout; `context` along the hours of `load`;
    `excluded` (n,) hours that are not how the facility runs; `changed_on` the latest change of operation, if any;
    `lags_h` the thermal lags to choose from [h].
    """

    carrier: Carrier
    load: Load
    drivers: Drivers
    contracts: Sequence[Contract]
    context: BillingContext
    seed: int
    excluded: Bools | None = None
    changed_on: date | None = None
    lags_h: tuple[float, ...] = LAGS_H


@dataclass(frozen=True)
class Fitted:
    """A meter up to `cut` with its model, or the `constant` [kWh an hour] that every hour of its training has shown.

    A constant goes on, as a dormant meter does. `reason` why there is no forecast, or None; `notes` what was assumed.
    """

    meter: Meter
    load: Load
    cut: np.datetime64
    model: Baseline | None
    constant: float | None
    reason: str | None
    notes: tuple[str, ...]
    deviations: Deviations | None = None
    levels: Mapping[str, Level] = field(default_factory=dict)


@dataclass(frozen=True)
class Drawn:
    """The months to come in k draws: (component, month) -> (k,) [SEK], month -> (k,) [kWh]."""

    amounts: Mapping[tuple[str, date], Floats]
    energy: Mapping[date, Floats]
    reasons: Mapping[str, str] = field(default_factory=dict)  # component -> why it is not known


def instant(day: date) -> np.datetime64:
    """Return the instant at which a day begins in normal time."""
    return np.datetime64(day.isoformat(), "s") - _HOUR


def fitted(meter: Meter, end: date) -> Fitted:
    """Return the meter fitted on its last 24 months before `end`, fewer where the operation changed in them.

    A change leaves the months before it out when at least twelve remain, else it is told.
    """
    cut = instant(end)
    start = meter.load.start_utc.astype("datetime64[s]")
    known = start < cut
    first, notes = add_months(end, -TRAINED_MONTHS), []
    if meter.changed_on and meter.changed_on > first:
        if meter.changed_on <= add_months(end, -FEWEST_MONTHS):
            first = meter.changed_on
        else:
            notes.append(f"driften ändrades {meter.changed_on}, och modellen bygger också på tiden före")
    train = known & (start >= instant(first))
    if meter.excluded is not None:
        train &= ~meter.excluded
    load = _until(meter.load, known)
    wanted = [t for t in TARGETS if getattr(meter.load, t) is not None]
    targets = {t: getattr(meter.load, t)[train, 0] for t in wanted}
    inside = meter.drivers.start_utc < cut
    past = meter.drivers.between(slice(0, int(inside.sum())))  # contiguous hours: those before the cut are the first
    valid = np.isfinite(targets["energy_kwh"])
    values = np.unique(targets["energy_kwh"][valid])
    if len(values) == 1:
        air = past.air_temperature_c[past.rows(start[train])]
        reason = first_reason(data_gates(start[train], valid, air, Limits()))
        return Fitted(meter, load, cut, None, float(values[0]), reason, ())
    model = fit(start[train], targets, past, Settings(meter.lags_h, (PENALTY,), BLOCK_DAYS))
    # a step counts against a baseline; a forecast goes on from the level after it, with the drift the step has widened
    model = replace(model, gates=tuple(g for g in model.gates if g.name != "one_level"))
    if model.unfit_targets and not model.disqualified:
        notes.append("flöde och temperaturer följer energin som samma månad senaste året")
    if model.disqualified:
        return Fitted(meter, load, cut, model, None, model.disqualified, tuple(notes))
    told = (model, start[train], list(targets.values()), past)
    return Fitted(meter, load, cut, model, None, None, tuple(notes), Deviations.of(*told), levels(*told))


def _until(load: Load, known: Bools) -> Load:
    def cut(values: Floats | None) -> Floats | None:
        return None if values is None else values[known]

    return Load(
        load.metering_point, load.start_utc[known].astype("datetime64[s]"), load.energy_kwh[known],
        cut(load.volume_m3), cut(load.supply_m3c), cut(load.return_m3c), cut(load.reactive_kvarh),
    )  # fmt: skip


def drawn(one: Fitted, ahead: Ahead, seasons: Sequence[Season], months: Sequence[date], count: int) -> Drawn:
    """Return the bills of `months` in `count` draws for each of `seasons`, in their order: k = seasons x count.

    `count` is two or more. Every draw is the metered past and a possible future, billed as one load, so that powers
    over rolling windows see what was metered. Raises TariffError where the tariff cannot be run.
    """
    amounts: dict[tuple[str, date], list[Floats]] = {}
    energy: dict[date, list[Floats]] = {}
    reasons: dict[str, str] = {}
    prices = _prices(one, months, len(seasons) * count)
    for at, (load, context) in enumerate(_futures(one, seasons, count)):
        sums = _billed(load, ahead, months, context, reasons)
        if prices is not None:  # a bill is a straight line in the level of the spot price
            without = _billed(load, ahead, months, _free(context, one.cut, load), {})
            factor = prices[:, at * count : (at + 1) * count]
            sums = {k: without[k] + (v - without[k]) * factor[months.index(k[1])] for k, v in sums.items()}
        for key, amount in sums.items():
            amounts.setdefault(key, []).append(amount)
        local = normal_time(load.start_utc).astype("datetime64[M]")
        for month in months:
            inside = local == np.datetime64(month, "M")
            energy.setdefault(month, []).append(load.energy_kwh[inside].sum(axis=0))
    return Drawn(
        {key: np.concatenate(parts) for key, parts in amounts.items()},
        {month: np.concatenate(parts) for month, parts in energy.items()},
        reasons,
    )


def _billed(
    load: Load, ahead: Ahead, months: Sequence[date], context: BillingContext, reasons: dict[str, str]
) -> dict[tuple[str, date], Floats]:
    """Return (component, month) -> (k,) [SEK], and add to `reasons` why a component is not known."""
    sums: dict[tuple[str, date], Floats] = {}
    for part in bill(load, ahead.contracts, ahead.lists, months, context):
        key: tuple[str, date] = (part.component, part.month)
        sums[key] = sums.get(key, np.zeros(load.energy_kwh.shape[1])) + part.amount_sek
        _tell(reasons, part)
    return sums


def spot_history(one: Fitted) -> History | None:
    """Return the prices that an electricity meter's forecast builds on, None where there are none."""
    if one.meter.carrier != "electricity" or one.meter.context.spot_sek_per_kwh is None:
        return None
    return History.of(one.meter.context, one.load.start_utc)


def months_ahead(one: Fitted, month: date) -> int:
    """Return how many months after the cut `month` ends: 1 for the first to come."""
    cut = normal_day(one.cut)
    return (month.year - cut.year) * 12 + month.month - cut.month + 1


def _prices(one: Fitted, months: Sequence[date], draws: int) -> Floats | None:
    """Return the factors (months, draws) on the spot price, the same for every meter; None where they are not known."""
    history, last = spot_history(one), months_ahead(one, months[-1])
    found = None if history is None else history.factors(last, draws, one.cut.astype("datetime64[M]").astype(int))
    return None if found is None else found[-len(months) :]


def _free(context: BillingContext, cut: np.datetime64, load: Load) -> BillingContext:
    """Return the context with a spot price of zero from the cut on."""
    spot = context.spot_sek_per_kwh
    return context if spot is None else replace(context, spot_sek_per_kwh=np.where(load.start_utc < cut, spot, 0.0))


def _tell(reasons: dict[str, str], part: BilledComponent) -> None:
    if bool(np.isnan(part.amount_sek).any()):
        reasons.setdefault(part.component, f"{part.label.lower()}: {part.reason or 'kan inte räknas fram'}")


def _futures(one: Fitted, seasons: Sequence[Season], count: int) -> Iterator[tuple[Load, BillingContext]]:
    """Yield past and future as one load of `count` draws, with its billing context, season by season."""
    start = one.load.start_utc
    past = start >= instant(add_months(normal_day(one.cut), -HISTORY_MONTHS))
    hours = np.arange(one.cut, one.cut + len(seasons[0].air_temperature_c) * _HOUR, _HOUR)
    both = np.concatenate([start[past], hours])
    lead = _lead(one)
    ratios = {q: monthly_ratios(one.load, q) for q in BESIDE if getattr(one.load, q) is not None}
    for season in seasons:
        future = _future(one, _drivers(one, lead, hours, season), hours, count, season.year)
        temperature = np.concatenate([_measured(one, start[past]), season.air_temperature_c])
        context = context_ahead(one.meter.context, one.load.start_utc, both, temperature)
        yield _joined(one, past, future, ratios, both, count), context


def _future(one: Fitted, drivers: Drivers, hours: Instants, count: int, year: int) -> dict[str, Floats]:
    """Return target -> (n, count) at the hours to come, never below what the meter can show."""
    if one.model is None or one.deviations is None:
        still = np.nan if one.constant is None else one.constant
        return {"energy_kwh": np.full((len(hours), count), still)}
    seed = one.meter.seed + 7919 * year
    found = draws(one.model, drivers, count, seed, start_utc=hours, residuals=False)["energy_kwh"]
    # the mean of a season's draws is held at the expected value: the spread that costs is given back
    wide = np.sqrt(count / (count - 1))
    energy = found.mean(axis=1)[:, None] * (1 - wide) + wide * found + one.deviations.drawn(drivers, hours, count, seed)
    energy = np.maximum(energy, _floor(one.load))
    expected = predict(one.model, drivers, hours)
    return {"energy_kwh": energy, **beside(energy, expected, hours, one.levels, seed + 1)}


def _floor(load: Load) -> float:
    """Return what a draw of the energy cannot be below: 0 for a meter that never has counted backwards."""
    return 0.0 if not bool((load.energy_kwh < 0).any()) else -np.inf


def normal_day(instant_utc: np.datetime64) -> date:
    """Return the day of normal time that an instant lies in."""
    day: date = (instant_utc + _HOUR).astype("datetime64[D]").item()
    return day


def _lead(one: Fitted) -> slice:
    stop = int((one.cut - one.meter.drivers.start_utc[0]) // _HOUR)
    return slice(max(0, stop - _LEAD), stop)


def _drivers(one: Fitted, lead: slice, hours: Instants, season: Season) -> Drivers:
    """Return the drivers of the last weeks as they were, and of the hours to come with the weather of the season."""
    whole = one.meter.drivers
    stop = lead.stop + len(hours)
    air = np.concatenate([whole.air_temperature_c[lead], season.air_temperature_c])
    calendar = {name: values[lead.start : stop] for name, values in whole.calendar.items()}
    return Drivers(whole.start_utc[lead.start : stop], air, calendar)


def _measured(one: Fitted, hours: Instants) -> Floats:
    return one.meter.drivers.air_temperature_c[one.meter.drivers.rows(hours)]


def _joined(
    one: Fitted, past: Bools, future: Mapping[str, Floats], ratios: Mapping[str, Floats], hours: Instants, count: int
) -> Load:
    month = normal_time(hours[int(past.sum()) :]).astype("datetime64[M]").astype(np.int64) % 12

    def series(quantity: str) -> Floats | None:
        metered: Floats | None = getattr(one.load, quantity)
        if metered is None:
            return None
        found = future.get(quantity)
        if found is None or bool(np.isnan(found).all()):
            found = future["energy_kwh"] * ratios[quantity][month][:, None]
        return np.concatenate([np.repeat(metered[past], count, axis=1), found])

    energy = series("energy_kwh")
    if energy is None:
        raise ValueError("load: energy_kwh is missing")
    return Load(one.load.metering_point, hours, energy, *(series(q) for q in BESIDE))
