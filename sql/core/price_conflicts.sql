-- one row per price area, month and way in which delivered prices disagree: told with its numbers, see core.audit
with told as (
    select
        prices.area,
        prices.currency,
        prices.start_utc,
        prices.end_utc,
        prices.price_per_mwh,
        files.source
    from staging.prices as prices
    inner join raw.files as files using (file_id)
    qualify rank() over (
        partition by prices.area, prices.currency, prices.start_utc, prices.end_utc, files.source
        order by prices.issued desc nulls last
    ) = 1
),

-- the same interval and currency with several prices, from one source or from two
same_interval as (
    select
        area,
        currency,
        start_utc,
        min(price_per_mwh) as lowest,
        max(price_per_mwh) as highest,
        if(count(distinct source) > 1, string_agg(distinct source, ', ' order by source), any_value(source)) as sources
    from told
    group by area, currency, start_utc, end_utc
    having max(price_per_mwh) - min(price_per_mwh) > greatest(0.05, 0.005 * max(abs(price_per_mwh)))
        or (count(distinct source) = 1 and count(distinct price_per_mwh) > 1)
),

hour_and_quarters as (
    select
        area,
        currency,
        start_utc,
        least(quarters_per_mwh, hour_per_mwh) as lowest,
        greatest(quarters_per_mwh, hour_per_mwh) as highest
    from core.price_hours
    where abs(quarters_per_mwh - hour_per_mwh) > 0.01
),

-- SEK as published beside EUR by the ECB rate: another rate differs a little, another price more
currencies as (
    select
        sek.area,
        'SEK' as currency,
        sek.start_utc,
        least(sek.price_per_mwh, eur.price_per_mwh * fx.per_eur) as lowest,
        greatest(sek.price_per_mwh, eur.price_per_mwh * fx.per_eur) as highest
    from core.price_hours as sek
    inner join core.price_hours as eur on eur.area = sek.area and eur.start_utc = sek.start_utc and eur.currency = 'EUR'
    asof left join (
        select day, max(per_eur) as per_eur from staging.fx
        where currency = 'SEK'
        group by day
    ) as fx on sek.start_utc::date >= fx.day
    where sek.currency = 'SEK'
        and sek.start_utc::date - fx.day <= 10
        and abs(sek.price_per_mwh - eur.price_per_mwh * fx.per_eur) > greatest(10, 0.015 * abs(sek.price_per_mwh))
),

disagreeing as (
    select *, 'conflicting_prices' as rule from same_interval
    union all by name
    select *, 'hour_and_quarters_differ' as rule from hour_and_quarters
    union all by name
    select *, 'currencies_differ' as rule from currencies
),

worst as (
    select
        *,
        date_trunc('month', start_utc + interval 1 hour)::date as month,
        count(*) over (partition by area, currency, month, rule) as intervals
    from disagreeing
    qualify row_number() over (
        partition by area, currency, month, rule order by highest - lowest desc, start_utc, highest
    ) = 1
)

select
    area,
    month,
    'warning' as level,
    rule,
    intervals,
    case rule
        when 'conflicting_prices'
            then format('{} intervall i {} har olika priser för {} i flera filer ({})',
                swedish(intervals), strftime(month, '%Y-%m'), area, sources)
        when 'hour_and_quarters_differ'
            then format('{} timmar i {} har ett timpris för {} som inte är medlet av kvarterna; kvarterna används',
                swedish(intervals), strftime(month, '%Y-%m'), area)
        else format('{} timmar i {} har ett pris i SEK för {} som inte svarar mot EUR och ECB:s kurs; SEK används',
            swedish(intervals), strftime(month, '%Y-%m'), area)
    end || format(', som mest {} mot {} {}/MWh ({} UTC). Kontrollera vilken fil som gäller.',
        swedish(lowest, decimals := 2), swedish(highest, decimals := 2), currency,
        strftime(start_utc, '%Y-%m-%d %H:%M')) as message
from worst
