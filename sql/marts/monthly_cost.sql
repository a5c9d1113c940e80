-- one row per metering point, month and component: the bill recomputed from meters and price lists
select
    points.facility,
    points.carrier,
    bill.metering_point,
    bill.contract_kind,
    bill.month,
    bill.component,
    bill.label,
    bill.determinant,
    bill.quantity,
    bill.unit,
    bill.amount_sek,
    bill.price_list,
    bill.reason,
    'cost/' || bill.metering_point || '/' || strftime(bill.month, '%Y-%m') || '/' || bill.line_no as evidence_key
from analysis.bill as bill
inner join settings.metering_points as points using (metering_point)
order by facility, metering_point, month, line_no
