-- one row per metering point, quantity and interval or standing: the value that holds now
-- measured beats estimated; then the later issue of the source; between equals the higher value, whoever came first
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
qualify row_number() over (
    partition by metering_point, quantity, kind, start_utc, end_utc
    order by status_rank, issued desc nulls last, value desc nulls last, sha256, row_no
) = 1
