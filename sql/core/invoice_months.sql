-- one row per invoice line and consumption month: amounts and quantities by the days of the period in each month
with spans as (
    select
        *,
        unnest(generate_series(date_trunc('month', period_start), date_trunc('month', period_end), interval 1 month))::date
            as consumption_month
    from core.invoice_lines
    where period_start is not null and period_end >= period_start
),

shared as (
    select
        *,
        (least(period_end, last_day(consumption_month)) - greatest(period_start, consumption_month) + 1)
        / nullif(period_end - period_start + 1, 0) as share
    from spans
)

select
    * exclude (amount_sek, quantity),
    amount_sek * share as amount_sek,
    quantity * share as quantity
from shared
