-- one row per store and class of hours of the last twelve months: what delivery was worth and cost, and whether it paid
select
    storage.facility,
    classes.* exclude (run_id)
from analysis.storage_hours as classes
inner join analysis.storage as storage using (store)
order by store, no
