-- one row per finding of the invoice audit: what is wrong, what is at stake, and a text to the supplier
with suppliers as (
    select supplier_id, any_value(supplier order by issue_date desc, invoice_no desc) as supplier
    from core.invoices
    where supplier is not null
    group by all
)

select
    -- a meter that is not ours has none: its finding stands where the register has it, with the supplier
    coalesce(found.facility, points.facility, places.facility) as facility,
    points.carrier,
    found.metering_point,
    found.contract_kind,
    suppliers.supplier,
    found.supplier_id,
    found.invoice_no,
    found.consumption_month,
    found.rule,
    found.level,
    found.amount_sek,
    found.message,
    found.evidence,
    found.supplier_text,
    found.finding_key,
    'finding/' || found.finding_key as evidence_key
from analysis.invoice_findings as found
left join settings.metering_points as points on found.metering_point = points.metering_point
left join core.supplier_facilities as places on found.supplier_id = places.supplier_id
left join suppliers on found.supplier_id = suppliers.supplier_id
order by
    case found.level when 'error' then 0 when 'warning' then 1 else 2 end,
    abs(found.amount_sek) desc nulls last,
    found.finding_key
