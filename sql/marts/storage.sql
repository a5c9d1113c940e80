-- one row per energy store: its last twelve months, its last whole store year, its heat pump, and what it was worth
select
    storage.* exclude (run_id),
    'storage/' || store as evidence_key
from analysis.storage as storage
order by facility, store
