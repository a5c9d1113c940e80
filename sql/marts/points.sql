-- one row per point of the building's automation in energibok.toml: from when, to when, and the share of hours missing
with spans as (
    select
        trends.point,
        min(at_utc) as first_utc,
        max(at_utc) as last_utc,
        count(*) as samples,
        count(distinct date_trunc('hour', at_utc)) as hours_present,
        (epoch(date_trunc('hour', max(at_utc)) - date_trunc('hour', min(at_utc))) / 3600)::bigint + 1 as hours_expected
    from core.trends as trends
    where status not in ('missing', 'invalid')
    group by trends.point
)

select
    points.facility,
    points.point,
    points.name,
    points.kind,
    points.unit,
    points.metering_point,
    spans.first_utc,
    spans.last_utc,
    coalesce(spans.samples, 0) as samples,
    100.0 * (spans.hours_expected - spans.hours_present) / nullif(spans.hours_expected, 0) as missing_pct
from settings.points as points
left join spans using (point)
order by all
