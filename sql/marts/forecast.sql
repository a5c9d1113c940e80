-- one row per facility, year, carrier and component: the full-year forecast
-- one made from a closed month stands as it was closed
with closed as (
    select month, version from ledger.closings
    qualify row_number() over (partition by month order by decided_at desc) = 1 and action = 'close'
),

frozen as (
    select
        month as made_from,
        evidence_key,
        max(value) filter (measure = 'outcome_sek') as outcome_sek,
        max(value) filter (measure = 'remaining_sek') as remaining_sek,
        max(value) filter (measure = 'remaining_sek_low') as remaining_sek_low,
        max(value) filter (measure = 'remaining_sek_high') as remaining_sek_high,
        max(value) filter (measure = 'forecast_sek') as forecast_sek,
        max(value) filter (measure = 'forecast_sek_low') as forecast_sek_low,
        max(value) filter (measure = 'forecast_sek_high') as forecast_sek_high,
        max(value) filter (measure = 'budget_sek') as budget_sek,
        max(value) filter (measure = 'previous_forecast_sek') as previous_forecast_sek,
        max(value) filter (measure = 'outcome_kwh') as outcome_kwh,
        max(value) filter (measure = 'forecast_kwh') as forecast_kwh,
        max(value) filter (measure = 'forecast_kwh_low') as forecast_kwh_low,
        max(value) filter (measure = 'forecast_kwh_high') as forecast_kwh_high
    from ledger.frozen
    inner join closed using (month, version)
    where mart = 'forecast'
    group by month, evidence_key
),

budget as (
    select
        facility, year(month)::integer as year, carrier, dimension_key, dimension,
        sum(budget_sek order by month) as budget_sek
    from marts.budget_month
    where dimension in ('facility', 'carrier', 'component')
    group by facility, year(month), carrier, dimension_key, dimension
),

live as (
    select
        forecast.*,
        budget.budget_sek,
        'forecast/' || forecast.facility || '/' || forecast.year || '/' || forecast.carrier || '/' || forecast.component
            as evidence_key
    from analysis.forecast as forecast
    left join budget
        on forecast.facility = budget.facility
        and forecast.year = budget.year
        and forecast.carrier = budget.carrier
        and budget.dimension = case
            when forecast.component != 'all' then 'component'
            when forecast.carrier = 'all' then 'facility'
            else 'carrier'
        end
        and (forecast.component in ('all', budget.dimension_key))
),

-- the forecast of the month before as it was published, where that month is closed
shown as (
    select
        live.facility,
        live.year,
        live.carrier,
        live.component,
        live.made_from,
        if(frozen.evidence_key is null, live.outcome_sek, frozen.outcome_sek) as outcome_sek,
        if(frozen.evidence_key is null, live.remaining_sek, frozen.remaining_sek) as remaining_sek,
        if(frozen.evidence_key is null, live.remaining_sek_low, frozen.remaining_sek_low) as remaining_sek_low,
        if(frozen.evidence_key is null, live.remaining_sek_high, frozen.remaining_sek_high) as remaining_sek_high,
        if(frozen.evidence_key is null, live.forecast_sek, frozen.forecast_sek) as forecast_sek,
        if(frozen.evidence_key is null, live.forecast_sek_low, frozen.forecast_sek_low) as forecast_sek_low,
        if(frozen.evidence_key is null, live.forecast_sek_high, frozen.forecast_sek_high) as forecast_sek_high,
        if(frozen.evidence_key is null, live.budget_sek, frozen.budget_sek) as budget_sek,
        if(
            frozen.evidence_key is null,
            coalesce(before.forecast_sek, live.previous_forecast_sek),
            frozen.previous_forecast_sek
        ) as previous_forecast_sek,
        if(frozen.evidence_key is null, live.outcome_kwh, frozen.outcome_kwh) as outcome_kwh,
        if(frozen.evidence_key is null, live.forecast_kwh, frozen.forecast_kwh) as forecast_kwh,
        if(frozen.evidence_key is null, live.forecast_kwh_low, frozen.forecast_kwh_low) as forecast_kwh_low,
        if(frozen.evidence_key is null, live.forecast_kwh_high, frozen.forecast_kwh_high) as forecast_kwh_high,
        live.weather_years,
        live.reason,
        live.evidence_key
    from live
    left join frozen using (evidence_key, made_from)
    left join frozen as before
        on live.evidence_key = before.evidence_key
        and live.made_from = (before.made_from + interval 1 month)::date
)

select
    facility,
    year::integer as year,
    carrier,
    component,
    made_from,
    outcome_sek,
    remaining_sek,
    remaining_sek_low,
    remaining_sek_high,
    forecast_sek,
    forecast_sek_low,
    forecast_sek_high,
    budget_sek,
    forecast_sek - budget_sek as deviation_sek,
    previous_forecast_sek,
    forecast_sek - previous_forecast_sek as change_sek,
    outcome_kwh,
    forecast_kwh,
    forecast_kwh_low,
    forecast_kwh_high,
    weather_years::integer as weather_years,
    reason,
    evidence_key
from shown
order by facility, year, carrier, component
