"""A facility with submeters and points of the automation; its mains hold the submeters plus 50 kW."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from energy.measures import MeasureContext, MeasureFinding, Silent
from energy.model import Carrier, Floats, Load, Trend, Use
from tests.measures.facility import ENERGY, HEAT, HOURS, POWER, START, Facility, clock_hour, column, price_list

OPEN = ((clock_hour() >= 6) & (clock_hour() < 22)).astype(np.float64)
SECOND_YEAR = np.arange(HOURS) >= 365 * 24  # 2023, the year valued


def trend(kind: str, values: Floats, where: str, point: str = "GT1") -> Trend:
    """Return a point of the automation in a room."""
    return Trend(point, f"Givare i {where}", kind, None, None, where, values)


def plant(
    power: Mapping[str, tuple[Use, Floats]],
    heat: Mapping[str, tuple[Use, Floats]] | None = None,
    trends: Sequence[Trend] = (),
    temperature: Floats | None = None,
    **more: Any,
) -> MeasureContext:
    """Return submeters of electricity (1 kr/kWh) and heat (0,50 kr/kWh) under their mains, as the rules see them."""
    loads: dict[str, Load] = {}
    carriers: dict[str, Carrier] = {}
    parents: dict[str, str | None] = {}
    uses: dict[str, Use] = {}
    carrier: Carrier
    for main, carrier, subs in ((POWER, "electricity", power), (HEAT, "district_heating", heat or {})):
        total = np.full(HOURS, 50.0) + np.sum([values for _, values in subs.values()], axis=0)
        loads[main], carriers[main] = Load(main, START, column(total)), carrier
        for point, (use, values) in subs.items():
            loads[point], carriers[point] = Load(point, START, column(values)), carrier
            parents[point], uses[point] = main, use
    listed = [
        price_list("el", "electricity", ENERGY.format(price=1000)),
        price_list("varme", "district_heating", ENERGY.format(price=500)),
    ]
    tested = Facility(loads, carriers, listed, parents, open_hours=OPEN)
    tested = tested if temperature is None else tested.but(temperature=temperature)
    return replace(tested.context(), uses=uses, trends={t.point: t for t in trends}, **more)


def only(assess: Callable[[MeasureContext], Sequence[MeasureFinding | Silent]], context: MeasureContext) -> Any:
    """Return the one result of a rule."""
    (one,) = assess(context)
    return one


def kwh_taken(found: MeasureFinding, context: MeasureContext, main: str) -> float:
    """Return what the finding's effect takes off a main in 2023 [kWh]."""
    assert found.effect is not None
    state = context.state()
    changed = found.effect(state)
    taken = state.loads[main].energy_kwh - changed.loads[main].energy_kwh
    return float(np.nansum(taken[SECOND_YEAR]))
