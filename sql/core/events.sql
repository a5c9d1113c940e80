-- one row per event, from the calendar files and from energibok.toml
with named as (
    -- a facility may be told by its id or by its name
    select delivered.* replace (coalesce(facilities.facility, delivered.facility) as facility)
    from staging.events as delivered
    left join settings.facilities as facilities on lower(delivered.facility) = lower(facilities.name)
),

delivered as (
    select facility, kind, start_utc, end_utc, carrier, treatment, value, unit, uncertainty, event_group, reason,
        decided_by, file_name, row_no
    from named
    qualify row_number() over (
        partition by facility, kind, start_utc, end_utc, carrier order by issued desc nulls last, sha256, row_no
    ) = 1
),

written as (
    select facility, kind, start_utc, end_utc, carrier, treatment, value, unit, uncertainty, event_group, reason,
        decided_by, 'energibok.toml' as file_name, null::bigint as row_no
    from settings.events
)

select * from delivered
union all
select * from written
