-- one row per facility, carrier, method and month: kg CO2e beside energy and money
-- methods stand side by side and are never added to each other
with closed as (
    select month, version from ledger.closings
    qualify row_number() over (partition by month order by decided_at desc) = 1 and action = 'close'
),

frozen as (
    select
        evidence_key,
        max(value) filter (measure = 'energy_kwh') as energy_kwh,
        max(value) filter (measure = 'amount_sek') as amount_sek,
        max(value) filter (measure = 'kg_per_mwh') as kg_per_mwh,
        max(value) filter (measure = 'co2e_kg') as co2e_kg
    from ledger.frozen
    inner join closed using (month, version)
    where mart = 'climate'
    group by evidence_key
),

recomputed as (
    select
        facility,
        carrier,
        month,
        case when count(amount_sek) = count(*) then sum(amount_sek order by evidence_key) end as amount_sek
    from marts.monthly_cost
    group by facility, carrier, month
)

select
    live.facility,
    live.carrier,
    live.emission_method,
    year(live.month)::integer as year,
    live.month,
    if(frozen.evidence_key is null, live.energy_kwh, frozen.energy_kwh) as energy_kwh,
    if(
        frozen.evidence_key is null, coalesce(invoiced.outcome_sek, recomputed.amount_sek), frozen.amount_sek
    ) as amount_sek,
    if(frozen.evidence_key is null, live.kg_per_mwh, frozen.kg_per_mwh) as kg_per_mwh,
    if(frozen.evidence_key is null, live.co2e_kg, frozen.co2e_kg) as co2e_kg,
    live.factor_source,
    live.reason,
    live.evidence_key
from core.climate_months as live
left join frozen using (evidence_key)
left join marts.budget_month as invoiced
    on live.facility = invoiced.facility
    and invoiced.dimension = 'carrier'
    and live.carrier = invoiced.dimension_key
    and live.month = invoiced.month
left join recomputed
    on live.facility = recomputed.facility and live.carrier = recomputed.carrier and live.month = recomputed.month
order by live.facility, live.carrier, live.emission_method, live.month
