-- one row per point and hour with a sample, or with a known state: the mean of the samples, and of a status the share on
-- a status holds until the next sample, but never for more than an hour: what is not known is no part of the share
with samples as (
    select
        trends.point,
        trends.at_utc,
        date_trunc('hour', trends.at_utc) as start_utc,
        trends.value,
        points.kind is not distinct from 'status' as is_status
    from core.trends as trends
    left join settings.points as points using (point)
    where trends.value is not null and trends.status not in ('missing', 'invalid', 'suspect')
),

-- a sample without a value ends what was known before it
changes as (
    select
        trends.point,
        trends.at_utc,
        if(trends.status in ('missing', 'invalid', 'suspect'), null, trends.value) as value,
        least(
            coalesce(lead(trends.at_utc) over later, trends.at_utc + interval 1 hour),
            trends.at_utc + interval 1 hour
        ) as until_utc
    from core.trends as trends
    inner join settings.points as points using (point)
    where points.kind = 'status'
    window later as (partition by trends.point order by trends.at_utc)
),

held as (
    select
        point,
        at_utc,
        until_utc,
        value,
        unnest(range(date_trunc('hour', at_utc), until_utc, interval 1 hour)) as start_utc
    from changes
    where value is not null
),

states as (
    select
        point,
        start_utc,
        sum(epoch(least(until_utc, start_utc + interval 1 hour) - greatest(at_utc, start_utc)) order by at_utc)
            as known_s,
        coalesce(
            sum(epoch(least(until_utc, start_utc + interval 1 hour) - greatest(at_utc, start_utc)) order by at_utc)
                filter (where value <> 0),
            0
        ) as on_s
    from held
    group by point, start_utc
),

means as (
    select
        point,
        start_utc,
        case when not bool_or(is_status) then avg(value order by at_utc) end as value,
        count(*) as samples
    from samples
    group by point, start_utc
)

select
    point,
    start_utc,
    means.value,
    coalesce(means.samples, 0) as samples,
    100.0 * states.on_s / nullif(states.known_s, 0) as on_pct,
    100.0 * states.known_s / 3600 as known_pct
from means
full join states using (point, start_utc)
