-- one row per row of settings.accounts that tells an energy cost: its facility and carrier
with only_one as (
    select if(count(*) = 1, any_value(facility), null) as facility from settings.facilities
)

select
    accounts.account,
    accounts.kind,
    accounts.metering_point,
    coalesce(accounts.facility, points.facility, only_one.facility) as facility,
    case
        when accounts.kind = 'heat' then 'district_heating'
        when accounts.kind in ('grid', 'retail') then 'electricity'
        else points.carrier
    end as carrier,
    accounts.cost_centre,
    accounts.objects,
    accounts.name,
    accounts.valid_from,
    accounts.valid_to,
    -- where a cost centre is one facility's alone, its lines are that facility's whatever else they are marked with
    accounts.cost_centre is not null
    and min(coalesce(accounts.facility, points.facility, only_one.facility)) over centre
    = max(coalesce(accounts.facility, points.facility, only_one.facility)) over centre as centre_is_own,
    (accounts.metering_point is not null)::integer * 2 + (accounts.facility is not null)::integer as rank
from settings.accounts as accounts
left join settings.metering_points as points using (metering_point)
cross join only_one
where accounts.purpose = 'energy'
window centre as (partition by accounts.account, accounts.cost_centre)
