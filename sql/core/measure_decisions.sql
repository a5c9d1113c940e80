-- one row per measure with a decision that stands: the one decided last; of the same day the later issue
with told as (
    select
        *,
        -- a no, or a later, ends what was told before it: neither its start nor its promise is carried over
        count(*) filter (decision not in ('do', 'underway', 'done')) over (partition by measure_key order by no) as spell
    from core.measure_history
    where refused is null and undone_at is null
),

standing as (
    select
        *,
        -- from which day it holds, as the latest decision to do it that tells a day has it; until when one waits is no start
        last_value(case when decision in ('do', 'underway', 'done') then start_on end ignore nulls)
            over (partition by measure_key, spell order by no) as effective_on,
        first_value(value_sek) over (
            partition by measure_key, spell, decision in ('do', 'underway', 'done') order by no
        ) as first_value_sek
    from told
)

select
    measure_key,
    facility,
    measure_id,
    metering_point,
    decision,
    owner_role,
    decided_on,
    start_on,
    coalesce(effective_on, decided_on) as effective_on,
    cost_sek,
    note,
    value_sek,
    if(decision in ('do', 'underway', 'done'), first_value_sek, null) as promised_sek,
    channel,
    file_name,
    sheet,
    row_no
from standing
qualify row_number() over (partition by measure_key order by no desc) = 1
