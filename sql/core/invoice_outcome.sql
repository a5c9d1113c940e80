-- one row per facility, carrier and month with a contract: whether every contract has been invoiced to its last day
with months as (
    select unnest(generate_series(min(month), max(month), interval 1 month))::date as month
    from (
        select month from core.budget_lines
        union all
        select consumption_month from core.invoice_months where contract_kind is not null
        union all
        select month from core.energy_months
    )
),

expected as (
    select
        points.facility,
        points.carrier,
        contracts.metering_point,
        contracts.kind,
        months.month,
        least(last_day(months.month), max(contracts.valid_to) - 1) as to_day
    from settings.contracts as contracts
    inner join settings.metering_points as points using (metering_point)
    inner join months
        on contracts.valid_from <= last_day(months.month) and contracts.valid_to > months.month
    group by points.facility, points.carrier, contracts.metering_point, contracts.kind, months.month
),

invoiced as (
    select
        metering_point,
        contract_kind as kind,
        consumption_month as month,
        max(period_end) as invoiced_to
    from core.invoice_months
    where contract_kind is not null
    group by all
),

lacking as (
    select
        expected.*,
        invoiced.invoiced_to,
        case kind when 'heat' then 'värme' when 'grid' then 'elnät' when 'retail' then 'elhandel' else kind end as what
    from expected
    left join invoiced using (metering_point, kind, month)
)

select
    facility,
    carrier,
    month,
    bool_and(invoiced_to is not null and invoiced_to >= to_day) as is_known,
    case
        when bool_and(invoiced_to is null) then 'faktura har inte kommit'
        when bool_or(invoiced_to is null)
            then 'faktura saknas: ' || string_agg(distinct what, ', ' order by what) filter (where invoiced_to is null)
        when bool_or(invoiced_to < to_day)
            then 'fakturerat bara till och med ' || strftime(min(invoiced_to), '%Y-%m-%d')
    end as outcome_reason
from lacking
group by facility, carrier, month
