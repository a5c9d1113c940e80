-- one row per price area and hour: day-ahead price excl. VAT, quarters averaged, EUR by the ECB rate known that day
with prices as (
    select * from staging.prices
    qualify row_number() over (
        partition by area, currency, start_utc, end_utc order by issued_at desc nulls last, sha256, row_no
    ) = 1
),

hours as (
    select
        area,
        currency,
        date_trunc('hour', start_utc) as start_utc,
        avg(price_per_mwh order by prices.start_utc) as price_per_mwh
    from prices
    group by all
),

rates as (
    select day, per_eur from staging.fx
    where currency = 'SEK'
    qualify row_number() over (partition by day order by issued_at desc nulls last, sha256, row_no) = 1
),

in_sek as (
    select
        hours.area,
        hours.start_utc,
        hours.currency,
        case hours.currency
            when 'SEK' then hours.price_per_mwh
            when 'EUR' then hours.price_per_mwh * rates.per_eur
        end / 1000 as sek_per_kwh
    from hours
    asof left join rates on hours.start_utc::date >= rates.day
)

select
    area,
    start_utc,
    sek_per_kwh
from in_sek
where sek_per_kwh is not null
qualify row_number() over (partition by area, start_utc order by currency desc) = 1
