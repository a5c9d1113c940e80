-- one row per thing in what was delivered that does not add up: told with its numbers, never settled in silence
with differing as (
    select
        what,
        metering_point,
        series,
        date_trunc('month', start_utc + interval 1 hour)::date as month,
        count(*) as times,
        list_sort(list_distinct(flatten(list(file_names)))) as file_names,
        -- a corrected file of the same name is told apart by its hash, which --withdraw takes
        list_sort(list_distinct(flatten(list(files_told)))) as files_told
    from core.conflicts
    group by what, metering_point, series, month
),

conflicts as (
    select *, if(len(files_told) > len(file_names), files_told, file_names) as file_names_told
    from differing
),

typical as (
    select
        metering_point,
        quantile_cont(value, 0.99) as high_kwh
    from core.hourly
    where quantity = 'energy_kwh'
    group by metering_point
    having count(*) >= 24 * 28
),

impossible_hours as (
    select
        hourly.metering_point,
        hourly.start_utc,
        hourly.value
    from core.hourly as hourly
    inner join typical using (metering_point)
    inner join settings.metering_points as points using (metering_point)
    where hourly.quantity = 'energy_kwh'
        and (
            abs(hourly.value) > 20 * greatest(typical.high_kwh, 1)
            or (hourly.value < 0 and points.carrier = 'district_heating')
        )
),

negative as (
    select
        hourly.metering_point,
        date_trunc('month', hourly.start_utc + interval 1 hour)::date as month,
        count(*) as hours,
        sum(hourly.value) as sum_kwh,
        min(hourly.start_utc) as first_utc
    from core.hourly as hourly
    inner join settings.metering_points as points using (metering_point)
    where hourly.quantity = 'energy_kwh' and hourly.value < 0 and points.carrier <> 'district_heating'
    group by all
),

impossible as (
    select
        metering_point,
        count(*) as hours,
        min(start_utc) as first_utc,
        min(value) as lowest_kwh,
        max(value) as highest_kwh
    from impossible_hours
    group by metering_point
),

impossible_rows as (
    select
        hours.metering_point,
        arg_min(files.file_name, parts.start_utc) as file_name,
        arg_min(parts.row_no, parts.start_utc) as row_no
    from core.intervals as parts
    inner join impossible_hours as hours
        on parts.metering_point = hours.metering_point
        and parts.quantity = 'energy_kwh'
        and date_trunc('hour', parts.start_utc) = hours.start_utc
    inner join raw.files as files using (file_id)
    group by hours.metering_point
),

line_conflicts as (
    select
        supplier_id,
        invoice_no,
        line_id,
        min(file_name) as file_name,
        min(amount_sek) as lowest_sek,
        max(amount_sek) as highest_sek
    from staging.invoice_lines
    group by supplier_id, invoice_no, issue_date, document_type, line_id
    having count(distinct amount_sek) > 1
),

unmatched as (
    select
        invoice_no,
        any_value(file_name) as file_name,
        min(row_no) as row_no,
        any_value(metering_point) as metering_point,
        sum(amount_sek) as amount_sek
    from core.invoice_lines
    where contract_kind is null
    group by supplier_id, invoice_no, issue_date, document_type
),

told as (
    select
        metering_point,
        'warning' as level,
        'conflicting_values' as rule,
        format('{} {} i {} har olika värden för {} i {}, utan tid för utfärdande som avgör. Det högre gäller tills '
            || 'vidare: kontrollera vilken fil som är rätt och ta tillbaka den andra med «energibok ingest --withdraw».',
            swedish(times), if(what = 'fx', 'dagar', 'timmar'), strftime(month, '%Y-%m'), series,
            array_to_string(file_names_told[1:3], ', ') || if(len(file_names_told) > 3, ' med flera', '')) as message,
        file_names[1] as file_name,
        null::bigint as row_no,
        month,
        null::double as amount_sek,
        null::varchar as facility
    from conflicts

    union all

    select
        metering_point,
        level,
        rule,
        message,
        file_name,
        row_no,
        month,
        null,
        null
    from core.meter_audit

    union all

    select
        null,
        level,
        rule,
        message,
        file_name,
        row_no,
        null,
        null,
        facility
    from core.people_audit

    union all

    select
        metering_point,
        level,
        rule,
        message,
        file_name,
        row_no,
        month,
        amount_sek,
        null
    from core.ledger_audit

    union all

    select metering_point, level, rule, message, null, null, month, null, facility from core.meter_physics

    union all

    select null, level, rule, message, null, null, month, null, null from core.price_conflicts

    union all

    select
        null, conflicts.level, conflicts.rule, conflicts.message, null, null, conflicts.month, null,
        facilities.facility
    from core.weather_conflicts as conflicts
    left join settings.facilities as facilities on conflicts.station = facilities.weather_station

    union all

    select
        metering_point,
        'error',
        'implausible_value',
        format('{} timmar kan inte stämma (lägst {}, högst {} kWh, först {} UTC). De räknas tills filen rättas.',
            swedish(hours), swedish(lowest_kwh, decimals := 1), swedish(highest_kwh, decimals := 1),
            strftime(first_utc, '%Y-%m-%d %H:%M')),
        file_name,
        row_no,
        date_trunc('month', first_utc + interval 1 hour)::date,
        null,
        null
    from impossible
    left join impossible_rows using (metering_point)

    union all

    select
        metering_point,
        'warning',
        'negative_values',
        format('{} timmar är negativa, tillsammans {} kWh, först {} UTC. De räknas som de står: stämmer det att '
            || 'mätaren visar det som matas ut?', swedish(hours), swedish(sum_kwh, decimals := 1),
            strftime(first_utc, '%Y-%m-%d %H:%M')),
        null,
        null,
        month,
        null,
        null
    from negative

    union all

    select
        null,
        'error',
        'invoice_conflict',
        format('Faktura {} från {} rad {} har två belopp: {} och {} kr. Fråga leverantören vilket som gäller.',
            invoice_no, supplier_id, line_id, swedish(lowest_sek, decimals := 2), swedish(highest_sek, decimals := 2)),
        file_name,
        null,
        null,
        highest_sek - lowest_sek,
        null
    from line_conflicts

    union all

    select
        metering_point,
        'warning',
        'invoice_unmatched',
        format('Faktura {} på {} kr kontrolleras inte: {} har inget avtal med leverantören i energibok.toml.',
            invoice_no, swedish(amount_sek, decimals := 2),
            coalesce('mätpunkt ' || metering_point, 'den saknar mätpunkt och')),
        file_name,
        row_no,
        null,
        amount_sek,
        null
    from unmatched

    union all

    select distinct
        null,
        'info',
        'file_delivered_twice',
        format('Filen har samma innehåll som {} och ändrar inget.', files.file_name),
        deliveries.file_name,
        null,
        null,
        null,
        null
    from raw.deliveries as deliveries
    inner join raw.files as files using (sha256)
    where deliveries.file_name <> files.file_name and files.ended_at is null

    union all

    select
        null,
        'warning',
        'event_without_facility',
        format('Händelsen gäller anläggningen «{}», som inte finns i energibok.toml: den har ingen verkan.', facility),
        file_name,
        row_no,
        null,
        null,
        null
    from core.events
    where facility not in (select facility from settings.facilities)

    union all

    select
        null,
        if(count(projects.project) > 0, 'error', 'warning'),
        'weather_missing',
        format('Väderstation {} har inga temperaturer i inkorgen: besparing och väderlek kan inte bedömas.',
            facilities.weather_station),
        null,
        null,
        null,
        null,
        facilities.facility
    from settings.facilities as facilities
    left join settings.projects as projects using (facility)
    where facilities.weather_station not in (select station from core.weather_hourly)
    group by facilities.facility, facilities.weather_station
)

select
    coalesce(told.facility, points.facility) as facility,
    told.level,
    told.rule,
    told.message,
    told.file_name,
    told.row_no,
    told.metering_point,
    told.month,
    told.amount_sek
from told
left join settings.metering_points as points using (metering_point)
