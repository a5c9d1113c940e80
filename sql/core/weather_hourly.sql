-- one row per station and hour: the hourly value, else the day's mean at each of its hours (resolution_minutes says which)
with current_values as (
    select * from staging.weather
    where parameter = 'air_temperature_c' and status not in ('missing', 'invalid')
    qualify row_number() over (
        partition by station, start_utc, end_utc order by status_rank, issued_at desc nulls last, sha256, row_no
    ) = 1
),

spread as (
    select
        station,
        unnest(range(date_trunc('hour', start_utc), end_utc, interval 1 hour)) as start_utc,
        value as air_temperature_c,
        greatest(60, epoch(end_utc - start_utc) / 60)::integer as resolution_minutes
    from current_values
)

select * from spread
qualify row_number() over (partition by station, start_utc order by resolution_minutes) = 1
