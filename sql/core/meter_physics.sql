-- one row per meter whose values contradict what surrounds them: its own flow and temperatures, its submeters, the
-- weather station; told by the month that shows it last, with how far off it is and how many months show it
select
    metering_point,
    'warning' as level,
    rule,
    format(
        '{} Visas i {}, först {}.', arg_max(message, month),
        if(count(*) = 1, '1 månad', swedish(count(*)) || ' månader'), strftime(min(month), '%Y-%m')
    ) as message,
    max(month) as month,
    if(metering_point is null, facility, null) as facility
from core.judged_months
where shows
group by metering_point, rule, facility, point
