-- one row per project, carrier and month; a closed month shows the figures it was closed with
with closed as (
    select month, version from ledger.closings
    qualify row_number() over (partition by month order by decided_at desc) = 1 and action = 'close'
),

frozen as (
    select
        evidence_key,
        max(value) filter (measure = 'metered_kwh') as metered_kwh,
        max(value) filter (measure = 'adjusted_baseline_kwh') as adjusted_baseline_kwh,
        max(value) filter (measure = 'avoided_energy_kwh') as avoided_energy_kwh,
        max(value) filter (measure = 'avoided_energy_kwh_low') as avoided_energy_kwh_low,
        max(value) filter (measure = 'avoided_energy_kwh_high') as avoided_energy_kwh_high,
        max(value) filter (measure = 'actual_cost_sek') as actual_cost_sek,
        max(value) filter (measure = 'adjusted_baseline_cost_sek') as adjusted_baseline_cost_sek,
        max(value) filter (measure = 'avoided_cost_sek') as avoided_cost_sek,
        max(value) filter (measure = 'avoided_cost_sek_low') as avoided_cost_sek_low,
        max(value) filter (measure = 'avoided_cost_sek_high') as avoided_cost_sek_high
    from ledger.frozen
    inner join closed using (month, version)
    where mart = 'savings_monthly'
    group by evidence_key
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
    if(frozen.evidence_key is null, live.metered_kwh, frozen.metered_kwh) as metered_kwh,
    if(frozen.evidence_key is null, live.adjusted_baseline_kwh, frozen.adjusted_baseline_kwh) as adjusted_baseline_kwh,
    if(frozen.evidence_key is null, live.avoided_energy_kwh, frozen.avoided_energy_kwh) as avoided_energy_kwh,
    if(frozen.evidence_key is null, live.avoided_energy_kwh_low, frozen.avoided_energy_kwh_low) as avoided_energy_kwh_low,
    if(frozen.evidence_key is null, live.avoided_energy_kwh_high, frozen.avoided_energy_kwh_high) as avoided_energy_kwh_high,
    if(frozen.evidence_key is null, live.actual_cost_sek, frozen.actual_cost_sek) as actual_cost_sek,
    if(frozen.evidence_key is null, live.adjusted_baseline_cost_sek, frozen.adjusted_baseline_cost_sek) as adjusted_baseline_cost_sek,
    if(frozen.evidence_key is null, live.avoided_cost_sek, frozen.avoided_cost_sek) as avoided_cost_sek,
    if(frozen.evidence_key is null, live.avoided_cost_sek_low, frozen.avoided_cost_sek_low) as avoided_cost_sek_low,
    if(frozen.evidence_key is null, live.avoided_cost_sek_high, frozen.avoided_cost_sek_high) as avoided_cost_sek_high,
    live.energy_probability_pct,
    live.cost_probability_pct,
    live.excluded_hours,
    live.excludes,
    live.reason,
    frozen.evidence_key is not null as is_closed,
    live.evidence_key
from live
left join frozen using (evidence_key)
order by live.project, live.month, live.carrier
