-- one row per price area, currency and quarter of an hour that has a price of its own, or of its half hour
with parts as (
    -- half hours are two quarters of the same price; a quarter of its own wins
    select
        area,
        currency,
        unnest(range(start_utc, end_utc, interval 15 minutes)) as start_utc,
        price_per_mwh,
        end_utc - start_utc as length
    from core.prices
    where end_utc - start_utc in (interval 15 minutes, interval 30 minutes)
        and epoch(start_utc) % epoch(end_utc - start_utc) = 0
)

select
    area,
    currency,
    start_utc,
    price_per_mwh
from parts
qualify row_number() over (partition by area, currency, start_utc order by length, price_per_mwh) = 1
