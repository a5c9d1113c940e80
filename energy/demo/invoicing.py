"""The facility's invoices: every month billed by the price lists on the true loads, and a few mistakes on purpose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from energy.calendar import month_starts, next_month
from energy.demo import plan
from energy.demo.invoices import InvoiceSpec, LineSpec, PartySpec, invoice_xml
from energy.demo.physics import Physics
from energy.demo.svefaktura import svefaktura_xml
from energy.model import BilledComponent, BillingContext, Contract, Floats, Load, PriceList
from energy.tariffs.bill import bill
from energy.tariffs.pricelist import read_price_list

__all__ = ["MISTAKES", "SUPPLIES", "Mistake", "Supply", "invoice_files", "specs"]

_FAR = date(2100, 1, 1)
PEPPOL_FROM = date(2018, 7, 1)  # consumption before it was billed by the grid company as Svefaktura
_CUSTOMER = PartySpec(*plan.ORGANISATION)
_REC20 = {"kWh": "KWH", "kW": "KWT", "m³": "MTQ", "st": "MON", "MWh·°C": "C62"}
_GUESSED = Decimal("1.22")  # how far the estimated reading lay above the true one
_POWER_ERROR = Decimal("1.18")


@dataclass(frozen=True)
class Supply:
    """Who bills what: a supplier's price family on a metering point; `prefix` begins its invoice numbers."""

    kind: str
    family: str
    metering_point: str
    supplier: PartySpec
    prefix: str
    days_to_invoice: int


@dataclass(frozen=True)
class Mistake:
    """An error put into the invoices on purpose: what a check of invoices should find."""

    rule: str
    kind: str
    month: date


SUPPLIES: tuple[Supply, ...] = (
    Supply("heat", "demo-fjarrvarme", plan.HEAT_MAIN, PartySpec(*plan.HEAT_SUPPLIER, bankgiro="99990018"), "FV", 7),
    Supply("grid", "demo-elnat", plan.EL_MAIN, PartySpec(*plan.GRID_COMPANY, bankgiro="99990026"), "EN", 9),
    Supply("retail", "demo-elhandel", plan.EL_MAIN, PartySpec(*plan.RETAILER, bankgiro="99990034"), "EH", 10),
)
MISTAKES: tuple[Mistake, ...] = (
    Mistake("estimated_reading", "heat", date(2019, 11, 1)),  # guessed, credited and billed anew in February
    Mistake("duplicate", "heat", date(2022, 2, 1)),  # the same period once more under a new number
    Mistake("wrong_power", "heat", date(2023, 2, 1)),  # billed power 18 % above the metered
    Mistake("late_tax_rate", "grid", date(2023, 1, 1)),  # last year's energy tax
)


def invoice_files(invoices: Iterable[tuple[str, InvoiceSpec]]) -> Iterator[tuple[str, bytes]]:
    """Yield (relative path, XML) of every invoice: Peppol BIS Billing 3, the grid company's first ones Svefaktura."""
    for kind, spec in invoices:
        if kind == "grid" and spec.period and spec.period[1] < PEPPOL_FROM:
            yield f"{kind}/syntetisk_{spec.number}_svefaktura.xml", svefaktura_xml(spec)
        else:
            yield f"{kind}/syntetisk_{spec.number}.xml", invoice_xml(spec)


def specs(
    physics: Physics, spot_sek_per_kwh: Floats, tariffs: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, InvoiceSpec]]:
    """Yield (kind, invoice) month by month for every supply, mistakes included.

    `tariffs` are (file name, TOML text), spot runs along the physics. Raises TariffError where a price list is wrong or
    missing.
    """
    lists = [read_price_list(text, name) for name, text in tariffs]
    months = month_starts(plan.FIRST, plan.END - timedelta(days=1))
    for supply in SUPPLIES:
        billed = _billed(supply, physics, spot_sek_per_kwh, lists, months)
        wrong = {m.month: m.rule for m in MISTAKES if m.kind == supply.kind}
        for number, month in enumerate(months, start=1):
            invoice = _invoice(supply, number, month, billed[month])
            for spec in _with_mistake(wrong.get(month), invoice, billed):
                yield supply.kind, spec


def _billed(
    supply: Supply, physics: Physics, spot: Floats, lists: Sequence[PriceList], months: Sequence[date]
) -> Mapping[date, list[BilledComponent]]:
    """Return month -> components of the bill on the true load, which begins when the supply did."""
    hours = physics.time.delivered
    heat = supply.metering_point == plan.HEAT_MAIN
    energy = physics.district_kwh if heat else physics.el_main_kwh
    volume = physics.volume_m3[hours, None]
    load = Load(
        supply.metering_point,
        physics.start_utc[hours],
        energy[hours, None],
        volume if heat else None,
        volume * physics.supply_c[hours, None] if heat else None,
        volume * physics.return_c[hours, None] if heat else None,
    )
    contract = Contract(supply.metering_point, supply.family, plan.FIRST, _FAR)
    found: dict[date, list[BilledComponent]] = {month: [] for month in months}
    for component in bill(load, [contract], lists, months, BillingContext(spot[hours])):
        found[component.month].append(component)
    return found


def _invoice(supply: Supply, number: int, month: date, components: Sequence[BilledComponent]) -> InvoiceSpec:
    """Return the right invoice of one month."""
    end = next_month(month)
    issued = end + timedelta(days=supply.days_to_invoice - 1)
    period = (month, end - timedelta(days=1))
    lines = tuple(_line(component, period) for component in components if np.isfinite(component.amount_sek[0]))
    return InvoiceSpec(
        number=f"{supply.prefix}{month.year}{number:04d}",
        issue_date=issued,
        due_date=issued + timedelta(days=30),
        supplier=supply.supplier,
        customer=_CUSTOMER,
        lines=lines,
        metering_point=supply.metering_point,
        period=period,
        note="Syntetisk faktura för demonstration. Alla uppgifter är påhittade.",
        accounting_cost="4510",
    )


def _line(component: BilledComponent, period: tuple[date, date]) -> LineSpec:
    """Return the component as an invoice line: a price above zero, the sign on the quantity, amount to the öre."""
    quantity = _decimal(float(component.quantity[0]), 3)
    amount = _decimal(float(component.amount_sek[0]), 2)
    if quantity == 0 or (amount < 0) != (quantity < 0):
        quantity = Decimal(-1 if amount < 0 else 1)
    unit = "C62" if component.unit == "st" and abs(quantity) != 1 else _REC20[component.unit]
    price = (amount / quantity).quantize(Decimal("0.00000001"))
    return LineSpec(component.label, quantity, unit, price, period)


def _decimal(value: float, decimals: int) -> Decimal:
    return Decimal(f"{value:.{decimals}f}")


def _with_mistake(
    rule: str | None, right: InvoiceSpec, billed: Mapping[date, list[BilledComponent]]
) -> Iterator[InvoiceSpec]:
    """Yield the documents that were sent for one month: the right invoice, or what a mistake made of it."""
    if rule == "estimated_reading":
        yield from _estimated(right)
    elif rule == "duplicate":
        later = right.issue_date + timedelta(days=16)
        yield right
        yield replace(right, number=f"{right.number}-2", issue_date=later, due_date=later + timedelta(days=30))
    elif rule == "wrong_power":
        yield replace(right, lines=tuple(_scaled(line, _POWER_ERROR, ("KWT",)) for line in right.lines))
    elif rule == "late_tax_rate":
        yield replace(right, lines=tuple(_taxed_as(line, _tax_price(billed, right)) for line in right.lines))
    else:
        yield right


def _estimated(right: InvoiceSpec) -> Iterator[InvoiceSpec]:
    """Yield the invoice on a guessed reading, and in February its credit note and the right invoice."""
    note = f"{right.note} Beräknad förbrukning: mätaren kunde inte läsas av. Regleras när mätvärden finns."
    lines = tuple(_scaled(line, _GUESSED, ("KWH", "MTQ", "C62")) for line in right.lines)
    guessed = replace(right, note=note, lines=lines)
    later = date(right.issue_date.year + 1, 2, 11)
    due = later + timedelta(days=30)
    credit = replace(
        guessed, number=f"{right.number}-K", issue_date=later, due_date=due, credit_note=True,
        references_invoice=right.number, note=f"Kreditering av faktura {right.number}, beräknad förbrukning.",
    )  # fmt: skip
    anew = f"{right.note} Ersätter faktura {right.number} efter avläsning."
    yield guessed
    yield credit
    yield replace(
        right, number=f"{right.number}-R", issue_date=later, due_date=due, references_invoice=right.number, note=anew
    )


def _scaled(line: LineSpec, factor: Decimal, units: tuple[str, ...]) -> LineSpec:
    """Return the line with another quantity at the same price, when it is in one of `units`."""
    if line.unit not in units:
        return line
    return replace(line, quantity=(line.quantity * factor).quantize(Decimal("0.001")))


def _tax_price(billed: Mapping[date, list[BilledComponent]], invoice: InvoiceSpec) -> Decimal:
    """Return the energy tax [SEK/kWh] of the month before the invoice's."""
    assert invoice.period is not None
    before = (invoice.period[0] - timedelta(days=1)).replace(day=1)
    tax = next(c for c in billed[before] if c.component == "tax")
    return _decimal(float(tax.amount_sek[0] / tax.quantity[0]), 6)


def _taxed_as(line: LineSpec, price: Decimal) -> LineSpec:
    return replace(line, price=price) if "skatt" in line.item.lower() else line
