-- one row per project, metering point and target: the baseline's card
select
    projects.facility,
    baselines.* exclude (run_id)
from analysis.baselines as baselines
inner join settings.projects as projects using (project)
order by project, carrier, metering_point, target
