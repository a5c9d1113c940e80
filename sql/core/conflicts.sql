-- one row per value that several files tell differently, with nothing to decide between them: the same status, and no
-- time of issue in one of them or the same in both; prices, weather and the general ledger have tables of their own
with versions as (
    select
        versions.*,
        versions.file_name || ' (sha256 ' || left(files.sha256, 12) || ')' as file_told,
        try_cast(regexp_replace(versions.issued_at, 'Z$', '+00:00') as timestamptz) as issued
    from core.versions as versions
    inner join raw.files as files using (file_id)
    where versions.ended_at is null
),

readings as (
    select
        metering_point,
        quantity,
        kind,
        start_utc,
        end_utc,
        list_distinct(list(others.file_name) || list(chosen.file_name)) as file_names,
        list_distinct(list(others.file_told) || list(chosen.file_told)) as files_told
    from versions as chosen
    inner join versions as others using (metering_point, quantity, kind, start_utc, end_utc)
    where chosen.is_current
        and others.status = chosen.status
        and others.value is distinct from chosen.value
        and (others.issued is null or others.issued = chosen.issued)
    group by metering_point, quantity, kind, start_utc, end_utc
),

rated as (
    select *, max(issued) over (partition by day, currency) as last_issued
    from staging.fx
),

rates as (
    select
        currency as series,
        day::timestamp as start_utc,
        list_distinct(list(file_name)) as file_names,
        list_distinct(list(file_name || ' (sha256 ' || left(sha256, 12) || ')')) as files_told
    from rated
    where issued is null or issued = last_issued
    group by day, currency
    having count(distinct per_eur) > 1
)

select 'readings' as what, metering_point, quantity as series, start_utc, file_names, files_told from readings
union all
select 'fx', null, series, start_utc, file_names, files_told from rates
