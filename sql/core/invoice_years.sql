-- one row per supplier, invoice number and year in which the supplier has used the number again: it is another invoice
select
    supplier_id,
    invoice_no,
    year(issue_date) as year
from core.invoices
where document_type is null or document_type not in ('381', 'credit_note')
group by supplier_id, invoice_no, year(issue_date)
qualify year(issue_date) > min(year(issue_date)) over (partition by supplier_id, invoice_no)
