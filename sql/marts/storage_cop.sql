-- one row per store and day its heat pump was in operation: its coefficient of performance and the reference's
select
    storage.facility,
    days.* exclude (run_id)
from analysis.storage_cop as days
inner join analysis.storage as storage using (store)
order by store, day
