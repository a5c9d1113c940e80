-- one row per distinct file: records in = loaded + rejected + duplicates
select
    file_id,
    file_name,
    source,
    sha256,
    strftime(received_at, '%Y-%m-%d %H:%M') as received_at,
    rows_in,
    loaded,
    rejected,
    duplicates,
    encoding,
    clock,
    issued_at,
    status,
    message
from raw.files
order by file_name
