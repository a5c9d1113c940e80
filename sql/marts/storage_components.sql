-- one row per store, month and part of a bill: what the store's delivery saved there, or its electricity cost
select
    storage.facility,
    parts.* exclude (run_id)
from analysis.storage_components as parts
inner join analysis.storage as storage using (store)
order by store, month, side desc, component, label
