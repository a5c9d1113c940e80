"""Day-ahead prices as the ENTSO-E API sends them: a Publication_MarketDocument (document type A44).

A price holds from its position. With curve type A03 a position whose price repeats the one before it is left out: the
prices are drawn forward to the period's end, which is told, since a publication that was cut looks the same.

References
----------
ENTSO-E, Transparency Platform RESTful API, implementation guide, day-ahead prices [12.1.D]; "Introduction of different
timeseries possibilities (curve type) with ENTSO-E electronic documents": A01 sequential fixed blocks, A03 variable
sized blocks. IEC 62325-451-3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from energy.errors import SourceError
from energy.model import Finding, Parsed, frame
from energy.sources import ubl
from energy.sources.base import MAX_SHOWN, options_of
from energy.sources.prices import entsoe_points
from energy.sources.prices.entsoe_points import Period
from energy.sources.prices.spot import EIC

NAME = "entsoe_a44"
VERSION = 1

ROOT = "Publication_MarketDocument"
REFUSAL = "Acknowledgement_MarketDocument"
RESOLUTIONS = {"PT15M": 15, "PT30M": 30, "PT60M": 60, "PT1H": 60}
CURVES = ("A01", "A03")
CURRENCIES = ("EUR", "SEK")
DAILY = "A01"  # contract_MarketAgreement.type of the day-ahead market; A07 is intraday
FIRST_AUCTION = "1"  # classification sequence of the coupled auction; 2 and 3 are others that some zones have
LARGEST = 100_000_000  # bytes; a year of quarters is about 5 MB
LONGEST = timedelta(days=400)
MOST = 3_000_000  # prices a document may hold when drawn out
TIME = ("%Y-%m-%dT%H:%MZ", "%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Options:
    """Settings of an A44 document: none; the document tells all there is to know."""


def detect(head: bytes, name: str) -> bool:
    """Return whether the first bytes are those of an ENTSO-E publication or refusal."""
    start = head.replace(b"\0", b"")  # UTF-16
    return b"<" in start[:16] and (ROOT.encode() in start or REFUSAL.encode() in start)


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    return options_of(Options, given, where)


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the prices [EUR/MWh or the currency told], the drawn ones on the row of the price they repeat.

    Series of other areas, markets or auctions hold no record; a finding tells how many prices they have. Raises
    SourceError for another document, for ENTSO-E's own refusal with its reason, and where no series is of Sweden.
    """
    check(options, name)
    if len(data) > LARGEST:
        raise SourceError.from_file(name, f"filen är större än {LARGEST // 1_000_000} MB.", "Hämta ett år åt gången.")
    root, encoding = _parse(data, name)
    periods, findings = [], []
    others: dict[str, int] = {}
    for series in _children(root, "TimeSeries"):
        why = _other(series)
        if why is None:
            periods += [_period(node, series) for node in _children(series, "Period")]
        else:
            others[why] = others.get(why, 0) + sum(1 for _ in series.iter("{*}Point"))
    if not periods:
        shown = "; ".join(others) or "inga prisserier"
        raise SourceError.from_file(name, f"inga priser för SE1–SE4 ({shown[:200]}).", "Välj ett svenskt elområde.")
    if sum(p.count for p in periods if p.problem is None) > MOST:
        raise SourceError.from_file(name, f"filen ger fler än {MOST} priser.", "Hämta ett år åt gången.")
    prices, rejects, told = entsoe_points.prices(periods)
    findings += told
    findings += [Finding("other_series", "info", f"{n} priser används inte: {why}.") for why, n in others.items()]
    return Parsed(
        NAME, {"prices": frame("prices", prices)}, rejects, findings, encoding, "UTC", issued_at=_issued(root)
    )


def _parse(data: bytes, name: str) -> tuple[ubl.Element, str]:
    """Return (root, encoding) of a publication; raise SourceError for everything else."""
    root, encoding = ubl.parse(data, name)
    kind = _local(root)
    if kind == REFUSAL:
        reasons = [_text(r, "text") or f"kod {_text(r, 'code')}" for r in root.iter("{*}Reason")]
        said = "; ".join(reasons)[:300] or "utan skäl"
        raise SourceError.from_file(name, f"ENTSO-E svarade utan priser: {said}", "Ändra frågan och hämta igen.")
    if kind != ROOT or _text(root, "type") not in ("A44", ""):
        shown = f"{kind} {_text(root, 'type')}".strip()[:MAX_SHOWN]
        raise SourceError.from_file(name, f"dokumentet är «{shown}», inte priser (A44).", "Hämta dokumenttyp A44.")
    return root, encoding


def _other(series: ubl.Element) -> str | None:
    """Return why the series is none of ours, in Swedish; None where it holds day-ahead prices of Sweden."""
    zone, out = _text(series, "in_Domain.mRID"), _text(series, "out_Domain.mRID")
    if zone not in EIC or out not in ("", zone):
        return f"området är {zone[:20] or 'inte angivet'}"
    market = _text(series, "contract_MarketAgreement.type")
    if market not in ("", DAILY):
        return f"marknaden är {market[:20]}, inte dagen före ({DAILY})"
    sequence = _text(series, "classificationSequence_AttributeInstanceComponent.position")
    if sequence not in ("", FIRST_AUCTION):
        return f"auktionen har sekvens {sequence[:20]}, inte {FIRST_AUCTION}"
    return None


def _period(node: ubl.Element, series: ubl.Element) -> Period:
    """Return the period with its points as text, and with what is wrong with it as a whole."""
    points = [(p.sourceline, _text(p, "position"), _text(p, "price.amount")) for p in _children(node, "Point")]
    told = next(_children(node, "timeInterval"), None)
    start, end = (None, None) if told is None else (_instant(_text(told, "start")), _instant(_text(told, "end")))
    minutes = RESOLUTIONS.get(_text(node, "resolution"))
    currency, curve = _text(series, "currency_Unit.name"), _text(series, "curveType") or "A01"
    found = Period(
        EIC[_text(series, "in_Domain.mRID")], currency, start or datetime(1970, 1, 1, tzinfo=UTC), minutes or 60, 0,
        curve == "A03", tuple(points), int(node.sourceline or 1),
    )  # fmt: skip
    wrong = _problem(start, end, minutes, node, series)
    if wrong is not None or start is None or end is None:
        return replace(found, problem=wrong or ("bad_time", "perioden saknar början eller slut"))
    return replace(found, count=int((end - start) / timedelta(minutes=found.minutes)))


def _problem(
    start: datetime | None, end: datetime | None, minutes: int | None, node: ubl.Element, series: ubl.Element
) -> tuple[str, str] | None:
    """Return (rule, message) of what makes the whole period unreadable."""
    shown = {k: _text(series, k)[:20] for k in ("currency_Unit.name", "price_Measure_Unit.name", "curveType")}
    if start is None or end is None or not timedelta(0) < end - start <= LONGEST:
        return "bad_time", "perioden saknar rimlig början och slut"
    if minutes is None:
        return "unknown_resolution", f"okänd upplösning «{_text(node, 'resolution')[:20]}»"
    if (end - start) % timedelta(minutes=minutes):
        return "bad_interval", "perioden är inte ett helt antal intervall"
    if shown["currency_Unit.name"] not in CURRENCIES:
        return "wrong_currency", f"okänd valuta «{shown['currency_Unit.name']}»"
    if shown["price_Measure_Unit.name"] not in ("MWH", "MWh"):
        return "unknown_unit", f"priset gäller «{shown['price_Measure_Unit.name']}», inte MWh"
    if (shown["curveType"] or "A01") not in CURVES:
        return "unknown_curve", f"okänd kurvtyp «{shown['curveType']}»"
    return None


def _instant(told: str) -> datetime | None:
    for form in TIME:
        try:
            found = datetime.strptime(told, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return found if 1990 <= found.year < 2200 else None
    return None


def _issued(root: ubl.Element) -> str | None:
    found = _instant(_text(root, "createdDateTime"))
    return found.isoformat() if found else None


def _local(element: ubl.Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def _children(element: ubl.Element, tag: str) -> Iterator[ubl.Element]:
    yield from element.iterchildren("{*}" + tag)


def _text(element: ubl.Element, tag: str) -> str:
    """Return the text of the first child `tag` in any namespace; "" where there is none."""
    found = next(_children(element, tag), None)
    return "" if found is None else ubl.text(found)
