"""The suppliers' billing: which supply is billed by which price lists on which load, and invoices of any days of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

import numpy as np

from energy.calendar import month_starts, next_month
from energy.demo import plan
from energy.demo.invoices import InvoiceSpec, LineSpec, PartySpec
from energy.demo.physics import Physics
from energy.model import BilledComponent, BillingContext, Contract, Floats, Load, PriceList
from energy.tariffs.bill import bill

__all__ = ["SUPPLIES", "Desk", "Supply", "desks", "period_of", "scaled"]

_FAR = date(2100, 1, 1)
_CUSTOMER = PartySpec(*plan.ORGANISATION)
_GRID = PartySpec(*plan.GRID_COMPANY, bankgiro="99990026")
_REC20 = {"kWh": "KWH", "kW": "KWT", "m³": "MTQ", "st": "MON", "MWh·°C": "C62"}


@dataclass(frozen=True)
class Supply:
    """Who bills what: a supplier's price family on a metering point; `prefix` begins its invoice numbers."""

    kind: str
    family: str
    metering_point: str
    supplier: PartySpec
    prefix: str
    days_to_invoice: int
    first: date = plan.FIRST
    months: int = 1  # on an invoice

    def periods(self) -> Iterator[tuple[date, date]]:
        """Yield (first day, first day after) of every invoice up to the demo's end."""
        starts = month_starts(self.first, plan.END - timedelta(days=1))[:: self.months]
        yield from zip(starts, [*starts[1:], plan.END], strict=True)


SUPPLIES: tuple[Supply, ...] = (
    Supply("heat", "demo-fjarrvarme", plan.HEAT_MAIN, PartySpec(*plan.HEAT_SUPPLIER, bankgiro="99990018"), "FV", 7),
    Supply("grid", "demo-elnat", plan.EL_MAIN, _GRID, "EN", 9),
    Supply("retail", "demo-elhandel", plan.EL_MAIN, PartySpec(*plan.RETAILER, bankgiro="99990034"), "EH", 10),
    Supply("grid", "demo-elnat-sakring", plan.EL_LIGHTING, _GRID, "EB", 9, plan.LIGHTING_FROM, 3),
)


@dataclass(frozen=True)
class Desk:
    """What a supplier's billing of one supply knows: the true load, the price lists, the spot price along the load."""

    supply: Supply
    load: Load
    lists: Sequence[PriceList]
    spot_sek_per_kwh: Floats

    @cached_property
    def _months(self) -> Mapping[date, list[BilledComponent]]:
        """Return month -> components, every month billed once; the delivery began when the supply did."""
        months = month_starts(self.supply.first, plan.END - timedelta(days=1))
        found: dict[date, list[BilledComponent]] = {month: [] for month in months}
        for component in self._bill(plan.FIRST, _FAR, self.lists, months):
            found[component.month].append(component)
        return found

    def _bill(
        self, first: date, end: date, lists: Sequence[PriceList], months: Sequence[date]
    ) -> list[BilledComponent]:
        contract = Contract(self.supply.metering_point, self.supply.family, first, end)
        return bill(self.load, [contract], lists, months, BillingContext(self.spot_sek_per_kwh))

    def components(self, first: date, end: date, lists: Sequence[PriceList] | None = None) -> list[BilledComponent]:
        """Return the components of the days [first, end), by month; by other `lists` than those in force if given."""
        months = month_starts(first.replace(day=1), end - timedelta(days=1))
        if lists is None and (first.day, end.day) == (1, 1):
            return [component for month in months for component in self._months[month]]
        return self._bill(first, end, self.lists if lists is None else lists, months)

    def invoice(self, number: str, first: date, end: date, lists: Sequence[PriceList] | None = None) -> InvoiceSpec:
        """Return the invoice of the days [first, end): one line a price, whichever months it falls in."""
        issued = end + timedelta(days=self.supply.days_to_invoice - 1)
        period = (first, end - timedelta(days=1))
        parts: dict[tuple[str, str], list[BilledComponent]] = {}
        for component in self.components(first, end, lists):
            if np.isfinite(component.amount_sek[0]):
                parts.setdefault((component.component, component.label), []).append(component)
        return InvoiceSpec(
            number=number,
            issue_date=issued,
            due_date=issued + timedelta(days=30),
            supplier=self.supply.supplier,
            customer=_CUSTOMER,
            lines=tuple(_line(part, period) for part in parts.values()),
            metering_point=self.supply.metering_point,
            period=period,
            note="Syntetisk faktura för demonstration. Alla uppgifter är påhittade.",
            accounting_cost=plan.cost_centre(issued),
        )

    def right(self) -> Iterator[InvoiceSpec]:
        """Yield the right invoices in order; their numbers run on from year to year."""
        for count, (first, end) in enumerate(self.supply.periods(), start=1):
            yield self.invoice(f"{self.supply.prefix}{first.year}{count:04d}", first, end)


def desks(physics: Physics, spot_sek_per_kwh: Floats, lists: Sequence[PriceList]) -> Iterator[Desk]:
    """Yield the billing of every supply on the loads that were delivered; `spot_sek_per_kwh` runs along the physics."""
    hours = physics.time.delivered
    volume = physics.volume_m3[hours, None]
    start_utc, spot = physics.start_utc[hours], spot_sek_per_kwh[hours]
    for supply in SUPPLIES:
        point = supply.metering_point
        if point == plan.HEAT_MAIN:
            supplied, back = physics.supply_c[hours, None], physics.return_c[hours, None]
            energy = physics.district_kwh[hours, None]
            load = Load(point, start_utc, energy, volume, volume * supplied, volume * back)
        elif point == plan.EL_MAIN:
            load = Load(point, start_utc, physics.el_main_kwh[hours, None])
        else:  # a kilowatt-hour an hour, to have a price of what is never used
            load = Load(point, start_utc, np.ones((start_utc.size, 1)))
        yield Desk(supply, load, lists, spot)


def period_of(spec: InvoiceSpec) -> tuple[date, date]:
    """Return (first day, first day after) of an invoice with a period."""
    assert spec.period is not None
    return spec.period[0], spec.period[1] + timedelta(days=1)


def scaled(line: LineSpec, factor: Decimal, units: tuple[str, ...]) -> LineSpec:
    """Return the line with another quantity at the same price, when it is in one of `units`."""
    if line.unit not in units:
        return line
    return replace(line, quantity=(line.quantity * factor).quantize(Decimal("0.001")))


def _line(parts: Sequence[BilledComponent], period: tuple[date, date]) -> LineSpec:
    """Return one price's parts as an invoice line: a price above zero, the sign on the quantity, amount to the öre."""
    unit = parts[0].unit
    quantity = _decimal(float(sum(part.quantity[0] for part in parts)), 3)
    amount = _decimal(float(sum(part.amount_sek[0] for part in parts)), 2)
    if quantity == 0 or (amount < 0) != (quantity < 0) or (unit == "st" and len(parts) > 1):
        quantity = Decimal(-1 if amount < 0 else 1)
    whole = period[0].day == 1 and period[1] == next_month(period[0]) - timedelta(days=1)
    code = "C62" if unit == "st" and (abs(quantity) != 1 or not whole) else _REC20[unit]
    price = (amount / quantity).quantize(Decimal("0.00000001"))
    return LineSpec(parts[0].label, quantity, code, price, period)


def _decimal(value: float, decimals: int) -> Decimal:
    return Decimal(f"{value:.{decimals}f}")
