-- before + causes = after for every component and their sum, and components = their sum for every cause, to the öre
with cells as (
    select *, if(step = 'after', -1, 1) * amount_sek as signed_sek from analysis.bridge_matrix
),

by_component as (
    select project, comparison, carrier, component as line
    from cells
    group by all
    having count(amount_sek) filter (step in ('before', 'after')) = 2
        and count(amount_sek) filter (step not in ('before', 'after')) > 0
        and abs(sum(signed_sek)) > 0.005
),

by_cause as (
    select project, comparison, carrier, step as line
    from cells
    group by all
    having count(amount_sek) filter (component = 'all') = 1
        and abs(sum(if(component = 'all', -1, 1) * amount_sek)) > 0.005
)

select * from by_component
union all
select * from by_cause
