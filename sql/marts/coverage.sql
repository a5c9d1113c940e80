-- one row per metering point, quantity and month: how much of what was expected is there
with values_present as (
    select
        metering_point,
        quantity,
        date_trunc('month', start_utc + interval 1 hour)::date as month,
        count(*) as values_present,
        count(*) filter (is_estimated) as values_estimated
    from core.hourly
    group by all
),

first_to_last as (
    select metering_point, quantity, min(month) as first_month, max(month) as last_month
    from values_present
    group by metering_point, quantity
),

spans as (
    select
        metering_point,
        quantity,
        unnest(generate_series(first_month, last_month, interval 1 month))::date as month
    from first_to_last
)

select
    points.facility,
    spans.metering_point,
    points.name,
    points.carrier,
    spans.quantity,
    spans.month,
    (24 * day(last_day(spans.month)))::bigint as expected_values,
    coalesce(values_present.values_present, 0) as values_present,
    100.0 * coalesce(values_present.values_present, 0) / (24 * day(last_day(spans.month))) as coverage_pct,
    100.0 * values_present.values_estimated / nullif(values_present.values_present, 0) as estimated_pct
from spans
inner join settings.metering_points as points using (metering_point)
left join values_present using (metering_point, quantity, month)
order by all
