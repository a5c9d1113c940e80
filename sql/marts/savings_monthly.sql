-- one row per project, carrier and month; a closed month shows the figures it was closed with
with frozen as (
    pivot (
        select * from ledger.frozen
        qualify version = max(version) over (partition by month)
    ) on measure in (
        'metered_kwh', 'adjusted_baseline_kwh', 'avoided_energy_kwh', 'avoided_energy_kwh_low',
        'avoided_energy_kwh_high', 'actual_cost_sek', 'adjusted_baseline_cost_sek', 'avoided_cost_sek',
        'avoided_cost_sek_low', 'avoided_cost_sek_high'
    ) using any_value(value) group by month, mart, evidence_key
),

closed as (
    select month from ledger.closings
    qualify row_number() over (partition by month order by decided_at desc) = 1 and action = 'close'
),

live as (
    select
        projects.project,
        projects.facility,
        savings.* exclude (project, run_id),
        'savings/' || savings.project || '/' || savings.carrier || '/' || strftime(savings.month, '%Y-%m') as evidence_key
    from analysis.savings_monthly as savings
    inner join settings.projects as projects using (project)
)

select
    live.project,
    live.facility,
    live.carrier,
    live.month,
    if(frozen.month is null, live.metered_kwh, frozen.metered_kwh) as metered_kwh,
    if(frozen.month is null, live.adjusted_baseline_kwh, frozen.adjusted_baseline_kwh) as adjusted_baseline_kwh,
    if(frozen.month is null, live.avoided_energy_kwh, frozen.avoided_energy_kwh) as avoided_energy_kwh,
    if(frozen.month is null, live.avoided_energy_kwh_low, frozen.avoided_energy_kwh_low) as avoided_energy_kwh_low,
    if(frozen.month is null, live.avoided_energy_kwh_high, frozen.avoided_energy_kwh_high) as avoided_energy_kwh_high,
    if(frozen.month is null, live.actual_cost_sek, frozen.actual_cost_sek) as actual_cost_sek,
    if(frozen.month is null, live.adjusted_baseline_cost_sek, frozen.adjusted_baseline_cost_sek) as adjusted_baseline_cost_sek,
    if(frozen.month is null, live.avoided_cost_sek, frozen.avoided_cost_sek) as avoided_cost_sek,
    if(frozen.month is null, live.avoided_cost_sek_low, frozen.avoided_cost_sek_low) as avoided_cost_sek_low,
    if(frozen.month is null, live.avoided_cost_sek_high, frozen.avoided_cost_sek_high) as avoided_cost_sek_high,
    live.excluded_hours,
    live.reason,
    frozen.month is not null as is_closed,
    live.evidence_key
from live
left join (select frozen.* from frozen inner join closed using (month)) as frozen
    on live.month = frozen.month and live.evidence_key = frozen.evidence_key and frozen.mart = 'savings_monthly'
order by live.project, live.month, live.carrier
