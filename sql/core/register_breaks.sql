-- one row per place where what was used between two standings cannot be told: the register goes backwards, or the meter
-- was replaced and its last and first standings are not known; no interval is counted there
select
    metering_point,
    quantity,
    start_utc,
    end_utc as at_utc,
    before,
    after,
    before_no,
    after_no,
    change,
    file_id,
    row_no
from core.register_steps
where change in ('backwards', 'without_standings', 'without_meter')
