-- the lines of each way of operating a store, what it leaves there included, sum to its cost, to the krona; a cost has lines
select
    store,
    operation,
    way.cost_sek,
    sum(line.amount_sek) as lines_sek
from marts.storage_optimum as way
left join marts.storage_optimum_bill as line using (store, operation)
group by store, operation, way.cost_sek
having coalesce(abs(way.cost_sek - sum(line.amount_sek)) > 1, way.cost_sek is not null)
