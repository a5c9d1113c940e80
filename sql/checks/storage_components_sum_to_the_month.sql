-- what a store's delivery was worth in a month is the sum of its parts, and so is its electricity's cost
with parts as (
    select
        store,
        month,
        sum(amount_sek) filter (where side = 'value') as value_sek,
        sum(amount_sek) filter (where side = 'cost') as cost_sek
    from analysis.storage_components
    group by store, month
)

select *
from parts
inner join analysis.storage_monthly as months using (store, month)
where abs(parts.value_sek - months.value_sek) > 0.01 or abs(parts.cost_sek - months.electricity_cost_sek) > 0.01
