-- one row per facility, dimension, key, carrier and month: budget, outcome and last year, as they stand now
-- with a month chosen, what came after it is not there yet
with chosen as (
    select coalesce(until, date '9999-12-01') as until from settings.house
),

energy as (
    select facility, carrier, month, energy_kwh, energy_note from core.energy_months
    union all
    select
        facility,
        'all' as carrier,
        month,
        case when count(energy_kwh) = count(*) then sum(energy_kwh order by carrier) end as energy_kwh,
        string_agg(distinct energy_note, '; ' order by energy_note) as energy_note
    from core.energy_months
    group by facility, month
),

rows_of as (
    select facility, dimension, dimension_key, carrier, month from core.budget_cut
    union
    select facility, dimension, dimension_key, carrier, month from core.outcome_months
),

joined as (
    select
        rows_of.*,
        budget.budget_sek,
        budget.budget_kwh,
        budget.one_of_several,
        outcome.outcome_sek,
        coalesce(outcome.is_known, false) as is_known,
        outcome.outcome_reason,
        energy.energy_kwh as outcome_kwh,
        energy.energy_note
    from rows_of
    left join core.budget_cut as budget using (facility, dimension, dimension_key, carrier, month)
    left join core.outcome_months as outcome
        on rows_of.facility = outcome.facility
        and rows_of.dimension = outcome.dimension
        and rows_of.dimension_key = outcome.dimension_key
        and rows_of.carrier = outcome.carrier
        and rows_of.month = outcome.month
        and outcome.month <= (select until from chosen)
    -- the books of a period hold the energy of other months, and one carrier's energy is on several accounts
    left join energy
        on rows_of.dimension not in ('account', 'cost_centre')
        and rows_of.facility = energy.facility
        and rows_of.carrier = energy.carrier
        and rows_of.month = energy.month
        and energy.month <= (select until from chosen)
),

split as (
    select facility, dimension, year(month) as year, bool_or(budget_sek is not null) as has_budget
    from joined
    group by all
)

select
    joined.facility,
    joined.dimension,
    joined.dimension_key,
    joined.carrier,
    joined.month,
    joined.budget_sek,
    joined.outcome_sek,
    joined.outcome_sek - joined.budget_sek as deviation_sek,
    100 * (joined.outcome_sek - joined.budget_sek) / nullif(abs(joined.budget_sek), 0) as deviation_pct,
    last_year.outcome_sek as last_year_sek,
    joined.budget_kwh,
    joined.outcome_kwh,
    last_year.outcome_kwh as last_year_kwh,
    joined.is_known,
    coalesce(last_year.is_known, false) as last_year_is_known,
    joined.one_of_several is not null as is_of_several,
    nullif(
        concat_ws(
            '; ',
            case
                when joined.outcome_sek is not null then null
                when joined.month > (select until from chosen) then 'månaden kommer efter den valda'
                when joined.dimension in ('account', 'cost_centre')
                    then coalesce(joined.outcome_reason, 'bokföring saknas för månaden')
                else coalesce(joined.outcome_reason, 'fakturor saknas för månaden')
            end,
            case
                when joined.budget_sek is not null then null
                when split.has_budget then 'budget saknas'
                when whole.has_budget then 'budgeten är inte uppdelad så'
                else 'budget saknas för året'
            end,
            'flera budgetar för året: ' || joined.one_of_several || ' gäller',
            joined.energy_note,
            if(joined.dimension in ('account', 'cost_centre'), 'energi visas per energislag', null)
        ),
        ''
    ) as reason,
    'budget/' || joined.facility || '/' || joined.dimension || '/'
    || if(joined.dimension = 'component', joined.carrier || ':', '') || joined.dimension_key || '/'
    || strftime(joined.month, '%Y-%m') as evidence_key
from joined
left join joined as last_year
    on joined.facility = last_year.facility
    and joined.dimension = last_year.dimension
    and joined.dimension_key = last_year.dimension_key
    and joined.carrier = last_year.carrier
    and joined.month = (last_year.month + interval 1 year)::date
left join split
    on joined.facility = split.facility and joined.dimension = split.dimension and year(joined.month) = split.year
left join split as whole
    on joined.facility = whole.facility and whole.dimension = 'facility' and year(joined.month) = whole.year
