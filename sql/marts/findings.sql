-- one row per finding or rejection, worst first
with of_files as (
    select
        findings.facility,
        findings.level,
        findings.rule,
        findings.message,
        files.file_name,
        findings.sheet,
        findings.row_no,
        null as original,
        findings.metering_point,
        null::date as month,
        findings.amount_sek,
        'file/' || files.file_name as evidence_key
    from raw.findings as findings
    inner join raw.files as files using (file_id)
    where files.ended_at is null
    -- what the dimensions of the books are called is the same year after year: told by the last file
    qualify findings.rule <> 'dimensions'
        or row_number() over (partition by findings.rule, findings.message order by files.file_name desc) = 1
),

rejected as (
    select
        null as facility,
        -- the hour that summer time skips is empty in some exports: told, but nothing to do
        if(rejects.message like '%inget saknas', 'info', 'warning') as level,
        rejects.rule,
        rejects.message,
        files.file_name,
        rejects.sheet,
        rejects.row_no,
        rejects.original,
        null as metering_point,
        null::date as month,
        null::double as amount_sek,
        'file/' || files.file_name as evidence_key
    from raw.rejects as rejects
    inner join raw.files as files using (file_id)
    where files.ended_at is null
),

quarantined as (
    select
        null as facility,
        if(status = 'unknown', 'warning', 'error') as level,
        'file_' || status as rule,
        message,
        file_name,
        null as sheet,
        null::bigint as row_no,
        null as original,
        null as metering_point,
        null::date as month,
        null::double as amount_sek,
        'file/' || file_name as evidence_key
    from raw.files
    where status <> 'loaded' and ended_at is null
),

withdrawn as (
    select
        null as facility,
        'info' as level,
        'file_withdrawn' as rule,
        format('Filen är återtagen {}: {}. Dess värden räknas inte.', strftime(ended_at, '%Y-%m-%d'),
            coalesce(nullif(ended_why, ''), 'inget skäl är angivet')) as message,
        file_name,
        null as sheet,
        null::bigint as row_no,
        null as original,
        null as metering_point,
        null::date as month,
        null::double as amount_sek,
        'file/' || file_name as evidence_key
    from raw.files
    where status = 'withdrawn' and sha256 not in (select sha256 from raw.files where ended_at is null)
    qualify row_number() over (partition by sha256 order by ended_at desc) = 1
),

backwards as (
    select
        points.facility,
        'error' as level,
        'register_backwards' as rule,
        format('Mätarställningen för {} ({}) går bakåt: {} efter {}. Intervallet räknas inte.',
            breaks.metering_point, breaks.quantity, swedish_exact(breaks.after), swedish_exact(breaks.before)) as message,
        files.file_name,
        null as sheet,
        breaks.row_no,
        null as original,
        breaks.metering_point,
        date_trunc('month', breaks.at_utc + interval 1 hour)::date as month,
        null::double as amount_sek,
        'file/' || files.file_name as evidence_key
    from core.register_breaks as breaks
    inner join raw.files as files using (file_id)
    left join settings.metering_points as points using (metering_point)
    where breaks.change = 'backwards'
),

strangers as (
    select
        null as facility,
        'warning' as level,
        'unknown_metering_point' as rule,
        format('Mätpunkten {} finns i filerna men inte i energibok.toml. Lägg till en [[metering_point]].',
            metering_point) as message,
        min(files.file_name) as file_name,
        null as sheet,
        min(row_no) as row_no,
        null as original,
        metering_point,
        null::date as month,
        null::double as amount_sek,
        'file/' || min(files.file_name) as evidence_key
    from core.readings
    inner join raw.files as files using (file_id)
    where metering_point not in (select metering_point from settings.metering_points)
    group by metering_point
),

drawn_weather as (
    select
        facilities.facility,
        'info' as level,
        'weather_interpolated' as rule,
        format('Väderstation {}: {} saknade timmar är dragna som rät linje mellan grannarna (hål på högst 6 timmar).',
            weather.station, swedish(count(*))) as message,
        null as file_name,
        null as sheet,
        null::bigint as row_no,
        null as original,
        null as metering_point,
        null::date as month,
        null::double as amount_sek,
        null as evidence_key
    from core.weather_hourly as weather
    inner join settings.facilities as facilities on weather.station = facilities.weather_station
    where weather.is_interpolated
    group by facilities.facility, weather.station
),

of_analysis as (
    select
        facility, level, rule, message, null as file_name, null as sheet, null::bigint as row_no, null as original,
        metering_point, month, amount_sek, evidence_key
    from analysis.findings
),

audited as (
    select
        facility, level, rule, message, file_name, null as sheet, row_no, null as original, metering_point, month,
        amount_sek, if(file_name is null, null, 'file/' || file_name) as evidence_key
    from core.audit
),

refused_decisions as (
    select
        null as facility,
        'warning' as level,
        refused as rule,
        refusal as message,
        file_name,
        sheet,
        row_no,
        null as original,
        null as metering_point,
        null::date as month,
        null::double as amount_sek,
        'file/' || file_name as evidence_key
    from core.measure_history
    where refused is not null and undone_at is null
    union all
    select null, 'warning', 'decision_remark', remark, file_name, sheet, row_no, null, null, null, null, 'file/' || file_name
    from core.measure_history
    where remark is not null and undone_at is null
),

-- an answer on a key the budget does not have; one whose deviation has ceased or grown old is no mistake
strange_causes as (
    select
        null as facility,
        'warning' as level,
        'unknown_deviation' as rule,
        format('Orsaken till «{}» hör inte till någon avvikelse som finns: nyckeln är ändrad eller felskriven. Svaret '
            || 'visas ingenstans.', deviation_key) as message,
        file_name,
        null as sheet,
        row_no,
        null as original,
        null as metering_point,
        null::date as month,
        null::double as amount_sek,
        'file/' || file_name as evidence_key
    from core.deviation_causes
    where deviation_key not in (select deviation_key from marts.deviations)
        and deviation_key not in (
            select concat_ws(':', 'avvikelse', facility, dimension, dimension_key, strftime(month, '%Y-%m'))
            from marts.budget_month
            where dimension in ('account', 'carrier')
        )
),

nobodys_causes as (
    select
        deviations.facility,
        'info' as level,
        'owner_role_missing' as rule,
        format('Ansvarig roll saknas i svaret på «{}». Fyll i den på bladet Avvikelser.', deviation_key) as message,
        causes.file_name,
        null as sheet,
        causes.row_no,
        null as original,
        null as metering_point,
        deviations.month,
        null::double as amount_sek,
        'file/' || causes.file_name as evidence_key
    from core.deviation_causes as causes
    left join marts.deviations as deviations using (deviation_key)
    where causes.owner_role is null
),

incomplete as (
    select
        facility,
        'warning' as level,
        'values_missing' as rule,
        format('{}: {} timmar saknas i {}, först {}. Få timmar i rad uppskattas i räkningen; '
            || 'det som inte kan räknas står utan belopp.',
            name, swedish(sum(expected_values - values_present)),
            if(count(*) = 1, '1 månad', swedish(count(*)) || ' månader'),
            strftime(min(month), '%Y-%m')) as message,
        null as file_name,
        null as sheet,
        null::bigint as row_no,
        null as original,
        metering_point,
        min(month) as month,
        null::double as amount_sek,
        null as evidence_key
    from marts.coverage
    where quantity = 'energy_kwh' and values_present < expected_values
    group by facility, metering_point, name
),

without_price as (
    select
        null as facility,
        'warning' as level,
        'prices_missing' as rule,
        format('Spotpris {}: {} timmar saknas i {}. Elens energi den månaden kan inte prissättas, och räknas varken '
            || 'som kostnad eller besparing. Hämta priserna: energibok fetch prices.',
            area, swedish(lost), strftime(month, '%Y-%m')) as message,
        null as file_name,
        null as sheet,
        null::bigint as row_no,
        null as original,
        null as metering_point,
        month,
        null::double as amount_sek,
        null as evidence_key
    from core.price_gaps
    where area in (select spot_area from settings.house)
),

-- DuckDB 1.5 orders a union by plain columns only
everything as (
    select * from of_files
    union all
    select * from rejected
    union all
    select * from quarantined
    union all
    select * from withdrawn
    union all
    select * from backwards
    union all
    select * from strangers
    union all
    select * from drawn_weather
    union all
    select * from audited
    union all
    select * from refused_decisions
    union all
    select * from strange_causes
    union all
    select * from nobodys_causes
    union all
    select * from incomplete
    union all
    select * from without_price
    union all
    select * from of_analysis
)

select * from everything
order by list_position(['error', 'warning', 'info'], level), rule, file_name, row_no
