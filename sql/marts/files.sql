-- one row per reading of a file: records in = loaded + rejected + duplicates; withdrawn and replaced ones do not count
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
    message,
    sheet,
    ended_why,
    strftime(ended_at, '%Y-%m-%d %H:%M') as ended_at
from raw.files
order by file_name, file_id
