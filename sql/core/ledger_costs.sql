-- one row per ledger line that is an energy cost of a facility, by account, cost centre and objects of the settings
with dimensions as (
    select
        ledger_lines.*,
        ledger_lines.objects ->> ('$."' || ledger.cost_centre_dimension || '"') as cost_centre
    from core.ledger_lines as ledger_lines
    cross join settings.ledger as ledger
),

matched as (
    select
        dimensions.*,
        coalesce(nullif(map.name, ''), dimensions.account_name) as told_name,
        coalesce(map.facility, by_centre.facility) as facility,
        map.carrier,
        map.kind,
        map.centre_is_own,
        map.rank,
        map.metering_point,
        len(json_keys(map.objects::json)) as objects_told,
        coalesce(
            list_bool_and(
                [
                    coalesce(dimensions.objects ->> ('$."' || k || '"'), '') = (map.objects ->> ('$."' || k || '"'))
                    for k in json_keys(map.objects::json)
                ]
            ),
            true
        ) as objects_agree
    from dimensions
    inner join core.account_map as map
        on dimensions.account = map.account
        and dimensions.voucher_date >= map.valid_from
        and dimensions.voucher_date < map.valid_to
    left join settings.facilities as by_centre
        on map.facility is null and by_centre.cost_centre = dimensions.cost_centre
    left join settings.facilities as own on own.facility = map.facility
    -- the cost centre the settings tell of the account, else the facility's own, must be the line's
    where coalesce(map.cost_centre, own.cost_centre, dimensions.cost_centre, '') = coalesce(dimensions.cost_centre, '')
)

select
    organisation_id,
    series,
    voucher_no,
    line_no,
    voucher_date,
    accounting_period,
    account,
    told_name as account_name,
    cost_centre,
    facility,
    carrier,
    kind,
    amount_sek,
    file_id,
    file_name,
    sha256,
    row_no
from matched
where facility is not null and (objects_agree or centre_is_own)
qualify row_number() over (
    partition by organisation_id, accounting_period, series, voucher_no, line_no, sha256, row_no
    order by objects_agree desc, rank desc, objects_told desc, facility, kind, metering_point
) = 1
