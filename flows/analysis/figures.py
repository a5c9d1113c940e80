"""Results of `energy` -> rows of the tables analysis.*. Renames and arranges; computes nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from energy.calendar import add_months, normal_time
from energy.measures import MEASURES, MeasureFinding
from energy.measures.combined import class_cost_sek
from energy.measures.registered import REGISTERED
from energy.model import Band, BilledComponent
from energy.savings.baselines.frozen import Baseline
from energy.savings.bridging.bridge import Cell
from energy.savings.saved.avoided import ALL, AvoidedRow
from energy.savings.saved.class_change import ClassChange
from flows.analysis.dimensions import schema
from flows.analysis.optimum_tables import OPTIMUM
from flows.analysis.store_rows import STORAGE

_ENERGY = (
    "metered_kwh:f adjusted_baseline_kwh:f avoided_energy_kwh:f avoided_energy_kwh_low:f avoided_energy_kwh_high:f"
)
_COST = (
    "actual_cost_sek:f adjusted_baseline_cost_sek:f avoided_cost_sek:f avoided_cost_sek_low:f avoided_cost_sek_high:f"
)
_SURE = "energy_probability_pct:f cost_probability_pct:f"
# table of the schema analysis -> its columns
ANALYSIS: Mapping[str, str] = {
    "bill": "metering_point contract_kind month:d line_no:i component label price_list determinant quantity:f unit "
    "amount_sek:f reason evidence estimated_hours:i",
    "boundaries": "project boundary_text",
    "baselines": "project carrier metering_point target trained_from:d trained_to:d hours:i days:i lag_h:f "
    "cvrmse_daily_pct:f cvrmse_hourly_pct:f nmbe_pct:f drift_sd_pct:f extrapolation disqualified version input_hash "
    "run_id",
    "placebos": "project carrier metering_point no:i placebo_kind period_start:d period_end:d metered_kwh:f "
    "predicted_kwh:f predicted_kwh_low:f predicted_kwh_high:f placebo_error_pct:f held:b run_id",
    "savings_monthly": f"project carrier month:d {_ENERGY} {_COST} {_SURE} excluded_hours:i excludes reason run_id",
    "savings_component": f"project carrier component period from_month:d to_month:d {_COST} cost_probability_pct:f "
    "excludes reason run_id",
    "savings_total": f"project carrier period from_month:d to_month:d {_ENERGY} {_COST} {_SURE} excluded_hours:i "
    "excludes reason run_id",
    "avoided_cost": f"project carrier component period from_month:d to_month:d effect price_basis priced_from:d "
    f"priced_to:d {_COST} cost_probability_pct:f excludes reason run_id",
    "bridge_matrix": "project comparison carrier step_no:i step component amount_sek:f amount_sek_low:f "
    "amount_sek_high:f energy_kwh:f base_from:d base_to:d reporting_from:d reporting_to:d reason note run_id",
    "class_change": "project carrier metering_point label from_month:d to_month:d effect class_without class_with "
    "changed_pct:f class_change_sek:f class_change_sek_low:f class_change_sek_high:f power_without_kw:f "
    "power_with_kw:f utilisation_without_h:f utilisation_with_h:f reason run_id",
    "normal_year": "project carrier metering_point normal_method from_month:d to_month:d base_normal_kwh:f "
    "reporting_normal_kwh:f normalized_savings_kwh:f normalized_savings_kwh_low:f normalized_savings_kwh_high:f "
    "energy_probability_pct:f avoided_energy_kwh:f avoided_energy_kwh_low:f avoided_energy_kwh_high:f "
    "weather_years:i definition base_kd:f reporting_kd:f normal_kd:f reason run_id",
    "bridge_points": "project comparison carrier metering_point",
    "bridge_bearer": "project comparison carrier cost_bearer step_no:i step amount_sek:f amount_sek_low:f "
    "amount_sek_high:f base_from:d base_to:d reporting_from:d reporting_to:d reason note run_id",
    # what a project gives: energy.savings.economy.economics
    "economics_returns": "project cost_bearer investment_sek:f subsidy_sek:f annuity_sek_per_year:f "
    "saving_sek_per_year:f saving_low_sek_per_year:f saving_high_sek_per_year:f saving_reason "
    "simple_payback_years:f simple_payback_low_years:f simple_payback_high_years:f simple_payback_reason "
    "discounted_payback_years:f discounted_payback_low_years:f discounted_payback_high_years:f "
    "discounted_payback_reason npv_sek:f npv_low_sek:f npv_high_sek:f npv_reason internal_rate_of_return_pct:f "
    "internal_rate_of_return_low_pct:f internal_rate_of_return_high_pct:f internal_rate_of_return_reason "
    "probability_pays_back_within_life:f probability_npv_positive:f horizon_years:i saving_basis text run_id",
    "economics_years": "project cost_bearer year:i is_measured:b book_value_sek:f depreciation_sek:f "
    "internal_interest_sek:f capital_cost_sek:f saving_sek:f saving_low_sek:f saving_high_sek:f net_effect_sek:f "
    "net_effect_low_sek:f net_effect_high_sek:f balance_sek:f balance_low_sek:f balance_high_sek:f reason run_id",
    "economics_tornado": "project cost_bearer rank:i parameter label low:f high:f unit npv_low_sek:f npv_high_sek:f "
    "npv_sek:f range_reason reason run_id",
    "economics_assumptions": "project no:i text run_id",
    "promised": "project period unit price_basis promised:f measured:f measured_low:f measured_high:f difference:f "
    "difference_low:f difference_high:f delivered_pct:f delivered_pct_low:f delivered_pct_high:f verdict text "
    "excluded_hours:i document promised_on:d reason",
    "measures": "measure_key measure_id facility title description saving_sek_per_year:f saving_sek_per_year_low:f "
    "saving_sek_per_year_high:f saving_kwh_per_year:f confidence status method silent_reason code "
    "cost_class assumed_cost_sek:f difficulty actor verification metering_point one_off:b picture_kind "
    "picture_x picture_y evidence_key run_id",
    **OPTIMUM,
    "measure_series": "measure_key no:i series x y:f run_id",
    "measure_runs": "facility month:d first_day:d run_id",  # up to which month measures were looked for
    # findings of invoices and meters that are registered as measures, open or settled: energy.measures.registered
    "measure_found": "measure_key measure_id facility is_open:b settles amount_sek:f last_month:d text",
    "measure_found_months": "measure_key month:d",  # the months that show an open one
    # what a better operation of a store changes, hour by hour: dear to work out, so it is kept for `measures --set`
    "measure_changes": "measure_key metering_point first_utc:t change_kwh:l curve_kw:l curve_c:l stored_sek:f",
    "measure_meters": "measure_key metering_point",  # whose load the measure changes
    "measure_verification": "measure_key facility measure_id start_on:d metering_points from_month:d to_month:d "
    "months:i months_needed:i promised_sek_per_year:f verified_sek:f verified_sek_low:f verified_sek_high:f "
    "verified_sek_per_year:f verified_sek_per_year_low:f verified_sek_per_year_high:f avoided_energy_kwh:f "
    "avoided_energy_kwh_low:f avoided_energy_kwh_high:f trained_from:d trained_to:d cvrmse_daily_pct:f verdict text "
    "overlaps one_off:b reason run_id",
    "measure_verified": "facility measures:i measure_keys verified_sek_per_year:f verified_sek_per_year_low:f "
    "verified_sek_per_year_high:f run_id",
    # what they are worth together: energy.measures.combined
    "measures_combined": "facility rank:i measure_key title marginal_sek_per_year:f marginal_sek_per_year_low:f "
    "marginal_sek_per_year_high:f cumulative_sek_per_year:f cumulative_sek_per_year_low:f "
    "cumulative_sek_per_year_high:f separate_sek_per_year:f cost_class reason run_id",
    "measure_evidence": "measure_key no:i label at value:f unit note run_id",
    # beside what others take: energy.measures.reference
    "reference_values": "facility key_figure label value:f unit reference_low:f reference:f reference_high:f verdict "
    "reason source_text noted_on:d run_id",
    "adjusted_daily": "metering_point day:d adjusted_baseline_kwh:f",
    "cusum": "project carrier day:d cumulative_avoided_kwh:f",
    "event_proposals": "project metering_point carrier kind event_from:d event_to:d size_kwh_per_day:f size_pct:f "
    "size_band_pct:f likelihood_ratio:f confidence message status handled_by ready_row ready_toml run_id",
    "non_routine": "project carrier period row_no:i entry event_from:d event_to:d event_carrier treatment event_reason "
    "decided_by effect_pct:f effect_band_pct:f avoided_energy_kwh:f avoided_energy_kwh_low:f avoided_energy_kwh_high:f "
    "avoided_cost_sek:f avoided_cost_sek_low:f avoided_cost_sek_high:f remark reason run_id",
    **STORAGE,  # energy stores: energy.storage
    # invoices against the recomputed bill: energy.audit
    "audit_lines": "supplier_id invoice_no issue_date:d document_type line_id metering_point contract_kind component "
    "consumption_month:d price_list invoiced_quantity:f recomputed_quantity:f unit invoiced_sek:f recomputed_sek:f "
    "difference_sek:f verdict reason evidence",
    "invoice_findings": "finding_key rule level facility metering_point contract_kind supplier_id invoice_no "
    "issue_date:d consumption_month:d amount_sek:f message evidence supplier_text settled_sek:f settled_by",
    "invoice_evidence": "finding_key no:i invoice_no line_id item period_start:d period_end:d invoiced_sek:f "
    "recomputed_sek:f reason file_name row_no:i",
    "missing_invoices": "metering_point contract_kind supplier_id consumption_month:d expected_on:d days_late:i "
    "estimated_sek:f message",
    # invoices against the books: energy.accounts
    "ledger_match": "supplier_id invoice_no issue_date:d document_type metering_point contract_kind "
    "consumption_month:d accounting_period:d net_sek:f posted_sek:f difference_sek:f verdict account expected_account "
    "cost_centre expected_cost_centre voucher voucher_date:d message file_name row_no:i",
    "accruals": "metering_point contract_kind consumption_month:d accounting_period:d accrual_sek:f reversal_period:d "
    "status method invoiced_sek:f error_sek:f error_pct:f reason",
    "accrual_postings": "posting_date:d account cost_centre objects debit_sek:f credit_sek:f text "
    "consumption_month:d metering_point contract_kind",
    "allocation": "metering_point cost_bearer month:d share_pct:f energy_kwh:f cost_sek:f key_text reason",
    # the year to its end: energy.forecast
    "forecast": "facility year:i carrier component made_from:d outcome_sek:f remaining_sek:f remaining_sek_low:f "
    "remaining_sek_high:f forecast_sek:f forecast_sek_low:f forecast_sek_high:f previous_forecast_sek:f change_sek:f "
    "outcome_kwh:f forecast_kwh:f forecast_kwh_low:f forecast_kwh_high:f weather_years:i reason run_id",
    "forecast_monthly": "facility carrier month:d basis amount_sek:f amount_sek_low:f amount_sek_high:f energy_kwh:f "
    "energy_kwh_low:f energy_kwh_high:f reason run_id",
    "findings": "facility level rule message metering_point month:d amount_sek:f evidence_key",
}
Rows = dict[str, list[dict[str, Any]]]
_METRICS = ("cvrmse_daily_pct", "cvrmse_hourly_pct", "nmbe_pct")


def frames(rows: Rows) -> dict[str, pl.DataFrame]:
    """Return every analysis table, typed, also the empty ones; NaN becomes null with its reason beside it."""
    return {
        name: pl.DataFrame(
            [{c: _known(row.get(c)) for c in schema(columns)} for row in rows.get(name, [])], schema(columns)
        )
        for name, columns in ANALYSIS.items()
    }


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


_WINDOW: Mapping[str, int] = {"kW": 12, "kVAr": 12}  # months that a billed quantity may come from; others: its own


def bill_rows(
    components: Sequence[BilledComponent], kinds: Mapping[str, str], estimated: Mapping[date, int]
) -> Iterable[dict[str, Any]]:
    """Yield the rows of recomputed bills; `kinds` names the kind of contract of each price list.

    `estimated` month -> hours with estimated values; a power may come from any of twelve months.
    """
    numbers: dict[date, int] = {}
    for one in components:
        numbers[one.month] = numbers.get(one.month, 0) + 1
        yield {
            "metering_point": one.metering_point, "contract_kind": kinds.get(one.price_list), "month": one.month,
            "line_no": numbers[one.month], "component": one.component, "label": one.label,
            "price_list": one.price_list, "determinant": one.determinant, "quantity": float(one.quantity[0]),
            "unit": one.unit, "amount_sek": float(one.amount_sek[0]), "reason": one.reason,
            "evidence": json.dumps(one.evidence, ensure_ascii=False),
            "estimated_hours": sum(
                estimated.get(add_months(one.month, -k), 0) for k in range(_WINDOW.get(one.unit, 1))
            ),
        }  # fmt: skip


def savings_rows(project: str, run_id: str, found: Sequence[AvoidedRow]) -> Rows:
    """Return the rows of savings_monthly, savings_component and savings_total of one project."""
    rows: Rows = {"savings_monthly": [], "savings_component": [], "savings_total": []}
    for row in found:
        base = {"project": project, "run_id": run_id, "carrier": row.carrier, **_figures(row)}
        if row.component != ALL:
            if row.scope in ("reporting_period", "last_12_months"):
                own = {"component": row.component, "reason": row.avoided_cost_sek.reason}
                rows["savings_component"].append({**base, **_period(row), **own})
        elif row.scope == "month":
            rows["savings_monthly"].append({**base, "month": row.period_start})
        else:
            rows["savings_total"].append({**base, **_period(row)})
    return rows


def _period(row: AvoidedRow) -> dict[str, Any]:
    last = (row.period_end - timedelta(days=1)).replace(day=1)
    names = {"year": f"{row.period_start:%Y}", "reporting_period": "reporting"}
    return {"period": names.get(row.scope, row.scope), "from_month": row.period_start, "to_month": last}


def avoided_cost_row(row: AvoidedRow, **said: Any) -> dict[str, Any]:
    """Return a row of avoided_cost; `said` holds project, run, effect and the prices that it is told at."""
    return {
        **_figures(row), **_period(row), "carrier": row.carrier, "component": row.component,
        "reason": row.avoided_cost_sek.reason, **said,
    }  # fmt: skip


def class_change_row(found: ClassChange) -> dict[str, Any]:
    """Return a row of class_change but for project and run."""
    return {
        "carrier": found.carrier, "metering_point": found.metering_point, "label": found.label,
        "class_without": found.class_without, "class_with": found.class_with,
        "changed_pct": 100 * found.share_changed, **banded("class_change_sek", found.change_sek),
        "power_without_kw": found.power_without_kw.value, "power_with_kw": found.power_with_kw,
        "utilisation_without_h": found.utilisation_without_h.value, "utilisation_with_h": found.utilisation_with_h,
        "reason": found.change_sek.reason,
    }  # fmt: skip


def _figures(row: AvoidedRow) -> dict[str, Any]:
    return {
        "metered_kwh": row.metered_kwh, "adjusted_baseline_kwh": row.adjusted_baseline_kwh.value,
        **banded("avoided_energy_kwh", row.avoided_energy_kwh), "actual_cost_sek": row.actual_cost_sek,
        "adjusted_baseline_cost_sek": row.adjusted_baseline_cost_sek.value,
        **banded("avoided_cost_sek", row.avoided_cost_sek), "excluded_hours": row.hours_excluded,
        "cost_probability_pct": 100 * row.cost_probability, "energy_probability_pct": 100 * row.energy_probability,
        "excludes": row.excludes or None, "reason": row.avoided_cost_sek.reason or row.avoided_energy_kwh.reason,
    }  # fmt: skip


def banded(name: str, found: Band) -> dict[str, float]:
    """Return a figure and the ends of its band under `name`, `name`_low and `name`_high."""
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def baseline_rows(
    project: str, run_id: str, carrier: str, point: str, model: Baseline, tier: str | None
) -> Iterable[dict[str, Any]]:
    """Yield the card of a baseline, one row per target."""
    ends = normal_time(np.array([model.train_start, model.train_end - np.timedelta64(1, "h")]))
    first, last = (t.astype("datetime64[D]").item() for t in ends)
    for target in model.targets:
        metrics = model.metrics.get(target, {})
        yield {
            "project": project, "run_id": run_id, "carrier": carrier, "metering_point": point, "target": target,
            "trained_from": first, "trained_to": last, "hours": model.rows_used, "days": (last - first).days + 1,
            "lag_h": float(model.spec.lag_h), **{name: metrics.get(name) for name in _METRICS},
            "drift_sd_pct": 100 * model.drift_sd, "extrapolation": tier,
            "disqualified": model.disqualified or model.unfit_targets.get(target), "version": model.version,
            "input_hash": model.inputs_sha256,
        }  # fmt: skip


def bridge_rows(found: Sequence[Cell], **told: Any) -> Iterable[dict[str, Any]]:
    """Yield the cells of one bridge; `told` are the project, the comparison with its days, the carrier and the run."""
    order = {cause: number for number, cause in enumerate(dict.fromkeys(cell.cause for cell in found), start=1)}
    for cell in found:
        yield {
            **told, "step_no": order[cell.cause], "step": cell.cause, "component": cell.component,
            **banded("amount_sek", cell.amount_sek),
            "energy_kwh": None if cell.energy_kwh is None else cell.energy_kwh.value,
            "reason": cell.amount_sek.reason, "note": cell.note,
        }  # fmt: skip


def measure_rows(run_id: str, findings: Sequence[MeasureFinding]) -> Rows:
    """Return the rows of measures, their evidence and the series of their pictures."""
    abouts = {rule.id: rule.about for rule in MEASURES} | {kind.id: kind.about for kind in REGISTERED}
    rows: Rows = {"measures": [], "measure_evidence": [], "measure_series": []}
    for one in findings:
        about, drawn = abouts[one.measure_id], one.picture
        rows["measures"].append(
            {
                "measure_key": one.key, "measure_id": one.measure_id, "facility": one.facility, "title": one.title,
                "description": one.description, **banded("saving_sek_per_year", one.saving_sek_per_year),
                "saving_kwh_per_year": one.saving_kwh_per_year, "confidence": one.confidence, "status": "förslag",
                "method": one.method, "silent_reason": one.saving_sek_per_year.reason, "code": about.code,
                "cost_class": about.cost_class,
                "assumed_cost_sek": None if one.one_off else class_cost_sek(about.cost_class),
                "difficulty": about.difficulty, "actor": about.actor,
                "verification": about.verification, "metering_point": one.metering_point, "one_off": one.one_off,
                "picture_kind": drawn and drawn.kind, "picture_x": drawn and drawn.x_title,
                "picture_y": drawn and drawn.y_title,
                "evidence_key": "measure/" + one.key.removeprefix("measure:"), "run_id": run_id,
            }
        )  # fmt: skip
        for number, piece in enumerate(one.evidence, start=1):
            rows["measure_evidence"].append({"measure_key": one.key, "no": number, "run_id": run_id, **vars(piece)})
        points = ((s.name, x, y) for s in (drawn.series if drawn else ()) for x, y in zip(s.x, s.y, strict=True))
        rows["measure_series"] += [
            {"measure_key": one.key, "no": n, "series": name, "x": str(x), "y": y, "run_id": run_id}
            for n, (name, x, y) in enumerate(points, start=1)
        ]
    return rows
