-- one row per change found in a project's meter: proposed, already handled by the event ledger, or without effect
select
    found.project, projects.facility, found.carrier, found.metering_point, found.kind, found.event_from, found.event_to,
    found.size_kwh_per_day, found.size_pct, found.size_band_pct, found.likelihood_ratio, found.confidence,
    found.message, found.status, found.handled_by, found.ready_row, found.ready_toml
from analysis.event_proposals as found
inner join settings.projects as projects using (project)
order by projects.facility, found.event_from, found.carrier, found.metering_point, found.project
