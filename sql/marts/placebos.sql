-- one row per project, metering point and fictitious project date before it: what the baseline would have said
select
    projects.facility,
    placebos.* exclude (run_id)
from analysis.placebos as placebos
inner join settings.projects as projects using (project)
order by placebos.project, carrier, metering_point, no
