-- one row per place where a register goes backwards
with standings as (
    select
        metering_point,
        quantity,
        end_utc as at_utc,
        lag(value) over standing as before,
        value as after,
        file_id,
        row_no
    from core.readings
    where kind = 'register' and status not in ('missing', 'invalid')
    window standing as (partition by metering_point, quantity order by end_utc)
)

select * from standings where after < before
