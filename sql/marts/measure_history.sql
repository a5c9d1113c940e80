-- one row per event in the life of a measure: first proposed, decided, taken back, last seen, returned, verified; what
-- was decided and taken back on one day stands in the order it was told
with happened as (
    select
        measure_key,
        first_seen as happened_on,
        1 as turn,
        null::timestamptz as told_at,
        null::bigint as told_no,
        'proposed' as event,
        null as decision,
        null as owner_role,
        null::date as start_on,
        null::double as cost_sek,
        first_value_sek as value_sek,
        null as note,
        null as channel,
        null as file_name,
        null as sheet,
        null::bigint as row_no
    from marts.measure_register
    where first_seen is not null

    union all

    select
        measure_key, decided_on, 2, told_at, no, if(undone_at is null, 'decided', 'decided_undone'), decision,
        owner_role, start_on, cost_sek, value_sek, note, channel, file_name, sheet, row_no
    from core.measure_history
    where refused is null

    union all

    select
        measure_key, timezone('Europe/Stockholm', undone_at)::date, 2, undone_at, no, 'undone', decision, undone_by, null, null, null, undone_why,
        'command', null, null, null
    from core.measure_history
    where refused is null and undone_at is not null

    union all

    select
        measure_key, last_seen, 3, null, null, 'gone', null, null, null, null, latest_sek_per_year, stage_note, null, null,
        null, null
    from marts.measure_register
    where not is_visible and last_seen is not null and not coalesce(starts_with(stage_note, 'Kan inte bedömas nu'), false)

    union all

    select
        measure_key, last_seen, 5, null, null, 'returned', null, null, null, null, latest_sek_per_year, stage_note, null, null,
        null, null
    from marts.measure_register
    where stage = 'returned'

    union all

    select
        measure_key, coalesce(found.to_month, register.last_seen), 4, null, null, 'verified', null, null, found.start_on, null,
        coalesce(found.verified_sek_per_year, found.verified_sek), text, null, null, null, null
    from analysis.measure_verification as found
    inner join marts.measure_register as register using (measure_key)
    where register.verdict in ('confirmed', 'partly', 'not_confirmed')
)

select
    happened.measure_key,
    register.facility,
    register.title,
    row_number() over (
        partition by happened.measure_key order by happened_on, turn, told_at nulls first, told_no
    ) as no,
    happened_on,
    event,
    happened.decision,
    happened.owner_role,
    happened.start_on,
    happened.cost_sek,
    value_sek,
    happened.note,
    channel,
    file_name,
    sheet,
    row_no,
    'history/' || happened.measure_key as evidence_key
from happened
inner join marts.measure_register as register using (measure_key)
order by facility, measure_key, no
