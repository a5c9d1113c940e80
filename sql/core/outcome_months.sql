-- one row per facility, dimension, key, carrier and month: what it cost; null with the reason if unknown
-- by invoices of the consumption month (facility, carrier, component), or the books of the accounting period (others)
with invoices as (
    select
        facility,
        carrier,
        coalesce(component, 'other') as component,
        consumption_month as month,
        sum(amount_sek order by supplier_id, invoice_no, line_id, amount_sek) as amount_sek
    from core.invoice_months
    where contract_kind is not null and facility is not null
    group by all
),

-- a component the carrier has in a year is nothing, not unknown, in a month that is invoiced in full without it
components as (
    select
        known.facility,
        known.carrier,
        seen.component,
        known.month,
        known.is_known,
        if(known.is_known, coalesce(invoices.amount_sek, 0), null) as outcome_sek,
        known.outcome_reason
    from core.invoice_outcome as known
    inner join (select distinct facility, carrier, component, year(month) as year from invoices) as seen
        on known.facility = seen.facility and known.carrier = seen.carrier and year(known.month) = seen.year
    left join invoices
        on seen.facility = invoices.facility
        and seen.carrier = invoices.carrier
        and seen.component = invoices.component
        and known.month = invoices.month
),

carriers as (
    select
        known.facility,
        known.carrier,
        known.month,
        known.is_known,
        case
            when known.is_known then sum(components.outcome_sek order by components.component)
        end as outcome_sek,
        known.outcome_reason
    from core.invoice_outcome as known
    left join components using (facility, carrier, month)
    group by known.facility, known.carrier, known.month, known.is_known, known.outcome_reason
),

facilities as (
    select
        facility,
        month,
        bool_and(is_known) as is_known,
        case when bool_and(is_known) then sum(outcome_sek order by carrier) end as outcome_sek,
        string_agg(distinct outcome_reason, '; ' order by outcome_reason) as outcome_reason
    from carriers
    group by facility, month
),

-- a period is known when the books reach past the day it is closed
books as (
    select
        unnest(generate_series(min(accounting_period), max(accounting_period), interval 1 month))::date as month,
        max(issued)::date as told_on
    from core.ledger_lines
),

years as (
    select distinct year(accounting_period) as year from core.ledger_lines
),

periods as (
    select
        books.month,
        years.year is not null
        and coalesce(books.told_on >= last_day(books.month) + ledger.closes_on_day::integer, true) as is_known,
        case
            when years.year is null then 'bokföring för året saknas'
            else 'perioden var inte stängd när bokföringen exporterades ' || strftime(books.told_on, '%Y-%m-%d')
        end as unknown_reason
    from books
    cross join settings.ledger as ledger
    left join years on year(books.month) = years.year
),

posted as (
    select
        facility,
        'account' as dimension,
        account as dimension_key,
        any_value(account_name order by account_name) as dimension_name,
        accounting_period as month,
        sum(amount_sek order by sha256, row_no) as amount_sek
    from core.ledger_costs
    group by facility, account, accounting_period
    union all
    select
        facility,
        'cost_centre' as dimension,
        cost_centre as dimension_key,
        null as dimension_name,
        accounting_period as month,
        sum(amount_sek order by sha256, row_no) as amount_sek
    from core.ledger_costs
    where cost_centre is not null
    group by facility, cost_centre, accounting_period
),

-- in a year that something was posted or budgeted, a period without a line is known to hold nothing
keys as (
    select facility, dimension, dimension_key, year(month) as year from posted
    union
    select facility, dimension, dimension_key, year(month) as year
    from core.budget_cut
    where dimension in ('account', 'cost_centre')
),

ledger as (
    select
        keys.facility,
        keys.dimension,
        keys.dimension_key,
        periods.month,
        periods.is_known,
        if(periods.is_known, posted.amount_sek, null) as outcome_sek,
        case
            when not periods.is_known then periods.unknown_reason
            when posted.amount_sek is null then 'inget bokfört i perioden'
        end as outcome_reason
    from keys
    inner join periods on keys.year = year(periods.month)
    left join posted using (facility, dimension, dimension_key, month)
)

select
    facility, 'facility' as dimension, facility as dimension_key, 'all' as carrier, month, is_known, outcome_sek,
    outcome_reason
from facilities
union all
select facility, 'carrier', carrier, carrier, month, is_known, outcome_sek, outcome_reason from carriers
union all
select facility, 'component', component, carrier, month, is_known, outcome_sek, outcome_reason from components
union all
select
    ledger.facility, ledger.dimension, ledger.dimension_key,
    if(ledger.dimension = 'account', coalesce(account_carriers.carrier, 'all'), 'all'),
    ledger.month, ledger.is_known, ledger.outcome_sek, ledger.outcome_reason
from ledger
left join core.account_carriers as account_carriers
    on ledger.facility = account_carriers.facility and ledger.dimension_key = account_carriers.account
