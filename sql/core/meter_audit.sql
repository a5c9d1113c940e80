-- one row per thing about meters that a reader should know: gaps, replacements, rollovers, units, values off the hour
with units as (
    select * from (values
        ('energy_kwh', 'kWh', 'energi'), ('volume_m3', 'm³', 'volym'), ('supply_m3c', 'm³·°C', 'framledning'),
        ('return_m3c', 'm³·°C', 'retur'), ('supply_temperature_c', '°C', 'framledningstemperatur'),
        ('return_temperature_c', '°C', 'returtemperatur'), ('power_kw', 'kW', 'effekt')
    ) as listed (quantity, unit, word)
),

gaps as (
    select
        metering_point,
        quantity,
        date_trunc('month', start_utc + interval 1 hour)::date as month,
        is_spread,
        count(*) as gaps,
        sum(hours) as hours,
        max(hours) as longest,
        sum(value) as used,
        min(file_id) as file_id,
        arg_min(row_no, start_utc) as row_no
    from core.register_gaps
    group by all
),

-- a value over the turn of an hour is longer than what is left of its hour, but no longer than an hour
off_the_hour as (
    select
        metering_point,
        quantity,
        count(*) as parts,
        min(start_utc) as first_utc,
        arg_min(file_id, start_utc) as file_id,
        arg_min(row_no, start_utc) as row_no
    from core.intervals
    where end_utc - start_utc <= interval 1 hour and end_utc > date_trunc('hour', start_utc) + interval 1 hour
    group by metering_point, quantity
),

rollovers as (
    select
        metering_point,
        quantity,
        count(*) as times,
        max(end_utc) as last_utc,
        arg_max(file_id, end_utc) as file_id,
        arg_max(row_no, end_utc) as row_no
    from core.register_steps
    where change = 'rolled_over'
    group by metering_point, quantity
),

told as (
    select
        metering_point,
        quantity,
        if(is_spread, 'info', 'warning') as level,
        'register_gap' as rule,
        format('{} timmar med {} {} ligger i {} uppehåll mellan mätarställningar som börjar i {} '
            || '(längst {} h). ', swedish(hours), swedish(used, decimals := 1), unit, swedish(gaps),
            strftime(month, '%Y-%m'), swedish(longest))
        || if(is_spread, 'De är jämnt fördelade på sina timmar och märkta interpolerade.',
            'De räknas i summan men inte timme för timme.') as message,
        file_id,
        row_no,
        month
    from gaps
    inner join units using (quantity)

    union all

    select
        metering_point,
        quantity,
        'warning',
        'register_replaced',
        if(change = 'without_standings',
            format('Mätaren för {} är bytt mellan {} och {} UTC, men sista och första ställning saknas: intervallet '
                || 'räknas inte. Ange stop_register och start_register i [[installation]].', quantity,
                strftime(start_utc, '%Y-%m-%d %H:%M'), strftime(at_utc, '%Y-%m-%d %H:%M')),
            format('Mellan {} och {} UTC finns en tid utan mätare för {} enligt [[installation]]: intervallet räknas '
                || 'inte. Låt den nya mätarens from vara den gamlas to.', strftime(start_utc, '%Y-%m-%d %H:%M'),
                strftime(at_utc, '%Y-%m-%d %H:%M'), quantity)),
        file_id,
        row_no,
        date_trunc('month', at_utc)::date
    from core.register_breaks
    where change in ('without_standings', 'without_meter')

    union all

    select
        metering_point,
        quantity,
        'info',
        'register_replaced',
        format('Mätaren för {} byttes mellan {} och {} UTC: {} {} räknade över bytet.', quantity,
            strftime(start_utc, '%Y-%m-%d %H:%M'), strftime(end_utc, '%Y-%m-%d %H:%M'),
            swedish(value, decimals := 1), unit),
        file_id,
        row_no,
        date_trunc('month', end_utc)::date
    from core.register_steps
    inner join units using (quantity)
    where before_no <> after_no and value is not null

    union all

    select
        metering_point,
        quantity,
        'info',
        'register_rollover',
        format('Räkneverket för {} har slagit runt {}, senast {} UTC. Det är räknat med.', quantity,
            if(times = 1, 'en gång', swedish(times) || ' gånger'), strftime(last_utc, '%Y-%m-%d %H:%M')),
        file_id,
        row_no,
        date_trunc('month', last_utc)::date
    from rollovers

    union all

    select
        metering_point,
        quantity,
        'error',
        'unit_suspect',
        format('{} värden för {} ({} – {}) är ungefär {} gånger {} än i övrig historik: typiskt {} mot {} {} per '
            || 'timme. Filen har troligen en {} enhet än den som är angiven: rätta enheten (unit) i dess [[source]] '
            || 'och kör «energibok ingest --retry».',
            swedish(values_compared), quantity, first_day, last_day, swedish(abs(times)),
            if(times > 0, 'högre', 'lägre'), swedish_figures(per_hour), swedish_figures(usual_per_hour), unit,
            if(times > 0, 'mindre', 'större')),
        file_id,
        null,
        date_trunc('month', first_day)::date
    from core.unit_suspects
    inner join units using (quantity)

    union all

    select
        metering_point,
        quantity,
        'warning',
        'off_the_hour',
        format('{} värden för {} går över ett timskifte, först {} UTC: de hör inte till någon hel timme och räknas inte '
            || 'timme för timme. Är de skillnader mellan ställningar kan spread_gaps_hours = 1 i [[installation]] dela dem.',
            swedish(parts), quantity, strftime(first_utc, '%Y-%m-%d %H:%M')),
        file_id,
        row_no,
        date_trunc('month', first_utc)::date
    from off_the_hour
)

select
    told.metering_point,
    told.level,
    told.rule,
    replace(told.message, told.quantity, coalesce(points.name || ', ', '') || coalesce(units.word, told.quantity)) as message,
    files.file_name,
    told.row_no,
    told.month
from told
left join units using (quantity)
left join settings.metering_points as points using (metering_point)
left join raw.files as files using (file_id)
