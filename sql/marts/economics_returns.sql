-- one row per project and cost bearer (or all): what the project gives, with bands and odds
select
    projects.facility,
    returns.* exclude (
        run_id, cost_bearer, probability_pays_back_within_life, probability_npv_positive, saving_low_sek_per_year,
        saving_high_sek_per_year, simple_payback_low_years, simple_payback_high_years, discounted_payback_low_years,
        discounted_payback_high_years, npv_low_sek, npv_high_sek, internal_rate_of_return_low_pct,
        internal_rate_of_return_high_pct
    ),
    coalesce(bearers.name, returns.cost_bearer) as cost_bearer,
    returns.investment_sek - returns.subsidy_sek as net_investment_sek,
    returns.saving_low_sek_per_year as saving_sek_per_year_low,
    returns.saving_high_sek_per_year as saving_sek_per_year_high,
    returns.simple_payback_low_years as simple_payback_years_low,
    returns.simple_payback_high_years as simple_payback_years_high,
    returns.discounted_payback_low_years as discounted_payback_years_low,
    returns.discounted_payback_high_years as discounted_payback_years_high,
    returns.npv_low_sek as npv_sek_low,
    returns.npv_high_sek as npv_sek_high,
    returns.internal_rate_of_return_low_pct as internal_rate_of_return_pct_low,
    returns.internal_rate_of_return_high_pct as internal_rate_of_return_pct_high,
    100 * returns.probability_pays_back_within_life as pays_back_pct,
    100 * returns.probability_npv_positive as npv_positive_pct,
    'economics/' || returns.project || '/' || returns.cost_bearer as evidence_key
from analysis.economics_returns as returns
inner join settings.projects as projects using (project)
left join settings.cost_bearers as bearers using (cost_bearer)
order by project, returns.cost_bearer = 'all', returns.cost_bearer
