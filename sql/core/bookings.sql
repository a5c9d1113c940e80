-- one row per booking of a space: the same booking delivered again is one, and the later issue tells what it was for
select
    facility,
    space,
    start_utc,
    end_utc,
    activity,
    participants,
    file_name,
    row_no
from staging.bookings
qualify row_number() over (
    partition by facility, space, start_utc, end_utc
    order by try_cast(regexp_replace(issued_at, 'Z$', '+00:00') as timestamptz) desc nulls last, participants desc nulls last, activity, sha256, row_no
) = 1
