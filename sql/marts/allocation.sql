-- one row per shared metering point, month and cost bearer: its part of the cost and the energy, and the key behind it
select
    points.facility,
    points.carrier,
    found.metering_point,
    coalesce(bearers.name, found.cost_bearer) as cost_bearer,
    found.month,
    found.share_pct,
    found.energy_kwh,
    found.cost_sek,
    found.key_text,
    found.reason,
    'allocation/' || found.metering_point || '/' || found.cost_bearer || '/' || strftime(found.month, '%Y-%m')
        as evidence_key
from analysis.allocation as found
left join settings.metering_points as points using (metering_point)
left join settings.cost_bearers as bearers using (cost_bearer)
order by found.month, found.metering_point, found.cost_bearer
