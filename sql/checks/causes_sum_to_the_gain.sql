-- the causes of a store's gap sum to the gain of the better operation, to the krona
select
    store,
    operation,
    gain.gain_sek,
    sum(cause.gain_sek) as causes_sek
from marts.storage_optimum as gain
inner join marts.storage_optimum_cause as cause using (store, operation)
group by store, operation, gain.gain_sek
having abs(gain.gain_sek - sum(cause.gain_sek)) > 1
