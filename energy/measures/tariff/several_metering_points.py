"""One site pays several subscriptions of the same energy, each with its own fees and its own peak.

Signal: two or more mains of one carrier use energy and are priced. Billed as one, under the contract of the largest,
they would pay its fixed fees once and the peak of the sum rather than the sum of the peaks. The grid must agree and the
wiring allow it, so the confidence is low. Not for meters that use nothing: those are ended, not merged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from energy.errors import TariffError
from energy.measures.base import About, EvidenceRow, MeasureContext, MeasureFinding, Silent, State
from energy.measures.shared.bands import band, band_text, confidence, generator, not_worth_telling
from energy.measures.shared.days import Days, kw
from energy.measures.shared.pictures import by_month
from energy.measures.shared.redrawn import redrawn
from energy.measures.shared.valuation import Difference, bill_of, combine, difference
from energy.model import Carrier, Floats, Load

__all__ = ["ABOUT", "ID", "TITLE", "assess", "merged"]

ID = "several_metering_points"
TITLE = "Flera abonnemang på samma plats"
ABOUT = About(
    code="T10",
    needs="timvärden för två eller flera huvudmätare av samma slag, med avtal",
    cost_class="hög",
    difficulty="svår",
    actor="fastighetsägaren och nätägaren",
    verification="en faktura i stället för flera, och den sammanlagda toppen",
    reference="diversity of peaks: the highest sum is never more than the sum of the highest",
)
CARRIERS: tuple[tuple[Carrier, str], ...] = (("electricity", "el"), ("district_heating", "fjärrvärme"))


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one finding per carrier with several mains that would cost less as one."""
    found: list[MeasureFinding | Silent] = []
    for carrier, word in CARRIERS:
        used = [p for p in context.mains(carrier) if np.nansum(context.loads[p].energy_kwh) > 0]
        if len(used) > 1:
            found.append(_assess(context, used, word))
    return found or [Silent(ID, "anläggningen har högst en huvudmätare med förbrukning per energislag.")]


def merged(loads: Sequence[Load]) -> Load:
    """Return the sum of the loads as one of the first's metering point; a quantity that one lacks is lost."""

    def whole(values: Sequence[Floats | None]) -> Floats | None:
        known = [one for one in values if one is not None]
        return np.asarray(np.sum(known, axis=0), np.float64) if len(known) == len(loads) else None

    return replace(
        loads[0],
        energy_kwh=np.sum([one.energy_kwh for one in loads], axis=0),
        volume_m3=whole([one.volume_m3 for one in loads]),
        supply_m3c=whole([one.supply_m3c for one in loads]),
        return_m3c=whole([one.return_m3c for one in loads]),
        reactive_kvarh=whole([one.reactive_kvarh for one in loads]),
        energy_quarters_kwh=None,
    )


def _ordered(context: MeasureContext, points: Sequence[str]) -> list[str]:
    """Return the points, the one with the most energy first."""
    return sorted(points, key=lambda p: (-float(np.nansum(context.loads[p].energy_kwh)), p))


def _assess(context: MeasureContext, points: Sequence[str], word: str) -> MeasureFinding | Silent:
    ordered = _ordered(context, points)
    rng = generator(context.seed, ID, context.facility, *ordered)
    state = rng.bit_generator.state
    drawn = []
    for point in ordered:  # the same weeks for all: their peaks meet as they do
        rng.bit_generator.state = state
        drawn.append(redrawn(context, context.loads[point], rng))
    try:
        alone = [bill_of(context, load) for load in drawn]
        together = bill_of(context, merged(drawn))
    except TariffError as error:
        return Silent(ID, f"kan inte prissättas: {error}", ordered[0])
    result = difference(alone[0], together)
    for point, bill in zip(ordered[1:], alone[1:], strict=True):
        result = combine(result, "", difference(bill, []), context.name(point))
    reason = result.reason() or not_worth_telling(band(result.saving_sek))
    return Silent(ID, reason, ordered[0]) if reason else _finding(context, ordered, result, word)


def _effect(points: Sequence[str], state: State) -> State:
    """Return the state with the points' loads under the first one's contracts and the others' contracts ended."""
    loads = {**state.loads, points[0]: merged([state.loads[p] for p in points])}
    kept = tuple(one for one in state.contracts if one.metering_point not in points[1:])
    return replace(state, loads=loads, contracts=kept)


def _tops(context: MeasureContext, load: Load) -> list[float]:
    days = Days.of(context.start_utc)
    top = days.split(load.energy_kwh)[:, :, 0].max(axis=1)
    month = days.day.astype("datetime64[M]")
    return [float(np.nanmax(top[month == np.datetime64(m, "M")], initial=0.0)) for m in context.months]


def _finding(context: MeasureContext, points: Sequence[str], result: Difference, word: str) -> MeasureFinding:
    value = band(result.saving_sek)
    tops = [_tops(context, context.loads[p]) for p in points]
    apart, as_one = np.sum(tops, axis=0), _tops(context, merged([context.loads[p] for p in points]))
    names = " och ".join(context.name(p) for p in points)
    return MeasureFinding(
        measure_id=ID,
        key=f"measure:{context.facility}:{ID}:{points[0]}",
        facility=context.facility,
        title=f"{TITLE} ({word})",
        description=(
            f"{names} har var sitt abonnemang. Som ett, på avtalet för {context.name(points[0])}, betalas de fasta"
            f" avgifterna en gång och toppen blir i medeltal {kw(float(np.mean(apart - np.array(as_one))))} lägre,"
            " eftersom topparna inte sammanfaller. Förutsätter att leverantören medger det, att ledningarna kan kopplas"
            " samman och att anslutningen räcker; en ombyggnad är inte avdragen."
        ),
        saving_sek_per_year=value,
        saving_kwh_per_year=0.0,
        confidence=confidence(value, "låg"),
        method=(
            f"Räkningarna var för sig mot en räkning på summan av lasterna, timme för timme. {result.text()}"
            f" {band_text('lastens två senaste år')}"
        ),
        evidence=tuple(
            EvidenceRow("Summan av topparna", f"{m:%Y-%m}", float(a), "kW", f"summans topp {kw(b)}")
            for m, a, b in zip(context.months, apart, as_one, strict=True)
        ),
        metering_point=points[0],
        effect=partial(_effect, tuple(points)),
        picture=by_month(
            context,
            "Månadens högsta timme (kW)",
            {"Summan av topparna": [float(a) for a in apart], "Summans topp": as_one},
        ),
    )
