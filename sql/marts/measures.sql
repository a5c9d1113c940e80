-- one row per candidate measure, dearest first; measures overlap and are never added
select
    * exclude (run_id),
    row_number() over (partition by facility order by saving_sek_per_year desc nulls last, measure_key) as rank
from analysis.measures
order by facility, rank
