-- one row per store, way of operating it and day: content at its end, and the power of the meter it relieves
select
    * exclude (run_id) rename (content_kwh as reckoned_content_kwh),
    'dispatch/' || store || '/' || operation || '/' || strftime(day, '%Y-%m') as evidence_key
from analysis.storage_optimum_day
order by store, operation, day
