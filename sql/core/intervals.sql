-- one row per metering point, quantity and interval: interval values, and differences of register standings
-- a register that goes backwards gives no interval: see core.register_breaks
with standings as (
    select
        metering_point,
        quantity,
        lag(end_utc) over standing as start_utc,
        end_utc,
        value - lag(value) over standing as value,
        status,
        file_id,
        row_no
    from core.readings
    where kind = 'register' and status not in ('missing', 'invalid')
    window standing as (partition by metering_point, quantity order by end_utc)
)

select
    metering_point,
    quantity,
    start_utc,
    end_utc,
    value,
    status,
    file_id,
    row_no,
    'interval' as kind
from core.readings
where kind = 'interval' and status not in ('missing', 'invalid')

union all

select
    *,
    'register' as kind
from standings
where start_utc is not null and value >= 0
