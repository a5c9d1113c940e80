"""Sources: one file per format, each with NAME, VERSION, detect and read. A new source is a file and a line here."""

from __future__ import annotations

from energy.errors import SourceError
from energy.sources import (
    delimited,
    ecb,
    entsoe_portal,
    events,
    meter_parquet,
    peppol,
    smhi,
    spot_parquet,
)
from energy.sources.base import Source, refuse_empty

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
    )
    for module, title_sv in (
        (peppol, "Fakturor, Peppol BIS Billing 3"),
        (smhi, "Väder, SMHI:s observationer"),
        (entsoe_portal, "Elspotpriser, ENTSO-E:s portal"),
        (ecb, "Växelkurser, ECB"),
        (events, "Händelser och driftkalender"),
        (spot_parquet, "Elspotpriser, Parquet"),
        (meter_parquet, "Mätvärden eller väder, Parquet"),
        (delimited, "Mätvärden, avgränsad text"),
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


__all__ = ["SOURCES", "Source", "by_name", "detect", "refuse_empty"]
