-- one row per facility, dimension, key, carrier and month: budget, outcome, last year; a closed month as it was closed
with closed as (
    select month, version from ledger.closings
    qualify row_number() over (partition by month order by decided_at desc) = 1 and action = 'close'
),

frozen as (
    select
        evidence_key,
        max(value) filter (measure = 'budget_sek') as budget_sek,
        max(value) filter (measure = 'outcome_sek') as outcome_sek,
        max(value) filter (measure = 'deviation_sek') as deviation_sek,
        max(value) filter (measure = 'last_year_sek') as last_year_sek,
        max(value) filter (measure = 'budget_kwh') as budget_kwh,
        max(value) filter (measure = 'outcome_kwh') as outcome_kwh,
        max(value) filter (measure = 'last_year_kwh') as last_year_kwh
    from ledger.frozen
    inner join closed using (month, version)
    where mart = 'budget_month'
    group by evidence_key
),

accounts as (
    select facility, account, any_value(account_name order by account_name) as account_name
    from core.ledger_costs
    group by facility, account
),

names as (
    select account, any_value(name order by name) as name
    from core.account_map
    where name != ''
    group by account
)

select
    live.facility,
    live.dimension,
    live.dimension_key,
    case live.dimension
        when 'facility' then facilities.name
        when 'account' then coalesce(accounts.account_name, names.name)
    end as dimension_name,
    live.carrier,
    live.month,
    if(frozen.evidence_key is null, live.budget_sek, frozen.budget_sek) as budget_sek,
    if(frozen.evidence_key is null, live.outcome_sek, frozen.outcome_sek) as outcome_sek,
    if(frozen.evidence_key is null, live.deviation_sek, frozen.deviation_sek) as deviation_sek,
    if(
        frozen.evidence_key is null,
        live.deviation_pct,
        100 * frozen.deviation_sek / nullif(abs(frozen.budget_sek), 0)
    ) as deviation_pct,
    if(frozen.evidence_key is null, live.last_year_sek, frozen.last_year_sek) as last_year_sek,
    if(frozen.evidence_key is null, live.budget_kwh, frozen.budget_kwh) as budget_kwh,
    if(frozen.evidence_key is null, live.outcome_kwh, frozen.outcome_kwh) as outcome_kwh,
    if(frozen.evidence_key is null, live.last_year_kwh, frozen.last_year_kwh) as last_year_kwh,
    frozen.evidence_key is not null as is_closed,
    live.reason,
    live.evidence_key
from core.budget_months as live
left join frozen using (evidence_key)
left join settings.facilities as facilities using (facility)
left join accounts on live.facility = accounts.facility and live.dimension_key = accounts.account
left join names on live.dimension_key = names.account
order by live.facility, live.dimension, live.dimension_key, live.carrier, live.month
