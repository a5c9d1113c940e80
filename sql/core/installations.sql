-- one row per metering point, quantity and meter in the order they were mounted, and when the next one was
select
    metering_point,
    quantity,
    row_number() over meters as installation_no,
    meter_no,
    from_utc,
    to_utc,
    coalesce(lead(from_utc) over meters, timestamp '9999-12-31') as next_from_utc,
    10.0 ** digits as rolls_at,
    factor as own_factor,
    if(applies_to in ('register', 'both'), factor, 1.0) as register_factor,
    if(applies_to in ('interval', 'both'), factor, 1.0) as interval_factor,
    start_register,
    stop_register,
    spread_gaps_hours
from settings.installations
window meters as (partition by metering_point, quantity order by from_utc)
