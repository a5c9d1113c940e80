-- one row per standing and the one before it: what was used between them, and why where that cannot be told
-- one meter: after - before, and once around where it rolled over; two meters: to the old one's last standing and on
-- from the new one's first; standings outside every [[installation]] belong to meters not told of, numbered 0 and below
with standings as (
    select
        readings.metering_point,
        readings.quantity,
        readings.end_utc as at_utc,
        readings.value,
        readings.status,
        readings.file_id,
        readings.row_no,
        if(readings.end_utc < meters.to_utc, 1, -1) * coalesce(meters.installation_no, 0) as installation_no
    from core.readings as readings
    left join core.installations as meters
        on readings.metering_point = meters.metering_point
        and readings.quantity = meters.quantity
        and readings.end_utc >= meters.from_utc
        and readings.end_utc < meters.next_from_utc
    where readings.kind = 'register' and readings.status not in ('missing', 'invalid') and readings.value is not null
),

pairs as (
    select
        metering_point,
        quantity,
        lag(at_utc) over standing as start_utc,
        at_utc as end_utc,
        lag(value) over standing as before,
        value as after,
        lag(installation_no) over standing as before_no,
        installation_no as after_no,
        status,
        file_id,
        row_no
    from standings
    window standing as (partition by metering_point, quantity order by at_utc)
    qualify start_utc is not null
),

told as (
    select
        pairs.*,
        before_no = after_no as is_same_meter,
        coalesce(old.register_factor, 1.0) as before_factor,
        coalesce(new.register_factor, 1.0) as after_factor,
        old.rolls_at as before_rolls_at,
        new.rolls_at as after_rolls_at,
        old.stop_register,
        new.start_register,
        after_no = before_no + 1 and new.from_utc = old.to_utc as is_next_meter,
        coalesce(new.spread_gaps_hours, 0) as spread_gaps_hours
    from pairs
    left join core.installations as old
        on pairs.metering_point = old.metering_point
        and pairs.quantity = old.quantity
        and pairs.before_no = old.installation_no
    left join core.installations as new
        on pairs.metering_point = new.metering_point
        and pairs.quantity = new.quantity
        and pairs.after_no = new.installation_no
),

-- where the old meter's part ends and the new one's begins; the same meter has one part only
parts as (
    select
        *,
        if(is_same_meter, after, stop_register) as old_last,
        if(is_same_meter, 0.0, start_register) as new_first,
        if(is_same_meter, 0.0, after) as new_last
    from told
),

rolled as (
    select
        *,
        case
            when before > 0.9 * before_rolls_at and old_last < 0.1 * before_rolls_at then before_rolls_at
            else 0.0
        end as old_rolled,
        case
            when new_first > 0.9 * after_rolls_at and new_last < 0.1 * after_rolls_at then after_rolls_at
            else 0.0
        end as new_rolled
    from parts
),

differences as (
    select
        *,
        old_last - before + old_rolled as old_used,
        new_last - new_first + new_rolled as new_used
    from rolled
)

select
    metering_point,
    quantity,
    start_utc,
    end_utc,
    before,
    after,
    before_no,
    after_no,
    case
        when not is_same_meter and (old_last is null or new_first is null) then 'without_standings'
        when not is_same_meter and not coalesce(is_next_meter, false) then 'without_meter'
        when old_used < 0 or new_used < 0 then 'backwards'
        when old_rolled > 0 or new_rolled > 0 then 'rolled_over'
        when not is_same_meter then 'replaced'
        else 'same'
    end as change,
    case
        when change in ('same', 'rolled_over', 'replaced') then old_used * before_factor + new_used * after_factor
    end as value,
    spread_gaps_hours,
    status,
    file_id,
    row_no
from differences
