-- one row per invoice line
select
    facility,
    carrier,
    lines.metering_point,
    invoices.supplier,
    lines.supplier_id,
    lines.invoice_no,
    lines.issue_date,
    lines.document_type,
    lines.line_id,
    lines.item,
    lines.component,
    lines.line_class,
    lines.quantity,
    lines.unit,
    lines.amount_sek,
    lines.vat_percent,
    lines.period_start,
    lines.period_end,
    date_trunc('month', lines.period_start + ((lines.period_end - lines.period_start) // 2)::integer)::date as consumption_month,
    date_trunc('month', lines.issue_date)::date as accounting_period,
    lines.file_name,
    lines.row_no,
    lines.evidence_key
from core.invoice_lines as lines
left join core.invoices as invoices using (supplier_id, invoice_no, issue_date, document_type)
order by issue_date, supplier_id, invoice_no, row_no
