-- one row per boundary meter and day: mean power against outdoor temperature, with the adjusted baseline beside it
select
    daily.facility,
    daily.metering_point,
    daily.carrier,
    daily.day,
    daily.phase,
    daily.energy_kwh / 24 as mean_power_kw,
    daily.air_temperature_c,
    adjusted.adjusted_baseline_kwh / 24 as adjusted_mean_power_kw
from marts.daily as daily
left join analysis.adjusted_daily as adjusted using (metering_point, day)
where daily.energy_kwh is not null and daily.air_temperature_c is not null
    and daily.metering_point in (select metering_point from settings.boundary_meters)
order by metering_point, day
