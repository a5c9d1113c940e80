-- one row per store and priced part: the price class without the store, as operated and at its cheapest
select
    * exclude (run_id),
    'dispatch/' || store || '/class/' || metering_point || '/' || label as evidence_key
from analysis.storage_optimum_class
order by store, carrier, metering_point, label
