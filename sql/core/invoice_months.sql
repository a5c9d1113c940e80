-- one row per invoice line and consumption month: the parts of the amount add up to the line, to the öre
-- within a month the line is the month's; a line across months is parted by what was metered in its days of each:
-- energy and tax by kWh, energy of retail by what the hours cost at spot where that is what it tells, the rest by days
with spans as (
    select
        *,
        row_number() over (
            order by supplier_id, invoice_no, issue_date, document_type, line_id, amount_sek, sha256, row_no
        ) as line_key,
        unnest(
            generate_series(date_trunc('month', period_start), date_trunc('month', period_end), interval 1 month)
        )::date as consumption_month
    from core.invoice_lines
    where period_start is not null and period_end >= period_start
),

parts as (
    select
        *,
        greatest(period_start, consumption_month) as first_day,
        least(period_end, last_day(consumption_month)) as final_day
    from spans
),

-- the days of each month that the lines across months cover, in Swedish normal time
covered as (
    select distinct metering_point, first_day, final_day
    from parts
    where date_trunc('month', period_start) <> date_trunc('month', period_end) and component in ('energy', 'tax')
),

spot as (
    select prices.start_utc, prices.sek_per_kwh
    from core.spot_hourly as prices
    inner join settings.house as house on prices.area = house.spot_area
),

-- few hours without a value count as the others of the part do; under 95 per cent nothing is told
metered as (
    select
        covered.metering_point,
        covered.first_day,
        covered.final_day,
        avg(loads.energy_kwh order by loads.start_utc) as mean_kwh,
        avg(loads.energy_kwh * spot.sek_per_kwh order by loads.start_utc) as mean_sek,
        count(loads.energy_kwh) as hours_known,
        count(loads.energy_kwh * spot.sek_per_kwh) as hours_priced
    from covered
    inner join core.load_hourly as loads
        on covered.metering_point = loads.metering_point
        and (loads.start_utc + interval 1 hour)::date between covered.first_day and covered.final_day
    left join spot on loads.start_utc = spot.start_utc
    group by covered.metering_point, covered.first_day, covered.final_day
),

weights as (
    select
        parts.*,
        parts.final_day - parts.first_day + 1 as days,
        if(metered.hours_known >= 0.95 * 24 * days and mean_kwh >= 0, mean_kwh * 24 * days, null) as energy_kwh,
        if(metered.hours_priced >= 0.95 * 24 * days and mean_sek >= 0, mean_sek * 24 * days, null) as spot_sek
    from parts
    left join metered using (metering_point, first_day, final_day)
),

-- a weight holds for a line only where every one of its months has it
weighed as (
    select
        *,
        if(
            component in ('energy', 'tax') and count(energy_kwh) over line = count(*) over line, energy_kwh, null
        ) as by_energy,
        -- a fixed price or a markup per kWh is not what the hours cost at spot
        if(
            component = 'energy'
            and contract_kind = 'retail'
            and count(spot_sek) over line = count(*) over line
            and abs(amount_sek - sum(spot_sek) over line) <= 0.2 * abs(amount_sek),
            spot_sek,
            null
        ) as by_spot
    from weights
    window line as (partition by line_key)
),

shared as (
    select
        *,
        coalesce(
            by_spot / nullif(sum(by_spot) over line, 0), by_energy / nullif(sum(by_energy) over line, 0),
            days / sum(days) over line
        ) as share,
        coalesce(by_energy / nullif(sum(by_energy) over line, 0), days / sum(days) over line) as quantity_share,
        consumption_month = max(consumption_month) over line as is_last
    from weighed
    window line as (partition by line_key)
),

-- the last month has what the others leave
rounded as (
    select *, if(is_last, 0, round(amount_sek * share, 2)) as part_sek
    from shared
)

select
    * exclude (
        amount_sek, quantity, line_key, first_day, final_day, days, energy_kwh, spot_sek, by_energy, by_spot, share,
        quantity_share, is_last, part_sek
    ),
    if(is_last, round(amount_sek - sum(part_sek) over line, 6), part_sek) as amount_sek,
    quantity * quantity_share as quantity
from rounded
window line as (partition by line_key)
