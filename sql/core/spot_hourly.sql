-- one row per price area and hour: day-ahead price excl. VAT, the price in SEK before EUR by the ECB rate known that day
with in_sek as (
    select
        hours.area,
        hours.start_utc,
        hours.currency,
        case
            when hours.currency = 'SEK' then hours.price_per_mwh
            -- no bank is closed for ten days: an older rate is a missing one
            when hours.currency = 'EUR' and hours.start_utc::date - rates.day <= 10
                then hours.price_per_mwh * rates.per_eur
        end / 1000 as sek_per_kwh
    from core.price_hours as hours
    asof left join core.fx_sek as rates on hours.start_utc::date >= rates.day
)

select
    area,
    start_utc,
    sek_per_kwh
from in_sek
where sek_per_kwh is not null
qualify row_number() over (partition by area, start_utc order by currency desc) = 1
