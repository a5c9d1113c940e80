-- one row per invoice that a contract's rhythm expects and that has not come
with suppliers as (
    select supplier_id, any_value(supplier order by issue_date desc, invoice_no desc) as supplier
    from core.invoices
    where supplier is not null
    group by all
)

select
    points.facility,
    points.carrier,
    missing.metering_point,
    missing.contract_kind,
    suppliers.supplier,
    missing.supplier_id,
    missing.consumption_month,
    missing.expected_on,
    missing.days_late,
    missing.estimated_sek,
    missing.message,
    'missing/' || missing.metering_point || '/' || missing.contract_kind || '/'
    || strftime(missing.consumption_month, '%Y-%m') as evidence_key
from analysis.missing_invoices as missing
left join settings.metering_points as points on missing.metering_point = points.metering_point
left join suppliers on missing.supplier_id = suppliers.supplier_id
order by missing.consumption_month, missing.metering_point, missing.contract_kind
