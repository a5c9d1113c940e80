-- one row per line of the proposed postings: the open accruals and their reversal, debit and credit in balance
select
    posting_date,
    account,
    cost_centre,
    objects,
    debit_sek,
    credit_sek,
    text,
    consumption_month,
    metering_point,
    contract_kind
from analysis.accrual_postings
order by posting_date, consumption_month, metering_point, contract_kind, debit_sek is null, account
