-- one row per facility, dimension, key, carrier, year and period: sums of the months
-- an outcome stands beside the budget of the same months
with periods as (
    select * from (
        values ('ytd', 1, 12), ('t1', 1, 4), ('t2', 5, 8), ('t3', 9, 12), ('year', 1, 12)
    ) as told (period, first_month, last_month)
),

months as (
    select
        shown.*,
        -- what a month was closed with is known, whatever has been withdrawn since
        if(
            shown.is_closed and shown.outcome_sek is not null,
            true,
            live.is_known and (shown.outcome_sek is not null or live.outcome_sek is null)
        ) as is_known,
        live.last_year_is_known or shown.last_year_sek is not null as last_year_is_known,
        live.is_of_several
    from marts.budget_month as shown
    inner join core.budget_months as live using (evidence_key)
),

-- the months that one carrier of a facility has and another lacks: they are not in the facility's sum
lacked as (
    select
        lacking.facility,
        year(lacking.month) as year,
        periods.period,
        lacking.carrier,
        string_agg(distinct strftime(lacking.month, '%Y-%m'), ', ' order by strftime(lacking.month, '%Y-%m')) as which
    from months as lacking
    inner join months as other
        on lacking.facility = other.facility and lacking.month = other.month and lacking.carrier <> other.carrier
    inner join periods on month(lacking.month) between periods.first_month and periods.last_month
    where lacking.dimension = 'carrier' and other.dimension = 'carrier' and not lacking.is_known and other.is_known
    group by lacking.facility, year(lacking.month), periods.period, lacking.carrier
),

lacked_by_any as (
    select
        facility,
        year,
        period,
        string_agg(
            format(
                '{}: {} saknas',
                case carrier
                    when 'district_heating' then 'fjärrvärme' when 'electricity' then 'el'
                    when 'rejected_heat' then 'bortkyld värme' when 'store_heat' then 'värme från lagret' else 'övrigt'
                end,
                which
            ), '; ' order by carrier
        ) as which
    from lacked
    group by facility, year, period
),

-- energy is counted in the months whose outcome is counted
summed as (
    select
        months.facility,
        months.dimension,
        months.dimension_key,
        any_value(months.dimension_name order by months.dimension_name) as dimension_name,
        months.carrier,
        year(months.month) as year,
        periods.period,
        periods.last_month - periods.first_month + 1 as months_in_all,
        count_if(months.is_known) as months_known,
        min(months.month) filter (where months.is_known) as first_known,
        max(months.month) filter (where months.is_known) as last_known,
        make_date(year(any_value(months.month)), periods.first_month, 1) as first_day,
        make_date(year(any_value(months.month)), periods.last_month, 1) as last_day,
        sum(months.budget_sek order by months.month) as whole_budget_sek,
        sum(months.budget_kwh order by months.month) as whole_budget_kwh,
        bool_or(months.is_of_several) as is_of_several,
        sum(months.budget_sek order by months.month) filter (where months.is_known) as known_budget_sek,
        sum(months.budget_kwh order by months.month) filter (where months.is_known) as known_budget_kwh,
        sum(months.outcome_sek order by months.month) filter (where months.is_known) as known_outcome_sek,
        case
            when count_if(months.is_known and months.outcome_kwh is null) = 0
                then sum(months.outcome_kwh order by months.month) filter (where months.is_known)
        end as known_outcome_kwh,
        case
            when bool_and(months.last_year_is_known) filter (where months.is_known)
                then sum(months.last_year_sek order by months.month) filter (where months.is_known)
        end as last_year_sek,
        case
            when count_if(months.is_known and months.last_year_kwh is null) = 0
                then sum(months.last_year_kwh order by months.month) filter (where months.is_known)
        end as last_year_kwh
    from months
    inner join periods on month(months.month) between periods.first_month and periods.last_month
    group by
        months.facility, months.dimension, months.dimension_key, months.carrier, year(months.month),
        periods.period, periods.first_month, periods.last_month
),

judged as (
    select
        *,
        period = 'ytd' as so_far,
        months_known = months_in_all or (period = 'ytd' and months_known > 0) as is_summed
    from summed
)

select
    judged.facility,
    judged.dimension,
    judged.dimension_key,
    judged.dimension_name,
    judged.carrier,
    judged.year::integer as year,
    judged.period,
    if(so_far, coalesce(first_known, first_day), first_day) as from_month,
    if(so_far, coalesce(last_known, first_day), last_day) as to_month,
    if(so_far, known_budget_sek, whole_budget_sek) as budget_sek,
    if(is_summed, known_outcome_sek, null) as outcome_sek,
    if(is_summed, known_outcome_sek - known_budget_sek, null) as deviation_sek,
    if(is_summed, 100 * (known_outcome_sek - known_budget_sek) / nullif(abs(known_budget_sek), 0), null)
        as deviation_pct,
    if(is_summed, last_year_sek, null) as last_year_sek,
    whole_budget_sek - coalesce(known_outcome_sek, 0) as remaining_budget_sek,
    if(so_far, known_budget_kwh, whole_budget_kwh) as budget_kwh,
    if(is_summed, known_outcome_kwh, null) as outcome_kwh,
    if(is_summed, last_year_kwh, null) as last_year_kwh,
    nullif(
        concat_ws(
            '; ',
            case
                when months_known = 0 then 'ingen månad har utfall än'
                when not is_summed
                    then format('utfall finns för {} av {} månader', swedish(months_known), swedish(months_in_all))
                when so_far and months_known < date_diff('month', first_day, last_known) + 1
                    then format(
                        'utan månader som saknar utfall: {} av {} till och med {}',
                        swedish(months_known), swedish(date_diff('month', first_day, last_known) + 1),
                        strftime(last_known, '%Y-%m')
                    )
            end,
            lacked_by_any.which,
            if(is_summed and known_budget_sek is null, 'budget saknas', null),
            if(is_summed and last_year_sek is null, 'samma månader i fjol är inte kända', null),
            if(judged.is_of_several, versions.versions_note, null),
            if(judged.dimension in ('account', 'cost_centre'), 'energi visas per energislag', null)
        ),
        ''
    ) as reason,
    'budget/' || judged.facility || '/' || judged.dimension || '/'
    || if(judged.dimension = 'component', judged.carrier || ':', '') || judged.dimension_key || '/' || judged.year
    || '-' || judged.period as evidence_key
from judged
left join lacked_by_any
    on judged.dimension = 'facility'
    and judged.facility = lacked_by_any.facility
    and judged.year = lacked_by_any.year
    and judged.period = lacked_by_any.period
left join core.budget_versions as versions
    on judged.facility = versions.facility and judged.year = versions.year and versions.rank = 1
order by judged.facility, judged.dimension, judged.dimension_key, judged.carrier, judged.year, from_month, judged.period
