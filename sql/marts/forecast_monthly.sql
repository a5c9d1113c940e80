-- one row per facility, carrier and month of the forecast's year: as it was (outcome, accrued) or as forecast
select
    facility,
    carrier,
    month,
    basis,
    amount_sek,
    amount_sek_low,
    amount_sek_high,
    energy_kwh,
    energy_kwh_low,
    energy_kwh_high,
    reason
from analysis.forecast_monthly
order by facility, carrier, month
