-- one row per project, metering point and method: a normal year before and with the project, beside avoided energy
select
    projects.project,
    projects.facility,
    normal.* exclude (project, run_id)
from analysis.normal_year as normal
inner join settings.projects as projects using (project)
order by project, carrier, metering_point, normal_method
