-- one row per deviation from budget that asks for a cause: account or carrier, the latest 24 months, with what is known
with latest as (
    select facility, max(month) as last_month
    from marts.budget_month
    where outcome_sek is not null
    group by facility
),

asked as (
    select
        months.*,
        'avvikelse:' || months.facility || ':' || months.dimension || ':' || months.dimension_key || ':'
        || strftime(months.month, '%Y-%m') as deviation_key,
        -- the books of a period hold the invoices of the month before
        if(months.dimension = 'account', months.month - interval 1 month, months.month)::date as used_in
    from marts.budget_month as months
    inner join latest using (facility)
    cross join settings.follow_up as follow_up
    where months.dimension in ('account', 'carrier')
        and months.month > latest.last_month - interval 24 month
        and abs(months.deviation_sek) >= follow_up.deviation_sek
        and abs(months.deviation_pct) >= follow_up.deviation_pct
),

-- what can explain only goes the way the deviation goes; degree days of 17 °C, days of normal time with all their hours
days as (
    select
        station,
        (start_utc + interval 1 hour)::date as day,
        greatest(0, 17 - avg(air_temperature_c)) as degree_days_kd
    from core.weather_hourly
    group by all
    having count(air_temperature_c) = 24
),

cold as (
    select
        facilities.facility,
        date_trunc('month', days.day)::date as month,
        sum(days.degree_days_kd order by days.day) as degree_days_kd
    from days
    inner join settings.facilities as facilities on days.station = facilities.weather_station
    group by all
    having count(*) = day(last_day(date_trunc('month', any_value(days.day))::date))
),

weather as (
    select
        now.facility,
        now.month as used_in,
        now.degree_days_kd - before.degree_days_kd as more_kd,
        100 * (now.degree_days_kd / nullif(before.degree_days_kd, 0) - 1) as more_pct
    from cold as now
    inner join cold as before
        on now.facility = before.facility and now.month = (before.month + interval 1 year)::date
    where before.degree_days_kd >= 30 -- a summer month has no share to speak of
),

faults as (
    select
        points.facility,
        points.carrier,
        found.consumption_month as used_in,
        count(*) as faults,
        sum(found.amount_sek order by found.finding_key) as amount_sek
    from analysis.invoice_findings as found
    inner join settings.metering_points as points using (metering_point)
    where found.amount_sek is not null
    group by all
),

missing as (
    select points.facility, points.carrier, found.consumption_month as used_in, count(*) as invoices
    from analysis.missing_invoices as found
    inner join settings.metering_points as points using (metering_point)
    group by all
),

unit_cost as (
    select
        *,
        100 * (outcome_sek / nullif(last_year_sek, 0) - 1) as amount_pct,
        100 * (outcome_kwh / nullif(last_year_kwh, 0) - 1) as energy_pct,
        100 * ((outcome_sek / nullif(outcome_kwh, 0)) / nullif(last_year_sek / nullif(last_year_kwh, 0), 0) - 1)
            as price_pct
    from asked
)

select
    asked.facility,
    asked.deviation_key,
    asked.dimension,
    asked.dimension_key,
    asked.dimension_name,
    asked.carrier,
    asked.month,
    asked.budget_sek,
    asked.outcome_sek,
    asked.deviation_sek,
    asked.deviation_pct,
    nullif(
        concat_ws(
            '; ',
            case
                when missing.invoices = 1 then 'en faktura saknas för månaden'
                when missing.invoices > 1 then format('{} fakturor saknas för månaden', missing.invoices)
            end,
            case
                when faults.amount_sek >= 1
                    then format('fakturafel: {} kr för mycket', replace(format('{:,.0f}', faults.amount_sek), ',', ' '))
                when faults.amount_sek <= -1
                    then format('fakturafel: {} kr för lite', replace(format('{:,.0f}', -faults.amount_sek), ',', ' '))
                when faults.faults > 0 then 'fakturorna har iakttagelser'
            end,
            case
                when asked.carrier = 'district_heating' and abs(weather.more_pct) >= 5
                    and sign(weather.more_kd) = sign(asked.deviation_sek)
                    then format(
                        '{} än i fjol: {} graddagar {} ({} %)',
                        if(weather.more_kd > 0, 'kallare', 'varmare'),
                        abs(round(weather.more_kd))::integer,
                        if(weather.more_kd > 0, 'fler', 'färre'),
                        format('{:+.0f}', weather.more_pct)
                    )
            end,
            case
                when asked.dimension = 'carrier' and abs(asked.energy_pct) >= 3
                    and sign(asked.energy_pct) = sign(asked.deviation_sek)
                    then format('energin {} % mot i fjol', format('{:+.0f}', asked.energy_pct))
            end,
            case
                when asked.dimension = 'carrier' and abs(asked.price_pct) >= 3
                    and sign(asked.price_pct) = sign(asked.deviation_sek)
                    then format('kostnaden per kWh {} % mot i fjol', format('{:+.0f}', asked.price_pct))
            end,
            case
                when asked.dimension = 'account' and abs(asked.amount_pct) >= 3
                    and sign(asked.amount_pct) = sign(asked.deviation_sek)
                    then format('bokfört {} % mot samma period i fjol', format('{:+.0f}', asked.amount_pct))
            end
        ),
        ''
    ) as likely_cause,
    if(causes.cause is null, 'asked', 'answered') as status,
    causes.cause,
    causes.owner_role,
    causes.answered_on,
    causes.note,
    asked.evidence_key
from unit_cost as asked
left join missing using (facility, carrier, used_in)
left join faults using (facility, carrier, used_in)
left join weather using (facility, used_in)
left join core.deviation_causes as causes using (deviation_key)
order by abs(asked.deviation_sek) desc, asked.deviation_key
