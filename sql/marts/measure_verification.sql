-- one row per measure said to be done: what it has saved so far and a year, beside what it was to save
select
    found.* exclude (run_id),
    register.title,
    register.decided_on,
    register.owner_role,
    register.cost_sek,
    'verification/' || found.measure_key as evidence_key
from analysis.measure_verification as found
inner join marts.measure_register as register using (measure_key)
where register.verdict is not null
order by facility, found.promised_sek_per_year desc nulls last, measure_key
