-- one row per metering point and quantity: from when, to when, how complete
with spans as (
    select
        metering_point,
        quantity,
        min(start_utc) as first_utc,
        max(start_utc) + interval 1 hour as last_utc,
        count(*) as values_present,
        count(*) filter (is_estimated) as values_estimated
    from core.hourly
    group by all
)

select
    points.facility,
    points.metering_point,
    points.name,
    points.carrier,
    spans.quantity,
    spans.first_utc,
    spans.last_utc,
    (epoch(spans.last_utc - spans.first_utc) / 3600)::bigint as expected_values,
    spans.values_present,
    100.0 * spans.values_present / nullif(epoch(spans.last_utc - spans.first_utc) / 3600, 0) as coverage_pct,
    100.0 * spans.values_estimated / nullif(spans.values_present, 0) as estimated_pct
from settings.metering_points as points
left join spans using (metering_point)
order by all
