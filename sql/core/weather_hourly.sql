-- one row per station and hour: the hourly value, else the day's mean at each of its hours (resolution_minutes says which)
-- holes of at most six hours between hourly values are drawn as a straight line and marked; longer ones stay holes
with current_values as (
    -- the checked archive wins over the latest months, whichever came first; nothing here depends on file or order
    select * from staging.weather
    where parameter = 'air_temperature_c'
        and status not in ('missing', 'invalid')
        and end_utc > start_utc
        and end_utc - start_utc <= interval 25 hours -- a mean of a month says nothing of its hours
    qualify row_number() over (
        partition by station, start_utc, end_utc
        order by
            case period when 'archive' then 1 when 'latest' then 2 else 3 end,
            status_rank,
            issued desc nulls last,
            value
    ) = 1
),

spread as (
    select
        station,
        unnest(range(date_trunc('hour', start_utc), end_utc, interval 1 hour)) as start_utc,
        start_utc as value_from_utc,
        end_utc as value_to_utc,
        value as air_temperature_c,
        greatest(60, epoch(end_utc - start_utc) / 60)::integer as resolution_minutes
    from current_values
),

delivered as (
    -- the shortest value that begins in the hour or covers it, the one nearest to its beginning of several
    select
        station,
        start_utc,
        air_temperature_c,
        resolution_minutes
    from spread
    where date_trunc('hour', value_from_utc) = start_utc
        or (value_from_utc <= start_utc and value_to_utc >= start_utc + interval 1 hour)
    qualify row_number() over (
        partition by station, start_utc
        order by resolution_minutes, abs(epoch(value_from_utc - start_utc)), value_from_utc, value_to_utc
    ) = 1
),

holes as (
    select
        station,
        start_utc as before_utc,
        air_temperature_c as before_c,
        lead(start_utc) over later as after_utc,
        lead(air_temperature_c) over later as after_c
    from delivered
    window later as (partition by station order by start_utc)
    qualify epoch(after_utc - before_utc) / 3600 between 2 and 7
),

drawn as (
    select
        *,
        unnest(range(before_utc + interval 1 hour, after_utc, interval 1 hour)) as start_utc
    from holes
)

select
    station,
    start_utc,
    air_temperature_c,
    resolution_minutes,
    false as is_interpolated
from delivered

union all

select
    station,
    start_utc,
    before_c + (after_c - before_c) * epoch(start_utc - before_utc) / nullif(epoch(after_utc - before_utc), 0),
    60,
    true
from drawn
