-- one row per version of a value that the files do not agree on: what each said, when it was recorded, when it ended
-- `is_current` marks what holds now; a file read again with the same result is no new version
with delivered as (
    select metering_point, quantity, start_utc::date as day, count(*) as values_delivered
    from raw.readings
    group by metering_point, quantity, day
),

held as (
    select metering_point, quantity, start_utc::date as day, count(*) as values_held
    from core.readings
    group by metering_point, quantity, day
),

-- a cheap sieve: where as many values hold as were ever delivered, each stands once
days as (
    select metering_point, quantity, day
    from delivered
    left join held using (metering_point, quantity, day)
    where values_delivered is distinct from values_held
),

candidates as (
    select readings.*
    from raw.readings as readings
    semi join days
        on readings.metering_point = days.metering_point
        and readings.quantity = days.quantity
        and readings.start_utc::date = days.day
),

differing as (
    select metering_point, quantity, kind, start_utc, end_utc
    from candidates
    group by metering_point, quantity, kind, start_utc, end_utc
    having count(distinct (value, status)) > 1
)

select
    candidates.metering_point,
    candidates.quantity,
    candidates.kind,
    candidates.start_utc,
    candidates.end_utc,
    candidates.value,
    candidates.status,
    files.received_at as recorded_at,
    files.ended_at,
    files.ended_why,
    files.issued_at,
    files.file_name,
    files.file_id,
    candidates.row_no,
    current_values.file_id is not null as is_current
from candidates
inner join differing using (metering_point, quantity, kind, start_utc, end_utc)
inner join raw.files as files using (file_id)
left join core.readings as current_values
    using (metering_point, quantity, kind, start_utc, end_utc, file_id, row_no)
order by all
