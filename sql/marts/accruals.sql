-- one row per contract, month of consumption and accounting month in which it was accrued
with suppliers as (
    select supplier_id, min(supplier) as supplier
    from core.invoices
    group by all
),

contracts as (
    select metering_point, kind as contract_kind, valid_from, valid_to, supplier_id
    from settings.contracts
)

select
    points.facility,
    points.carrier,
    found.metering_point,
    found.contract_kind,
    coalesce(suppliers.supplier, contracts.supplier_id) as supplier,
    found.consumption_month,
    found.accounting_period,
    found.accrual_sek,
    found.reversal_period,
    found.status,
    found.method,
    found.invoiced_sek,
    found.error_sek,
    found.error_pct,
    found.reason,
    'accrual/' || found.metering_point || '/' || found.contract_kind || '/'
    || strftime(found.consumption_month, '%Y-%m') || '/' || strftime(found.accounting_period, '%Y-%m') as evidence_key
from analysis.accruals as found
left join settings.metering_points as points using (metering_point)
left join contracts
    on found.metering_point = contracts.metering_point
    and found.contract_kind = contracts.contract_kind
    and found.consumption_month >= date_trunc('month', contracts.valid_from)
    and found.consumption_month < contracts.valid_to
left join suppliers using (supplier_id)
-- a month in which the supplier changes has two contracts: the later one names it
qualify row_number() over (
    partition by found.metering_point, found.contract_kind, found.consumption_month, found.accounting_period
    order by contracts.valid_from desc nulls last
) = 1
order by found.accounting_period, found.consumption_month, found.metering_point, found.contract_kind
