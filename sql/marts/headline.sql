-- one row per project and headline figure, with its band
with totals as (
    select * from marts.savings_total
    where carrier = 'all' and period in ('last_12_months', 'reporting')
)

select
    facility,
    project,
    'avoided_cost_last_12' as key,
    avoided_cost_sek as value,
    avoided_cost_sek_low as low,
    avoided_cost_sek_high as high,
    'SEK' as unit,
    reason,
    strftime(from_month, '%Y-%m') || ' – ' || strftime(to_month, '%Y-%m') as period_text,
    evidence_key
from totals
where period = 'last_12_months'

union all

select
    facility,
    project,
    'avoided_energy_last_12',
    avoided_energy_kwh,
    avoided_energy_kwh_low,
    avoided_energy_kwh_high,
    'kWh',
    reason,
    strftime(from_month, '%Y-%m') || ' – ' || strftime(to_month, '%Y-%m'),
    evidence_key
from totals
where period = 'last_12_months'

union all

select
    facility,
    project,
    'avoided_cost_reporting',
    avoided_cost_sek,
    avoided_cost_sek_low,
    avoided_cost_sek_high,
    'SEK',
    reason,
    strftime(from_month, '%Y-%m') || ' – ' || strftime(to_month, '%Y-%m'),
    evidence_key
from totals
where period = 'reporting'
order by all
