"""Determinants of electricity retail: energy at spot by hour or quarter, and a hedged share beside it.

Day-ahead prices are set per quarter of an hour since 2025-10-01, per hour before (energiforetagen.se). The quarters of
the meter tell how an hour's energy lay within it: the hour's price is then Σ energy·price / Σ energy of its quarters,
and the hour's energy is priced with that. So a load that has been changed hour by hour keeps the profile of the meter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, field_validator, model_validator

from energy.errors import TariffError
from energy.model import Floats
from energy.tariffs.metered import Same
from energy.tariffs.period import Determined, Period, number
from energy.tariffs.strict import Strict, wrong
from energy.tariffs.volumes import known, summed

SHARES = "en andel 0-1, tolv andelar för januari-december, eller en tabell ÅÅÅÅ-MM = andel"


class HedgedSettings(Strict):
    """Where the hedged share of the energy is told."""

    share: float | list[float] | None = Field(None, description="andel 0-1 som är prissäkrad, eller tolv andelar")
    option: str | None = Field(None, description=f"nyckel i avtalets options: {SHARES}")

    @field_validator("share")
    @classmethod
    def _shares(cls, share: float | list[float] | None) -> float | list[float] | None:
        values = share if isinstance(share, list) else [0.0 if share is None else share]
        if any(not 0 <= value <= 1 for value in values) or (isinstance(share, list) and len(share) != 12):
            raise wrong("en andel 0-1, eller tolv för januari-december")
        return share

    @model_validator(mode="after")
    def _one_place(self) -> HedgedSettings:
        if self.needs_share and (self.share is None) == (self.option is None):
            raise wrong("exakt en av share och option", "share", self.share)
        return self

    @property
    def needs_share(self) -> bool:
        """Return whether the hedged share decides the quantity."""
        return True


class SpotSettings(HedgedSettings):
    """Which energy is priced at spot, and how finely."""

    resolution: Literal["quarter", "hour"] = Field(
        "quarter", description="kvart för kvart där både mätare och pris har kvartar, annars timme för timme"
    )
    of: Literal["all", "unhedged"] = Field("all", description="all energi, eller den andel som inte är prissäkrad")

    @model_validator(mode="after")
    def _share_only_of_rest(self) -> SpotSettings:
        if not self.needs_share and (self.share is not None or self.option is not None):
            raise wrong("share och option bara när of är unhedged", "of", self.of)
        return self

    @property
    def needs_share(self) -> bool:
        """Return whether the hedged share decides the quantity."""
        return self.of == "unhedged"


def spot_energy(period: Period, settings: SpotSettings) -> Determined:
    """Return the energy [kWh] and, as basis, Σ energy·spot over its hours [SEK excl. VAT]; negative prices count.

    Of the unhedged energy every hour's share is the same, so that it is priced at the spot weighted by the whole
    profile. Raises TariffError where the hedged share is missing or wrong.
    """
    rest = 1.0 - _hedged_share(period, settings) if settings.needs_share else 1.0
    if rest == 0:
        return Determined(np.zeros(period.metered.draws))
    energy = rest * summed(period, "energy_kwh")
    price = _price_by_day(period, settings.resolution)
    if price is None:
        return Determined(energy, "spotpriser saknas", basis=period.metered.unknown())
    window, hours = period.metered.window, 24 * (period.end - period.first).days
    basis = rest * window(_daily_cost_sek(period, settings.resolution), period.first, period.end).sum(axis=0)
    if np.isnan(basis).any() and not np.isnan(energy).any():
        lacking = np.isnan(window(price, period.first, period.end)).reshape(hours, -1).any(axis=1).sum()
        return Determined(energy, f"spotpris saknas för {int(lacking)} av {hours} timmar", basis=basis)
    mean = 100 * basis[0] / energy[0] if energy[0] else float("nan")
    what = f"förbrukningsvägt spotpris {number(mean, 2)} öre/kWh"
    by_quarter = _hours_by_quarter(period) if settings.resolution == "quarter" else 0
    what += f", {by_quarter} av {hours} timmar prissatta kvart för kvart" if by_quarter else ""
    evidence = ((period.first.isoformat(), what),) if np.isfinite(mean) else ()
    return Determined(energy, known(period, energy, "energy_kwh").reason, evidence, basis)


def hedged_energy(period: Period, settings: HedgedSettings) -> Determined:
    """Return the hedged share of the billed days' energy [kWh].

    Raises TariffError where the share is missing or wrong.
    """
    share = _hedged_share(period, settings)
    found = known(period, share * summed(period, "energy_kwh"), "energy_kwh")
    what = f"prissäkrad andel {number(100 * share)} % av energin"
    return Determined(found.quantity, found.reason, ((period.first.isoformat(), what),))


def _hedged_share(period: Period, settings: HedgedSettings) -> float:
    value: Any = settings.share if settings.option is None else period.options.get(settings.option)
    key = f"options.{settings.option}"
    if isinstance(value, Mapping):
        key += f'."{period.month:%Y-%m}"'
        value = value.get(f"{period.month:%Y-%m}")
    elif isinstance(value, list) and len(value) == 12:
        value = value[period.month.month - 1]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        found = "inget" if value is None else repr(value)[:80]
        point = period.metered.load.metering_point
        raise TariffError(f"avtalet för mätpunkt {point}: nyckel «{key}»: fann {found}. Tillåtet: {SHARES}.")
    return float(value)


def _daily_cost_sek(period: Period, resolution: str) -> Floats:
    """Return Σ energy x price of each day of the load, (days, k) [SEK]; NaN where an hour lacks either."""

    def cost() -> Floats:
        price = _price_by_day(period, resolution)
        assert price is not None
        subscripts = "dhk,dh->dk" if price.ndim == 2 else "dhk,dhk->dk"
        return np.einsum(subscripts, period.metered.hours("energy_kwh"), price)  # type: ignore[no-any-return]

    return period.metered.remember(("spot cost", resolution, *_spot(period)), cost)  # type: ignore[no-any-return]


def _spot(period: Period) -> tuple[Same, Same]:
    """Return the spot prices of the bill as a key."""
    return Same(period.context.spot_sek_per_kwh), Same(period.context.spot_quarters_sek_per_kwh)


def _price_by_day(period: Period, resolution: str) -> Floats | None:
    """Return what an hour's energy costs [SEK/kWh], (days, 24) or (days, 24, k); None where there are no prices."""
    context, load = period.context, period.metered.load

    def price() -> Floats | None:
        hourly, quarters = context.spot_sek_per_kwh, context.spot_quarters_sek_per_kwh
        if quarters is not None:
            mean = quarters.mean(axis=1)
            hourly = mean if hourly is None else np.where(np.isnan(hourly), mean, hourly)
        if hourly is None or quarters is None or load.energy_quarters_kwh is None or resolution == "hour":
            return hourly
        return quarter_prices(hourly, quarters, load.energy_quarters_kwh)

    spot = _spot(period)
    found = period.metered.remember(("spot price", resolution, *spot), price)
    return None if found is None else period.metered.by_day(("spot by", resolution, *spot), found)


def quarter_prices(hourly: Floats, quarters: Floats, energy_quarters: Floats) -> Floats:
    """Return the price of each hour's energy, (n,) or, for k profiles, (n, k) [SEK/kWh].

    `hourly` (n,) and `quarters` (n, 4) are prices, `energy_quarters` (n, 4, k) [kWh]. An hour whose quarters are all
    known, none negative and not all zero has the price weighted by its quarters; any other has the hour's.
    """
    found: Floats = np.repeat(hourly[:, None], energy_quarters.shape[2], axis=1)
    rows = np.flatnonzero(np.isfinite(quarters).all(axis=1))
    energy = energy_quarters[rows]
    total = energy.sum(axis=1)
    usable = _tells(energy)
    weighted = np.einsum("nqk,nq->nk", energy, quarters[rows]) / np.where(usable, total, 1.0)
    found[rows] = np.where(usable, weighted, found[rows])
    return found.reshape(-1) if found.shape[1] == 1 else found


def _tells(energy_quarters: Floats) -> npt.NDArray[np.bool_]:
    """Return whether the quarters of each hour tell how its energy lay, (n, k): none unknown or negative, not all 0."""
    return np.asarray((energy_quarters >= 0).all(axis=1) & (energy_quarters > 0).any(axis=1), np.bool_)


def _hours_by_quarter(period: Period) -> int:
    """Return how many of the billed hours are priced by quarter in draw 0."""
    metered, quarters = period.metered, period.context.spot_quarters_sek_per_kwh
    energy = metered.load.energy_quarters_kwh
    if quarters is None or energy is None:
        return 0

    def priced() -> Floats:
        return np.where(np.isfinite(quarters).all(axis=1) & _tells(energy[:, :, :1])[:, 0], 1.0, 0.0)

    spot = _spot(period)
    found = metered.by_day(("by quarter", *spot), metered.remember(("priced by quarter", *spot), priced))
    return int(np.nansum(metered.window(found, period.first, period.end)))
