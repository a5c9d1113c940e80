-- one row per project, period and carrier: savings without the event ledger's treatments, what each row does, and with
select
    told.project, projects.facility, told.carrier, told.period, told.row_no, told.entry, told.event_from, told.event_to,
    told.event_carrier, told.treatment, told.event_reason, told.decided_by, told.effect_pct, told.effect_band_pct,
    told.avoided_energy_kwh, told.avoided_energy_kwh_low, told.avoided_energy_kwh_high,
    told.avoided_cost_sek, told.avoided_cost_sek_low, told.avoided_cost_sek_high, told.remark, told.reason
from analysis.non_routine as told
inner join settings.projects as projects using (project)
order by told.project, told.carrier, told.period, told.row_no
