-- one row per store, way of operating it and month: energy in, out and left
select
    * exclude (run_id) rename (content_kwh as reckoned_content_kwh),
    'dispatch/' || store || '/' || operation || '/' || strftime(month, '%Y-%m') as evidence_key
from analysis.storage_optimum_month
order by store, operation, month
