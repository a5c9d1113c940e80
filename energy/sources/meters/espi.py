"""Green Button: ESPI 4.0 in an Atom feed, usage points with their readings, times in seconds of UTC.

Energy (uom 72, Wh), power (38, W, where it is an average) and volume (42, m³, or 134, litres) times the power of ten
the feed tells. Data of intervals (accumulationBehaviour 4) are interval values, bulk quantities (1) register standings.
What flows back to the grid (flowDirection 19) is left out and told, or goes to a metering point of its own. `row_no`
counts the IntervalReading elements of the file.

References: NAESB REQ.21, Energy Services Provider Interface; espi.xsd 4.0 (UnitSymbolKind, AccumulationKind,
QualityOfReading, FlowDirectionKind).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from energy import units
from energy.errors import SourceError
from energy.model import STATUSES, UTC, Finding, Parsed, frame
from energy.sources import text, ubl
from energy.sources.base import Sieve, options_of, quoted
from energy.sources.meters import metering

NAME = "espi"
VERSION = 1

ESPI, ATOM = "{http://naesb.org/espi}", "{http://www.w3.org/2005/Atom}"
UNITS: Mapping[str, str] = {"72": "Wh", "38": "W", "42": "m3", "134": "l"}
QUALITIES: Mapping[str, str] = {  # 13 mixed, 14 raw, 15 normalised for weather; 16 (other) tells nothing
    "0": "measured", "7": "manual", "8": "estimated", "9": "interpolated", "10": "suspect", "11": "derived",
    "12": "estimated", "13": "suspect", "14": "measured", "15": "derived", "17": "measured", "18": "measured",
    "19": "measured",
}  # fmt: skip
DELTA, BULK, AVERAGE, FORWARD, REVERSE = "4", "1", "2", ("", "0", "1"), "19"
FIELDS = ("uom", "powerOfTenMultiplier", "accumulationBehaviour", "flowDirection", "intervalLength", "dataQualifier",
          "defaultQuality")  # fmt: skip
LAST_SECOND = 7_258_118_400  # 2200-01-01
LONGEST = 366 * 86_400  # seconds of an interval
MOST_TENS = 12
_POINT = re.compile(r"/UsagePoint/([^/?#]{1,100})")
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True)
class Options:
    """Settings of a Green Button file; none is needed. See `energy.sources.meters.espi.read`."""

    meters: Mapping[str, str] = field(
        default_factory=dict
    )  # usage point -> metering point; its id with /19: what flows back


@dataclass
class Links:
    """The entries of a feed by their own address."""

    types: dict[str, Mapping[str, str]] = field(default_factory=dict)
    related: dict[str, list[str]] = field(default_factory=dict)  # meter reading -> what it refers to
    points: list[str] = field(default_factory=list)
    blocks: list[tuple[str, str, Any]] = field(default_factory=list)  # (up, self, content)


def detect(head: bytes, name: str) -> bool:
    """Return whether the first bytes name the namespace of ESPI."""
    return b"http://naesb.org/espi" in head


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    opts = options_of(Options, given, where)
    metering.check_meters(opts.meters, where)
    return opts


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the readings [kWh, kW, m³]; each IntervalReading is a record.

    Raises SourceError for what is not well-formed, has a DOCTYPE or is no Atom feed of ESPI.
    """
    opts = check(options, name)
    root, encoding = ubl.parse(data, name)
    if root.tag not in (f"{ATOM}feed", f"{ATOM}entry"):
        raise SourceError.from_file(name, "det är inget Atom-flöde med ESPI (Green Button).", "Hämta filen igen.")
    links = _links(root)
    sieve = Sieve(_records(links))
    left = _directions(sieve, opts)
    _kinds(sieve)
    _times(sieve)
    _values(sieve)
    found = frame("readings", sieve.rows.with_columns(metering_point=metering.mapped(pl.col("point"), opts.meters)))
    rejects = sieve.rejects()
    if not found.height and not rejects.height and not left:
        left.append(Finding("no_rows", "warning", f"{name}: flödet har inga mätvärden."))
    stamp = ubl.text(root, f"{ATOM}updated")
    return Parsed(NAME, {"readings": found}, rejects, left, encoding, "UTC", stamp if _STAMP.fullmatch(stamp) else None)


def _links(root: Any) -> Links:
    """Return the entries of a feed, each under its own address."""
    found = Links()
    for entry in root.iter(f"{ATOM}entry"):
        own, up, related = "", "", []
        for link in entry.iterfind(f"{ATOM}link"):
            rel, href = link.get("rel", ""), link.get("href", "").strip().rstrip("/")
            own, up = (href if rel == "self" else own), (href if rel == "up" else up)
            related += [href] if rel == "related" else []
        for content in entry.iterfind(f"{ATOM}content/*"):
            if content.tag == f"{ESPI}ReadingType":
                found.types[own] = {key: ubl.text(content, ESPI + key) for key in FIELDS}
            elif content.tag == f"{ESPI}MeterReading":
                found.related[own] = related
            elif content.tag == f"{ESPI}UsagePoint":
                found.points.append(own)
            elif content.tag == f"{ESPI}IntervalBlock":
                found.blocks.append((up, own, content))
    return found


def _type_of(links: Links, up: str, own: str) -> Mapping[str, str] | None:
    """Return the reading type of a block: that of its meter reading, or the file's only one."""
    for address in (up, own):
        reading = address.partition("/IntervalBlock")[0]
        known = [links.types[href] for href in links.related.get(reading, ()) if href in links.types]
        if len(known) == 1:
            return known[0]
    return next(iter(links.types.values())) if len(links.types) == 1 else None


def _point_of(links: Links, up: str, own: str) -> str | None:
    """Return the id of the usage point of a block: by its address, or the file's only one."""
    told = _POINT.search(up) or _POINT.search(own)
    if told:
        return told[1]
    return links.points[0].rpartition("/")[2] or None if len(links.points) == 1 else None


def _records(links: Links) -> pl.DataFrame:
    """Return one row per reading with the words of its type, all texts, "" where absent."""
    columns: dict[str, list[str | None]] = {
        key: [] for key in ("point", "typed", *FIELDS, "start", "duration", "text", "status")
    }
    for up, own, block in links.blocks:
        kind, point = _type_of(links, up, own), _point_of(links, up, own)
        words = {key: (kind or {}).get(key, "") for key in FIELDS}
        for reading in block.iterfind(f"{ESPI}IntervalReading"):
            period = reading.find(f"{ESPI}timePeriod")
            columns["point"].append(point)
            columns["typed"].append(None if kind is None else "")
            for key, word in words.items():
                columns[key].append(word)
            columns["start"].append("" if period is None else ubl.text(period, f"{ESPI}start"))
            columns["duration"].append("" if period is None else ubl.text(period, f"{ESPI}duration"))
            columns["text"].append(ubl.text(reading, f"{ESPI}value"))
            told = [ubl.text(q) for q in reading.iterfind(f"{ESPI}ReadingQuality/{ESPI}quality")]
            columns["status"].append(_status(told or [words["defaultQuality"] or "0"]))
    rows = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).with_row_index("row_no", offset=1)
    original = pl.format(
        "{} start={} duration={} value={}", pl.col("point").fill_null("?"), "start", "duration", "text"
    )
    return rows.with_columns(pl.col("row_no").cast(pl.Int64), original=original)


def _status(codes: list[str]) -> str | None:
    """Return the worst status of a reading's qualities; None where one of them is not known."""
    found = [QUALITIES.get(code) for code in codes]
    return None if None in found else max((s for s in found if s), key=STATUSES.index)


def _directions(sieve: Sieve, opts: Options) -> list[Finding]:
    """Refuse readings without point, type or known direction; part what flows back, or leave it out and tell it."""
    sieve.drop(pl.col("point").is_null(), "missing_meter", "UsagePoint kan inte utläsas ur länkarna")
    sieve.drop(pl.col("typed").is_null(), "unknown_kind", "ReadingType kan inte utläsas ur länkarna")
    direction = pl.col("flowDirection")
    message = pl.format("flowDirection «{}» är varken 1 (uttag) eller 19 (inmatning)", quoted("flowDirection"))
    sieve.drop(~direction.is_in([*FORWARD, REVERSE]), "unknown_direction", message)
    back = direction == REVERSE
    own = pl.when(back).then(pl.format("{}/{}", "point", pl.lit(REVERSE))).otherwise(pl.col("point"))
    rows = sieve.rows.with_columns(point=own)
    left = rows.filter(back & ~pl.col("point").is_in(list(opts.meters)))
    sieve.rows = rows.filter(~back | pl.col("point").is_in(list(opts.meters)))
    if left.is_empty():
        return []
    point, row = left["point"][0], int(left["row_no"][0])
    words = f"{left.height} värden lästes inte: de är inmatning. Ange «{point}» i meters för att läsa dem."
    return [Finding("rows_left_out", "info", words, row_no=row)]


def _kinds(sieve: Sieve) -> None:
    """Give the readings `quantity`, `factor` and `kind` by the codes of their type; refuse codes that are not known."""
    known = {code: (metering.BY_UNIT[suffix], factor) for code, (suffix, factor) in
             ((code, units.canonical(unit)) for code, unit in UNITS.items())}  # fmt: skip
    uom, tens = pl.col("uom"), pl.col("powerOfTenMultiplier").replace("", "0").cast(pl.Int64, strict=False)
    average = (uom == "38") & (pl.col("dataQualifier") == AVERAGE)
    behaviour = pl.col("accumulationBehaviour")
    kind = (
        pl.when(((behaviour == DELTA) & (uom != "38")) | average)
        .then(pl.lit("interval"))
        .when((behaviour == BULK) & (uom != "38"))
        .then(pl.lit("register"))
    )
    factors = uom.replace_strict({c: f for c, (_, f) in known.items()}, default=None, return_dtype=pl.Float64)
    sieve.rows = sieve.rows.with_columns(
        tens=tens,
        quantity=uom.replace_strict({c: q for c, (q, _) in known.items()}, default=None, return_dtype=pl.String),
        factor=factors * pl.lit(10.0).pow(tens.clip(-MOST_TENS, MOST_TENS)),
        kind=kind,
    )
    message = pl.format(
        "uom {} × 10^{} är inte energi, effekt eller volym", quoted("uom"), quoted("powerOfTenMultiplier")
    )
    unknown = pl.col("quantity").is_null() | pl.col("tens").is_null() | (pl.col("tens").abs() > MOST_TENS)
    sieve.drop(unknown, "unknown_unit", message)
    words = "accumulationBehaviour «{}» är varken 4 (intervall) eller 1 (ställning), eller effekten inget medelvärde"
    message = pl.format(words, quoted("accumulationBehaviour"))
    sieve.drop(pl.col("kind").is_null(), "unknown_kind", message)


def _times(sieve: Sieve) -> None:
    """Give the readings `start_utc` and `end_utc`; refuse seconds that are no time, and intervals without length."""
    own, usual = (pl.col(c).cast(pl.Int64, strict=False) for c in ("duration", "intervalLength"))
    length = pl.when(pl.col("duration") != "").then(own).when(pl.col("intervalLength") != "").then(usual).otherwise(0)
    register = pl.col("kind") == "register"
    start = pl.col("start").cast(pl.Int64, strict=False)
    sieve.rows = sieve.rows.with_columns(
        second=start, length=pl.when(register & own.is_null()).then(0).otherwise(length)
    )
    bad = pl.col("second").is_null() | (pl.col("second") < 0) | (pl.col("second") >= LAST_SECOND)
    sieve.drop(bad, "bad_time", pl.format("«{}» är inte sekunder sedan 1970", quoted("start")))
    standing = (pl.col("kind") == "register") & (pl.col("length") != 0)
    sieve.drop(standing, "unclear_instant", "en ställning har en varaktighet; vilken tidpunkt den gäller framgår inte")
    no_length = (pl.col("kind") == "interval") & ~pl.col("length").is_between(1, LONGEST)
    sieve.drop(no_length | pl.col("length").is_null(), "bad_interval",
               pl.format("intervallets längd «{}» är inte 1 sekund till ett år", quoted("duration")))  # fmt: skip
    begin = (pl.col("second") * 1_000_000).cast(UTC)
    sieve.rows = sieve.rows.with_columns(start_utc=begin, end_utc=begin + pl.duration(seconds="length"))


def _values(sieve: Sieve) -> None:
    """Give the readings `value`; refuse the missing, other texts and unknown qualities."""
    sieve.drop(pl.col("status").is_null(), "unknown_status", "okänd eller obestämd kvalitet (ReadingQuality)")
    sieve.drop(pl.col("text") == "", "missing_value", "värdet saknas (value)")
    sieve.rows = sieve.rows.with_columns(value=text.number(sieve.rows["text"], ".") * sieve.rows["factor"])
    sieve.drop(pl.col("value").is_null(), "not_a_number", pl.format("«{}» är inget tal", quoted("text")))
