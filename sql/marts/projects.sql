-- one row per energy project, with its plan for measurement and verification
select
    projects.*,
    boundaries.boundary_text
from settings.projects as projects
left join analysis.boundaries as boundaries using (project)
order by project
