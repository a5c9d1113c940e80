-- one row per main meter and civil hour of the last 12 months
with main_loads as (
    select
        loads.metering_point,
        timezone('Europe/Stockholm', loads.start_utc) as local_start,
        loads.energy_kwh
    from core.load_hourly as loads
    inner join settings.metering_points as points using (metering_point)
    where points.parent is null and points.carrier in ('district_heating', 'electricity')
)

select
    points.facility,
    main_loads.metering_point,
    points.carrier,
    main_loads.local_start::date as day,
    hour(main_loads.local_start) as hour,
    avg(main_loads.energy_kwh) as power_kw
from main_loads
inner join settings.metering_points as points using (metering_point)
where main_loads.local_start >= (
    select max(last.local_start) - interval 1 year from main_loads as last
    where last.metering_point = main_loads.metering_point
)
group by all
order by metering_point, day, hour
