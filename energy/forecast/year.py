"""The full-year forecast: months so far as invoiced or recomputed, the rest as drawn bills; low, likely and high.

The likely figure is the mean of the drawn bills, never the bill of a mean load. The band is the central 90 % over the
weather of past years x draws of the meter's own model; totals are made of draws, the weather of a year being the same
in every meter. Prices are those known; the spot price of months to come is drawn around its prediction (`spot`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from energy.calendar import Instants, hours_between, month_starts, next_month
from energy.errors import TariffError
from energy.forecast.ahead import reaching
from energy.forecast.meter import Drawn, Fitted, Meter, drawn, fitted, instant, months_ahead, spot_history
from energy.forecast.rows import Forecast, MonthRow, Past, YearRow
from energy.forecast.weather import Season, seasons
from energy.model import Band, Floats, PriceList
from energy.savings.bands.uncertainty import band

ALL = "all"
FEWEST_YEARS = 3  # of weather, below which there is no band and so no figure
FEW_YEARS = 10  # below which the reader is told
SPOT = "elpriset antas"  # how the note of the spot price begins
NOT_ASSESSED = "kan inte bedömas: "
_CARRIERS = {"district_heating": "fjärrvärmen", "electricity": "elen"}
_NAN = float("nan")


@dataclass(frozen=True)
class _Carrier:
    """A carrier's months to come: (component, month) -> (k,), month -> (k,); `reason` why there are none."""

    name: str
    amounts: Mapping[tuple[str, date], Floats]
    energy: Mapping[date, Floats]
    reason: str | None
    reasons: Mapping[str, str]


def forecast(
    meters: Sequence[Meter],
    weather_utc: Instants,
    air_temperature_c: Floats,
    lists: Sequence[PriceList],
    past: Sequence[Past],
    year: int,
    made_from: date,
    *,
    draws: int = 200,
    weather_years: int = 20,
) -> Forecast:
    """Return the forecast of `year` made when month `made_from` is the last one known.

    `weather_utc` (m,) contiguous hours of the station and their temperature (m,) [°C]; only weather before the end of
    `made_from` counts. `past` the months of the year up to it. Nothing raises for a meter that cannot be forecast: its
    carrier and the sum then have no figure, and the reason is told.
    """
    every = month_starts(date(year, 1, 1), date(year, 12, 1))
    coming = [m for m in every if m > made_from]
    models = [fitted(one, next_month(made_from)) for one in meters] if coming else []
    carriers, years, notes = _coming(models, (weather_utc, air_temperature_c), lists, coming, draws, weather_years)
    behind = {(p.carrier, p.month): p for p in past if p.month in every and p.month <= made_from}
    names = sorted({m.carrier for m in meters} | {p.carrier for p in past})
    by_name = {c.name: c for c in carriers}
    sums = [_Sum(n, [n], by_name, behind, every, made_from) for n in names]
    sums.append(_Sum(ALL, names, by_name, behind, every, made_from))
    rows = [
        _year_row(one, component, year, made_from, years, notes.get(one.name, ()))
        for one in sums
        for component in (ALL, *(one.components() if one.name != ALL else ()))
    ]
    months = tuple(one.month_row(month) for one in sums for month in every)
    return Forecast(tuple(rows), months, {m.load.metering_point: m.model.spec.lag_h for m in models if m.model})


def _coming(
    models: Sequence[Fitted],
    weather: tuple[Instants, Floats],
    lists: Sequence[PriceList],
    months: Sequence[date],
    draws: int,
    most: int,
) -> tuple[list[_Carrier], int, dict[str, tuple[str, ...]]]:
    """Return the carriers' months to come, the years of weather behind them and what was assumed, by carrier."""
    if not months:
        return [], 0, {}
    first = models[0].cut if models else instant(months[0])
    hours = hours_between(first, instant(next_month(months[-1])))
    found = seasons(*weather, hours, most)
    count = max(2, -(-draws // max(1, len(found))))
    parts: dict[str, list[Drawn | str]] = {}
    notes: dict[str, list[str]] = {}
    for one in models:
        part, told = _meter(one, lists, found, months, count)
        parts.setdefault(one.meter.carrier, []).append(part)
        notes.setdefault(one.meter.carrier, []).extend(told)
        notes.setdefault(ALL, []).extend(told)
    few = [f"bara {len(found)} väderår bakom bandet"] if FEWEST_YEARS <= len(found) < FEW_YEARS else []
    every = {name: (*dict.fromkeys([*few, *told]),) for name, told in notes.items()}
    return [_carrier(name, some) for name, some in sorted(parts.items())], len(found), every


def _meter(
    one: Fitted, lists: Sequence[PriceList], found: Sequence[Season], months: Sequence[date], count: int
) -> tuple[Drawn | str, tuple[str, ...]]:
    """Return the meter's drawn bills, or why there are none, and what was assumed."""
    if len(found) < FEWEST_YEARS:
        text = f"{NOT_ASSESSED}väder finns för {len(found)} tidigare år, minst {FEWEST_YEARS} behövs"
        return text, ()
    if one.reason:
        return one.reason, ()
    ahead = reaching(one.meter.contracts, lists, months[0], next_month(months[-1]))
    prices = spot_history(one)
    told = [] if prices is None else [prices.note(months_ahead(one, months[-1]))]
    try:
        return drawn(one, ahead, found, months, count), (*ahead.notes, *one.notes, *told)
    except TariffError as error:
        return f"{NOT_ASSESSED}{error}", ()


def _carrier(name: str, parts: Sequence[Drawn | str]) -> _Carrier:
    """Return the sum of a carrier's meters draw by draw."""
    reason = next((p for p in parts if isinstance(p, str)), None)
    amounts: dict[tuple[str, date], Floats] = {}
    energy: dict[date, Floats] = {}
    reasons: dict[str, str] = {}
    for part in parts:
        if isinstance(part, str):
            continue
        for key, amount in part.amounts.items():
            amounts[key] = amounts[key] + amount if key in amounts else amount
        for month, kwh in part.energy.items():
            energy[month] = energy[month] + kwh if month in energy else kwh
        reasons = {**part.reasons, **reasons}
    return _Carrier(name, amounts, energy, reason, reasons)


@dataclass(frozen=True)
class _Sum:
    """One carrier, or all of them, over the months of the year."""

    name: str
    carriers: Sequence[str]
    coming: Mapping[str, _Carrier]
    behind: Mapping[tuple[str, date], Past]
    every: Sequence[date]
    made_from: date

    def components(self) -> list[str]:
        """Return the components that have been or will be billed, in order of name."""
        found = {c for (carrier, _), p in self.behind.items() if carrier in self.carriers for c in p.amounts}
        found |= {c for n in self.carriers if n in self.coming for c, _ in self.coming[n].amounts}
        return sorted(found)

    def months(self) -> tuple[list[date], list[date]]:
        """Return the months that have been and those to come."""
        return [m for m in self.every if m <= self.made_from], [m for m in self.every if m > self.made_from]

    def was(self, month: date, component: str) -> tuple[float, str | None]:
        """Return (amount [SEK], why it is not known) of a month that has been."""
        total, why = 0.0, None
        for carrier in self.carriers:
            one = self.behind.get((carrier, month))
            if one is None:
                return _NAN, f"{NOT_ASSESSED}{month:%Y-%m} har varken faktura eller räknad kostnad"
            chosen = one.amounts.values() if component == ALL else [one.amounts.get(component, 0.0)]
            amount = float(sum(chosen)) if one.amounts else _NAN
            why = why or (one.reason or f"{NOT_ASSESSED}{month:%Y-%m} är inte känd" if np.isnan(amount) else None)
            total += amount
        return total, why

    def will(self, month: date, component: str) -> tuple[Floats, str | None]:
        """Return (amounts (k,) [SEK], why they are not known) of a month to come."""
        total: Floats = np.zeros(1)
        for carrier in self.carriers:
            one = self.coming.get(carrier)
            if one is None or one.reason:
                missing = f"{NOT_ASSESSED}{_CARRIERS.get(carrier, carrier)} har ingen mätare med avtal"
                return np.full(1, _NAN), one.reason if one is not None else missing
            for (name, at), amount in one.amounts.items():
                if at == month and component in (ALL, name):
                    total = total + amount
                    if bool(np.isnan(amount).any()):
                        return np.full(1, _NAN), f"{NOT_ASSESSED}{one.reasons.get(name, 'priset är inte känt')}"
        return total, None

    def energy(self, month: date) -> Floats:
        """Return the energy (k,) [kWh] of a month, NaN where unknown."""
        if month <= self.made_from:
            past = [self.behind.get((c, month)) for c in self.carriers]
            return np.full(1, sum((p.energy_kwh if p else _NAN for p in past), start=0.0))
        total: Floats = np.zeros(1)
        for carrier in self.carriers:
            one = self.coming.get(carrier)
            total = total + (np.full(1, _NAN) if one is None or one.reason else one.energy.get(month, np.full(1, _NAN)))
        return total

    def month_row(self, month: date) -> MonthRow:
        """Return the month as it was or as forecast."""
        if month <= self.made_from:
            amount, why = self.was(month, ALL)
            bases = {p.basis for c in self.carriers if (p := self.behind.get((c, month)))}
            basis = "accrued" if "accrued" in bases else "outcome"
            return MonthRow(self.name, month, basis, _band(np.full(1, amount), why), _kwh(self.energy(month)), why)
        amounts, why = self.will(month, ALL)
        return MonthRow(self.name, month, "forecast", _band(amounts, why), _kwh(self.energy(month)), why)


def _band(values: Floats, reason: str | None = None) -> Band:
    """Return mean and central 90 % of draws (k,); a mean that a few high peaks lift above the band widens it."""
    found = band(values, reason=reason)
    return found if found.reason else replace(found, low=min(found.low, found.value), high=max(found.high, found.value))


def _kwh(values: Floats) -> Band:
    return _band(values)


def _year_row(
    one: _Sum, component: str, year: int, made_from: date, weather_years: int, notes: Sequence[str]
) -> YearRow:
    behind, coming = one.months()
    was, why_was = _added(behind, lambda month: one.was(month, component))
    will, why_will = _added(coming, lambda month: one.will(month, component))
    paid = float(was[0]) if behind else _NAN
    energy_was: Floats = sum((one.energy(m) for m in behind), start=np.zeros(1))
    energy: Floats = sum((one.energy(m) for m in coming), start=energy_was)
    shown = component in (ALL, "energy")
    nothing = Band(_NAN, _NAN, _NAN)
    return YearRow(
        year=year, carrier=one.name, component=component, made_from=made_from,
        outcome_sek=paid,
        remaining_sek=_band(will, why_will),
        forecast_sek=_band(was + will, why_was or why_will),
        outcome_kwh=float(energy_was[0]) if shown else _NAN,
        forecast_kwh=_kwh(energy) if shown else nothing,
        weather_years=weather_years,
        reason=why_was or why_will or _assumed(notes, component, coming),
    )  # fmt: skip


def _assumed(notes: Sequence[str], component: str, coming: Sequence[date]) -> str | None:
    """Return what the figure assumes; the spot price is part of the energy alone."""
    told = [note for note in notes if not note.startswith(SPOT) or component in (ALL, "energy")]
    return "; ".join(told) if told and coming else None


def _added(
    months: Sequence[date], of: Callable[[date], tuple[Floats | float, str | None]]
) -> tuple[Floats, str | None]:
    """Return the sum over months (k,) and the first reason why it is not known."""
    total: Floats = np.zeros(1)
    why: str | None = None
    for month in months:
        amount, reason = of(month)
        total, why = total + amount, why or reason
    return total, why
