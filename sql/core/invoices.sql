-- one row per invoice document: supplier, number, issue date and type are its key (SFTI: never the number alone)
select * from staging.invoices
qualify row_number() over (
    partition by supplier_id, invoice_no, issue_date, document_type
    order by issued desc nulls last, net_sek desc nulls last, sha256, row_no
) = 1
