-- one row per thing in the ledger that does not add up across files; what one file shows alone is told as it is read
with moved as (
    select
        organisation_id,
        fiscal_year_start,
        account,
        any_value(account_name) as account_name,
        round(sum(amount_sek), 2) as moved_sek,
        list(distinct file_id) as line_files
    from core.ledger_lines
    where amount_sek is not null and fiscal_year_start is not null
    group by all
),

balances as (
    select
        organisation_id,
        fiscal_year_start,
        account,
        coalesce(sum(amount_sek) filter (where kind = 'opening'), 0) as opening_sek,
        sum(amount_sek) filter (where kind = 'closing') as closing_sek,
        sum(amount_sek) filter (where kind = 'result') as result_sek,
        coalesce(arg_max(file_name, issued), min(file_name)) as file_name,
        list(distinct file_id) as balance_files
    from core.ledger_balances
    where objects = '{}' and kind in ('opening', 'closing', 'result')
    group by all
),

-- closing balance or result of accounts that have lines, where more than one file had a part in it
reconciled as (
    select
        moved.*,
        balances.opening_sek,
        coalesce(balances.closing_sek, balances.result_sek) as expected_sek,
        balances.file_name,
        round(balances.opening_sek + moved.moved_sek - coalesce(balances.closing_sek, balances.result_sek), 2)
            as difference_sek
    from moved
    inner join balances
        on moved.organisation_id is not distinct from balances.organisation_id
        and moved.fiscal_year_start = balances.fiscal_year_start
        and moved.account = balances.account
    where len(list_distinct(list_concat(moved.line_files, balances.balance_files))) > 1
),

last_told as (
    select
        *,
        coalesce(fiscal_year_start, date_trunc('year', voucher_date)::date) as numbered_from
    from staging.ledger_lines
    where voucher_no <> ''
    qualify rank() over (
        partition by organisation_id, numbered_from, series, voucher_no order by issued desc nulls last
    ) = 1
),

line_conflicts as (
    select
        organisation_id,
        numbered_from,
        series,
        voucher_no,
        line_no,
        min(voucher_date) as voucher_date,
        min(file_name) as file_name,
        max(file_name) as other_file,
        arg_min(row_no, file_name) as row_no,
        max(amount_sek) - min(amount_sek) as amount_sek
    from last_told
    group by organisation_id, numbered_from, series, voucher_no, line_no
    having count(distinct concat_ws(' ', account, amount_sek, objects, voucher_date)) > 1
),

conflicts as (
    select
        series,
        voucher_no,
        min(voucher_date) as voucher_date,
        min(file_name) as file_name,
        max(other_file) as other_file,
        min(row_no) as row_no,
        max(amount_sek) as amount_sek
    from line_conflicts
    group by organisation_id, numbered_from, series, voucher_no
),

last_balances as (
    select *
    from staging.ledger_balances
    qualify rank() over (
        partition by organisation_id, fiscal_year_start, kind, month, account, objects
        order by issued desc nulls last
    ) = 1
),

balance_conflicts as (
    select
        account,
        kind,
        fiscal_year_start,
        min(file_name) as file_name,
        max(file_name) as other_file,
        max(amount_sek) - min(amount_sek) as amount_sek
    from last_balances
    group by organisation_id, fiscal_year_start, kind, month, account, objects
    having count(distinct amount_sek) > 1
)

select
    null::varchar as facility,
    'error' as level,
    'ledger_unreconciled' as rule,
    format('Konto {} {}, räkenskapsår {}: ingående {} + verifikationer {} är inte {} (skillnad {} kr), '
        || 'räknat över filerna. En fil kan saknas.', account, coalesce('«' || account_name || '»', ''),
        fiscal_year_start::varchar, swedish(opening_sek, decimals := 2), swedish(moved_sek, decimals := 2),
        swedish(expected_sek, decimals := 2), swedish(difference_sek, decimals := 2)) as message,
    file_name,
    null::bigint as row_no,
    null::varchar as metering_point,
    null::date as month,
    difference_sek as amount_sek
from reconciled
where abs(difference_sek) >= 0.01

union all

select
    null,
    'error',
    'voucher_conflict',
    format('Verifikation {} {} har olika innehåll i {} och {}, utan tid för utfärdande som avgör. '
        || 'Kontrollera vilken som gäller.', series, voucher_no, file_name, other_file),
    file_name,
    row_no,
    null,
    date_trunc('month', voucher_date)::date,
    amount_sek
from conflicts

union all

select
    null,
    'error',
    'balance_conflict',
    format('Konto {}, räkenskapsår {}: två saldon i {} och {} skiljer {} kr, utan tid för utfärdande som avgör. '
        || 'Kontrollera vilket som gäller.', account, fiscal_year_start::varchar, file_name, other_file,
        swedish(amount_sek, decimals := 2)),
    file_name,
    null,
    null,
    null,
    amount_sek
from balance_conflicts
