-- one row per meter and check of its values: the last month that the check could judge, whatever it saw there; the
-- outdoor sensors of a facility are one measure: the last month that all of them tell
select
    facility,
    metering_point,
    rule,
    min(month) as month
from (
    select facility, metering_point, point, rule, max(month) as month
    from core.judged_months
    group by facility, metering_point, point, rule
)
group by facility, metering_point, rule
