-- one row per metering point and day in normal time; a day needs all its hours
with days as (
    select
        metering_point,
        (start_utc + interval 1 hour)::date as day,
        case when count(energy_kwh) = 24 then sum(energy_kwh order by start_utc) end as energy_kwh,
        case when count(volume_m3) = 24 then sum(volume_m3 order by start_utc) end as volume_m3,
        sum(supply_m3c order by start_utc) / nullif(sum(volume_m3 order by start_utc), 0) as supply_temperature_c,
        sum(return_m3c order by start_utc) / nullif(sum(volume_m3 order by start_utc), 0) as return_temperature_c
    from core.load_hourly
    group by all
),

weather as (
    select
        station,
        (start_utc + interval 1 hour)::date as day,
        avg(air_temperature_c order by start_utc) as air_temperature_c
    from core.weather_hourly
    group by all
),

-- a trial of the method at a date when nothing happened parts no days where there is a project
first_projects as (
    select * from settings.projects
    qualify row_number() over (partition by facility order by placebo, reporting_from) = 1
),

-- of a carrier, or of all of them where the event tells none
excluded as (
    select distinct
        facility,
        coalesce(nullif(carrier, 'all'), '') as carrier,
        unnest(generate_series(date_trunc('day', start_utc + interval 1 hour), end_utc, interval 1 day))::date as day
    from core.events
    where treatment = 'exclude'
)

select
    points.facility,
    days.metering_point,
    points.name,
    points.carrier,
    days.day,
    days.energy_kwh,
    days.volume_m3,
    days.supply_temperature_c,
    days.return_temperature_c,
    weather.air_temperature_c,
    case
        when projects.baseline_from is null then 'all'
        when days.day < projects.baseline_from or days.day >= projects.reporting_to then 'outside'
        when days.day < projects.baseline_to then 'before'
        when days.day < projects.reporting_from then 'implementation'
        when exists (
            select 1 from excluded
            where excluded.facility = points.facility and excluded.day = days.day
                and excluded.carrier in ('', points.carrier)
        ) then 'excluded'
        else 'after'
    end as phase
from days
inner join settings.metering_points as points using (metering_point)
inner join settings.facilities as facilities using (facility)
left join weather on facilities.weather_station = weather.station and days.day = weather.day
left join first_projects as projects using (facility)
order by metering_point, day
