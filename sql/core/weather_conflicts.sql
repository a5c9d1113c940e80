-- one row per station and month with temperatures that nothing decides between: see core.audit
with best as (
    select * from staging.weather
    where parameter = 'air_temperature_c' and status not in ('missing', 'invalid')
    qualify rank() over (
        partition by station, start_utc, end_utc
        order by
            case period when 'archive' then 1 when 'latest' then 2 else 3 end,
            status_rank,
            issued desc nulls last
    ) = 1
),

conflicts as (
    select
        station,
        date_trunc('month', start_utc)::date as month,
        min(value) as lowest,
        max(value) as highest
    from best
    group by station, start_utc, end_utc
    having count(distinct value) > 1
),

worst as (
    select
        *,
        count(*) over (partition by station, month) as hours
    from conflicts
    qualify row_number() over (partition by station, month order by highest - lowest desc, highest) = 1
)

select
    station,
    month,
    'warning' as level,
    'conflicting_weather' as rule,
    hours,
    format('{} temperaturer i {} från station {} har olika värden i flera filer, som mest {} mot {} °C. '
        || 'Kontrollera vilken fil som gäller.', swedish(hours), strftime(month, '%Y-%m'), station,
        swedish(lowest, decimals := 1), swedish(highest, decimals := 1)) as message
from worst
