-- one row per metering point, quantity and interval or standing: the value that holds now
-- measured beats estimated; then the later issue of the source; the hash only breaks ties the same way every time
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
    order by status_rank, issued_at desc nulls last, sha256, row_no
) = 1
