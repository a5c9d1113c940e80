-- one row per price area and month with hours without a price, between the first and the last that are known
with priced as (
    select
        area,
        date_trunc('month', start_utc + interval 1 hour)::date as month,
        count(*) as known,
        min(start_utc) as first_utc,
        max(start_utc) + interval 1 hour as end_utc
    from core.spot_hourly
    group by all
),

spans as (
    select
        area,
        min(first_utc) as first_utc,
        max(end_utc) as end_utc,
        unnest(generate_series(min(month), max(month), interval 1 month))::date as month
    from priced
    group by area
),

counted as (
    select
        area,
        month,
        date_diff(
            'hour',
            greatest(spans.first_utc, month - interval 1 hour),
            least(spans.end_utc, month + interval 1 month - interval 1 hour)
        ) - coalesce(known, 0) as lost
    from spans
    left join priced using (area, month)
)

select area, month, lost from counted where lost > 0
