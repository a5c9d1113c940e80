-- one row per project, comparison, carrier (or all), cost bearer and step: its part of every cause, and what a key moved
select
    projects.facility,
    bearer.* exclude (run_id),
    'bridge/' || bearer.project || '/' || bearer.carrier || '/'
    || if(bearer.step = 'allocation', 'after', bearer.step)
    || if(bearer.comparison = 'base', '', '/' || bearer.comparison) as evidence_key
from analysis.bridge_bearer as bearer
inner join settings.projects as projects using (project)
order by project, comparison, carrier, cost_bearer, step_no
