-- one row per decision ever told on a measure, by file or on the command line: whether it stands, and why not
with told as (
    select
        measure_key, decision, owner_role, decided_on, start_on, cost_sek, note, promised_sek, issued,
        'file' as channel, file_name, sheet, row_no, sha256
    from staging.measure_decisions
    union all
    select
        measure_key, decision, owner_role, decided_on, start_on, cost_sek, note, promised_sek, recorded_at,
        'command', null, null, null, null
    from ledger.measure_decisions
    where action = 'decide'
),

-- the same decision told again, as a workbook that is filled in further does, is one decision
decided as (
    select
        measure_key, decision, owner_role, decided_on, start_on, cost_sek, note,
        arg_min(promised_sek, (coalesce(issued, '-infinity'::timestamptz), promised_sek)) as promised_sek,
        max(issued) as issued,
        min(issued) as told_at,
        max(issued) filter (channel = 'command') as commanded_at,
        arg_max(
            struct_pack(channel := channel, file_name := file_name, sheet := sheet, row_no := row_no),
            (coalesce(issued, '-infinity'::timestamptz), coalesce(sha256, ''), coalesce(row_no, 0))
        ) as origin
    from told
    group by measure_key, decision, owner_role, decided_on, start_on, cost_sek, note
),

taken_back as (
    select
        measure_key, decision, owner_role, decided_on, start_on, cost_sek, note,
        max(recorded_at) as undone_at,
        arg_max(why, recorded_at) as undone_why,
        arg_max(by_role, recorded_at) as undone_by
    from ledger.measure_decisions
    where action = 'undo'
    group by measure_key, decision, owner_role, decided_on, start_on, cost_sek, note
),

-- since when it is known is kept apart: a month told again without the measure forgets that it was seen there
seen as (
    select measure_key, least(known.first_day, sighted.first_day) as first_day, first_value_sek, most_sek
    from ledger.measures as known
    full join (
        select
            measure_key,
            min(first_day) as first_day,
            arg_min(saving_sek_per_year, month) as first_value_sek,
            max(greatest(saving_sek_per_year, saving_sek_per_year_high)) as most_sek
        from ledger.measure_sightings
        group by measure_key
    ) as sighted using (measure_key)
),

-- the last Swedish day anything came in: what was in the future when it was told may have come since
known as (
    select max(day) as known_day
    from (
        select timezone('Europe/Stockholm', received_at)::date as day from staging.files
        union all
        select timezone('Europe/Stockholm', recorded_at)::date from ledger.measure_decisions
    )
),

-- facility, rule and metering point stand in the key, whether a run has proposed the measure or not
named as (
    select
        decided.*,
        split_part(measure_key, ':', 2) as facility,
        split_part(measure_key, ':', 3) as measure_id,
        nullif(split_part(measure_key, ':', 4), '') as point,
        len(string_split(measure_key, ':')) as parts,
        starts_with(measure_key, 'measure:') as is_key
    from decided
),

-- a yes and a no to one measure, of one day in one file: which of them is meant?
split as (
    select
        measure_key as split_key,
        decided_on as split_on,
        origin.file_name as split_file,
        string_agg(origin.row_no, ', ' order by origin.row_no) as lines
    from decided
    where origin.channel = 'file'
    group by measure_key, decided_on, origin.file_name
    having count(distinct if(decision in ('do', 'underway', 'done'), 'do', decision)) > 1
),

largest as (
    select value as most_times from settings.register_terms where term = 'promise_most'
),

judged as (
    select
        named.*,
        seen.first_day,
        split.lines,
        seen.most_sek,
        most_times,
        coalesce(promised_sek > most_times * seen.most_sek, false) as promise_too_large,
        coalesce(
            if(promised_sek > most_times * seen.most_sek, null, promised_sek),
            (
                select arg_max(sightings.saving_sek_per_year, sightings.month)
                from ledger.measure_sightings as sightings
                where sightings.measure_key = named.measure_key and sightings.month < date_trunc('month', named.decided_on)
            ),
            seen.first_value_sek
        ) as value_sek,
        case
            when not is_key then 'unknown_measure'
            when facility not in (select facility from settings.facilities) then 'other_facility'
            when seen.measure_key is null and (
                measure_id not in (select measure_id from settings.measure_rules)
                or parts > 4
                -- what nobody has proposed can have been done, but there is nothing to say yes or no to
                or named.measure_key not in (select done.measure_key from decided as done where done.decision = 'done')
                -- the beginning of another's key, cut off
                or exists (select 1 from seen as longer where starts_with(longer.measure_key, named.measure_key || ':'))
                or point is not null and point not in (
                    select metering_point
                    from settings.metering_points as points
                    where points.facility = named.facility
                )
            ) then 'unknown_measure'
            when split.lines is not null then 'decisions_against'
            when decided_on < known_day - interval 20 years then 'decision_too_old'
            when decided_on > known_day then 'decision_in_future'
            when decision = 'done' and start_on > known_day then 'start_in_future'
            -- what was done earlier may be entered afterwards, when it tells from which day it holds
            when decided_on < seen.first_day and not (decision = 'done' and start_on is not null)
                then 'decision_before_measure'
        end as refused
    from named
    cross join known
    left join largest on true
    left join seen using (measure_key)
    left join split
        on split.split_key = named.measure_key
        and split.split_on = named.decided_on
        and split.split_file = named.origin.file_name
        and named.origin.channel = 'file'
)

select
    judged.measure_key,
    facility,
    measure_id,
    point as metering_point,
    judged.decision,
    judged.owner_role,
    judged.decided_on,
    judged.start_on,
    judged.cost_sek,
    judged.note,
    value_sek,
    first_day,
    issued,
    told_at,
    origin.channel as channel,
    origin.file_name as file_name,
    origin.sheet as sheet,
    origin.row_no as row_no,
    refused,
    if(refused is null, null, concat(
        if(origin.channel = 'command', 'Beslutet på kommandoraden', 'Beslutet'), ' om åtgärden «', judged.measure_key,
        '» ',
        case refused
            when 'unknown_measure' then 'gäller ingen åtgärd som finns i registret: nyckeln är ändrad eller '
                || 'felskriven. Kopiera nyckeln från bladet Beslut'
            when 'other_facility' then format('gäller anläggningen «{}», som inte finns i energibok.toml: beslutet '
                || 'hör till ett annat hem', facility)
            when 'decisions_against' then concat(judged.decided_on, ' står mot ett annat om samma åtgärd samma dag i '
                || 'filen (rad ', lines, '): ta bort det som inte gäller')
            when 'decision_too_old' then format('är daterat {}, mer än tjugo år tillbaka: rätta datumet',
                judged.decided_on)
            when 'decision_in_future' then format('är daterat {}, efter dagen då det lämnades: rätta datumet',
                judged.decided_on)
            when 'start_in_future' then format('säger att åtgärden är genomförd, men den startar {}, efter dagen då '
                || 'beslutet lämnades: skriv pågår, eller rätta startdatumet', judged.start_on)
            when 'decision_before_measure' then format('är daterat {}, före det underlag som åtgärden bygger på '
                || '(från {}): rätta datumet, eller ange beslutet genomförd med startdatum', judged.decided_on, first_day)
        end,
        '. Det räknas inte.'
    )) as refusal,
    if(refused is not null, null, nullif(concat_ws('. ',
        if(promise_too_large, concat('Beslutet om åtgärden «', judged.measure_key, '» utlovar ', swedish(promised_sek),
            ' kr, mer än ', swedish(most_times), ' gånger det mesta som åtgärden har beräknats till (', swedish(most_sek),
            ' kr): utlovat räknas som registrets värde. Rätta beloppet'), null),
        if(origin.channel = 'file' and (judged.owner_role is null or judged.decision = 'reject' and judged.note is null),
            concat('Beslutet om åtgärden «', judged.measure_key, '» saknar ', concat_ws(' och ',
                if(judged.owner_role is null, 'ansvarig roll', null),
                if(judged.decision = 'reject' and judged.note is null, 'skäl (anteckning)', null)),
                ': fyll i, så att det går att följa'), null)
    ), '')) as remark,
    if(undone_at >= coalesce(commanded_at, undone_at), undone_at, null) as undone_at,
    undone_why,
    undone_by,
    row_number() over (
        partition by judged.measure_key
        order by
            judged.decided_on, issued nulls first, list_position(['reject', 'wait', 'do', 'underway', 'done'], judged.decision),
            judged.start_on nulls first, judged.cost_sek nulls first, judged.owner_role nulls first,
            judged.note nulls first
    ) as no
from judged
left join taken_back
    on judged.measure_key = taken_back.measure_key
    and judged.decision = taken_back.decision
    and judged.decided_on = taken_back.decided_on
    and judged.owner_role is not distinct from taken_back.owner_role
    and judged.start_on is not distinct from taken_back.start_on
    and judged.cost_sek is not distinct from taken_back.cost_sek
    and judged.note is not distinct from taken_back.note
