-- one row per project, carrier, component and period
select
    projects.project,
    projects.facility,
    savings.* exclude (project, run_id)
from analysis.savings_component as savings
inner join settings.projects as projects using (project)
order by project, period, carrier, component
