-- one row per facility, weekday, validity and time of opening, civil time; opens is null on a day that is told as closed
-- a later issue replaces all hours of its weekday and validity; issues that cannot be told apart hold together
with named as (
    -- a facility may be told by its id or by its name
    select delivered.* replace (coalesce(facilities.facility, delivered.facility) as facility)
    from staging.opening_hours as delivered
    left join settings.facilities as facilities on lower(delivered.facility) = lower(facilities.name)
),

delivered as (
    select facility, weekday, opens, closes, valid_from, valid_to, file_name, row_no, sha256
    from named
    qualify rank() over (
        partition by facility, weekday, valid_from, valid_to order by issued desc nulls last
    ) = 1
),

once as (
    select facility, weekday, opens, closes, valid_from, valid_to, file_name, row_no
    from delivered
    qualify row_number() over (
        partition by facility, weekday, valid_from, valid_to, opens, closes order by sha256, row_no
    ) = 1
),

written as (
    select facility, weekday, opens, closes, valid_from, valid_to,
        'energibok.toml' as file_name, null::bigint as row_no
    from settings.opening_hours
)

select * from once
union all
select * from written
