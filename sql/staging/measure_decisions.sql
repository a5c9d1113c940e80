-- one row per record delivered, every version, with where it came from
with source as (
    select * from raw.measure_decisions
)

select
    source.*,
    files.file_name,
    files.issued,
    files.received_at,
    files.sheet,
    files.sha256
from source
inner join staging.files as files using (file_id)
