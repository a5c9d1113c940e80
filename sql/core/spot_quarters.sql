-- one row per price area and quarter of an hour: day-ahead price excl. VAT, SEK before EUR by the ECB rate known that day
-- only hours whose four quarters all have a price in the same currency; hours priced by the hour are in core.spot_hourly
with in_sek as (
    select
        quarters.area,
        quarters.start_utc,
        quarters.currency,
        case
            when quarters.currency = 'SEK' then quarters.price_per_mwh
            -- no bank is closed for ten days: an older rate is a missing one
            when quarters.currency = 'EUR' and quarters.start_utc::date - rates.day <= 10
                then quarters.price_per_mwh * rates.per_eur
        end / 1000 as sek_per_kwh
    from core.price_quarters as quarters
    asof left join core.fx_sek as rates on quarters.start_utc::date >= rates.day
),

whole as (
    select * from in_sek
    where sek_per_kwh is not null
    qualify count(*) over (partition by area, currency, date_trunc('hour', start_utc)) = 4
)

select
    area,
    start_utc,
    sek_per_kwh
from whole
qualify row_number() over (partition by area, start_utc order by currency desc) = 1
