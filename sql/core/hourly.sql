-- one row per metering point, quantity and full hour; hours that are not whole are left out, never filled
-- a value over the turn of an hour belongs to neither hour and is left out too: core.meter_audit tells how many
-- parts are summed in order of time, so that the same values give the same sum to the last bit
with parts as (
    select
        metering_point,
        quantity,
        date_trunc('hour', start_utc) as start_utc,
        start_utc as part_utc,
        value,
        epoch_us(end_utc - start_utc) as part_us,
        status in ('estimated', 'interpolated') as is_estimated
    from core.intervals
    where end_utc <= date_trunc('hour', start_utc) + interval 1 hour
),

hours as (
    select
        metering_point,
        quantity,
        start_utc,
        count(*) as parts,
        any_value(value) as value,
        bool_or(is_estimated) as is_estimated
    from parts
    group by metering_point, quantity, start_utc
    having sum(part_us) = 3_600_000_000
)

select metering_point, quantity, start_utc, value, is_estimated
from hours
where parts = 1

union all

select
    metering_point,
    quantity,
    start_utc,
    case
        when quantity like '%temperature_c' or quantity = 'power_kw' then avg(parts.value order by part_utc)
        else sum(parts.value order by part_utc)
    end as value,
    bool_or(parts.is_estimated) as is_estimated
from parts
inner join (select * from hours where parts > 1) as divided using (metering_point, quantity, start_utc)
group by metering_point, quantity, start_utc
