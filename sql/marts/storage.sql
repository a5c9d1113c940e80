-- one row per energy store: its last twelve months, its last whole store year, its heat pump, and what it was worth
select
    -- an efficiency of meters alone has no band: one without width would say that it is certain
    storage.* exclude (run_id) replace (
        if(storage.efficiency_pct_low < storage.efficiency_pct_high, storage.efficiency_pct_low, null) as efficiency_pct_low,
        if(storage.efficiency_pct_low < storage.efficiency_pct_high, storage.efficiency_pct_high, null) as efficiency_pct_high
    ),
    'storage/' || store as evidence_key
from analysis.storage as storage
order by facility, store
