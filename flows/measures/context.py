"""What the core tables say of a facility -> the context of the measure rules -> rows of the analysis tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

import numpy as np

from energy.errors import InsufficientData
from energy.measures import MeasureContext, MeasureFinding, acts_on, assess_all
from energy.measures.assumptions import assumption
from energy.measures.base import Share
from energy.model import Facts, Load, PriceList
from energy.savings.saved.loads import map_load
from flows.analysis import figures
from flows.analysis.dimensions import contracts, stores
from flows.analysis.figures import Rows
from flows.analysis.forecasting import station_weather
from flows.analysis.inputs import FacilityInputs, trends
from flows.measures.combined_rows import combined_rows
from flows.measures.kept import change_rows
from flows.measures.reference_rows import reference_rows
from flows.storage.dispatch import operations, optimum_rows


def look_for_measures(
    inputs: FacilityInputs, lists: Sequence[PriceList], run_id: str, rows: Rows, loads: Mapping[str, Load]
) -> None:
    """Add the findings of every rule, their evidence and the reasons for silence to `rows`.

    Raises InsufficientData where the facility has less than twelve whole months.
    """
    context = context_of(inputs, lists, loads)
    rows["reference_values"] += reference_rows(context, run_id)
    context = replace(context, operations=operations(context))
    for name, found in optimum_rows(context, run_id).items():
        rows[name] += found
    findings, silent = assess_all(context)
    rows["measures_combined"] += combined_rows(context, findings, run_id, _settled(inputs, findings), _begun(inputs))
    for name, found in figures.measure_rows(run_id, findings).items():
        rows[name] += found
    state = context.state()
    rows["measure_meters"] += [
        {"measure_key": one.key, "metering_point": point} for one in findings for point in acts_on(one, state)
    ]
    rows["measure_changes"] += change_rows(context.start_utc, findings)
    told = {"month": context.months[-1], "first_day": context.first_valued(), "run_id": run_id}
    rows["measure_runs"].append({"facility": context.facility, **told})
    rows["findings"] += [
        {
            "facility": inputs.facility.id, "level": "info", "rule": f"measure_silent_{one.measure_id}",
            "message": one.reason, "metering_point": one.metering_point,
        }
        for one in silent
    ]  # fmt: skip


def _settled(inputs: FacilityInputs, findings: Sequence[MeasureFinding]) -> set[str]:
    """Return the measures not to add others to: done, put off, or declined and not grown enough to come back."""
    settling = "('reject', 'done', 'wait')"
    decided = f"select measure_key, decision, value_sek from core.measure_decisions where decision in {settling}"  # noqa: S608
    low = {one.key: one.saving_sek_per_year.low for one in findings}
    growth = assumption("register", "return_growth").central

    def returned(key: str, worth: float | None) -> bool:  # as marts.measure_register says it
        return worth is not None and low.get(key, 0.0) > growth * worth

    return {
        key for key, decision, worth in inputs.store.rows(decided) if decision != "reject" or not returned(key, worth)
    }


def _begun(inputs: FacilityInputs) -> set[str]:
    """Return the measures that others come after: under way or done."""
    decided = "select measure_key from core.measure_decisions where decision in ('underway', 'done')"
    return {key for (key,) in inputs.store.rows(decided)}


def context_of(inputs: FacilityInputs, lists: Sequence[PriceList], loads: Mapping[str, Load]) -> MeasureContext:
    """Return what the rules may look at. Raises InsufficientData where there are less than twelve whole months."""
    months = inputs.months[-12:]
    if len(months) < 12:
        raise InsufficientData("kan inte bedömas: åtgärder behöver tolv hela månader med mätvärden")
    settings, facility, start = inputs.settings, inputs.facility, inputs.start_utc
    points = [m for m in settings.metering_point if m.facility == facility.id]
    own = {p.id for p in points}
    invoices = inputs.store.frame("select * from core.invoices order by supplier_id, invoice_no, issue_date")
    # a credit note may name no metering point: it still takes back what another invoice charged
    order = "order by supplier_id, invoice_no, issue_date, row_no"  # sums of amounts must not depend on chance
    query = f"select * from core.invoice_lines where facility = ? or facility is null {order}"  # noqa: S608
    lines = inputs.store.frame(query, [facility.id])
    station = station_weather(inputs)
    return MeasureContext(
        facility=facility.id,
        start_utc=start,
        air_temperature_c=inputs.air_temperature_c[inputs.margin :],
        open_hours=inputs.open_hours(start),
        months=months,
        loads={p: map_load(load, lambda _, v: v) for p, load in loads.items() if _tells(load)},
        carriers={p.id: p.carrier for p in points},
        parents={p.id: p.parent for p in points},
        contracts=[c for c in contracts(settings) if c.metering_point in own],
        price_lists=lists,
        billing={p.id: inputs.billing for p in points},
        invoices=invoices,
        invoice_lines=lines,
        names={p.id: p.name for p in points},
        uses={p.id: p.use for p in points if p.use is not None},
        trends=trends(inputs),
        booked=inputs.booked(),
        ice_season=inputs.ice_season(start),
        stores=stores(settings, facility.id),
        shares=[
            Share(a.metering_point, a.cost_bearer, a.share, a.submeter, a.valid_from, a.valid_to)
            for a in settings.allocation
            if a.metering_point in own
        ],
        facts=Facts(**{f.name: getattr(facility, f.name) for f in fields(Facts)}),
        contract_kinds={c.family: c.kind for c in settings.contract if c.metering_point in own},
        seed=settings.seed,
        station_start_utc=station[0],
        station_temperature_c=station[1],
    )


def _tells(load: Load) -> bool:
    """Return whether a load has any value; a water meter tells volume only."""
    return not (np.isnan(load.energy_kwh).all() and (load.volume_m3 is None or np.isnan(load.volume_m3).all()))
