-- one row per facility, carrier, method and month: metered energy times the factor that was valid the whole month
-- a method has a row in every metered month of its carrier; a month without a factor is null with the reason
with methods as (
    select distinct carrier, method from settings.emission_factors
),

factors as (
    select
        energy.facility,
        energy.carrier,
        methods.method as emission_method,
        energy.month,
        energy.energy_kwh,
        energy.energy_note,
        any_value(factors.kg_per_mwh) as kg_per_mwh,
        any_value(factors.source) as factor_source,
        count(factors.method) as count_of_factors
    from core.energy_months as energy
    inner join methods using (carrier)
    left join settings.emission_factors as factors
        on energy.carrier = factors.carrier
        and methods.method = factors.method
        and factors.valid_from <= energy.month
        and factors.valid_to > last_day(energy.month)
    group by energy.facility, energy.carrier, methods.method, energy.month, energy.energy_kwh, energy.energy_note
)

select
    facility,
    carrier,
    emission_method,
    month,
    energy_kwh,
    if(count_of_factors = 1, kg_per_mwh, null) as kg_per_mwh,
    if(count_of_factors = 1, energy_kwh / 1000 * kg_per_mwh, null) as co2e_kg,
    if(count_of_factors = 1, factor_source, null) as factor_source,
    nullif(
        concat_ws(
            '; ',
            case
                when count_of_factors = 0 then 'kan inte bedömas: ingen klimatfaktor gäller hela månaden'
                when count_of_factors > 1 then 'kan inte bedömas: flera klimatfaktorer gäller månaden'
            end,
            energy_note
        ),
        ''
    ) as reason,
    'climate/' || facility || '/' || carrier || '/' || emission_method || '/' || strftime(month, '%Y-%m')
        as evidence_key
from factors
