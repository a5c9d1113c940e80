-- one row per project, comparison of two periods, carrier (or all), cause and component (or all), levels before and after
select
    projects.facility,
    cells.* exclude (run_id),
    'bridge/' || cells.project || '/' || cells.carrier || '/' || cells.step
    || if(cells.comparison = 'base', '', '/' || cells.comparison) as evidence_key
from analysis.bridge_matrix as cells
inner join settings.projects as projects using (project)
order by project, comparison, carrier, step_no, component
