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
),

-- a closed month is shown as it was closed, the year after too
shown as (
    select
        live.facility,
        live.dimension,
        live.dimension_key,
        live.carrier,
        live.month,
        live.last_year_sek as live_last_year_sek,
        frozen.evidence_key is not null as is_closed,
        if(is_closed, frozen.budget_sek, live.budget_sek) as budget_sek,
        if(is_closed, frozen.outcome_sek, live.outcome_sek) as outcome_sek,
        if(is_closed, frozen.deviation_sek, live.deviation_sek) as deviation_sek,
        if(
            is_closed, 100 * frozen.deviation_sek / nullif(abs(frozen.budget_sek), 0), live.deviation_pct
        ) as deviation_pct,
        frozen.last_year_sek as frozen_last_year_sek,
        if(is_closed, frozen.budget_kwh, live.budget_kwh) as budget_kwh,
        if(is_closed, frozen.outcome_kwh, live.outcome_kwh) as outcome_kwh,
        if(is_closed, frozen.last_year_kwh, live.last_year_kwh) as last_year_kwh,
        concat_ws(
            ' ',
            if(
                is_closed and frozen.outcome_sek is not null and live.outcome_sek is null,
                'siffran står som när månaden stängdes; nu:',
                null
            ),
            live.reason
        ) as reason,
        live.evidence_key
    from core.budget_months as live
    left join frozen using (evidence_key)
)

select
    shown.facility,
    shown.dimension,
    shown.dimension_key,
    case shown.dimension
        when 'facility' then facilities.name
        when 'account' then coalesce(accounts.account_name, names.name)
    end as dimension_name,
    shown.carrier,
    shown.month,
    shown.budget_sek,
    shown.outcome_sek,
    shown.deviation_sek,
    shown.deviation_pct,
    case
        when shown.is_closed then shown.frozen_last_year_sek
        when last_year.is_closed then last_year.outcome_sek
        else shown.live_last_year_sek
    end as last_year_sek,
    shown.budget_kwh,
    shown.outcome_kwh,
    shown.last_year_kwh,
    shown.is_closed,
    nullif(shown.reason, '') as reason,
    shown.evidence_key
from shown
left join shown as last_year
    on shown.facility = last_year.facility
    and shown.dimension = last_year.dimension
    and shown.dimension_key = last_year.dimension_key
    and shown.carrier = last_year.carrier
    and shown.month = (last_year.month + interval 1 year)::date
left join settings.facilities as facilities on shown.facility = facilities.facility
left join accounts on shown.facility = accounts.facility and shown.dimension_key = accounts.account
left join names on shown.dimension_key = names.account
order by shown.facility, shown.dimension, shown.dimension_key, shown.carrier, shown.month
