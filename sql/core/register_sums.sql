-- one row per metering point, quantity and meter: what its register says from first standing to last, and between the
-- last of the meter before and its first; worked out from the standings alone, to prove what core.intervals sums to
with standings as (
    select
        readings.metering_point,
        readings.quantity,
        if(readings.end_utc < meters.to_utc, 1, -1) * coalesce(meters.installation_no, 0) as installation_no,
        readings.end_utc as at_utc,
        readings.value
    from core.readings as readings
    left join core.installations as meters
        on readings.metering_point = meters.metering_point
        and readings.quantity = meters.quantity
        and readings.end_utc >= meters.from_utc
        and readings.end_utc < meters.next_from_utc
    where readings.kind = 'register' and readings.status not in ('missing', 'invalid') and readings.value is not null
),

ends as (
    select
        metering_point,
        quantity,
        installation_no,
        count(*) as standings,
        min(at_utc) as first_utc,
        max(at_utc) as last_utc,
        arg_min(value, at_utc) as first_value,
        arg_max(value, at_utc) as last_value
    from standings
    group by metering_point, quantity, installation_no
),

broken as (
    select metering_point, quantity, after_no as installation_no, sum(after - before) as fallen
    from core.register_breaks
    where before_no = after_no
    group by metering_point, quantity, after_no
),

rolled as (
    select metering_point, quantity, after_no as installation_no, count(*) as times
    from core.register_steps
    where change = 'rolled_over' and before_no = after_no
    group by metering_point, quantity, after_no
),

told as (
    select
        ends.*,
        coalesce(broken.fallen, 0.0) as fallen,
        coalesce(rolled.times, 0) as times_rolled_over,
        meters.rolls_at,
        coalesce(meters.register_factor, 1.0) as factor,
        (meters.stop_register - ends.last_value) as last_part,
        (ends.first_value - meters.start_register) as first_part
    from ends
    left join broken using (metering_point, quantity, installation_no)
    left join rolled using (metering_point, quantity, installation_no)
    left join core.installations as meters using (metering_point, quantity, installation_no)
),

parts as (
    select
        *,
        (last_part + if(last_part < 0, rolls_at, 0.0)) * factor as to_removal,
        (first_part + if(first_part < 0, rolls_at, 0.0)) * factor as from_mounting
    from told
)

select
    parts.metering_point,
    parts.quantity,
    installation_no,
    standings,
    first_utc,
    last_utc,
    first_value,
    last_value,
    fallen,
    times_rolled_over,
    factor,
    (last_value - first_value - fallen + coalesce(times_rolled_over * rolls_at, 0.0)) * factor as used,
    if(breaks.at_utc is null, lag(to_removal) over meters + from_mounting, null) as used_at_change
from parts
left join core.register_breaks as breaks
    on parts.metering_point = breaks.metering_point
    and parts.quantity = breaks.quantity
    and parts.first_utc = breaks.at_utc
window meters as (partition by parts.metering_point, parts.quantity order by first_utc)
