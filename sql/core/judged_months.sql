-- one row per check of a meter's values, meter (or outdoor sensor) and month that the check can judge: whether the month
-- shows the fault and how it is told. What is not here, no check has looked at: it says nothing of whether a fault is
-- mended. A meter that stands still or has negative values is looked for elsewhere: here is when it could have been seen
with limits as (
    select
        max(value) filter (term = 'submeter_excess') as submeter_excess,
        max(value) filter (term = 'heat_drift') as heat_drift,
        max(value) filter (term = 'swapped_share') as swapped_share,
        max(value) filter (term = 'sun_excess') as sun_excess,
        max(value) filter (term = 'least_hours') as least_hours
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

below as (
    select
        loads.parent,
        loads.start_utc,
        sum(loads.energy_kwh) as parts_kwh
    from loads
    inner join settings.metering_points as mains
        on loads.parent = mains.metering_point and loads.carrier = mains.carrier
    group by loads.parent, loads.start_utc
),

-- the hours of a main in which one of its submeters has a value too
sums as (
    select
        loads.metering_point,
        loads.month,
        sum(loads.energy_kwh) as main_kwh,
        sum(below.parts_kwh) as parts_kwh
    from loads
    inner join below on below.parent = loads.metering_point and below.start_utc = loads.start_utc
    group by loads.metering_point, loads.month
    having count(*) >= (select least_hours from limits) and main_kwh > 0
),

-- what water of that flow and those temperatures carries: 1,163 kWh per m3 and °C at most, somewhat less when warm
carried as (
    select
        metering_point,
        month,
        count(*) as hours,
        count(*) filter (return_m3c > supply_m3c) as swapped,
        sum(energy_kwh) / nullif(sum(1.163 * (supply_m3c - return_m3c)), 0) as ratio
    from loads
    where carrier = 'district_heating' and energy_kwh > 0 and supply_m3c is not null and return_m3c is not null
    group by metering_point, month
    having count(*) >= (select least_hours from limits)
),

-- a month against the median of the months before it, at least twelve of them
ratios as (
    select
        *,
        median(ratio) over before as usual,
        count(*) over before as months_before
    from carried
    window before as (
        partition by metering_point order by month rows between unbounded preceding and 3 preceding
    )
),

outdoor as (
    select
        points.facility,
        points.point,
        points.name,
        date_trunc('month', trends.start_utc + interval 1 hour)::date as month,
        -- clear midday against the dead of the night, so that a sensor that is merely off is not called sunny
        avg(trends.value - weather.air_temperature_c) filter (hour(trends.start_utc) between 10 and 13)
        - avg(trends.value - weather.air_temperature_c) filter (hour(trends.start_utc) in (22, 23, 0, 1)) as excess_c
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
    select metering_point, unnest(['stuck_meter', 'negative_values']) as rule, month, null::boolean as shows, null as message
    from own

    union all

    select
        metering_point,
        'submeters_above_main',
        month,
        parts_kwh > (1 + submeter_excess) * main_kwh,
        format('Undermätarna visar {} kWh i {}, {} % mer än huvudmätarens {} kWh: någon av dem mäter fel, '
            || 'är kopplad på annan ledning eller har fel omräkningstal.', swedish(parts_kwh), strftime(month, '%Y-%m'),
            swedish(100 * (parts_kwh / main_kwh - 1), decimals := 1), swedish(main_kwh))
    from sums
    cross join limits

    union all

    select
        metering_point,
        'heat_meter_drift',
        month,
        abs(ratio / nullif(usual, 0) - 1) > heat_drift,
        format('Energin i {} är {} % av vad flöde och temperaturer bär; tidigare {} %: en givare för flöde '
            || 'eller temperatur driver.', strftime(month, '%Y-%m'),
            swedish(100 * ratio, decimals := 1), swedish(100 * usual, decimals := 1))
    from ratios
    cross join limits
    where months_before >= 12 and ratio is not null

    union all

    select
        metering_point,
        'flow_and_return_swapped',
        month,
        swapped > swapped_share * hours,
        format('Returen är varmare än framledningen i {} av {} timmar i {}: kanalerna är troligen förväxlade.',
            swedish(swapped), swedish(hours), strftime(month, '%Y-%m'))
    from carried
    cross join limits
)

select
    points.facility,
    judged.metering_point,
    null as point,
    judged.rule,
    judged.month,
    judged.shows,
    judged.message
from judged
inner join settings.metering_points as points using (metering_point)

union all

select
    facility,
    null,
    point,
    'outdoor_sensor_in_sun',
    month,
    excess_c > sun_excess,
    format('{} visar i {} {} °C mer mitt på dagen mot väderstationen än på natten: den värms av solen.', name,
        strftime(month, '%Y-%m'), swedish(excess_c, decimals := 1))
from outdoor
cross join limits
