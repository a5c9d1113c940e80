-- one row per project, carrier (or all) and period; totals come from the draws, not from adding months' bands
select
    projects.project,
    projects.facility,
    savings.* exclude (project, run_id),
    100 * savings.avoided_energy_kwh / nullif(savings.adjusted_baseline_kwh, 0) as avoided_pct,
    savings.avoided_energy_kwh_low <= 0 and savings.avoided_energy_kwh_high >= 0 as holds_zero,
    savings.avoided_cost_sek_low <= 0 and savings.avoided_cost_sek_high >= 0 as cost_holds_zero,
    'savings/' || savings.project || '/' || savings.carrier || '/' || savings.period as evidence_key
from analysis.savings_total as savings
inner join settings.projects as projects using (project)
order by project, period, carrier
