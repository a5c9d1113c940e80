-- the intervals of a register sum to last standing - first, over replacements, rollovers and factors; breaks apart
with said as (
    select
        metering_point,
        quantity,
        sum(used) + coalesce(sum(used_at_change), 0) as expected
    from core.register_sums
    group by metering_point, quantity
),

counted as (
    select metering_point, quantity, sum(value) as used
    from core.intervals
    where kind = 'register'
    group by metering_point, quantity
)

select
    said.*,
    counted.used
from said
left join counted using (metering_point, quantity)
where isfinite(said.expected)
    and abs(coalesce(counted.used, 0) - said.expected) > 1e-6 * greatest(1, abs(said.expected))
