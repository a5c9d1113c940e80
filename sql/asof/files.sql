-- one row per file that counted at an instant: received by then, and neither taken back nor read again yet
select * replace (null::timestamptz as ended_at)
from raw.files
where received_at <= $moment and (ended_at is null or ended_at > $moment)
