-- one row per project, carrier, component (or all), period, effect (cash or steady) and price basis
select
    projects.project,
    projects.facility,
    cost.* exclude (project, run_id),
    projects.price_basis = cost.price_basis as is_headline_basis,
    'avoided_cost/' || cost.project || '/' || cost.carrier || '/' || cost.component || '/' || cost.period
        || '/' || cost.effect || '/' || cost.price_basis as evidence_key
from analysis.avoided_cost as cost
inner join settings.projects as projects using (project)
order by project, period, effect, cost.price_basis, carrier, component
