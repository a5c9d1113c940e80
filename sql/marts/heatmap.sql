-- one row per main meter and civil hour of the last 12 months
with main_loads as (
    select
        loads.metering_point,
        loads.start_utc,
        loads.energy_kwh
    from core.load_hourly as loads
    inner join settings.metering_points as points using (metering_point)
    where points.parent is null and points.carrier in ('district_heating', 'electricity')
    qualify loads.start_utc > max(loads.start_utc) over (partition by loads.metering_point) - interval 1 year
),

in_civil_time as (
    select
        metering_point,
        timezone('Europe/Stockholm', timezone('UTC', start_utc)) as local_start,
        energy_kwh
    from main_loads
)

select
    points.facility,
    in_civil_time.metering_point,
    points.carrier,
    in_civil_time.local_start::date as day,
    hour(in_civil_time.local_start) as hour,
    avg(in_civil_time.energy_kwh) as power_kw
from in_civil_time
inner join settings.metering_points as points using (metering_point)
group by all
order by metering_point, day, hour
