-- one row per closed figure that a new run would change: the closed figure stands until the month is reopened
with closed as (
    select month, version from ledger.closings
    qualify row_number() over (partition by month order by decided_at desc) = 1 and action = 'close'
),

frozen as (
    select frozen.* from ledger.frozen as frozen
    inner join closed using (month, version)
),

savings as (
    unpivot (
        select
            month,
            'savings/' || project || '/' || carrier || '/' || strftime(month, '%Y-%m') as evidence_key,
            metered_kwh, adjusted_baseline_kwh, avoided_energy_kwh, avoided_energy_kwh_low, avoided_energy_kwh_high,
            actual_cost_sek, adjusted_baseline_cost_sek, avoided_cost_sek, avoided_cost_sek_low, avoided_cost_sek_high
        from analysis.savings_monthly
    ) on columns(* exclude (month, evidence_key)) into name measure value value
),

budget as (
    unpivot (
        select
            month, evidence_key, budget_sek, outcome_sek, deviation_sek, last_year_sek, budget_kwh, outcome_kwh,
            last_year_kwh
        from core.budget_months
    ) on columns(* exclude (month, evidence_key)) into name measure value value
),

climate as (
    unpivot (
        select month, evidence_key, energy_kwh, kg_per_mwh, co2e_kg from core.climate_months
    ) on columns(* exclude (month, evidence_key)) into name measure value value
),

-- a forecast is frozen with the month it was made from, and stands for that month alone
forecast as (
    unpivot (
        select
            made_from as month,
            'forecast/' || facility || '/' || year || '/' || carrier || '/' || component as evidence_key,
            outcome_sek, remaining_sek, remaining_sek_low, remaining_sek_high, forecast_sek, forecast_sek_low,
            forecast_sek_high, previous_forecast_sek, outcome_kwh, forecast_kwh, forecast_kwh_low, forecast_kwh_high
        from analysis.forecast
    ) on columns(* exclude (month, evidence_key)) into name measure value value
),

live as (
    select month, evidence_key, measure, value from savings
    union all
    select
        month,
        'cost/' || metering_point || '/' || strftime(month, '%Y-%m') || '/' || line_no as evidence_key,
        'amount_sek' as measure,
        amount_sek as value
    from analysis.bill
    union all
    select month, evidence_key, measure, value from budget
    union all
    select month, evidence_key, measure, value from climate
    union all
    select month, evidence_key, measure, value from forecast
),

changed as (
    select
        frozen.month,
        frozen.version,
        frozen.evidence_key,
        frozen.measure,
        frozen.value as closed_value,
        live.value as new_value
    from frozen
    left join live using (month, evidence_key, measure)
    where abs(live.value - frozen.value) > 1e-6 * greatest(1, abs(frozen.value))
        or (live.value is null and frozen.mart in ('savings_monthly', 'monthly_cost', 'budget_month'))
    union all
    -- known now, and not when the month was closed
    select
        live.month,
        rows_of.version,
        live.evidence_key,
        live.measure,
        null as closed_value,
        live.value as new_value
    from live
    inner join (select distinct month, version, evidence_key from frozen) as rows_of using (month, evidence_key)
    anti join frozen using (month, evidence_key, measure)
)

select
    *,
    new_value - closed_value as difference
from changed
order by all
