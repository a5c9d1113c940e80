"""District heat is bought in the same hours as the ice plant throws heat away.

Where the ice plant's electricity is metered, a balance of its condenser heat tells what is used already and what more
could be (`energy.measures.shared.recovery`). First against the uses at low temperature: if a good part of what could
be used there is not, how it is run comes first, though the meters do not tell whether that or the pipes fall short.
Else against all bought heat, pool and hot water too: that takes rebuilding, and its size is told with low confidence.
Without that meter, usable is the smaller of bought heat and a share of the rejected, hour by hour. Lifting the heat
costs electricity (heat / COP), which is billed too: the value is net. Not for heat stored from one hour to another:
that belongs to the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from energy.calendar import normal_time
from energy.errors import TariffError
from energy.measures.assumptions import assumption
from energy.measures.base import About, Effect, EvidenceRow, MeasureContext, MeasureFinding, Picture, Silent, State
from energy.measures.shared import ice
from energy.measures.shared.bands import band, band_text, confidence, generator, not_worth_telling, shared, triangle
from energy.measures.shared.days import Flags, map_load, sv
from energy.measures.shared.margin import Case, Fall, conclude
from energy.measures.shared.operating import valued_hours
from energy.measures.shared.pictures import by_month
from energy.measures.shared.recovery import HOT, Recovery, recovery
from energy.measures.shared.valuation import Difference, bill_of, combine, differences
from energy.model import Floats, Load

__all__ = ["ABOUT", "ID", "TITLE", "assess", "usable_heat"]

ID = "heat_bought_while_rejecting"
TITLE = "Fjärrvärme köps medan kylmaskinerna kyler bort värme"
ABOUT = About(
    code="O3",
    needs="mätare för bortkyld värme, fjärrvärmens timvärden; kylmaskinernas el där den mäts",
    cost_class="hög",
    difficulty="svår",
    actor="fastighetsägaren",
    verification="bortkyld värme de timmar fjärrvärme köps",
    reference="Gimo ishall evaluation (ekanalys.se): 71 % of condenser heat recovered",
)


@dataclass(frozen=True)
class Meeting:
    """Rejected and bought heat of the same hours, (n,) [kWh], and what of it could be used, (n, 1 + draws) [kWh]."""

    rejected_kwh: Floats
    bought_kwh: Floats
    usable_kwh: Floats
    valued: Flags  # (n,) hours of the months valued
    stored_kwh: Floats | None = None  # (n,) what a store gave [kWh], where it could give way to the heat


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one finding for the facility: its rejected heat against its largest district-heating main, net."""
    rejecting = sorted(
        p for p, carrier in context.carriers.items() if carrier == "rejected_heat" and p in context.loads
    )
    heat, power = context.mains("district_heating"), context.mains("electricity")
    for found, what in ((rejecting, "mätare för bortkyld värme"), (heat, "fjärrvärmemätare med avtal")):
        if not found:
            return [Silent(ID, f"saknar data: ingen {what}.")]
    if not power:
        return [Silent(ID, "saknar data: elen att lyfta värmen med kan inte prissättas (ingen elmätare med avtal).")]
    return [_assess_pair(context, rejecting, _largest(context, heat), _largest(context, power))]


def _largest(context: MeasureContext, points: Sequence[str]) -> str:
    """Return the metering point with the most energy; the first in order of id where they are equal."""
    return max(sorted(points), key=lambda point: float(np.nansum(context.loads[point].energy_kwh)))


def usable_heat(rejected_kwh: Floats, bought_kwh: Floats, share: Floats) -> Floats:
    """Return (n, k) min(share · rejected, bought) per hour [kWh]; 0 where either is unknown, negative or zero."""
    both = np.isfinite(rejected_kwh) & np.isfinite(bought_kwh)
    rejected, bought = (np.where(both, np.maximum(x, 0.0), 0.0)[:, None] for x in (rejected_kwh, bought_kwh))
    return np.minimum(rejected * share, bought)


def _assess_pair(context: MeasureContext, rejecting: Sequence[str], heat: str, power: str) -> MeasureFinding | Silent:
    bought = context.loads[heat].energy_kwh[:, 0]
    rejected = np.sum([context.loads[point].energy_kwh[:, 0] for point in rejecting], axis=0)
    day = normal_time(context.start_utc).astype("datetime64[D]")
    valued = (day >= np.datetime64(context.first_valued())) & (day < np.datetime64(context.end_valued()))
    covered = float((np.isfinite(rejected) & np.isfinite(bought))[valued].mean()) if valued.any() else 0.0
    if covered < assumption("common", "minimum_coverage").central:
        return Silent(
            ID, f"saknar data: bara {sv(100 * covered)} % av timmarna har både bortkyld och köpt värme.", heat
        )
    if ice.plants(context):
        return _balanced(context, rejecting, heat, power)
    rng = generator(context.seed, ID, context.facility, heat)
    share = triangle(assumption(ID, "usable_share"), context.draws, rng)
    cop = triangle(assumption(ID, "lift_cop"), context.draws, rng)
    meeting = Meeting(rejected, bought, usable_heat(rejected, bought, share), valued)
    if not meeting.usable_kwh[valued, 0].sum() > 0:
        return Silent(ID, "köpt och bortkyld värme möts aldrig i samma timme.", heat)
    try:
        result, extra = _value(context, context.loads[heat], context.loads[power], meeting, cop)
    except TariffError as error:
        return Silent(ID, f"kan inte prissättas: {error}", heat)
    least = assumption("common", "minimum_saving").central
    reason = result.reason()
    if reason is None and not result.saving_sek[0] >= least:
        reason = f"elen att lyfta värmen kostar lika mycket: netto {sv(float(result.saving_sek[0]))} kr/år."
    reason = reason or not_worth_telling(band(result.saving_sek))
    if reason:
        return Silent(ID, reason, heat)
    effect = partial(_effect, tuple(rejecting), heat, power)
    return replace(_finding(context, heat, power, meeting, result, extra), effect=effect)


def _balanced(context: MeasureContext, rejecting: Sequence[str], heat: str, power: str) -> MeasureFinding | Silent:
    """Return the finding of the balance: a recovery to mend, else one to build on, else silence."""
    limit = assumption(ID, "whole").central
    found = recovery(context, rejecting, heat, HOT)
    assert found is not None  # the ice plant is metered
    mends = found.whole(context) < limit
    if not mends:
        found = recovery(context, rejecting, heat, ())
        assert found is not None
        if not found.whole(context) < limit:
            taken = found.whole(context)
            told = f"{sv(100 * taken)} % av den" if np.isfinite(taken) else "all"
            return Silent(ID, f"återvinningen tar redan {told} kondensorvärme som går att använda.", heat)
    rng = generator(context.seed, ID, context.facility, heat)
    reach = triangle(assumption(ID, "reachable"), context.draws, rng)
    # pool air and hot water ask for more than what is warmed already: a higher lift
    hotter = triangle(assumption(ID, "lift_cop"), context.draws, rng)
    lift = shared(context, "ice", "lift_cop") if mends else hotter
    falls = tuple(Fall(fall.point, fall.amount * reach) for fall in found.falls(context, heat, power, lift))
    told_as = conclude(context, ID, TITLE, _case(context, rejecting, heat, found, falls, mends))
    if isinstance(told_as, Silent) or told_as.effect is None:
        return told_as
    return replace(told_as, effect=partial(_less_rejected, told_as.effect, tuple(rejecting), found.more[:, :1]))


def _less_rejected(then: Effect, rejecting: Sequence[str], more: Floats, state: State) -> State:
    """Return the state after `then`, with the heat used taken off what is rejected."""
    after = then(state)
    loads = dict(after.loads)
    thrown = np.nan_to_num(np.sum([loads[point].energy_kwh for point in rejecting], axis=0))
    left = 1.0 - np.clip(np.divide(more, thrown, out=np.zeros_like(more), where=thrown > 0), 0.0, 1.0)
    return replace(after, loads=loads | {point: map_load(loads[point], left) for point in rejecting})


def _case(
    context: MeasureContext, rejecting: Sequence[str], heat: str, found: Recovery, falls: Sequence[Fall], mends: bool
) -> Case:
    rejected = np.sum([context.loads[point].energy_kwh[:, 0] for point in rejecting], axis=0)
    from_store = [np.nan_to_num(context.loads[p].energy_kwh[:, 0]) for p in context.used_for("discharge")]
    stored = np.sum(from_store, axis=0) if from_store else None
    meeting = Meeting(rejected, context.loads[heat].energy_kwh[:, 0], found.more, valued_hours(context), stored)
    usable, met = (assumption("ice", name) for name in ("usable", "met"))
    mwh, taken = float(found.more[meeting.valued, 0].sum()) / 1000, 100 * found.whole(context)
    what = (
        "Mätarna visar inte om det beror på driften eller på vad som är byggt: se först över ventiler, börvärden,"
        " värmeväxlare och driftordning, och räkna sedan på en större anslutning."
        if mends
        else "Det kräver att kondensorvärmen kopplas till bad, ventilation eller varmvatten: en ombyggnad att utreda."
    )
    return Case(
        heat,
        tuple(falls),
        f"Under samma timmar köps fjärrvärme och kyls värme bort. Av den kondensorvärme som går att använda"
        f"{' vid låg temperatur' if mends else ''} används {sv(taken)} %; {sv(mwh)} MWh/år till kunde användas"
        f"{_instead_of(found, meeting.valued)}. {what}",
        f"Kondensorvärmen är kylmaskinernas el gånger (1 + köldfaktorn {sv(assumption('ice', 'cop').central, 1)}); det"
        " som inte kyls bort eller lagras används. Mest kan"
        f" {sv(100 * usable.central)} % ({sv(100 * usable.low)}–{sv(100 * usable.high)} %) av den användas, och"
        f" {sv(100 * met.central)} % av behovet"
        f"{' utom uttag med egna mätare för bad, ventilation och varmvatten' if mends else ''} mötas. Lyftets el"
        f" (värmefaktor {sv(assumption('ice' if mends else ID, 'lift_cop').central, 1)}) är avdragen; där lagrets"
        " värmepump får vika i stället räknas dess el.",
        _evidence(context, meeting),
        _picture(context, meeting),
        {"used_share": taken / 100, "usable_kwh": 1000 * mwh},
        "medel" if mends else "låg",
    )


def _instead_of(found: Recovery, valued: Flags) -> str:
    """Return in Swedish how much of the heat would be bought less and how much a store would give less."""
    more, pumped = (float(values[valued, 0].sum()) / 1000 for values in (found.more, found.pumped_less))
    if not pumped > 0.01 * more:
        return ""
    return f", {sv(more - pumped)} i stället för köpt värme och {sv(pumped)} i stället för värme ur lagret"


def _effect(rejecting: Sequence[str], heat: str, power: str, state: State) -> State:
    """Return the state with the heat used, central case: less rejected, less bought, more electricity."""
    share, cop = assumption(ID, "usable_share").central, assumption(ID, "lift_cop").central
    thrown = np.sum([state.loads[point].energy_kwh[:, 0] for point in rejecting], axis=0)
    used = usable_heat(thrown, state.loads[heat].energy_kwh[:, 0], np.array([share]))
    loads = dict(state.loads)
    lifted = loads[power]
    loads[power] = replace(lifted, energy_kwh=lifted.energy_kwh + used / cop)
    left = np.divide(thrown[:, None] - used, thrown[:, None], out=np.ones_like(used), where=used > 0)
    for point in rejecting:
        loads[point] = map_load(loads[point], left)
    bought = loads[heat].energy_kwh
    loads[heat] = map_load(loads[heat], np.divide(bought - used, bought, out=np.ones_like(used), where=used > 0))
    return replace(state, loads=loads)


def _picture(context: MeasureContext, meeting: Meeting) -> Picture:
    """Return bought, rejected and usable heat of each month valued, and a store's where it has one [MWh]."""
    month_of = normal_time(context.start_utc).astype("datetime64[M]")
    named = {
        "Köpt": meeting.bought_kwh,
        **({} if meeting.stored_kwh is None else {"Ur lagret": meeting.stored_kwh}),
        "Bortkyld": meeting.rejected_kwh,
        "Kunde ha använts": meeting.usable_kwh[:, 0],
    }
    at = [month_of == np.datetime64(month, "M") for month in context.months]
    sums = {name: [float(np.nansum(v[here])) / 1000 for here in at] for name, v in named.items()}
    return by_month(context, "Värme (MWh)", sums, "line")  # bars of one month would lie over each other


def _value(
    context: MeasureContext, heat: Load, power: Load, meeting: Meeting, cop: Floats
) -> tuple[Difference, Difference]:
    """Return (net, the electricity's own part) of using the heat: less district heating, more electricity."""
    used = meeting.usable_kwh
    kept = np.divide(heat.energy_kwh - used, heat.energy_kwh, out=np.ones_like(used), where=used > 0)
    lifted = replace(power, energy_kwh=power.energy_kwh + used / cop, volume_m3=None, supply_m3c=None, return_m3c=None)
    pairs = ((heat, map_load(heat, kept)), (power, lifted))
    saved, extra = differences([(bill_of(context, was), bill_of(context, now)) for was, now in pairs])
    return combine(saved, "fjärrvärme", extra, "el"), extra


def _finding(
    context: MeasureContext, heat: str, power: str, meeting: Meeting, result: Difference, extra: Difference
) -> MeasureFinding:
    value = band(result.saving_sek)
    usable = float(meeting.usable_kwh[meeting.valued, 0].sum())
    share, cop = assumption(ID, "usable_share"), assumption(ID, "lift_cop")
    electricity = usable / cop.central
    return MeasureFinding(
        measure_id=ID,
        key=f"measure:{context.facility}:{ID}:{heat}",
        facility=context.facility,
        title=TITLE,
        description=(
            f"Under samma timmar köps fjärrvärme och kyls värme bort. {sv(usable / 1000)} MWh/år kunde ha ersatt köpt"
            f" värme mot {sv(electricity / 1000)} MWh el för att lyfta temperaturen (kostar"
            f" {sv(-float(extra.saving_sek[0]))} kr, avdraget). Koppla kondensorvärmen till förvärmning av"
            " tappvarmvatten, bassäng eller ventilation. Kylmaskinernas el mäts inte för sig, så vad som redan"
            " återvinns och om resten går att använda syns inte: mät den först."
        ),
        saving_sek_per_year=value,
        saving_kwh_per_year=usable - electricity,
        confidence=confidence(value, "låg"),  # without the ice plant's meter nothing tells what is recovered already
        method=(
            f"Timme för timme används det minsta av köpt värme och {sv(100 * share.central)} % av den bortkylda"
            f" ({sv(100 * share.low)}–{sv(100 * share.high)} %). Fjärrvärmeräkningen körs om utan den värmen"
            f" (flödet minskar i samma mån) och elräkningen för {context.name(power)} med lyftets el, värmefaktor"
            f" {sv(cop.central, 1)}"
            f" ({sv(cop.low, 1)}–{sv(cop.high, 1)}). {result.text()} {band_text()}"
        ),
        evidence=_evidence(context, meeting),
        metering_point=heat,
        parameters={
            "usable_share": share.central,
            "lift_cop": cop.central,
            "usable_kwh": usable,
            "extra_electricity_kwh": electricity,
        },
        picture=_picture(context, meeting),
    )


def _evidence(context: MeasureContext, meeting: Meeting) -> tuple[EvidenceRow, ...]:
    """Return the usable heat of each month valued, beside what was bought and rejected."""
    month_of = normal_time(context.start_utc).astype("datetime64[M]")
    rows = []
    for month in context.months:
        here = month_of == np.datetime64(month, "M")
        usable = meeting.usable_kwh[here, 0]
        note = (
            f"köpt {sv(float(np.nansum(meeting.bought_kwh[here])))} kWh, bortkyld"
            f" {sv(float(np.nansum(meeting.rejected_kwh[here])))} kWh, {int((usable > 0).sum())} timmar samtidigt"
        )
        rows.append(EvidenceRow("Användbar bortkyld värme", f"{month:%Y-%m}", float(usable.sum()), "kWh", note))
    return tuple(rows)
