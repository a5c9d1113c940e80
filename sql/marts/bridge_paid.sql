-- one row per project, comparison, carrier (or all) and step from what was invoiced before to what was invoiced after
with spans as (
    select distinct
        matrix.project,
        projects.facility,
        matrix.comparison,
        matrix.carrier,
        matrix.base_from,
        matrix.base_to,
        matrix.reporting_from,
        matrix.reporting_to
    from analysis.bridge_matrix as matrix
    inner join settings.projects as projects using (project)
),

periods as (
    select *, 'before' as step, base_from as first_day, base_to as last_day from spans
    union all
    select *, 'after' as step, reporting_from as first_day, reporting_to as last_day from spans
),

-- every month of every contract should have been invoiced
expected as (
    select
        periods.project,
        periods.comparison,
        periods.carrier,
        periods.step,
        points.metering_point,
        contracts.kind as contract_kind,
        unnest(
            generate_series(
                greatest(periods.first_day, date_trunc('month', contracts.valid_from)),
                least(periods.last_day, contracts.valid_to - 1),
                interval 1 month
            )
        )::date as month
    from periods
    inner join analysis.bridge_points as points using (project, comparison, carrier)
    inner join settings.contracts as contracts
        on points.metering_point = contracts.metering_point
        and contracts.valid_from <= periods.last_day and contracts.valid_to > periods.first_day
),

invoiced as (
    select
        metering_point,
        contract_kind,
        consumption_month as month,
        sum(amount_sek order by evidence_key, amount_sek) as invoiced_sek,
        coalesce(sum(amount_sek order by evidence_key, amount_sek) filter (where line_class = 'one_off'), 0)
            as one_off_sek
    from core.invoice_months
    where contract_kind is not null
    group by all
),

by_invoice as (
    select
        project,
        comparison,
        carrier,
        step,
        sum(invoiced_sek order by metering_point, contract_kind, month) as invoiced_sek,
        coalesce(sum(one_off_sek order by metering_point, contract_kind, month), 0) as one_off_sek,
        count(*) as months,
        count(*) - count(invoiced_sek) as lacking
    from (select distinct * from expected)
    left join invoiced using (metering_point, contract_kind, month)
    group by all
),

-- support and fees that were booked without an invoice, on the accounts told to be for them
booked as (
    select
        periods.project,
        periods.comparison,
        periods.carrier,
        periods.step,
        sum(lines.amount_sek order by lines.voucher_date, lines.series, lines.voucher_no, lines.line_no) as one_off_sek
    from periods
    inner join settings.accounts as accounts
        on accounts.purpose = 'one_off' and coalesce(accounts.facility, periods.facility) = periods.facility
    inner join core.ledger_lines as lines
        on lines.account = accounts.account
        and lines.voucher_date >= accounts.valid_from and lines.voucher_date < accounts.valid_to
        and lines.accounting_period between periods.first_day and periods.last_day
    where periods.carrier = 'all'
        and not exists (
            select 1 from analysis.ledger_match as matched
            where matched.invoice_no is not null and matched.voucher_date = lines.voucher_date
                and matched.voucher = concat_ws(' ', lines.series, lines.voucher_no)
        )
    group by all
),

levels as (
    select
        matrix.project,
        matrix.comparison,
        matrix.carrier,
        matrix.step,
        matrix.amount_sek as recomputed_sek,
        case
            when by_invoice.lacking > 0
                then format(
                    'kan inte bedömas: fakturor saknas för {} av {} avtalsmånader {}',
                    swedish(by_invoice.lacking), swedish(by_invoice.months), if(matrix.step = 'before', 'före', 'efter')
                )
            when by_invoice.months is null then 'kan inte bedömas: mätgränsens mätare har inga avtal i perioden'
            else matrix.reason
        end as reason,
        if(by_invoice.lacking = 0, by_invoice.invoiced_sek + coalesce(booked.one_off_sek, 0), null) as paid_sek,
        -- what has come is known, also where an invoice is missing
        coalesce(by_invoice.one_off_sek, 0) + coalesce(booked.one_off_sek, 0) as one_off_sek
    from analysis.bridge_matrix as matrix
    left join by_invoice using (project, comparison, carrier, step)
    left join booked using (project, comparison, carrier, step)
    where matrix.component = 'all' and matrix.step in ('before', 'after')
),

sides as (
    select
        project,
        comparison,
        carrier,
        max(paid_sek) filter (step = 'before') as before_sek,
        max(paid_sek) filter (step = 'after') as after_sek,
        max(one_off_sek) filter (step = 'after') - max(one_off_sek) filter (step = 'before') as one_off_sek,
        max(paid_sek - recomputed_sek - one_off_sek) filter (step = 'after')
        - max(paid_sek - recomputed_sek - one_off_sek) filter (step = 'before') as invoicing_sek,
        coalesce(max(reason) filter (step = 'before'), max(reason) filter (step = 'after')) as reason
    from levels
    group by all
),

steps as (
    select project, comparison, carrier, 0 as step_no, 'before' as step, before_sek as amount_sek, reason from sides
    union all
    select project, comparison, carrier, 98, 'one_off', one_off_sek, reason from sides
    union all
    select project, comparison, carrier, 99, 'invoicing', invoicing_sek, reason from sides
    union all
    select project, comparison, carrier, 100, 'after', after_sek, reason from sides
),

every_step as (
    select
        project,
        comparison,
        carrier,
        step_no,
        step,
        amount_sek,
        amount_sek as amount_sek_low,
        amount_sek as amount_sek_high,
        case
            when amount_sek is null then reason
            when step = 'one_off' and starts_with(reason, 'kan inte bedömas: fakturor')
                then 'det som har fakturerats; ' || replace(reason, 'kan inte bedömas: ', '')
        end as reason
    from steps
    union all
    select
        project, comparison, carrier, step_no, step, amount_sek, amount_sek_low, amount_sek_high,
        coalesce(reason, note)
    from analysis.bridge_matrix
    where component = 'all' and step not in ('before', 'after')
)

select
    spans.facility,
    every_step.project,
    every_step.comparison,
    every_step.carrier,
    row_number() over (
        partition by every_step.project, every_step.comparison, every_step.carrier order by every_step.step_no
    ) as step_no,
    every_step.step,
    every_step.amount_sek,
    every_step.amount_sek_low,
    every_step.amount_sek_high,
    spans.base_from,
    spans.base_to,
    spans.reporting_from,
    spans.reporting_to,
    every_step.reason,
    'bridge_paid/' || every_step.project || '/' || every_step.carrier || '/' || every_step.step
    || if(every_step.comparison = 'base', '', '/' || every_step.comparison) as evidence_key
from every_step
inner join spans using (project, comparison, carrier)
order by project, comparison, carrier, step_no
