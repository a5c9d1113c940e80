-- one row per deviation from budget that asks for a cause: account or carrier, the latest 24 months, with what is known
with latest as (
    select facility, max(month) as last_month
    from marts.budget_month
    where outcome_sek is not null
    group by facility
),

judged as (
    select
        months.*,
        'avvikelse:' || months.facility || ':' || months.dimension || ':' || months.dimension_key || ':'
        || strftime(months.month, '%Y-%m') as deviation_key,
        -- the books of a period hold the invoices of the month before
        if(months.dimension = 'account', months.month - interval 1 month, months.month)::date as used_in,
        months.month > latest.last_month - interval 24 month
        and coalesce(
            abs(months.deviation_sek) >= follow_up.deviation_sek
            and abs(months.deviation_pct) >= follow_up.deviation_pct,
            false
        ) as is_over
    from marts.budget_month as months
    inner join latest using (facility)
    cross join settings.follow_up as follow_up
    where months.dimension in ('account', 'carrier')
),

-- an account has its budget by consumption month and its outcome a month later: the same money may deviate in two
-- months; against the budget of the month before, or added to a neighbouring month, it does not
around as (
    select
        this.deviation_key,
        unnest(
            [
                {'outcome_sek': this.outcome_sek, 'budget_sek': before.budget_sek},
                {
                    'outcome_sek': this.outcome_sek + before.outcome_sek,
                    'budget_sek': this.budget_sek + before.budget_sek
                },
                {
                    'outcome_sek': this.outcome_sek + after.outcome_sek,
                    'budget_sek': this.budget_sek + after.budget_sek
                }
            ],
            recursive := true
        )
    from judged as this
    left join judged as before
        on this.facility = before.facility
        and this.dimension_key = before.dimension_key
        and before.dimension = 'account'
        and this.carrier = before.carrier
        and this.month = (before.month + interval 1 month)::date
    left join judged as after
        on this.facility = after.facility
        and this.dimension_key = after.dimension_key
        and after.dimension = 'account'
        and this.carrier = after.carrier
        and this.month = (after.month - interval 1 month)::date
    where this.dimension = 'account' and this.is_over
),

shifted as (
    select distinct around.deviation_key
    from around
    cross join settings.follow_up as follow_up
    where abs(around.outcome_sek - around.budget_sek) < follow_up.deviation_sek
        or 100 * abs(around.outcome_sek - around.budget_sek) < follow_up.deviation_pct * abs(around.budget_sek)
),

-- a shift of an account asks for no cause where the carrier has none to ask for in the month
asked as (
    select judged.*
    from judged
    left join judged as of_carrier
        on judged.facility = of_carrier.facility
        and of_carrier.dimension = 'carrier'
        and judged.carrier = of_carrier.dimension_key
        and judged.month = of_carrier.month
    where judged.is_over
        and (
            judged.dimension = 'carrier'
            or coalesce(of_carrier.is_over, false)
            or judged.deviation_key not in (select deviation_key from shifted)
        )
),

-- whose invoices a row holds: all of the carrier, or the kinds of contract and the metering points of the account
scopes as (
    select distinct
        contracts.metering_point,
        contracts.kind as contract_kind,
        points.facility,
        'carrier' as dimension,
        points.carrier as dimension_key
    from settings.contracts as contracts
    inner join settings.metering_points as points using (metering_point)
    union
    select contracts.metering_point, contracts.kind, points.facility, 'account', map.account
    from settings.contracts as contracts
    inner join settings.metering_points as points using (metering_point)
    inner join core.account_map as map
        on points.facility = map.facility
        and contracts.kind = map.kind
        and coalesce(map.metering_point, contracts.metering_point) = contracts.metering_point
),

invoiced as (
    select
        scopes.facility,
        scopes.dimension,
        scopes.dimension_key,
        months.consumption_month as used_in,
        sum(months.amount_sek order by months.evidence_key, months.amount_sek) as invoiced_sek
    from core.invoice_months as months
    inner join scopes using (metering_point, contract_kind)
    where months.facility = scopes.facility and scopes.dimension = 'account'
    group by all
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

-- amounts are without VAT, so an error in VAT explains nothing but where it is booked as a cost; nor does a meter that
-- costs the same every month, or a period that is parted over its months
faults as (
    select
        scopes.facility,
        scopes.dimension,
        scopes.dimension_key,
        found.consumption_month as used_in,
        count_if(found.rule is distinct from 'one_off_in_operations') as faults,
        sum(found.amount_sek order by found.finding_key)
            filter (where found.amount_sek > 0 and found.rule is distinct from 'one_off_in_operations') as too_much_sek,
        sum(-found.amount_sek order by found.finding_key)
            filter (where found.amount_sek < 0 and found.rule is distinct from 'one_off_in_operations')
            as too_little_sek,
        sum(found.amount_sek order by found.finding_key) filter (where found.rule = 'one_off_in_operations')
            as one_off_sek
    from analysis.invoice_findings as found
    inner join scopes
        on found.metering_point = scopes.metering_point
        and coalesce(found.contract_kind, scopes.contract_kind) = scopes.contract_kind
    where found.amount_sek is not null
        and coalesce(found.rule, '') not in ('vat_error', 'dormant_meter', 'period_not_aligned')
        and (found.rule is distinct from 'posted_gross' or scopes.dimension = 'account')
    group by all
),

missing as (
    select
        scopes.facility,
        scopes.dimension,
        scopes.dimension_key,
        found.consumption_month as used_in,
        count(distinct (found.metering_point, found.contract_kind)) as invoices
    from analysis.missing_invoices as found
    inner join scopes
        on found.metering_point = scopes.metering_point
        and coalesce(found.contract_kind, scopes.contract_kind) = scopes.contract_kind
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
            -- what is booked is what the month before cost, to a hundredth part
            case
                when asked.dimension = 'account'
                    and abs(asked.outcome_sek - invoiced.invoiced_sek) <= 0.01 * abs(invoiced.invoiced_sek)
                    then 'bokfört en månad senare än förbrukningen'
            end,
            case
                when missing.invoices = 1 then 'en faktura saknas för månaden'
                when missing.invoices > 1 then format('{} fakturor saknas för månaden', swedish(missing.invoices))
            end,
            case
                when asked.deviation_sek > 0 and faults.too_much_sek >= 1
                    then format('fakturafel: {} kr för mycket', swedish(faults.too_much_sek))
                when asked.deviation_sek < 0 and faults.too_little_sek >= 1
                    then format('fakturafel: {} kr för lite', swedish(faults.too_little_sek))
                when faults.faults > 0 and faults.too_much_sek is null and faults.too_little_sek is null
                    then 'fakturorna har iakttagelser'
            end,
            case
                when abs(faults.one_off_sek) >= 1 and sign(faults.one_off_sek) = sign(asked.deviation_sek)
                    then format('engångspost: {} kr', swedish(faults.one_off_sek))
            end,
            case
                when asked.carrier = 'district_heating' and abs(weather.more_pct) >= 5
                    and sign(weather.more_kd) = sign(asked.deviation_sek)
                    then format(
                        '{} än i fjol: {} graddagar {} ({} %)',
                        if(weather.more_kd > 0, 'kallare', 'varmare'),
                        swedish(abs(weather.more_kd)),
                        if(weather.more_kd > 0, 'fler', 'färre'),
                        swedish_signed(weather.more_pct)
                    )
            end,
            case
                when asked.dimension = 'carrier' and abs(asked.energy_pct) >= 3
                    and sign(asked.energy_pct) = sign(asked.deviation_sek)
                    then format('energin {} % mot i fjol', swedish_signed(asked.energy_pct))
            end,
            case
                when asked.dimension = 'carrier' and abs(asked.price_pct) >= 3
                    and sign(asked.price_pct) = sign(asked.deviation_sek)
                    then format('kostnaden per kWh {} % mot i fjol', swedish_signed(asked.price_pct))
            end,
            case
                when asked.dimension = 'account' and abs(asked.amount_pct) >= 3
                    and sign(asked.amount_pct) = sign(asked.deviation_sek)
                    then format('bokfört {} % mot samma period i fjol', swedish_signed(asked.amount_pct))
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
left join missing using (facility, dimension, dimension_key, used_in)
left join faults using (facility, dimension, dimension_key, used_in)
left join invoiced using (facility, dimension, dimension_key, used_in)
left join weather using (facility, used_in)
left join core.deviation_causes as causes using (deviation_key)
order by abs(asked.deviation_sek) desc, asked.deviation_key
