-- one row per station and month with an Energi-Index: the month's own and that of a normal month [kd]
with current_values as (
    select * from staging.weather
    where parameter in ('energy_index_actual_kd', 'energy_index_normal_kd')
        and status not in ('missing', 'invalid')
    qualify row_number() over (
        partition by station, parameter, start_utc
        order by status_rank, issued desc nulls last, value
    ) = 1
)

select
    station,
    (start_utc + interval 1 hour)::date as month,
    max(value) filter (parameter = 'energy_index_actual_kd') as actual_kd,
    max(value) filter (parameter = 'energy_index_normal_kd') as normal_kd
from current_values
group by station, start_utc
having actual_kd is not null and normal_kd is not null
