-- one row per deviation with a cause: the one answered last; of the same day the later issue
select
    deviation_key,
    cause,
    owner_role,
    answered_on,
    note,
    file_name,
    sha256,
    file_id,
    row_no
from staging.deviation_causes
qualify row_number() over (
    partition by deviation_key order by answered_on desc nulls last, issued desc nulls last, cause, sha256, row_no
) = 1
