-- one row per project, cost bearer (or all) and year of the calculation: capital cost, saving, effect on the budget
select
    projects.facility,
    years.* exclude (
        run_id, cost_bearer, saving_low_sek, saving_high_sek, net_effect_low_sek, net_effect_high_sek, balance_low_sek,
        balance_high_sek
    ),
    coalesce(bearers.name, years.cost_bearer) as cost_bearer,
    years.saving_low_sek as saving_sek_low,
    years.saving_high_sek as saving_sek_high,
    years.net_effect_low_sek as net_effect_sek_low,
    years.net_effect_high_sek as net_effect_sek_high,
    years.balance_low_sek as balance_sek_low,
    years.balance_high_sek as balance_sek_high
from analysis.economics_years as years
inner join settings.projects as projects using (project)
left join settings.cost_bearers as bearers using (cost_bearer)
order by project, years.cost_bearer = 'all', years.cost_bearer, year
