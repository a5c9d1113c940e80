-- investment, capital cost and saving of the cost bearers sum to the group's: between them nothing is saved or lost
with wholes as (
    select
        project,
        year,
        abs(sum(if(cost_bearer = 'all', -depreciation_sek, depreciation_sek))) > 0.005 as depreciation_is_off,
        count(saving_sek) = count(*)
        and abs(sum(if(cost_bearer = 'all', -saving_sek, saving_sek))) > 0.5 as saving_is_off
    from analysis.economics_years
    group by project, year
),

invested as (
    select
        project,
        sum(if(cost_bearer = 'all', -investment_sek, investment_sek)) as off_sek
    from analysis.economics_returns
    group by project
)

select project, year from wholes
where depreciation_is_off or saving_is_off
union all
select project, null from invested
where abs(off_sek) > 0.005
