-- one row per store and figure that its meters cannot tell, or tell wrongly, with the reason
select
    storage.facility,
    limits.* exclude (run_id, code)
from analysis.storage_limits as limits
inner join analysis.storage as storage using (store)
order by store, no
