-- capital cost = depreciation + internal interest; in no year without a rate is there a capital cost
select project, cost_bearer, year from analysis.economics_years
where abs(capital_cost_sek - depreciation_sek - internal_interest_sek) > 0.005
    or (internal_interest_sek is null) <> (capital_cost_sek is null)
