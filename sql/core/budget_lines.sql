-- one row per line of the budget that holds for a facility and year
-- the account tells its facility and carrier where the line does not
-- of several versions the one with most months of the year holds, then the one issued last, then the later name
with told as (
    select
        budget.*,
        coalesce(nullif(budget.facility, ''), map.facility, only_one.facility) as of_facility,
        coalesce(nullif(budget.carrier, ''), map.carrier) as of_carrier,
        map.kind
    from core.budget as budget
    left join (
        select
            account,
            if(count(distinct facility) = 1, any_value(facility), null) as facility,
            if(count(distinct carrier) = 1, any_value(carrier), null) as carrier,
            if(count(distinct kind) = 1, any_value(kind), null) as kind
        from core.account_map
        group by account
    ) as map using (account)
    cross join (select if(count(*) = 1, any_value(facility), null) as facility from settings.facilities) as only_one
),

issues as (
    select version, year(month) as year, max(issued) as issued
    from staging.budget
    group by all
),

ranked as (
    select
        of_facility as facility,
        coalesce(told.version, '') as version,
        year(told.month) as year,
        row_number() over (
            partition by of_facility, year(told.month)
            order by
                count(distinct told.month) desc, max(issues.issued) desc nulls last, coalesce(told.version, '') desc
        ) as rank,
        count(*) over (partition by of_facility, year(told.month)) as versions
    from told
    left join issues
        on told.version is not distinct from issues.version and year(told.month) = issues.year
    group by of_facility, coalesce(told.version, ''), year(told.month)
)

select
    ranked.facility,
    ranked.year,
    ranked.version,
    ranked.versions,
    told.month,
    told.of_carrier as carrier,
    told.kind,
    nullif(told.component, '') as component,
    nullif(told.account, '') as account,
    nullif(told.cost_centre, '') as cost_centre,
    told.amount_sek,
    told.energy_kwh,
    told.amount_file_name,
    told.amount_row_no,
    told.energy_file_name,
    told.energy_row_no
from told
inner join ranked
    on told.of_facility = ranked.facility
    and coalesce(told.version, '') = ranked.version
    and year(told.month) = ranked.year
where ranked.rank = 1
