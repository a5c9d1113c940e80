"""The subscribed power is higher, or lower, than what the load needs over many winters.

Signal: with the weather of each of at least ten years the load's powers are simulated through its energy signature
(what it leaves drawn again from days near in the year, each day keeping its shape of hours), and every level of
subscription is billed for every winter, overrun included. The level with the lowest mean cost differs from today's. The
risk of overrun at that level is told. Not for power that the supplier measures or sets: there is nothing to choose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from energy.calendar import normal_time
from energy.errors import TariffError
from energy.measures.assumptions import assumption
from energy.measures.base import About, EvidenceRow, MeasureContext, MeasureFinding, Picture, Series, Silent
from energy.measures.shared.bands import band, confidence, generator, not_worth_telling
from energy.measures.shared.choices import list_now
from energy.measures.shared.days import Days, kw, sv
from energy.measures.shared.effects import options_set
from energy.measures.shared.valuation import Difference, bill_of, whole_months
from energy.measures.shared.winters import Winters, simulated_winters
from energy.model import Band, BilledComponent, Contract, Floats, Load
from energy.tariffs.days import STATED

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

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
DRAWS = 30  # behind the band, each of as many winters as are known


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


def _assess(context: MeasureContext, contract: Contract, option: str) -> MeasureFinding | Silent:
    point, load = contract.metering_point, context.loads[contract.metering_point]
    found = simulated_winters(context, load, ID, int(assumption(ID, "winters").central), min(context.draws, DRAWS))
    if isinstance(found, str):
        return Silent(ID, found, point)
    rng = generator(context.seed, ID, "winters", context.facility, point)
    every = [year for year in range(len(found.years)) for _ in range(int(assumption(ID, "redraws").central))]
    simulated = found.load(load, 0, every, rng)
    mine = [one for one in context.contracts if one.metering_point == point]
    try:
        now = bill_of(context, simulated, mine)
        levels = [_level(context, simulated, mine, contract, option, kw, now) for kw in _candidates(context, simulated)]
        best = max(levels, key=lambda one: float(one.result.saving_sek.mean()))
        drawn = _drawn(context, found, mine, replace(contract, options={**contract.options, option: best.power_kw}))
    except TariffError as error:
        return Silent(ID, f"kan inte prissättas: {error}", point)
    subscribed = [float(c.quantity[0]) for c in now if c.determinant == "subscribed_power_kw"]
    present = float(np.mean(subscribed)) if subscribed else float("nan")
    mean = float(best.result.saving_sek.mean())
    # a year that answers otherwise than the one valued might as well have done so the other way
    value = band(np.concatenate(([mean], drawn, 2.0 * mean - drawn)))
    reason, gap = best.result.reason(), assumption(ID, "gap").central
    if reason is None and not abs(best.power_kw - present) > gap * present:
        reason = f"abonnerad effekt {kw(present)} ligger inom {sv(100 * gap)} % av den billigaste {kw(best.power_kw)}."
    reason = reason or not_worth_telling(value)
    if reason:
        return Silent(ID, reason, point)
    return _finding(context, contract, option, levels, best, value, present, _overrun(now))


def _drawn(context: MeasureContext, found: Winters, mine: Sequence[Contract], best: Contract) -> Floats:
    """Return (draws,) what the best level saves in the mean of as many winters as are known, these drawn again [SEK].

    Each draw has a signature of its own from the weeks drawn again: the doubt is about the mean, one winter's overrun
    is told apart.
    """
    load = context.loads[best.metering_point]
    rng = generator(context.seed, ID, "drawn", context.facility, best.metering_point)
    changed = [best if one.family == best.family else one for one in mine]
    saved = []
    for draw in range(1, 1 + found.draws):
        years = rng.integers(len(found.years), size=len(found.years)).tolist()
        simulated = found.load(load, draw, years, rng)
        result = whole_months(bill_of(context, simulated, mine), bill_of(context, simulated, changed))
        saved.append(float(result.saving_sek.mean()))
    return np.array(saved, dtype=np.float64)


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
    context: MeasureContext, contract: Contract, option: str, levels: Sequence[Level], best: Level, value: Band,
    present: float, before: Floats,
) -> MeasureFinding:  # fmt: skip
    point = contract.metering_point
    years = len(best.result.saving_sek) // int(assumption(ID, "redraws").central)
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
            f"Lasten har simulerats i {years} års väder genom energisignaturen, med den egna avvikelsen hos dygn nära i"
            f" året dragen om, och räkningen körts för {len(levels)} nivåer. Beloppet är medelvärdet över vintrarna."
            " Bandet är 90 % för det medelvärdet: vintrar och signatur dras om, och de år som är kända får i tur och"
            " ordning visa hur lasten svarar på vädret. En enskild vinter sprider mer."
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
