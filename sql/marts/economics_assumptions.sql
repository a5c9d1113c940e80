-- one row per project and assumption of its calculation
select
    projects.facility,
    assumptions.* exclude (run_id)
from analysis.economics_assumptions as assumptions
inner join settings.projects as projects using (project)
order by project, no
