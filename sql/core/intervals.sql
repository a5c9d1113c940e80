-- one row per metering point, quantity and interval: interval values, and differences of register standings
-- a difference that cannot be told gives no interval: see core.register_breaks; one over a gap stays as long as the
-- gap, but where the meter's spread_gaps_hours says that it may be spread over its hours
with delivered as (
    select
        readings.metering_point,
        readings.quantity,
        readings.start_utc,
        readings.end_utc,
        readings.value * if(readings.start_utc < meters.to_utc, meters.interval_factor, 1.0) as value,
        readings.status,
        readings.file_id,
        readings.row_no
    from core.readings as readings
    left join core.installations as meters
        on readings.metering_point = meters.metering_point
        and readings.quantity = meters.quantity
        and readings.start_utc >= meters.from_utc
        and readings.start_utc < meters.next_from_utc
    where readings.kind = 'interval' and readings.status not in ('missing', 'invalid')
),

steps as (
    select
        *,
        date_trunc('hour', end_utc - interval 1 microsecond) > date_trunc('hour', start_utc)
        and end_utc - start_utc <= spread_gaps_hours * interval 1 hour as is_spread
    from core.register_steps
    where value is not null
),

hours as (
    select
        *,
        unnest(range(date_trunc('hour', start_utc), end_utc, interval 1 hour)) as hour_utc
    from steps
    where is_spread
),

spread as (
    select
        *,
        greatest(start_utc, hour_utc) as from_utc,
        least(end_utc, hour_utc + interval 1 hour) as to_utc
    from hours
)

select
    *,
    'interval' as kind
from delivered

union all

select
    metering_point, quantity, start_utc, end_utc, value, status, file_id, row_no,
    'register' as kind
from steps
where not is_spread

union all

select
    metering_point, quantity, from_utc, to_utc,
    value * epoch_us(to_utc - from_utc) / nullif(epoch_us(end_utc - start_utc), 0),
    'interpolated', file_id, row_no, 'register'
from spread
