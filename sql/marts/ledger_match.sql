-- one row per invoice beside its vouchers, per voucher of energy without any, and per stretch that cannot be compared
with vouchers as (
    select file_name, row_no, min(left(sha256, 8)) as sha8
    from core.ledger_lines
    group by all
),

invoice_lines as (
    select supplier_id, invoice_no, issue_date, document_type, min(evidence_key) as evidence_key
    from core.invoice_lines
    group by all
),

only_facility as (
    select if(count(*) = 1, min(facility), null) as facility
    from settings.facilities
)

select
    coalesce(points.facility, only_facility.facility) as facility,
    points.carrier,
    found.metering_point,
    found.contract_kind,
    invoices.supplier,
    found.supplier_id,
    found.invoice_no,
    found.issue_date,
    found.document_type,
    found.consumption_month,
    found.accounting_period,
    found.net_sek,
    found.posted_sek,
    found.difference_sek,
    found.verdict,
    found.account,
    found.expected_account,
    found.cost_centre,
    found.expected_cost_centre,
    found.voucher,
    found.voucher_date,
    found.message,
    coalesce(found.file_name, invoices.file_name) as file_name,
    if(found.file_name is null, invoices.row_no, found.row_no) as row_no,
    case
        when vouchers.sha8 is not null then 'voucher/' || vouchers.sha8 || '/' || found.row_no
        when invoice_lines.evidence_key is not null then invoice_lines.evidence_key
        when invoices.file_name is not null then 'file/' || invoices.file_name
        else 'books/' || strftime(found.accounting_period, '%Y-%m')
    end as evidence_key
from analysis.ledger_match as found
cross join only_facility
left join settings.metering_points as points using (metering_point)
left join core.invoices as invoices using (supplier_id, invoice_no, issue_date, document_type)
left join invoice_lines using (supplier_id, invoice_no, issue_date, document_type)
left join vouchers
    on found.file_name = vouchers.file_name
    and found.row_no = vouchers.row_no
order by
    found.accounting_period, found.issue_date, found.voucher_date, found.supplier_id, found.invoice_no,
    found.document_type, found.voucher, found.account, found.message
