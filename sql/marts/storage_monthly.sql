-- one row per store and month: its balance, its heat pump, what its delivery was worth and its electricity cost
select
    storage.facility,
    months.* exclude (run_id),
    'storage/' || months.store || '/' || strftime(months.month, '%Y-%m') as evidence_key
from analysis.storage_monthly as months
inner join analysis.storage as storage using (store)
order by store, month
