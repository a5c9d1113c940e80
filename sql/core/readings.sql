-- one row per metering point, quantity and interval or standing: the value that holds now
-- measured beats estimated; then the later issue of the source; between equals the higher value, whoever came first
with issued as (
    select file_id, try_cast(regexp_replace(issued_at, 'Z$', '+00:00') as timestamptz) as issued
    from raw.files
)

select
    metering_point,
    quantity,
    kind,
    start_utc,
    end_utc,
    value,
    status,
    file_id,
    row_no
from staging.readings
inner join issued using (file_id)
qualify row_number() over (
    partition by metering_point, quantity, kind, start_utc, end_utc
    order by status_rank, issued.issued desc nulls last, value desc nulls last, sha256, row_no
) = 1
