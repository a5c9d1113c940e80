-- one row per file whose reading still stands; `issued` is the source's own time of issue as an instant, null where untold
select
    *,
    try_cast(regexp_replace(issued_at, 'Z$', '+00:00') as timestamptz) as issued
from raw.files
where ended_at is null
