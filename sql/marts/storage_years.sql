-- one row per store and store year (May to April): charged, taken out, lost, efficiency, temperature
select
    storage.facility,
    years.* exclude (run_id)
from analysis.storage_years as years
inner join analysis.storage as storage using (store)
order by store, year_from
