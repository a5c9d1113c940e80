-- a bearer's causes lead from its cost before to after, and what keys move between bearers is nought in all
with by_bearer as (
    select project, comparison, carrier, cost_bearer as line
    from analysis.bridge_bearer
    group by all
    having count(amount_sek) = count(*)
        and abs(sum(if(step = 'after', -1, 1) * amount_sek)) > 0.005
),

moved as (
    select project, comparison, carrier, 'allocation' as line
    from analysis.bridge_bearer
    where step = 'allocation'
    group by all
    having count(amount_sek) = count(*) and abs(sum(amount_sek)) > 0.005
)

select * from by_bearer
union all
select * from moved
