-- one row per metering point, quantity and file whose values lie about 1 000 or 1 000 000 times from the rest
-- the level of a file is the median of its days' means, zeros apart; it is compared with the same season of other
-- months where there is one, so that winter and summer are no suspects; two levels that one and the same file shows are
-- no slip of unit either (open and closed, running and idle), for a file has one unit
with days as (
    select
        metering_point,
        quantity,
        file_id,
        (start_utc + interval 1 hour)::date as day,
        count(*) as n,
        sum(abs(value)) / nullif(sum(epoch_us(end_utc - start_utc)) / 3.6e9, 0) as per_hour
    from core.intervals
    where value <> 0 and isfinite(value)
    group by all
),

months as (
    select
        metering_point,
        quantity,
        date_trunc('month', day)::date as month,
        sum(n) as n,
        median(per_hour) as per_hour
    from days
    group by all
),

norms as (
    select metering_point, quantity, quantile_disc(per_hour, 0.5) as norm
    from months
    group by metering_point, quantity
),

parts as (
    select
        metering_point,
        quantity,
        file_id,
        sum(n) as n,
        median(per_hour) as per_hour,
        min(day) as first_day,
        max(day) as last_day,
        mode(month(day)) as season
    from days
    group by metering_point, quantity, file_id
),

-- only files far from the norm are compared at all
far as (
    select parts.*
    from parts
    inner join norms using (metering_point, quantity)
    where parts.n >= 24 and abs(log10(parts.per_hour / norms.norm)) > 1
),

others as (
    select
        far.metering_point,
        far.quantity,
        far.file_id,
        sum(months.n) as n,
        median(months.per_hour) as per_hour,
        coalesce(sum(months.n) filter (abs(month(months.month) - far.season) in (0, 1, 11)), 0) as season_n,
        median(months.per_hour) filter (abs(month(months.month) - far.season) in (0, 1, 11)) as season_per_hour
    from far
    inner join months
        on far.metering_point = months.metering_point
        and far.quantity = months.quantity
        and (last_day(months.month) < far.first_day or months.month > far.last_day)
    inner join norms
        on far.metering_point = norms.metering_point
        and far.quantity = norms.quantity
        and abs(log10(months.per_hour / norms.norm)) < 1.5
    group by far.metering_point, far.quantity, far.file_id
),

compared as (
    select
        far.*,
        if(others.season_n >= 168, others.season_per_hour, others.per_hour) as usual_per_hour
    from far
    inner join others using (metering_point, quantity, file_id)
    where others.n >= 168
),

suspects as (
    select
        *,
        log10(per_hour / usual_per_hour) as decades
    from compared
    where abs(abs(log10(per_hour / usual_per_hour)) - 3) < 0.5 or abs(abs(log10(per_hour / usual_per_hour)) - 6) < 0.5
),

two_levels as (
    select suspects.metering_point, suspects.quantity, suspects.file_id
    from suspects
    inner join days
        on suspects.metering_point = days.metering_point
        and suspects.quantity = days.quantity
    group by suspects.metering_point, suspects.quantity, suspects.file_id, days.file_id
    having count(*) filter (abs(log10(days.per_hour / suspects.per_hour)) < 0.5) >= 3
        and count(*) filter (abs(log10(days.per_hour / suspects.usual_per_hour)) < 0.5) >= 3
)

select
    metering_point,
    quantity,
    file_id,
    first_day,
    last_day,
    n as values_compared,
    per_hour,
    usual_per_hour,
    if(decades > 0, 1, -1) * if(abs(decades) > 4.5, 1000000, 1000) as times
from suspects
anti join two_levels using (metering_point, quantity, file_id)
