-- one row per electricity metering point and hour whose four quarters are all known: the energy of each [kWh]
-- only meters that tell quarters have rows here; the hour itself is in core.load_hourly
with parts as (
    select
        intervals.metering_point,
        intervals.quantity,
        time_bucket(interval 15 minutes, intervals.start_utc) as quarter_utc,
        intervals.start_utc,
        intervals.value,
        epoch_us(intervals.end_utc - intervals.start_utc) as part_us
    from core.intervals as intervals
    inner join settings.metering_points as points using (metering_point)
    where points.carrier = 'electricity'
        and intervals.quantity in ('energy_kwh', 'power_kw')
        and intervals.end_utc <= time_bucket(interval 15 minutes, intervals.start_utc) + interval 15 minutes
),

quarters as (
    -- a mean power of a quarter is a quarter of its energy per hour; energy told by the meter wins
    select
        metering_point,
        quantity,
        quarter_utc,
        if(quantity = 'power_kw', avg(value order by start_utc) / 4, sum(value order by start_utc)) as energy_kwh
    from parts
    group by metering_point, quantity, quarter_utc
    having sum(part_us) = 900_000_000
),

hours as (
    select
        metering_point,
        quantity,
        date_trunc('hour', quarter_utc) as start_utc,
        list(energy_kwh order by quarter_utc) as quarters
    from quarters
    group by all
    having count(*) = 4
)

select
    metering_point,
    start_utc,
    quarters[1] as q1_kwh,
    quarters[2] as q2_kwh,
    quarters[3] as q3_kwh,
    quarters[4] as q4_kwh
from hours
qualify row_number() over (partition by metering_point, start_utc order by quantity) = 1
