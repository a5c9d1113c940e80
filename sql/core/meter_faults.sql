-- one row per fault of a meter or of its data that somebody can act on: what the checks found, by meter and month
with points_of_files as (
    select file_id, metering_point, count(*) over (partition by file_id) as points
    from (select distinct file_id, metering_point from raw.readings)
),

-- what a source tells of a file of readings, and the rows it refused, belong to the meter of the file; where the file
-- has several it is not known whose they are, and they are told once for the facility
of_files as (
    select distinct
        told.file_id,
        case when points.points = 1 then points.metering_point end as metering_point,
        told.rule,
        told.message,
        files.file_name,
        told.row_no,
        known.facility
    from (
        select file_id, rule, message, row_no from raw.findings where level in ('warning', 'error')
        union all
        select file_id, rule, message, row_no from raw.rejects
    ) as told
    inner join raw.files as files on told.file_id = files.file_id and files.ended_at is null
    inner join points_of_files as points on points.file_id = told.file_id
    left join settings.metering_points as known on known.metering_point = points.metering_point
    where told.rule in ('ambiguous_time', 'nonexistent_time')
),

-- the rows before and after a refused one, whose own time could not be told, meter by meter
beside as (
    select
        of_files.file_id,
        of_files.rule,
        of_files.row_no,
        readings.metering_point,
        readings.quantity,
        arg_max(start_utc, (readings.row_no, -epoch(start_utc))) filter (readings.row_no < of_files.row_no) as first_start,
        arg_max(end_utc, (readings.row_no, epoch(end_utc))) filter (readings.row_no < of_files.row_no) as first_end,
        arg_min(start_utc, (readings.row_no, epoch(start_utc))) filter (readings.row_no > of_files.row_no) as last_start,
        arg_min(end_utc, (readings.row_no, -epoch(end_utc))) filter (readings.row_no > of_files.row_no) as last_end
    from of_files
    inner join raw.readings as readings on readings.file_id = of_files.file_id and readings.kind = 'interval'
    group by all
),

-- the time it stands at is between them, whichever way the file runs; at the end of a file some hours
places as (
    select
        file_id,
        rule,
        row_no,
        metering_point,
        quantity,
        if(first_start > last_start, last_end, coalesce(first_end, last_start - interval 2 hour)) as from_utc,
        if(first_start > last_start, first_start, coalesce(last_start, first_end + interval 2 hour)) as to_utc
    from beside
),

-- another file that tells the same time whole, and has no such row itself, settles it, whichever came first
settled as (
    select
        file_id,
        rule,
        row_no
    from (
        select
            places.file_id,
            places.rule,
            places.row_no,
            places.metering_point,
            places.quantity,
            bool_or(coalesce(other.is_whole, false)) as is_told
        from places
        left join lateral (
            select
                places.from_utc <= places.to_utc
                and min(readings.start_utc) <= places.from_utc
                and max(readings.end_utc) >= places.to_utc
                and coalesce(sum(epoch(readings.end_utc) - epoch(readings.start_utc)) filter (
                    readings.start_utc >= places.from_utc and readings.end_utc <= places.to_utc
                ), 0) >= epoch(places.to_utc) - epoch(places.from_utc) as is_whole
            from raw.readings as readings
            inner join raw.files as files on readings.file_id = files.file_id and files.ended_at is null
            where readings.metering_point = places.metering_point
                and readings.quantity = places.quantity
                and readings.kind = 'interval'
                and readings.file_id not in (select file_id from of_files)
            group by readings.file_id
        ) as other on true
        group by all
    )
    group by file_id, rule, row_no
    having bool_and(is_told)
),

backwards as (
    select
        breaks.metering_point,
        'register_backwards' as rule,
        format('Mätarställningen går bakåt: {} efter {}. Intervallet räknas inte.', swedish_exact(breaks.after),
            swedish_exact(breaks.before)) as message,
        date_trunc('month', breaks.at_utc + interval 1 hour)::date as month,
        files.file_name,
        breaks.row_no
    from core.register_breaks as breaks
    inner join raw.files as files using (file_id)
    where breaks.change = 'backwards'
),

-- the hours of a month of which something is there
hours as (
    select
        metering_point,
        date_trunc('month', start_utc + interval 1 hour)::date as month,
        count(*) as present,
        min(start_utc) as first_utc,
        max(start_utc) + interval 1 hour as end_utc
    from core.hourly
    where quantity = 'energy_kwh'
    group by all
),

spans as (
    select
        metering_point,
        min(first_utc) as first_utc,
        max(end_utc) as end_utc,
        unnest(generate_series(min(month), max(month), interval 1 month))::date as month
    from hours
    group by metering_point
),

-- expected are the hours of the month, in normal time, between the first and the last value of the meter
missing as (
    select
        spans.metering_point,
        spans.month,
        date_diff(
            'hour',
            greatest(spans.first_utc, spans.month - interval 1 hour),
            least(spans.end_utc, spans.month + interval 1 month - interval 1 hour)
        ) as expected,
        coalesce(hours.present, 0) as present
    from spans
    left join hours using (metering_point, month)
)

select audit.metering_point, audit.rule, audit.message, audit.month, audit.file_name, audit.row_no, audit.facility
from core.audit as audit
where audit.level in ('warning', 'error')
union all
select
    of_files.metering_point,
    of_files.rule,
    of_files.message,
    date_trunc('month', times.from_utc + interval 1 hour)::date,
    of_files.file_name,
    of_files.row_no,
    of_files.facility
from of_files
left join (select file_id, rule, row_no, min(from_utc) as from_utc from places group by all) as times
    on times.file_id = of_files.file_id and times.rule = of_files.rule and times.row_no is not distinct from of_files.row_no
where not exists (
    select 1 from settled
    where settled.file_id = of_files.file_id and settled.rule = of_files.rule and settled.row_no = of_files.row_no
)
union all
select metering_point, rule, message, month, file_name, row_no, null from backwards
union all
select
    metering_point,
    'values_missing',
    format('{} av {} timmar saknas i {}.', swedish(expected - present), swedish(expected), strftime(month, '%Y-%m')),
    month,
    null,
    null,
    null
from missing
where present < expected
