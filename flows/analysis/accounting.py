"""Core and analysis -> invoices beside the books, accruals, allocation. Carries frames; energy.accounts computes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from energy.accounts import BookRules, accruals, allocate, match, postings
from energy.accounts.accruals import unposted
from energy.calendar import add_months
from energy.model import PriceList
from flows.analysis.dimensions import schema
from flows.analysis.figures import ANALYSIS
from flows.analysis.inputs import FacilityInputs
from flows.settings.load import Settings
from flows.store import Store

_KEY = ["supplier_id", "invoice_no", "issue_date", "document_type"]
TABLES = ("ledger_match", "accruals", "accrual_postings", "allocation")

# an invoice and where it delivers to; a line without metering point takes the head's
_WHERE = """
with lines as (
    select lines.supplier_id, lines.invoice_no, lines.issue_date, lines.document_type,
        coalesce(lines.metering_point, invoices.metering_point) as metering_point,
        coalesce(lines.period_start, lines.issue_date) as day, lines.contract_kind
    from core.invoice_lines as lines
    left join core.invoices as invoices using (supplier_id, invoice_no, issue_date, document_type)
    union
    select supplier_id, invoice_no, issue_date, document_type, metering_point, issue_date, null
    from core.invoices
    where not exists (
        select 1 from core.invoice_lines as lines
        where lines.supplier_id = invoices.supplier_id and lines.invoice_no = invoices.invoice_no
            and lines.issue_date = invoices.issue_date
            and lines.document_type is not distinct from invoices.document_type
    )
)
select distinct lines.supplier_id, lines.invoice_no, lines.issue_date, lines.document_type,
    lines.metering_point, points.facility, coalesce(lines.contract_kind, contracts.kind) as contract_kind,
    coalesce(contracts.cost_bearer, facilities.cost_bearer) as cost_bearer
from lines
left join settings.metering_points as points using (metering_point)
left join settings.facilities as facilities using (facility)
left join settings.contracts as contracts
    on lines.metering_point = contracts.metering_point and lines.supplier_id = contracts.supplier_id
    and lines.day >= contracts.valid_from and lines.day < contracts.valid_to
"""

_INVOICES = """
with months as (
    select supplier_id, invoice_no, issue_date, document_type,
        min(consumption_month) as first_month, max(consumption_month) as last_month
    from core.invoice_months
    group by all
),

one_offs as (
    select supplier_id, invoice_no, issue_date, document_type, sum(amount_sek order by amount_sek) as one_off_sek
    from core.invoice_lines
    where line_class = 'one_off'
    group by all
)

select invoices.supplier_id, supplier, invoice_no, invoices.issue_date, document_type, net_sek, vat_sek, rounding_sek,
    one_off_sek, first_month, last_month
from core.invoices as invoices
left join months using (supplier_id, invoice_no, issue_date, document_type)
left join one_offs using (supplier_id, invoice_no, issue_date, document_type)
"""

_INVOICED = """
select coalesce(months.metering_point, invoices.metering_point) as metering_point,
    coalesce(months.contract_kind, (
        select min(contracts.kind) from settings.contracts as contracts
        where contracts.metering_point = invoices.metering_point and contracts.supplier_id = months.supplier_id
            and months.consumption_month >= date_trunc('month', contracts.valid_from)
            and months.consumption_month < contracts.valid_to
    )) as contract_kind,
    months.supplier_id, months.invoice_no, months.consumption_month, months.issue_date, months.document_type,
    months.amount_sek
from core.invoice_months as months
left join core.invoices as invoices using (supplier_id, invoice_no, issue_date, document_type)
where months.amount_sek is not null
"""

_COST = """
select metering_point, month,
    case when count(amount_sek) = count(*) then sum(amount_sek order by contract_kind, line_no) end as cost_sek,
    min(reason) filter (where amount_sek is null) as reason
from analysis.bill
group by all
"""

# a day is normal time's; one that lacks an hour has no energy
DAILY = """
select metering_point, (start_utc + interval 1 hour)::date as day,
    case when count(energy_kwh) = 24 then sum(energy_kwh order by start_utc) end as energy_kwh
from core.load_hourly
where metering_point in (
    select metering_point from settings.allocations union select submeter from settings.allocations
)
group by all
"""


def account(
    store: Store, settings: Settings, lists: Sequence[PriceList], inputs: Sequence[FacilityInputs], run_id: str
) -> dict[str, pl.DataFrame]:
    """Return ledger_match, accruals, accrual_postings and allocation as analysis has them, empty ones too."""
    rules = _rules(settings)
    accounts = store.table("settings.accounts")
    found = {"ledger_match": _matched(store, accounts, rules)}
    bills = store.table("analysis.bill")
    as_of = _last_month(store, bills, inputs)
    if as_of is not None:
        facilities = store.frame("select metering_point, facility from settings.metering_points")
        rows = accruals(bills, _invoiced(store, found["ledger_match"]), as_of)
        proposed = postings(rows, facilities, accounts)
        found |= {"accruals": unposted(rows, proposed, accounts), "accrual_postings": proposed}
    if settings.allocation:
        keys = store.table("settings.allocations")
        found["allocation"] = allocate(keys, store.frame(_COST), store.frame(DAILY))
    return {name: _typed(name, found.get(name)) for name in TABLES}


def _matched(store: Store, accounts: pl.DataFrame, rules: BookRules) -> pl.DataFrame:
    where = store.frame(_WHERE)
    bearers = store.table("settings.cost_bearers").select("cost_bearer", "vat_recoverable")
    vat = where.join(bearers, on="cost_bearer", how="left").group_by(_KEY).agg(
        vat_recoverable=pl.col("vat_recoverable").min()
    )  # fmt: skip
    invoices = store.frame(_INVOICES).join(vat, on=_KEY, how="left", nulls_equal=True)
    return match(invoices, where, store.table("core.ledger_lines"), accounts, rules)


def _invoiced(store: Store, matched: pl.DataFrame) -> pl.DataFrame:
    """Return what has been invoiced per month of consumption, with the accounting month of each invoice's voucher."""
    posted = matched.filter(pl.col("invoice_no").is_not_null() & pl.col("voucher_date").is_not_null())
    periods = posted.select(*_KEY, "accounting_period").unique(_KEY, keep="any")
    return store.frame(_INVOICED).join(periods, on=_KEY, how="left", nulls_equal=True)


def _rules(settings: Settings) -> BookRules:
    books = settings.ledger
    return BookRules(
        cost_centre_dimension=books.cost_centre_dimension,
        vat_accounts=tuple(books.vat_accounts),
        supplier_accounts=tuple(books.supplier_accounts),
    )


def _last_month(store: Store, bills: pl.DataFrame, inputs: Sequence[FacilityInputs]) -> date | None:
    """Return the last accounting month: that of the last bill, or of the books where they go further.

    Where readings go on after the last bill the run was asked for an earlier month: then that is the last.
    """
    billed: date | None = bills["month"].max() if bills.height else None  # type: ignore[assignment]
    if billed is None:
        return None
    read, booked = store.rows(
        """select (select max(start_utc + interval 1 hour)::date from core.load_hourly),
                  (select max(accounting_period) from core.ledger_lines)"""
    )[0]
    is_cut = read is not None and read >= add_months(billed, 2)
    return billed if is_cut or booked is None else max(billed, booked)


def _typed(name: str, found: pl.DataFrame | None) -> pl.DataFrame:
    columns = schema(ANALYSIS[name])
    if found is None:
        return pl.DataFrame(schema=columns)
    return found.select(pl.col(c).cast(kind) for c, kind in columns.items())
