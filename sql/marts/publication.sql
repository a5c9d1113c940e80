-- one row: what this publication was made from
select
    house.run_id,
    house.published_at,
    house.version,
    (select max(last_utc + interval 1 hour - interval 1 second)::date from marts.freshness) as data_to,
    house.organisation as home_name,
    house.language as languages,
    (
        select count(*) from (
            select month from ledger.closings
            qualify row_number() over (partition by month order by decided_at desc) = 1 and action = 'close'
        )
    )::integer as months_closed
from settings.house as house
