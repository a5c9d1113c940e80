-- one row per price area, currency and hour: the mean of its quarters where they cover it, else the price of the hour
with parts as (
    -- quarters, and half hours as two quarters of the same price; a quarter of its own wins
    select
        area,
        currency,
        unnest(range(start_utc, end_utc, interval 15 minutes)) as start_utc,
        price_per_mwh,
        end_utc - start_utc as length
    from core.prices
    where end_utc - start_utc in (interval 15 minutes, interval 30 minutes)
        and epoch(start_utc) % epoch(end_utc - start_utc) = 0
),

quarters as (
    select * from parts
    qualify row_number() over (partition by area, currency, start_utc order by length, price_per_mwh) = 1
),

of_quarters as (
    select
        area,
        currency,
        date_trunc('hour', start_utc) as hour_utc,
        count(*) as quarters,
        avg(price_per_mwh order by quarters.start_utc) as price_per_mwh
    from quarters
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
