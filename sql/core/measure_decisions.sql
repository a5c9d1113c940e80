-- one row per measure with a decision: the one decided last; of the same day the later issue
select
    measure_key,
    decision,
    owner_role,
    decided_on,
    start_on,
    cost_sek,
    note,
    file_name,
    row_no
from staging.measure_decisions
qualify row_number() over (
    partition by measure_key
    order by
        decided_on desc, issued desc nulls last, decision, start_on desc nulls last, cost_sek desc nulls last,
        owner_role, note, sha256, row_no
) = 1
