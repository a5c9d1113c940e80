-- one row per measure in the order in which each adds most to those before it: nothing in it is counted twice
-- where one of them has been decided against, put off, or done, since they were added up, what they give together is unknown
with changed as (
    select distinct combined.facility
    from analysis.measures_combined as combined
    inner join marts.measures as measures using (measure_key)
    where measures.is_quiet or measures.status = 'senare'
)

select
    combined.* exclude (run_id) replace (
        if(changed.facility is null, marginal_sek_per_year, null) as marginal_sek_per_year,
        if(changed.facility is null, marginal_sek_per_year_low, null) as marginal_sek_per_year_low,
        if(changed.facility is null, marginal_sek_per_year_high, null) as marginal_sek_per_year_high,
        if(changed.facility is null, cumulative_sek_per_year, null) as cumulative_sek_per_year,
        if(changed.facility is null, cumulative_sek_per_year_low, null) as cumulative_sek_per_year_low,
        if(changed.facility is null, cumulative_sek_per_year_high, null) as cumulative_sek_per_year_high,
        if(changed.facility is null, separate_sek_per_year, null) as separate_sek_per_year,
        if(
            changed.facility is null, combined.reason,
            'ett beslut har ändrat vilka åtgärder som gäller: räknas om vid nästa månadskörning'
        ) as reason
    )
from analysis.measures_combined as combined
left join changed using (facility)
left join marts.measures as measures using (measure_key)
where not coalesce(measures.is_quiet or measures.status = 'senare', false)
order by combined.facility, combined.rank
