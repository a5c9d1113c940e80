-- one row per meter whose values contradict what surrounds them: its own flow and temperatures, its submeters, the
-- weather station; told by the month that shows it last, with how far off it is and how many months show it
select
    metering_point,
    'warning' as level,
    rule,
    format(
        '{} Visas i {} månader, först {}.', regexp_replace(arg_max(message, month), '(\d)\.(\d)', '\1,\2', 'g'),
        count(*), strftime(min(month), '%Y-%m')
    ) as message,
    max(month) as month,
    if(metering_point is null, facility, null) as facility
from core.judged_months
where shows
group by metering_point, rule, facility, point
