-- one row per project, cost bearer (or all) and parameter: the net present value at its low and its high end
select
    projects.facility,
    tornado.* exclude (run_id, label, cost_bearer),
    coalesce(bearers.name, tornado.cost_bearer) as cost_bearer
from analysis.economics_tornado as tornado
inner join settings.projects as projects using (project)
left join settings.cost_bearers as bearers using (cost_bearer)
order by project, tornado.cost_bearer = 'all', tornado.cost_bearer, rank
