"""The facility's invoices: every period billed by the price lists on the true loads, and a few mistakes on purpose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from energy.demo.billing import SUPPLIES, Supply, desks
from energy.demo.invoices import InvoiceSpec, invoice_xml
from energy.demo.mistakes import MISTAKES, Mistake, Sent, as_sent, mistake_of
from energy.demo.physics import Physics
from energy.demo.svefaktura import svefaktura_xml
from energy.model import Floats
from energy.tariffs.pricelist import read_price_list

__all__ = ["MISTAKES", "SUPPLIES", "Mistake", "Supply", "deliveries", "invoice_files"]

PEPPOL_FROM = date(2018, 7, 1)  # consumption before it was billed by the grid company as Svefaktura


def invoice_files(invoices: Iterable[tuple[str, InvoiceSpec]]) -> Iterator[tuple[str, bytes]]:
    """Yield (relative path, XML) of every invoice: Peppol BIS Billing 3, the grid company's first ones Svefaktura."""
    for kind, spec in invoices:
        if kind == "grid" and spec.period and spec.period[1] < PEPPOL_FROM:
            yield f"{kind}/syntetisk_{spec.number}_svefaktura.xml", svefaktura_xml(spec)
        else:
            yield f"{kind}/syntetisk_{spec.number}.xml", invoice_xml(spec)


def deliveries(
    physics: Physics, spot_sek_per_kwh: Floats, tariffs: Sequence[tuple[str, str]]
) -> Iterator[tuple[Supply, InvoiceSpec, Mistake | None, Sent]]:
    """Yield every period's supply, right invoice, mistake if any, and what was sent; supply by supply, in order.

    `tariffs` are (file name, TOML text), spot runs along the physics. Raises TariffError where a price list is wrong or
    missing.
    """
    lists = [read_price_list(text, name) for name, text in tariffs]
    for desk in desks(physics, spot_sek_per_kwh, lists):
        for right in desk.right():
            assert right.period is not None
            mistake = mistake_of(desk.supply, right.period[0])
            yield desk.supply, right, mistake, as_sent(mistake, desk, right)
