"""The subscribed power is higher, or lower, than what the load needs over many winters.

Signal: with the weather of each of at least ten years the load's powers are simulated through its energy signature (its
days' own scatter drawn again, each day keeping its shape of hours), and every level of subscription is billed for every
winter, overrun included. The level with the lowest mean cost differs from today's. The risk of overrun at that level is
told. Not for power that the supplier measures or sets: there is nothing to choose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from energy.calendar import normal_time
from energy.errors import TariffError
from energy.forecast.weather import seasons
from energy.measures.assumptions import assumption
from energy.measures.bands import band, confidence, generator, week_weights
from energy.measures.base import About, EvidenceRow, MeasureContext, MeasureFinding, Picture, Series, Silent
from energy.measures.choices import list_now
from energy.measures.days import Days, kw, sv
from energy.measures.effects import options_set
from energy.measures.signature import fit_signature
from energy.measures.valuation import Difference, bill_of, whole_months
from energy.model import BilledComponent, Contract, Floats, Load
from energy.savings.loads import map_load
from energy.tariffs.days import STATED

__all__ = ["ABOUT", "ID", "TITLE", "assess", "winters"]

ID = "subscribed_power"
TITLE = "Abonnerad effekt som inte motsvarar behovet"
ABOUT = About(
    code="T1",
    needs="timvärden, avtal med abonnerad effekt, och minst tio års väder från stationen",
    cost_class="ingen",
    difficulty="lätt",
    actor="controllern",
    verification="avgift och överuttag nästa år mot det simulerade",
    reference="customer's choice of power: vattenfall.se price model for companies; stockholmexergi.se Fjärrvärme Bas",
)
LEVELS = 24


@dataclass(frozen=True)
class Level:
    """A level of subscription, what it saves and its overrun in each winter; arrays are (winters,)."""

    power_kw: float
    result: Difference
    overrun_sek: Floats


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one finding per main and contract whose subscribed power another level would beat."""
    month = context.months[-1]
    found: list[MeasureFinding | Silent] = []
    for point in (*context.mains("district_heating"), *context.mains("electricity")):
        for contract in context.contracts:
            if contract.metering_point != point or not contract.valid_from <= month < contract.valid_to:
                continue
            option = _option(context, contract)
            found += [_assess(context, contract, option)] if option else []
    return found or [Silent(ID, "ingen prislista har en abonnerad effekt som kunden väljer.")]


def _option(context: MeasureContext, contract: Contract) -> str | None:
    """Return the contract option that holds the power the customer chooses, None where the list has none."""
    listed = list_now(context, contract.family)
    for one in listed.components if listed else ():
        settings = one.get("determinant", {})
        if isinstance(settings, Mapping) and settings.get("method") == "subscribed":
            option = str(settings.get("option", "subscribed_kw"))
            return None if option == STATED else option
    return None


def winters(context: MeasureContext, load: Load) -> Load | str:
    """Return the load (n, w) of the months valued in the weather of w winters, else the Swedish reason for none."""
    days = Days.of(context.start_utc)
    power, temperature = days.mean(load.energy_kwh)[:, 0], days.mean(context.air_temperature_c)
    valued = days.between(context.first_valued(), context.end_valued())
    use = valued & np.isfinite(power) & np.isfinite(temperature)
    least = assumption("common", "minimum_coverage").central
    if not valued.any() or use[valued].mean() < least:
        return f"saknar data: mindre än {sv(100 * least)} % av dygnen har både effekt och utetemperatur."
    years = _years(context, days, valued)
    needed = int(assumption(ID, "winters").central)
    if len(years) < needed:
        return f"saknar data: väder för {len(years)} år före, minst {needed} behövs för att pröva en abonnerad effekt."
    fitted = fit_signature(power[use], temperature[use], week_weights(days.day[use], 0, np.random.default_rng(0)))
    rest = power[use] - fitted.expected(temperature[use])[:, 0]
    rng = generator(context.seed, ID, context.facility, load.metering_point)
    redraws = int(assumption(ID, "redraws").central)
    ratio = np.ones((len(power), len(years) * redraws))
    rows = np.flatnonzero(use)
    for column, year in enumerate(year for year in years for _ in range(redraws)):
        simulated = np.maximum(0.0, fitted.expected(year[rows])[:, 0] + rng.permutation(rest))
        ratio[rows, column] = np.divide(simulated, power[rows], out=np.ones(len(rows)), where=power[rows] > 0)
    factor = days.to_hours(ratio, 1.0)
    return replace(map_load(load, lambda _, values: values * factor), energy_quarters_kwh=load.energy_quarters_kwh)


def _years(context: MeasureContext, days: Days, valued: np.ndarray) -> list[Floats]:
    """Return the daily temperatures (d,) of the days valued as other years had them, NaN on other days [°C]."""
    if context.station_start_utc is None or context.station_temperature_c is None:
        return []
    hours = np.zeros(days.hours, np.bool_)
    hours[days.first : days.first + 24 * len(days.day)] = np.repeat(valued, 24)
    found = []
    for season in seasons(context.station_start_utc, context.station_temperature_c, context.start_utc[hours], 40):
        daily = np.full(len(days.day), np.nan)
        daily[valued] = season.air_temperature_c.reshape(-1, 24).mean(axis=1)
        found.append(daily)
    return found


def _assess(context: MeasureContext, contract: Contract, option: str) -> MeasureFinding | Silent:
    point = contract.metering_point
    load = winters(context, context.loads[point])
    if isinstance(load, str):
        return Silent(ID, load, point)
    mine = [one for one in context.contracts if one.metering_point == point]
    try:
        now = bill_of(context, load, mine)
        levels = [_level(context, load, mine, contract, option, power, now) for power in _candidates(context, load)]
    except TariffError as error:
        return Silent(ID, f"kan inte prissättas: {error}", point)
    subscribed = [float(c.quantity[0]) for c in now if c.determinant == "subscribed_power_kw"]
    present = float(np.mean(subscribed)) if subscribed else float("nan")
    best = max(levels, key=lambda one: float(one.result.saving_sek.mean()))
    reason = best.result.reason()
    gap, least = assumption(ID, "gap").central, assumption("common", "minimum_saving").central
    if reason is None and not abs(best.power_kw - present) > gap * present:
        reason = f"abonnerad effekt {kw(present)} ligger inom {sv(100 * gap)} % av den billigaste {kw(best.power_kw)}."
    if reason is None and not best.result.saving_sek.mean() >= least:
        reason = f"mindre än {sv(least)} kr/år att vinna."
    if reason:
        return Silent(ID, reason, point)
    return _finding(context, contract, option, levels, best, present, _overrun(now))


def _candidates(context: MeasureContext, load: Load) -> list[float]:
    """Return whole kW between the lowest and highest monthly peak of any winter, of hours and of daily means.

    Overrun is counted of hours in some lists and of daily means in others.
    """
    clock = normal_time(load.start_utc)
    month, day = clock.astype("datetime64[M]"), Days.of(load.start_utc)
    daily = day.mean(load.energy_kwh)
    levels: set[float] = set()
    for values, months in ((load.energy_kwh, month), (daily, day.day.astype("datetime64[M]"))):
        peaks = np.concatenate([
            np.nanmax(values[months == np.datetime64(one, "M")], axis=0, initial=0.0) for one in context.months
        ])  # fmt: skip
        levels |= {float(np.ceil(v)) for v in np.quantile(peaks, np.linspace(0, 1, LEVELS // 2))}
    return sorted(levels - {0.0})


def _level(
    context: MeasureContext, load: Load, mine: Sequence[Contract], contract: Contract, option: str, power: float,
    now: Sequence[BilledComponent],
) -> Level:  # fmt: skip
    changed = [replace(c, options={**c.options, option: power}) if c.family == contract.family else c for c in mine]
    bill = bill_of(context, load, changed)
    return Level(power, whole_months(now, bill), _overrun(bill))


def _overrun(bill: Sequence[BilledComponent]) -> Floats:
    """Return (winters,) what overrun costs in each [SEK]."""
    width = max((len(one.amount_sek) for one in bill), default=1)
    total = np.zeros(width)
    for one in bill:
        total = total + (np.nan_to_num(one.amount_sek) if one.component == "overrun" else 0.0)
    return np.asarray(total, dtype=np.float64)


def _finding(
    context: MeasureContext, contract: Contract, option: str, levels: Sequence[Level], best: Level, present: float,
    before: Floats,
) -> MeasureFinding:  # fmt: skip
    saving, point = best.result.saving_sek, contract.metering_point
    value = band(np.concatenate(([saving.mean()], saving)))
    years = len(saving) // int(assumption(ID, "redraws").central)
    over = best.overrun_sek
    word = "högre" if present > best.power_kw else "lägre"
    risk = (
        f"Vid {kw(best.power_kw)} blir det överuttag i {sv(100 * float((over > 0).mean()))} % av vintrarna, i medeltal"
        f" {sv(float(over.mean()))} kr/år och {sv(float(over.max()))} kr den värsta; det är avdraget."
    )
    return MeasureFinding(
        measure_id=ID,
        key=f"measure:{context.facility}:{ID}:{point}:{contract.family}",
        facility=context.facility,
        title=TITLE,
        description=(
            f"{context.name(point)} har {kw(present)} abonnerat, {word} än de {kw(best.power_kw)} som är billigast i"
            f" längden. {risk} Förutsätter att leverantören låter kunden välja effekt, vanligen ett år i taget."
        ),
        saving_sek_per_year=value,
        saving_kwh_per_year=0.0,
        confidence=confidence(value),
        method=(
            f"Lasten har simulerats i {years} års väder genom energisignaturen, med dygnens egen spridning dragen om,"
            f" och räkningen körts för {len(levels)} nivåer. Beloppet är medelvärdet över vintrarna. Bandet är 90 % av"
            " vintrarna."
        ),
        evidence=_evidence(best, present, before),
        metering_point=point,
        parameters={"present_kw": present, "best_kw": best.power_kw, "winters": float(years)},
        effect=options_set(point, contract.family, {option: best.power_kw}),
        picture=_picture(levels),
    )


def _evidence(best: Level, present: float, before: Floats) -> tuple[EvidenceRow, ...]:
    named = ((f"Överuttag vid {kw(present)}", before), (f"Överuttag vid {kw(best.power_kw)}", best.overrun_sek))
    return tuple(
        EvidenceRow(label, "medel över vintrarna", float(over.mean()), "SEK",
                    f"{sv(100 * float((over > 0).mean()))} % av vintrarna, värsta {sv(float(over.max()))} kr")
        for label, over in named
    )  # fmt: skip


def _picture(levels: Sequence[Level]) -> Picture:
    """Return what each level saves in the mean winter and in the worst of them against today's [SEK per year]."""
    at = [one.power_kw for one in levels]
    mean = [float(one.result.saving_sek.mean()) for one in levels]
    worst = [float(one.result.saving_sek.min()) for one in levels]
    series = (Series("Medelvinter", at, mean), Series("Värsta vintern", at, worst))
    return Picture("line", "Abonnerad effekt (kW)", "Besparing (SEK per år)", series)
