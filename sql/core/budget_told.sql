-- one row per line of every budget, with the facility, carrier and kind of contract it is of
-- the account tells its facility and carrier where the line does not
select
    budget.* exclude (facility, carrier, version),
    coalesce(budget.version, '') as version,
    coalesce(nullif(budget.facility, ''), map.facility, only_one.facility) as facility,
    coalesce(nullif(budget.carrier, ''), map.carrier) as carrier,
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
