-- one row per event that the calendar and the ledger of events know
select
    facility, kind, start_utc, end_utc, carrier, treatment, reason, decided_by, file_name, row_no
from core.events
order by start_utc, facility, kind
