-- one row per facility, dimension, key, carrier and month of the budget that holds
-- a line of the budget counts once in each dimension
with cut as (
    select
        lines.*,
        unnest(
            [
                {'dimension': 'facility', 'dimension_key': lines.facility, 'of_carrier': 'all'},
                {'dimension': 'carrier', 'dimension_key': lines.carrier, 'of_carrier': lines.carrier},
                {
                    'dimension': 'component',
                    'dimension_key': if(lines.carrier is null, null, lines.component),
                    'of_carrier': lines.carrier
                },
                {'dimension': 'account', 'dimension_key': lines.account, 'of_carrier': accounts.carrier},
                {'dimension': 'cost_centre', 'dimension_key': lines.cost_centre, 'of_carrier': 'all'}
            ],
            recursive := true
        )
    from core.budget_lines as lines
    left join core.account_carriers as accounts using (facility, account)
),

-- grid and retail buy the same energy: where both tell it, the larger budget of energy counts
by_kind as (
    select
        facility, dimension, dimension_key, of_carrier, month, carrier, kind,
        sum(energy_kwh order by account, cost_centre, component, energy_kwh) as energy_kwh
    from cut
    where dimension_key is not null
    group by all
),

by_carrier as (
    select facility, dimension, dimension_key, of_carrier, month, carrier, max(energy_kwh) as energy_kwh
    from by_kind
    group by all
),

energy as (
    select
        facility, dimension, dimension_key, of_carrier, month,
        sum(energy_kwh order by carrier) as budget_kwh
    from by_carrier
    group by all
),

money as (
    select
        facility, dimension, dimension_key, of_carrier, month,
        sum(amount_sek order by account, cost_centre, component, carrier, amount_sek) as budget_sek,
        any_value(if(versions > 1, version, null)) as one_of_several
    from cut
    where dimension_key is not null
    group by all
)

select
    money.facility,
    money.dimension,
    money.dimension_key,
    coalesce(money.of_carrier, 'all') as carrier,
    money.month,
    money.budget_sek,
    energy.budget_kwh,
    money.one_of_several
from money
inner join energy
    on money.facility = energy.facility
    and money.dimension = energy.dimension
    and money.dimension_key = energy.dimension_key
    and money.of_carrier is not distinct from energy.of_carrier
    and money.month = energy.month
