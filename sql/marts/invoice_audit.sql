-- one row per invoice line, and per component that an invoice lacks: billed beside recomputed, and why they differ
with lines as (
    select * from core.invoice_lines
    qualify row_number() over (
        partition by supplier_id, invoice_no, issue_date, document_type, line_id
        order by contract_kind nulls last
    ) = 1
),

documents as (
    select supplier_id, invoice_no, issue_date, document_type, any_value(supplier order by supplier) as supplier
    from core.invoices
    group by all
),

components as (
    select metering_point, contract_kind, month, 'saknas-' || line_no as line_id, label, line_no
    from analysis.bill
)

select
    coalesce(points.facility, lines.facility) as facility,
    coalesce(points.carrier, lines.carrier) as carrier,
    audited.metering_point,
    audited.contract_kind,
    documents.supplier,
    audited.supplier_id,
    audited.invoice_no,
    audited.issue_date,
    audited.document_type,
    audited.line_id,
    coalesce(lines.item, components.label) as item,
    audited.component,
    lines.period_start,
    lines.period_end,
    audited.consumption_month,
    date_trunc('month', audited.issue_date)::date as accounting_period,
    audited.price_list,
    audited.invoiced_quantity,
    audited.recomputed_quantity,
    audited.unit,
    audited.invoiced_sek,
    audited.recomputed_sek,
    audited.difference_sek,
    audited.verdict,
    audited.reason,
    lines.file_name,
    lines.row_no,
    coalesce(
        lines.evidence_key,
        'cost/' || audited.metering_point || '/' || strftime(audited.consumption_month, '%Y-%m') || '/'
        || components.line_no
    ) as evidence_key
from analysis.audit_lines as audited
left join lines
    on audited.supplier_id is not distinct from lines.supplier_id
    and audited.invoice_no is not distinct from lines.invoice_no
    and audited.issue_date is not distinct from lines.issue_date
    and audited.document_type is not distinct from lines.document_type
    and audited.line_id = lines.line_id
left join documents
    on audited.supplier_id is not distinct from documents.supplier_id
    and audited.invoice_no is not distinct from documents.invoice_no
    and audited.issue_date is not distinct from documents.issue_date
    and audited.document_type is not distinct from documents.document_type
left join components
    on audited.verdict = 'missing_component'
    and audited.metering_point = components.metering_point
    and audited.contract_kind = components.contract_kind
    and audited.consumption_month = components.month
    and audited.line_id = components.line_id
left join settings.metering_points as points on audited.metering_point = points.metering_point
order by issue_date, supplier_id, invoice_no, row_no nulls last, line_id
