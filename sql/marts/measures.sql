-- one row per candidate measure, dearest first; measures overlap and are never added
select
    measures.* exclude (run_id) replace (
        case decisions.decision
            when 'do' then 'beslutad' when 'wait' then 'avvaktar' when 'reject' then 'avslagen' when 'done' then 'genomförd'
            else measures.status
        end as status
    ),
    row_number() over (partition by facility order by saving_sek_per_year desc nulls last, measure_key) as rank
from analysis.measures as measures
left join core.measure_decisions as decisions using (measure_key)
order by facility, rank
