-- the lines of each way of operating a store, what it leaves there included, sum to its cost, to the krona
select
    store,
    operation,
    way.cost_sek,
    sum(line.amount_sek) as lines_sek
from marts.storage_optimum as way
inner join marts.storage_optimum_bill as line using (store, operation)
group by store, operation, way.cost_sek
having abs(way.cost_sek - sum(line.amount_sek)) > 1
