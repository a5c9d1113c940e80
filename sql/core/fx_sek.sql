-- one row per day with a rate: SEK per EUR as the ECB told it, the later issue first
select
    day,
    per_eur
from staging.fx
where currency = 'SEK'
qualify row_number() over (partition by day order by issued desc nulls last, per_eur) = 1
