-- one row per point and instant: the value or word that holds now
-- measured beats estimated; then the later issue of the source; then the higher value, the same way in any order
select
    point,
    at_utc,
    value,
    word,
    unit,
    status,
    file_id,
    row_no
from staging.trends
qualify row_number() over (
    partition by point, at_utc
    order by
        list_position(
            ['measured', 'manual', 'derived', 'interpolated', 'estimated', 'suspect', 'missing', 'invalid'], status
        ),
        issued desc nulls last, value desc nulls last, word desc nulls last, unit, sha256, row_no
) = 1
