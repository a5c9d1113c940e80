-- one row per line of a voucher as it stands now: a later issue of a voucher replaces its lines as a whole
-- a voucher without number is known by its file alone; where no fiscal year is told, calendar years part the numbers
-- files of one issue complete each other: what they tell alike was kept once; where they differ core.ledger_audit tells
with keyed as (
    select
        *,
        coalesce(fiscal_year_start, date_trunc('year', voucher_date)::date) as numbered_from,
        if(voucher_no = '', sha256, '') as only_file
    from staging.ledger_lines
),

latest as (
    select *
    from keyed
    qualify rank() over (
        partition by organisation_id, numbered_from, series, voucher_no, only_file order by issued desc nulls last
    ) = 1
)

select
    organisation_id,
    fiscal_year_start,
    series,
    voucher_no,
    line_no,
    voucher_date,
    date_trunc('month', voucher_date)::date as accounting_period,
    registered_date,
    account,
    account_name,
    amount_sek,
    quantity,
    quantity_unit,
    voucher_text,
    line_text,
    objects,
    issued,
    file_name,
    sha256,
    file_id,
    row_no
from latest
qualify row_number() over (
    partition by organisation_id, numbered_from, series, voucher_no, only_file, line_no order by sha256, row_no
) = 1
