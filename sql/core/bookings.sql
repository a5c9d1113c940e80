-- one row per booking of a space: the same booking delivered again is one, and the later issue tells what it was for
with named as (
    -- a facility may be told by its id or by its name
    select delivered.* replace (coalesce(facilities.facility, delivered.facility) as facility)
    from staging.bookings as delivered
    left join settings.facilities as facilities on lower(delivered.facility) = lower(facilities.name)
)

select
    facility,
    space,
    start_utc,
    end_utc,
    activity,
    participants,
    file_name,
    row_no
from named
qualify row_number() over (
    partition by facility, space, start_utc, end_utc
    order by issued desc nulls last, participants desc nulls last, activity, sha256, row_no
) = 1
