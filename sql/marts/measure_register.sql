-- one row per measure ever proposed or decided on: how far it has come, and what it was worth when
with worth as (
    select
        measure_key,
        min(month) as first_seen,
        max(month) as last_seen,
        arg_min(saving_sek_per_year, month) as first_value_sek,
        arg_max(saving_sek_per_year, month) as latest_sek_per_year,
        arg_max(saving_sek_per_year_low, month) as latest_sek_per_year_low,
        arg_max(saving_sek_per_year_high, month) as latest_sek_per_year_high
    from ledger.measure_sightings
    group by measure_key
),

keys as (
    select measure_key, facility, measure_id, metering_point from ledger.measures
    union
    select measure_key, facility, measure_id, metering_point
    from core.measure_decisions
    where measure_key not in (select measure_key from ledger.measures)
),

growth as (
    select value as least_growth from settings.register_terms where term = 'return_growth'
),

-- how far a finding without value reaches, now and when it was decided on: in how many months it shows
reach as (
    select
        measure_key,
        count(*) as months_shown,
        count(*) filter (month <= date_trunc('month', decided_on)) as months_decided
    from analysis.measure_found_months
    inner join core.measure_decisions using (measure_key)
    group by measure_key
),

-- a facility whose measures could not be looked for in this run keeps what the last one saw
seen_now as (
    select sightings.measure_key
    from ledger.measure_sightings as sightings
    inner join analysis.measure_runs as runs
        on runs.month = sightings.month and runs.facility = split_part(sightings.measure_key, ':', 2)
    union
    -- what the audit and the checks find needs no whole year
    select measure_key
    from analysis.measure_found
    where is_open
    union
    select measure_key
    from worth
    where split_part(measure_key, ':', 2) not in (select facility from analysis.measure_runs)
),

-- what a rule could not judge in this run is not gone: the reason it gives, of the meter or of the facility
refused as (
    select
        keys.measure_key,
        string_agg(
            distinct rtrim(replace(message, 'kan inte bedömas: ', ''), '.'), '. '
            order by rtrim(replace(message, 'kan inte bedömas: ', ''), '.')
        ) as refusal
    from keys
    inner join analysis.findings as silent
        on silent.rule = 'measure_silent_' || keys.measure_id
        and silent.facility = keys.facility
        and (silent.metering_point is null or silent.metering_point = keys.metering_point)
    where regexp_matches(message, 'kan inte bedömas|kan inte prissättas|saknar data')
    group by keys.measure_key
),

-- the first month of data that gave the value that was promised; none where somebody told a value of their own
promised as (
    select decisions.measure_key, min(sightings.month) as promised_month
    from core.measure_decisions as decisions
    inner join ledger.measure_sightings as sightings
        on sightings.measure_key = decisions.measure_key
        and abs(sightings.saving_sek_per_year - decisions.promised_sek) < 1.0
    group by decisions.measure_key
),

told as (
    select
        keys.measure_key,
        keys.facility,
        keys.measure_id,
        keys.metering_point,
        coalesce(ledger.title, rules.title, keys.measure_id) as title,
        coalesce(ledger.one_off, proposed.one_off, false) as one_off,
        ledger.cost_class,
        ledger.difficulty,
        ledger.actor,
        ledger.verification,
        worth.* exclude (measure_key, first_seen, last_seen),
        -- the same month told again forgets what was seen in it; that it has been proposed is remembered
        coalesce(worth.first_seen, ledger.told_month) as first_seen,
        coalesce(worth.last_seen, ledger.told_month) as last_seen,
        keys.measure_key in (select measure_key from seen_now) as is_visible,
        found.last_month as found_in,
        refused.refusal,
        promised.promised_month,
        reach.months_shown,
        reach.months_decided,
        decisions.effective_on,
        decisions.decision,
        decisions.decided_on,
        decisions.owner_role,
        decisions.start_on,
        decisions.cost_sek,
        decisions.note,
        decisions.value_sek as decided_value_sek,
        decisions.promised_sek as promised_sek_per_year,
        verified.verdict,
        verified.verified_sek,
        verified.verified_sek_low,
        verified.verified_sek_high,
        verified.verified_sek_per_year,
        verified.verified_sek_per_year_low,
        verified.verified_sek_per_year_high
    from keys
    left join ledger.measures as ledger using (measure_key)
    left join analysis.measures as proposed using (measure_key)
    left join analysis.measure_found as found on found.measure_key = keys.measure_key and found.is_open
    left join reach using (measure_key)
    left join refused using (measure_key)
    left join promised using (measure_key)
    left join settings.measure_rules as rules on rules.measure_id = keys.measure_id
    left join worth using (measure_key)
    left join core.measure_decisions as decisions using (measure_key)
    left join analysis.measure_verification as verified
        on verified.measure_key = keys.measure_key
        -- what has come back has come back, whoever decided what
        and (
            decisions.decision = 'done'
            -- a fault said to be mended from another day has not been looked at since
            and (not verified.one_off or verified.start_on is not distinct from decisions.effective_on)
            or (verified.one_off and verified.verified_sek is not null and decisions.decision is distinct from 'reject')
        )
),

staged as (
    select
        told.*,
        case
            when decision = 'reject' and is_visible and latest_sek_per_year_low > least_growth * decided_value_sek
                then 'returned'
            -- a fault has no value that could grow: what grows is the number of months that show it
            when decision = 'reject' and is_visible and latest_sek_per_year is null
                and months_shown > least_growth * months_decided then 'returned'
            when decision = 'reject' then 'declined'
            -- said to be mended, and there all the same
            when one_off and is_visible and verdict = 'not_confirmed' then 'returned'
            when verdict in ('confirmed', 'partly', 'not_confirmed') then 'verified'
            when decision = 'done' then 'done'
            when decision = 'underway' then 'underway'
            when decision = 'do' then 'decided'
            when decision = 'wait' then 'waiting'
            when is_visible then 'candidate'
            when refusal is not null then 'unjudged'
            else 'gone'
        end as stage,
        least_growth
    from told
    cross join growth
),

-- why the same rule was declined at other facilities: knowledge for the next one
elsewhere as (
    select
        here.measure_key,
        string_agg(
            distinct format('Avböjd vid {} {}: {}', facilities.name, there.decided_on, coalesce(there.note, 'utan skäl')),
            '. ' order by format('Avböjd vid {} {}: {}', facilities.name, there.decided_on, coalesce(there.note, 'utan skäl'))
        ) as dismissed_elsewhere
    from staged as here
    inner join staged as there
        on there.measure_id = here.measure_id and there.facility <> here.facility and there.decision = 'reject'
    inner join settings.facilities as facilities on facilities.facility = there.facility
    group by here.measure_key
)

select
    staged.* exclude (
        least_growth, found_in, effective_on, months_shown, months_decided, refusal, promised_month
    ),
    nullif(concat_ws(' ', case
        when stage = 'returned' and decision <> 'reject' then format(
            'Åter aktuell: åtgärdad från och med {}, men felet syns fortfarande eller på nytt, i data till och med {}.',
            effective_on, strftime(coalesce(found_in, last_seen), '%Y-%m')
        )
        when stage = 'returned' and latest_sek_per_year is null and months_decided = 0 then format(
            'Åter aktuell: avböjd {}, men felet syns i senare data, till och med {}.',
            decided_on, strftime(found_in, '%Y-%m')
        )
        when stage = 'returned' and latest_sek_per_year is null then format(
            'Åter aktuell: avböjd {} när felet syntes i {}; nu syns det i {}, till och med {}: mer än {} gånger så många.',
            decided_on, if(months_decided = 1, 'en månad', swedish(months_decided) || ' månader'),
            swedish(months_shown) || ' månader', strftime(found_in, '%Y-%m'), swedish(least_growth, decimals := 1)
        )
        when stage = 'returned' then format(
            'Åter aktuell: avböjd {} när värdet var {} kr{}; nu är också det lägsta troliga värdet, {} kr, '
                || 'mer än {} gånger så stort.',
            decided_on, swedish(decided_value_sek), if(one_off, '', ' per år'),
            swedish(latest_sek_per_year_low), swedish(least_growth, decimals := 1)
        )
        when not is_visible and first_seen is null then
            'Ingen körning har föreslagit åtgärden: den är införd genom beslutet.'
        when not is_visible and verdict is null and refusal is not null then format(
            'Kan inte bedömas nu: {}. Senast sedd i data till och med {}.', refusal, strftime(last_seen, '%Y-%m')
        )
        when not is_visible and verdict is null
            then format('Inte längre synlig: senast sedd i data till och med {}.', strftime(last_seen, '%Y-%m'))
    end, case
        when decision = 'done' and not one_off and promised_month >= date_trunc('month', effective_on) then format(
            'Löftet är satt i efterhand: värdet är räknat på data till och med {}, efter att åtgärden började {}.',
            strftime(promised_month, '%Y-%m'), effective_on
        )
    end), '') as stage_note,
    dismissed_elsewhere,
    'register/' || staged.measure_key as evidence_key
from staged
left join elsewhere using (measure_key)
order by
    facility,
    list_position(
        ['returned', 'candidate', 'waiting', 'decided', 'underway', 'done', 'verified', 'declined', 'unjudged', 'gone'], stage
    ),
    one_off,
    coalesce(latest_sek_per_year, decided_value_sek) desc nulls last,
    measure_key
