-- one row per store, better operation and cause of the gap to the actual one; the causes sum to the gain
select
    * exclude (run_id),
    'dispatch/' || store || '/' || operation || '/' || gap_cause as evidence_key
from analysis.storage_optimum_cause
order by store, operation, no
