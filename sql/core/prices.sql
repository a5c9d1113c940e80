-- one row per price area, currency and interval: the day-ahead price that holds now, the later issue first
select
    area,
    currency,
    start_utc,
    end_utc,
    price_per_mwh
from staging.prices
qualify row_number() over (
    partition by area, currency, start_utc, end_utc order by issued desc nulls last, price_per_mwh
) = 1
