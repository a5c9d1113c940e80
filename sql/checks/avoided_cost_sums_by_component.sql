-- the components of a whole avoided cost add up to it; totals that leave something out say so and are not asked
with totals as (
    select * from analysis.avoided_cost
    where component = 'all' and carrier <> 'all' and excludes is null and avoided_cost_sek is not null
),

parts as (
    select
        project,
        carrier,
        period,
        effect,
        price_basis,
        sum(avoided_cost_sek) as parts_sek
    from analysis.avoided_cost
    where component <> 'all'
    group by all
)

select
    totals.project,
    totals.carrier,
    totals.period,
    totals.effect,
    totals.price_basis,
    totals.avoided_cost_sek,
    parts.parts_sek
from totals
inner join parts using (project, carrier, period, effect, price_basis)
where abs(totals.avoided_cost_sek - parts.parts_sek) > 0.01
