-- one row per project and component of its investment, with its linear depreciation a year
select
    projects.facility,
    investments.* exclude (cost_bearer, granter),
    nullif(investments.granter, '') as granter,
    coalesce(bearers.name, investments.cost_bearer) as cost_bearer,
    investments.amount_sek - investments.subsidy_sek as net_investment_sek,
    (investments.amount_sek - investments.subsidy_sek) / investments.lifetime_years as depreciation_sek
from settings.investments as investments
inner join settings.projects as projects using (project)
left join settings.cost_bearers as bearers using (cost_bearer)
order by project, no
