-- one row per project, metering point and target: the baseline's card, with the version that was frozen
select
    projects.facility,
    baselines.* exclude (run_id),
    frozen.version as frozen_version,
    cast(frozen.frozen_at as date) as frozen_on,
    frozen.reason as frozen_why,
    frozen.decided_by
from analysis.baselines as baselines
inner join settings.projects as projects using (project)
left join ledger.baselines as frozen
    on baselines.project = frozen.project
    and baselines.metering_point = frozen.metering_point
    and frozen.ended_at is null
order by baselines.project, carrier, baselines.metering_point, target
