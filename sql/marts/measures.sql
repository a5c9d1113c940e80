-- one row per measure that a rule proposes now or a check has found: dearest first, those a year before those that come
-- once and those without amount, those put off and the quiet ones last; they overlap and are never added
select
    measures.* exclude (run_id) replace (
        case register.stage
            when 'decided' then 'beslutad' when 'waiting' then 'senare' when 'declined' then 'avböjd'
            when 'underway' then 'pågår' when 'done' then 'genomförd' when 'verified' then 'uppföljd'
            when 'returned' then 'åter aktuell'
            else measures.status
        end as status
    ),
    coalesce(register.stage in ('declined', 'done', 'verified'), false) as is_quiet,
    register.stage_note,
    register.dismissed_elsewhere,
    row_number() over (
        partition by measures.facility
        order by is_quiet, coalesce(register.stage = 'waiting', false), measures.saving_sek_per_year is null,
            measures.one_off, measures.saving_sek_per_year desc, measures.code, measures.measure_key
    ) as rank
from analysis.measures as measures
left join marts.measure_register as register using (measure_key)
order by measures.facility, rank
