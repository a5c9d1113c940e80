-- one row per metering point, quantity and full hour; hours that are not whole are left out, never filled
-- parts are summed in order of time, so that the same values give the same sum to the last bit
with parts as (
    select
        metering_point,
        quantity,
        date_trunc('hour', start_utc) as start_utc,
        start_utc as part_utc,
        value,
        epoch(end_utc - start_utc) / 60 as minutes,
        status
    from core.intervals
    where end_utc - start_utc <= interval 1 hour
)

select
    metering_point,
    quantity,
    start_utc,
    case
        when quantity like '%temperature_c' or quantity = 'power_kw' then avg(value order by part_utc)
        else sum(value order by part_utc)
    end as value,
    bool_or(status in ('estimated', 'interpolated')) as is_estimated
from parts
group by metering_point, quantity, start_utc
having sum(minutes) = 60
