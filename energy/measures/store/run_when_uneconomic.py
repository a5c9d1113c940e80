"""The store or its heat pump runs in hours when what it delivers is worth less than the electricity it takes.

Signal: price of electricity / coefficient of performance above the marginal price of the heat replaced, so that the
break-even coefficient (electricity price over heat price) is not reached. Energy from the store counts at its worth.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures.base import About, EvidenceRow, MeasureContext, MeasureFinding, Picture, Silent
from energy.measures.shared.better_store import Case, assess_cause, by_month_kwh, rows_by_month
from energy.measures.shared.days import sv
from energy.measures.shared.pictures import by_month

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "run_when_uneconomic"
TITLE = "Lagret körs när det inte lönar sig"
ABOUT = About(
    code="S6",
    needs="lagrets mätare för urladdning och el, priser på värme och el timme för timme",
    cost_class="ingen",
    difficulty="lätt",
    actor="driftteknikern",
    verification="drifttimmar med värmefaktor under elpris genom värmepris",
    reference="break-even coefficient of performance = p_el / p_heat at the margin of the hour; docs/dispatch.md",
)


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result per store."""
    return assess_cause(context, ID, TITLE, "S6", _tell)


def _tell(context: MeasureContext, case: Case) -> tuple[str, tuple[EvidenceRow, ...], Picture]:
    side = case.year.sides[0]
    less = np.maximum(case.cause.load_change_kwh[0], 0.0)  # what is bought instead
    hours = less > 0
    delivered = -side.per_draw * case.actual.out_kwh
    price = {one.carrier: one.price_sek_per_kwh for one in case.year.sides}
    need = ""
    if case.year.observed.heat_point and "electricity" in price and hours.any():
        even = float(np.median(price["electricity"][hours] / np.maximum(price["district_heating"][hours], 1e-9)))
        cop = float(np.nanmedian(case.year.observed.cop[hours]))
        need = f" Då krävs värmefaktorn {sv(even, 1)} för att det ska löna sig; den var {sv(cop, 1)}."
    text = (
        f"{case.name}: {sv(float(hours.sum()))} timmar under året kostade mer i el än de sparade,"
        f" {sv(float(less.sum()) / 1000, 1)} MWh.{need} Stoppa när elpriset genom värmefaktorn är "
        "högre än värmens pris."
    )
    wrong, all_ = by_month_kwh(context, case, less), by_month_kwh(context, case, delivered)
    notes = [f"av {sv(a, 1)} MWh som levererades" for a in all_]
    evidence = tuple(rows_by_month(context, "Levererat med förlust", wrong, notes))
    return text, evidence, by_month(context, "Levererat (MWh)", {"Med förlust": wrong, "Allt": all_})
