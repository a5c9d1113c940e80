-- one row per metering point and hour, what a bill needs side by side
-- Σ volume x temperature is taken from the meter's own registers, else from volume and temperature of the hour
with wide as (
    select
        metering_point,
        start_utc,
        max(value) filter (quantity = 'energy_kwh') as energy_kwh,
        max(value) filter (quantity = 'power_kw') as power_kw,
        max(value) filter (quantity = 'volume_m3') as volume_m3,
        max(value) filter (quantity = 'supply_m3c') as supply_m3c,
        max(value) filter (quantity = 'return_m3c') as return_m3c,
        max(value) filter (quantity = 'reactive_kvarh') as reactive_kvarh,
        max(value) filter (quantity = 'supply_temperature_c') as supply_temperature_c,
        max(value) filter (quantity = 'return_temperature_c') as return_temperature_c,
        bool_or(is_estimated) as is_estimated
    from core.hourly
    group by all
)

select
    metering_point,
    start_utc,
    coalesce(energy_kwh, power_kw) as energy_kwh,
    volume_m3,
    coalesce(supply_m3c, volume_m3 * supply_temperature_c) as supply_m3c,
    coalesce(return_m3c, volume_m3 * return_temperature_c) as return_m3c,
    reactive_kvarh,
    is_estimated
from wide
