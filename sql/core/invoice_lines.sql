-- one row per invoice line, with the metering point's facility and contract
with current_lines as (
    select * from staging.invoice_lines
    qualify row_number() over (
        partition by supplier_id, invoice_no, issue_date, document_type, line_id
        order by issued desc nulls last, amount_sek desc nulls last, sha256, row_no
    ) = 1
)

select
    current_lines.*,
    points.facility,
    points.carrier,
    contracts.kind as contract_kind,
    'invoice/' || current_lines.supplier_id || '/' || current_lines.invoice_no || '/' || current_lines.line_id
        as evidence_key
from current_lines
left join settings.metering_points as points using (metering_point)
left join settings.contracts as contracts
    on current_lines.metering_point = contracts.metering_point
    and current_lines.supplier_id = contracts.supplier_id
    and coalesce(current_lines.period_start, current_lines.issue_date) >= contracts.valid_from
    and coalesce(current_lines.period_start, current_lines.issue_date) < contracts.valid_to
