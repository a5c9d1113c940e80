-- one row per facility and account: the carrier it is used for, all where there are several or none is told
select
    facility,
    account,
    if(count(distinct carrier) = 1, any_value(carrier), 'all') as carrier
from (
    select facility, account, carrier from core.ledger_costs
    union all
    select facility, account, carrier from core.account_map
    union all
    select facility, account, carrier from core.budget_lines
)
where account is not null and facility is not null
group by facility, account
