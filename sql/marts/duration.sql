-- one row per main meter, phase and half percent of the hours: the load's duration curve
with hours as (
    select
        points.facility,
        loads.metering_point,
        points.carrier,
        case when daily.phase in ('before', 'after') then daily.phase else 'all' end as period,
        loads.energy_kwh as power_kw
    from core.load_hourly as loads
    inner join settings.metering_points as points using (metering_point)
    inner join marts.daily as daily
        on loads.metering_point = daily.metering_point and (loads.start_utc + interval 1 hour)::date = daily.day
    where points.parent is null and points.carrier in ('district_heating', 'electricity')
        and daily.phase in ('before', 'after', 'all') and loads.energy_kwh is not null
),

quantiles as (
    select
        facility,
        metering_point,
        carrier,
        period,
        quantile_cont(power_kw, list_transform(range(0, 201), lambda x: 1 - x / 200.0)) as powers_kw
    from hours
    group by all
),

curves as (
    select
        facility,
        metering_point,
        carrier,
        period,
        unnest(range(0, 201)) / 2.0 as rank_pct,
        unnest(powers_kw) as power_kw
    from quantiles
)

select * from curves
order by metering_point, period, rank_pct
