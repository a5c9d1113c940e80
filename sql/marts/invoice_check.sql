-- one row per contract, consumption month and component: invoiced beside recomputed
with suppliers as (
    select supplier_id, any_value(supplier order by issue_date desc, invoice_no desc) as supplier
    from core.invoices
    where supplier is not null
    group by all
),

invoiced as (
    select
        metering_point,
        contract_kind,
        component,
        consumption_month,
        sum(amount_sek order by invoice_no, line_id, amount_sek) as invoiced_sek,
        sum(quantity order by invoice_no, line_id, quantity) as invoiced_quantity,
        any_value(unit) as invoiced_unit
    from core.invoice_months
    where contract_kind is not null
    group by all
),

recomputed as (
    select
        metering_point,
        contract_kind,
        component,
        month as consumption_month,
        case when count(amount_sek) = count(*) then sum(amount_sek order by line_no) end as recomputed_sek,
        sum(quantity order by line_no) as recomputed_quantity,
        any_value(unit) as unit,
        min(reason) as reason
    from analysis.bill
    group by all
),

invoiced_spans as (
    select
        metering_point,
        contract_kind,
        min(consumption_month) as first_month,
        max(consumption_month) as last_month
    from invoiced
    group by all
),

compared as (
    select
        coalesce(invoiced.metering_point, recomputed.metering_point) as metering_point,
        coalesce(invoiced.contract_kind, recomputed.contract_kind) as contract_kind,
        coalesce(invoiced.component, recomputed.component) as component,
        coalesce(invoiced.consumption_month, recomputed.consumption_month) as consumption_month,
        invoiced.invoiced_sek,
        recomputed.recomputed_sek,
        invoiced.invoiced_quantity,
        recomputed.recomputed_quantity,
        coalesce(invoiced.invoiced_unit, recomputed.unit) as unit,
        recomputed.reason
    from invoiced
    full outer join recomputed using (metering_point, contract_kind, component, consumption_month)
),

judged as (
    select
        compared.*,
        case
            when invoiced_sek is null and recomputed_sek is not null then 'missing_invoice'
            when recomputed_sek is null then 'not_recomputed'
            -- an invoice is rounded to the öre line by line; half a percent is what readings and rounding may differ
            when abs(invoiced_sek - recomputed_sek) <= greatest(1.0, 0.005 * abs(recomputed_sek)) then 'agrees'
            else 'differs'
        end as verdict
    from compared
    inner join invoiced_spans using (metering_point, contract_kind)
    -- the latest month's invoice comes after it; every earlier month should have had its own
    where consumption_month >= first_month
        and consumption_month <= greatest(last_month, (select max(month) from analysis.bill) - interval 1 month)
)

select
    points.facility,
    points.carrier,
    judged.metering_point,
    judged.contract_kind,
    coalesce(suppliers.supplier, contracts.supplier_id) as supplier,
    judged.consumption_month,
    judged.component,
    judged.invoiced_sek,
    judged.recomputed_sek,
    judged.invoiced_sek - judged.recomputed_sek as difference_sek,
    judged.invoiced_quantity,
    judged.recomputed_quantity,
    judged.unit,
    judged.verdict,
    judged.reason,
    'invoices/' || judged.metering_point || '/' || judged.contract_kind || '/'
    || strftime(judged.consumption_month, '%Y-%m') || '/' || judged.component as evidence_key
from judged
inner join settings.metering_points as points using (metering_point)
left join (
    select metering_point, kind as contract_kind, any_value(supplier_id) as supplier_id
    from settings.contracts
    group by all
) as contracts using (metering_point, contract_kind)
left join suppliers on contracts.supplier_id = suppliers.supplier_id
where greatest(abs(coalesce(judged.invoiced_sek, 0)), abs(coalesce(judged.recomputed_sek, 0))) >= 0.005
order by consumption_month, metering_point, contract_kind, component
