-- one row per meter and check of its values: the last month that the check could judge, whatever it saw there. What a
-- check has not looked at since a fault was mended says nothing of whether it was. The conditions are those of
-- core.meter_physics, but for the limits; the outdoor sensors of a facility are one measure: the last that all tell.
with limits as (
    select max(value) filter (term = 'least_hours') as least_hours
    from settings.register_terms
),

loads as (
    select
        points.metering_point,
        points.parent,
        points.carrier,
        start_utc,
        date_trunc('month', start_utc + interval 1 hour)::date as month,
        energy_kwh,
        supply_m3c,
        return_m3c
    from core.load_hourly
    inner join settings.metering_points as points using (metering_point)
    where energy_kwh is not null
),

own as (
    select
        metering_point,
        month
    from loads
    group by metering_point, month
    having count(*) >= (select least_hours from limits)
),

beside as (
    select
        mains.metering_point,
        mains.month
    from loads as mains
    where exists (
        select 1 from loads as below
        where below.parent = mains.metering_point and below.carrier = mains.carrier and below.start_utc = mains.start_utc
    )
    group by mains.metering_point, mains.month
    having count(*) >= (select least_hours from limits) and sum(mains.energy_kwh) > 0
),

carried as (
    select
        metering_point,
        month,
        sum(supply_m3c - return_m3c) as flowed
    from loads
    where carrier = 'district_heating' and energy_kwh > 0 and supply_m3c is not null and return_m3c is not null
    group by metering_point, month
    having count(*) >= (select least_hours from limits)
),

compared as (
    select
        metering_point,
        month,
        flowed,
        count(*) over (
            partition by metering_point order by month rows between unbounded preceding and 3 preceding
        ) as months_before
    from carried
),

sensors as (
    select
        points.facility,
        points.point,
        date_trunc('month', trends.start_utc + interval 1 hour)::date as month
    from core.trends_hourly as trends
    inner join settings.points as points on trends.point = points.point and points.kind = 'outdoor_temperature_c'
    inner join settings.facilities as facilities using (facility)
    inner join core.weather_hourly as weather
        on weather.station = facilities.weather_station and weather.start_utc = trends.start_utc
    where month(trends.start_utc) between 4 and 8
    group by all
    having count(*) >= (select least_hours from limits)
),

judged as (
    select metering_point, unnest(['stuck_meter', 'negative_values']) as rule, month from own
    union all
    select metering_point, 'submeters_above_main', month from beside
    union all
    select metering_point, 'flow_and_return_swapped', month from carried
    union all
    select metering_point, 'heat_meter_drift', month from compared where months_before >= 12 and flowed <> 0
)

select
    points.facility,
    judged.metering_point,
    judged.rule,
    max(judged.month) as month
from judged
inner join settings.metering_points as points using (metering_point)
group by all
union all
select
    facility,
    null,
    'outdoor_sensor_in_sun',
    min(month)
from (select facility, point, max(month) as month from sensors group by facility, point)
group by facility
