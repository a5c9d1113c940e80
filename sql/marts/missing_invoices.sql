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
    'cost/' || missing.metering_point || '/' || strftime(missing.consumption_month, '%Y-%m') || '/'
    || coalesce(billed.line_no, 1) as evidence_key
from analysis.missing_invoices as missing
left join settings.metering_points as points on missing.metering_point = points.metering_point
left join suppliers on missing.supplier_id = suppliers.supplier_id
left join (
    select metering_point, contract_kind, month, min(line_no) as line_no
    from analysis.bill
    group by all
) as billed
    on missing.metering_point = billed.metering_point
    and missing.contract_kind = billed.contract_kind
    and missing.consumption_month = billed.month
order by missing.consumption_month, missing.metering_point, missing.contract_kind
