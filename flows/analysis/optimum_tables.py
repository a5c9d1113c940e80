"""The tables analysis.storage_optimum*: name -> columns, in the words of flows.analysis.figures.ANALYSIS."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["OPTIMUM"]

_FLOWS = "charge_kwh:f discharge_kwh:f direct_kwh:f electricity_kwh:f"
OPTIMUM: Mapping[str, str] = {
    "storage_optimum": f"store facility operation from_month:d to_month:d cost_sek:f gain_sek:f gain_sek_low:f "
    f"gain_sek_high:f {_FLOWS} reason run_id",
    "storage_optimum_cause": "store facility operation no:i gap_cause gain_sek:f gain_sek_low:f gain_sek_high:f "
    "hours:f stored_kwh:f run_id",
    "storage_optimum_month": f"store facility operation month:d {_FLOWS} content_kwh:f run_id",
    "storage_optimum_day": "store facility operation day:d content_kwh:f power_kw:f run_id",
    "storage_optimum_class": "store facility carrier metering_point label class_without_store class_with_store "
    "class_optimal class_with_store_sek:f class_optimal_sek:f power_without_store_kw:f power_with_store_kw:f "
    "power_optimal_kw:f utilisation_without_store_h:f utilisation_with_store_h:f utilisation_optimal_h:f reason run_id",
    "storage_optimum_bill": "store facility operation no:i month:d metering_point component label determinant "
    "quantity:f unit amount_sek:f run_id",
    "storage_optimum_note": "store facility no:i text run_id",
}
