-- one row per line of the budget that holds for a facility and year
select
    versions.facility,
    versions.year,
    versions.version,
    versions.versions,
    told.month,
    told.carrier,
    told.kind,
    nullif(told.component, '') as component,
    nullif(told.account, '') as account,
    nullif(told.cost_centre, '') as cost_centre,
    told.amount_sek,
    told.energy_kwh,
    told.amount_file_name,
    told.amount_row_no,
    told.energy_file_name,
    told.energy_row_no
from core.budget_told as told
inner join core.budget_versions as versions
    on told.facility = versions.facility
    and told.version = versions.version
    and year(told.month) = versions.year
where versions.rank = 1
