-- one row per facility with measures that have a verdict: what they have saved together a year, summed draw by draw
-- where a decision has changed which they are since they were added up, what they give together is unknown
with judged as (
    select facility, string_agg(measure_key, ' ' order by measure_key) as measure_keys
    from marts.measure_register
    where verdict in ('confirmed', 'partly', 'not_confirmed') and not one_off
    group by facility
)

select
    found.* exclude (run_id) replace (
        if(judged.measure_keys = found.measure_keys, verified_sek_per_year, null) as verified_sek_per_year,
        if(judged.measure_keys = found.measure_keys, verified_sek_per_year_low, null) as verified_sek_per_year_low,
        if(judged.measure_keys = found.measure_keys, verified_sek_per_year_high, null) as verified_sek_per_year_high
    ),
    if(
        judged.measure_keys = found.measure_keys, null,
        'ett beslut har ändrat vilka åtgärder som är genomförda: räknas om vid nästa månadskörning'
    ) as reason
from analysis.measure_verified as found
left join judged using (facility)
order by facility
