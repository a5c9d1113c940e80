-- one row per metering point, month and component: the bill recomputed from meters and price lists
-- a closed month shows the figures it was closed with
with closed as (
    select month, version from ledger.closings
    qualify row_number() over (partition by month order by decided_at desc) = 1 and action = 'close'
),

frozen as (
    select evidence_key, max(value) as amount_sek
    from ledger.frozen
    inner join closed using (month, version)
    where mart = 'monthly_cost' and measure = 'amount_sek'
    group by evidence_key
),

live as (
    select
        points.facility,
        points.carrier,
        bill.*,
        'cost/' || bill.metering_point || '/' || strftime(bill.month, '%Y-%m') || '/' || bill.line_no as evidence_key
    from analysis.bill as bill
    inner join settings.metering_points as points using (metering_point)
)

select
    live.facility,
    live.carrier,
    live.metering_point,
    live.contract_kind,
    live.month,
    live.component,
    live.label,
    live.determinant,
    live.quantity,
    live.unit,
    if(frozen.evidence_key is null, live.amount_sek, frozen.amount_sek) as amount_sek,
    live.price_list,
    live.estimated_hours,
    live.reason,
    frozen.evidence_key is not null as is_closed,
    live.evidence_key
from live
left join frozen using (evidence_key)
order by live.facility, live.metering_point, live.month, live.line_no
