-- one row per main meter and rank: the twelve highest days (heat) or hours (electricity) of the last 12 months
with hours as (
    select
        points.facility,
        loads.metering_point,
        points.carrier,
        loads.start_utc,
        loads.energy_kwh,
        max(loads.start_utc) over (partition by loads.metering_point) as last_utc
    from core.load_hourly as loads
    inner join settings.metering_points as points using (metering_point)
    where points.parent is null and points.carrier in ('district_heating', 'electricity')
),

candidates as (
    select
        facility,
        metering_point,
        carrier,
        start_utc,
        null::date as day,
        energy_kwh as power_kw,
        'timme' as note
    from hours
    where carrier = 'electricity' and start_utc > last_utc - interval 1 year and energy_kwh is not null

    union all

    select
        facility,
        metering_point,
        carrier,
        null::timestamp as start_utc,
        (start_utc + interval 1 hour)::date as day,
        avg(energy_kwh order by start_utc) as power_kw,
        'dygnsmedel' as note
    from hours
    where carrier = 'district_heating' and start_utc > last_utc - interval 1 year
    group by facility, metering_point, carrier, (start_utc + interval 1 hour)::date
    having count(energy_kwh) = 24
)

select
    facility,
    metering_point,
    carrier,
    row_number() over (partition by metering_point order by power_kw desc, start_utc, day) as rank,
    coalesce(
        strftime(timezone('Europe/Stockholm', timezone('UTC', start_utc)), '%Y-%m-%d %H:%M'), strftime(day, '%Y-%m-%d')
    ) as start_local,
    power_kw,
    note
from candidates
qualify rank <= 12
order by metering_point, rank
