-- one row per project, carrier (or all) and step, from cost before to cost after; the steps sum exactly
select
    projects.facility,
    bridge.* exclude (run_id),
    'bridge/' || bridge.project || '/' || bridge.carrier || '/' || bridge.step as evidence_key
from analysis.bridge as bridge
inner join settings.projects as projects using (project)
order by project, carrier, step_no
