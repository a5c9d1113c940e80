-- one row per project, carrier and day: avoided energy added up since the project began
select
    projects.project,
    projects.facility,
    cusum.carrier,
    cusum.day,
    cusum.cumulative_avoided_kwh
from analysis.cusum as cusum
inner join settings.projects as projects using (project)
order by project, carrier, day
