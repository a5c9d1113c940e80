-- one row per store and way of operating it: what the twelve months cost, and what they could have cost
select
    * exclude (run_id),
    'dispatch/' || store || '/' || operation as evidence_key
from analysis.storage_optimum
order by store, case operation when 'actual' then 1 when 'day_ahead' then 2 else 3 end
