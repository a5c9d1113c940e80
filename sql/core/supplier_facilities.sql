-- one row per supplier: where its findings that name no meter of ours stand, the first facility it has a contract with
select
    suppliers.supplier_id,
    coalesce(min(points.facility), (select min(facility) from settings.facilities)) as facility
from (
    select supplier_id from core.invoices
    union
    select supplier_id from settings.contracts
) as suppliers
left join settings.contracts as contracts on suppliers.supplier_id = contracts.supplier_id
left join settings.metering_points as points on contracts.metering_point = points.metering_point
where suppliers.supplier_id is not null
group by suppliers.supplier_id
