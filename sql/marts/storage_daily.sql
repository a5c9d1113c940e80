-- one row per store and day: what it holds by its temperature and by its balance, and what went in and out
select
    storage.facility,
    days.* exclude (run_id)
from analysis.storage_daily as days
inner join analysis.storage as storage using (store)
order by store, day
