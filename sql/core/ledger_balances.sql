-- one row per balance of an account: organisation, fiscal year, kind, month and objects; the latest issue holds
-- a balance with objects is a part of the one whose objects are '{}': the two are never to be summed together
select
    organisation_id,
    fiscal_year_start,
    kind,
    month,
    account,
    objects,
    amount_sek,
    quantity,
    issued,
    file_name,
    sha256,
    file_id,
    row_no
from staging.ledger_balances
qualify row_number() over (
    partition by organisation_id, fiscal_year_start, kind, month, account, objects
    order by issued desc nulls last, sha256, row_no desc
) = 1
