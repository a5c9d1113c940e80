-- one row per project, carrier (or all) and step from the base year to the last 12 months; the steps sum exactly
select
    projects.facility,
    cells.project,
    cells.carrier,
    cells.step_no,
    cells.step,
    cells.amount_sek,
    cells.amount_sek_low,
    cells.amount_sek_high,
    cells.energy_kwh,
    cells.base_from,
    cells.base_to,
    cells.reporting_from,
    cells.reporting_to,
    coalesce(cells.reason, cells.note) as reason,
    'bridge/' || cells.project || '/' || cells.carrier || '/' || cells.step as evidence_key
from analysis.bridge_matrix as cells
inner join settings.projects as projects using (project)
where cells.comparison = 'base' and cells.component = 'all'
order by project, carrier, step_no
