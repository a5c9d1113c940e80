-- one row per store and store year (May to April): charged, taken out, lost, efficiency, temperature
select
    storage.facility,
    -- an efficiency of meters alone has no band: one without width would say that it is certain
    years.* exclude (run_id) replace (
        if(years.efficiency_pct_low < years.efficiency_pct_high, years.efficiency_pct_low, null) as efficiency_pct_low,
        if(years.efficiency_pct_low < years.efficiency_pct_high, years.efficiency_pct_high, null) as efficiency_pct_high
    )
from analysis.storage_years as years
inner join analysis.storage as storage using (store)
order by store, year_from
