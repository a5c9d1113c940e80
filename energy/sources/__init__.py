"""Sources: one file per format, each with NAME, VERSION, detect and read. A new source is a file and a line here."""

from __future__ import annotations

from energy.errors import SourceError
from energy.sources.base import Source, refuse_empty
from energy.sources.invoices import peppol, svefaktura
from energy.sources.ledger import ledger_table, sie
from energy.sources.meters import (
    day_matrix,
    delimited,
    elvaco,
    espi,
    meter_parquet,
    meter_sheet,
    metry,
    svef,
    two_section,
)
from energy.sources.people import bookings, budget, deviation_causes, events, measure_decisions, opening_hours
from energy.sources.plant import trends
from energy.sources.prices import ecb, elprisetjustnu, energinet, entsoe_a44, entsoe_portal, spot_parquet
from energy.sources.weather import energy_index, smhi, smhi_json

# in the order they are asked: the ones that know their format most surely first, the general ones last
SOURCES: tuple[Source, ...] = tuple(
    Source(
        module.NAME,
        module.VERSION,
        title_sv,
        module.detect,
        module.read,
        getattr(module, "Options", None),
        module.check,
        getattr(module, "read_blocks", None),
        getattr(module, "FILE_OPTIONS", ()),
        getattr(module, "PRIVATE", False),
        getattr(module, "recognise", None),
    )
    for module, title_sv in (
        (peppol, "Fakturor, Peppol BIS Billing 3"),
        (svefaktura, "Fakturor, Svefaktura 1.0"),
        (sie, "Bokföring, SIE"),
        (smhi, "Väder, SMHI:s observationer"),
        (smhi_json, "Väder, SMHI:s senaste observationer (JSON)"),
        (energy_index, "Energi-Index per månad"),
        (entsoe_portal, "Elspotpriser, ENTSO-E:s portal"),
        (entsoe_a44, "Elspotpriser, ENTSO-E:s API (A44)"),
        (elprisetjustnu, "Elspotpriser, elprisetjustnu.se"),
        (energinet, "Elspotpriser, Energinet"),
        (ecb, "Växelkurser, ECB"),
        (elvaco, "Mätarställningar, Elvaco (M-Bus)"),
        (metry, "Mätvärden, Metry"),
        (espi, "Mätvärden, Green Button (ESPI)"),
        (svef, "Mätvärden, SVEF (Vitec)"),
        (two_section, "Mätvärden, export i två delar (E.ON)"),
        (day_matrix, "Mätvärden, dygnsmatris"),
        (bookings, "Bokningar av lokaler"),
        (events, "Händelser och driftkalender"),
        (opening_hours, "Öppettider"),
        (measure_decisions, "Beslut om åtgärder"),
        (deviation_causes, "Orsaker till avvikelser"),
        (budget, "Budget"),
        (spot_parquet, "Elspotpriser, Parquet"),
        (meter_parquet, "Mätvärden eller väder, Parquet"),
        (trends, "Trender ur styrsystem"),
        (meter_sheet, "Mätvärden, Excel"),
        (delimited, "Mätvärden, avgränsad text"),
        (ledger_table, "Bokföring, tabell (CSV eller Excel)"),
    )
)


def by_name(name: str) -> Source:
    """Return the source called `name`; raise SourceError naming those there are."""
    for source in SOURCES:
        if source.name == name:
            return source
    raise SourceError(f"okänd källa {name!r}. Källor: {', '.join(s.name for s in SOURCES)}.")


def detect(head: bytes, name: str) -> Source | None:
    """Return the source that knows a file by its first 4 kB and its name; None where no one does."""
    return next((source for source in SOURCES if source.detect(head[:4096], name)), None)


def recognise(data: bytes) -> Source | None:
    """Return the source that knows a whole file by what is in it, whatever it is called; None where no one does."""
    return next((source for source in SOURCES if source.recognise and source.recognise(data)), None)


__all__ = ["SOURCES", "Source", "by_name", "detect", "recognise", "refuse_empty"]
