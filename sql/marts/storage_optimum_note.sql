-- one row per store and thing that the calculation of its best operation assumes
select * exclude (run_id)
from analysis.storage_optimum_note
order by store, no
