-- one row per value delivered, every version, with where it came from
with source as (
    select * from raw.readings
),

ranked as (
    select
        metering_point, quantity, kind, start_utc, end_utc, value, status,
        list_position(
            ['measured', 'manual', 'derived', 'interpolated', 'estimated', 'suspect', 'missing', 'invalid'], status
        ) as status_rank,
        file_id,
        row_no
    from source
)

select
    ranked.*,
    files.issued,
    files.sha256
from ranked
inner join staging.files as files using (file_id)
