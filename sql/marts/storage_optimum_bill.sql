-- one row per store, way of operating it and line of its bill; the last is the worth of what it leaves in the store
select
    * exclude (run_id),
    'dispatch/' || store || '/' || operation || '/' || strftime(month, '%Y-%m') as evidence_key
from analysis.storage_optimum_bill
order by store, operation, no
