-- one row per difference of standings over clearly more time than the register's usual step (over 1.5 of the median)
with usual as (
    select
        metering_point,
        quantity,
        median(epoch(end_utc - start_utc)) as usual_s
    from core.register_steps
    group by metering_point, quantity
)

select
    steps.metering_point,
    steps.quantity,
    steps.start_utc,
    steps.end_utc,
    epoch(steps.end_utc - steps.start_utc) / 3600 as hours,
    steps.value,
    steps.end_utc - steps.start_utc <= steps.spread_gaps_hours * interval 1 hour as is_spread,
    steps.file_id,
    steps.row_no
from core.register_steps as steps
inner join usual using (metering_point, quantity)
where steps.value is not null and epoch(steps.end_utc - steps.start_utc) > 1.5 * usual.usual_s
