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
            'savings/' || project || '/' || carrier || '/' || strftime(month, '%Y-%m') as evidence_key,
            metered_kwh, adjusted_baseline_kwh, avoided_energy_kwh, avoided_energy_kwh_low, avoided_energy_kwh_high,
            actual_cost_sek, adjusted_baseline_cost_sek, avoided_cost_sek, avoided_cost_sek_low, avoided_cost_sek_high
        from analysis.savings_monthly
    ) on columns(* exclude (evidence_key)) into name measure value value
),

live as (
    select * from savings
    union all
    select
        'cost/' || metering_point || '/' || strftime(month, '%Y-%m') || '/' || line_no as evidence_key,
        'amount_sek' as measure,
        amount_sek as value
    from analysis.bill
)

select
    frozen.month,
    frozen.version,
    frozen.evidence_key,
    frozen.measure,
    frozen.value as closed_value,
    live.value as new_value,
    live.value - frozen.value as difference
from frozen
inner join live using (evidence_key, measure)
where abs(live.value - frozen.value) > 1e-6 * greatest(1, abs(frozen.value))
order by all
