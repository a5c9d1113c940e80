-- one row per price area, currency and hour: the mean of its quarters where they cover it, else the price of the hour
with of_quarters as (
    select
        area,
        currency,
        date_trunc('hour', start_utc) as hour_utc,
        count(*) as quarters,
        avg(price_per_mwh order by quarters.start_utc) as price_per_mwh
    from core.price_quarters as quarters
    group by all
),

of_hours as (
    select
        area,
        currency,
        start_utc as hour_utc,
        price_per_mwh
    from core.prices
    where end_utc - start_utc = interval 1 hour and epoch(start_utc) % 3600 = 0
)

select
    area,
    currency,
    hour_utc as start_utc,
    if(of_quarters.quarters = 4, of_quarters.price_per_mwh, of_hours.price_per_mwh) as price_per_mwh,
    coalesce(of_quarters.quarters, 0) as quarters,
    if(of_quarters.quarters = 4, of_quarters.price_per_mwh, null) as quarters_per_mwh,
    of_hours.price_per_mwh as hour_per_mwh
from of_quarters
full join of_hours using (area, currency, hour_utc)
