-- the current view holds each interval once
select metering_point, quantity, kind, start_utc, end_utc from core.readings
group by all having count(*) > 1
