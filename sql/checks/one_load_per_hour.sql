-- a metering point has one load an hour
select metering_point, start_utc from core.load_hourly
group by all having count(*) > 1
