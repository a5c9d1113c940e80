-- one row per budget version, month and line (facility, carrier, component, account, cost centre): the values that hold
-- amount and energy are told by rows of their own or by one; of each the later issue holds, else the higher value
with named as (
    -- a facility may be told by its id or by its name
    select delivered.* replace (coalesce(facilities.facility, delivered.facility) as facility)
    from staging.budget as delivered
    left join settings.facilities as facilities on lower(delivered.facility) = lower(facilities.name)
),

ranked as (
    select
        *,
        row_number() over (
            partition by version, month, facility, carrier, component, account, cost_centre, amount_sek is null
            order by issued desc nulls last, amount_sek desc, sha256, row_no
        ) as amount_rank,
        row_number() over (
            partition by version, month, facility, carrier, component, account, cost_centre, energy_kwh is null
            order by issued desc nulls last, energy_kwh desc, sha256, row_no
        ) as energy_rank
    from named
)

select
    version,
    month,
    facility,
    carrier,
    component,
    account,
    cost_centre,
    max(amount_sek) filter (where amount_rank = 1) as amount_sek,
    max(energy_kwh) filter (where energy_rank = 1) as energy_kwh,
    min(file_name) filter (where amount_rank = 1 and amount_sek is not null) as amount_file_name,
    min(row_no) filter (where amount_rank = 1 and amount_sek is not null) as amount_row_no,
    min(file_name) filter (where energy_rank = 1 and energy_kwh is not null) as energy_file_name,
    min(row_no) filter (where energy_rank = 1 and energy_kwh is not null) as energy_row_no
from ranked
group by version, month, facility, carrier, component, account, cost_centre
