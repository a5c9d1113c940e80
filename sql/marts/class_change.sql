-- one row per project, metering point and priced part: the price class without and with the project, and what it costs
select
    projects.project,
    projects.facility,
    classes.* exclude (project, run_id)
from analysis.class_change as classes
inner join settings.projects as projects using (project)
order by project, carrier, metering_point, label
