-- one row per metering point, quantity and month: what was known then beside what is known now, and the files between
-- `earlier` is the ledger as it was, with the same tables as now; temperatures and powers are means, the rest are sums
with both_sides as (
    select
        coalesce(known_then.metering_point, known_now.metering_point) as metering_point,
        coalesce(known_then.quantity, known_now.quantity) as quantity,
        date_trunc('month', coalesce(known_then.start_utc, known_now.start_utc) + interval 1 hour)::date as month,
        known_then.value as value_then,
        known_now.value as value_now,
        epoch_us(known_then.end_utc - known_then.start_utc) / 3.6e9 as hours_then,
        epoch_us(known_now.end_utc - known_now.start_utc) / 3.6e9 as hours_now,
        known_then.value is distinct from known_now.value as is_changed,
        known_then.file_id as file_then,
        known_now.file_id as file_now
    from (select * from earlier.core.intervals where $metering_point in ('', metering_point)) as known_then
    full join (select * from core.intervals where $metering_point in ('', metering_point)) as known_now
        using (metering_point, quantity, kind, start_utc, end_utc)
),

sums as (
    select
        metering_point,
        quantity,
        month,
        case
            when quantity like '%temperature_c' or quantity = 'power_kw'
                then sum(value_then * hours_then) / nullif(sum(hours_then), 0)
            else sum(value_then)
        end as value_then,
        case
            when quantity like '%temperature_c' or quantity = 'power_kw'
                then sum(value_now * hours_now) / nullif(sum(hours_now), 0)
            else sum(value_now)
        end as value_now,
        coalesce(sum(hours_then), 0) as hours_then,
        coalesce(sum(hours_now), 0) as hours_now,
        count(*) filter (is_changed) as values_changed
    from both_sides
    group by metering_point, quantity, month
),

touched as (
    select distinct metering_point, quantity, month, unnest([file_then, file_now]) as file_id
    from both_sides
    where is_changed
),

-- a file explains a difference when it came after that day, or has been taken back or read again since
reasons as (
    select
        touched.metering_point,
        touched.quantity,
        touched.month,
        case
            when files.received_at > $moment then files.file_name || ' (mottagen '
                || strftime(timezone('Europe/Stockholm', files.received_at), '%Y-%m-%d') || ')'
            when files.ended_at is not null then files.file_name
                || if(files.status = 'withdrawn', ' (återtagen ', ' (läst på nytt ')
                || strftime(timezone('Europe/Stockholm', files.ended_at), '%Y-%m-%d') || ')'
        end as reason
    from touched
    inner join raw.files as files using (file_id)
),

told as (
    select metering_point, quantity, month, string_agg(distinct reason, ', ' order by reason) as files
    from reasons
    group by metering_point, quantity, month
)

select
    points.facility,
    sums.metering_point,
    sums.quantity,
    sums.month,
    sums.value_then,
    sums.value_now,
    if(sums.values_changed = 0, 0.0, sums.value_now - sums.value_then) as difference,
    sums.hours_then,
    sums.hours_now,
    sums.values_changed,
    told.files
from sums
left join told using (metering_point, quantity, month)
left join settings.metering_points as points using (metering_point)
order by sums.metering_point, sums.quantity, sums.month
