-- one row per facility, carrier and month: energy of the metering points that are paid for, in Swedish normal time
-- hours without a value are not filled: under 95 per cent of the hours there is no figure, above it the note tells
with paying as (
    select distinct
        points.facility,
        points.carrier,
        points.metering_point
    from settings.metering_points as points
    inner join settings.contracts as contracts using (metering_point)
    where points.parent is null or points.parent not in (select metering_point from settings.contracts)
),

metered as (
    select
        paying.facility,
        paying.carrier,
        paying.metering_point,
        date_trunc('month', loads.start_utc + interval 1 hour)::date as month,
        sum(loads.energy_kwh order by loads.start_utc) as energy_kwh,
        count(loads.energy_kwh) as hours_known
    from paying
    inner join core.load_hourly as loads using (metering_point)
    group by all
),

-- a meter that has begun and has a month without any value leaves the month unknown
spans as (
    select
        facility,
        carrier,
        metering_point,
        unnest(
            generate_series(min(month), max(max(month)) over (partition by facility), interval 1 month)
        )::date as month
    from metered
    group by facility, carrier, metering_point
),

counted as (
    select
        spans.facility,
        spans.carrier,
        spans.month,
        24 * day(last_day(spans.month)) as hours,
        coalesce(metered.hours_known, 0) as hours_known,
        metered.energy_kwh,
        spans.metering_point
    from spans
    left join metered using (facility, carrier, metering_point, month)
)

select
    facility,
    carrier,
    month,
    case
        when bool_and(hours_known >= 0.95 * hours) then sum(energy_kwh order by metering_point)
    end as energy_kwh,
    case
        when bool_and(hours_known = hours) then null
        else format('mätvärden saknas: {} av {} timmar har värde', swedish(sum(hours_known)), swedish(sum(hours)))
    end as energy_note
from counted
group by facility, carrier, month
