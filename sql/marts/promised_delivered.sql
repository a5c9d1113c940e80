-- one row per project, period and unit: what was promised a year, and what has been delivered
select
    projects.facility,
    promised.*
from analysis.promised as promised
inner join settings.projects as projects using (project)
order by project, unit, period
