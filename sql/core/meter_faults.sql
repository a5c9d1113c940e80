-- one row per fault of a meter or of its data that somebody can act on: what the checks found, by meter and month
with points_of_files as (
    select file_id, metering_point, count(*) over (partition by file_id) as points
    from (select distinct file_id, metering_point from raw.readings)
),

-- what a source tells of a file of readings, and the rows it refused, belong to the meter of the file; where the file
-- has several it is not known whose they are, and they are told once for the facility
of_files as (
    select distinct
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

backwards as (
    select
        breaks.metering_point,
        'register_backwards' as rule,
        format('Mätarställningen går bakåt: {} efter {}. Intervallet räknas inte.', breaks.after, breaks.before) as message,
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
select metering_point, rule, message, null, file_name, row_no, facility from of_files
union all
select metering_point, rule, message, month, file_name, row_no, null from backwards
union all
select
    metering_point,
    'values_missing',
    format('{} av {} timmar saknas i {}.', expected - present, expected, strftime(month, '%Y-%m')),
    month,
    null,
    null,
    null
from missing
where present < expected
