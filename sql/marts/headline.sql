-- one row per project and headline figure, with its band; cost at the prices that the project's setting chooses
with energy as (
    select * from marts.savings_total
    where carrier = 'all' and period = 'last_12_months'
),

costs as (
    select
        * exclude (evidence_key),
        if(price_basis = 'reporting_period', 'savings/' || project || '/all/' || period, evidence_key) as evidence_key
    from marts.avoided_cost
    where carrier = 'all' and component = 'all' and effect = 'cash' and is_headline_basis
        and period in ('last_12_months', 'reporting')
)

select
    facility,
    project,
    if(period = 'reporting', 'avoided_cost_reporting', 'avoided_cost_last_12') as key,
    avoided_cost_sek as value,
    avoided_cost_sek_low as low,
    avoided_cost_sek_high as high,
    'SEK' as unit,
    cost_probability_pct as probability_pct,
    price_basis,
    excludes,
    reason,
    strftime(from_month, '%Y-%m') || ' – ' || strftime(to_month, '%Y-%m') as period_text,
    evidence_key
from costs

union all

select
    facility,
    project,
    'avoided_energy_last_12',
    avoided_energy_kwh,
    avoided_energy_kwh_low,
    avoided_energy_kwh_high,
    'kWh',
    energy_probability_pct,
    null,
    null,
    reason,
    strftime(from_month, '%Y-%m') || ' – ' || strftime(to_month, '%Y-%m'),
    evidence_key
from energy
order by all
